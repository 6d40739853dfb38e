"""The forms of the patient pages. A message is a key of content/console/."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import DateTimeLocalField
from wtforms.validators import InputRequired, Length, ValidationError

from bot.delivery import policy
from bot.flow.schema import URGENCIES
from bot.library.library import Library
from bot.library.words import WordingRules

LONGEST_MESSAGE = 1000
"""Characters. LINE takes 5,000 UTF-16 units (Messaging API reference, "Text message")."""
LONGEST_NOTE = 2000
LONGEST_NAME = 40
LONGEST_TAG = 40
STAFF_TAG = "staff:"
"""Begins the tags that say what level staff saw; they are set with a reason only."""

HOUR, MORNING, CHOSEN = "hour", "morning", "chosen"
LONGEST_PAUSE = timedelta(days=14)
"""A bot that is forgotten silent answers nobody."""

_GIVEN = InputRequired("fault_missing")


def plain_words(typed: str | None) -> str:
    """Typed text without what databases and LINE refuse: control characters; lines end in one newline."""
    unified = (typed or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def one_line(typed: str | None) -> str:
    """A name or tag: one line, full-width letters and digits as ordinary ones."""
    return " ".join(unicodedata.normalize("NFKC", plain_words(typed)).split())


def forbidden_words(library: Library, text: str) -> Mapping[str, str]:
    """Words that patients may not read, with what to write instead."""
    rules = WordingRules.model_validate(library.documents["wording.yaml"].data)
    for phrase in rules.allowed:
        text = text.replace(phrase, "")
    return {word: hint for word, hint in rules.forbidden.items() if word in text}


class MessageForm(FlaskForm):
    """A message by hand.

    `once` is the key under which it is sent: made with the form, so that a second click sends nothing more.
    `anyway` is ticked by who has read the warning about forbidden words.
    """

    text = TextAreaField(
        filters=[plain_words], validators=[_GIVEN, Length(max=LONGEST_MESSAGE, message="patient_fault_long")]
    )
    once = HiddenField()
    anyway = BooleanField()

    @property
    def key(self) -> str | None:
        """The key as a UUID, None when somebody has tampered with it."""
        try:
            return str(uuid.UUID(self.once.data or ""))
        except ValueError:
            return None

    def validate_text(self, field: TextAreaField) -> None:
        """More than spaces."""
        if not field.data:
            raise ValidationError("fault_missing")

    def renew(self) -> None:
        """Another key: what is sent next is another message."""
        self.once.data = str(uuid.uuid4())


class PauseForm(FlaskForm):
    """Until when the bot is silent. The view gives `now`, clinic-local."""

    length = RadioField(choices=[HOUR, MORNING, CHOSEN], default=HOUR, validators=[_GIVEN])
    chosen = DateTimeLocalField()

    def until(self, now: datetime) -> datetime | None:
        """The end of the pause, None when it cannot be."""
        if self.length.data == HOUR:
            return datetime.fromtimestamp(now.timestamp() + 3600, now.tzinfo)
        if self.length.data == MORNING:
            return next_morning(now)
        chosen: datetime | None = self.chosen.data
        end = chosen.replace(tzinfo=now.tzinfo) if chosen else None
        return end if end and now < end <= now + LONGEST_PAUSE else None


def next_morning(now: datetime) -> datetime:
    """When the clinic's day begins tomorrow; before that hour, today."""
    begins = now.replace(hour=policy.QUIET_UNTIL, minute=0, second=0, microsecond=0)
    return begins if now < begins else begins + timedelta(days=1)


class NameForm(FlaskForm):
    """A name that staff recognise; empty takes it away."""

    name = StringField(filters=[one_line], validators=[Length(max=LONGEST_NAME, message="patient_fault_long")])


class TagForm(FlaskForm):
    """A tag to set."""

    tag = StringField(filters=[one_line], validators=[_GIVEN, Length(1, LONGEST_TAG, message="patient_fault_long")])

    def validate_tag(self, field: StringField) -> None:
        """Not one that needs a reason."""
        if field.data.casefold().startswith(STAFF_TAG):
            raise ValidationError("patient_fault_tag_needs_reason")


class NoteForm(FlaskForm):
    """A note."""

    text = TextAreaField(
        filters=[plain_words], validators=[_GIVEN, Length(1, LONGEST_NOTE, message="patient_fault_long")]
    )


class LevelForm(FlaskForm):
    """What level staff saw, and why."""

    level = RadioField(choices=list(reversed(URGENCIES)), validators=[_GIVEN])
    reason = TextAreaField(
        filters=[plain_words], validators=[_GIVEN, Length(1, LONGEST_NOTE, message="patient_fault_long")]
    )


class ForgetForm(FlaskForm):
    """The patient's number, typed, to delete everything."""

    typed = StringField(filters=[one_line], validators=[_GIVEN])
