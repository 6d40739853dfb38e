"""Colours and sizes of all cards, in one place.

Every text colour has a contrast of at least 4.5:1 on its background (JIS X 8341-3, WCAG 1.4.3); a test computes it.
Urgency is never told by colour alone: each level also has its word and its symbol.
"""

from __future__ import annotations

from collections.abc import Mapping

WHITE = "#FFFFFF"
INK = "#1F2933"
QUIET = "#52606D"
ACCENT = "#0B6E5B"
TINT = "#EEF6F4"
SELECTED = "#D5EBE5"
LINE = "#CBD5DC"

URGENCY: Mapping[str, str] = {
    "emergency_now": "#B3261E",
    "same_day": "#9A4600",
    "soon_2w": "#1D5C8F",
    "self_care_watch": "#2B6A3F",
}
"""Background of the band on an outcome card; its text is white."""

BUBBLE_SIZE = "mega"
TITLE = "lg"
TEXT = "md"
SMALL = "sm"
GAP = "md"
PADDING = "16px"
CORNER = "10px"

CONTRASTS = (
    (INK, WHITE),
    (QUIET, WHITE),
    (ACCENT, WHITE),
    (WHITE, ACCENT),
    (INK, TINT),
    (QUIET, TINT),
    (ACCENT, TINT),
    (INK, SELECTED),
    *((WHITE, colour) for colour in URGENCY.values()),
)
"""Every pair of text and background colour that the cards use."""
