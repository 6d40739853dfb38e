"""LINE's side of the Messaging API, in memory: what it answers to a bot's requests.

Statuses, bodies and headers follow the LINE Messaging API reference; each method names its section.
"""

from __future__ import annotations

import copy
import re
import secrets
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bot.line.limits.messages import message_problems
from bot.simulator.chats import Chats, Json, User
from bot.simulator.ledger import Accepted, ReplyTokens, RetryKeys

MULTICAST_MOST = 500
VALIDATE_KINDS = frozenset({"reply", "push", "multicast", "narrowcast", "broadcast"})
LOADING_SECONDS = 20

# LINE developers, "Get quote tokens": messages that can be quoted, and so get a token in the answer.
_QUOTABLE = frozenset({"text", "textV2", "sticker", "image", "video", "template", "flex"})
USER_ID = re.compile(r"U[0-9a-f]{32}")
_UNIT_NAME = re.compile(r"[a-zA-Z0-9_]{1,30}")


class Answer(NamedTuple):
    """An HTTP answer: status, JSON body, headers (lower-case names)."""

    status: int
    body: Json
    headers: dict[str, str]


def answer(status: int, body: Json | None = None, **headers: str) -> Answer:
    """An answer with a fresh x-line-request-id. ``accepted_id="..."`` becomes x-line-accepted-request-id."""
    own = {"x-line-request-id": str(uuid.uuid4())}
    if "accepted_id" in headers:
        own["x-line-accepted-request-id"] = headers["accepted_id"]
    return Answer(status, body or {}, own)


def bad_body(problems: list[dict[str, str]]) -> Answer:
    """400 with details. Reference, #error-responses."""
    message = f"The request body has {len(problems)} error(s)"
    return answer(400, {"message": message, "details": problems})


def problem(path: str, message: str) -> dict[str, str]:
    return {"message": message, "property": path}


