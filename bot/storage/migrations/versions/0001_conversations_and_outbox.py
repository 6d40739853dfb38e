"""Patients, conversations, webhook events and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("received_at", sa.BigInteger, nullable=False),
    )
    op.create_index("webhook_events_by_age", "webhook_events", ["received_at"])
    op.create_table(
        "patients",
        sa.Column("user_id", sa.String(100), primary_key=True),
        sa.Column("conversation_id", sa.String(100)),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("blocked_at", sa.BigInteger),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("urgency", sa.String(20)),
    )
    op.create_index("conversations_by_user", "conversations", ["user_id"])
    op.create_table(
        "outbox",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("messages", sa.Text, nullable=False),
        sa.Column("reply_token", sa.String(100)),
        sa.Column("reply_until", sa.BigInteger),
        sa.Column("retry_key", sa.String(36), nullable=False),
        sa.Column("retry_until", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("uncertain", sa.Boolean, nullable=False),
        sa.Column("lease_owner", sa.String(36)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("dead_reason", sa.String(200)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_user", "outbox", ["user_id", "id"])
    op.create_index("outbox_by_due", "outbox", ["dead_reason", "due_at"])
