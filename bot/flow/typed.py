"""What a typed text means: an emergency, a danger sign, a command, an answer or a topic. As good as a tap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.flow.conversation import AnswerValue
from bot.flow.findings import NO, UNKNOWN, YES
from bot.flow.normalise import is_fraction, normalise, number, parts
from bot.flow.schema import DONE, NONE, Question, QuestionType
from bot.flow.vocabulary import Vocabulary

_NEGATION_REACH = 10
"""How many characters behind a danger phrase a negation is looked for."""


_BESIDE = 2
"""Letters that may stand beside the name of a topic for the text to be its name."""


@dataclass(frozen=True, slots=True)
class Danger:
    """Danger signs in a text.

    Args:
        stated: references of signs that are there.
        unclear: those that a word behind them may have turned round.
        is_about_others: whether they are known to be somebody else's.
    """

    stated: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    is_about_others: bool = False


@dataclass(frozen=True, slots=True)
class Selected:
    """One more option of a checklist, as a tap would select it."""

    option: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer."""

    value: AnswerValue


NotRead = Literal["not_understood", "out_of_range", "not_asked"]
"""not_asked: the words were meant for another question than the one that is open now."""


def read_danger(text: str, vocabulary: Vocabulary) -> Danger:
    """Danger signs anywhere in a typed text.

    A false alarm is cheap, a miss is not: a sign with a negation close behind it is unclear, never absent.
    """
    plain = bare = normalise(text)
    for filler in vocabulary.fillers:
        bare = bare.replace(filler, "")
    stated: dict[str, None] = {}
    unclear: dict[str, None] = {}
    # A phrase may hold what is a filler elsewhere.
    for said in dict.fromkeys((plain, bare)):
        for last, (length, meanings) in vocabulary.danger_phrases.iter(said) if vocabulary.danger else ():
            start, end = last + 1 - length, last + 1
            for reference, negations, negations_before in meanings:
                found = unclear if _is_negated(said, start, end, negations, negations_before) else stated
                found[reference] = None
    return Danger(tuple(stated), tuple(ref for ref in unclear if ref not in stated))


def _is_negated(said: str, start: int, end: int, negations: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Whether a word that may turn a phrase round stands close by: behind it, or in some languages before it."""
    behind = said[end : end + _NEGATION_REACH]
    return any(word in behind for word in negations) or said[max(0, start - _NEGATION_REACH) : start].endswith(before)


def asks_for_emergency(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the text asks for emergency help (119 and the like)."""
    plain = normalise(text)
    return any(phrase in plain for phrase in vocabulary.emergency)


def read_command(text: str, vocabulary: Vocabulary) -> str | None:
    """The command that the whole text is, if it is one."""
    return vocabulary.commands.get(normalise(text))


def read_topic(text: str, vocabulary: Vocabulary) -> str | None:
    """The topic whose name or alias stands in the text; the longest name wins."""
    plain = normalise(text)
    return next((topic for name, topic in vocabulary.topics if name in plain), None)


def names_topic(text: str, vocabulary: Vocabulary) -> str | None:
    """The topic whose name or alias is the whole text, or nearly."""
    plain = normalise(text)
    return next(
        (topic for name, topic in vocabulary.topics if name in plain and len(plain) - len(name) <= _BESIDE), None
    )


def read_yes_no(text: str, vocabulary: Vocabulary) -> bool | None:
    """Yes or no, None when it is neither."""
    plain = normalise(text)
    position = number(_without_suffix(plain, vocabulary))
    if plain in vocabulary.yes or position == 1:
        return True
    if plain in vocabulary.no or position == 2:
        return False
    return None


def read_answer(
    text: str, question: Question, shown: tuple[str, ...], vocabulary: Vocabulary
) -> Answered | Selected | NotRead:
    """What a typed text answers to a question.

    Args:
        text: as typed.
        question: the open question.
        shown: its options in the order in which they are numbered.
        vocabulary: words of the patient's language.
    """
    plain = normalise(text)
    if question.type is QuestionType.NUMBER:
        return _read_number(text, plain, question, vocabulary)
    option = _option(plain, question, shown, vocabulary) or _lettered(plain, question, shown, vocabulary)
    if question.type is QuestionType.CHOICE:
        return Answered(option) if option else "not_understood"
    if option in (NONE, DONE):
        return Answered(()) if option == NONE else Selected(DONE)
    if option == UNKNOWN:
        return Answered(UNKNOWN)
    if option:
        return Selected(option)
    return _read_several(text, question, shown, vocabulary)


def _read_number(text: str, plain: str, question: Question, vocabulary: Vocabulary) -> Answered | NotRead:
    if plain in vocabulary.unsure and question.unsure:
        return Answered(UNKNOWN)
    value = number(_without_suffix(plain, vocabulary))
    if value is None or is_fraction(text):
        return "not_understood"
    finding = question.asks[0]
    return Answered(value) if finding.minimum <= value <= finding.maximum else "out_of_range"


def _read_several(text: str, question: Question, shown: tuple[str, ...], vocabulary: Vocabulary) -> Answered | NotRead:
    """Several options in one message: all of them must be understood, and the list is then complete."""
    for pieces in parts(text):
        # All words or all letters: the first word of "a calf" is no letter.
        for meaning in (_option, _lettered):
            options = [meaning(piece, question, shown, vocabulary) for piece in pieces]
            chosen = tuple(dict.fromkeys(option for option in options if option))
            if len(options) > 1 and None not in options and not {NONE, UNKNOWN} & set(chosen):
                return Answered(tuple(option for option in chosen if option != DONE))
    return "not_understood"


def _option(plain: str, question: Question, shown: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    """The option that a whole normalised text means: label or synonym, yes/no and the like, or its number."""
    for words_alone in _without_ending(plain, vocabulary):
        option = vocabulary.options.get(question.id, {}).get(words_alone)
        if option in shown:
            return option
    for words, meaning in (
        (vocabulary.unsure, UNKNOWN),
        (vocabulary.done, DONE),
        (vocabulary.none | vocabulary.no, NONE),
        (vocabulary.yes, YES),
        (vocabulary.no, NO),
    ):
        if meaning in shown and plain in words:
            return meaning
    position = number(_without_suffix(plain, vocabulary))
    if position is not None and 1 <= position <= len(shown):
        return shown[position - 1]
    return None


def _lettered(plain: str, question: Question, shown: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    """The option that a letter means which the drawing of the question gives it."""
    option = vocabulary.letters.get(question.id, {}).get(_without_suffix(plain, vocabulary))
    return option if option in shown else None


def _without_ending(plain: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The text, and the text without each polite ending: what is left must still be an option word for word."""
    yield plain
    for ending in vocabulary.endings:
        if plain.endswith(ending) and len(plain) > len(ending):
            yield plain.removesuffix(ending)


def _without_suffix(plain: str, vocabulary: Vocabulary) -> str:
    """The text without one or two endings such as "number" or "about", so that only a number is left."""
    for _ in range(2):
        for suffix in vocabulary.number_suffixes:
            if plain.endswith(suffix) and len(plain) > len(suffix):
                plain = plain.removesuffix(suffix)
                break
    return plain
