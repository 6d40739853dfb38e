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
    badge,
    bubble,
    button,
    column,
    fine,
    line_of,
    no_badge,
    panel,
    paragraphs,
    points,
    postback,
    progress_bar,
    quiet,
    row,
    rows,
    second_button,
    section,
    separator,
    steps,
    text,
    title,
    titled_panel,
    uri,
    warning,
)
from bot.line.postback import command_data

_FOLLOW_UP = "follow_up_on"
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
    """Emergency guidance outside an outcome: the call, then what to say."""
    outcome = library.outcomes["emergency_now"]
    calls = ways(links, design.LEVELS["emergency_now"], margin="none")
    return bubble(
        [calls, column([paragraphs(content)], margin=design.SECTION)], _band(library, outcome, "emergency_now")
    )


def outcome_card(
    library: Library, urgency: str, rules: Sequence[str], memo: str | None = None, follow_up: bool = False
) -> Part:
    """How urgent, the one thing to do now, why, whom to see, what to do until then, and what would make it more urgent.

    How soon and whom to call stand before all explanation: nobody in need scrolls.

    Args:
        rules: ids of those that decided how urgent it is.
        memo: address of the memo for the doctor.
        follow_up: whether the patient may wish to be asked how it went.
    """
    outcome = library.outcomes[urgency]
    level = design.LEVELS[urgency]
    say = library.message
    first = text(outcome.when, size=design.LEAD, weight="bold")
    body = [
        title(outcome.headline),
        titled_panel(say("when_title"), first, colour=level.colour, background=level.tint),
        *([ways(outcome.links, level)] if outcome.links else []),
        *_reasons(library, rules),
        *section(say("where_title"), paragraphs(outcome.where)),
        *section(say("do_now_title"), points(outcome.do_now)),
        warning(say("safety_net_title"), outcome.safety_net),
        fine(say("not_a_diagnosis")),
    ]
    footer = [second_button(uri(say("memo_button"), memo))] if memo else []
    if follow_up:
        footer.append(second_button(postback(library.commands[_FOLLOW_UP].label, command_data(_FOLLOW_UP))))
    return bubble(body, _band(library, outcome, urgency), footer)


def condition_card(library: Library, match: MatchedCondition) -> Part:
    """One condition in short, with the answers that share its features."""
    condition = library.conditions[match.id]
    body = [*named(condition.name, condition.reading), text(condition.summary, margin=design.GAP)]
    if match.rule:
        body.append(text(library.message("named_by_rule"), weight="bold", margin=design.GAP))
    if match.shared:
        shared = [library.reads(reference) for reference in match.shared[:_MOST_ANSWERS]]
        body.append(titled_panel(library.message("matched_title"), points(shared, design.CHECK)))
    body += section(library.message("department_title"), text(condition.department))
    body.append(fine(library.message("no_conditions" if match.id == OTHER else "conditions_intro")))
    return bubble(body, footer=[second_button(details_action(library, f"condition.{match.id}", condition.name))])


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
    explained = [part for name, content in sections for part in section(say(name), text(content))]
    shown = [library.reads(reference) for reference in features if not reference.startswith(_NOT_LISTED)]
    if shown:
        explained += section(say("features_title"), points(shown))
    hurry = [warning(say("hurry_title"), condition.hurry_when)]
    if urgency in _URGENT:
        hurry.append(ways(library.outcomes["emergency_now"].links, design.LEVELS["emergency_now"]))
    sources = say("named_value", name=say("sources_title"), value=library.listed(s.title for s in condition.sources))
    body = [
        *named(condition.name, condition.reading),
        *(hurry + explained if urgency in _URGENT else explained + hurry),
        separator(),
        fine(sources),
        fine(say("not_a_diagnosis")),
    ]
    return bubble(body)


def other_tips_card(library: Library, more: Sequence[OfferedTip], withheld: Sequence[WithheldTip]) -> Part:
    """The card after the tips: further ones, and those that are withheld for these answers and why."""
    body: list[Part] = []
    if more:
        names = {tip.id: library.tips[tip.id].name for tip in more}
        listed = [lead_on(name, details_action(library, f"tip.{id}", name)) for id, name in names.items()]
        body += [title(library.message("more_tips_title")), rows(listed, margin=design.GAP)]
    if withheld:
        body.append(title(library.message("withheld_title"), **({"margin": design.SECTION} if more else {})))
    for tip in withheld:
        words = library.tips[tip.id]
        reasons = quiet(_why_withheld(library, tip), margin="4px")
        body.append(panel([text(words.name, weight="bold"), text(words.withheld), reasons], margin=design.GAP))
    return bubble(body or [quiet(library.message("not_a_diagnosis"))])


