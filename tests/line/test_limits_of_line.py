"""Every message that can be produced is one that LINE takes."""

from __future__ import annotations

from dataclasses import replace

from bot.desk import Desk
from bot.flow import effects as do
from bot.line.cards import condition_card
from bot.line.flex import Part, message
from bot.line.limits.messages import message_problems
from tests.line.reading import actions, lost_by_sdk, quick_replies
from tests.line.samples import CONVERSATION, NOW, assessment, longest_conditions, matched

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


def test_the_three_longest_conditions_fit(desk: Desk) -> None:
    # A carousel is as large as its cards, so every other three fit as well.
    effect = do.Finish(assessment(desk, "soon_2w", conditions=longest_conditions(desk)))
    carousel = desk.renderer.render(CONVERSATION, (effect,), NOW)[1]
    assert message_problems([carousel]) == []


def test_the_sdk_knows_every_property_of_every_card_of_a_condition(desk: Desk) -> None:
    cards = [condition_card(desk.library, matched(desk, id)) for id in desk.library.conditions]
    assert [path for card in cards for path in lost_by_sdk(message("alt", card))] == []


def test_nothing_is_dropped_to_stay_within_five_messages(desk: Desk) -> None:
    words = (do.Show("greeting_short"), do.Show("answers_expired"), do.Show("questions_changed"))
    messages = desk.renderer.render(CONVERSATION, (*words, do.Finish(assessment(desk, "soon_2w"))), NOW)
    assert [part["type"] for part in messages] == ["text", "flex", "flex", "flex", "flex"]


def test_a_long_list_has_pages_that_lead_on(desk: Desk) -> None:
    answer = next(iter(desk.library.answers.values()))
    many = {f"a{i}": answer.model_copy(update={"question": f"{answer.question} {i}"}) for i in range(65)}
    renderer = replace(desk.renderer, library=replace(desk.library, answers=many))
    seen: list[str] = []
    for page in (1, 2, 3):
        (part,) = renderer.render(CONVERSATION, (do.ExplainTopic(f"list.answers.{page}"),), NOW)
        assert message_problems([part]) == []
        opened = [action["data"] for action in actions(part["contents"])]
        more = f"command|topic:list.answers.{page + 1}"
        assert (more in opened) == (page < 3)
        seen += [data for data in opened if data != more]
    assert seen == [f"command|topic:answer.a{i}" for i in range(65)]


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