class MessagingApi:
    """The endpoints a bot calls. Thread-safe; each call is one transaction under the lock of the chats.

    Args:
        chats: the phones that messages go to.
        clock: returns the current time as an aware datetime.
        bot_user_id: the account's own user id.
        account_name: the account's display name.
        monthly_quota: how many messages may be pushed per calendar month; None: no limit.
        http_base: URL prefix for which plain http pictures are let through; None: https only, as LINE.
        read_by_hand: whether messages stay unread until the bot marks them, as with the setting "Chat" on.
    """

    def __init__(
        self,
        chats: Chats,
        clock: Callable[[], datetime],
        *,
        bot_user_id: str,
        account_name: str,
        monthly_quota: int | None = None,
        http_base: str | None = None,
        read_by_hand: bool = False,
    ) -> None:
        self.chats = chats
        self.refusals: deque[Json] = deque(maxlen=100)
        """The last requests answered with 4xx: ``{"endpoint", "status", "body"}``, oldest first."""
        self.reply_tokens = ReplyTokens()
        self._clock = clock
        self._retry_keys = RetryKeys()
        self._bot_user_id = bot_user_id
        self._account_name = account_name
        self._monthly_quota = monthly_quota
        self._http_base = http_base
        self._read_by_hand = read_by_hand
        self._reached: Counter[str] = Counter()
        self._read_tokens: dict[str, tuple[str, str]] = {}

    # -- sending -------------------------------------------------------------------------------------

    def reply(self, body: Json, retry_key: str | None = None) -> Answer:
        """POST /v2/bot/message/reply. Reference, #send-reply-message.

        The token works once, within a minute of its event. A retry key is not accepted here: 400.
        """
        if retry_key is not None:
            return self._refuse("reply", answer(400, {"message": "X-Line-Retry-Key is not supported"}))
        problems = self._problems(body)
        if not body.get("replyToken"):
            problems.append(problem("replyToken", "May not be empty"))
        if problems:
            return self._refuse("reply", bad_body(problems))
        with self.chats.lock:
            user_id = self.reply_tokens.use(body["replyToken"], self._clock())
            if user_id is None:
                return self._refuse("reply", answer(400, {"message": "Invalid reply token"}))
            return answer(200, {"sentMessages": self._send([user_id], body["messages"])})

    def push(self, body: Json, retry_key: str | None = None) -> Answer:
        """POST /v2/bot/message/push. Reference, #send-push-message.

        200 also if the user has blocked the account: then nothing reaches the chat. 400 for an id that
        this account has never met; 409 when the retry key was accepted within 24 hours; 429 over quota.
        """
        problems = self._problems(body) + self._unit_problems(body)
        if not isinstance(body.get("to"), str) or not body["to"]:
            problems.append(problem("to", "May not be empty"))
        with self.chats.lock:
            refusal = self._before_sending(problems, retry_key)
            if refusal is None and self.chats.find(body["to"]) is None:
                refusal = answer(400, {"message": "Failed to send messages"})
            if refusal is None:
                refusal = self._over_quota([body["to"]])
            if refusal is not None:
                return self._refuse("push", refusal)
            sent = self._send([body["to"]], body["messages"])
            self._count([body["to"]])
            return self._accept(retry_key, {"sentMessages": sent})

    def multicast(self, body: Json, retry_key: str | None = None) -> Answer:
        """POST /v2/bot/message/multicast, up to 500 users. Reference, #send-multicast-message.

        Unknown ids are passed over in silence: the reference lists them under 200 and under 400.
        """
        problems = self._problems(body) + self._unit_problems(body)
        to = body.get("to")
        if not isinstance(to, list) or not 1 <= len(to) <= MULTICAST_MOST:
            problems.append(problem("to", f"Size must be between 1 and {MULTICAST_MOST}"))
        with self.chats.lock:
            refusal = self._before_sending(problems, retry_key)
            users = list(dict.fromkeys(id_ for id_ in to or [] if isinstance(id_, str)))
            if refusal is None:
                refusal = self._over_quota(users)
            if refusal is not None:
                return self._refuse("multicast", refusal)
            self._send(users, body["messages"])
            self._count(users)
            return self._accept(retry_key, {})

    def validate(self, kind: str, body: Json) -> Answer:
        """POST /v2/bot/message/validate/<kind>. Reference, #validate-message-objects-of-push-message."""
        if kind not in VALIDATE_KINDS:
            return answer(404, {"message": "Not found"})
        problems = self._problems(body)
        return self._refuse(f"validate/{kind}", bad_body(problems)) if problems else answer(200)

    # -- asking --------------------------------------------------------------------------------------

    def profile(self, user_id: str) -> Answer:
        """GET /v2/bot/profile/<user_id>: 404 for strangers and after a block. Reference, #get-profile."""
        user = self.chats.find(user_id)
        if user is None or not user.reachable(self._clock()):
            return answer(404, {"message": "Not found"})
        return answer(200, {"userId": user.id, "displayName": user.name, "language": "ja"})

    def quota(self) -> Answer:
        """GET /v2/bot/message/quota. Reference, #get-quota."""
        if self._monthly_quota is None:
            return answer(200, {"type": "none"})
        return answer(200, {"type": "limited", "value": self._monthly_quota})

    def consumption(self) -> Answer:
        """GET /v2/bot/message/quota/consumption: people reached this month. Reference, #get-consumption."""
        with self.chats.lock:
            return answer(200, {"totalUsage": self._reached[self._month()]})

    def bot_info(self) -> Answer:
        """GET /v2/bot/info. Reference, #get-bot-info."""
        return answer(
            200,
            {
                "userId": self._bot_user_id,
                "basicId": "@simulator",
                "displayName": self._account_name,
                "chatMode": "chat" if self._read_by_hand else "bot",
                "markAsReadMode": "manual" if self._read_by_hand else "auto",
            },
        )

    # -- chat helpers --------------------------------------------------------------------------------

    def start_loading(self, body: Json) -> Answer:
        """POST /v2/bot/chat/loading/start -> 202. Reference, #display-a-loading-indicator.

        `loadingSeconds` is 5 to 60 in steps of five; 20 if left out.
        """
        seconds = body.get("loadingSeconds", LOADING_SECONDS)
        problems = []
        if not isinstance(body.get("chatId"), str) or not USER_ID.fullmatch(body["chatId"]):
            problems.append(problem("chatId", "Only user id is acceptable"))
        if not isinstance(seconds, int) or not 5 <= seconds <= 60:
            problems.append(problem("loadingSeconds", "Must be between 5 and 60"))
        elif seconds % 5:
            problems.append(problem("loadingSeconds", "must be a multiple of five"))
        if problems:
            return self._refuse("chat/loading/start", bad_body(problems))
        with self.chats.lock:
            user, now = self.chats.find(body["chatId"]), self._clock()
            if user is not None and user.reachable(now):
                self.chats.set_loading(user, now + timedelta(seconds=seconds))
        return answer(202)

    def mark_as_read(self, body: Json) -> Answer:
        """POST /v2/bot/chat/markAsRead: that message and all before it. Reference, #mark-as-read."""
        with self.chats.lock:
            known = self._read_tokens.get(str(body.get("markAsReadToken")))
            if known:
                self.chats.mark_read(*known)
                return answer(200)
        message = "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
        return self._refuse("chat/markAsRead", answer(400, {"message": message}))

    def know_read_token(self, token: str, user_id: str, message_id: str) -> None:
        """Remember a mark-as-read token that a webhook carries, and the message that it stands for."""
        with self.chats.lock:
            self._read_tokens[token] = (user_id, message_id)

    # -- shared --------------------------------------------------------------------------------------

    def _problems(self, body: Json) -> list[dict[str, str]]:
        return message_problems(body.get("messages"), self._http_base)

    def _unit_problems(self, body: Json) -> list[dict[str, str]]:
        units = body.get("customAggregationUnits")
        if units is None:
            return []
        if not isinstance(units, list) or len(units) != 1:
            return [problem("customAggregationUnits", "Size must be between 1 and 1")]
        if not isinstance(units[0], str) or not _UNIT_NAME.fullmatch(units[0]):
            return [problem("customAggregationUnits[0]", "Must match [a-zA-Z0-9_]{1,30}")]
        return []

    def _before_sending(self, problems: list[dict[str, str]], retry_key: str | None) -> Answer | None:
        """The refusal that push and multicast share, or None if nothing speaks against sending."""
        if problems:
            return bad_body(problems)
        if retry_key is None:
            return None
        if not _is_uuid(retry_key):
            return answer(400, {"message": "Invalid retry key"})
        accepted = self._retry_keys.find(retry_key, self._clock())
        if accepted is None:
            return None
        body: Json = {"message": "The retry key is already accepted"}
        if accepted.sent_messages:
            body["sentMessages"] = list(accepted.sent_messages)
        return answer(409, body, accepted_id=accepted.request_id)

    def _accept(self, retry_key: str | None, body: Json) -> Answer:
        accepted = answer(200, body)
        if retry_key is not None:
            request_id = accepted.headers["x-line-request-id"]
            sent = tuple(body.get("sentMessages", ()))
            self._retry_keys.remember(retry_key, Accepted(request_id, self._clock(), sent))
        return accepted

    def _send(self, user_ids: Iterable[str], messages: list[Json]) -> list[Json]:
        """Put messages into the chats that they reach; what LINE reports as sent, in request order."""
        sent = []
        own_copy = copy.deepcopy(messages)
        entries = [(self.chats.new_message_id(), message) for message in own_copy]
        for user in self._reachable(user_ids):
            self.chats.append(user, "bot", entries)
        for id_, message in entries:
            quote = {"quoteToken": secrets.token_urlsafe(96)} if message["type"] in _QUOTABLE else {}
            sent.append({"id": id_, **quote})
        return sent

    def _reachable(self, user_ids: Iterable[str]) -> list[User]:
        now = self._clock()
        users = (self.chats.find(id_) for id_ in user_ids)
        return [user for user in users if user is not None and user.reachable(now)]

    def _over_quota(self, user_ids: list[str]) -> Answer | None:
        if self._monthly_quota is None:
            return None
        if self._reached[self._month()] + len(self._reachable(user_ids)) <= self._monthly_quota:
            return None
        return answer(429, {"message": "You have reached your monthly limit."})

    def _count(self, user_ids: list[str]) -> None:
        # Pricing counts people reached, not message objects (LINE developers, "Pricing").
        self._reached[self._month()] += len(self._reachable(user_ids))

    def _month(self) -> str:
        return self._clock().strftime("%Y-%m")

    def _refuse(self, endpoint: str, refusal: Answer) -> Answer:
        """Remember a refusal and show it on the page: a bot's author wants to see it at once."""
        if refusal.status != 409:  # 409 is how LINE says yes to a repeated request
            about: dict[str, Any] = {"endpoint": endpoint, "status": refusal.status, "body": refusal.body}
            self.refusals.append(about)
            self.chats.publish("refused", **about)
        return refusal


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
