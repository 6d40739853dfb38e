"""The cards: question, yes/no, outcome, condition, tip. Words come from the library, looks from `design`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.flow.assessment import OfferedTip, WithheldTip
from bot.flow.commands import TOPIC
from bot.flow.matching import OTHER, MatchedCondition
from bot.flow.schema import NOT_COUNTED
from bot.library.fields import Link
from bot.library.library import Library
from bot.library.schema import Condition, Outcome, Tip
from bot.line import design
from bot.line.flex import (
    Part,
    bubble,
    button,
    column,
    heading,
    link,
    points,
    postback,
    quiet,
    row,
    separator,
    text,
    uri,
)
from bot.line.postback import command_data

_MOST_REASONS = 3
_MOST_ANSWERS = 5
_URGENT = ("emergency_now", "same_day")
_NOT_LISTED = (*NOT_COUNTED, "known_knee_disease")
"""Age and sex are no features, and that somebody has the condition is none of it."""


def details_action(library: Library, topic: str, name: str) -> Part:
    """An action that explains a topic."""
    label = library.message("details_button")
    return postback(label, command_data(f"{TOPIC}{topic}"), f"{name} {label}")


def notice_card(library: Library, content: str, links: Sequence[Link]) -> Part:
    """Emergency guidance outside an outcome."""
    colour = design.URGENCY["emergency_now"]
    outcome = library.outcomes["emergency_now"]
    return bubble(
        [text(content)], _band(outcome, colour), [button(uri(link.label, link.uri), colour) for link in links]
    )


def outcome_card(library: Library, urgency: str, rules: Sequence[str]) -> Part:
    """How urgent, whom to see, what to do until then, and what would make it more urgent.

    Whom to call stands before all explanation: nobody in need scrolls.

    Args:
        rules: ids of those that decided how urgent it is.
    """
    outcome = library.outcomes[urgency]
    colour = design.URGENCY[urgency]
    say = library.message
    body = [
        text(outcome.headline, size=design.TITLE, weight="bold"),
        *(button(uri(item.label, item.uri), colour) for item in outcome.links),
        heading(say("when_title")),
        text(outcome.when),
        heading(say("where_title")),
        text(outcome.where),
        *_reasons(library, rules),
        separator(),
        heading(say("do_now_title")),
        *points(outcome.do_now),
        column(
            [heading(say("safety_net_title"), margin="none"), *points(outcome.safety_net)],
            backgroundColor=design.TINT,
            cornerRadius=design.CORNER,
            paddingAll="12px",
            margin="lg",
        ),
        quiet(say("not_a_diagnosis"), margin="lg"),
    ]
    return bubble(body, _band(outcome, colour))


def condition_card(library: Library, match: MatchedCondition) -> Part:
    """One condition in short, with the answers that share its features."""
    condition = library.conditions[match.id]
    body = [*_title(condition.name, condition.reading), text(condition.summary, margin=design.GAP)]
    if match.rule:
        body.append(quiet(library.message("named_by_rule"), margin=design.GAP))
    if match.shared:
        shared = [library.reads(reference) for reference in match.shared[:_MOST_ANSWERS]]
        body += [heading(library.message("matched_title")), *points(shared)]
    body += [heading(library.message("department_title")), text(condition.department)]
    body.append(quiet(library.message("no_conditions" if match.id == OTHER else "conditions_intro"), margin="lg"))
    return bubble(body, footer=[link(details_action(library, f"condition.{match.id}", condition.name))])


def condition_details(library: Library, condition: Condition, features: Sequence[str], urgency: str) -> Part:
    """Everything about one condition. Where it may be urgent, the signs and the call stand before all explanation.

    Args:
        features: references of findings that are published features of it.
        urgency: how soon it is seen when it is there.
    """
    say = library.message
    sections = (
        ("what_it_is_title", condition.what_it_is),
        ("when_it_hurts_title", condition.when_it_hurts),
        ("course_title", condition.course),
        ("department_title", condition.department),
        ("examination_title", condition.examination),
        ("until_then_title", condition.until_then),
    )
    explained = [part for title, content in sections for part in (heading(say(title)), text(content))]
    shown = [library.reads(reference) for reference in features if not reference.startswith(_NOT_LISTED)]
    if shown:
        explained += [heading(say("features_title")), *points(shown)]
    hurry = [heading(say("hurry_title"), color=design.URGENCY["emergency_now"]), *points(condition.hurry_when)]
    is_urgent = urgency in _URGENT
    sources = say("named_value", name=say("sources_title"), value=library.listed(s.title for s in condition.sources))
    body = [
        *_title(condition.name, condition.reading),
        *(hurry + explained if is_urgent else explained + hurry),
        separator(),
        quiet(sources, size="xs", margin=design.GAP),
        quiet(say("not_a_diagnosis"), size="xs", margin="sm"),
    ]
    colour = design.URGENCY["emergency_now"]
    calls = [button(uri(item.label, item.uri), colour) for item in library.outcomes["emergency_now"].links]
    return bubble(body, footer=calls if is_urgent else ())


def other_tips_card(library: Library, more: Sequence[OfferedTip], withheld: Sequence[WithheldTip]) -> Part:
    """The card after the tips: further ones, and those that are withheld for these answers and why."""
    body: list[Part] = []
    if more:
        rows = [
            row(library.tips[tip.id].name, details_action(library, f"tip.{tip.id}", library.tips[tip.id].name))
            for tip in more
        ]
        body += [text(library.message("more_tips_title"), size=design.TITLE, weight="bold"), column(rows)]
    if withheld:
        body.append(text(library.message("withheld_title"), size=design.TITLE, weight="bold", margin="lg"))
    for tip in withheld:
        words = library.tips[tip.id]
        reasons = quiet(_why_withheld(library, tip), margin="sm")
        body += [text(words.name, weight="bold", margin="lg"), text(words.withheld), reasons]
    return bubble(body or [quiet(library.message("not_a_diagnosis"))])


def tip_card(library: Library, tip: Tip, offered: OfferedTip) -> Part:
    """One tip: the steps, how long, and when to stop."""
    say = library.message
    body = [text(tip.name, size=design.TITLE, weight="bold"), text(tip.summary, margin="sm")]
    if not offered.caution:
        body.append(quiet(say("self_care_intro"), margin="sm"))
    body.append(heading(say("steps_title")))
    body += [text(f"{i}. {step}", margin="sm") for i, step in enumerate(tip.steps, start=1)]
    body += [heading(say("how_long_title")), text(tip.how_long)]
    if offered.caution and tip.caution:
        body += [heading(say("self_care_caution_title"), color=design.URGENCY["same_day"]), text(tip.caution)]
    return bubble([*body, heading(say("stop_title")), *points(tip.stop_when)])


def choices_card(title: Sequence[Part], rows: Sequence[Part], columns: int = 1) -> Part:
    """A question with its options as rows to tap, or as a grid of small cells."""
    if columns == 1:
        return bubble([*title, column(rows, margin="lg")])
    lines = [rows[i : i + columns] for i in range(0, len(rows), columns)]
    grid = [
        {"type": "box", "layout": "horizontal", "spacing": "sm", "contents": [{**cell, "flex": 1} for cell in line]}
        for line in lines
    ]
    return bubble([*title, column(grid, margin="lg")])


def option_row(label: str, number: int | None, data: str, selected: bool = False) -> Part:
    """One option; the number is what a patient may type instead."""
    mark = "✓ " if selected else ""
    shown = f"{mark}{number}. {label}" if number is not None else f"{mark}{label}"
    return row(shown, postback(label, data), selected)


def _band(outcome: Outcome, colour: str) -> Part:
    name = text(f"{outcome.symbol} {outcome.name}", size="xl", weight="bold", color=design.WHITE)
    return column([name], backgroundColor=colour, paddingAll=design.PADDING)


def _title(name: str, reading: str) -> list[Part]:
    return [text(name, size=design.TITLE, weight="bold"), quiet(reading)]


def _reasons(library: Library, rules: Sequence[str]) -> list[Part]:
    lines = [library.rules[id] for id in rules[:_MOST_REASONS]]
    return [heading(library.message("reasons_title")), *points(lines)] if lines else []


def _why_withheld(library: Library, tip: WithheldTip) -> str:
    reasons = tuple(dict.fromkeys(_reason(library, reference) for reference in tip.reasons))
    said = library.listed(reasons[:_MOST_ANSWERS])
    return library.message(
        "withheld_because" if len(reasons) <= _MOST_ANSWERS else "withheld_because_among_others", reasons=said
    )


def _reason(library: Library, reference: str) -> str:
    kind, _, rest = reference.partition(".")
    if kind == "unanswered":
        return library.message("unanswered_reason")
    if kind == "urgency":
        return library.message("urgency_reason")
    return library.reads(f"{kind}.{rest}" if rest else kind)
