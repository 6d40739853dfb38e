"""How often pages were opened: a number per page and day. By whom is not kept."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.storage.page_tables import page_opens

_KEY = [page_opens.c.page, page_opens.c.day]
_ONE_MORE = {"opens": page_opens.c.opens + 1}
_ADD = {
    "sqlite": sqlite_insert(page_opens).on_conflict_do_update(index_elements=_KEY, set_=_ONE_MORE),
    "postgresql": postgresql_insert(page_opens).on_conflict_do_update(index_elements=_KEY, set_=_ONE_MORE),
}


def add(connection: Connection, page: str, day: date) -> None:
    """Count one more opening.

    Args:
        page: such as ``guidebook.self_care``, ``booking.demo`` or ``memo``.
        day: clinic-local.
    """
    connection.execute(_ADD[connection.dialect.name], {"page": page, "day": day, "opens": 1})


def totals(connection: Connection, first: date, last: date) -> dict[str, int]:
    """Page to how often it was opened.

    Args:
        first, last: clinic-local days, both of them included.
    """
    opens = func.sum(page_opens.c.opens)
    counted = select(page_opens.c.page, opens).where(page_opens.c.day.between(first, last))
    return {row[0]: int(row[1]) for row in connection.execute(counted.group_by(page_opens.c.page))}
