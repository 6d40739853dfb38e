"""Every fact of the source article, and of the guidelines that make it safe, stands where a patient can read it.

facts/*.yaml is the inventory, one entry per fact; facts/rows.yaml says how many facts each of its rows holds. An id is
``row.fact``. One or more of these say where the fact went:

    stands_in    place to words that stand there together; of a list within the list, one word is enough
    never_says   place, or `everything`, to words that stand nowhere in it
    withheld     {tip, having}: people with these findings are not offered the tip (`every`: no tip at all);
                 instead: the tip that takes its place; offered: a tip that they are offered nevertheless
    cautioned    {tip, having}: people with these findings are offered the tip with its caution
    left_out     why patients read of it nowhere

A place is a file of content/ja and a field in it, such as ``conditions/bakers_cyst.course``. In a list, such as
``conditions/bakers_cyst.hurry_when``, the words stand together in one of its points. `from` is `article`, a key of
flows/sources.yaml, or one of OTHER_SOURCES.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, Field
from support.findings import HARMLESS_VALUES

from bot.desk import Desk, read_folder
from bot.faults import Fault
from bot.flow.assessment import Assessment, assess
from bot.flow.findings import NO, YES, FindingType, Value
from bot.strict_yaml import Document, read_document, validate

FOLDER = Path(__file__).parent / "facts"
OTHER_SOURCES = {"article", "fire_agency", "general", "law", "ministry", "QSUKE"}
NOT_READ = {"aliases", "synonyms", "words"}
NOT_SHOWN = {"commands", "danger_words", "typed_words", "lexicon", "other_languages", "wording"}
"""Fields and files that hold what patients write, or may not read."""

Words = tuple[str | tuple[str, ...], ...]


class Case(BaseModel, extra="forbid"):
    """People with these findings, and a tip."""

    tip: str
    having: tuple[str, ...] = Field(min_length=1)
    instead: str | None = None
    offered: str | None = None


class Fact(BaseModel, extra="forbid"):
    """One entry of the inventory."""

    fact: str
    source: str = Field(alias="from")
    stands_in: dict[str, Words] = {}
    never_says: dict[str, tuple[str, ...]] = {}
    withheld: Case | None = None
    cautioned: Case | None = None
    left_out: str | None = None


def read_inventory(faults: list[Fault]) -> tuple[dict[str, dict[str, Fact]], dict[str, object]]:
    """The facts by file and id, and the rows; what is wrong with the files is appended to `faults`."""
    read = {name: read_document(f"facts/{name}", raw, faults) for name, raw in read_folder(FOLDER).items()}
    documents = {name.removesuffix(".yaml"): document or Document(name, {}, {}) for name, document in read.items()}
    rows = documents.pop("rows").data
    facts = {
        file: {id: fact for id in document.data if (fact := validate(document, (id,), Fact, faults))}
        for file, document in documents.items()
    }
    return facts, rows


FAULTS: list[Fault] = []
FILES, ROWS = read_inventory(FAULTS)
FACTS = {id: fact for facts in FILES.values() for id, fact in facts.items()}
STANDING = [(id, place) for id, fact in FACTS.items() for place in fact.stands_in]
UNSAID = [(id, place) for id, fact in FACTS.items() for place in fact.never_says]


def read_all(desk: Desk, part: object) -> Iterator[str]:
    """Every text of a part of the store that patients read; a shared warning as its sentence."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for value in part:
            yield from read_all(desk, value)
    elif isinstance(part, Mapping):
        for key, value in part.items():
            if key == "warning":
                yield from read_all(desk, desk.library.documents["warnings.yaml"].data[value])
            elif key not in NOT_READ:
                yield from read_all(desk, value)


def read_at(desk: Desk, place: str) -> list[str]:
    """What patients read at a place: one text, or one for each point of a list; none where there is no such place."""
    file, *path = place.split(".")
    document = desk.library.documents.get(f"{file}.yaml")
    part: object = document.data if document else None
    for key in path:
        part = part.get(key) if isinstance(part, Mapping) else None
    points = part if isinstance(part, list) else [part]
    return [text for point in points if (text := "\n".join(read_all(desk, point)))]


def lacking(words: Words, texts: list[str]) -> tuple[tuple[str, ...], ...]:
    """What is missing in the text that has most of the words; nothing when they stand together in one text."""
    either = [(word,) if isinstance(word, str) else word for word in words]
    return min((tuple(some for some in either if not any(w in text for w in some)) for text in texts), key=len)


