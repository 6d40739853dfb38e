"""Effects to LINE messages: at most five, each within LINE's limits, each readable aloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cache, cached_property, lru_cache

from bot.flow import effects as do
from bot.flow.assessment import OfferedTip, WithheldTip
from bot.flow.commands import LANGUAGE
from bot.flow.conversation import AnswerValue, Pending
from bot.flow.matching import MatchedCondition
from bot.flow.schema import Flow, Question
from bot.library.library import Library
from bot.library.opening import Opening, opening
from bot.line import cards
from bot.line.asking import answer_label, ask_message, confirm_message, option_label, usual_count
from bot.line.drawings import drawing
from bot.line.finder import finder_message
from bot.line.flex import Part, message, plain, postback
from bot.line.follow_up import question_message
from bot.line.memo_text import memo_messages
from bot.line.postback import command_data
from bot.line.topics import GUIDEBOOK, Asked, clinic_message, topic_messages
from bot.line.written import with_field, written, written_carousel, written_list
from bot.links import Links

MOST_MESSAGES = 5
"""Message objects per call (LINE Messaging API reference, "Send reply message")."""

_MOST_TIPS = 6
"""Tip cards in one carousel, so that it stays below 50 KB (reference, "Carousel"); the rest is one tap away."""
_MOST_KEPT = 256
"""Written questions, and written outcome cards: about 2 MB."""
_ANY_CONVERSATION = "\ufdd0"
"""Stands for the id of the conversation in a written question. Unicode keeps it out of every text (noncharacter)."""
_ANY_MEMO = "\ufdd1"
_ANY_BOOKING = "\ufdd2"
"""Stand for the address of a memo and of a booking in written cards, in the same way."""
_PROMOTING = ("soon_2w", "self_care_watch")
"""Levels at which the clinic's own booking may be shown; at the two urgent ones nothing is promoted."""
_ASK_COMMANDS = ("why", "back", "menu", "staff")
_FINISH_COMMANDS = ("why_result", "memo", "menu", "back", "restart", "staff")
_GO_ON = "go_on:"
_BROWSE_COMMANDS = ("resume", "menu", "staff")
_GUIDEBOOK_COMMANDS = ("resume", "menu", "news_on", "staff")


