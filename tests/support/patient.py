"""A patient at the front desk: what a test lets them do, and what it expects them to see.

    Patient(desk).agrees().tap("none").expect_question("onset")

Time stands still except for `wait`, and for a second per event so that ids and times differ.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from bot.desk import Desk, Reply
from bot.flow import effects as do
from bot.flow.assessment import Assessment
from bot.flow.conversation import Conversation, from_data
from bot.flow.events import Chose, Command, Event, Followed, Typed, Unsupported, UnsupportedKind
from bot.flow.findings import Value
from bot.flow.schema import DONE, NONE, QuestionType
from bot.flow.tapping import confirm_key
from support.answers import LEADS_TO, Answer, answer_to, options_that_hold

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Patient:
    """Somebody who talks to a desk.

    Args:
        desk: whom they talk to; may be exchanged for another one, as a new version of the flow does.
        now: the time at which they begin.

    `asked` holds every question that was asked, in order.
    """

    def __init__(self, desk: Desk, now: datetime = MONDAY) -> None:
        self.desk = desk
        self.now = now
        self.state: dict[str, Any] | None = None
        self.reply: Reply | None = None
        self.asked: list[str] = []
        self._events = 0

    # What a patient does

    def say(self, text: str) -> Self:
        """Type a text."""
        return self.send_event(Typed(self._id(), text))

    def tap(self, *options: str | int) -> Self:
        """Tap options of the question that was last asked, one after the other."""
        for option in options:
            self.tap_old(self._last_asked(), option)
        return self

    def tap_old(self, question: str, option: str | int) -> Self:
        """Tap a button of any question of this conversation, wherever it has scrolled to."""
        return self.tap_button(self.conversation.id, question, option)

    def tap_button(self, conversation: str, question: str, option: str | int) -> Self:
        """Tap a button of any conversation."""
        return self.send_event(Chose(self._id(), conversation, question, str(option)))

    def confirm(self, option: str) -> Self:
        """Tap yes or no of the question that was last to be confirmed."""
        return self.tap_old(confirm_key(self.expect_confirm()), option)

    def command(self, name: str) -> Self:
        """Tap a command."""
        return self.send_event(Command(self._id(), name))

    def send(self, kind: UnsupportedKind) -> Self:
        """Send something that is no text."""
        return self.send_event(Unsupported(self._id(), kind))

    def follow(self, unblocked: bool = False) -> Self:
        """Add the account as a friend."""
        return self.send_event(Followed(self._id(), unblocked))

    def wait(self, **span: int) -> Self:
        """Let time pass: ``wait(days=4)``."""
        self.now += timedelta(**span)
        return self

    def send_event(self, event: Event) -> Self:
        """Send any event; whatever it is, what follows can be stored as JSON, sent and rendered."""
        self.now += timedelta(seconds=1)
        self.reply = self.desk.answer(self.state, event, self.now)
        stored = json.loads(json.dumps(self.reply.state))
        assert from_data(stored) == self.reply.conversation
        assert 1 <= len(self.reply.messages) <= 5
        json.dumps(self.reply.messages)
        self.state = None if self.reply.forgets else stored
        if self.open_question and self.open_question not in self.asked[-1:]:
            self.asked.append(self.open_question)
        return self

    # Longer stretches

    def agrees(self) -> Self:
        """Add the account and consent."""
        return self.follow().tap("agree")

    def goes_to(self, question: str, **answers: Answer) -> Self:
        """Answer as somebody does who is asked a question, as told and otherwise harmlessly, until it is open."""
        if self.state is None:
            self.follow()
        as_told: dict[str, Answer] = {question: (), **LEADS_TO.get(question, {}), **answers}
        while self.open_question != question:
            assert self.open_question is not None, f"finished before {question}: {self.effects}"
            self._answers(as_told)
        return self

    def finishes(self, **answers: Answer) -> Self:
        """Answer as told, and otherwise harmlessly, until the end."""
        if self.state is None:
            self.follow()
        while self.open_question is not None:
            self._answers(answers)
        return self

    def answers_harmlessly(self) -> Self:
        """Answer the open question as if nothing were the matter."""
        self._answers({})
        return self

    def answer(self, value: Answer) -> Self:
        """Answer the open question by tapping; several options of a list are closed with done."""
        question = self._last_asked()
        if isinstance(value, str | int):
            self.tap(value)
            is_list = self.desk.flow.questions[question].type is QuestionType.CHECKLIST
            return self.tap(DONE) if is_list and self.open_question == question else self
        for option in value:
            if self.open_question == question:
                self.tap(option)
        return self.tap(DONE if value else NONE) if self.open_question == question else self

    def lives(self, has: Mapping[str, Value]) -> Self:
        """Answer every question as somebody does who has exactly these findings, until the end."""
        if self.state is None:
            self.follow()
        while self.open_question is not None:
            question = self.desk.flow.questions[self.open_question]
            self.answer(options_that_hold(question, has, self.ask.options))
        return self

    # What a patient sees

    @property
    def effects(self) -> tuple[do.Effect, ...]:
        """What the last event led to."""
        assert self.reply is not None, "nothing happened yet"
        return self.reply.effects

    @property
    def conversation(self) -> Conversation:
        """The conversation as it was stored."""
        assert self.state is not None, "there is no conversation"
        return from_data(self.state)

    @property
    def ask(self) -> do.Ask:
        """The question that the last event led to."""
        asked = [effect for effect in self.effects if isinstance(effect, do.Ask)]
        assert len(asked) == 1, f"no question is asked: {self.effects}"
        return asked[0]

    @property
    def open_question(self) -> str | None:
        """The id of the question that the last event led to, if it led to one."""
        return next((effect.question for effect in self.effects if isinstance(effect, do.Ask)), None)

    @property
    def shown(self) -> tuple[str, ...]:
        """Ids of the messages shown, and the names of other effects, without questions and outcomes."""
        return tuple(
            effect.message if isinstance(effect, do.Show) else type(effect).__name__
            for effect in self.effects
            if not isinstance(effect, do.Ask | do.Finish)
        )

    @property
    def outcome(self) -> Assessment:
        """The outcome that the last event led to."""
        shown = [effect.assessment for effect in self.effects if isinstance(effect, do.Finish)]
        assert len(shown) == 1, f"no outcome is shown: {self.effects}"
        return shown[0]

    def expect_question(self, id: str) -> Self:
        """This question is open."""
        assert self.open_question == id, self.effects
        return self

    def expect_past(self, question: str) -> Self:
        """This question is answered, and another one is open."""
        assert question in self.conversation.answers, self.effects
        assert self.open_question not in (None, question), self.effects
        return self

    def expect_outcome(self, urgency: str, rules: Collection[str] = ()) -> Self:
        """This outcome is shown, and these rules led to it, perhaps with others."""
        assert self.outcome.urgency == urgency, self.outcome
        assert set(rules) <= {rule.id for rule in self.outcome.rules}
        return self

    def expect_shown(self, *ids: str) -> Self:
        """Exactly these messages and effects are shown beside a question or an outcome."""
        assert self.shown == ids, self.effects
        return self

    def expect_confirm(self, kind: str | None = None, subject: str | None = None) -> Any:
        """A yes/no question is asked; returns what is pending."""
        asked = [effect.pending for effect in self.effects if isinstance(effect, do.Confirm)]
        assert len(asked) == 1, f"nothing is to be confirmed: {self.effects}"
        assert kind in (None, asked[0].kind)
        assert subject in (None, asked[0].subject)
        return asked[0]

    def _answers(self, as_told: Mapping[str, Answer]) -> None:
        flow = self.desk.flow
        self.answer(answer_to(flow.questions[self._last_asked()], as_told, flow))

    def _last_asked(self) -> str:
        asked = self.open_question
        assert asked is not None, f"no question is asked: {self.effects}"
        return asked

    def _id(self) -> str:
        self._events += 1
        return f"event{self._events:04}"
