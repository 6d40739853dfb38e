"""The typed words of the content store, normalised for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.flow.commands import LANGUAGE, PLACE, SERVICE, TOPIC
from bot.flow.findings import FindingType
from bot.flow.normalise import normalise
from bot.flow.reading.languages import language_marks
from bot.flow.reading.reader import Reader
from bot.flow.schema import NONE, Flow, Question
from bot.flow.vocabulary import ForeignWords, Vocabulary
from bot.library.library import Library
from bot.strict_yaml import Path


def build_reader(flow: Flow, library: Library) -> Reader:
    """What reads messages in the language of a library."""
    return Reader(
        library.lexicon.compiled(),
        library.lexicon.quantities.compiled(),
        frozenset(library.lexicon.history),
        frozenset(library.lexicon.lifelong),
        frozenset(id for id, finding in flow.findings.items() if finding.type in _ONE_VALUE),
        frozenset(id for id, finding in flow.findings.items() if finding.type is FindingType.MULTI),
        frozenset(library.lexicon.whole),
        frozenset(library.lexicon.beside),
        frozenset(library.lexicon.elsewhere),
        frozenset(library.lexicon.of_the_leg),
    )


def build_foreign_words(libraries: Iterable[Library]) -> dict[str, ForeignWords]:
    """The words of every language that no conversation is offered in."""
    return {
        id: ForeignWords(
            tuple(_danger_phrases(each.danger)),
            _all(each.negations),
            _all(each.negations_before),
            tuple((normalise(word), intent) for intent, words in each.intents.items() for word in words),
            each.compiled(),
        )
        for library in libraries
        for id, each in library.other_languages.items()
    }


def build_vocabulary(
    flow: Flow,
    library: Library,
    others: Sequence[Library] = (),
    readers: Mapping[str, Reader] | None = None,
    foreign: Mapping[str, ForeignWords] | None = None,
) -> Vocabulary:
    """The vocabulary of one language. Words that mean two things are found by `bot.agreement`, not here.

    Args:
        others: libraries of the other languages. Their danger words count too: who is in need may fall back into the
            mother tongue. So do the words that ask for the language.
        readers: of all these languages, when they are there already.
        foreign: the same, of the languages that are not offered.
    """
    typed = library.typed_words
    everybody = (library, *others)
    readers = readers or {each.language: build_reader(flow, each) for each in everybody}
    foreign = build_foreign_words(everybody) if foreign is None else foreign
    danger = [pair for each in everybody for pair in _danger_phrases(each.danger_words.findings)]
    suffixes = sorted({normalise(word) for word in typed.number_suffixes}, key=len, reverse=True)
    return Vocabulary(
        commands=command_words(library, others),
        emergency=emergency_words(library, others),
        danger=tuple(danger),
        negations=_all(*(each.danger_words.negations for each in everybody)),
        negations_before=_all(*(each.danger_words.negations_before for each in everybody)),
        foreign=foreign,
        languages=tuple(
            language_marks(id, each.letters, each.words)
            for id, each in library.other_languages.items()
            if id != library.language
        ),
        fillers=tuple(
            sorted((normalise(word) for each in everybody for word in each.danger_words.fillers), key=len, reverse=True)
        ),
        options={id: dict(option_words(library, question)) for id, question in flow.questions.items()},
        reader=readers[library.language],
        readers=readers,
        letters={id: dict(letters(library, question)) for id, question in flow.questions.items()},
        yes=_set(typed.yes),
        no=_set(typed.no),
        unsure=_set((*typed.unsure, library.message("unsure"))),
        none=_set((*typed.none, library.message("none"))),
        done=_set((*typed.done, library.message("done"))),
        number_suffixes=tuple(suffix for suffix in suffixes if suffix),
        endings=tuple(sorted(_set(typed.endings), key=len, reverse=True)),
        topics=tuple(sorted(dict.fromkeys(_topics(library)), key=lambda pair: -len(pair[0]))),
    )


def command_words(library: Library, others: Sequence[Library] = ()) -> dict[str, str]:
    """Every whole text that runs a command, normalised, to the command."""
    return {
        **{
            normalise(word): f"{LANGUAGE}{other.language}"
            for other in others
            for word in (other.language_words.name, *other.language_words.words)
        },
        **{normalise(word): f"{PLACE}{id}" for id in library.places.places for word in library.places.words(id)},
        **{
            normalise(named.word): f"{TOPIC}{named.topic}"
            for named in topic_words(library)
            if named.topic.startswith(SERVICE) and named.topic != _AMBULANCE
        },
        **{
            normalise(word): f"{TOPIC}{id}"
            for id, entry in library.menu.items()
            for word in (entry.label, *entry.words)
        },
        **{normalise(w): id for id, command in library.commands.items() for w in (command.label, *command.words)},
    }


def emergency_words(library: Library, others: Sequence[Library] = ()) -> tuple[str, ...]:
    """Phrases that ask for emergency help in any language, normalised."""
    spoken = (each.danger_words.emergency for each in (library, *others))
    return _all(*spoken, *(each.emergency for each in library.other_languages.values()))


def option_words(library: Library, question: Question) -> Iterator[tuple[str, str]]:
    """Every typed word of a question's own options, normalised, with the option that it means."""
    words = library.questions[question.id]
    if words.none:
        yield normalise(words.none), NONE
    for option in question.options:
        asked = (finding.id for finding in question.asks)
        shown = words.options.get(option) or library.option_words(asked, option)
        if shown is None:
            continue
        yield normalise(shown.label), option
        for synonym in shown.synonyms:
            yield normalise(synonym), option


