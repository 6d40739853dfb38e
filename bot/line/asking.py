"""Questions and yes/no questions as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.flow import effects as do
from bot.flow.conversation import AnswerValue, Pending
from bot.flow.findings import NO, UNKNOWN, YES
from bot.flow.replay import remaining_questions, walk
from bot.flow.schema import DONE, NONE, Flow, Question, QuestionType
from bot.flow.tapping import confirm_key
from bot.library.library import Library
from bot.library.pictures import Picture
from bot.line import cards
from bot.line.drawings import drawing, lettered
from bot.line.flex import Part, message, quiet, title
from bot.line.postback import answer_data
from bot.links import Links

_NUMBER_COLUMNS = 4


def usual_count(flow: Flow) -> int:
    """About how many questions somebody is asked with whom nothing further is wrong."""
    return remaining_questions(flow, walk(flow, lambda _question: None, {})) + 1


def ask_message(
    flow: Flow, library: Library, links: Links | None, conversation_id: str, ask: do.Ask, usual: int
) -> Part:
    """The card of a question. Where a drawing helps to answer, its letters take the place of the numbers.

    Args:
        links: addresses of this server; without them there are no drawings.
        conversation_id: carried by every option.
        usual: see `usual_count`; what is asked beyond it does not show in the bar.
    """
    question = flow.questions[ask.question]
    words = library.questions[ask.question]
    wording = words.simpler if ask.wording == "simpler" else words.text
    left = ask.remaining + 1
    percent = max(0, 100 - 100 * left // usual)
    head = cards.question_head(library, percent, left, wording, list(_notes(library, question, ask)))
    found = lettered(library, links, question)
    shown_picture, picture = (drawing(library, links, found[0]), found[1]) if found else (None, None)
    marks = _marks(question, ask.options, picture)
    labels = [option_label(library, question, option) for option in ask.options]
    data = [answer_data(conversation_id, question.id, option) for option in ask.options]
    shown = list(zip(ask.options, marks, labels, data, strict=True))
    numbers = [cards.number_cell(label, answer) for option, _, label, answer in shown if option.isdecimal()]
    rows = [
        cards.option_row(label, _shown(mark, picture), answer, option in ask.selected, is_last=option == DONE)
        for option, mark, label, answer in shown
        if not option.isdecimal()
    ]
    said = library.listed(f"{mark} {label}" if mark else label for mark, label in zip(marks, labels, strict=True))
    alt = library.message("alt_question", question=wording, options=said)
    if picture:
        alt = f"{alt} {library.message('alt_picture', alt=picture.alt)}"
    return message(alt, cards.choices_card(head, [*cards.grid(numbers, _NUMBER_COLUMNS), *rows], shown_picture))


def confirm_message(library: Library, conversation_id: str, pending: Pending, content: str) -> Part:
    """The card of a yes/no question.

    Args:
        content: what is asked.
    """
    key = confirm_key(pending)
    labels = [library.message(option) for option in (YES, NO)]
    rows = [
        cards.option_row(label, i, answer_data(conversation_id, key, option))
        for i, (option, label) in enumerate(zip((YES, NO), labels, strict=True), start=1)
    ]
    head = [quiet(library.message(f"{pending.kind}_title")), title(content, margin="4px")]
    said = library.listed(f"{i} {label}" for i, label in enumerate(labels, start=1))
    alt = library.message("alt_question", question=content, options=said)
    return message(alt, cards.choices_card(head, rows))


def option_label(library: Library, question: Question, option: str) -> str:
    """How an option of a question is shown."""
    words = library.questions[question.id]
    if option == NONE:
        return words.none or library.message("none")
    if option in (DONE, UNKNOWN):
        return library.message("done" if option == DONE else "unsure")
    if option in words.options:
        return words.options[option].label
    if option in (YES, NO) and not question.asks[0].options:
        return library.message(option)
    shown = library.option_words((finding.id for finding in question.asks), option)
    return shown.label if shown else option


def answer_label(library: Library, question: Question, value: AnswerValue) -> str:
    """How an answer is shown."""
    if isinstance(value, tuple):
        return library.listed(option_label(library, question, option) for option in value or (NONE,))
    return option_label(library, question, str(value))


def _marks(question: Question, options: Sequence[str], picture: Picture | None) -> list[str]:
    """What may be typed for each option: its letter in the drawing, or else its number; a scale says it itself."""
    if question.type is QuestionType.NUMBER:
        return [""] * len(options)
    if picture:
        return [picture.letters.get(option, "") for option in options]
    return [str(i) for i in range(1, len(options) + 1)]


def _shown(mark: str, picture: Picture | None) -> str | None:
    """The mark in front of an option; beside letters, an option without one keeps their place free."""
    return mark if mark or picture else None


def _notes(library: Library, question: Question, ask: do.Ask) -> Iterator[str]:
    note = library.questions[question.id].note
    if note:
        yield note
    if question.type is QuestionType.NUMBER:
        finding = question.asks[0]
        yield library.message("number_hint", minimum=finding.minimum, maximum=finding.maximum)
    if question.type is QuestionType.CHECKLIST:
        selected = library.listed(option_label(library, question, option) for option in ask.selected)
        yield library.message("selected", labels=selected) if selected else library.message("choose_all")
    if ask.previous is not None:
        yield library.message("previous_answer", label=answer_label(library, question, ask.previous))
