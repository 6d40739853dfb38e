"""Reading YAML so that nothing is guessed and every value has a line.

Scalars stay text: ``yes`` is the word yes, ``1.10`` keeps its zero. Duplicate keys, object tags, aliases,
tabs and other encodings than UTF-8 are refused. All faults of a file are collected, not only the first.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.faults import Fault

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_NULLS = {"", "~", "null"}
_PLAIN_TAGS = {
    "tag:yaml.org,2002:" + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "map", "seq")
}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: plain data (dict, list, str, None) and the line of every part of it."""

    file: str
    data: dict[str, object]
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The 1-based line of `path`, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, id: str, message: str, hint: str) -> Fault:
        """A fault at `path` of this file."""
        return Fault(self.file, self.line(path), id, message, hint)


def read_document(file: str, raw: bytes, faults: list[Fault]) -> Document | None:
    """Parse one file whose top level is a mapping.

    Args:
        file: path as shown in faults.
        raw: the bytes of the file.
        faults: faults found are appended here (YAML001 to YAML006).

    Returns:
        The document, or None when it cannot be used at all.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(Fault(file, line, "YAML001", "is not UTF-8", "Save the file as UTF-8."))
        return None
    before = len(faults)
    try:
        faults.extend(_aliases(file, text))
        if len(faults) > before:
            return None
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        faults.append(_syntax_fault(file, error))
        return None
    except RecursionError:
        faults.append(Fault(file, 1, "YAML005", "is nested too deep", "Write it flatter."))
        return None
    if not isinstance(node, yaml.MappingNode):
        hint = "Begin the file with `key: value` lines."
        faults.append(Fault(file, 1, "YAML006", "is not a mapping", hint))
        return None
    lines: dict[Path, int] = {}
    try:
        data = _Reader(file, lines, faults).plain(node, ())
    except RecursionError:
        faults.append(Fault(file, 1, "YAML005", "is nested too deep", "Write it flatter."))
        return None
    return Document(file, data, lines) if isinstance(data, dict) and len(faults) == before else None


def validate(
    document: Document,
    path: Path,
    model: type[Model],
    faults: list[Fault],
    context: Mapping[str, object] | None = None,
) -> Model | None:
    """Check the part of a document at `path` against a pydantic model.

    Every pydantic error becomes a fault with the line it belongs to: YAML007 to YAML011, or the type of the error
    itself when the model raises one that is a fault id.

    Args:
        context: handed to the validators of the model.
    """
    data: object = document.data
    for key in path:
        data = data[key]  # type: ignore[index]
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        for problem in problems:
            if problem["type"] == "too_short" and any(_is_inside(other, problem) for other in problems):
                # Only items that are right were counted.
                continue
            where = path + tuple(problem["loc"])
            message = f"{_dotted(where)}: {problem['msg']}"
            faults.append(document.fault(where, _fault_id(problem["type"]), message, _hint(problem, model)))
        return None


_FAULT_IDS = {
    "extra_forbidden": "YAML008",
    "missing": "YAML009",
    "string_too_long": "YAML010",
    "url_too_long": "YAML010",
    "url_parsing": "YAML011",
    "url_scheme": "YAML011",
    "string_pattern_mismatch": "YAML011",
}
"""Type of a pydantic error to fault id; YAML007 is any other wrong value."""
_HINTS = {
    "missing": "Add the field.",
    "bool_parsing": "Write true or false.",
    "date_from_datetime_parsing": "Write the day as YYYY-MM-DD.",
    "time_parsing": "Write the time as 09:00.",
    "url_scheme": "The address must begin with https://.",
    "url_parsing": "Write the whole address, beginning with https://.",
    "string_too_long": "Shorten it.",
    "url_too_long": "Shorten it.",
    "string_too_short": "Write something, or take the field out.",
    "too_short": "Add at least one.",
    "tuple_type": "Write a list: one `- ` line for each.",
    "list_type": "Write a list: one `- ` line for each.",
    "dict_type": "Write `key: value` lines.",
    "string_type": "Write a text; in quotes when it has a colon or begins with a sign.",
}


def _is_inside(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    depth = len(outer["loc"])
    return len(inner["loc"]) > depth and inner["loc"][:depth] == outer["loc"]


def _fault_id(problem_type: str) -> str:
    return problem_type if problem_type.isupper() else _FAULT_IDS.get(problem_type, "YAML007")


def _aliases(file: str, text: str) -> Iterator[Fault]:
    """Aliases, refused before anything is built of them: a few lines of them can stand for gigabytes."""
    if "*" not in text:
        return
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            yield Fault(file, line, "YAML004", f"*{event.anchor} is an alias", "Write the value out again.")


@dataclass(slots=True)
class _Reader:
    """Turns the nodes of one file into plain data, noting lines and faults."""

    file: str
    lines: dict[Path, int]
    faults: list[Fault]

    def plain(self, node: yaml.Node, path: Path) -> dict[str, object] | list[object] | str | None:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if node.tag not in _PLAIN_TAGS:
            message = f"{_dotted(path)}: tag {node.tag} is not allowed"
            self._fault(line, "YAML003", message, "Write plain text without a tag.")
            return None
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, i)) for i, item in enumerate(node.value)]
        text = str(node.value)
        is_plain = not getattr(node, "style", None)
        return None if is_plain and text in _NULLS else text

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, object]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            where = (*path, key)
            if key in seen:
                self._fault(line, "YAML002", f"{_dotted(where)} is written twice", "Keep one of the two.")
                continue
            seen.add(key)
            self.lines[where] = line
            yield key, self.plain(value_node, where)

    def _fault(self, line: int, id: str, message: str, hint: str) -> None:
        self.faults.append(Fault(self.file, line, id, message, hint))


def _syntax_fault(file: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "cannot be read"
    hint = "Indent with spaces, not tabs." if "\\t" in str(problem) else "Check quotes, colons and indentation."
    return Fault(file, mark.line + 1 if mark else 1, "YAML005", f"is no YAML: {problem}", hint)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path) or "file"


def _hint(problem: ErrorDetails, model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(problem["loc"][-1]), _fields_at(model, problem["loc"][:-1]), n=1)
        return f"Did you mean `{near[0]}`?" if near else "Remove it: there is no such field."
    given = problem.get("ctx", {}).get("hint")
    return str(given) if given else _HINTS.get(problem["type"], "Correct the value.")


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The fields of the entry at a path inside a model; keys that are no fields are those of a list or mapping."""
    here = [model]
    for key in path:
        fields = [field for found in here for name, field in found.model_fields.items() if name in (key, "root")]
        here = [found for field in fields for found in _models_in(field.annotation)] or here
    return [name for found in here for name in found.model_fields]


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
