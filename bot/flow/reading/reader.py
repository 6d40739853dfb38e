"""What a typed text says: what its writer wants, what is there, what is not, and whether it is dangerous. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.flow.reading.form import QUESTION, SENTENCE
from bot.flow.reading.lexicon import Found, Hits, Lexicon, WordSource
from bot.flow.reading.polarity import Said, Statements
from bot.flow.reading.quantities import FEVER, Quantities, QuantityWords

INTENTS = (
    "emergency_statement",
    "emotional_distress",
    "delete_my_data",
    "stop_messages",
    "talk_to_human",
    "abuse",
    "restart",
    "go_back",
    "help",
    "ask_booking",
    "ask_clinic_hours",
    "ask_phone",
    "ask_guidebook",
    "ask_cost",
    "ask_department",
    "ask_treatment",
    "ask_self_care",
    "ask_condition",
    "describe_symptom",
    "thanks",
    "greet",
    "off_topic",
    "empty_or_noise",
)
"""What somebody may want who writes; of several the first counts."""

ASKING = tuple(intent for intent in INTENTS if intent.startswith("ask_"))
"""Intents that need a question or a request in a message that describes signs as well."""

EMERGENCIES = ("emergency_statement",)
"""Intents that are never read in what only sounds like a sign."""

LONGEST_TOLD = 1500
"""Characters that are read for what they tell; danger phrases are looked for in all of a message."""
_SHORTEST_READABLE = 2
_MASHED = re.compile(
    r"^[b-df-hj-np-tv-xz]{4,}|[a-z](?=[\u3041-\u3096]).*[\u3041-\u3096][a-z]|^[a-z]*[qwzxcvbn]{5,}|asdf|qwer"
)
"""Keys that were hit at random: letters without a vowel, or of two alphabets mixed within a word."""
_PARTINGS = ("{denial}", "{contrast}", "{parting}")
_SINCE = "duration"
_UNDERGONE = ("vte_risk", "infection_risk", "immobility_recent")
_FEVER = "fever_chills"
_AGE = "age_band."


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood.

    Args:
        intent: one of `INTENTS`.
        present: references of findings that are stated of the patient, now.
        absent: references that are denied; a whole finding when its list is denied as a whole.
        spoken_of: what is stated of anybody, asked about, or was there until lately.
        supposed: what is spoken of as an if, as years ago, or in a question about illness in general.
        is_about_others: whether somebody else's signs are described.
        crisis: `suicide` or `overdose` when the writer's own hand is the danger.
        is_recognised: whether any word led to the intent; otherwise it is what is left.
        is_harmless_talk: whether words were read over that only sound like a sign; `read` is the rest.
        read: the text in spoken form, without them.
    """

    intent: str
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    spoken_of: tuple[str, ...] = ()
    supposed: tuple[str, ...] = ()
    is_about_others: bool = False
    crisis: str = ""
    is_recognised: bool = True
    is_harmless_talk: bool = False
    read: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads texts in one language.

    Args:
        lexicon: its phrases.
        quantities: its numbers and times.
        history: findings that stay true when they are past.
        lifelong: findings or references that stay true after years.
        singles: findings of which one option holds, so that none is denied and the first said counts.
        lists: findings of which options hold: as a whole they can be denied, not stated.
        whole: references within whose words nothing else is read.
        beside: findings or references that are read there all the same.
        elsewhere: findings or references that are no signs of the leg.
        of_the_leg: findings that tell how it is with the leg; a sentence that tells only of something elsewhere, and
            names no leg, says nothing of them.
    """

    lexicon: Lexicon
    quantities: Quantities
    history: frozenset[str] = frozenset()
    lifelong: frozenset[str] = frozenset()
    singles: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    of_the_leg: frozenset[str] = frozenset()

    def read(self, text: str) -> Reading:
        """What a text says; never raises.

        Args:
            text: as typed.
        """
        form = self.lexicon.form(text[:LONGEST_TOLD])
        everything = self.lexicon.hits(form)
        harmless = self.lexicon.find("harmless", everything)
        hits = self.lexicon.hits(_blanked(form, harmless)) if harmless else everything
        barriers = sorted(start for name in _PARTINGS for start, _ in hits.of(name))
        findings = self._without_parts(self.lexicon.find("findings", hits, barriers))
        absent = self.lexicon.find("absent", hits, barriers)
        findings = [found for found in findings if not any(_is_part(found, denied) for denied in absent)]
        strange = self._sentences_elsewhere(findings, hits)
        findings = [found for found in findings if not self._is_strange(found.means, found.start, strange)]
        statements = Statements(hits, [(found.start, found.end) for found in findings + absent])
        said = _Said(self)
        for found in _nearest(findings):
            said.take(found, statements)
        for found in absent:
            said.deny(found, statements)
        complaints = self.lexicon.find("complaints", hits, barriers)
        began = [f.start for f in findings] + [f.start for f in complaints]
        events = [found.start for found in findings if self.lifelong & {found.means, _finding(found)}]
        events += [found.start for found in findings if _finding(found) in _UNDERGONE]
        measured = [
            (reference, at)
            for reference, at in self.quantities.read(hits, began, events)
            if not statements.is_about_others(at)
            and not (reference.startswith(_AGE) and statements.is_age_of_the_past(at))
            and not self._is_strange(reference, at, strange)
            and not (reference.startswith(_SINCE) and self._is_elsewhere(_next_sign(findings, at)))
        ]
        for reference in _without_contradictions(measured):
            said.measure(reference)
        for degrees, start, end in self.quantities.temperatures(hits):
            said.temperature(degrees >= FEVER, start, end, statements)
        crisis = next((found.means for found in self.lexicon.find("crisis", hits)), "")
        described = [(found.start, found.end) for found in findings] if said.present or said.absent else []
        intent = self._intent(everything, hits, described, bool(said.any or complaints), crisis)
        return Reading(
            intent=intent or self._left_over(form),
            crisis=crisis,
            is_recognised=bool(intent),
            is_harmless_talk=bool(harmless),
            read=hits.text,
            present=tuple(said.present),
            absent=tuple(reference for reference in said.absent if reference not in said.present),
            spoken_of=tuple(said.spoken_of),
            supposed=tuple(said.supposed),
            is_about_others=said.is_about_others,
        )

    def _without_parts(self, findings: list[Found]) -> list[Found]:
        """Without what ends within the words of a sign that says more: a pain of the chest is none of the knee."""
        wholes = [found for found in findings if found.means in self.whole]
        return [found for found in findings if not any(self._is_within(found, whole) for whole in wholes)]

    def _is_within(self, found: Found, whole: Found) -> bool:
        if not whole.start <= found.last < whole.end:
            return False
        if found.means in self.whole:
            # "It hurts when I breathe" speaks of breath, and says no more of it.
            if _finding(found) != _finding(whole):
                return found.start == found.last and whole.end - whole.start > found.end - found.start
            return found.means != whole.means and whole.start < found.start
        return not self.beside & {found.means, _finding(found)}

    def _sentences_elsewhere(self, findings: list[Found], hits: Hits) -> list[tuple[int, int]]:
        """The sentences that tell of something elsewhere and name no leg."""
        signs = [found.start for found in findings if self._is_elsewhere(found)]
        if not signs:
            return []
        limbs = [start for start, _ in hits.of("{limb}")]
        return [
            (start, end)
            for start, end in _sentences(hits.text)
            if any(start <= at < end for at in signs) and not any(start <= at < end for at in limbs)
        ]

    def _is_elsewhere(self, found: Found | None) -> bool:
        return found is not None and bool(self.elsewhere & {found.means, _finding(found)})

    def _is_strange(self, reference: str, at: int, strange: list[tuple[int, int]]) -> bool:
        is_of_the_leg = bool(self.of_the_leg & {reference, reference.partition(".")[0]})
        return is_of_the_leg and any(start <= at < end for start, end in strange)

    def _intent(self, hits: Hits, serious: Hits, described: list[tuple[int, int]], describes: bool, crisis: str) -> str:
        """The first intent that some words lead to, empty when none do.

        What only sounds like a call for help is none; `serious` is without that. In a message that describes signs, a
        question counts where it is asked: in its own sentence, by other words.
        """
        found = self.lexicon.find("intents", hits)
        called = {each.means for each in self.lexicon.find("intents", serious)}
        found = [each for each in found if each.means not in EMERGENCIES or each.means in called]
        if describes:
            asked = _asking_sentences(hits)
            found = [
                each
                for each in found
                if each.means not in ASKING
                or (
                    any(start <= each.start < end for start, end in asked)
                    and not any(start < each.end and each.start < end for start, end in described)
                )
            ]
        else:
            found += self.lexicon.find("intents_alone", hits)
        wanted = {each.means for each in found}
        if describes:
            wanted.add("describe_symptom")
        if crisis:
            wanted.add("emotional_distress")
        return next((intent for intent in INTENTS if intent in wanted), "")

    def _left_over(self, form: str) -> str:
        letters = [character for character in form if character.isalnum()]
        is_noise = len(set(letters)) <= _SHORTEST_READABLE or _MASHED.search(form)
        return "empty_or_noise" if is_noise else "off_topic"


class _Said:
    """Collects what a text says, sign by sign."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.present: dict[str, None] = {}
        self.absent: dict[str, None] = {}
        self.spoken_of: dict[str, None] = {}
        self.supposed: dict[str, None] = {}
        self.is_about_others = False
        self.any = False

    def take(self, found: Found, statements: Statements) -> None:
        reference, finding = found.means, _finding(found)
        said: Said = statements.of(found.start, found.end)
        if statements.is_general(found.start) and reference in self._reader.whole:
            said = "supposed"
        if said == "supposed" or statements.is_years_ago(found.start) or statements.is_general(found.start):
            self.supposed[reference] = None
        elif said != "denied":
            self.spoken_of[reference] = None
        if said in ("stated", "denied"):
            self.any = True
        if statements.is_about_others(found.start):
            self.is_about_others = True
            return
        if self._is_over(reference, finding, found.start, statements):
            return
        if said == "stated":
            if not self._is_settled(finding) and reference not in self._reader.lists:
                self.present[reference] = None
        elif said == "denied" and finding not in self._reader.singles:
            self.absent[reference] = None

    def _is_over(self, reference: str, finding: str, start: int, statements: Statements) -> bool:
        if statements.is_years_ago(start):
            return not self._reader.lifelong & {reference, finding}
        return finding not in self._reader.history and statements.is_past(start)

    def deny(self, found: Found, statements: Statements) -> None:
        self.any = True
        is_said = statements.of(found.start, found.end) in ("stated", "denied")
        if is_said and not statements.is_about_others(found.start):
            self.absent[found.means] = None

    def temperature(self, is_fever: bool, start: int, end: int, statements: Statements) -> None:
        self.any = True
        if not statements.is_about_others(start) and statements.of(start, end) == "stated":
            (self.present if is_fever else self.absent)[_FEVER] = None
            if not is_fever:
                self.present.pop(_FEVER, None)

    def measure(self, reference: str) -> None:
        if not self._is_settled(reference.partition(".")[0]):
            self.present[reference] = None
            self.any = True

    def _is_settled(self, finding: str) -> bool:
        if finding not in self._reader.singles:
            return False
        return any(reference.startswith(f"{finding}.") for reference in self.present)


