"""What the staff console needs: more about patients, exchanges, staff, notes, audit log, audiences, campaigns."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _patients()
    _exchanges()
    _patient_tags()
    _staff()
    _notes()
    _audit_log()
    _audiences()
    _campaigns()
    _campaign_batches()
    _campaign_recipients()
    _sequence_steps()
    _rates()


def _patients() -> None:
    with op.batch_alter_table("patients") as table:
        table.add_column(sa.Column("reference", sa.String(12)))
        table.add_column(sa.Column("name", sa.String(40)))
        table.add_column(sa.Column("language", sa.String(8), nullable=False, server_default="ja"))
        for name in ("seen_at", "news_at", "news_off_at", "paused_until", "asked_for_staff_at"):
            table.add_column(sa.Column(name, sa.BigInteger))
        table.add_column(sa.Column("urgency", sa.String(20)))
        table.add_column(sa.Column("urgency_at", sa.BigInteger))
    patients = sa.table("patients", sa.column("user_id"), sa.column("reference"))
    connection = op.get_bind()
    for user_id in connection.execute(sa.select(patients.c.user_id)).scalars().all():
        named = sa.update(patients).where(patients.c.user_id == user_id)
        connection.execute(named.values(reference=secrets.token_hex(6)))
    op.create_index("patients_by_reference", "patients", ["reference"], unique=True)
    op.create_index("patients_waiting", "patients", ["asked_for_staff_at"])
    op.create_index("patients_by_seen", "patients", ["seen_at"])


def _exchanges() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(100)),
        sa.Column("understood", sa.Boolean),
        sa.Column("said", sa.Text),
        sa.Column("answered", sa.LargeBinary),
        sa.Column("staff_id", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("exchanges_by_key", "exchanges", ["key", "user_id"])
    op.create_index("exchanges_by_time", "exchanges", ["at", "kind"])
    op.create_index("exchanges_by_user", "exchanges", ["user_id", "id"])


def _patient_tags() -> None:
    op.create_table(
        "patient_tags",
        sa.Column("user_id", sa.String(100), primary_key=True),
        sa.Column("tag", sa.String(60), primary_key=True),
        sa.Column("set_at", sa.BigInteger, nullable=False),
        sa.Column("set_by", sa.Integer),
    )
    op.create_index("patient_tags_by_tag", "patient_tags", ["tag", "user_id"])


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("language", sa.String(8), nullable=False, server_default="ja"),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("totp_secret", sa.String(64)),
        sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("session_key", sa.String(36), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked_until", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("left_at", sa.BigInteger),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("notes_by_user", "notes", ["user_id"])


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(100)),
        sa.Column("details", sa.Text),
    )
    op.create_index("audit_log_by_time", "audit_log", ["at"])


def _audiences() -> None:
    op.create_table(
        "audiences",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("definition", sa.Text, nullable=False),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("guidebook", sa.String(60)),
        sa.Column("text", sa.Text),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("only_to_who_asked", sa.Boolean, nullable=False),
        sa.Column("messages", sa.Text),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Integer),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("confirmed_by", sa.Integer),
        sa.Column("confirmed_count", sa.Integer),
        sa.Column("paused_reason", sa.String(200)),
        sa.Column("finished_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("campaigns_by_state", "campaigns", ["state", "starts_at"])


def _campaign_batches() -> None:
    op.create_table(
        "campaign_batches",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("campaign_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("retry_key", sa.String(36), nullable=False),
        sa.Column("first_tried_at", sa.BigInteger),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.String(36)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("reason", sa.String(200)),
        sqlite_autoincrement=True,
    )
    op.create_index("campaign_batches_by_state", "campaign_batches", ["campaign_id", "state"])
    op.create_index("campaign_batches_due", "campaign_batches", ["state", "due_at"])


def _campaign_recipients() -> None:
    op.create_table(
        "campaign_recipients",
        sa.Column("campaign_id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.String(100), primary_key=True),
        sa.Column("batch_id", sa.BigInteger),
        sa.Column("left_out", sa.String(20)),
    )
    op.create_index("campaign_recipients_by_batch", "campaign_recipients", ["batch_id"])
    op.create_index("campaign_recipients_by_user", "campaign_recipients", ["user_id"])


def _sequence_steps() -> None:
    op.create_table(
        "sequence_steps",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("sequence", sa.String(60), nullable=False),
        sa.Column("guidebook", sa.String(60), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("left_out", sa.String(20)),
        sqlite_autoincrement=True,
    )
    op.create_index("sequence_steps_by_user", "sequence_steps", ["user_id"])
    op.create_index("sequence_steps_due", "sequence_steps", ["due_at"])


def _rates() -> None:
    op.create_table(
        "rates",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("second", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
    )
