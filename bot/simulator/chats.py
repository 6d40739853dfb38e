"""The phones: who is a friend, what stands in each chat, and who is watching."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.simulator.feed import Subscription, Update

Json = dict[str, Any]
Status = Literal["stranger", "friend", "blocked"]

# LINE Messaging API reference, #send-push-message: a non-friend can be pushed to for seven days.
_WRITERS_ARE_REACHABLE_FOR = timedelta(days=7)

# LINE message ids are long decimal numbers in rising order; only that much is imitated.
_FIRST_MESSAGE_ID = 573_851_463_000_000_001


class UnknownUser(LookupError):
    """No phone has this user id."""


class ChatBlocked(ValueError):
    """The user has blocked the account and must unblock it before writing."""


@dataclass(slots=True)
class User:
    """One phone.

    Args:
        entries: ``{"id", "from": "user"|"bot", "at", "message", "read"}``, oldest first; ``read`` only of the user's.
        rich_menu: id of the menu linked to this user, None for everybody's.
    """

    id: str
    name: str
    status: Status = "stranger"
    entries: list[Json] = field(default_factory=list)
    wrote_at: datetime | None = None
    last_event: Json | None = None
    loading_until: datetime | None = None
    rich_menu: str | None = None

    def reachable(self, now: datetime) -> bool:
        """Whether a message of the bot shows up on this phone."""
        if self.status == "stranger":
            return self.wrote_at is not None and now - self.wrote_at <= _WRITERS_ARE_REACHABLE_FOR
        return self.status == "friend"

    def about(self) -> Json:
        """What the page shows of this user, without the chat."""
        until = self.loading_until
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "loadingUntil": until.isoformat() if until else None,
            "richMenuId": self.rich_menu,
        }


class Chats:
    """All phones. Thread-safe: every method takes `lock`, which callers may hold around several calls.

    Args:
        clock: returns the current time as an aware datetime.
        account: ``{"name", "userId"}`` of the official account, for the page.
        reads_at_once: whether what users write counts as read as soon as it is there.
    """

    def __init__(self, clock: Callable[[], datetime], account: Json, reads_at_once: bool = True) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._account = account
        self._reads_at_once = reads_at_once
        self._rich_menus: Json = {"menus": {}, "default": None}
        self._users: dict[str, User] = {}
        self._message_ids = itertools.count(_FIRST_MESSAGE_ID)
        self._watchers: list[Subscription] = []
        self._version = 0

    # -- users ---------------------------------------------------------------------------------------

    def add(self, name: str) -> User:
        """A new phone, not yet a friend of the account. The id is ``U`` and 32 hex digits."""
        with self.lock:
            user = User("U" + secrets.token_hex(16), name)
            self._users[user.id] = user
            self.publish("user", user=user.about())
            return user

    def all_users(self) -> list[Json]:
        """What the page shows of each user, without the chats."""
        with self.lock:
            return [user.about() for user in self._users.values()]

    def find(self, user_id: object) -> User | None:
        """The phone with this id, or None."""
        with self.lock:
            return self._users.get(user_id) if isinstance(user_id, str) else None

    def get(self, user_id: str) -> User:
        """The phone with this id. Raises UnknownUser."""
        user = self.find(user_id)
        if user is None:
            raise UnknownUser(user_id)
        return user

    def writer(self, user_id: str) -> User:
        """As `get`, for a user about to write. Raises ChatBlocked after a block."""
        user = self.get(user_id)
        if user.status == "blocked":
            raise ChatBlocked(user_id)
        return user

    def set_status(self, user: User, status: Status) -> None:
        """Make the user a friend, or let them block the account."""
        with self.lock:
            user.status = status
            user.loading_until = None
            self.publish("user", user=user.about())

    def set_loading(self, user: User, until: datetime | None) -> None:
        """Show the moving dots in the chat until a time, or take them away."""
        with self.lock:
            user.loading_until = until
            self.publish("user", user=user.about())

    # -- entries -------------------------------------------------------------------------------------

    def new_message_id(self) -> str:
        """The next message id of the platform."""
        with self.lock:
            return str(next(self._message_ids))

    def append(self, user: User, side: Literal["user", "bot"], messages: Sequence[tuple[str, Json]]) -> None:
        """Put (id, message) pairs into a chat; they are published as one group."""
        with self.lock:
            now = self._clock()
            entries: list[Json] = [{"id": id, "from": side, "at": now.isoformat(), "message": m} for id, m in messages]
            if side == "user":
                entries = [{**entry, "read": self._reads_at_once} for entry in entries]
            user.entries.extend(entries)
            if side == "user":
                user.wrote_at = now
            else:
                user.loading_until = None  # LINE takes the dots away when a message arrives
            self.publish("entries", userId=user.id, entries=entries)

    def remove(self, user: User, entry_id: str) -> bool:
        """Take an entry out of a chat, as unsending does. False if it is not there."""
        with self.lock:
            kept = [entry for entry in user.entries if entry["id"] != entry_id]
            found = len(kept) < len(user.entries)
            user.entries = kept
            if found:
                self.publish("removed", userId=user.id, entryId=entry_id)
            return found

    def mark_read(self, user_id: str, message_id: str) -> None:
        """Mark what a user wrote as read, up to a message. Nothing happens when the message is gone."""
        with self.lock:
            user = self.get(user_id)
            ids = [entry["id"] for entry in user.entries]
            if message_id not in ids:
                return
            upto = ids.index(message_id)
            unread = [i for i, entry in enumerate(user.entries[: upto + 1]) if entry.get("read") is False]
            for index in unread:
                user.entries[index] = {**user.entries[index], "read": True}
            if unread:
                self.publish("read", userId=user_id, entryIds=[ids[index] for index in unread])

    # -- rich menus ----------------------------------------------------------------------------------

    def show_rich_menus(self, menus: Json, default: str | None) -> None:
        """Tell the page which menus there are, by id, and which one everybody sees."""
        with self.lock:
            self._rich_menus = {"menus": menus, "default": default}
            self.publish("richMenus", richMenus=self._rich_menus)

    def link_rich_menu(self, users: Sequence[User], menu_id: str | None) -> None:
        """Let users see a menu of their own, or everybody's again."""
        with self.lock:
            for user in users:
                user.rich_menu = menu_id
                self.publish("user", user=user.about())

    # -- watching ------------------------------------------------------------------------------------

    def snapshot(self) -> Json:
        """The whole state as JSON-able data. Entries are shared, not copied: they never change."""
        with self.lock:
            users = [{**user.about(), "entries": list(user.entries)} for user in self._users.values()]
            state = {"account": self._account, "version": self._version, "users": users}
            return {**state, "richMenus": self._rich_menus}

    @property
    def version(self) -> int:
        """A number that rises with every change."""
        with self.lock:
            return self._version

    def publish(self, kind: str, **content: object) -> None:
        """Tell all watchers that something has changed."""
        with self.lock:
            self._version += 1
            update: Update = {"kind": kind, "version": self._version, **content}
            for watcher in tuple(self._watchers):
                watcher.put(update)

    def subscribe(self) -> Subscription:
        """Watch the chats. The first update is ``{"kind": "state", "stream": id, ...}``, the whole state."""
        with self.lock:
            watcher = Subscription(self._forget)
            watcher.put({"kind": "state", "stream": watcher.id, **self.snapshot()})
            self._watchers.append(watcher)
            return watcher

    def leave(self, stream: str) -> None:
        """End the subscription with this id, if there is one."""
        with self.lock:
            for watcher in [watcher for watcher in self._watchers if watcher.id == stream]:
                watcher.close()

    @property
    def watchers(self) -> int:
        """How many are watching."""
        with self.lock:
            return len(self._watchers)

    def close(self) -> None:
        """End all subscriptions, so that a server can stop."""
        with self.lock:
            for watcher in tuple(self._watchers):
                watcher.close()

    def _forget(self, watcher: Subscription) -> None:
        with self.lock:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
