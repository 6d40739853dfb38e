"""The looks of all cards in one place: colours, sizes of letters, spacing, corners.

Every text colour has a contrast of at least 4.5:1 on its background, and every edge that shows where to tap one of 3:1
(JIS X 8341-3, WCAG 1.4.3 and 1.4.11); a test computes both. Urgency is never told by colour alone: each level also has
its word and its symbol. Sizes are pixels at LINE's normal font size; letters grow with the reader's own setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Colours
WHITE = "#FFFFFF"
INK = "#1B2A33"
QUIET = "#4A5A66"
ACCENT = "#0B6E5B"
TINT = "#EAF4F1"
SELECTED = "#D3EAE3"
LINE = "#D5DDE2"
BUTTON_INK = "#111111"
"""In which LINE writes a pale button; it lets nobody choose (reference, "Button": `style` secondary)."""
EDGE = "#7A8B96"
"""Around what can be tapped."""
DANGER = "#B3261E"
DANGER_TINT = "#FDF0EF"
CAUTION = "#8A4100"
CAUTION_TINT = "#FFF4E3"


@dataclass(frozen=True, slots=True)
class Level:
    """How one urgency level looks.

    Args:
        colour: of buttons and headings, on white and on `tint`.
        tint: background of what is to be done first.
        band: background of the band at the top.
        band_ink: letters on the band.
    """

    colour: str
    tint: str
    band: str
    band_ink: str = WHITE


LEVELS: Mapping[str, Level] = {
    "emergency_now": Level(DANGER, DANGER_TINT, band=DANGER),
    "same_day": Level(CAUTION, CAUTION_TINT, band="#9A4600"),
    "soon_2w": Level("#1D5C8F", "#EBF3FA", band="#1D5C8F"),
    "self_care_watch": Level("#24623A", "#EAF5ED", band="#DDF0E2", band_ink="#1E5231"),
}
"""The calmest level has a pale band: white on a strong colour is kept for those who have to act."""

# Letters
NAME_SIZE = "23px"
TITLE = "20px"
LEAD = "18px"
TEXT = "17px"
SMALL = "15px"
FINE = "14px"
"""Nothing is smaller: most readers are over 50."""

# Room
CARD = "giga"
"""Size of a card that stands alone: as wide as the phone. Cards side by side are LINE's own middle size."""
PADDING = "20px"
INNER = "14px"
"""Inside panels and rows."""
SECTION = "22px"
GAP = "12px"
CLOSE = "6px"
BADGE = "36px"
"""Width of the circle of a number or letter; two digits fit at twice the normal font size."""
BADGE_PADDING = "5px"
CORNER = "12px"
ROUND = "18px"
BAR = "10px"
"""Height of the progress bar."""

DRAWING = "20:13"
LETTERED_DRAWING = "4:3"
"""Width to height of drawings; one with letters in it needs more room."""

# Symbols; what is read aloud stands beside them in words
BULLET = "\u2022"
BULLETS = ("\u2022", "\u30fb", "-")
"""With which a line of the content begins that is one of several points."""
CHECK = "\u2713"
LEADS_ON = "\u203a"
OPEN = "\u25cf"
CLOSED = "\u25cb"

CONTRASTS = (
    (INK, WHITE),
    (QUIET, WHITE),
    (ACCENT, WHITE),
    (WHITE, ACCENT),
    (INK, TINT),
    (QUIET, TINT),
    (ACCENT, TINT),
    (INK, SELECTED),
    (QUIET, SELECTED),
    (ACCENT, SELECTED),
    (DANGER, WHITE),
    (INK, DANGER_TINT),
    (DANGER, DANGER_TINT),
    (WHITE, DANGER),
    (INK, CAUTION_TINT),
    (CAUTION, CAUTION_TINT),
    *((level.band_ink, level.band) for level in LEVELS.values()),
    *((level.colour, WHITE) for level in LEVELS.values()),
    *((WHITE, level.colour) for level in LEVELS.values()),
    *((level.colour, level.tint) for level in LEVELS.values()),
    *((INK, level.tint) for level in LEVELS.values()),
    *((BUTTON_INK, tint) for tint in (TINT, *(level.tint for level in LEVELS.values()))),
)
"""Every pair of text and background colour that the cards use."""

EDGES = ((EDGE, WHITE), (ACCENT, WHITE), (ACCENT, LINE))
"""Pairs of colours that show where to tap, or how far one is."""