def tip_card(library: Library, tip: Tip, offered: OfferedTip, drawing: Part | None = None) -> Part:
    """One tip: the drawing, the steps, how long, and when to stop."""
    say = library.message
    body = [title(tip.name), text(tip.summary, margin=design.CLOSE)]
    if not offered.caution:
        body.append(quiet(say("self_care_intro"), margin=design.GAP))
    body += section(say("steps_title"), steps(tip.steps))
    body.append(titled_panel(say("how_long_title"), text(tip.how_long)))
    if offered.caution and tip.caution:
        looks = {"colour": design.CAUTION, "background": design.CAUTION_TINT, "margin": design.GAP}
        body.append(titled_panel(say("self_care_caution_title"), text(tip.caution), **looks))
    body.append(warning(say("stop_title"), tip.stop_when, margin=design.GAP))
    return bubble(body, hero=drawing)


def question_head(library: Library, percent: int, count: int, wording: str, notes: Sequence[str]) -> list[Part]:
    """How far one is, the question, and what to know for the answer.

    Args:
        percent: of the questions that are answered.
        count: about how many are left, this one included.
    """
    noted = [column([paragraphs(note, quiet)], margin=design.CLOSE) for note in notes]
    left = quiet(library.message("progress", count=count))
    return [left, progress_bar(percent), title(wording, margin=design.GAP), *noted]


def choices_card(head: Sequence[Part], options: Sequence[Part], picture: Part | None = None) -> Part:
    """A question with its options.

    Args:
        picture: stands between the question and its options.
    """
    if picture:
        return bubble([rows(options, margin="none")], column(head, paddingAll=design.PADDING), hero=picture)
    return bubble([*head, rows(options)])


def grid(cells: Sequence[Part], columns: int) -> list[Part]:
    """Cells of the same width, line by line."""
    lines = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return [
        line_of(*line, *([column([], paddingAll=design.INNER)] * (columns - len(line))), spacing="8px")
        for line in lines
    ]


def option_row(label: str, mark: str | int | None, data: str, selected: bool = False, is_last: bool = False) -> Part:
    """One option.

    Args:
        mark: number or letter that a patient may type instead; empty to leave its place free.
        selected: whether it is ticked.
        is_last: it ends a list, and stands out from its options.
    """
    action = postback(label, data)
    weight = "bold" if selected or is_last else "regular"
    words = text(label, size=design.LEAD, weight=weight, color=design.WHITE if is_last else design.INK)
    parts = [words] if mark is None else [_mark(str(mark), selected, is_last), words]
    if selected:
        parts.append(text(design.CHECK, size=design.NAME_SIZE, weight="bold", color=design.ACCENT, flex=0))
    looks = {"backgroundColor": design.ACCENT, "borderColor": design.ACCENT} if is_last else {}
    room = {} if mark is not None else {"paddingAll": design.INNER}
    return row(parts, action, selected, **looks, **room)


def number_cell(label: str, data: str) -> Part:
    """One number of a scale."""
    return row([text(label, size=design.TITLE, align="center")], postback(label, data), paddingAll=design.INNER)


def lead_on(name: str, action: Part, summary: str = "") -> Part:
    """A row that opens something else."""
    words = text(name, weight="bold")
    arrow = text(design.LEADS_ON, size=design.NAME_SIZE, color=design.ACCENT, flex=0)
    return row([column([words, quiet(summary)]) if summary else words, arrow], action)


def named(name: str, reading: str) -> list[Part]:
    """What something is called, and how that is read."""
    return [title(name), quiet(reading, margin="2px")]


def ways(links: Sequence[Link], level: design.Level, margin: str = design.GAP) -> Part:
    """Whom to call or where to look: the first one stands out."""
    first, *others = (uri(item.label, item.uri) for item in links)
    seconds = (second_button(action, level.tint) for action in others)
    return column([button(first, level.colour), *seconds], spacing="8px", margin=margin)


def _mark(mark: str, selected: bool, is_last: bool) -> Part:
    if not mark:
        return no_badge()
    # Letters look as in the drawing.
    if selected or mark.isalpha():
        return badge(mark, design.WHITE, design.ACCENT)
    return badge(mark, design.ACCENT, design.WHITE if is_last else design.TINT)


def _band(library: Library, outcome: Outcome, urgency: str) -> Part:
    level = design.LEVELS[urgency]
    words = [
        text(library.message("outcome_title"), size=design.SMALL, color=level.band_ink),
        text(outcome.name, size=design.NAME_SIZE, weight="bold", color=level.band_ink),
    ]
    symbol = text(outcome.symbol, size="34px", color=level.band_ink, flex=0)
    return line_of(
        symbol,
        column(words),
        backgroundColor=level.band,
        paddingAll=design.PADDING,
        spacing=design.GAP,
        alignItems="center",
    )


def _reasons(library: Library, rules: Sequence[str]) -> list[Part]:
    lines = [library.rules[id] for id in rules[:_MOST_REASONS]]
    return section(library.message("reasons_title"), points(lines)) if lines else []


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
