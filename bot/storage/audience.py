"""Who a campaign goes to: what is asked of a patient, and why some are left out. Definitions only; no SQL."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.:]{1,60}$")]
Days = Annotated[int, Field(ge=1, le=3650)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HasTag(_Part):
    """Patients with a tag, set by their answers or by staff."""

    kind: Literal["tag"] = "tag"
    tag: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class EndedAt(_Part):
    """Patients whose last outcome was of a level."""

    kind: Literal["urgency"] = "urgency"
    urgency: Literal["emergency_now", "same_day", "soon_2w", "self_care_watch"]


class SeenWithin(_Part):
    """Patients who wrote or tapped in the last so many days."""

    kind: Literal["seen_within"] = "seen_within"
    days: Days


class AskedFor(_Part):
    """Patients who opened a guidebook in the chat."""

    kind: Literal["asked_for"] = "asked_for"
    guidebook: Id


class Speaks(_Part):
    """Patients who chat in a language."""

    kind: Literal["language"] = "language"
    language: Id


class Unreadable(_Part):
    """In place of an audience that this version cannot read: nobody, wherever it stands."""

    kind: Literal["unreadable"] = "unreadable"
    what: Literal["audience"] = "audience"


Criterion = Annotated[HasTag | EndedAt | SeenWithin | AskedFor | Speaks | Unreadable, Field(discriminator="kind")]


class Audience(_Part):
    """All of `all`, at least one of `any` (when there are any), and none of `none`. Empty: everybody."""

    all: tuple[Criterion, ...] = ()
    any: tuple[Criterion, ...] = ()
    none: tuple[Criterion, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether it is known who was meant."""
        return not any(isinstance(c, Unreadable) for c in (*self.all, *self.any, *self.none))


UNREADABLE = Audience(all=(Unreadable(),))


def readable(stored: str) -> str:
    """A stored audience as JSON that can be read: `UNREADABLE` in place of one from another version."""
    try:
        Audience.model_validate_json(stored)
    except ValidationError:
        return UNREADABLE.model_dump_json()
    return stored


class LeftOut(StrEnum):
    """Why a patient of the audience gets nothing; the first that holds counts, in this order.

    BLOCKED: blocks the account.
    OPTED_OUT: asked not to get messages from the clinic.
    NO_CONSENT: never agreed to them. Health answers are special care-required information and are used for what was
        agreed to (Act on the Protection of Personal Information, https://www.ppc.go.jp/personalinfo/legal/).
    WITH_STAFF: waits for a person or talks with one now.
    URGENT: was told to be seen today or to call 119 in the last two weeks.
    NOT_ASKED: a self-pay guidebook goes only to those who asked for it (Guideline on Medical Advertising).
    ALREADY: has received this guidebook, or will with another campaign.
    """

    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    WITH_STAFF = "with_staff"
    URGENT = "urgent"
    NOT_ASKED = "not_asked"
    ALREADY = "already"
