"""content/README.md and its Japanese version keep their word: who copies their blocks has entries that patients read.

The documents alone are followed. The sentence right above a block says where it goes, a line of its own says what to
type afterwards, and the text block shows what a mistake is reported as:

    Make the file `content/ja/answers/bath.yaml`:      Add to the end of `flows/sources.yaml`:
    Add to `flows/conditions.yaml`, above the line `other_or_unspecified:`
    Try it: type 「お風呂」.                             In `...`, write `...` in place of `...`, and check:
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from support.patient import Patient

from bot.desk import Desk, load_desk
from bot.errors import FaultsFound
from bot.flow.effects import ExplainTopic
from bot.library.json_schema import json_schemas
from bot.library.loader import FILES, FOLDERS
from bot.library.opening import opening
from bot.library.sentences import REPEATABLE_UP_TO, sentences
from bot.line.plain_text import plain_text

ROOT = Path(__file__).parents[2]
KINDS = {"conditions": "condition", "answers": "answer", "clinics": "clinic"}
"""Folder of an entry to the kind of topic that it is asked for as."""


@dataclass(frozen=True)
class Sentences:
    """How a document says where a block goes and what to try: patterns of whole lines, and words."""

    make: str
    add_above: str
    add_to_the_end: str
    try_it: str
    spoil: str
    longest_sentence: str
    repeatable: str


SENTENCES = {
    "README.md": Sentences(
        make=r"Make the file `(?P<file>.+)`:",
        add_above=r"Add to `(?P<file>.+)`, above the line `(?P<above>.+)`",
        add_to_the_end=r"Add to the end of `(?P<file>.+)`:",
        try_it=r"Try it: type (.+)",
        spoil=r"In `(?P<file>.+)`, write `(?P<new>.+)` in place of `(?P<old>.+)`, and check:",
        longest_sentence="at most {} characters",
        repeatable="more than {} characters",
    ),
    "README.ja.md": Sentences(
        make=r"新しいファイル `(?P<file>.+)` を作ります:",
        add_above=r"`(?P<file>.+)` の、`(?P<above>.+)` という行のすぐ上に書き足します:",
        add_to_the_end=r"`(?P<file>.+)` のいちばん下に書き足します:",
        try_it=r"試しに、(.+)と送ってみます。",
        spoil=r"`(?P<file>.+)` の `(?P<old>.+)` を `(?P<new>.+)` に変えて、確かめてみます:",
        longest_sentence="{}文字まで",
        repeatable="{}文字を超える",
    ),
}


@dataclass(frozen=True)
class Block:
    """A block of YAML to copy. Without `above` it goes to the end of the file, which is new when it `is_new`."""

    file: str
    text: str
    is_new: bool = False
    above: str | None = None

    def put(self, into: Path) -> None:
        """Do what the sentence above the block says."""
        path = into / self.file
        assert path.exists() != self.is_new, f"{self.file} is there already, or is to be added to and is not there"
        lines = [] if self.is_new else path.read_text(encoding="utf-8").splitlines(keepends=True)
        place = len(lines)
        if self.above:
            found = [i for i, line in enumerate(lines) if line.strip() == self.above]
            assert len(found) == 1, f"{self.above} stands {len(found)} times in {self.file}"
            place = found[0]
        path.write_text("".join([*lines[:place], self.text, *lines[place:]]), encoding="utf-8")

    @property
    def data(self) -> Any:
        """What the block holds, as JSON has it."""
        return json.loads(json.dumps(yaml.safe_load(self.text), default=str))


@dataclass(frozen=True)
class WalkThrough:
    """How one entry is added, and what a patient types to read it."""

    document: str
    blocks: tuple[Block, ...]
    typed: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Such as ``conditions``."""
        return Path(self.blocks[0].file).parent.name

    @property
    def topic(self) -> str:
        """What the new entry is asked for as."""
        return f"{KINDS[self.folder]}.{Path(self.blocks[0].file).stem}"


def text_of(document: str) -> str:
    return (ROOT / "content" / document).read_text(encoding="utf-8")


