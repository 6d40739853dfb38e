"""Assessments as plain data, and cases read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from bot.errors import BadInput
from bot.flow.assessment import Assessment, assess
from bot.flow.findings import NO, UNKNOWN, YES, Finding, FindingType, Value
from bot.flow.schema import NONE, Flow


class _CaseLoader(yaml.CSafeLoader):
    """YAML as people write cases: yes and on are true, but an id that looks like a date is no date."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def assessment_report(assessment: Assessment) -> dict[str, Any]:
    """An assessment as JSON data: urgency, rules, conditions, tips, withheld, unanswered."""
    return {
        "urgency": assessment.urgency,
        "rules": [rule.id for rule in assessment.rules],
        "conditions": [condition.id for condition in assessment.conditions],
        "tips": [tip.id for tip in assessment.tips],
        "withheld": [{"tip": tip.id, "reasons": list(tip.reasons)} for tip in assessment.withheld],
        "unanswered": list(assessment.unanswered),
    }


def triage(flow: Flow, text: str) -> list[dict[str, Any]]:
    """Assess every case of a YAML or JSON text.

    Args:
        flow: rules, conditions and gates.
        text: one case or a list. A case maps finding ids to values, at its top or below ``findings``;
            an ``id`` is carried over.

    Raises:
        BadInput: naming everything in the text that cannot be used.
    """
    try:
        data = yaml.load(text, Loader=_CaseLoader)
    except yaml.YAMLError as error:
        raise BadInput(f"The file is neither YAML nor JSON: {str(error).splitlines()[0]}.") from None
    faults: list[str] = []
    reports: list[dict[str, Any]] = []
    for i, case in enumerate(data if isinstance(data, list) else [data], start=1):
        if not isinstance(case, dict):
            faults.append(f"case {i} maps no findings")
            continue
        given = case.get("findings")
        if not isinstance(given, dict):
            given = {key: value for key, value in case.items() if key != "id"}
        facts = read_facts(flow, given, f"case {i}", faults)
        report = assessment_report(assess(flow, facts))
        reports.append({"id": case["id"], **report} if "id" in case else report)
    if faults:
        raise BadInput("Correct the file: " + "; ".join(faults) + ".")
    return reports


def read_facts(flow: Flow, given: Mapping[str, Any], whose: str, faults: list[str]) -> dict[str, Value]:
    """Findings as people write them in YAML or JSON.

    Args:
        flow: the vocabulary.
        given: finding id to value; what is empty is not known.
        whose: begins every sentence that is added to `faults`.
        faults: what cannot be used is appended here, and left out.
    """
    facts: dict[str, Value] = {}
    for id, raw in given.items():
        finding = flow.findings.get(str(id))
        if finding is None:
            faults.append(f"{whose}: there is no finding {id}")
            continue
        if raw is None:
            continue
        value = _value(finding, raw)
        if value is None:
            faults.append(f"{whose}: {id} cannot be {raw}")
        else:
            facts[finding.id] = value
    return facts


def _value(finding: Finding, raw: object) -> Value | None:
    """A value as people write it in YAML and JSON: true, yes, one option or a list, a number; None when it is none."""
    if isinstance(raw, bool):
        raw = YES if raw else NO
    value: Value
    if raw == UNKNOWN:
        value = UNKNOWN
    elif finding.type is FindingType.MULTI:
        options = raw if isinstance(raw, list) else [raw]
        if UNKNOWN in options:
            value = UNKNOWN
        else:
            value = frozenset(str(option) for option in options if option not in (NONE, NO))
    elif finding.type is FindingType.NUMBER:
        value = int(str(raw)) if str(raw).isdecimal() else -1
    else:
        value = str(raw)
    return value if finding.accepts(value) else None
