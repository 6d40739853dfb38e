"""Every message that can be produced is one that LINE takes."""

from __future__ import annotations

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.schema import URGENCIES
from bot.line.cards import condition_card, condition_details, tip_card
from bot.line.flex import Part, message
from bot.simulator.limits import message_problems
from tests.line.reading import lost_by_sdk, quick_replies
from tests.line.samples import CONVERSATION, assessment, matched, triples

MOST_MESSAGES = 5


def test_every_message_is_within_every_hard_limit(rendered: dict[str, list[Part]]) -> None:
    problems = {name: message_problems(messages) for name, messages in rendered.items()}
    assert {name: found for name, found in problems.items() if found} == {}


def test_every_effect_leads_to_one_to_five_messages(rendered: dict[str, list[Part]]) -> None:
    counts = {name: len(messages) for name, messages in rendered.items()}
    assert {name: count for name, count in counts.items() if not 1 <= count <= MOST_MESSAGES} == {}


def test_the_sdk_knows_every_property_of_every_message(rendered: dict[str, list[Part]]) -> None:
    # Each distinct message once: the SDK takes milliseconds for one.
    distinct = {repr(part): part for messages in rendered.values() for part in messages}
    lost = [path for part in distinct.values() for path in lost_by_sdk(part)]
    assert lost == []


def test_the_check_would_notice_a_property_that_line_does_not_know() -> None:
    card = message(
        "alt", {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [], "wrp": True}}
    )
    assert lost_by_sdk(card) == [".contents.body.wrp"]
    assert message_problems([card])


def test_each_triple_of_conditions_fits(desk: Desk) -> None:
    effects = (do.Finish(assessment(desk, "soon_2w", conditions=ids)) for ids in triples(desk))
    carousels = (desk.renderer.render(CONVERSATION, (effect,))[1] for effect in effects)
    assert [problems for carousel in carousels if (problems := message_problems([carousel]))] == []


def test_the_sdk_knows_every_property_of_every_card_on_its_own(desk: Desk) -> None:
    library = desk.library
    cards = [condition_card(library, matched(desk, id)) for id in library.conditions]
    cards += [condition_details(library, condition) for condition in library.conditions.values()]
    for level in URGENCIES:
        cards += [tip_card(library, library.tips[tip.id], tip) for tip in assessment(desk, level).tips]
    assert [path for card in cards for path in lost_by_sdk(message("alt", card))] == []


def test_nothing_is_dropped_to_stay_within_five_messages(desk: Desk) -> None:
    words = (do.Show("greeting_short"), do.Show("answers_expired"), do.Show("questions_changed"))
    messages = desk.renderer.render(CONVERSATION, (*words, do.Finish(assessment(desk, "soon_2w"))))
    assert [part["type"] for part in messages] == ["text", "flex", "flex", "flex", "flex"]


def test_quick_replies_hang_below_the_last_message_only(rendered: dict[str, list[Part]]) -> None:
    # LINE shows those of the last message only.
    earlier = {name: [m for m in messages[:-1] if "quickReply" in m] for name, messages in rendered.items()}
    assert {name: found for name, found in earlier.items() if found} == {}


def test_quick_replies_are_never_the_only_way(desk: Desk, rendered: dict[str, list[Part]]) -> None:
    # LINE for PC does not show them: whatever they run can also be typed.
    offered = {action["data"] for messages in rendered.values() for action in quick_replies(messages[-1])}
    commands = {data.partition("|")[2] for data in offered}
    assert commands
    assert commands <= set(desk.vocabulary.commands.values())
