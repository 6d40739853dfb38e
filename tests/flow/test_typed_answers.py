"""Typed answers are as good as taps."""

from __future__ import annotations

import pytest
from support.patient import Patient

from bot.desk import Desk
from bot.flow.conversation import AnswerValue


def answered(desk: Desk, question: str, text: str, **before: str) -> AnswerValue | None:
    """What a text typed at a question is kept as; None when it is not understood."""
    answer = Patient(desk).goes_to(question, **before).say(text).conversation.answers.get(question)
    return answer.value if answer else None


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "２",
        "②",
        "二",
        "2番",
        "２番です",
        "二番",
        "2番でお願いします",
        "2にします",
        "2かな",
        " 2 ",
        "2。",
        "「2」",
        "2かも",
    ],
)
def test_the_number_of_an_option(desk: Desk, text: str) -> None:
    assert answered(desk, "onset", text) == "twist_or_fall"


@pytest.mark.parametrize("text", ["0", "7", "99", "2番目の3", "マイナス2", "番", "百"])
def test_a_number_that_no_option_has_is_not_understood(desk: Desk, text: str) -> None:
    assert answered(desk, "onset", text) is None


def test_the_number_of_unsure(desk: Desk) -> None:
    assert answered(desk, "onset", "6") == "unknown"


@pytest.mark.parametrize(
    ("question", "text", "option"),
    [
        ("onset", "だんだん痛くなった", "gradual"),
        ("onset", "徐々に", "gradual"),
        ("onset", "転んだ。", "twist_or_fall"),
        ("onset", "コロンダ", "twist_or_fall"),
        ("onset", "ひ ね っ た", "twist_or_fall"),
        ("laterality", "片足", "one_leg"),
        ("laterality", "両足です", "both_legs"),
        ("duration", "昨日から", "h48"),
        ("duration", "半年", "m3p"),
        ("age_band", "60代", "a60_74"),
        ("age_band", "６７歳", "a60_74"),
        ("age_band", "67", "a60_74"),
        ("stiffness", "こわばらない", "none"),
        ("stiffness", "ない", "none"),
    ],
)
def test_a_label_or_a_synonym(desk: Desk, question: str, text: str, option: str) -> None:
    assert answered(desk, question, text) == option