def blocks_of(document: str, language: str) -> Iterator[tuple[str, str, str]]:
    """The blocks of a language: the section in which each stands, the line above it, and what is in it."""
    for section in re.split(r"^(?=##)", text_of(document), flags=re.MULTILINE):
        for above, block in re.findall(
            rf"^([^\n]+)\n\n```{language}\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL
        ):
            yield section, above, block


def block_of(document: str, sentence: str, text: str) -> Block:
    """The block that stands below a sentence."""
    says = SENTENCES[document]
    if found := re.fullmatch(says.make, sentence):
        return Block(found["file"], text, is_new=True)
    if found := re.fullmatch(says.add_to_the_end, sentence):
        return Block(found["file"], text)
    found = re.fullmatch(says.add_above, sentence)
    assert found, f"{document}: {sentence!r} does not say where the block goes"
    return Block(found["file"], text, above=found["above"])


def walk_throughs(document: str) -> list[WalkThrough]:
    sections: dict[str, list[Block]] = {}
    for section, above, text in blocks_of(document, "yaml"):
        sections.setdefault(section, []).append(block_of(document, above, text))
    return [
        WalkThrough(document, tuple(blocks), tuple(typed_in(document, section))) for section, blocks in sections.items()
    ]


def typed_in(document: str, section: str) -> list[str]:
    """What the line to try says in brackets."""
    (line,) = re.findall(f"^{SENTENCES[document].try_it}$", section, flags=re.MULTILINE)
    return re.findall("「(.+?)」", line)


WALK_THROUGHS = [walk for document in SENTENCES for walk in walk_throughs(document)]


def followed(into: Path, *walks: WalkThrough) -> Path:
    """A copy of flows/ and content/ after somebody followed some walk-throughs."""
    for folder in ("flows", "content"):
        shutil.copytree(ROOT / folder, into / folder)
    for walk in walks:
        for block in walk.blocks:
            block.put(into)
    return into


def desk_in(folder: Path) -> Desk:
    return load_desk(folder / "flows", folder / "content")


@pytest.fixture(scope="module", params=WALK_THROUGHS, ids=lambda walk: f"{walk.document}-{walk.folder}")
def walk(request: pytest.FixtureRequest) -> WalkThrough:
    given: WalkThrough = request.param
    return given


@pytest.fixture(scope="module")
def desk_after(walk: WalkThrough, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk after somebody followed one walk-through, which left no fault."""
    return desk_in(followed(tmp_path_factory.mktemp("followed"), walk))


@pytest.fixture(scope="module", params=SENTENCES)
def document(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def desk_of(document: str, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk after somebody followed the whole document."""
    return desk_in(followed(tmp_path_factory.mktemp("followed"), *walk_throughs(document)))


# The walk-throughs


def test_a_condition_a_question_and_a_clinic_are_added(document: str) -> None:
    assert [walk.folder for walk in walk_throughs(document)] == ["conditions", "answers", "clinics"]


def test_who_follows_one_of_them_alone_has_an_entry_that_is_asked_for(walk: WalkThrough, desk_after: Desk) -> None:
    assert walk.typed
    for words in walk.typed:
        assert explained(Patient(desk_after).goes_to("laterality").say(words)) == walk.topic, words


def test_a_patient_who_types_its_name_reads_every_sentence_of_it(walk: WalkThrough, desk_after: Desk) -> None:
    entry = walk.blocks[0].data
    patient = Patient(desk_after).finishes().say(entry.get("name") or entry["question"])
    assert explained(patient) == walk.topic
    assert patient.reply
    shown = "\n".join(plain_text(message) for message in patient.reply.messages)
    assert [sentence for sentence in sentences_in(desk_after, entry) if sentence not in shown] == []


def test_an_editor_that_knows_the_schemas_underlines_nothing(walk: WalkThrough) -> None:
    schemas = {name: schema for name, _, schema in json_schemas()}
    jsonschema.validate(walk.blocks[0].data, schemas[f"{walk.folder}.schema.json"])


def test_the_new_condition_is_explained_to_whom_it_fits(desk_of: Desk) -> None:
    patient = Patient(desk_of).finishes(pain_trigger="stairs", pain_site="back_inner")
    assert "pes_anserine_bursitis" in [condition.id for condition in patient.outcome.conditions]


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24T10:00", True),
        ("2026-11-24T13:00", False),  # the lunch break
        ("2026-11-24T15:00", True),
        ("2026-11-25T10:00", False),  # a Wednesday
        ("2026-11-23T10:00", False),  # a Monday, but a public holiday
        ("2026-12-05T10:00", True),  # the first Saturday of the month
        ("2026-12-12T10:00", False),  # the second
        ("2026-12-26T10:00", False),  # the fourth
        ("2026-12-28T10:00", True),
        ("2026-12-29T10:00", False),  # the end of the year
        ("2027-01-02T10:00", False),
        ("2027-01-04T10:00", True),
    ],
)
def test_the_new_clinic_is_open_when_it_says(desk_of: Desk, moment: str, is_open: bool) -> None:
    clinic = desk_of.library.clinics["minato"]
    assert (opening(clinic, datetime.fromisoformat(moment)).closes is not None) == is_open


