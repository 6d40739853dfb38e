"""Short-lived channel access tokens: issued once, renewed before they end, shared by threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from linebot.v3.oauth.exceptions import ApiException

from bot.line.tokens import StatelessToken
from tests.line.api_double import Answer, ApiDouble

LIFE = 900


@pytest.fixture
def api() -> Iterator[ApiDouble]:
    with ApiDouble().running() as api:
        yield api


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The monotonic clock of the tokens: set `now`, in seconds."""
    clock = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr("bot.line.tokens.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def issued(token: str) -> Answer:
    return Answer(200, {"token_type": "Bearer", "access_token": token, "expires_in": LIFE})


def test_it_is_asked_for_with_channel_id_and_secret(api: ApiDouble) -> None:
    api.answers.append(issued("first"))
    assert StatelessToken("1234567890", "secret", api.url)() == "first"
    (request,) = api.requests
    assert request.path == "/oauth2/v3/token"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["1234567890"],
        "client_secret": ["secret"],
    }


def test_it_is_kept_while_it_is_good_and_renewed_before_it_ends(api: ApiDouble, clock: SimpleNamespace) -> None:
    api.answers.extend([issued("first"), issued("second")])
    token = StatelessToken("1", "secret", api.url)
    assert token() == "first"
    clock.now += LIFE / 2
    assert token() == "first"
    clock.now += LIFE / 2 - 1
    assert token() == "second"
    assert len(api.requests) == 2


def test_threads_that_need_it_at_once_ask_once(api: ApiDouble) -> None:
    api.answers.extend(issued(f"token{i}") for i in range(20))
    token = StatelessToken("1", "secret", api.url)
    with ThreadPoolExecutor(8) as threads:
        given = {future.result() for future in [threads.submit(token) for _ in range(20)]}
    assert given == {"token0"}
    assert len(api.requests) == 1


def test_a_refusal_is_told_after_one_attempt_and_does_not_last(api: ApiDouble) -> None:
    api.answers.extend([Answer(400, {"error": "invalid_client"}), issued("second")])
    token = StatelessToken("1", "wrong", api.url)
    with pytest.raises(ApiException):
        token()
    assert len(api.requests) == 1
    assert token() == "second"