def letters(library: Library, question: Question) -> Iterator[tuple[str, str]]:
    """Every letter that a drawing gives the options of a question, normalised, with the option that it means."""
    asked = {finding.id for finding in question.asks}
    for picture in library.pictures.values():
        if picture.finding in asked:
            for option, letter in picture.letters.items():
                if option in question.options:
                    yield normalise(letter), option


_ONE_VALUE = (FindingType.SINGLE, FindingType.NUMBER)
_AMBULANCE = f"{SERVICE}call_119"
"""Who sends only its number gets the emergency guidance, not an explanation."""


@dataclass(frozen=True, slots=True)
class TopicWord:
    """A word that opens a topic, and where it stands: file below the language folder and path inside it."""

    word: str
    topic: str
    file: str
    path: Path


def topic_words(library: Library) -> Iterator[TopicWord]:
    """Every name and alias of every entry."""
    for id, condition in library.conditions.items():
        yield from _names(f"condition.{id}", f"conditions/{id}.yaml", "name", condition.name, condition.aliases)
        yield TopicWord(condition.reading, f"condition.{id}", f"conditions/{id}.yaml", ("reading",))
    for id, tip in library.tips.items():
        yield from _names(f"tip.{id}", f"self_care/{id}.yaml", "name", tip.name, tip.aliases)
    for id, treatment in library.treatments.items():
        yield from _names(f"treatment.{id}", f"treatments/{id}.yaml", "name", treatment.name, treatment.aliases)
        yield TopicWord(treatment.reading, f"treatment.{id}", f"treatments/{id}.yaml", ("reading",))
    for id, answer in library.answers.items():
        yield from _names(f"answer.{id}", f"answers/{id}.yaml", "question", answer.question, answer.aliases)
    for id, guidebook in library.guidebooks.items():
        yield from _names(f"guidebook.{id}", f"guidebooks/{id}.yaml", "title", guidebook.title, guidebook.aliases)
    for id, clinic in library.clinics.items():
        yield from _names(f"clinic.{id}", f"clinics/{id}.yaml", "name", clinic.name, clinic.aliases)
    for id, resource in library.resources.items():
        yield TopicWord(resource.name, f"resource.{id}", "resources.yaml", (id, "name"))
        for i, alias in enumerate(resource.aliases):
            yield TopicWord(alias, f"resource.{id}", "resources.yaml", (id, "aliases", i))


def _names(topic: str, file: str, field: str, name: str, aliases: tuple[str, ...] = ()) -> Iterator[TopicWord]:
    yield TopicWord(name, topic, file, (field,))
    for i, alias in enumerate(aliases):
        yield TopicWord(alias, topic, file, ("aliases", i))


def _topics(library: Library) -> Iterator[tuple[str, str]]:
    for named in topic_words(library):
        yield normalise(named.word), named.topic


def _danger_phrases(findings: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for reference, phrases in findings.items():
        for phrase in phrases:
            yield normalise(phrase), reference


def _all(*lists: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normalise(word) for words in lists for word in words))


def _set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalise(word) for word in words)
