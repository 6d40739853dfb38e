"""What `check` tells the clinic beyond faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.desk import Desk
from bot.readiness import open_points

TODAY = date(2026, 11, 22)


def test_a_treatment_with_gaps_is_named(desk: Desk) -> None:
    gaps = [id for id, treatment in desk.library.treatments.items() if not treatment.is_ready]
    assert gaps
    points = " ".join(open_points(desk.library, TODAY))
    assert all(id in points for id in gaps)


def test_a_review_counts_as_expired_from_its_day_on(desk: Desk) -> None:
    id, tip = next(iter(desk.library.tips.items()))
    library = replace(desk.library, tips={**desk.library.tips, id: tip.model_copy(update={"expires_on": TODAY})})
    assert any(f"self_care/{id}" in point for point in open_points(library, TODAY))
    assert not any(f"self_care/{id}" in point for point in open_points(library, TODAY - timedelta(days=1)))


def test_a_signed_text_is_no_longer_counted(desk: Desk) -> None:
    tips = {id: tip.model_copy(update={"reviewed_on": TODAY}) for id, tip in desk.library.tips.items()}
    before = next(iter(open_points(desk.library, TODAY)))
    after = next(iter(open_points(replace(desk.library, tips=tips), TODAY)))
    assert int(before.split()[0]) - int(after.split()[0]) == len(tips)
