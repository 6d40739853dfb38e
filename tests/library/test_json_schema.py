"""JSON Schemas for editors: they accept what is shipped, and mark what the loader would refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from support.broken import Broken, copy_toy, read_broken

from bot.cli import cli
from bot.library.json_schema import json_schemas
from bot.library.loader import FILES, FOLDERS

ROOT = Path(__file__).parent.parent.parent
SCHEMAS = {name.removesuffix(".schema.json"): schema for name, _, schema in json_schemas()}

FOUND_BY_EDITORS = ("YAML007", "YAML008", "YAML009", "YAML010", "YAML011")
"""Faults of the shape of one file. A forbidden word, or days the wrong way round, only the loader finds."""
ONLY_SPACES = "YAML007_empty_text"
"""The one text that has a length until the loader looks at it."""
SHAPES = [b for b in read_broken("broken_content") if b.fault in FOUND_BY_EDITORS and b.name != ONLY_SPACES]


class _EditorLoader(yaml.SafeLoader):
    """Reads YAML 1.2 as editors do: only true and false are no text, and days and times are text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
):
    _EditorLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), [*first, ""])


def schema_of(path: Path) -> dict[str, Any]:
    """The schema of a file of content/ja."""
    return SCHEMAS[path.stem if path.parent.name == "ja" else path.parent.name]


def complaints(path: Path) -> list[str]:
    """What an editor marks in a file."""
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=_EditorLoader)
    validator = Draft202012Validator(schema_of(path), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


def test_the_reader_of_these_tests_reads_as_editors_do() -> None:
    text = "[yes, on, true, 007x, 1.5, 12, 09:00, 2026-11-23, null, ~, 0120-000-000]"
    read = yaml.load(text, Loader=_EditorLoader)
    assert read == ["yes", "on", True, "007x", 1.5, 12, "09:00", "2026-11-23", None, None, "0120-000-000"]


def test_every_kind_of_file_has_a_schema() -> None:
    assert set(SCHEMAS) == {name.removesuffix(".yaml") for name in FILES} | set(FOLDERS)
    assert {pattern for _, pattern, _ in json_schemas("ja")} == {
        *(f"content/ja/{name}" for name in FILES),
        *(f"content/ja/{folder}/*.yaml" for folder in FOLDERS),
    }


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["title"] == name


@pytest.mark.parametrize("path", sorted((ROOT / "content/ja").rglob("*.yaml")), ids=lambda path: f"{path.stem}")
def test_it_accepts_what_is_shipped(path: Path) -> None:
    assert complaints(path) == []


@pytest.mark.parametrize("broken", SHAPES, ids=lambda broken: broken.name)
def test_it_marks_what_the_loader_refuses(tmp_path: Path, broken: Broken) -> None:
    path = copy_toy(tmp_path) / broken.file
    before = set(complaints(path))
    broken.spoil(tmp_path)
    assert set(complaints(path)) - before


def objects(schema: object) -> Iterator[dict[str, Any]]:
    """Every object with fields of its own, in a schema."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_says_what_it_is(name: str) -> None:
    schema = SCHEMAS[name]
    for found in objects(schema):
        assert found["additionalProperties"] is False
        for field, shape in found["properties"].items():
            if "$ref" in shape:
                shape = schema["$defs"][shape["$ref"].rpartition("/")[2]]
            assert shape.get("description") or shape.get("title"), field


@pytest.mark.parametrize("field", ["reviewed_by", "reviewed_on", "expires_on", "tips", "hurry_when"])
def test_a_field_whose_name_does_not_tell_has_an_explanation(field: str) -> None:
    assert SCHEMAS["conditions"]["properties"][field]["description"]


@pytest.mark.parametrize("value", [True, False, "yes", "no"])
def test_a_field_that_is_yes_or_no_takes_both_spellings(value: object) -> None:
    assert Draft202012Validator(SCHEMAS["guidebooks"]["properties"]["self_pay"]).is_valid(value)


@pytest.mark.parametrize("point", ["It is worse", {"warning": "worse"}])
def test_a_point_is_a_sentence_or_a_warning(point: object) -> None:
    shape = SCHEMAS["conditions"]["properties"]["hurry_when"]
    assert Draft202012Validator(shape).is_valid([point])


@pytest.mark.parametrize("point", ["", 119, ["worse"], {"warnings": "worse"}, {"warning": "worse", "text": "x"}])
def test_a_point_is_nothing_else(point: object) -> None:
    shape = SCHEMAS["conditions"]["properties"]["hurry_when"]
    assert not Draft202012Validator(shape).is_valid([point])


class TestTheCommand:
    def write(self, desk: Path, into: Path) -> Result:
        settings = {"CONTENT_DIR": str(desk / "content"), "FLOWS_DIR": str(desk / "flows")}
        return CliRunner(env=settings).invoke(cli, ["check", "--json-schema", str(into)])

    def test_it_writes_them_all_and_says_which_files_they_describe(self, tmp_path: Path) -> None:
        into = tmp_path / "made" / "for" / "this"
        result = self.write(copy_toy(tmp_path / "desk"), into)
        assert (result.exit_code, result.stderr) == (0, "")
        written = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in into.iterdir()}
        assert written == {name: schema for name, _, schema in json_schemas()}
        for name, pattern, _ in json_schemas():
            assert f"{into / name} describes {pattern}" in result.stdout

    def test_it_writes_them_over_older_ones(self, tmp_path: Path) -> None:
        desk = copy_toy(tmp_path / "desk")
        self.write(desk, tmp_path / "into")
        (tmp_path / "into" / "clinics.schema.json").write_text("{}")
        self.write(desk, tmp_path / "into")
        assert json.loads((tmp_path / "into" / "clinics.schema.json").read_text(encoding="utf-8")) != {}

    def test_who_is_still_mending_faults_gets_them_too(self, tmp_path: Path) -> None:
        desk = copy_toy(tmp_path / "desk")
        (desk / "content/ja/rules.yaml").write_text("R1: [")
        result = self.write(desk, tmp_path / "into")
        assert result.exit_code == 4
        assert (tmp_path / "into" / "rules.schema.json").exists()

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        desk = copy_toy(tmp_path / "desk")
        (tmp_path / "file").write_bytes(b"")
        result = self.write(desk, tmp_path / "file" / "into")
        assert result.exit_code == 5
        assert len(result.stderr.splitlines()) == 1
        assert str(tmp_path / "file") in result.stderr