def assessed(desk: Desk, having: tuple[str, ...]) -> tuple[Assessment, dict[str, Value]]:
    """The assessment, and the facts, of somebody harmless but for findings such as ``swelling_kind.calf``."""
    kinds = {id: finding.type for id, finding in desk.flow.findings.items()}
    facts: dict[str, Value] = {id: NO for id, kind in kinds.items() if kind is FindingType.BOOL}
    facts |= {id: frozenset() for id, kind in kinds.items() if kind is FindingType.MULTI}
    facts |= HARMLESS_VALUES
    for reference in having:
        id, _, option = reference.partition(".")
        facts[id] = frozenset({option}) if kinds[id] is FindingType.MULTI else option or YES
    return assess(desk.flow, facts), facts


def test_the_inventory_is_complete_and_no_fact_stands_in_it_twice() -> None:
    assert FAULTS == []
    held = {file: Counter(id.split(".")[0] for id in facts) for file, facts in FILES.items()}
    assert {file: {row: str(count) for row, count in rows.items()} for file, rows in held.items()} == ROWS
    for seen in ([id for facts in FILES.values() for id in facts], [fact.fact for fact in FACTS.values()]):
        assert [one for one, count in Counter(seen).items() if count > 1] == []


def test_every_fact_has_a_source_and_went_somewhere() -> None:
    path = Path(__file__).parents[2] / "flows/sources.yaml"
    document = read_document("flows/sources.yaml", path.read_bytes(), FAULTS)
    assert document
    known = OTHER_SOURCES.union(document.data["sources"])  # type: ignore[arg-type]
    assert {id: fact.source for id, fact in FACTS.items() if fact.source not in known} == {}
    nothing = {"fact", "source"}
    assert [id for id, fact in FACTS.items() if fact.model_fields_set == nothing] == []


@pytest.mark.parametrize(("id", "place"), STANDING)
def test_the_fact_stands_where_it_says(desk: Desk, id: str, place: str) -> None:
    fact, texts = FACTS[id], read_at(desk, place)
    assert texts, f"{id}: nothing stands in content/ja at {place}"
    lost = lacking(fact.stands_in[place], texts)
    gone = ", ".join("/".join(either) for either in lost)
    assert not lost, f"{id}: “{fact.fact}” is gone from content/ja at {place}: {gone} lacks in\n" + "\n".join(texts)


@pytest.mark.parametrize(("id", "place"), STANDING)
def test_its_words_are_telling_enough_to_miss_one_sentence(desk: Desk, id: str, place: str) -> None:
    texts, words = read_at(desk, place), FACTS[id].stands_in[place]
    for i, text in enumerate(texts):
        for sentence in re.findall(r"[^\n。]+[\n。]?", text):
            if lacking(words, [*texts[:i], text.replace(sentence, ""), *texts[i + 1 :]]):
                return
    pytest.fail(f"{id}: {words} stand in {place} nowhere, or more than once")


@pytest.mark.parametrize(("id", "place"), UNSAID)
def test_what_must_not_be_repeated_is_said_nowhere(desk: Desk, id: str, place: str) -> None:
    whole = {file.removesuffix(".yaml") for file in desk.library.documents} - NOT_SHOWN
    for at in sorted(whole) if place == "everything" else [place]:
        texts = read_at(desk, at)
        assert texts or place == "everything", f"{id}: nothing stands in content/ja at {place}"
        said = [word for word in FACTS[id].never_says[place] if any(word in text for text in texts)]
        assert not said, f"{id}: content/ja at {at} says {said}, against: “{FACTS[id].fact}”"


@pytest.mark.parametrize("id", [id for id, fact in FACTS.items() if fact.withheld])
def test_people_with_these_findings_are_not_offered_the_tip(desk: Desk, id: str) -> None:
    case = FACTS[id].withheld
    assert case
    assessment, facts = assessed(desk, case.having)
    offered = {tip.id for tip in assessment.tips}
    assert not offered & (set(desk.flow.tips) if case.tip == "every" else {case.tip}), f"{id}: in spite of {case}"
    if case.tip != "every":
        gate = desk.flow.tips[case.tip]
        assert any(guard.holds(facts) for guard in gate.withhold_if), f"{id}: {case.having} do not withhold {case.tip}"
        assert case.instead is None or case.instead in gate.instead, f"{id}: {case.instead} does not replace it"
    assert case.offered is None or case.offered in offered, f"{id}: {case.offered} is not offered to {case.having}"


@pytest.mark.parametrize("id", [id for id, fact in FACTS.items() if fact.cautioned])
def test_people_with_these_findings_read_the_caution(desk: Desk, id: str) -> None:
    case = FACTS[id].cautioned
    assert case
    cautions = {tip.id: tip.caution for tip in assessed(desk, case.having)[0].tips}
    assert cautions.get(case.tip), f"{id}: {case.tip} comes without its caution for {case.having}"


def test_people_without_findings_are_offered_every_tip(desk: Desk) -> None:
    assert {tip.id for tip in assessed(desk, ())[0].tips} == set(desk.flow.tips)
