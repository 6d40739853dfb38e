"""Mounting the pages of patients on the server's application."""

from __future__ import annotations

from flask import Blueprint, Flask

from bot.pages.booking import booking_pages
from bot.pages.guidebooks import guidebook_pages
from bot.pages.memo import memo_pages
from bot.pages.pages import Pages, harden
from bot.pages.pictures import picture_pages


def mount_pages(app: Flask, pages: Pages) -> None:
    """Mount all pages of patients."""
    app.extensions["pages"] = pages
    style = Blueprint("pages", __name__, static_folder="static", static_url_path="/pages/static")
    style.after_request(harden)
    app.register_blueprint(style)
    app.register_blueprint(memo_pages())
    app.register_blueprint(guidebook_pages())
    app.register_blueprint(booking_pages())
    app.register_blueprint(picture_pages(pages.pictures_dir))
