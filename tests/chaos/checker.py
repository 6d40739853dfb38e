"""Whether everybody was answered once and in order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.history import Answer

LOST, MISSING, DOUBLE, OUT_OF_ORDER = "lost", "missing", "double", "out of order"


@dataclass(frozen=True, slots=True)
class Promised:
    """An event that the server has committed, and the answer that the engine gives to it.

    Args:
        or_else: other events of the same millisecond that are noted in the same words: nobody knows which came first.
    """

    event: str
    words: str
    or_else: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that must not be.

    Args:
        kind: lost (acknowledged and not kept), missing, double, out of order, and what else the run finds.
        about: event ids, or what else tells.
    """

    kind: str
    user: str
    about: tuple[str, ...]


def check(
    promised: Mapping[str, Sequence[Promised]], answers: Sequence[Answer], acknowledged: Mapping[str, str]
) -> list[Wrong]:
    """What is wrong with the answers.

    Args:
        promised: of every user, in the order in which the server committed.
        answers: as LINE accepted them, in order.
        acknowledged: the user of every event that got its 200.
    """
    kept = {each.event for user in promised for each in promised[user]}
    lost = [Wrong(LOST, user, (event,)) for event, user in acknowledged.items() if event not in kept]
    by_user: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_user[answer.user].append(answer)
    users = sorted(promised.keys() | by_user.keys())
    return lost + [wrong for user in users for wrong in _of_user(user, promised.get(user, ()), by_user[user])]


def _of_user(user: str, promised: Sequence[Promised], answers: Sequence[Answer]) -> list[Wrong]:
    wanted, got = Counter(each.words for each in promised), Counter(answer.words for answer in answers)
    missing, too_many = wanted - got, got - wanted
    wrong = [_about(MISSING, user, promised, words) for words in missing.elements()]
    wrong += [_about(DOUBLE, user, promised, words) for words in too_many.elements()]
    if not wrong and not _in_order(promised, answers):
        wrong.append(Wrong(OUT_OF_ORDER, user, tuple(each.event for each in promised)))
    return wrong


def _in_order(promised: Sequence[Promised], answers: Sequence[Answer]) -> bool:
    """A reply also tells by its token which event it answers; of a push only the words tell."""
    return all(
        answer.words == each.words and answer.event in (None, each.event, *each.or_else)
        for each, answer in zip(promised, answers, strict=True)
    )


def _about(kind: str, user: str, promised: Sequence[Promised], words: str) -> Wrong:
    """The events that these words answer; none when the engine never says them."""
    return Wrong(kind, user, tuple(each.event for each in promised if each.words == words) or (words[:200],))
