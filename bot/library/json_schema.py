"""JSON Schemas of the files of content/, so that an editor completes and checks the YAML while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.library.loader import FILES, FOLDERS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas(language: str = "*") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One schema per kind of file.

    Args:
        language: folder in the patterns; any by default.

    Returns:
        Name of the schema file, pattern of the content files that it describes, and the schema.
    """
    for name, model in FILES.items():
        stem = name.removesuffix(".yaml")
        yield f"{stem}.schema.json", f"content/{language}/{name}", _schema(model.model_json_schema(), stem)
    for folder, model in FOLDERS.items():
        pattern = f"content/{language}/{folder}/*.yaml"
        yield f"{folder}.schema.json", pattern, _schema(model.model_json_schema(), folder)


def _schema(schema: dict[str, Any], title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT, **schema, "title": title}
