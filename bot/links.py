"""Addresses of this server that patients get, and what they say when somebody opens them.

Whoever holds an address may open it, so those that show something of a patient are signed and end. Signing keeps
anybody from making one up; nothing is encrypted, and an address names a conversation, never a LINE user.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

MEMO_LIFE = 30 * 24 * 3600 * 1000
"""Milliseconds. A visit within two weeks is what the outcomes ask for; a memo outlasts a booking that took longer."""


@dataclass(frozen=True, slots=True)
class BookingLink:
    """Where a booking link leads.

    Args:
        clinic: id of the clinic.
        reference: of the conversation; goes along to the booking site.
    """

    clinic: str
    reference: str


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads addresses.

    Args:
        base_url: how browsers reach the server, without a slash at the end.
        secret_key: signs.
    """

    base_url: str
    secret_key: str

    def memo(self, conversation_id: str, now: int) -> str:
        """The memo for the doctor of a conversation.

        Args:
            now: milliseconds since 1970; it ends `MEMO_LIFE` later.
        """
        return f"{self.base_url}/memos/{self._signed('memo', [conversation_id, now + MEMO_LIFE])}"

    def read_memo(self, token: str, now: int) -> str | None:
        """The id of the conversation; None when the address was made up or has ended."""
        match self._read("memo", token):
            case [str(conversation_id), int(until)] if now < until:
                return conversation_id
            case _:
                return None

    def booking(self, clinic: str, reference: str) -> str:
        """The booking site of a clinic, by way of this server, which counts."""
        return f"{self.base_url}/bookings/{self._signed('booking', [clinic, reference])}"

    def read_booking(self, token: str) -> BookingLink | None:
        """Where it leads; None when the address was made up."""
        match self._read("booking", token):
            case [str(clinic), str(reference)]:
                return BookingLink(clinic, reference)
            case _:
                return None

    def guidebook(self, id: str, language: str) -> str:
        """A guidebook as a page. Not signed: it is the same for everybody."""
        return f"{self.base_url}/guidebooks/{id}?language={language}"

    def picture(self, path: str) -> str:
        """A picture of the content store.

        Args:
            path: below content/, such as ``pictures/zones.png``.
        """
        return f"{self.base_url}/{path}"

    def _signed(self, purpose: str, content: Sequence[object]) -> str:
        return str(URLSafeSerializer(self.secret_key, salt=purpose).dumps(content))

    def _read(self, purpose: str, token: str) -> object:
        try:
            return URLSafeSerializer(self.secret_key, salt=purpose).loads(token)
        except BadData:
            return None
