"""What still stands between the content and patients: no fault, but the clinic has to see to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.library.library import Library
from bot.library.schema import Condition, Outcome, QuestionAnswer, Tip, Treatment


def open_points(library: Library, today: date) -> Iterator[str]:
    """One sentence per kind of open point: unsigned texts, expired reviews, self-pay treatments with gaps.

    Args:
        today: clinic-local date; a review counts as expired from its `expires_on` on.
    """
    reviewed: dict[str, Condition | Tip | Treatment | QuestionAnswer | Outcome] = {
        **{f"conditions/{id}": entry for id, entry in library.conditions.items()},
        **{f"self_care/{id}": entry for id, entry in library.tips.items()},
        **{f"treatments/{id}": entry for id, entry in library.treatments.items()},
        **{f"answers/{id}": entry for id, entry in library.answers.items()},
        **{f"outcomes/{id}": entry for id, entry in library.outcomes.items()},
    }
    unsigned = [name for name, entry in reviewed.items() if entry.reviewed_on is None]
    if unsigned:
        yield f"{len(unsigned)} of {len(reviewed)} texts are not signed by their reviewer (`reviewed_on: null`)."
    expired = sorted(name for name, entry in reviewed.items() if entry.expires_on <= today)
    if expired:
        yield f"Reviews have expired: {', '.join(expired)}."
    gaps = sorted(id for id, treatment in library.treatments.items() if not treatment.is_ready)
    if gaps:
        yield f"Treatments show only the clinic's contact until `self_pay` is filled in: {', '.join(gaps)}."
