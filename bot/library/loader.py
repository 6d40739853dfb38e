"""The files of content/<language>/ to one Library. All faults are reported together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, RootModel

from bot.errors import FaultsFound
from bot.faults import Fault
from bot.library import (
    clinic,
    fields,
    lexicon_words,
    memo_words,
    other_languages,
    page_words,
    path_words,
    pictures,
    places,
    rich_menu,
    schema,
    words,
)
from bot.library.library import Library
from bot.library.messages import REQUIRED
from bot.library.sentences import check_length, check_repetition
from bot.library.wording import check_forbidden, check_required
from bot.strict_yaml import Document, Path, read_document, validate

Model = TypeVar("Model", bound=BaseModel)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class _Map(RootModel[dict[str, Model]]):
    model_config = ConfigDict(frozen=True)


class _Texts(RootModel[dict[str, fields.Text]]):
    model_config = ConfigDict(frozen=True)


_WARNINGS = "warnings.yaml"
_SHEET = "paths.yaml"
_LANGUAGES = "other_languages.yaml"
LANGUAGE_FILE = "language.yaml"
"""What makes a folder a language."""
FILES: Mapping[str, type[BaseModel]] = {
    "messages.yaml": _Texts,
    "findings.yaml": _Map[words.FindingWords],
    "questions.yaml": _Map[words.QuestionWords],
    "rules.yaml": _Texts,
    "outcomes.yaml": _Map[schema.Outcome],
    "commands.yaml": _Map[words.CommandWords],
    "danger_words.yaml": words.DangerWords,
    "typed_words.yaml": words.TypedWords,
    "lexicon.yaml": lexicon_words.LexiconWords,
    _LANGUAGES: _Map[other_languages.OtherLanguage],
    "menu.yaml": _Map[schema.MenuEntry],
    "resources.yaml": _Map[schema.Resource],
    _SHEET: path_words.PathWords,
    "memo.yaml": memo_words.MemoWords,
    "pages.yaml": page_words.PageWords,
    LANGUAGE_FILE: words.LanguageWords,
    "places.yaml": places.Places,
    "rich_menu.yaml": rich_menu.RichMenuWords,
    "pictures.yaml": _Map[pictures.Picture],
    _WARNINGS: _Texts,
    "wording.yaml": words.WordingRules,
}
"""Every single file below the language folder, with its shape."""
FOLDERS: Mapping[str, type[BaseModel]] = {
    "conditions": schema.Condition,
    "self_care": schema.Tip,
    "clinics": clinic.Clinic,
    "treatments": schema.Treatment,
    "answers": schema.QuestionAnswer,
    "guidebooks": schema.Guidebook,
}
"""Every folder of entries, one file each, with their shape; the name of the file is the id."""
_ID = re.compile(r"[a-z][a-z0-9_]*")


def load_library(
    raw_files: Mapping[str, bytes],
    language: str,
    folder: str = "content",
    sheet: path_words.PathWords | None = None,
) -> Library:
    """Load the content of one language.

    Args:
        raw_files: path below the language folder (``messages.yaml``, ``conditions/bakers_cyst.yaml``) to content.
        language: folder name, such as ``ja``.
        folder: shown before paths in faults.
        sheet: words of the sheet that the doctor reads, where the files hold none; None when they must.

    Returns:
        The frozen library.

    Raises:
        FaultsFound: with every fault of every file.
    """
    faults: list[Fault] = []
    shown = f"{folder}/{language}"
    faults.extend(_missing(raw_files, shown, FILES.keys() - {_LANGUAGES} - ({_SHEET} if sheet else set())))
    documents: dict[str, Document] = {}
    for path, raw in sorted(raw_files.items()):
        fault = _unexpected(path, shown)
        document = None if fault else read_document(f"{shown}/{path}", raw, faults)
        if fault:
            faults.append(fault)
        elif document:
            documents[path] = document
    parts = _parts(documents, faults)
    faults.extend(_check(documents, parts, shown))
    if faults:
        raise FaultsFound(tuple(sorted(faults)))
    return _library(language, {**({_SHEET: sheet} if sheet else {}), **parts}, documents)


def _missing(raw_files: Mapping[str, bytes], shown: str, required: Collection[str]) -> Iterator[Fault]:
    for name in FILES:
        if name in required and name not in raw_files:
            yield Fault(f"{shown}/{name}", 0, "LIB001", "is missing", "Put the file back.")
    if not any(path.startswith("clinics/") for path in raw_files):
        yield Fault(f"{shown}/clinics", 0, "LIB001", "holds no clinic", "Add one file for the clinic.")


def _unexpected(path: str, shown: str) -> Fault | None:
    """A file that is not where files are looked for, or whose name is no id."""
    folder, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if path in FILES:
        return None
    if folder not in FOLDERS or (dot, ending) != (".", "yaml"):
        hint = f"Files are {', '.join(FILES)}; entries go into {', '.join(FOLDERS)} and end in .yaml."
        return Fault(f"{shown}/{path}", 0, "LIB002", "is not expected here", hint)
    if not _ID.fullmatch(stem):
        hint = "Use small letters a to z, digits and _, such as bakers_cyst.yaml."
        return Fault(f"{shown}/{path}", 0, "LIB007", "the name of the file is no id", hint)
    return None


def _parts(documents: Mapping[str, Document], faults: list[Fault]) -> dict[str, BaseModel]:
    """Every document in its shape; those that have none are left out, and their faults noted."""
    shared = validate(documents[_WARNINGS], (), _Texts, []) if _WARNINGS in documents else None
    context = {fields.WARNINGS: shared.root if shared else None}
    parts: dict[str, BaseModel] = {}
    for path, document in documents.items():
        model = FILES.get(path) or FOLDERS[path.partition("/")[0]]
        part = validate(document, (), model, faults, context)
        if part is not None:
            parts[path] = part
    return parts


def _check(documents: Mapping[str, Document], parts: Mapping[str, BaseModel], shown: str) -> Iterator[Fault]:
    """The rules that go beyond the shape of one file."""
    if "messages.yaml" in parts:
        yield from _check_messages(documents["messages.yaml"])
    if _WARNINGS in parts:
        yield from _unused_warnings(documents)
    rules = parts.get("wording.yaml")
    if isinstance(rules, words.WordingRules):
        everything = tuple(documents.values())
        yield from check_forbidden(everything, rules)
        yield from check_required(everything, rules, shown)
        yield from check_length(everything, rules)
        yield from check_repetition(everything)


def _unused_warnings(documents: Mapping[str, Document]) -> Iterator[Fault]:
    used = {
        str(value["warning"])
        for document in documents.values()
        for value in _mappings(document.data)
        if set(value) == {"warning"}
    }
    document = documents[_WARNINGS]
    for id in document.data:
        if id not in used:
            path: Path = (id,)
            yield document.fault(path, "LIB008", f"warning `{id}` is never used", "Use it or take it out.")


def _mappings(data: object) -> Iterator[dict[str, object]]:
    if isinstance(data, dict):
        yield data
        for value in data.values():
            yield from _mappings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _mappings(value)


def _library(language: str, parts: Mapping[str, BaseModel], documents: Mapping[str, Document]) -> Library:
    def mapping(name: str) -> dict[str, object]:
        return parts[name].root  # type: ignore[attr-defined,no-any-return]

    def folder(name: str) -> dict[str, object]:
        prefix = f"{name}/"
        return {
            path.removeprefix(prefix).removesuffix(".yaml"): part
            for path, part in parts.items()
            if path.startswith(prefix)
        }

    return Library(
        language=language,
        messages=mapping("messages.yaml"),  # type: ignore[arg-type]
        findings=mapping("findings.yaml"),  # type: ignore[arg-type]
        questions=mapping("questions.yaml"),  # type: ignore[arg-type]
        rules=mapping("rules.yaml"),  # type: ignore[arg-type]
        outcomes=mapping("outcomes.yaml"),  # type: ignore[arg-type]
        commands=mapping("commands.yaml"),  # type: ignore[arg-type]
        danger_words=parts["danger_words.yaml"],  # type: ignore[arg-type]
        typed_words=parts["typed_words.yaml"],  # type: ignore[arg-type]
        lexicon=parts["lexicon.yaml"],  # type: ignore[arg-type]
        other_languages=mapping(_LANGUAGES) if _LANGUAGES in parts else {},  # type: ignore[arg-type]
        conditions=folder("conditions"),  # type: ignore[arg-type]
        tips=folder("self_care"),  # type: ignore[arg-type]
        clinics=folder("clinics"),  # type: ignore[arg-type]
        menu=mapping("menu.yaml"),  # type: ignore[arg-type]
        resources=mapping("resources.yaml"),  # type: ignore[arg-type]
        pictures=mapping("pictures.yaml"),  # type: ignore[arg-type]
        places=parts["places.yaml"],  # type: ignore[arg-type]
        rich_menu=parts["rich_menu.yaml"],  # type: ignore[arg-type]
        language_words=parts[LANGUAGE_FILE],  # type: ignore[arg-type]
        paths=parts[_SHEET],  # type: ignore[arg-type]
        memo=parts["memo.yaml"],  # type: ignore[arg-type]
        pages=parts["pages.yaml"],  # type: ignore[arg-type]
        treatments=folder("treatments"),  # type: ignore[arg-type]
        answers=folder("answers"),  # type: ignore[arg-type]
        guidebooks=folder("guidebooks"),  # type: ignore[arg-type]
        documents=documents,
    )


def _check_messages(document: Document) -> Iterator[Fault]:
    for id in REQUIRED:
        if id not in document.data:
            yield document.fault((), "LIB003", f"message `{id}` is missing", "Add it.")
    for id, text in document.data.items():
        if id not in REQUIRED:
            yield document.fault((id,), "LIB004", f"message `{id}` is never used", "Take it out.")
            continue
        for name in _PLACEHOLDER.findall(str(text)):
            if name not in REQUIRED[id]:
                known = ", ".join(sorted(REQUIRED[id])) or "none"
                message = f"message `{id}` has no placeholder {{{name}}}"
                yield document.fault((id,), "LIB005", message, f"It may use: {known}.")
