"""A LINE platform in memory: phones that write to a bot, and the API through which it answers.

No Flask and no HTTP here. Whoever builds it says how a webhook reaches the bot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from bot.simulator.chats import Chats, Json, User
from bot.simulator.feed import Subscription
from bot.simulator.messaging_api import MessagingApi
from bot.simulator.rich_menus import RichMenus
from bot.simulator.webhooks import new_event, redelivered, sign, webhook_body, with_tokens

Deliver = Callable[[bytes, str], int | None]


class FakeLine(MessagingApi):
    """LINE for one official account. Thread-safe; webhooks are delivered outside of any lock.

    The methods below are what people do on their phones. Each returns what `deliver` returned: the HTTP
    status with which the bot answered the webhook, or None if the caller does not say. An unknown user id
    raises UnknownUser; writing after a block raises ChatBlocked; an exception of `deliver` passes through.

    Args:
        channel_secret: signs the webhooks.
        clock: returns the current time as an aware datetime. The page shows the hours of its time zone.
        deliver: hands (body, signature) to the bot's webhook.
        account_name: the display name of the official account.
        monthly_quota: how many people may be pushed to per calendar month; None: no limit.
        read_by_hand: whether messages stay unread until the bot marks them, as with the setting "Chat" on.
        http_base: URL prefix, such as ``http://127.0.0.1:8000/``, whose pictures pass although LINE itself
            takes https only; None: as strict as LINE.
    """

    def __init__(
        self,
        channel_secret: str,
        clock: Callable[[], datetime],
        deliver: Deliver,
        *,
        account_name: str = "hizaura",
        monthly_quota: int | None = None,
        http_base: str | None = None,
        read_by_hand: bool = False,
    ) -> None:
        # Derived, not random: the webhook's destination stays the same over restarts.
        self.bot_user_id = "U" + hashlib.sha256(b"bot:" + channel_secret.encode()).hexdigest()[:32]
        self._channel_secret = channel_secret
        self._deliver = deliver
        account = {"name": account_name, "userId": self.bot_user_id}
        super().__init__(
            Chats(clock, account, reads_at_once=not read_by_hand),
            clock,
            bot_user_id=self.bot_user_id,
            account_name=account_name,
            monthly_quota=monthly_quota,
            http_base=http_base,
            read_by_hand=read_by_hand,
        )
        self.rich_menus = RichMenus(self.chats, self._refuse, http_base)

    # -- phones --------------------------------------------------------------------------------------

    def add_user(self, name: str) -> str:
        """A new phone, whose owner is no friend of the account yet. Returns the user id."""
        return self.chats.add(name).id

    def users(self) -> list[Json]:
        """All phones: ``{"id", "name", "status": "stranger"|"friend"|"blocked", "loadingUntil", "richMenuId"}``."""
        return self.chats.all_users()

    def chat(self, user_id: str) -> list[Json]:
        """A user's chat, oldest first: ``{"id", "from": "user"|"bot", "at": ISO time, "message", "read"}``.

        ``read`` stands only with what the user wrote. The entries are the chat's own; read them only.
        """
        with self.chats.lock:
            return list(self.chats.get(user_id).entries)

    def state(self) -> Json:
        """Everything the page shows: account, version, users with their entries."""
        return self.chats.snapshot()

    def subscribe(self) -> Subscription:
        """Watch all chats, beginning with the whole state. Close it, or use it in a ``with``."""
        return self.chats.subscribe()

    def close(self) -> None:
        """End all subscriptions. Call it when the server stops."""
        self.chats.close()

    # -- friendship ----------------------------------------------------------------------------------

    def follow(self, user_id: str) -> int | None:
        """Add the account as a friend: a follow event. LINE reference, #follow-event."""
        return self._befriend(user_id, is_unblocked=False)

    def unblock(self, user_id: str) -> int | None:
        """Take a block back: a follow event with isUnblocked."""
        return self._befriend(user_id, is_unblocked=True)

    def block(self, user_id: str) -> int | None:
        """Block the account: an unfollow event, which has no reply token. Reference, #unfollow-event."""
        with self.chats.lock:
            user = self.chats.get(user_id)
            self.chats.set_status(user, "blocked")
            event = self._remember(user, new_event("unfollow", user_id, self._clock()))
        return self._post(user_id, event)

    # -- writing -------------------------------------------------------------------------------------

    def send_text(self, user_id: str, text: str) -> int | None:
        """Type a message."""
        return self._write(user_id, {"type": "text", "text": text})

    def tap(
        self,
        user_id: str,
        data: str,
        display_text: str | None = None,
        params: dict[str, str] | None = None,
    ) -> int | None:
        """Tap a postback action. Reference, #postback-event.

        Args:
            user_id: who taps.
            data: the action's data.
            display_text: the action's displayText, which becomes the user's own bubble; None: no bubble.
            params: what a date picker adds, such as ``{"date": "2026-11-22"}``.
        """
        postback: Json = {"data": data}
        if params is not None:
            postback["params"] = params
        with self.chats.lock:
            user = self.chats.writer(user_id)
            if display_text is not None:
                bubble = {"type": "text", "text": display_text}
                self.chats.append(user, "user", [(self.chats.new_message_id(), bubble)])
            event = self._answerable("postback", user, postback=postback)
        return self._post(user_id, event)

    def switch_rich_menu(self, user_id: str, alias: str, data: str) -> int | None:
        """Tap an area of the rich menu that changes tabs. Reference, #richmenu-switch-action."""
        with self.chats.lock:
            user = self.chats.writer(user_id)
            params = self.rich_menus.switch(user, alias)
            event = self._answerable("postback", user, postback={"data": data, "params": params})
        return self._post(user_id, event)

    def send_sticker(self, user_id: str, package_id: str = "446", sticker_id: str = "1988") -> int | None:
        """Send a sticker; the default is one of LINE's free ones."""
        content = {
            "type": "sticker",
            "packageId": package_id,
            "stickerId": sticker_id,
            "stickerResourceType": "STATIC",
        }
        return self._write(user_id, content)

    def send_image(self, user_id: str) -> int | None:
        """Send a photo from the phone (its bytes are not kept)."""
        return self._write(user_id, {"type": "image", "contentProvider": {"type": "line"}})

    def send_video(self, user_id: str, milliseconds: int = 8_000) -> int | None:
        """Send a video from the phone."""
        content = {"type": "video", "duration": milliseconds, "contentProvider": {"type": "line"}}
        return self._write(user_id, content)

    def send_audio(self, user_id: str, milliseconds: int = 5_000) -> int | None:
        """Send a voice message of a length in milliseconds."""
        content = {"type": "audio", "duration": milliseconds, "contentProvider": {"type": "line"}}
        return self._write(user_id, content)

    def send_file(self, user_id: str, name: str = "memo.pdf", size: int = 24_576) -> int | None:
        """Send a file with a name and a size in bytes."""
        return self._write(user_id, {"type": "file", "fileName": name, "fileSize": size})

    def send_location(
        self,
        user_id: str,
        latitude: float = 35.681236,
        longitude: float = 139.767125,
        title: str | None = None,
        address: str | None = None,
    ) -> int | None:
        """Send a place (degrees); the default is Tokyo station."""
        content: Json = {"type": "location", "latitude": latitude, "longitude": longitude}
        content |= {k: v for k, v in (("title", title), ("address", address)) if v is not None}
        return self._write(user_id, content)

    def unsend(self, user_id: str, message_id: str) -> int | None:
        """Take a message back: it leaves the chat, and an unsend event is sent. Reference, #unsend-event."""
        with self.chats.lock:
            user = self.chats.writer(user_id)
            self.chats.remove(user, message_id)
            content = {"messageId": message_id}
            event = self._remember(user, new_event("unsend", user_id, self._clock(), unsend=content))
        return self._post(user_id, event)

    # -- deliveries ----------------------------------------------------------------------------------

    def redeliver(self, user_id: str) -> int | None:
        """Send this user's last event again, as LINE does after a failure. Raises ValueError if none."""
        with self.chats.lock:
            last = self.chats.get(user_id).last_event
            if last is None:
                raise ValueError(f"{user_id} has done nothing yet")
            if "replyToken" in last:
                self.reply_tokens.revive(last["replyToken"], self._clock())
        return self._post(user_id, redelivered(last))

    def verify_webhook(self) -> int | None:
        """What the console's "Verify" button sends: a signed body without events. #test-webhook-endpoint."""
        return self._send_webhook(webhook_body(self.bot_user_id, []))

    # -- shared --------------------------------------------------------------------------------------

    def _befriend(self, user_id: str, is_unblocked: bool) -> int | None:
        with self.chats.lock:
            user = self.chats.get(user_id)
            self.chats.set_status(user, "friend")
            event = self._answerable("follow", user, follow={"isUnblocked": is_unblocked})
        return self._post(user_id, event)

    def _write(self, user_id: str, content: Json) -> int | None:
        with self.chats.lock:
            user = self.chats.writer(user_id)
            message_id = self.chats.new_message_id()
            self.chats.append(user, "user", [(message_id, content)])
            message = with_tokens(content, message_id)
            self.know_read_token(message["markAsReadToken"], user_id, message_id)
            event = self._answerable("message", user, message=message)
        return self._post(user_id, event)

    def _answerable(self, kind: str, user: User, **content: object) -> Json:
        """An event that the bot may reply to."""
        now = self._clock()
        token = self.reply_tokens.issue(user.id, now)
        return self._remember(user, new_event(kind, user.id, now, replyToken=token, **content))

    def _remember(self, user: User, event: Json) -> Json:
        user.last_event = event
        return event

    def _post(self, user_id: str, event: Json) -> int | None:
        status = self._send_webhook(webhook_body(self.bot_user_id, [event]))
        if status is not None:
            self.chats.publish("webhook", userId=user_id, status=status)
        return status

    def _send_webhook(self, body: bytes) -> int | None:
        return self._deliver(body, sign(self._channel_secret, body))
