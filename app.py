"""The door: the WSGI application `app`, and ``python app.py COMMAND``."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Make the application when a WSGI server asks for it, not when a command imports this file."""
    if name == "app":
        from bot.serving import worker_app

        return worker_app()
    raise AttributeError(name)


if __name__ == "__main__":
    from bot.cli import cli

    cli()
