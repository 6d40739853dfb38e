"""The forms of the account pages. A message is a key of content/console/."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from bot.console import passwords
from bot.storage.staff import ROLES, is_login_name, login_name

_GIVEN = InputRequired("fault_missing")
_NOT_ENDLESS = Length(max=passwords.LONGEST, message="fault_password_long")
_SAME = EqualTo("new", "fault_not_the_same")
_ROLES = list(ROLES)


class LoginForm(FlaskForm):
    """Name and password."""

    name = StringField(validators=[_GIVEN])
    password = PasswordField(validators=[_GIVEN])


class CodeForm(FlaskForm):
    """A code of the second factor."""

    code = StringField(validators=[_GIVEN])


class SwitchOffForm(FlaskForm):
    """The password, to switch the second factor off."""

    password = PasswordField(validators=[_GIVEN, _NOT_ENDLESS])


class LanguageForm(FlaskForm):
    """The language of the pages; the view says which there are."""

    language = RadioField(choices=[], validators=[_GIVEN])


class OwnPasswordForm(FlaskForm):
    """A new password of one's own."""

    old = PasswordField(validators=[_GIVEN, _NOT_ENDLESS])
    new = PasswordField(validators=[_GIVEN])
    again = PasswordField(validators=[_GIVEN, _SAME])


class ResetForm(FlaskForm):
    """A new password for somebody else."""

    new = PasswordField(validators=[_GIVEN])
    again = PasswordField(validators=[_GIVEN, _SAME])
    switch_off = BooleanField()


class RoleForm(FlaskForm):
    """What somebody may do."""

    role = RadioField(choices=_ROLES, validators=[_GIVEN])


class MemberForm(FlaskForm):
    """A new account."""

    name = StringField(validators=[_GIVEN])
    role = RadioField(choices=_ROLES, default="staff", validators=[_GIVEN])
    new = PasswordField(validators=[_GIVEN])
    again = PasswordField(validators=[_GIVEN, _SAME])

    def validate_name(self, field: StringField) -> None:
        """It can be typed and read aloud."""
        field.data = login_name(field.data or "")
        if not is_login_name(field.data):
            raise ValidationError("fault_name")


class RemoveForm(FlaskForm):
    """Removing an account, with a tick that it is meant."""

    sure = BooleanField(validators=[InputRequired("fault_not_ticked")])
