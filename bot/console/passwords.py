"""Passwords and the codes of the second factor: what is accepted, how it is stored and checked."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 200

_FEWEST_DIFFERENT = 5
_STEP_SECONDS = 30
_COMMON = (
    "password",
    "passw0rd",
    "qwertyuiop",
    "asdfghjkl",
    "1qaz2wsx3edc",
    "abcdefghijklm",
    "123456789",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "hizaura",
)
"""What is tried first; with digits and signs around it, or twice, it is no better."""

# OWASP Password Storage Cheat Sheet, Argon2id. The default of argon2-cffi takes 64 MiB: sixteen people who log in at
# once would take a gigabyte from the process that answers patients.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def fault_of(password: str, name: str) -> str | None:
    """What is wrong with a new password, as a key of content/console/: ``fault_password_short``,
    ``fault_password_long``, ``fault_password_is_name`` or ``fault_password_common``; None when nothing is.

    Args:
        name: of the account.
    """
    text = _plain(password).casefold()
    if len(text) < SHORTEST:
        return "fault_password_short"
    if len(text) > LONGEST:
        return "fault_password_long"
    if not text.replace(name.casefold(), ""):
        return "fault_password_is_name"
    if len(set(text)) < _FEWEST_DIFFERENT or _is_common(text):
        return "fault_password_common"
    return None


def _is_common(text: str) -> bool:
    """Whether nothing but digits and signs stands beside common passwords."""
    rest = text
    for common in _COMMON:
        rest = rest.replace(common, "")
    return rest != text and not any(character.isalpha() for character in rest)


def hash_password(password: str) -> str:
    """The hash to store. Takes about 20 ms and 19 MiB."""
    return _hasher.hash(_plain(password))


def is_password(password: str, password_hash: str) -> bool:
    """Whether a password is the one of a hash. Takes as long either way."""
    try:
        return _hasher.verify(password_hash, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def decoy() -> str:
    """A hash that no password has, for names that nobody has. Made at the first login, as it takes its time."""
    return hash_password(secrets.token_hex())


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def new_secret() -> str:
    """A secret for the second factor, to be typed into an app."""
    return pyotp.random_base32()


def secret_address(secret: str, name: str, clinic: str) -> str:
    """The address that an app on the same device opens."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=clinic)


def step_of(code: str, secret: str, now: int) -> int | None:
    """The half minute that a code belongs to: this one, the last or the next; None when it belongs to none.

    Args:
        now: milliseconds since 1970.
    """
    digits = "".join(_plain(code).split())
    totp = pyotp.TOTP(secret, interval=_STEP_SECONDS)
    this = now // 1000 // _STEP_SECONDS
    for step in (this, this - 1, this + 1):
        if pyotp.utils.strings_equal(digits, totp.at(step * _STEP_SECONDS)):
            return step
    return None


def _plain(text: str) -> str:
    """The same password from every keyboard: full-width letters are those of half the width."""
    return unicodedata.normalize("NFKC", text)
