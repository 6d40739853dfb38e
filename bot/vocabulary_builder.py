"""The typed words of the content store, normalised for the engine."""

from __future__ import annotations

from collections.abc import Iterator

from bot.flow.commands import TOPIC
from bot.flow.normalise import normalise
from bot.flow.schema import NONE, Flow, Question
from bot.flow.vocabulary import Vocabulary
from bot.library.library import Library
from bot.library.schema import FindingWords, OptionWords


def build_vocabulary(flow: Flow, library: Library) -> Vocabulary:
    """The vocabulary of one language. Words that mean two things are found by `bot.agreement`, not here."""
    typed = library.typed_words
    danger = [
        (normalise(phrase), reference)
        for reference, phrases in library.danger_words.findings.items()
        for phrase in phrases
    ]
    suffixes = sorted({normalise(word) for word in typed.number_suffixes}, key=len, reverse=True)
    return Vocabulary(
        commands={
            **{
                normalise(word): f"{TOPIC}{id}"
                for id, entry in library.menu.items()
                for word in (entry.label, *entry.words)
            },
            **{normalise(w): id for id, command in library.commands.items() for w in (command.label, *command.words)},
        },
        emergency=tuple(normalise(phrase) for phrase in library.danger_words.emergency),
        danger=tuple(danger),
        negations=tuple(normalise(word) for word in library.danger_words.negations),
        fillers=tuple(sorted((normalise(word) for word in library.danger_words.fillers), key=len, reverse=True)),
        options={id: dict(option_words(library, question)) for id, question in flow.questions.items()},
        yes=_set(typed.yes),
        no=_set(typed.no),
        unsure=_set((*typed.unsure, library.message("unsure"))),
        none=_set((*typed.none, library.message("none"))),
        done=_set((*typed.done, library.message("done"))),
        number_suffixes=tuple(suffix for suffix in suffixes if suffix),
        topics=tuple(sorted(_topics(library), key=lambda pair: -len(pair[0]))),
    )


def option_words(library: Library, question: Question) -> Iterator[tuple[str, str]]:
    """Every typed word of a question's own options, normalised, with the option that it means."""
    words = library.questions[question.id]
    if words.none:
        yield normalise(words.none), NONE
    for option in question.options:
        shown: OptionWords | FindingWords
        if option in words.options:
            shown = words.options[option]
        elif len(question.asks) > 1:
            shown = library.findings[option]
        elif option in library.findings[question.asks[0].id].options:
            shown = library.findings[question.asks[0].id].options[option]
        else:
            continue
        yield normalise(shown.label), option
        for synonym in shown.synonyms:
            yield normalise(synonym), option


def _topics(library: Library) -> Iterator[tuple[str, str]]:
    named = [(f"condition.{id}", entry.name, entry.aliases) for id, entry in library.conditions.items()]
    named += [(f"tip.{id}", entry.name, entry.aliases) for id, entry in library.tips.items()]
    named += [(f"treatment.{id}", entry.name, entry.aliases) for id, entry in library.treatments.items()]
    named += [(f"answer.{id}", entry.question, entry.aliases) for id, entry in library.answers.items()]
    named += [(f"guidebook.{id}", entry.title, ()) for id, entry in library.guidebooks.items()]
    named += [(f"resource.{id}", entry.name, ()) for id, entry in library.resources.items()]
    for topic, name, aliases in named:
        for word in dict.fromkeys(normalise(word) for word in (name, *aliases)):
            yield word, topic
    for id, clinic in library.clinics.items():
        yield normalise(clinic.name), f"clinic.{id}"


def _set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalise(word) for word in words)
