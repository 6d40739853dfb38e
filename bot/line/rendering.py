"""Effects to LINE messages: at most five, each within LINE's limits, each readable aloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache, cached_property, lru_cache

from bot.flow import effects as do
from bot.flow.assessment import OfferedTip
from bot.flow.conversation import AnswerValue, Pending
from bot.flow.findings import NO, UNKNOWN, YES
from bot.flow.schema import DONE, NONE, Flow, Question, QuestionType
from bot.flow.tapping import confirm_key
from bot.library.library import Library
from bot.line import cards, design
from bot.line.flex import Part, carousel, message, plain, postback, quiet, text
from bot.line.postback import answer_data, command_data
from bot.line.topics import GUIDEBOOK, Asked, clinic_message, topic_messages
from bot.line.written import with_field, written, written_carousel, written_list
from bot.links import Links

MOST_MESSAGES = 5
"""Message objects per call (LINE Messaging API reference, "Send reply message")."""

_MOST_TIPS = 6
"""Tip cards in one carousel, so that it stays below 50 KB (reference, "Carousel"); the rest is one tap away."""
_NUMBER_COLUMNS = 4
_MOST_KEPT = 256
"""Written questions, and written outcome cards: about 2 MB."""
_ANY_CONVERSATION = "\ufdd0"
"""Stands for the id of the conversation in a written question. Unicode keeps it out of every text (noncharacter)."""
_PROMOTING = ("soon_2w", "self_care_watch")
"""Levels at which the clinic's own booking may be shown; at the two urgent ones nothing is promoted."""
_ASK_COMMANDS = ("why", "back", "menu", "staff")
_FINISH_COMMANDS = ("why_result", "menu", "back", "restart", "staff")
_BROWSE_COMMANDS = ("resume", "menu", "staff")
_GUIDEBOOK_COMMANDS = ("resume", "menu", "news_on", "staff")


