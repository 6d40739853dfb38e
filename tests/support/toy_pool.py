"""A toy flow with a pool, in which every question stands in the wrong order.

breath         decides E1 by itself
numb, cold     decide E2 together
hot            decides S1 by itself
strength       decides W1 by itself
thin           decides W2 by itself
knee           decides nothing, and tells much about the conditions
mood           decides nothing, and tells little
pills          decides nothing, and a tip waits for it
"""

from __future__ import annotations

from bot.flow.schema import Flow
from support.toy_flow import toy_flow

FINDINGS = """
findings:
  age_band: {type: single, options: [young, old]}
  breathless: {type: bool, unsure_counts_as: "yes", danger: "yes"}
  numb: {type: bool, unsure_counts_as: "yes"}
  cold: {type: bool, unsure_counts_as: "yes"}
  hot: {type: bool, unsure_counts_as: "yes"}
  pain: {type: number, minimum: 0, maximum: 10, unsure_counts_as: 8}
  thin: {type: bool, unsure_counts_as: "yes"}
  clicking: {type: bool}
  sad: {type: bool}
  pills: {type: multi, options: [blood, heart], unsure_counts_as: [blood]}
"""

RULES = """
named: {}
rules:
  - {id: E1, urgency: emergency_now, when: {breathless: "yes"}, conditions: [clot], sources: [BOOK]}
  - {id: E2, urgency: emergency_now, when: {all: [{numb: "yes"}, {cold: "yes"}]}, conditions: [clot], sources: [BOOK]}
  - {id: S1, urgency: same_day, when: {hot: "yes"}, conditions: [clot], sources: [BOOK]}
  - {id: W1, urgency: soon_2w, when: {pain: {at_least: 7}}, conditions: [], sources: [BOOK]}
  - {id: W2, urgency: soon_2w, when: {thin: "yes"}, conditions: [], sources: [BOOK]}
"""

CONDITIONS = """
bands: [young, old]
conditions:
  clot: {sources: [BOOK], prior: [1, 1]}
  sprain: {sources: [BOOK], prior: [5, 5], for: {clicking: 3}}
  strain: {sources: [BOOK], prior: [5, 5], for: {sad: 1}}
  other_or_unspecified: {sources: [BOOK], prior: [9, 9]}
"""

TIPS = """
tips:
  rub: {up_to: self_care_watch, withhold_if: [{pills: any}], needs: [pills], sources: [BOOK]}
"""

FLOW = """
flow: toy
version: 1
expires_after: 3d
start: consent
endings: [assessment, declined]
questions:
  consent:
    options: [agree, decline]
    kept_on_restart: "yes"
    next: [{when: {consent: decline}, to: declined}, {to: details}]
  pills: {asks: [pills]}
  mood: {asks: [sad]}
  knee: {asks: [clicking]}
  thin: {asks: [thin]}
  strength: {asks: [pain]}
  hot: {asks: [hot]}
  cold: {asks: [cold]}
  numb: {asks: [numb]}
  breath: {asks: [breathless]}
pools:
  details:
    least_information: %s
    then: assessment
    questions: [pills, mood, knee, thin, strength, hot, cold, numb, breath]
"""


def pool_flow(least_information: float = 0.001) -> Flow:
    """The toy flow with its pool.

    Args:
        least_information: bits that a question must promise about the conditions to be asked for their sake.
    """
    return toy_flow(
        findings=FINDINGS,
        red_flags=RULES,
        conditions=CONDITIONS,
        self_care=TIPS,
        toy=FLOW % least_information,
    )
