"""Every error that hizaura raises on purpose.

    HizauraError
    ├── SettingsError            a setting is missing or wrong              exit 2
    ├── StorageError             the database cannot be used                exit 3
    ├── FaultsFound              flows/ or content/ cannot be loaded        exit 4
    ├── BadInput                 a file or argument of a command is wrong   exit 5
    ├── LineRefused              LINE does not do what a command asks for   exit 6
    └── WebhookError             a webhook request is refused               HTTP 400
        ├── BadSignature
        └── BadBody

Each message is one sentence that tells the reader what to do.
"""

from __future__ import annotations

from bot.faults import Fault


class HizauraError(Exception):
    """The root of the tree. `exit_code` is what a command ends with when this error stops it."""

    exit_code = 1


class SettingsError(HizauraError):
    """A setting is missing or wrong; the message names it."""

    exit_code = 2


class StorageError(HizauraError):
    """The database is unreachable, unwritable or damaged."""

    exit_code = 3


class FaultsFound(HizauraError):
    """The files of flows/ or content/ have faults; all of them are in `faults`."""

    exit_code = 4

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class BadInput(HizauraError):
    """A file or argument given to a command cannot be used."""

    exit_code = 5


class LineRefused(HizauraError):
    """LINE does not do what a command asks for; the message says what LINE said."""

    exit_code = 6


class WebhookError(HizauraError):
    """A webhook request is refused as a whole. Carries no part of the body or the signature."""


class BadSignature(WebhookError):
    """The x-line-signature header is missing or does not match the body."""


class BadBody(WebhookError):
    """The signed body is no webhook JSON."""
