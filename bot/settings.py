"""Settings, all from the environment. A wrong one stops the start with one line that names it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError
from bot.links import Links

_ROOT = Path(__file__).parent.parent


class Settings(BaseSettings):
    """One field per environment variable of the same name.

    Args:
        LINE_CHANNEL_SECRET: several, comma-separated, while one is being rotated.
        LINE_CHANNEL_ACCESS_TOKEN: a long-lived or v2.1 token; or give LINE_CHANNEL_ID for short-lived ones.
        LINE_API_BASE_URL: of a fake LINE; tests and the demo only.
        DATABASE_URL: ``sqlite:///PATH`` or ``postgresql+psycopg://...``.
        SECRET_KEY: signs the sessions of staff and the links that patients get; without it there is no console.
        PUBLIC_BASE_URL: how browsers reach the server, such as ``https://bot.clinic.example``; without it patients
            get no links to its pages.
        TRUSTED_PROXIES: reverse proxies that a request passes; each adds an address to ``X-Forwarded-For``.
        WEB_CONCURRENCY: server processes; 1 on SQLite.
        METRICS_TOKEN: whoever shows it may read ``/metrics``; without it there is no such page.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    line_channel_secret: Annotated[tuple[str, ...], NoDecode] = ()
    line_channel_access_token: str = ""
    line_channel_id: str = ""
    line_api_base_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    secret_key: str = ""
    public_base_url: str = Field(default="", pattern=r"^(https?://\S+[^/])?$")
    database_url: str = "sqlite:///var/hizaura.db"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    web_concurrency: int = Field(default=1, ge=1, le=64)
    metrics_token: str = Field(default="", pattern=r"^(\S{16,})?$")
    content_dir: Path = _ROOT / "content"
    flows_dir: Path = _ROOT / "flows"
    tz_name: str = "Asia/Tokyo"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("line_channel_secret", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(secret.strip() for secret in value.split(",") if secret.strip())
        return value

    @field_validator("tz_name")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("there is no such time zone; write for example Asia/Tokyo") from None
        return value

    @field_validator("content_dir", "flows_dir")
    @classmethod
    def _is_folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError(f"{value} is no folder")
        return value

    @property
    def console_words_dir(self) -> Path:
        """The words of the staff pages: the clinic's own, or the shipped ones when its content holds none."""
        own = self.content_dir / "console"
        return own if own.is_dir() else _ROOT / "content" / "console"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the clinic."""
        return ZoneInfo(self.tz_name)

    @property
    def links(self) -> Links | None:
        """Addresses of this server; None when it was not told how browsers reach it, or has nothing to sign with."""
        if not (self.public_base_url and self.secret_key):
            return None
        return Links(self.public_base_url, self.secret_key)

    def for_line(self) -> Settings:
        """The same settings, when they are enough to serve a real channel.

        Raises:
            SettingsError: naming what is missing.
        """
        if not self.line_channel_secret:
            raise SettingsError("LINE_CHANNEL_SECRET is missing: copy it from the LINE Developers console.")
        if not (self.line_channel_access_token or self.line_channel_id):
            raise SettingsError(
                "LINE_CHANNEL_ACCESS_TOKEN is missing (or give LINE_CHANNEL_ID for short-lived tokens)."
            )
        if self.public_base_url.startswith("http://") and self.line_api_base_url is None:
            raise SettingsError("PUBLIC_BASE_URL must begin with https:// – LINE shows no picture from anything else.")
        if self.database_url.startswith("sqlite") and self.web_concurrency > 1:
            raise SettingsError(
                "WEB_CONCURRENCY must be 1 on SQLite: one process writes one file. Use PostgreSQL for more."
            )
        return self


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        SettingsError: naming the first setting that is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0]).upper()
        reason = str(problem["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"{name} is wrong: {reason}.") from None