@pytest.mark.parametrize("text", ["はい", "ハイ", "はい。", "うん", "そうです", "あります", "YES", "ｙｅｓ", "1"])
def test_yes(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("overuse", leg_danger="tense_calf_severe_pain").say(text)
    patient.expect_outcome("emergency_now", rules=["E7"])


@pytest.mark.parametrize("text", ["いいえ", "イイエ", "いいえ。", "ない", "ありません", "ちがいます", "no", "2"])
def test_no(desk: Desk, text: str) -> None:
    assert answered(desk, "overuse", text, leg_danger="tense_calf_severe_pain") == "no"


@pytest.mark.parametrize("text", ["わからない", "分かりません", "よくわからない", "わからん", "不明", "忘れました"])
@pytest.mark.parametrize("question", ["onset", "skin", "pain"])
def test_unsure(desk: Desk, question: str, text: str) -> None:
    assert answered(desk, question, text) == "unknown"


def test_where_unsure_is_not_offered_it_is_not_understood(desk: Desk) -> None:
    assert answered(desk, "age_band", "わからない") is None


# Lists


@pytest.mark.parametrize(
    "text", ["どれもない", "ない", "なし", "特にありません", "いいえ", "大丈夫です", "ありません。"]
)
def test_none_of_a_list(desk: Desk, text: str) -> None:
    assert answered(desk, "whole_body", text) == ()


def test_none_of_a_list_by_its_number(desk: Desk) -> None:
    number = 1 + Patient(desk).goes_to("whole_body").ask.options.index("none")
    assert answered(desk, "whole_body", str(number)) == ()


def test_a_list_may_have_its_own_word_for_none(desk: Desk) -> None:
    assert answered(desk, "swelling", "腫れていない") == ()


@pytest.mark.parametrize("text", ["5", "押すと痛い", "ふくらはぎを押すと痛い", "五番です"])
def test_one_option_is_ticked_and_the_list_stays_open(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("whole_body").say(text).expect_question("whole_body")
    assert patient.ask.selected == ("calf_tender",)


@pytest.mark.parametrize("text", ["以上", "以上です", "ない", "もうないです", "次へ", "done"])
def test_a_list_with_something_ticked_is_closed_in_words(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("veins_visible").say(text).expect_past("whole_body")
    assert patient.conversation.answers["whole_body"].value == ("veins_visible",)


@pytest.mark.parametrize(
    "text", ["5と6", "5 6", "5,6", "５、６", "5・6", "五と六", "5番と6番", "ふくらはぎが痛い、6", "5\n6", "6 5"]
)
def test_several_options_in_one_message_are_the_whole_list(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("whole_body").say(text).expect_past("whole_body")
    assert set(patient.conversation.answers["whole_body"].value) == {"calf_tender", "veins_visible"}


def test_a_label_that_holds_an_and_can_stand_among_several_options(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").say("押すと痛い、血管が浮いている").expect_past("whole_body")
    assert set(patient.conversation.answers["whole_body"].value) == {"calf_tender", "veins_visible"}


@pytest.mark.parametrize("text", ["5と9", "5、カレー", "5とない", "6、わからない"])
def test_several_options_of_which_one_is_not_understood_are_not_taken(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("whole_body").say(text).expect_question("whole_body")
    assert patient.ask.selected == ()


def test_several_options_add_to_what_is_ticked(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("calf_tender").say("3と6").expect_past("whole_body")
    assert set(patient.conversation.answers["whole_body"].value) == {"calf_tender", "warmth", "veins_visible"}


def test_several_options_with_an_emergency_are_one(desk: Desk) -> None:
    Patient(desk).goes_to("chest").say("1と2").expect_outcome("emergency_now", rules=["E1"])


def test_unsure_is_gone_once_something_is_ticked(desk: Desk) -> None:
    patient = Patient(desk).goes_to("whole_body").tap("calf_tender").say("わからない").expect_question("whole_body")
    assert patient.ask.selected == ("calf_tender",)


# Numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("7", 7),
        ("７", 7),
        ("七", 7),
        ("十", 10),
        ("10", 10),
        ("7点", 7),
        ("7くらい", 7),
        ("７ぐらいです", 7),
        ("7です", 7),
        ("3程度", 3),
        ("8だと思います", 8),
        ("零", 0),
    ],
)
def test_a_number(desk: Desk, text: str, value: int) -> None:
    assert answered(desk, "pain", text) == value


@pytest.mark.parametrize("text", ["11", "99", "十一", "二十", "9999"])
def test_a_number_out_of_range_says_so(desk: Desk, text: str) -> None:
    patient = Patient(desk).goes_to("pain").say(text)
    patient.expect_shown("number_out_of_range").expect_question("pain")
    assert patient.effects[0].values == {"minimum": 0, "maximum": 10}  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["とても痛い", "百", "99999999999", "7点8点", "五六七"])
def test_what_is_no_number_is_not_understood(desk: Desk, text: str) -> None:
    Patient(desk).goes_to("pain").say(text).expect_shown("reprompt_first").expect_question("pain")


@pytest.mark.parametrize("text", ["0.5", "2.5", "1.0", "3〜4", "3-4", "3、4"])
def test_a_number_is_never_made_of_the_digits_of_two(desk: Desk, text: str) -> None:
    # Not understood is right, a neighbour too: 0.5 is not 5 and 1.0 is not 10.
    assert answered(desk, "pain", text) in (None, *{"0.5": (0, 1), "1.0": (1,)}.get(text, (2, 3, 4)))


# Whatever is typed


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000",
        "\x00",
        "\ud800",
        "😀",
        "ー",
        "。",
        "1" * 6000,
        "と" * 3000,
        "{minimum}",
        "%s",
        "|",
        "answer|a|b|c",
    ],
)
@pytest.mark.parametrize("question", ["consent", "chest", "onset", "swelling", "pain"])
def test_nothing_typed_is_too_strange(desk: Desk, question: str, text: str) -> None:
    patient = Patient(desk).goes_to(question)
    before = patient.conversation.answers
    patient.say(text).expect_question(question)
    assert patient.conversation.answers == before


def test_no_word_for_yes_no_unsure_none_or_done_is_a_command(desk: Desk) -> None:
    words = desk.vocabulary
    for meaning in (words.yes, words.no, words.unsure, words.none, words.done):
        assert meaning.isdisjoint(words.commands)
    assert words.yes.isdisjoint(words.no)
    assert words.unsure.isdisjoint(words.yes | words.no | words.none | words.done)


def test_hesitating_is_no_yes(desk: Desk) -> None:
    patient = Patient(desk).goes_to("age_band").tap_old("onset", "twist_or_fall").say("うーん")
    assert patient.conversation.answers["onset"].value == "gradual"


@pytest.mark.parametrize(
    ("question", "text", "option"),
    [
        ("laterality", "片足です", "one_leg"),
        ("laterality", "片足なんです", "one_leg"),
        ("laterality", "両足ですね", "both_legs"),
    ],
)
def test_a_polite_ending_changes_nothing(desk: Desk, question: str, text: str, option: str) -> None:
    patient = Patient(desk).goes_to(question).say(text)
    assert patient.conversation.answers[question].value == option


def test_a_negation_is_no_polite_ending(desk: Desk) -> None:
    patient = Patient(desk).goes_to("laterality").say("片足ではないです")
    assert "laterality" not in patient.conversation.answers
