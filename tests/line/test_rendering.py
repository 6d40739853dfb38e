"""What effects become: questions with their buttons, outcomes that promote nothing where it is urgent."""

from __future__ import annotations

import json

import pytest

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.conversation import Pending
from bot.flow.events import Chose
from bot.flow.schema import URGENCIES
from bot.flow.tapping import confirm_key
from bot.line.browsing import list_rows
from bot.line.flex import Part
from bot.line.plain_text import plain_text
from bot.line.postback import read_postback
from tests.line.reading import actions, parts, quick_replies, uris
from tests.line.samples import CONVERSATION, NOW, all_samples, asks, assessment, longest_conditions, outcomes

URGENT = ("emergency_now", "same_day")
CALL_119 = "tel:119"


def render(desk: Desk, *effects: do.Effect) -> list[Part]:
    return desk.renderer.render(CONVERSATION, effects, NOW)


def taps(card: Part) -> list[object]:
    """The events that the buttons of a card stand for, without the quick replies."""
    data = [action["data"] for action in actions(card["contents"]) if action["type"] == "postback"]
    return [read_postback("E1", given) for given in data]


class TestQuestions:
    def test_every_option_is_a_button_that_carries_conversation_question_and_option(self, desk: Desk) -> None:
        for _, ask in asks(desk):
            (card,) = render(desk, ask)
            assert taps(card) == [Chose("E1", CONVERSATION, ask.question, option) for option in ask.options]

    def test_a_pending_question_carries_what_it_is_about(self, desk: Desk) -> None:
        for pending in (Pending("resume"), Pending("danger", "chest_pain"), Pending("change", "onset", "gradual")):
            (card,) = render(desk, do.Confirm(pending, "gradual" if pending.kind == "change" else None))
            assert taps(card) == [Chose("E1", CONVERSATION, confirm_key(pending), option) for option in ("yes", "no")]

    def test_a_question_offers_its_reason_the_way_back_and_a_person(self, desk: Desk) -> None:
        (card,) = render(desk, do.Ask("onset", ("gradual",)))
        offered = {action["data"] for action in quick_replies(card)}
        assert {"command|why", "command|back", "command|staff"} <= offered

    def test_the_simpler_wording_is_another_one(self, desk: Desk) -> None:
        for question in desk.flow.questions.values():
            normal, simpler = (
                render(desk, do.Ask(question.id, question.options, (), 0, w)) for w in ("normal", "simpler")
            )
            assert normal[0]["altText"] != simpler[0]["altText"], question.id

    def test_selected_options_look_different(self, desk: Desk) -> None:
        options = desk.flow.questions["swelling"].options
        (plain,) = render(desk, do.Ask("swelling", options))
        (marked,) = render(desk, do.Ask("swelling", options, options[:1]))
        boxes = [[box for box in parts(card["contents"]) if "action" in box] for card in (plain, marked)]
        different = [i for i, (one, other) in enumerate(zip(*boxes, strict=True)) if one != other]
        assert different == [0]

    def test_texts_that_follow_each_other_are_one_message(self, desk: Desk) -> None:
        messages = render(desk, do.Show("greeting_short"), do.Show("went_back"), do.Ask("onset", ("gradual",)))
        assert [message["type"] for message in messages] == ["text", "flex"]


class TestOutcomes:
    def test_the_urgent_levels_promote_nothing(self, desk: Desk) -> None:
        own = [
            address
            for clinic in desk.library.clinics.values()
            for address in (clinic.name, clinic.phone, str(clinic.booking.url), str(clinic.map_url))
        ]
        for name, effects in outcomes(desk):
            if any(level in name for level in URGENT):
                shown = json.dumps(render(desk, *effects), ensure_ascii=False)
                assert [address for address in own if address in shown] == [], name

    def test_the_milder_levels_lead_to_the_clinic(self, desk: Desk) -> None:
        clinic = desk.library.clinic
        for level in ("soon_2w", "self_care_watch"):
            links = uris(render(desk, do.Finish(assessment(desk, level))))
            assert {clinic.booking.address(CONVERSATION), str(clinic.map_url), f"tel:{clinic.phone}"} <= set(links)

    def test_the_urgent_levels_offer_no_self_care(self, desk: Desk) -> None:
        tips = {tip.name for tip in desk.library.tips.values()}
        for level in URGENT:
            messages = render(desk, do.Finish(assessment(desk, level, conditions=longest_conditions(desk))))
            assert [part["text"] for part in parts(messages) if part.get("text") in tips] == []

    def test_an_emergency_is_one_message_with_a_call_to_119(self, desk: Desk) -> None:
        messages = render(desk, do.Finish(assessment(desk, "emergency_now", conditions=longest_conditions(desk))))
        assert len(messages) == 1
        assert CALL_119 in uris(messages)

    @pytest.mark.parametrize("id", ["emergency_help", "danger_before_consent"])
    def test_emergency_help_outside_an_outcome_has_the_same_call(self, desk: Desk, id: str) -> None:
        assert CALL_119 in uris(render(desk, do.Emergency(id)))

    def test_each_level_has_its_own_word_and_symbol_beside_its_colour(self, desk: Desk) -> None:
        bands = []
        for level in URGENCIES:
            card = render(desk, do.Finish(assessment(desk, level)))[0]["contents"]
            said = {part["text"] for part in parts(card["header"]) if part.get("type") == "text"}
            assert {desk.library.outcomes[level].symbol, desk.library.outcomes[level].name} <= said
            bands.append((card["header"]["backgroundColor"], frozenset(said)))
        assert len({colour for colour, _ in bands}) == len({word for _, word in bands}) == len(URGENCIES)

    @pytest.mark.parametrize("level", URGENCIES)
    def test_what_to_do_now_stands_before_all_explanation(self, desk: Desk, level: str) -> None:
        card = render(desk, do.Finish(assessment(desk, level, rules=True)))[0]["contents"]
        lines = plain_text({"type": "flex", "contents": card}).splitlines()
        outcome, say = desk.library.outcomes[level], desk.library.message
        calls = [f"[{link.label}] <{link.uri}>" for link in outcome.links]
        explained = [say(title) for title in ("reasons_title", "where_title", "do_now_title", "safety_net_title")]
        shown = [line for line in lines if line in (outcome.when, *calls, *explained)]
        assert shown == [outcome.when, *calls, *(title for title in explained if title in lines)]

    def test_the_rules_of_the_level_are_its_reasons(self, desk: Desk) -> None:
        for level in URGENCIES:
            deciding = {desk.library.rules[rule.id] for rule in desk.flow.rules if rule.urgency == level}
            card = render(desk, do.Finish(assessment(desk, level, rules=True)))[0]
            shown = {part["text"] for part in parts(card["contents"]) if part.get("type") == "text"}
            assert bool(shown & deciding) == bool(deciding)
            assert not shown & (set(desk.library.rules.values()) - deciding)

    def test_every_tip_is_offered_or_withheld_with_its_reason(self, desk: Desk) -> None:
        for tip, words in desk.library.tips.items():
            messages = render(desk, do.Finish(assessment(desk, "self_care_watch", withheld=(tip,))))
            shown = {part["text"] for part in parts(messages) if part.get("type") == "text"}
            assert words.withheld in shown
            assert words.steps[0] not in shown
            others = [other for id, other in desk.library.tips.items() if id != tip]
            assert [other.name for other in others if other.name not in shown] == []

    def test_a_condition_leads_to_its_explanation(self, desk: Desk) -> None:
        conditions = longest_conditions(desk)
        messages = render(desk, do.Finish(assessment(desk, "soon_2w", conditions=conditions)))
        details = [action["data"] for action in actions(messages[1]) if action["type"] == "postback"]
        assert details == [f"command|topic:condition.{id}" for id in conditions]


