"""Logging: one JSON object per line on standard error, and never a word of a patient."""

from __future__ import annotations

import hashlib
import logging
import os
import traceback
from pathlib import Path

import structlog


def configure_logging(level: str) -> None:
    """Set up logging for this process.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=os.fdopen(os.dup(2), "w", buffering=1)),
        cache_logger_on_first_use=True,
    )


def described(error: BaseException) -> dict[str, object]:
    """An unforeseen error for the log: its type and place. Its text may quote a patient, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "error": type(error).__name__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def user_hash(user_id: str, key: str) -> str:
    """What a log calls a user: the same for one user and key, and nothing that leads back without the key.

    Args:
        key: the channel secret; with another one users are called otherwise.

    Returns:
        Twelve hex digits.
    """
    secret = hashlib.sha256(key.encode()).digest()
    return hashlib.blake2b(user_id.encode(), key=secret, digest_size=6).hexdigest()
