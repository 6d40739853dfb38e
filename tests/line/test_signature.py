"""The webhook signature: LINE's published example, wrong and missing ones, two secrets while one is rotated."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadSignature
from bot.line.signature import sign, verify

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_lines_published_example_is_accepted() -> None:
    assert sign(BODY, SECRET) == SIGNATURE
    verify(BODY, SIGNATURE, (SECRET,))


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "x",
        SIGNATURE.lower(),
        SIGNATURE.rstrip("="),
        f" {SIGNATURE}",
        f"{SIGNATURE}\n",
        "署名",
        "\xff\xfe",
        "?" * len(SIGNATURE),
        hashlib.sha256(BODY).hexdigest(),
        base64.b64encode(hmac.digest(SECRET.encode(), BODY, "sha1")).decode(),
    ],
)
def test_any_other_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, signature, (SECRET,))


@pytest.mark.parametrize("body", [b"", BODY + b"\n", BODY.replace(b",", b", "), BODY.replace(b"U8", b"U9")])
def test_the_exact_bytes_are_signed(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(body, SIGNATURE, (SECRET,))


@pytest.mark.parametrize("secrets", [("old", SECRET), (SECRET, "new"), ("old", SECRET, "new")])
def test_any_secret_in_use_is_accepted_while_one_is_rotated(secrets: tuple[str, ...]) -> None:
    verify(BODY, SIGNATURE, secrets)


@pytest.mark.parametrize("secrets", [(), ("old", "new"), (SECRET.upper(),)])
def test_a_retired_secret_is_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, SIGNATURE, secrets)


def test_the_error_repeats_neither_signature_nor_body() -> None:
    with pytest.raises(BadSignature) as refused:
        verify(b"my knee hurts", "forged-signature", (SECRET,))
    assert "forged-signature" not in str(refused.value)
    assert "knee" not in str(refused.value)


@given(body=st.binary(), secret=st.text(st.characters(exclude_categories=["Cs"])), other=st.binary())
def test_what_is_signed_verifies_and_nothing_else(body: bytes, secret: str, other: bytes) -> None:
    verify(body, sign(body, secret), (secret,))
    if other != body:
        with pytest.raises(BadSignature):
            verify(other, sign(body, secret), (secret,))
