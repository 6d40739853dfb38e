"""The card of a condition leads on to its treatments, its tips and the questions that others ask about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.broken import copy_toy
from support.patient import Patient

from bot.desk import Desk, load_desk
from bot.flow import effects as do
from bot.flow.commands import TOPIC
from bot.line.flex import Part
from bot.line.limits.messages import message_problems
from tests.line.reading import actions, parts

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def toy(tmp_path: Path) -> Desk:
    """A desk where a sprain has a treatment, a tip and an answer, and a clot has none of them."""
    folder = copy_toy(tmp_path)
    return load_desk(folder / "flows", folder / "content")


def explained(desk: Desk, topic: str, hidden: Collection[str] = ()) -> list[Part]:
    messages = desk.renderer.render("C1", (do.ExplainTopic(topic, hidden=frozenset(hidden)),), NOW)
    assert message_problems(messages) == []
    return messages


def leads_to(messages: list[Part]) -> list[str]:
    """The topics that can be tapped."""
    data = [action["data"] for part in messages for action in actions(part["contents"]) if action["type"] == "postback"]
    return [given.partition(TOPIC)[2] for given in data if TOPIC in given]


def says(message: object) -> list[str]:
    return [part["text"] for part in parts(message) if part.get("type") == "text"]


def test_a_condition_leads_to_its_treatments_tips_and_answers(toy: Desk) -> None:
    message = explained(toy, "condition.sprain")
    assert leads_to(message) == ["treatment.bandage", "tip.rest", "answer.parking"]
    assert {"Bandage", "To rest", "Where can I park?"} <= set(says(message))


def test_each_kind_has_a_card_of_its_own_after_the_condition(toy: Desk) -> None:
    details, related = explained(toy, "condition.sprain")
    others = related["contents"]["contents"]
    assert "About sprain" in says(details)
    assert [toy.library.menu[f"list.{kind}"].label for kind in ("treatments", "tips", "answers")] == [
        next(text for text in says(card) if text in ("Treatments", "Tips", "Answers")) for card in others
    ]


def test_a_condition_to_which_nothing_belongs_is_one_card(toy: Desk) -> None:
    (message,) = explained(toy, "condition.clot")
    assert message["contents"]["type"] == "bubble"
    assert leads_to([message]) == []


def test_a_tip_that_is_withheld_is_not_led_to(toy: Desk) -> None:
    message = explained(toy, "condition.sprain", hidden=["rest"])
    assert leads_to(message) == ["treatment.bandage", "answer.parking"]
    assert "To rest" not in says(message)
    assert "Tips" not in says(message)


def test_every_shipped_condition_leads_to_entries_that_are_there(desk: Desk) -> None:
    for id in desk.library.conditions:
        for hidden in ((), tuple(desk.flow.tips)):
            for topic in leads_to(explained(desk, f"condition.{id}", hidden)):
                assert leads_to_something(desk, topic), (id, topic)


def leads_to_something(desk: Desk, topic: str) -> bool:
    """Whether a topic is more than the help that unknown ones get."""
    return explained(desk, topic)[0]["type"] == "flex"


class TestInAConversation:
    """What a patient sees depends on the answers: a tip that they do not allow is not even named."""

    def finished(self, toy: Desk, *swelling: str) -> Patient:
        """Somebody who has answered everything harmlessly, but for a swelling."""
        patient = Patient(toy).follow().tap("agree", "no", *swelling)
        while not patient.conversation.finished:
            patient.tap({"age": "young", "how_strong": 1}.get(str(patient.conversation.asking), "none"))
        return patient

    def led_to(self, patient: Patient) -> list[str]:
        """Where the card of a sprain leads this patient."""
        patient.command("topic:condition.sprain")
        assert patient.reply
        return leads_to([part for part in patient.reply.messages if part["type"] == "flex"])

    def test_finished_answers_that_allow_a_tip_lead_to_it(self, toy: Desk) -> None:
        patient = self.finished(toy, "none").expect_outcome("self_care_watch")
        assert self.led_to(patient) == ["treatment.bandage", "tip.rest", "answer.parking"]

    def test_finished_answers_that_forbid_it_do_not(self, toy: Desk) -> None:
        patient = self.finished(toy, "calf", "done").expect_outcome("same_day")
        assert self.led_to(patient) == ["treatment.bandage", "answer.parking"]

    def test_before_the_end_no_tip_is_led_to(self, toy: Desk) -> None:
        patient = Patient(toy).follow().tap("agree")
        assert self.led_to(patient) == ["treatment.bandage", "answer.parking"]
