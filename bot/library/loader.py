"""The files of content/<language>/ to one Library. All faults are reported together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, RootModel

from bot.errors import FaultsFound
from bot.faults import Fault
from bot.library import schema
from bot.library.library import Library
from bot.library.messages import REQUIRED
from bot.library.wording import check_wording
from bot.strict_yaml import Document, read_document, validate

Model = TypeVar("Model", bound=BaseModel)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class _Map(RootModel[dict[str, Model]]):
    model_config = ConfigDict(frozen=True)


class _Texts(RootModel[dict[str, schema.Text]]):
    model_config = ConfigDict(frozen=True)


_FILES: Mapping[str, type[BaseModel]] = {
    "messages.yaml": _Texts,
    "findings.yaml": _Map[schema.FindingWords],
    "questions.yaml": _Map[schema.QuestionWords],
    "rules.yaml": _Texts,
    "outcomes.yaml": _Map[schema.Outcome],
    "commands.yaml": _Map[schema.CommandWords],
    "danger_words.yaml": schema.DangerWords,
    "typed_words.yaml": schema.TypedWords,
    "menu.yaml": _Map[schema.MenuEntry],
    "resources.yaml": _Map[schema.Resource],
    "wording.yaml": schema.WordingRules,
}
_FOLDERS: Mapping[str, type[BaseModel]] = {
    "conditions": schema.Condition,
    "self_care": schema.Tip,
    "clinics": schema.Clinic,
    "treatments": schema.Treatment,
    "answers": schema.QuestionAnswer,
    "guidebooks": schema.Guidebook,
}


def load_library(raw_files: Mapping[str, bytes], language: str, folder: str = "content") -> Library:
    """Load the content of one language.

    Args:
        raw_files: path below the language folder (``messages.yaml``, ``conditions/bakers_cyst.yaml``) to content.
        language: folder name, such as ``ja``.
        folder: shown before paths in faults.

    Returns:
        The frozen library.

    Raises:
        FaultsFound: with every fault of every file.
    """
    faults: list[Fault] = []
    shown = f"{folder}/{language}"
    missing = [name for name in _FILES if name not in raw_files]
    faults.extend(Fault(f"{shown}/{name}", 0, "LIB001", "is missing", "Put the file back.") for name in missing)
    if not any(path.startswith("clinics/") for path in raw_files):
        faults.append(Fault(f"{shown}/clinics", 0, "LIB001", "holds no clinic", "Add one file for the clinic."))
    parts: dict[str, BaseModel] = {}
    documents: dict[str, Document] = {}
    for path, raw in sorted(raw_files.items()):
        model = _model(path)
        if model is None:
            hint = f"Files are {', '.join(_FILES)}; entries go into {', '.join(_FOLDERS)}."
            faults.append(Fault(f"{shown}/{path}", 0, "LIB002", "is not expected here", hint))
            continue
        document = read_document(f"{shown}/{path}", raw, faults)
        if document is None:
            continue
        documents[path] = document
        part = validate(document, (), model, faults)
        if part is not None:
            parts[path] = part
            if path == "messages.yaml":
                faults.extend(_check_messages(document))
    if "wording.yaml" in parts:
        faults.extend(check_wording(tuple(documents.values()), parts["wording.yaml"]))  # type: ignore[arg-type]
    if faults:
        raise FaultsFound(tuple(sorted(faults)))
    return _library(language, parts, documents)


def _model(path: str) -> type[BaseModel] | None:
    folder, _, name = path.rpartition("/")
    return _FOLDERS.get(folder) if name and folder else _FILES.get(path)


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
        conditions=folder("conditions"),  # type: ignore[arg-type]
        tips=folder("self_care"),  # type: ignore[arg-type]
        clinics=folder("clinics"),  # type: ignore[arg-type]
        menu=mapping("menu.yaml"),  # type: ignore[arg-type]
        resources=mapping("resources.yaml"),  # type: ignore[arg-type]
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
