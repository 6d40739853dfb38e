"""The conversations that the load generator plays: those of tests/stories, as LINE would send them.

Every second tap is typed as the number of the option instead, as patients do whose screen shows no buttons.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.events import Chose, Event, Followed, Typed, Unsupported
from tests.support.story import FOLDER, single_steps, steps_of

Step = dict[str, Any]
"""``{"follow": true}``, ``{"say": TEXT}``, ``{"send": KIND}`` or ``{"tap": [INDEX, QUESTION, OPTION]}``, where the
index is that of the step whose event began the conversation."""


def planned_conversations(desk: Desk) -> list[list[Step]]:
    """One list of steps per story. Stories in which days pass are left out: nobody waits here.

    Args:
        desk: the shipped flows and content; it answers while planning, so that numbers typed fit what is open.
    """
    stories = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    without_waiting = [story for story in stories if not any("wait" in step for step in steps_of(story))]
    return [_planned(desk, single_steps(desk, story)) for story in without_waiting]


def event_of(step: Step, id: str, id_at: dict[int, str]) -> Event:
    """The engine's event for a step.

    Args:
        step: as planned.
        id: of the event.
        id_at: event id of every step so far.
    """
    if "tap" in step:
        began, question, option = step["tap"]
        return Chose(id, id_at[began], question, option)
    if "say" in step:
        return Typed(id, step["say"])
    return Unsupported(id, step["send"]) if "send" in step else Followed(id, is_unblocked=False)


def _planned(desk: Desk, story: list[dict[str, Any]]) -> list[Step]:
    plan: list[Step] = []
    ids: dict[int, str] = {}
    state, ask, began, now = None, None, 0, datetime.now(UTC)
    for index, told in enumerate(story):
        step = _step(told, index, ask, began)
        ids[index] = f"step{index}"
        reply = desk.answer(state, event_of(step, ids[index], ids), now + timedelta(seconds=index))
        state = None if reply.forgets else reply.state
        began = int(reply.conversation.id.removeprefix("step"))
        ask = next((effect for effect in reply.effects if isinstance(effect, do.Ask)), ask)
        plan.append(step)
    return plan


def _step(told: dict[str, Any], index: int, ask: do.Ask | None, began: int) -> Step:
    if "tap" in told:
        assert ask
        option = str(told["tap"])
        if index % 2 and option in ask.options:
            numbers = all(shown.isdigit() for shown in ask.options[:2])
            return {"say": option if numbers else str(ask.options.index(option) + 1)}
        return {"tap": [began, ask.question, option]}
    if "say" in told:
        return {"say": str(told["say"])}
    return {"send": told["send"]} if "send" in told else {"follow": True}