@dataclass(frozen=True)
class Renderer:
    """Renders effects in one language.

    Args:
        zone: where the clinic is.
        links: addresses of this server; without them nothing leads to its pages.
    """

    flow: Flow
    library: Library
    zone: tzinfo
    links: Links | None = None

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
            texts[-1] = with_field(texts[-1], "quickReply", {"items": [self._quick_reply(name) for name in commands]})
        return written_list(texts)

    def option_label(self, question: Question, option: str) -> str:
        """How an option of a question is shown."""
        words = self.library.questions[question.id]
        if option == NONE:
            return words.none or self.library.message("none")
        if option in (DONE, UNKNOWN):
            return self.library.message("done" if option == DONE else "unsure")
        if option in words.options:
            return words.options[option].label
        if option in (YES, NO) and not question.asks[0].options:
            return self.library.message(option)
        shown = self.library.option_words((finding.id for finding in question.asks), option)
        return shown.label if shown else option

    def answer_label(self, question: Question, value: AnswerValue) -> str:
        """How an answer is shown."""
        if isinstance(value, tuple):
            return self.library.listed(self.option_label(question, option) for option in value or (NONE,))
        return self.option_label(question, str(value))

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
            case do.Finish():
                return self._finish(effect, self._asked(conversation_id, now))
            case do.ExplainOutcome():
                return [plain(self._why_outcome(effect))]
            case do.HandOver():
                clinic = self.library.clinic
                return [plain(self._text("staff", {"phone": clinic.phone, "phone_hours": clinic.phone_hours}))]
            case do.Forget() | do.News() | do.Tag():
                return []

    @cached_property
    def _written_ask(self) -> Callable[[do.Ask], str]:
        """A question for any conversation. Most patients are asked the same ones in the same way."""
        return lru_cache(_MOST_KEPT)(lambda ask: written(self._ask(_ANY_CONVERSATION, ask)))

    def _ask(self, conversation_id: str, ask: do.Ask) -> Part:
        question = self.flow.questions[ask.question]
        words = self.library.questions[ask.question]
        wording = words.simpler if ask.wording == "simpler" else words.text
        labels = [self.option_label(question, option) for option in ask.options]
        is_number = question.type is QuestionType.NUMBER
        rows = [
            cards.option_row(
                label,
                None if is_number else i,
                answer_data(conversation_id, question.id, option),
                option in ask.selected,
            )
            for i, (option, label) in enumerate(zip(ask.options, labels, strict=True), start=1)
        ]
        title = [
            quiet(self.library.message("progress", count=ask.remaining + 1)),
            text(wording, size=design.TITLE, weight="bold", margin="sm"),
        ]
        title += [quiet(note, margin="sm") for note in self._notes(question, ask)]
        card = cards.choices_card(title, rows, _NUMBER_COLUMNS if is_number else 1)
        numbered = labels if is_number else [f"{i} {label}" for i, label in enumerate(labels, start=1)]
        alt = self.library.message("alt_question", question=wording, options=" / ".join(numbered))
        return message(alt, card)

    def _notes(self, question: Question, ask: do.Ask) -> list[str]:
        notes = [self.library.questions[question.id].note]
        if question.type is QuestionType.NUMBER:
            finding = question.asks[0]
            notes.append(self.library.message("number_hint", minimum=finding.minimum, maximum=finding.maximum))
        if question.type is QuestionType.CHECKLIST:
            selected = self.library.listed(self.option_label(question, option) for option in ask.selected)
            notes.append(
                self.library.message("selected", labels=selected) if selected else self.library.message("choose_all")
            )
        if ask.previous is not None:
            notes.append(self.library.message("previous_answer", label=self.answer_label(question, ask.previous)))
        return [note for note in notes if note]

    def _confirm(self, conversation_id: str, pending: Pending, old: AnswerValue | None) -> Part:
        content = self._confirm_text(pending, old)
        key = confirm_key(pending)
        labels = {option: self.library.message(option) for option in (YES, NO)}
        rows = [
            cards.option_row(label, i, answer_data(conversation_id, key, option))
            for i, (option, label) in enumerate(labels.items(), start=1)
        ]
        title = [quiet(self.library.message(f"{pending.kind}_title")), text(content, weight="bold", margin="sm")]
        options = " / ".join(f"{i} {label}" for i, label in enumerate(labels.values(), start=1))
        alt = self.library.message("alt_question", question=content, options=options)
        return message(alt, cards.choices_card(title, rows))

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

    def _asked(self, conversation_id: str, now: datetime) -> Asked:
        return Asked(conversation_id, now.astimezone(self.zone), self.links)

    def _finish(self, finish: do.Finish, asked: Asked) -> list[Part | str]:
        assessment = finish.assessment
        deciding = tuple(rule.id for rule in assessment.rules if rule.urgency == assessment.urgency)
        messages: list[Part | str] = [self._written_outcome(assessment.urgency, deciding)]
        if assessment.urgency == "emergency_now":
            return messages
        messages.append(self._conditions(finish))
        if assessment.tips:
            messages.append(self._self_care(finish))
        if assessment.urgency in _PROMOTING:
            messages.append(clinic_message(self.library, self.library.clinic_id, asked, assessment.urgency))
        return messages

    @cached_property
    def _written_outcome(self) -> Callable[[str, tuple[str, ...]], str]:
        """The card of a level with the rules that decided."""
        return lru_cache(_MOST_KEPT)(lambda urgency, rules: written(self._outcome(urgency, rules)))

    def _outcome(self, urgency: str, rules: tuple[str, ...]) -> Part:
        outcome = self.library.outcomes[urgency]
        alt = self.library.message("alt_outcome", name=outcome.name, headline=outcome.headline)
        return message(alt, cards.outcome_card(self.library, urgency, rules))

    def _conditions(self, finish: do.Finish) -> Part:
        matches = finish.assessment.conditions
        bubbles = [cards.condition_card(self.library, match) for match in matches]
        names = self.library.listed(self.library.conditions[match.id].name for match in matches)
        return carousel(self.library.message("alt_conditions", names=names), bubbles)

    def _self_care(self, finish: do.Finish) -> str:
        assessment = finish.assessment
        shown = assessment.tips[:_MOST_TIPS]
        bubbles = [self._written_tip(tip) for tip in shown]
        others = cards.other_tips_card(self.library, assessment.tips[_MOST_TIPS:], assessment.withheld)
        names = self.library.listed(self.library.tips[tip.id].name for tip in shown)
        return written_carousel(self.library.message("alt_self_care", names=names), [*bubbles, written(others)])

    @cached_property
    def _written_tip(self) -> Callable[[OfferedTip], str]:
        """The card of a tip: there is one with and one without its caution."""
        return cache(lambda tip: written(cards.tip_card(self.library, self.library.tips[tip.id], tip)))

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
            case do.Ask():
                return _ASK_COMMANDS
            case do.Finish() | do.ExplainOutcome():
                return _FINISH_COMMANDS
            case do.Show("finished_hint"):
                return _FINISH_COMMANDS
            case do.Show("stopped" | "consent_declined" | "news_on" | "news_off"):
                return ("restart", "staff")
            case do.Emergency() | do.HandOver():
                return ("resume", "restart")
            case do.ExplainTopic(topic):
                return _GUIDEBOOK_COMMANDS if topic.startswith(GUIDEBOOK) else _BROWSE_COMMANDS
            case _:
                return ()

    def _quick_reply(self, name: str) -> Part:
        return {"type": "action", "action": postback(self.library.commands[name].label, command_data(name))}


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
