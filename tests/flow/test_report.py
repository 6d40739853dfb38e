"""``triage`` and assessments as plain data."""

from __future__ import annotations

import json

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.errors import BadInput
from bot.report import assessment_report, triage


def refused(desk: Desk, text: str) -> str:
    """Why a text cannot be used."""
    with pytest.raises(BadInput) as caught:
        triage(desk.flow, text)
    return str(caught.value)


def test_one_case(desk: Desk) -> None:
    (report,) = triage(desk.flow, "dyspnoea: yes\n")
    assert set(report) == {"urgency", "rules", "conditions", "tips", "withheld", "unanswered"}
    assert report["urgency"] == "emergency_now"
    assert report["rules"] == ["E1"]
    assert report["conditions"][0] == "pulmonary_embolism"
    assert report["tips"] == []
    assert "chest_pain" in report["unanswered"]
    assert {"tip": "massage", "reasons": ["urgency.emergency_now"]} in report["withheld"]


def test_a_list_of_cases_is_answered_in_its_order(desk: Desk) -> None:
    reports = triage(desk.flow, "- {locked_knee: yes}\n- {dyspnoea: yes}\n- {}\n")
    assert [report["urgency"] for report in reports] == ["same_day", "emergency_now", "self_care_watch"]


def test_json(desk: Desk) -> None:
    cases = [{"id": 7, "findings": {"onset": "twist_or_fall", "cannot_bear_weight": True, "pain_nrs": 8}}]
    (report,) = triage(desk.flow, json.dumps(cases))
    assert report["id"] == 7
    assert report["rules"] == ["S3", "W3"]


def test_findings_may_stand_at_the_top_or_below_findings(desk: Desk) -> None:
    assert triage(desk.flow, "redness: yes") == triage(desk.flow, "findings: {redness: yes}")


def test_the_id_is_carried_over_and_only_where_there_is_one(desk: Desk) -> None:
    reports = triage(desk.flow, "- {id: case-1, dyspnoea: yes}\n- {dyspnoea: yes}\n")
    assert reports[0]["id"] == "case-1"
    assert "id" not in reports[1]


@pytest.mark.parametrize("written", ["yes", "true", '"yes"', "on"])
def test_yes_can_be_written_as_people_write_it(desk: Desk, written: str) -> None:
    assert triage(desk.flow, f"dyspnoea: {written}")[0]["rules"] == ["E1"]


@pytest.mark.parametrize("written", ["no", "false", '"no"', "off"])
def test_no_too(desk: Desk, written: str) -> None:
    (report,) = triage(desk.flow, f"dyspnoea: {written}")
    assert report["rules"] == []
    assert "dyspnoea" not in report["unanswered"]


@pytest.mark.parametrize("written", ["none", "[]", "[none]", "no", "false"])
def test_none_of_a_list(desk: Desk, written: str) -> None:
    (report,) = triage(desk.flow, f"skin_change: {written}")
    assert report["rules"] == []
    assert "skin_change" not in report["unanswered"]


def test_none_is_a_value_where_it_is_one(desk: Desk) -> None:
    assert triage(desk.flow, "morning_stiffness: none")[0]["rules"] == []


@pytest.mark.parametrize("written", ["fast_spread", "[fast_spread]", "[fast_spread, ankle_bruise]"])
def test_one_option_or_several_of_a_list(desk: Desk, written: str) -> None:
    assert triage(desk.flow, f"skin_change: {written}")[0]["rules"] == ["S5"]


@pytest.mark.parametrize("written", ["unknown", "[unknown]", "[ankle_bruise, unknown]"])
def test_unknown_counts_to_the_safe_side(desk: Desk, written: str) -> None:
    (report,) = triage(desk.flow, f"skin_change: {written}")
    assert "S5" in report["rules"]
    assert "skin_change" not in report["unanswered"]


@pytest.mark.parametrize("written", ["8", '"8"'])
def test_a_number(desk: Desk, written: str) -> None:
    assert triage(desk.flow, f"pain_nrs: {written}")[0]["rules"] == ["W3"]


def test_null_is_a_finding_left_out(desk: Desk) -> None:
    assert triage(desk.flow, "dyspnoea: null") == triage(desk.flow, "{}")


def test_everything_that_cannot_be_used_is_named_together(desk: Desk) -> None:
    message = refused(desk, "- {breath: yes, redness: maybe}\n- 7\n- {onset: slowly, skin_change: [green]}\n")
    for named in ("case 1", "breath", "redness", "maybe", "case 2", "case 3", "onset", "slowly", "green"):
        assert named in message


@pytest.mark.parametrize(
    "text",
    [
        "pain_nrs: 11",
        "pain_nrs: -1",
        "pain_nrs: 7.5",
        "pain_nrs: true",
        "pain_nrs: many",
        'pain_nrs: "²"',
        "onset: yes",
        "onset: [gradual]",
        "skin_change: yes",
        "skin_change: {pale: yes}",
        "dyspnoea: 1",
        "dyspnoea: [yes]",
        "7",
        "",
        "text",
        "{unclosed",
        "a: b: c",
        "!!python/object:os.system {}",
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(desk: Desk, text: str) -> None:
    assert "\n" not in refused(desk, text)


@pytest.mark.parametrize("id", ["2026-01-01", "2026-99-99", "12:30"])
def test_an_id_that_looks_like_a_date_is_carried_over_all_the_same(desk: Desk, id: str) -> None:
    (report,) = json.loads(json.dumps(triage(desk.flow, f"{{id: '{id}', dyspnoea: yes}}")))
    assert report["id"] == id
    assert len(json.loads(json.dumps(triage(desk.flow, f"id: {id}\ndyspnoea: yes\n")))) == 1


def test_a_conversation_and_triage_agree(desk: Desk) -> None:
    outcome = Patient(desk).finishes(onset="twist_or_fall", joint="cannot_bear_weight").outcome
    (report,) = triage(desk.flow, "onset: twist_or_fall\ncannot_bear_weight: yes\n")
    assert assessment_report(outcome)["urgency"] == report["urgency"] == "same_day"
    assert set(report["rules"]) <= set(assessment_report(outcome)["rules"])
