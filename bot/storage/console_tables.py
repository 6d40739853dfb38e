"""The tables of the staff console: staff, notes, audit log, audiences, campaigns. Times as in `bot.storage.tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Dialect, Index, Integer, String, Table, Text, TypeDecorator

from bot.storage.audience import readable
from bot.storage.tables import BIG_ID, metadata


class AudienceText(TypeDecorator[str]):
    """JSON of an audience. What comes out can be read, so that one from another version hides nothing beside it."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text as it was stored, or an audience of nobody."""
        return None if value is None else readable(value)


staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(60), nullable=False, unique=True, comment="what they log in with"),
    Column("role", String(10), nullable=False, comment="owner, staff or viewer"),
    Column("language", String(8), nullable=False, server_default="ja"),
    Column("password_hash", String(200), nullable=False),
    Column("totp_secret", String(64)),
    Column("totp_step", BigInteger, nullable=False, server_default="0", comment="of the newest code used: once each"),
    Column("session_key", String(36), nullable=False, comment="a new one ends every session"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("left_at", BigInteger, comment="may no longer log in"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("user_id", String(100), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("staff_id", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Index("notes_by_user", "user_id"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("staff_id", Integer, comment="null: the program or a command"),
    Column("action", String(40), nullable=False),
    Column("subject", String(100), comment="reference of a patient, id of a campaign, name of staff"),
    Column("details", Text, comment="JSON; never words of a patient"),
    Index("audit_log_by_time", "at"),
)

audiences = Table(
    "audiences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("definition", AudienceText, nullable=False, comment="JSON of bot.storage.audience"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("state", String(12), nullable=False, comment="see bot.storage.campaigns"),
    Column("version", Integer, nullable=False, comment="goes up with every change: two editors do not overwrite"),
    Column("guidebook", String(60), comment="null: a message in own words"),
    Column("text", Text),
    Column("audience", AudienceText, nullable=False, comment="JSON of bot.storage.audience"),
    Column("only_to_who_asked", Boolean, nullable=False, comment="tells of self-pay treatment"),
    Column("messages", Text, comment="JSON as it goes out, fixed at the confirmation"),
    Column("starts_at", BigInteger, comment="when the first batch may go"),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Integer),
    Column("confirmed_at", BigInteger),
    Column("confirmed_by", Integer),
    Column("confirmed_count", Integer),
    Column("paused_reason", String(200)),
    Column("finished_at", BigInteger),
    Index("campaigns_by_state", "state", "starts_at"),
    sqlite_autoincrement=True,
)

campaign_batches = Table(
    "campaign_batches",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("campaign_id", Integer, nullable=False),
    Column("state", String(10), nullable=False, comment="waiting, sent, refused or unclear"),
    Column("size", Integer, nullable=False),
    Column("retry_key", String(36), nullable=False, comment="idempotency key of the multicast"),
    Column("first_tried_at", BigInteger, comment="recipients are fixed from then on"),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", String(36)),
    Column("lease_until", BigInteger),
    Column("sent_at", BigInteger),
    Column("reason", String(200), comment="what LINE said when it refused"),
    Index("campaign_batches_by_state", "campaign_id", "state"),
    Index("campaign_batches_due", "state", "due_at"),
    sqlite_autoincrement=True,
)

campaign_recipients = Table(
    "campaign_recipients",
    metadata,
    Column("campaign_id", Integer, primary_key=True),
    Column("user_id", String(100), primary_key=True),
    Column("batch_id", BigInteger, comment="null: left out"),
    Column("left_out", String(20), comment="why, see bot.storage.audience"),
    Index("campaign_recipients_by_batch", "batch_id"),
    Index("campaign_recipients_by_user", "user_id"),
    Index("campaign_recipients_left_out", "campaign_id", "batch_id", "left_out"),
)

sequence_steps = Table(
    "sequence_steps",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("user_id", String(100), nullable=False),
    Column("sequence", String(60), nullable=False),
    Column("guidebook", String(60), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, comment="null with left_out null: waiting"),
    Column("left_out", String(20), comment="why, see bot.storage.audience"),
    Index("sequence_steps_by_user", "user_id"),
    Index("sequence_steps_due", "due_at"),
    sqlite_autoincrement=True,
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("user_id", String(100), primary_key=True),
    Column("conversation_id", String(100), nullable=False, comment="whose outcome it follows"),
    Column("due_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, comment="null: waiting"),
    Index("follow_ups_due", "sent_at", "due_at"),
)

rates = Table(
    "rates",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("second", BigInteger, nullable=False, comment="since 1970"),
    Column("taken", Integer, nullable=False, comment="calls made in that second"),
)
