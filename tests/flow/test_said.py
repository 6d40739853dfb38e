"""What a patient writes in free words: taken over, told back, not asked again, and taken back."""

from __future__ import annotations

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.conversation import Answer, Conversation, from_data, to_data
from bot.flow.effects import Emergency, ExplainTopic, HandOver, News, Show, TellInLanguage

STORY = "昨日から左の膝の裏が、階段でズキズキ痛みます。72歳です"


def shown(patient: Patient) -> list[str]:
    return [effect.message for effect in patient.effects if isinstance(effect, (Show, Emergency))]


def test_a_story_is_taken_over_and_told_back(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say(STORY)
    assert "noted" in shown(patient)
    patient.expect_question("onset")
    assert {"duration.h48", "laterality.one_leg", "age_band.a60_74"} <= set(patient.conversation.volunteered)


def test_what_a_story_names_besides_its_question_is_not_explained(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("階段を下りる時がつらいです。どうしたらよいでしょうか")
    assert "noted" in shown(patient)
    explained = [effect.topic for effect in patient.effects if isinstance(effect, ExplainTopic)]
    assert explained == ["list.tips"]


def test_who_tells_what_settles_nothing_is_heard(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("膝の裏が痛いけど、腫れてはいません")
    assert "heard" in shown(patient)
    patient.expect_question("onset")


def test_what_was_said_is_not_asked_again(desk: Desk) -> None:
    asked_without = questions_of(Patient(desk).goes_to("onset"))
    asked_with = questions_of(Patient(desk).goes_to("onset").say(STORY))
    assert {"duration", "age_band"} <= asked_without
    assert not {"duration", "age_band"} & asked_with


def questions_of(patient: Patient) -> set[str]:
    """The questions that somebody is asked from here on who has nothing more to report."""
    return set(patient.finishes().conversation.answers)


def test_a_story_before_consent_is_held_until_the_patient_agrees(desk: Desk) -> None:
    patient = Patient(desk).say(STORY).expect_question("consent")
    assert patient.conversation.volunteered
    patient.tap("agree")
    assert "age_band.a60_74" in patient.conversation.volunteered


def test_and_forgotten_when_the_patient_does_not(desk: Desk) -> None:
    patient = Patient(desk).say(STORY).tap("decline")
    assert patient.conversation.volunteered == ()
    assert patient.conversation.last_said == ()


def test_what_was_misread_is_taken_back(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say(STORY).say("訂正")
    assert "taken_back" in shown(patient)
    assert patient.conversation.volunteered == ()
    patient.expect_question("onset")


def test_only_the_last_message_is_taken_back(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("72歳です").say("左の膝です").say("訂正")
    assert patient.conversation.volunteered == ("age_band.a60_74",)


def test_an_answer_after_it_goes_back_first(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("72歳です").tap("gradual").command("back")
    assert "went_back" in shown(patient)
    assert patient.conversation.volunteered == ("age_band.a60_74",)


def test_a_danger_sign_that_is_denied_in_words_is_confirmed_once(desk: Desk) -> None:
    patient = Patient(desk).goes_to("chest").say("胸は苦しくないです。72歳です")
    assert patient.expect_confirm().subject == "chest_pain"
    assert "age_band.a60_74" in patient.conversation.volunteered
    patient.say("いいえ").expect_question("chest")
    assert "chest_pain" not in patient.conversation.volunteered


def test_a_denial_settles_what_is_no_danger_and_nothing_that_is(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("膝がガクッと抜けることはないし、熱もないです")
    assert "giving_way:-" in patient.conversation.volunteered
    assert not any(reference.startswith("fever_chills") for reference in patient.conversation.volunteered)


def test_a_list_that_words_brought_up_is_ticked_when_it_is_asked(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("ふくらはぎがむくんでいます").goes_to("swelling")
    assert patient.conversation.selected == ("calf",)


def test_what_makes_an_outcome_more_urgent_is_taken_after_it(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch")
    patient.say("昨日から、ふくらはぎがパンパンに腫れて、押すと痛いです")
    assert "swelling_kind.calf" in patient.conversation.volunteered


def test_and_nothing_else(desk: Desk) -> None:
    patient = Patient(desk).finishes().expect_outcome("self_care_watch").say("72歳の女です")
    assert patient.conversation.volunteered == ()


def test_signs_of_somebody_else_are_asked_for(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("母の膝の裏が腫れています")
    assert "about_others" in shown(patient)
    assert patient.conversation.volunteered == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("不安で眠れなくて泣いています", "distress"),
        ("死にたいです", "crisis_suicide"),
        ("痛み止めを全部飲んでしまいました", "crisis_overdose"),
        ("私のデータを消してほしい", "how_to_delete"),
        ("この役立たず", "calm_answer"),
        ("膝の裏が痛いんです", "heard"),
    ],
)
def test_every_kind_of_message_has_a_fitting_answer(desk: Desk, text: str, message: str) -> None:
    assert message in shown(Patient(desk).say(text))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("保険はきくのでしょうか", "answer.cost"),
        ("土曜日は先生いらっしゃいますか", "answer.opening_hours"),
        ("どんな冊子がありますか", "list.guidebooks"),
    ],
)
def test_a_question_leads_to_its_topic_and_back(desk: Desk, text: str, topic: str) -> None:
    patient = Patient(desk).goes_to("onset").say(text).expect_question("onset")
    assert [effect.topic for effect in patient.effects if isinstance(effect, ExplainTopic)] == [topic]


def test_a_question_with_findings_answers_both(desk: Desk) -> None:
    patient = Patient(desk).goes_to("onset").say("左の膝裏が昨日から痛いです。費用はいくらですか")
    assert "noted" in shown(patient)
    assert any(isinstance(effect, ExplainTopic) for effect in patient.effects)


def test_no_more_messages_and_a_person(desk: Desk) -> None:
    assert News(agreed=False) in Patient(desk).goes_to("onset").say("もうお知らせは送ってこないでください").effects
    assert HandOver() in Patient(desk).goes_to("onset").say("機械じゃなくて人と話したいんですが").effects


def test_another_language_is_told_where_help_is(desk: Desk) -> None:
    assert TellInLanguage("ko") in Patient(desk).goes_to("onset").say("예약하고 싶어요").effects
    danger = Patient(desk).goes_to("onset").say("숨을 쉴 수 없어요").effects
    assert danger[0] == TellInLanguage("ko", is_emergency=True)


def test_what_was_said_survives_being_stored(desk: Desk) -> None:
    conversation = Patient(desk).goes_to("onset").say(STORY).conversation
    assert from_data(to_data(conversation)) == conversation


def test_a_conversation_of_an_older_version_is_read(desk: Desk) -> None:
    data = to_data(Patient(desk).goes_to("onset").conversation)
    del data["last_said"]
    restored = from_data(data)
    assert isinstance(restored, Conversation)
    assert restored.last_said == ()
    assert all(isinstance(answer, Answer) for answer in restored.answers.values())


class TestCorrectingInWords:
    """Whoever writes again about the same thing corrects what the message before said."""

    def test_another_time_takes_the_place_of_the_first(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("onset").say("昨日からです").say("違いました、2か月前からです")
        assert patient.conversation.volunteered == ("duration.w6_12",)
        assert shown(patient)[:2] == ["taken_back", "noted"]

    def test_what_is_denied_now_is_taken_back_and_asked_again_when_it_matters(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("onset").say("ふくらはぎが腫れています").say("やっぱり腫れてないです")
        assert "swelling_kind.calf" not in patient.conversation.volunteered
        assert "taken_back" in shown(patient)
        assert "swelling" in questions_of(patient)

    def test_what_was_denied_and_is_there_after_all_counts(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("onset").say("夜は痛くないです").say("いや、夜も痛みます")
        assert "night_pain" in patient.conversation.volunteered

    def test_an_answer_that_was_tapped_stays(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("duration").tap("m3p")
        asked = patient.conversation.answers
        assert patient.say("昨日からです").conversation.answers == asked
        assert "duration.h48" not in patient.conversation.volunteered

    def test_after_an_outcome_nothing_is_taken_back(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("onset").say("昨日からです").finishes()
        said = patient.conversation.volunteered
        assert patient.say("2か月前からです").conversation.volunteered == said
