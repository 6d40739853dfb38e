"""One clinic: where it is, when it is open, and how to reach it. All times are clinic-local."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from bot.library.fields import ClockTime, Day, Entry, Link, SecureUrl, Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_REFERENCE = "{reference}"


class Shift(Entry):
    """One stretch of opening hours. Two shifts on a day have a break between them."""

    opens: ClockTime
    closes: ClockTime

    @model_validator(mode="after")
    def _closes_later(self) -> Self:
        if self.closes <= self.opens:
            raise PydanticCustomError(
                "LIB020", "closes before it opens", {"hint": "Write 24-hour times, such as 09:00 and 18:30."}
            )
        return self


def _in_order(shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
    for earlier, later in pairwise(shifts):
        if later.opens < earlier.closes:
            raise PydanticCustomError(
                "LIB020", "a shift begins before the one before it ends", {"hint": "Write the shifts in order."}
            )
    return shifts


Shifts = Annotated[tuple[Shift, ...], AfterValidator(_in_order)]
"""The hours of one day."""


class OpeningHours(Entry):
    """The usual week. An empty list is a closed day."""

    mon: Shifts
    tue: Shifts
    wed: Shifts
    thu: Shifts
    fri: Shifts
    sat: Shifts
    sun: Shifts
    public_holidays: Shifts | None = Field(
        description="on Japanese public holidays; [] is closed, null is as on any other day"
    )

    def on_weekday(self, day: Weekday) -> tuple[Shift, ...]:
        """The shifts of a usual ``mon`` to ``sun``."""
        shifts: tuple[Shift, ...] = getattr(self, day)
        return shifts


class MonthlyClosure(Entry):
    """A weekday that is closed in some weeks of the month only, such as every second and fourth Saturday."""

    weekday: Weekday
    weeks: tuple[Annotated[int, Field(ge=1, le=5)], ...] = Field(
        min_length=1, description="1 is the first of the month"
    )


class SpecialDays(Entry):
    """Days that differ from the usual week: holidays of the clinic, a training day, an extra opening."""

    first: Day = Field(description="YYYY-MM-DD")
    last: Day = Field(description="YYYY-MM-DD; the same as first for a single day")
    shifts: Shifts = Field(description="[] is closed")
    reason: Text = Field(description="what patients read")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.last < self.first:
            raise PydanticCustomError(
                "LIB021", "ends before it begins", {"hint": "Write the earlier day as `first`, the later as `last`."}
            )
        return self


class Booking(Entry):
    """Where patients book, and what the address carries along."""

    url: SecureUrl
    parameters: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")], Text] = Field(
        default_factory=dict, description="added to the address; {reference} becomes the reference of the conversation"
    )

    def address(self, reference: str) -> str:
        """The address to open.

        Args:
            reference: names the conversation without naming the patient.
        """
        parts = urlsplit(str(self.url))
        added = [(name, value.replace(_REFERENCE, reference)) for name, value in self.parameters.items()]
        return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(added))))))


class OnlineConsultation(Entry):
    """Talking with the clinic from home."""

    text: Text
    link: Link


class Clinic(Entry):
    """One clinic."""

    name: Text
    aliases: tuple[Text, ...] = Field(default=(), description="other names that patients type")
    departments: tuple[Text, ...] = Field(min_length=1)
    address: Text
    latitude: float = Field(ge=-90, le=90, description="degrees, north is positive")
    longitude: float = Field(ge=-180, le=180, description="degrees, east is positive")
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9-]{9,20}$")] = Field(description="digits and hyphens")
    phone_hours: Text = Field(description="when the phone is answered, in words")
    hours: OpeningHours
    monthly_closures: tuple[MonthlyClosure, ...] = ()
    special_days: tuple[SpecialDays, ...] = Field(default=(), description="the first that fits a day counts")
    hours_note: Text = Field(description="what else patients should know about the hours")
    booking: Booking
    map_url: SecureUrl
    online_consultation: OnlineConsultation | None = Field(description="null when there is none")
    bring: tuple[Text, ...] = Field(min_length=1, description="what to bring")
