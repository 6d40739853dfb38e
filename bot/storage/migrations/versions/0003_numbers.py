"""What the page of numbers needs: the open question of a conversation, and indexes that hold what is counted."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

AT_ONCE = 1000

conversations = sa.table("conversations", *(sa.column(name) for name in ("id", "state", "urgency", "open_question")))


def upgrade() -> None:
    op.add_column("conversations", sa.Column("open_question", sa.String(100)))
    _fill_open_questions()
    op.create_index("conversations_by_start", "conversations", ["started_at", "urgency", "open_question"])
    op.drop_index("exchanges_by_time", "exchanges")
    op.create_index("exchanges_by_time", "exchanges", ["at", "kind", "key", "understood", "user_id"])
    op.create_index("campaign_recipients_left_out", "campaign_recipients", ["campaign_id", "batch_id", "left_out"])


def _fill_open_questions() -> None:
    """From the states, some at a time: together they may be larger than the memory."""
    connection, row = op.get_bind(), conversations.c
    unfinished = sa.select(row.id, row.state).where(row.urgency.is_(None)).order_by(row.id).limit(AT_ONCE)
    by_id = sa.update(conversations).where(row.id == sa.bindparam("which"))
    filled = by_id.values(open_question=sa.bindparam("question"))
    last = ""
    while found := connection.execute(unfinished.where(row.id > last)).all():
        last = found[-1].id
        connection.execute(filled, [{"which": each.id, "question": _open_question(each.state)} for each in found])


def _open_question(state: str) -> str | None:
    """The question that a conversation waits at; none of a damaged one, so that the upgrade goes on."""
    try:
        data: Any = json.loads(state)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return "declined" if data.get("finished") else str(data.get("asking") or "")[:100] or None
