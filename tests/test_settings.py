"""Settings that are more than a text: what is taken, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, read_settings


class TestTrustedProxies:
    def test_there_are_none_unless_it_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TRUSTED_PROXIES", raising=False)
        assert read_settings().trusted_proxies == 0

    @pytest.mark.parametrize("value", ["0", "1", "3"])
    def test_a_number_is_taken(self, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
        monkeypatch.setenv("TRUSTED_PROXIES", value)
        assert read_settings().trusted_proxies == int(value)

    @pytest.mark.parametrize("value", ["-1", "yes", "10.0.0.1", "1000"])
    def test_anything_else_is_refused(self, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
        monkeypatch.setenv("TRUSTED_PROXIES", value)
        with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
            read_settings()


class TestMetricsToken:
    def test_there_is_none_unless_it_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("METRICS_TOKEN", raising=False)
        assert read_settings().metrics_token == ""

    def test_a_long_word_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("METRICS_TOKEN", "x" * 16)
        assert read_settings().metrics_token == "x" * 16

    @pytest.mark.parametrize("value", ["x", "x" * 15, "two words of some length", "x" * 16 + "\n"])
    def test_what_is_easily_guessed_or_cannot_be_shown_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setenv("METRICS_TOKEN", value)
        with pytest.raises(SettingsError, match="METRICS_TOKEN") as refused:
            read_settings()
        assert value not in str(refused.value)


class TestPublicAddress:
    def test_a_real_channel_needs_one_that_line_shows_pictures_from(self) -> None:
        channel: dict[str, Any] = {"line_channel_secret": "s", "line_channel_access_token": "t"}
        with pytest.raises(SettingsError, match="PUBLIC_BASE_URL"):
            Settings(**channel, public_base_url="http://bot.clinic.example").for_line()
        assert Settings(**channel, public_base_url="https://bot.clinic.example", secret_key="k").for_line().links

    def test_without_an_address_or_a_key_there_are_no_links(self) -> None:
        assert Settings(public_base_url="https://bot.clinic.example").links is None
        assert Settings(secret_key="k").links is None
