"""The tables. Times are integers: milliseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a column declared INTEGER."""

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", String(100), primary_key=True, comment="webhookEventId, the same in every redelivery"),
    Column("received_at", BigInteger, nullable=False),
    Index("webhook_events_by_age", "received_at"),
)

patients = Table(
    "patients",
    metadata,
    Column("user_id", String(100), primary_key=True),
    Column("conversation_id", String(100), comment="the current conversation"),
    Column("added_at", BigInteger, nullable=False),
    Column("blocked_at", BigInteger, comment="set while the patient blocks the account: nothing is sent"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("user_id", String(100), nullable=False),
    Column("state", Text, nullable=False, comment="JSON of bot.flow.conversation"),
    Column("started_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("urgency", String(20), comment="level that the conversation ended at"),
    Index("conversations_by_user", "user_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("user_id", String(100), nullable=False),
    Column("messages", Text, nullable=False, comment="JSON list of message objects"),
    Column("reply_token", String(100), comment="null: push only"),
    Column("reply_until", BigInteger, comment="the reply token is not used after this"),
    Column("retry_key", String(36), nullable=False, comment="idempotency key of the push"),
    Column("retry_until", BigInteger, nullable=False, comment="under the same key LINE would send again after this"),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("uncertain", Boolean, nullable=False, default=False, comment="LINE may have accepted an earlier attempt"),
    Column("lease_owner", String(36)),
    Column("lease_until", BigInteger),
    Column("dead_reason", String(200), comment="set when given up; the row stays for staff to see"),
    Column("created_at", BigInteger, nullable=False),
    Index("outbox_by_user", "user_id", "id"),
    Index("outbox_by_due", "dead_reason", "due_at"),
    # Without it SQLite gives the id of a deleted row to the next one.
    sqlite_autoincrement=True,
)
