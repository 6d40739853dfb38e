"""Pages that patients open: their notes on the memo, and how often a page was opened."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "memo_notes",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(100), nullable=False),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("memo_notes_by_conversation", "memo_notes", ["conversation_id", "id"])
    op.create_index("memo_notes_by_user", "memo_notes", ["user_id"])
    op.create_table(
        "page_opens",
        sa.Column("page", sa.String(100), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("opens", sa.Integer, nullable=False),
    )
