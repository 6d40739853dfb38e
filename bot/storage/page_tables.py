"""The tables of pages that patients open."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, Text

from bot.storage.tables import BIG_ID, metadata

memo_notes = Table(
    "memo_notes",
    metadata,
    Column("id", BIG_ID, primary_key=True, autoincrement=True),
    Column("conversation_id", String(100), nullable=False),
    Column("user_id", String(100), nullable=False),
    Column("text", Text, nullable=False, comment="what the patient wants the doctor to know besides"),
    Column("written_at", BigInteger, nullable=False),
    Index("memo_notes_by_conversation", "conversation_id", "id"),
    Index("memo_notes_by_user", "user_id"),
    sqlite_autoincrement=True,
)

page_opens = Table(
    "page_opens",
    metadata,
    Column("page", String(100), primary_key=True, comment="such as guidebook.self_care or booking.demo"),
    Column("day", Date, primary_key=True, comment="clinic-local"),
    Column("opens", Integer, nullable=False, comment="by whom is not kept"),
)
