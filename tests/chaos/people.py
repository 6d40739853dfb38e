"""Users who play the conversations of tests/stories: most for a few steps, some to the end, some without waiting."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime
from typing import Any

from bot.desk import Desk
from bot.line.postback import answer_data
from bot.simulator.webhooks import new_event, with_tokens
from tests.bench.conversations import Step, event_of, planned_conversations
from tests.chaos.history import Delivered, History
from tests.chaos.line import FaultyLine
from tests.chaos.platform import Webhooks

PATIENT, BUSY, HASTY = "patient", "busy", "hasty"
"""Who waits for the answer; who goes on when the event is acknowledged; who does not even wait for that."""
_PAUSE = {PATIENT: (0.1, 1.0), BUSY: (0.0, 0.5), HASTY: (0.0, 0.3)}
"""Seconds before the next thing to do."""
_PATIENCE = 4.0
"""Seconds that somebody waits for an answer before going on without it."""
_OTHER_THAN_TEXT: dict[str, dict[str, Any]] = {
    "image": {"contentProvider": {"type": "line"}},
    "sticker": {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"},
}


def stories(desk: Desk) -> list[list[Step]]:
    """The conversations of tests/stories, but for those in which somebody has everything deleted: what was committed
    could not be told from the database then."""
    return [story for story in planned_conversations(desk) if not _forgets(desk, story)]


def _forgets(desk: Desk, story: list[Step]) -> bool:
    state: dict[str, Any] | None = None
    ids = {index: f"step{index}" for index in range(len(story))}
    for index, step in enumerate(story):
        reply = desk.answer(state, event_of(step, ids[index], ids), datetime.now(UTC))
        if reply.forgets:
            return True
        state = reply.state
    return False


class Crowd:
    """Everybody who writes to the account."""

    def __init__(
        self, line: FaultyLine, webhooks: Webhooks, history: History, stories: list[list[Step]], dice: random.Random
    ) -> None:
        self._line = line
        self._webhooks = webhooks
        self._history = history
        self._stories = stories
        self._dice = dice

    async def come(self, users: int, seconds: float) -> None:
        """Let users come one after the other; after `seconds` nobody begins anything new.

        Returns when everybody has stopped; the last events may still be on their way.
        """
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for number in range(users):
                if time.monotonic() > until:
                    return
                group.create_task(self._live(number, until))
                await asyncio.sleep(self._dice.uniform(0, 2 * 0.9 * seconds / users))

    async def _live(self, number: int, until: float) -> None:
        user = self._line.add_user(f"user {number}")
        self._history.users += 1
        story = self._dice.choice(self._stories)
        length = len(story) if self._dice.random() < 0.2 else self._dice.randint(1, 5)
        manner = self._dice.choices((PATIENT, BUSY, HASTY), (0.5, 0.4, 0.1))[0]
        ids: list[str] = []
        for index, step in enumerate(story[:length]):
            if time.monotonic() > until:
                return
            ids.append(f"01CHAOS{number:06}{index:04}")
            await self._do(user, self._event(user, step, ids), manner)

    async def _do(self, user: str, event: dict[str, Any], manner: str) -> None:
        phone = self._line.phones[user]
        answers = phone.answers
        done = self._webhooks.send(Delivered(user, event))
        if manner != HASTY:
            await done.wait()
        if manner == PATIENT:
            await self._read(user, answers)
        await asyncio.sleep(self._dice.uniform(*_PAUSE[manner]))

    async def _read(self, user: str, answers: int) -> None:
        phone, until = self._line.phones[user], time.monotonic() + _PATIENCE
        while phone.answers == answers and (left := until - time.monotonic()) > 0:
            phone.news.clear()
            await asyncio.wait({asyncio.ensure_future(phone.news.wait())}, timeout=left)

    def _event(self, user: str, step: Step, ids: list[str]) -> dict[str, Any]:
        """What LINE makes of a step; `ids` are those of the user's events up to this one."""
        id = ids[-1]
        content: dict[str, Any]
        if "tap" in step:
            began, question, option = step["tap"]
            kind, content = "postback", {"postback": {"data": answer_data(ids[began], question, option)}}
        elif "say" in step:
            kind, content = "message", {"message": with_tokens({"type": "text", "text": step["say"]}, id)}
        elif "send" in step:
            sent = {"type": step["send"], **_OTHER_THAN_TEXT[step["send"]]}
            kind, content = "message", {"message": with_tokens(sent, id)}
        else:
            kind, content = "follow", {"follow": {"isUnblocked": False}}
        event = new_event(kind, user, datetime.now(UTC), replyToken=self._line.reply_token(user, id), **content)
        return event | {"webhookEventId": id}
