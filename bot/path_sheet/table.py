"""The sheet as a table: one row per line, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bot.console.csv_files import BYTE_ORDER_MARK, guarded
from bot.flow.paths import PathLine
from bot.library.path_words import ColumnWords
from bot.path_sheet.page import Sheet

_SEPARATOR = " "
"""Between ids in one cell."""


def table(sheet: Sheet) -> str:
    """The lines of a sheet as CSV with a heading; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    words = sheet.library.paths.column
    writer.writerow(guarded(str(getattr(words, id))) for id in ColumnWords.model_fields)
    for line in sheet.lines:
        row = _row(sheet, line)
        writer.writerow(guarded(row[id]) for id in ColumnWords.model_fields)
    return BYTE_ORDER_MARK + out.getvalue()


def _row(sheet: Sheet, line: PathLine) -> dict[str, str | int]:
    """The cells of a line, by column."""
    reading, follows = sheet.reading, line.consequences
    rule = next((rule for rule in sheet.flow.rules if rule.id == line.rule), None)
    return {
        "line": line.id,
        "checked": "",
        "level_id": line.urgency,
        "level": reading.level(line.urgency),
        "rule": line.rule or "",
        "findings": reading.needs(line.needs),
        "exceptions": reading.any_of(line.exceptions),
        "too_late": reading.any_of(line.too_late),
        "assumed": reading.chosen(line.assumed),
        "count": len(follows.asked) if follows.is_asked else sheet.library.paths.line.only_typed,
        "asked": _ids(follows.asked),
        "rules": _ids(follows.rules),
        "condition_ids": _ids(follows.conditions),
        "conditions": reading.conditions(follows.conditions),
        "tips": reading.tips(tip.id for tip in follows.tips),
        "caution": reading.tips(tip.id for tip in follows.tips if tip.caution),
        "withheld": reading.withheld(follows.withheld),
        "sources": _ids(rule.sources if rule else ()),
        "fingerprint": sheet.fingerprint,
    }


def _ids(ids: Iterable[str]) -> str:
    return _SEPARATOR.join(ids)
