"""What a log calls a user."""

from __future__ import annotations

import re

from bot.logs import user_hash

USER = "U4af4980629a5c9f5c2d1f3a7c1d2e3f4"


def test_a_user_is_called_the_same_every_time() -> None:
    assert user_hash(USER, "secret") == user_hash(USER, "secret")
    assert re.fullmatch("[0-9a-f]{12}", user_hash(USER, "secret"))


def test_users_are_told_apart() -> None:
    assert len({user_hash(f"U{number}", "secret") for number in range(1_000)}) == 1_000


def test_without_the_key_nobody_knows_who_it_is() -> None:
    assert user_hash(USER, "secret") != user_hash(USER, "other secret")
    assert user_hash(USER, "a" * 65) != user_hash(USER, "a" * 66)
