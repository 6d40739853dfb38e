"""The tables of conversations and sending; those of the console stand in `console_tables`.

Times are integers: milliseconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

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
    Column("reference", String(12), comment="what staff pages call the patient; says nothing about the LINE user"),
    Column("name", String(40), comment="given by staff"),
    Column("language", String(8), nullable=False, server_default="ja"),
    Column("seen_at", BigInteger, comment="last event"),
    Column("news_at", BigInteger, comment="agreed to messages from the clinic"),
    Column("news_off_at", BigInteger, comment="asked not to get them"),
    Column("paused_until", BigInteger, comment="the bot is silent until then: staff answer by hand"),
    Column("asked_for_staff_at", BigInteger, comment="waits for a person since then"),
    Column("urgency", String(20), comment="level of the last outcome"),
    Column("urgency_at", BigInteger),
    Index("patients_by_reference", "reference", unique=True),
    Index("patients_waiting", "asked_for_staff_at"),
    Index("patients_by_seen", "seen_at"),
)

patient_tags = Table(
    "patient_tags",
    metadata,
    Column("user_id", String(100), primary_key=True),
    Column("tag", String(60), primary_key=True),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", Integer, comment="staff id; null: set by the answers"),
    Index("patient_tags_by_tag", "tag", "user_id"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("user_id", String(100), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False, comment="typed, chose, command, followed, unsupported, staff, campaign"),
    Column("key", String(100), comment="question, command, topic or campaign that it was about"),
    Column("understood", Boolean, comment="of typed words; null for anything else"),
    Column("said", Text, comment="what the patient said, as they saw it"),
    Column("answered", LargeBinary, comment="message objects that were answered: JSON, zlib"),
    Column("staff_id", Integer, comment="who answered by hand"),
    Index("exchanges_by_user", "user_id", "id"),
    # With all that is counted: numbers are then told without reading what was said.
    Index("exchanges_by_time", "at", "kind", "key", "understood", "user_id"),
    Index("exchanges_by_key", "key", "user_id"),
    sqlite_autoincrement=True,
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
    Column("open_question", String(100), comment="the one it waits at; `declined`; null: none, or ended at a level"),
    Index("conversations_by_user", "user_id"),
    Index("conversations_by_start", "started_at", "urgency", "open_question"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("event_id", String(100), nullable=False),
    Column("user_id", String(100), nullable=False),
    Column("event", Text, nullable=False, comment="JSON of bot.flow.events"),
    Column("reply_token", String(100)),
    Column("received_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False, comment="until then left to the process that received it"),
    Column("attempts", Integer, nullable=False, server_default="0", comment="how often answering it failed"),
    Index("inbox_by_user", "user_id", "id"),
    Index("inbox_by_due", "due_at"),
    sqlite_autoincrement=True,
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