def test_every_entry_of_the_library_can_be_reached_from_the_menu(desk: Desk) -> None:
    reached: set[str] = set()
    ahead = ["menu"]
    while ahead:
        topic = ahead.pop()
        reached.add(topic)
        messages = render(desk, do.ExplainTopic(topic))
        data = [action["data"] for action in actions(messages) if action["type"] == "postback"]
        found = [given.partition("topic:")[2] for given in data if "topic:" in given]
        ahead += [topic for topic in found if topic not in reached]
    expected = {row.topic for rows in list_rows(desk.library).values() for row in rows}
    if len(desk.library.clinics) == 1:
        # There is nothing to choose from: the menu opens the clinic itself.
        expected -= {f"clinic.{desk.library.clinic_id}"}
    assert expected <= reached


def test_tips_that_these_answers_do_not_allow_are_not_listed(desk: Desk) -> None:
    hidden = frozenset(list(desk.flow.tips)[:2])
    (card,) = render(desk, do.ExplainTopic("list.tips", hidden=hidden))
    listed = [action["data"] for action in actions(card["contents"])]
    assert listed == [f"command|topic:tip.{id}" for id in desk.library.tips if id not in hidden]


def test_a_withheld_tip_is_not_explained(desk: Desk) -> None:
    for id, tip in desk.library.tips.items():
        (message,) = render(desk, do.ExplainTopic(f"tip.{id}", withheld=True))
        assert message["type"] == "text"
        assert tip.steps[0] not in message["text"]


def test_the_samples_hold_every_question_condition_and_tip(desk: Desk) -> None:
    names = " ".join(name for name, _ in all_samples(desk)) + " "
    for id in (*desk.flow.questions, *desk.flow.conditions, *desk.flow.tips):
        assert f"{id} " in names


class TestLookingUpAfterAnUrgentOutcome:
    @pytest.mark.parametrize("level", URGENT)
    def test_the_clinic_books_nothing_and_leads_to_help(self, desk: Desk, level: str) -> None:
        clinic = desk.library.clinic
        links = uris(render(desk, do.ExplainTopic("list.clinics", urgency=level)))
        assert clinic.booking.address(CONVERSATION) not in links
        assert {link.uri for link in desk.library.outcomes[level].links} <= set(links)
        assert f"tel:{clinic.phone}" in links

    def test_a_milder_outcome_leaves_the_booking(self, desk: Desk) -> None:
        links = uris(render(desk, do.ExplainTopic("list.clinics", urgency="soon_2w")))
        assert desk.library.clinic.booking.address(CONVERSATION) in links

    def test_a_condition_that_may_be_urgent_begins_with_the_signs_and_the_call(self, desk: Desk) -> None:
        hurry = desk.library.message("hurry_title")
        for id, condition in desk.flow.conditions.items():
            card = render(desk, do.ExplainTopic(f"condition.{id}"))[0]
            texts = [part["text"] for part in parts(card) if part.get("type") == "text"]
            is_urgent = condition.urgency in URGENT
            assert (texts.index(hurry) < texts.index(desk.library.message("what_it_is_title"))) is is_urgent, id
            assert (CALL_119 in uris([card])) is is_urgent, id

    def test_why_there_is_no_self_care_depends_on_how_far_one_is(self, desk: Desk) -> None:
        everything = frozenset(desk.flow.tips)
        before = render(desk, do.ExplainTopic("list.tips", hidden=everything))
        after = render(desk, do.ExplainTopic("list.tips", hidden=everything, urgency="same_day"))
        assert before[0]["text"] == desk.library.message("tips_after_questions")
        assert after[0]["text"] == desk.library.message("tips_withheld")
