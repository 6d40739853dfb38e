"""LINE with faults: the Messaging API over HTTP, with the rules of the simulator's, on the loop of the run."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.simulator.chats import Chats
from bot.simulator.messaging_api import Answer as ApiAnswer
from bot.simulator.messaging_api import MessagingApi, answer
from tests.chaos.history import BOT, Answer, History, words_of

USUAL_LATENCY = (0.01, 0.06)
"""Seconds."""
LONGEST_HANG = 12.0
"""Seconds; the client gives up before."""

_FATES = {"answer": 0.925, "500": 0.02, "429": 0.02, "reset": 0.03, "hang": 0.005}
_RATE = {"message": "The API rate limit has been exceeded. Try again later."}


@dataclass
class Phone:
    """A user's phone: `news` is set whenever an answer arrives."""

    answers: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)


class FaultyLine:
    """LINE for one account. `outage` and `latency` are set from outside."""

    def __init__(self, history: History, dice: random.Random) -> None:
        self.history = history
        self.outage: str | None = None
        """As in `plan.OUTAGES`; "refuses" means that nobody listens."""
        self.latency = USUAL_LATENCY
        self.faults = True
        self.phones: dict[str, Phone] = {}
        self._chats = Chats(_now, {"name": "hizaura", "userId": BOT})
        self.api = MessagingApi(self._chats, _now, bot_user_id=BOT, account_name="hizaura")
        self._event_of: dict[str, str] = {}
        self._dice = dice
        app = web.Application(client_max_size=2 * 1024 * 1024)
        app.router.add_post("/v2/bot/message/{method:reply|push}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._site: web.TCPSite | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen; from the second time on at the same port."""
        if not self.port:
            await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def refuse(self) -> None:
        """Listen no longer: connections are refused until `open`."""
        if self._site:
            await self._site.stop()
        self._site = None

    async def close(self) -> None:
        await self._runner.cleanup()

    def add_user(self, name: str) -> str:
        """Somebody with a phone who is a friend of the account. Returns the user id."""
        user = self._chats.add(name)
        self._chats.set_status(user, "friend")
        self.phones[user.id] = Phone()
        return user.id

    def reply_token(self, user: str, event: str) -> str:
        """The token of a new event."""
        token = self.api.reply_tokens.issue(user, _now())
        self._event_of[token] = event
        return token

    def received(self, token: str) -> None:
        """The bot receives the event again: the token's minute begins anew, unless it was used."""
        self.api.reply_tokens.revive(token, _now())

    def unexpected_refusals(self) -> list[dict[str, Any]]:
        """What LINE refused, but for tokens that were used: trying one again is how the bot finds that out."""
        return [refusal for refusal in self.api.refusals if refusal["body"]["message"] != "Invalid reply token"]

    async def _call(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ConnectionError:
            # Whoever called was killed.
            return web.Response()
        method, key = request.match_info["method"], request.headers.get("X-Line-Retry-Key")
        fate = self._fate()
        await asyncio.sleep(self._dice.uniform(*self.latency))
        is_accepted = fate == "answer" or (fate in ("500", "reset", "hang") and self._dice.random() < 0.5)
        if fate == "hang" and self._dice.random() < 0.5:
            await asyncio.sleep(self._dice.uniform(0, LONGEST_HANG))
        given = self._take(method, body, key) if is_accepted else answer(500)
        about = self._event_of[body["replyToken"]] if method == "reply" else body["to"]
        self.history.calls.append((self.history.now(), method, about, fate, given.status if is_accepted else 0))
        match fate:
            case "500" | "503":
                given = answer(int(fate))
            case "429":
                given = answer(429, _RATE)
            case "hang":
                await asyncio.sleep(LONGEST_HANG)
        if fate in ("reset", "hang") and request.transport:
            request.transport.abort()
        return web.json_response(given.body, status=given.status, headers=given.headers)

    def _fate(self) -> str:
        match self.outage:
            case "503":
                return "503"
            case "resets" | "refuses":
                return "reset"
            case "hangs":
                return "hang"
        return self._dice.choices(list(_FATES), list(_FATES.values()))[0] if self.faults else "answer"

    def _take(self, method: str, body: dict[str, Any], key: str | None) -> ApiAnswer:
        given = self.api.reply(body, key) if method == "reply" else self.api.push(body, key)
        if given.status == 200:
            event = self._event_of[body["replyToken"]] if method == "reply" else None
            user = self.history.events[event].user if event else body["to"]
            self.history.answers.append(Answer(user, words_of(body["messages"]), event, self.history.now()))
            phone = self.phones[user]
            phone.answers += 1
            phone.news.set()
        return given


def _now() -> datetime:
    return datetime.now(UTC)