def _without_contradictions(measured: list[tuple[str, int]]) -> list[str]:
    """Without two scores or two ages, of which nobody knows which one holds; of several times the first does."""
    values: dict[str, set[str]] = {}
    for reference, _ in measured:
        values.setdefault(reference.partition(".")[0], set()).add(reference)
    unclear = {finding for finding, references in values.items() if len(references) > 1} - {_SINCE}
    return [reference for reference, _ in measured if reference.partition(".")[0] not in unclear]


def _finding(found: Found) -> str:
    return found.means.partition(".")[0]


def _is_part(found: Found, denied: Found) -> bool:
    """Whether the words of a sign stand within words that deny the same finding."""
    return _finding(found) == _finding(denied) and denied.start <= found.start and found.end <= denied.end


def _nearest(findings: list[Found]) -> list[Found]:
    """One of several phrases for the same words.

    Of phrases that end with the same word, those whose first word stands nearest: what swells is the place named last.
    Of phrases for one finding that begin together, the longest; of a finding and its option, the option.
    """
    nearest: dict[tuple[str, int], int] = {}
    longest: dict[tuple[str, int], int] = {}
    options = {(_finding(found), found.end) for found in findings if "." in found.means}
    for found in findings:
        longest[found.means, found.start] = max(longest.get((found.means, found.start), 0), found.end)
        if found.start < found.last:
            key = (_finding(found), found.last)
            nearest[key] = max(nearest.get(key, 0), found.start)
    kept = [
        found
        for found in findings
        if found.end == longest[found.means, found.start]
        and (found.start == found.last or found.start >= nearest[_finding(found), found.last])
        and (found.means, found.end) not in options
    ]
    return sorted(kept, key=lambda found: (found.start, found.end))


def _next_sign(findings: list[Found], at: int) -> Found | None:
    """The sign that a time stands before."""
    behind = [found for found in findings if found.start >= at and _finding(found) != "laterality"]
    return min(behind, key=lambda found: found.start, default=None)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end, character in enumerate(text):
        if character in SENTENCE + QUESTION:
            yield start, end
            start = end + 1


def _asking_sentences(hits: Hits) -> list[tuple[int, int]]:
    """The sentences that ask or request something."""
    marks = [at for at, _ in hits.of("{asking}")]
    return [
        (start, end)
        for start, end in _sentences(hits.text)
        if hits.text[end] == QUESTION or any(start <= at < end for at in marks)
    ]


def _blanked(form: str, harmless: list[Found]) -> str:
    """The text with what only sounds like a sign taken out; its length stays."""
    characters = list(form)
    for found in harmless:
        characters[found.start : found.end] = "," * (found.end - found.start)
    return "".join(characters)


NOTHING_READ = Reader(Lexicon(WordSource()), Quantities(QuantityWords({}, {}, {}, ())))
"""Reads no word: for a vocabulary that has only whole answers."""
