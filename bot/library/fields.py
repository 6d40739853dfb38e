"""The kinds of values that entries are made of: texts, labels, addresses, warnings, sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    UrlConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]
"""What stands on a button: LINE cuts it at 20 characters (Messaging API reference, "Action object")."""
Summary = Annotated[str, StringConstraints(min_length=1, max_length=90, strip_whitespace=True)]
Symbol = Annotated[str, StringConstraints(min_length=1, max_length=2)]
SecureUrl = Annotated[
    HttpUrl,
    UrlConstraints(allowed_schemes=["https"], max_length=1000),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://", "maxLength": 1000}),
]
"""LINE opens https only, and an address of a button has at most 1,000 characters (same source)."""
Address = Annotated[str, StringConstraints(pattern=r"^(https://|tel:)\S+$", max_length=1000)]
Topic = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z0-9_]+$")]
YesNo = Annotated[bool, WithJsonSchema({"enum": [True, False, "yes", "no"]})]
"""Editors read YAML 1.2, in which yes and no are words."""


def _written_as(pattern: str, problem: str) -> Callable[[object], object]:
    """Refuses what pydantic would read as a day or time all the same: seconds since 1970, a time with a zone."""
    form = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and not form.fullmatch(value):
            raise PydanticCustomError(problem, "is not written as it should be")
        return value

    return check


_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
Day = Annotated[date, BeforeValidator(_written_as(r"\d{4}-\d\d-\d\d", "date_from_datetime_parsing"))]
ClockTime = Annotated[
    time,
    BeforeValidator(_written_as(_CLOCK, "time_parsing")),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK}$"}),
]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def filled_with(*names: str) -> AfterValidator:
    """Refuses placeholders of a text that nothing fills."""

    def check(text: str) -> str:
        for name in _PLACEHOLDER.findall(text):
            if name not in names:
                hint = f"It may use: {', '.join(names)}."
                raise PydanticCustomError("LIB005", "has no placeholder {name}", {"name": f"{{{name}}}", "hint": hint})
        return text

    return AfterValidator(check)


WARNINGS = "warnings"
"""Key of the validation context under which the shared warnings stand: id to text; None when their file is unusable."""


def _shared(value: object, info: ValidationInfo) -> object:
    """The text of ``{warning: id}``; anything else unchanged."""
    if not isinstance(value, dict) or set(value) != {"warning"}:
        return value
    texts: dict[str, str] | None = (info.context or {}).get(WARNINGS, {})
    id = str(value["warning"])
    if texts is None:
        # The file of the warnings has faults of its own.
        return id
    if id not in texts:
        hint = "Write the id of a warning of warnings.yaml, or the sentence itself."
        raise PydanticCustomError("LIB006", "there is no warning `{id}`", {"id": id, "hint": hint})
    return texts[id]


_POINT: dict[str, Any] = {
    "oneOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "properties": {"warning": {"type": "string", "description": "id in warnings.yaml"}},
            "required": ["warning"],
            "additionalProperties": False,
        },
    ]
}
Point = Annotated[Text, BeforeValidator(_shared), WithJsonSchema(_POINT)]
"""One point of a list: a sentence, or ``warning: id`` for a sentence that several entries share."""


class Entry(BaseModel):
    """Base of all entries: frozen, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Entry):
    """Where a fact comes from."""

    title: Text = Field(description="as a reader would look for it")
    url: SecureUrl | None = None
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\S+/\S+$")] | None = Field(
        default=None, description="begins with 10., without https://doi.org/"
    )


class Link(Entry):
    """A button that opens a page or dials a number."""

    label: Label = Field(description="what stands on the button, at most 20 characters")
    uri: Address = Field(description="https://... or tel:...")
