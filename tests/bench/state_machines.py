"""A step of our engine beside the same flow in two libraries: ``python -m tests.bench.state_machines [--blocks N]``.

The flow: forty questions that are answered with yes, one after the other; a guard (not while it is paused) and two
actions (note the answer, count it). All three keep a conversation between two events as JSON, as a bot must: read it,
step, write it. Ours also understands the typed word, proves which questions are still needed and says what to ask.
"""

from __future__ import annotations

import argparse
import itertools
import json
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from statemachine import State, StateMachine
from transitions import Machine

from bot.flow.conversation import from_data, to_data
from bot.flow.events import Chose, Command
from bot.flow.loader import load_flow
from bot.flow.schema import Flow
from bot.flow.step import step
from bot.flow.vocabulary import Vocabulary
from tests.bench.engine import cpu_us
from tests.bench.tables import cpu_model

TOY = Path(__file__).parents[1] / "support" / "toy" / "flows"
STATES = 40
NAMES = [f"q{number}" for number in range(STATES)]
MIDDLE = NAMES[STATES // 2]

NO_WORDS = Vocabulary({}, (), (), (), (), {}, *(frozenset[str]() for _ in range(5)), (), (), ())
"""Taps need none."""


class Context:
    """What a conversation keeps."""

    def __init__(self, state: str, answers: dict[str, str], count: int, paused: bool) -> None:
        self.state = state
        self.answers = answers
        self.count = count
        self.paused = paused

    def is_free(self) -> bool:
        return not self.paused

    def note(self) -> None:
        self.answers[str(self.state)] = "yes"

    def add(self) -> None:
        self.count += 1


ANSWERED = dict.fromkeys(NAMES[: STATES // 2], "yes")
STORED = json.dumps({"state": MIDDLE, "answers": ANSWERED, "count": len(ANSWERED), "paused": False})


def with_transitions() -> Callable[[], object]:
    """One shared machine, the state on the model; a model is added for the event and removed after it."""
    steps = [
        {"trigger": "answer", "source": here, "dest": there, "conditions": "is_free", "before": "note", "after": "add"}
        for here, there in itertools.pairwise(NAMES)
    ]
    machine = Machine(model=None, states=NAMES, transitions=steps, initial=NAMES[0], auto_transitions=False)

    def one() -> str:
        context = Context(**json.loads(STORED))
        machine.add_model(context, initial=context.state)
        context.answer()  # type: ignore[attr-defined]
        machine.remove_model(context)
        assert context.state == NAMES[STATES // 2 + 1]
        return json.dumps(vars(context) | {"state": str(context.state)}, default=str)

    return one


def with_python_statemachine() -> Callable[[], object]:
    """A machine for the event, on the model that was read, which is how the library takes up a stored state."""
    states = {name: State(name, value=name, initial=name == NAMES[0], final=name == NAMES[-1]) for name in NAMES}
    answer: Any = None
    for here, there in itertools.pairwise(NAMES):
        way = states[here].to(states[there], cond="is_free", before="note", after="add")
        answer = way if answer is None else answer | way
    Questions = type("Questions", (StateMachine,), {**states, "answer": answer})

    def one() -> str:
        context = Context(**json.loads(STORED))
        Questions(context).send("answer")
        assert context.state == NAMES[STATES // 2 + 1]
        return json.dumps({**vars(context)}, default=str)

    return one


def our_flow() -> Flow:
    """The same questions for our engine, with a rule that looks at the last of them."""
    findings = "\n".join(f"  f{number}: {{type: bool}}" for number in range(STATES))
    questions = "\n".join(
        f"  {name}: {{asks: [f{number}], next: [{{to: {NAMES[number + 1] if number + 1 < STATES else 'assessment'}}}]}}"
        for number, name in enumerate(NAMES)
    )
    files = {
        "findings": f"findings:\n  age_band: {{type: single, options: [young, old]}}\n{findings}\n",
        "red_flags": (
            "named: {}\nrules:\n  - {id: R1, urgency: same_day, when: "
            f'{{all: [{{f0: "yes"}}, {{f{STATES - 1}: "yes"}}]}}, conditions: [], sources: [BOOK]}}\n'
        ),
        "conditions": (
            "bands: [young, old]\nconditions:\n  sprain: {sources: [BOOK], prior: [1, 1], for: {f1: 1}}\n"
            "  other_or_unspecified: {sources: [BOOK], prior: [9, 9]}\n"
        ),
        "self_care": "tips: {}\n",
        "toy": (
            "flow: toy\nversion: 1\nexpires_after: 3d\nstart: consent\nendings: [assessment, declined]\nquestions:\n"
            '  consent: {options: [agree, decline], kept_on_restart: "yes", '
            "next: [{when: {consent: decline}, to: declined}, {to: q0}]}\n"
            f"{questions}\n"
        ),
    }
    texts = {path.stem: path.read_text() for path in TOY.glob("*.yaml")} | files
    return load_flow({f"{name}.yaml": text.encode() for name, text in texts.items()})


def with_ours() -> Callable[[], object]:
    """A tap on yes at the middle question."""
    flow, vocabulary, now = our_flow(), NO_WORDS, datetime.now(UTC)
    conversation, _ = step(flow, vocabulary, None, Command("E0", "start"), now)
    conversation, _ = step(flow, vocabulary, conversation, Chose("E1", "E0", "consent", "agree"), now)
    for number in range(STATES // 2):
        conversation, _ = step(flow, vocabulary, conversation, Chose(f"E{number}", "E0", f"q{number}", "yes"), now)
    assert conversation.asking == MIDDLE
    stored, tap = json.dumps(to_data(conversation)), Chose("E99", "E0", MIDDLE, "yes")

    def one() -> str:
        after, _ = step(flow, vocabulary, from_data(json.loads(stored)), tap, now)
        assert after.asking == NAMES[STATES // 2 + 1]
        return json.dumps(to_data(after))

    return one


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a step beside state-machine libraries.")
    parser.add_argument("--blocks", type=int, default=15)
    blocks = parser.parse_args().blocks
    warnings.simplefilter("ignore")
    print(f"CPU time in microseconds ({cpu_model()}), with reading and writing the conversation; {blocks} blocks.\n")
    print("| a step in a flow of forty states: us | median | smallest-largest |\n| --- | --- | --- |")
    for name, make in (
        ("this engine", with_ours),
        ("transitions 0.9", with_transitions),
        ("python-statemachine 3.2", with_python_statemachine),
    ):
        middle, least, most = cpu_us([make()], blocks)
        print(f"| {name} | {middle:.0f} | {least:.0f}-{most:.0f} |")


if __name__ == "__main__":
    main()
