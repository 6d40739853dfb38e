"""The forms of the campaign pages. A fault is a key of content/console/."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import DateTimeLocalField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from bot.console.patient_forms import forbidden_words, one_line, plain_words
from bot.library.clinic import SpecialDays
from bot.library.library import Library
from bot.line.flex import plain
from bot.line.limits.messages import message_problems
from bot.storage.saved_audiences import LONGEST_NAME

LONGEST_TEXT = 500
"""Characters: what one reads on a phone without scrolling twice."""
OWN_TEXT = "text"
NOW, LATER = "now", "later"

_BLANK = "__"
"""Stands in a prefilled text where a word is still missing."""
_GIVEN = InputRequired("fault_missing")


class VersionForm(FlaskForm):
    """A button. The version is the one that was looked at, so that nobody overwrites what they have not seen."""

    version = IntegerField(validators=[InputRequired("fault_missing")])


class ContentForm(VersionForm):
    """What goes out: a guidebook, or a text. The view gives the choices."""

    version = IntegerField(validators=[Optional()])
    what = RadioField(validators=[InputRequired("campaign_fault_what")])
    text = TextAreaField(filters=[plain_words])

    @property
    def guidebook(self) -> str | None:
        """Id of the chosen guidebook, None for a text."""
        return None if self.what.data == OWN_TEXT else str(self.what.data)

    @property
    def own_text(self) -> str | None:
        """The text, None for a guidebook."""
        return self.text.data if self.what.data == OWN_TEXT else None

    def validate_text(self, field: TextAreaField) -> None:
        """Only when it is what goes out."""
        fault = fault_of_text(field.data) if self.what.data == OWN_TEXT else None
        if fault:
            raise ValidationError(fault)


class TextForm(FlaskForm):
    """The text of a closure notice."""

    text = TextAreaField(filters=[plain_words])

    def validate_text(self, field: TextAreaField) -> None:
        """A text that can go out."""
        fault = fault_of_text(field.data)
        if fault:
            raise ValidationError(fault)


class WhenForm(VersionForm):
    """When it begins."""

    when = RadioField(choices=[NOW, LATER], default=NOW, validators=[_GIVEN])
    at = DateTimeLocalField(validators=[Optional()])

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """A day and time when it is asked for, and none beside "now": a message sent too early cannot be recalled."""
        is_valid: bool = super().validate(extra_validators)
        if self.when.data == NOW and self.at.data is not None:
            self.at.errors = ["campaign_fault_when_both"]
            return False
        if self.at.errors or (self.when.data == LATER and self.at.data is None):
            self.at.errors = ["campaign_fault_when"]
            return False
        return is_valid


class ConfirmForm(VersionForm):
    """The number of people, typed by hand."""

    shown = IntegerField(validators=[InputRequired("fault_missing")])
    typed = StringField(filters=[one_line])

    @property
    def number(self) -> int | None:
        """The typed number, also in full-width digits and with commas; None when it is none."""
        digits = unicodedata.normalize("NFKC", self.typed.data or "").replace(",", "").strip()
        return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


class SavedAudienceForm(FlaskForm):
    """Keeping, loading and deleting audiences; which one is done is the button that was pressed."""

    name = StringField(filters=[one_line], validators=[Length(max=LONGEST_NAME, message="campaign_fault_name_long")])
    overwrite = BooleanField()
    saved = SelectField(coerce=int, validate_choice=False, validators=[Optional()])


class TestForm(FlaskForm):
    """A test to staff. `once` is made with the form, so that a second click sends nothing more."""

    __test__ = False
    once = HiddenField(validators=[_GIVEN])


def fault_of_text(text: str | None) -> str | None:
    """Key of what keeps a text from going out as a message; words that may not stand in it are told apart."""
    if not text:
        return "fault_missing"
    if len(text) > LONGEST_TEXT:
        return "campaign_fault_text_long"
    if _BLANK in text:
        return "campaign_fault_text_blank"
    return "campaign_fault_text_line" if message_problems([plain(text)]) else None


def words_to_change(library: Library, text: str, self_pay_hint: str) -> Mapping[str, str]:
    """Words that may not go out to many, with what to do instead.

    Self-pay treatment may be told of only to those who asked for it (Guideline on Medical Advertising), and a text
    goes to everybody.
    """
    found = dict(forbidden_words(library, text))
    names = [
        *(name for t in library.treatments.values() if t.self_pay is not None for name in (t.name, *t.aliases)),
        *(name for g in library.guidebooks.values() if g.self_pay for name in (g.title, *g.aliases)),
    ]
    return found | {name: self_pay_hint for name in names if name in text}


def next_closures(special_days: tuple[SpecialDays, ...], today: date) -> list[SpecialDays]:
    """The closed days of a clinic that are not over, soonest first."""
    coming = [days for days in special_days if not days.shifts and days.last >= today]
    return sorted(coming, key=lambda days: days.first)