@dataclass(frozen=True)
class Renderer:
    """Renders effects in one language.

    Args:
        zone: where the clinic is.
        links: addresses of this server; without them nothing leads to its pages.
        languages: further ones that are offered, with their names.
    """

    flow: Flow
    library: Library
    zone: tzinfo
    links: Links | None = None
    languages: Mapping[str, str] = field(default_factory=dict)

    def render(self, conversation_id: str, effects: Sequence[do.Effect], now: datetime) -> list[Part]:
        """The messages for the effects of one step, in order.

        Args:
            conversation_id: carried by every button.
            effects: what the engine wants to happen.
            now: timezone-aware.
        """
        messages: list[Part] = json.loads(self.written(conversation_id, effects, now))
        return messages

    def written(self, conversation_id: str, effects: Sequence[do.Effect], now: datetime) -> str:
        """The same messages as JSON, as they are stored and sent."""
        messages: list[Part | str] = []
        for effect in effects:
            messages += self._messages(conversation_id, effect, now)
        texts = [each if isinstance(each, str) else written(each) for each in _joined_texts(messages)[-MOST_MESSAGES:]]
        commands = self._commands(effects)
        if texts and commands:
            texts[-1] = with_field(texts[-1], "quickReply", self._written_quick_replies(commands))
        return written_list(texts)

    def option_label(self, question: Question, option: str) -> str:
        """How an option of a question is shown."""
        return option_label(self.library, question, option)

    def answer_label(self, question: Question, value: AnswerValue) -> str:
        """How an answer is shown."""
        return answer_label(self.library, question, value)

    def _messages(self, conversation_id: str, effect: do.Effect, now: datetime) -> Sequence[Part | str]:
        """Messages, some of them written already."""
        match effect:
            case do.Ask():
                return [self._written_ask(effect).replace(_ANY_CONVERSATION, written(conversation_id)[1:-1])]
            case do.Confirm(pending, old):
                return [self._confirm(conversation_id, pending, old)]
            case do.Show(id, values):
                return [plain(self._text(id, values))]
            case do.ExplainQuestion(question):
                return [plain(self.library.questions[question].why)]
            case do.ExplainTopic():
                return topic_messages(self.flow, self.library, effect, self._asked(conversation_id, now))
            case do.Emergency(id):
                return [self._emergency(id)]
            case do.TellInLanguage(language, is_emergency):
                return [self._in_language(language, is_emergency)]
            case do.Finish():
                return self._finish(effect, self._asked(conversation_id, now))
            case do.ExplainOutcome():
                return [plain(self._why_outcome(effect))]
            case do.Memo(conversation):
                return memo_messages(self.flow, self.library, conversation, self._asked(conversation_id, now))
            case do.HandOver():
                clinic = self.library.clinic
                return [plain(self._text("staff", {"phone": clinic.phone, "phone_hours": clinic.phone_hours}))]
            case do.FindClinics():
                return [finder_message(self.library, effect, self._asked(conversation_id, now))]
            case do.AskFollowUp():
                return [question_message(self.library)]
            case do.FollowUp() | do.Forget() | do.News() | do.Speak() | do.Tag():
                return []

    @cached_property
    def _written_ask(self) -> Callable[[do.Ask], str]:
        """A question for any conversation. Most patients are asked the same ones in the same way."""
        return lru_cache(_MOST_KEPT)(lambda ask: written(self._ask(_ANY_CONVERSATION, ask)))

    def _ask(self, conversation_id: str, ask: do.Ask) -> Part:
        return ask_message(self.flow, self.library, self.links, conversation_id, ask, self._usual_count)

    @cached_property
    def _usual_count(self) -> int:
        return usual_count(self.flow)

    def _confirm(self, conversation_id: str, pending: Pending, old: AnswerValue | None) -> Part:
        content = self._confirm_text(pending, old)
        return confirm_message(self.library, conversation_id, pending, content)

    def _confirm_text(self, pending: Pending, old: AnswerValue | None) -> str:
        if pending.kind == "danger":
            return self._text("confirm_danger", {"finding": self.library.reads(pending.subject)})
        if pending.kind == "resume":
            return self._text("resume_question", {})
        question = self.flow.questions[pending.subject]
        values = {
            "question": self.library.questions[question.id].text,
            "old": self.answer_label(question, old) if old is not None else "",
            "new": self.option_label(question, pending.option),
        }
        return self._text("change_question", values)

    def _text(self, id: str, values: Mapping[str, object]) -> str:
        filled = {"phone": self.library.clinic.phone, **values}
        if "outcome" in filled:
            filled["outcome"] = self.library.outcomes[str(filled["outcome"])].name
        if "findings" in filled:
            references = filled["findings"]
            assert isinstance(references, tuple)
            filled["findings"] = self.library.listed(self.library.reads(reference) for reference in references)
        return self.library.message(id, **filled)

    def _emergency(self, id: str) -> Part:
        content = self._text(id, {})
        links = self.library.outcomes["emergency_now"].links
        return message(content, cards.notice_card(self.library, content, links))

    def _in_language(self, language: str, is_emergency: bool) -> Part:
        """Where help is; who can be reached stands on buttons that need no reading."""
        words = self.library.other_languages[language]
        if is_emergency:
            return message(
                words.emergency_text,
                cards.notice_card(self.library, words.emergency_text, self.library.outcomes["emergency_now"].links),
            )
        clinic = self.library.clinic
        contact = words.contact_text.replace("{phone_hours}", clinic.phone_hours)
        return plain(contact.replace("{phone}", clinic.phone))

    def _asked(self, conversation_id: str, now: datetime) -> Asked:
        return Asked(conversation_id, now.astimezone(self.zone), self.links)

    def _finish(self, finish: do.Finish, asked: Asked) -> list[Part | str]:
        assessment = finish.assessment
        deciding = tuple(rule.id for rule in assessment.rules if rule.urgency == assessment.urgency)
        messages: list[Part | str] = [self._outcome_message(assessment.urgency, deciding, asked)]
        if assessment.urgency == "emergency_now":
            return messages
        messages.append(self._conditions(finish))
        if assessment.tips:
            messages.append(self._self_care(finish))
        if assessment.urgency in _PROMOTING:
            messages.append(self._clinic(assessment.urgency, asked))
        return messages

    def _outcome_message(self, urgency: str, rules: tuple[str, ...], asked: Asked) -> str:
        """The card of a level with the rules that decided, leading to the memo of this conversation."""
        card = self._written_outcome(urgency, rules)
        if self.links is None:
            return card
        return card.replace(_ANY_MEMO, written(self.links.memo(asked.conversation_id, asked.at))[1:-1])

    @cached_property
    def _written_outcome(self) -> Callable[[str, tuple[str, ...]], str]:
        """The same card for any conversation."""
        return lru_cache(_MOST_KEPT)(lambda urgency, rules: written(self._outcome(urgency, rules)))

    def _outcome(self, urgency: str, rules: tuple[str, ...]) -> Part:
        outcome = self.library.outcomes[urgency]
        values = {"name": outcome.name, "headline": outcome.headline, "when": outcome.when}
        # Nobody who needs an ambulance is led to a page.
        memo = _ANY_MEMO if self.links and urgency != "emergency_now" else None
        card = cards.outcome_card(self.library, urgency, rules, memo, urgency in self.flow.follow_ups)
        return message(self.library.message("alt_outcome", **values), card)

    def _conditions(self, finish: do.Finish) -> Part | str:
        matches = finish.assessment.conditions
        names = self.library.listed(self.library.conditions[match.id].name for match in matches)
        alt = self.library.message("alt_conditions", names=names)
        if len(matches) == 1:
            return message(alt, cards.condition_card(self.library, matches[0]))
        return written_carousel(alt, map(self._written_condition, matches))

    @cached_property
    def _written_condition(self) -> Callable[[MatchedCondition], str]:
        """The card of a condition with the answers that share its features."""
        return lru_cache(_MOST_KEPT)(lambda match: written(cards.condition_card(self.library, match)))

    def _self_care(self, finish: do.Finish) -> str:
        assessment = finish.assessment
        shown = assessment.tips[:_MOST_TIPS]
        bubbles = [self._written_tip(tip) for tip in shown]
        others = self._written_other_tips(assessment.tips[_MOST_TIPS:], assessment.withheld)
        names = self.library.listed(self.library.tips[tip.id].name for tip in shown)
        return written_carousel(self.library.message("alt_self_care", names=names), [*bubbles, others])

    @cached_property
    def _written_other_tips(self) -> Callable[[tuple[OfferedTip, ...], tuple[WithheldTip, ...]], str]:
        """The card after the tips."""
        return lru_cache(_MOST_KEPT)(
            lambda more, withheld: written(cards.other_tips_card(self.library, more, withheld))
        )

    @cached_property
    def _written_tip(self) -> Callable[[OfferedTip], str]:
        """The card of a tip: there is one with and one without its caution."""

        def tip_card(tip: OfferedTip) -> str:
            shown = drawing(self.library, self.links, f"tip_{tip.id}")
            return written(cards.tip_card(self.library, self.library.tips[tip.id], tip, shown))

        return cache(tip_card)

    def _clinic(self, urgency: str, asked: Asked) -> str:
        id = self.library.clinic_id
        state = opening(self.library.clinic, asked.moment)
        card = self._written_clinic(id, asked.moment.date(), state, urgency)
        return card.replace(_ANY_BOOKING, written(asked.booking(self.library, id))[1:-1])

    @cached_property
    def _written_clinic(self) -> Callable[[str, date, Opening, str], str]:
        """The card of a clinic for any conversation; it is another one when the clinic opens or closes."""

        def clinic_card(id: str, today: date, state: Opening, urgency: str) -> str:
            return written(clinic_message(self.library, id, _ANY_BOOKING, today, state, urgency))

        return lru_cache(_MOST_KEPT)(clinic_card)

    def _why_outcome(self, explain: do.ExplainOutcome) -> str:
        say = self.library.message
        assessment = explain.assessment
        rules = [say("point", text=self.library.rules[rule.id]) for rule in assessment.rules]
        answers = [reference for rule in assessment.rules for reference in rule.evidence]
        evidence = [say("point", text=self.library.reads(reference)) for reference in dict.fromkeys(answers)]
        lines = [
            say("reasons_title"),
            *(rules or [say("point", text=self.library.outcomes[assessment.urgency].headline)]),
        ]
        if evidence:
            lines += ["", say("answers_title"), *evidence]
        return "\n".join([*lines, "", say("not_a_diagnosis")])

    def _commands(self, effects: Sequence[do.Effect]) -> tuple[str, ...]:
        """The quick replies below the last message: never the only way to anything, as PCs do not show them."""
        match effects[-1]:
            case do.Ask(question) if question == self.flow.start:
                return (*_ASK_COMMANDS, *(f"{LANGUAGE}{language}" for language in self.languages))
            case do.Ask():
                return _ASK_COMMANDS
            case do.Finish(assessment) if assessment.urgency in self.flow.follow_ups:
                return (*_FINISH_COMMANDS, "follow_up_on")
            case do.Finish() | do.ExplainOutcome() | do.Memo():
                return _FINISH_COMMANDS
            case do.Show("finished_hint"):
                return _FINISH_COMMANDS
            case do.Show("stopped" | "consent_declined" | "news_on" | "news_off"):
                return ("restart", "staff")
            case do.TellInLanguage(language):
                offered = (f"{LANGUAGE}{language}",) if language in self.languages else ()
                return (*offered, f"{_GO_ON}{language}")
            case do.Emergency() | do.HandOver():
                return ("resume", "restart")
            case do.ExplainTopic(topic):
                return _GUIDEBOOK_COMMANDS if topic.startswith(GUIDEBOOK) else _BROWSE_COMMANDS
            case _:
                return ()

    @cached_property
    def _written_quick_replies(self) -> Callable[[tuple[str, ...]], str]:
        """There are as many of them as there are kinds of steps."""
        return cache(lambda commands: written({"items": [self._quick_reply(name) for name in commands]}))

    def _quick_reply(self, name: str) -> Part:
        if name.startswith(_GO_ON):
            words = self.library.other_languages[name.removeprefix(_GO_ON)]
            return {"type": "action", "action": postback(words.go_on, command_data("resume"))}
        language = name.removeprefix(LANGUAGE)
        label = self.languages[language] if language in self.languages else self.library.commands[name].label
        return {"type": "action", "action": postback(label, command_data(name))}


def _joined_texts(messages: Sequence[Part | str]) -> list[Part | str]:
    """Texts that follow each other become one message: fewer bubbles to read, and never more than five."""
    joined: list[Part | str] = []
    for part in messages:
        before = joined[-1] if joined else ""
        if isinstance(part, dict) and isinstance(before, dict) and part["type"] == before["type"] == "text":
            joined[-1] = plain(f"{before['text']}\n\n{part['text']}")
        else:
            joined.append(part)
    return joined