def test_the_desk_stays_that_of_the_first_clinic(desk: Desk, desk_of: Desk) -> None:
    assert desk_of.library.clinic == desk.library.clinic


def test_the_mistake_is_reported_in_the_words_that_are_shown(document: str, tmp_path: Path) -> None:
    ((_, sentence, shown),) = blocks_of(document, "text")
    spoil = re.fullmatch(SENTENCES[document].spoil, sentence)
    assert spoil, f"{document}: {sentence!r} does not say what to spoil"
    path = followed(tmp_path, *walk_throughs(document)) / spoil["file"]
    before = path.read_text(encoding="utf-8")
    assert before.count(spoil["old"]) == 1
    path.write_text(before.replace(spoil["old"], spoil["new"]), encoding="utf-8")
    with pytest.raises(FaultsFound) as found:
        desk_in(tmp_path)
    assert f"{found.value}\n" == shown


def test_both_documents_add_the_same() -> None:
    added = [
        [(block.file, block.above, block.is_new, block.data) for walk in walk_throughs(name) for block in walk.blocks]
        for name in SENTENCES
    ]
    assert added[0] == added[1]
    assert [text for _, _, text in blocks_of("README.md", "text")] == [
        text for _, _, text in blocks_of("README.ja.md", "text")
    ]


# What else the documents say


def test_the_table_names_every_file_and_nothing_else(document: str) -> None:
    named = re.findall(r"^\| `ja/(.+?)` \|", text_of(document), flags=re.MULTILINE)
    assert sorted(named) == sorted([*FILES, *(f"{folder}/*.yaml" for folder in FOLDERS)])


def test_the_lengths_are_those_that_are_checked(desk: Desk, document: str) -> None:
    says, text = SENTENCES[document], text_of(document)
    longest = desk.library.documents["wording.yaml"].data["longest_sentence"]
    assert says.longest_sentence.format(longest) in text
    assert says.repeatable.format(REPEATABLE_UP_TO) in text


def test_the_settings_connect_schemas_with_the_files_that_they_describe(document: str) -> None:
    ((_, _, settings),) = blocks_of(document, "json")
    described = {f"./var/schemas/{name}": pattern for name, pattern, _ in json_schemas()}
    connected = json.loads(settings)["yaml.schemas"]
    assert connected
    assert connected.items() <= described.items()


def test_the_links_of_both_lead_somewhere_and_to_each_other(document: str) -> None:
    links = set(re.findall(r"\]\((?!http)([^)#]+)\)", text_of(document)))
    assert {link for link in links if not (ROOT / "content" / link).exists()} == set()
    assert set(SENTENCES) - {document} <= links


def explained(patient: Patient) -> str:
    """The topic that the last event led to."""
    (topic,) = (effect.topic for effect in patient.effects if isinstance(effect, ExplainTopic))
    return topic


def sentences_in(desk: Desk, data: object) -> Iterator[str]:
    """Every whole sentence of an entry, shared warnings too."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from sentences_in(
                desk, desk.library.documents["warnings.yaml"].data[value] if key == "warning" else value
            )
    elif isinstance(data, list):
        for value in data:
            yield from sentences_in(desk, value)
    elif isinstance(data, str):
        yield from (sentence for sentence in sentences(data) if sentence.endswith("。"))
