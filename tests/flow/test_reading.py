"""Messages in free words: what is stated, what is denied, since when, of whom, and what is wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import Desk
from bot.flow.reading.reader import INTENTS, Reading
from bot.flow.understanding import dangers, is_dangerous

MIXED = "膝の裏がピキッとして昨日からふくらはぎパンパン。息は苦しくないです"


def read(desk: Desk, text: str) -> Reading:
    return desk.vocabulary.reader.read(text)


def test_findings_are_taken_with_their_polarity(desk: Desk) -> None:
    reading = read(desk, MIXED)
    assert {"swelling_kind.calf", "duration.h48", "onset.snap_on_effort"} <= set(reading.present)
    assert reading.absent == ("dyspnoea",)
    assert not is_dangerous(MIXED, reading, desk.vocabulary)


@pytest.mark.parametrize(
    "text",
    [
        "膝の裏が腫れています",
        "ひざうらが腫れてます",
        "ヒザ裏が腫れてる",
        "膝窩がはれています",
        "膝の裏が、腫れてきました😢",
        "ﾋｻﾞの裏が腫れとる",
    ],
)
def test_however_it_is_written(desk: Desk, text: str) -> None:
    assert "swelling_kind.lump_behind_knee" in read(desk, text).present


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("腫れてはいないです", {"swelling_kind"}),
        ("熱もないし", {"fever_chills"}),
        ("しびれとかは特に", {"numbness_leg"}),
        ("腫れも赤みも熱もありません", {"swelling_kind", "redness", "fever_chills"}),
        ("胸は痛くありません", {"chest_pain"}),
        ("腫れとらんし、しびれもあらへん", {"swelling_kind", "numbness_leg"}),
        ("平熱です", {"fever_chills"}),
        ("歩けないことはない", {"cannot_bear_weight"}),
        ("腫れ×、熱×", {"swelling_kind", "fever_chills"}),
        ("血液サラサラの薬、飲んでいません", {"advice_gate.anticoagulant"}),
        ("皮膚に水ぶくれもあざもないですよ", {"skin_change.blister_black"}),
        ("息苦しさも胸の痛みもないです", {"dyspnoea", "chest_pain"}),
        ("気を失ったりとか、そういうのは一切ございません", {"haemoptysis_or_faint"}),
        ("熱は36度5分です", {"fever_chills"}),
    ],
)
def test_denials(desk: Desk, text: str, absent: set[str]) -> None:
    reading = read(desk, text)
    assert set(reading.absent) == absent
    assert not reading.present


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("足の指が動かない", "toes_cannot_move"),
        ("足に力が入らない", "weakness_leg"),
        ("膝が曲がらない", "cannot_flex_90"),
        ("しびれがないわけではない", "numbness_leg"),
        ("腫れている気がする", "swelling_kind.calf"),
    ],
)
def test_words_that_only_look_like_a_denial(desk: Desk, text: str, present: str) -> None:
    if present.startswith("swelling"):
        text = f"ふくらはぎが{text}"
    assert present in read(desk, text).present


def test_one_message_can_state_and_deny(desk: Desk) -> None:
    reading = read(desk, "熱はないですが、足はしびれます")
    assert (reading.present, reading.absent) == (("numbness_leg",), ("fever_chills",))


@pytest.mark.parametrize(
    "text", ["ベーカー嚢腫って痛いの?", "腫れたらどうしよう", "去年は腫れたけど治った", "足のしびれはもう治りました"]
)
def test_what_is_no_statement_about_now(desk: Desk, text: str) -> None:
    assert not read(desk, text).present


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("もし急に息苦しくなったら、夜中はどこへ電話すればいいの", "dyspnoea"),
        ("血栓で気を失うこともあるんですか", "haemoptysis_or_faint"),
        ("若いころはよく貧血で倒れました", "haemoptysis_or_faint"),
    ],
)
def test_what_is_only_supposed_or_years_ago_is_no_alarm_but_asked_about(desk: Desk, text: str, danger: str) -> None:
    reading = read(desk, text)
    assert danger in reading.supposed
    assert not is_dangerous(text, reading, desk.vocabulary)
    assert danger in dangers(text, reading, desk.vocabulary).unclear


@pytest.mark.parametrize(
    "text",
    [
        "去年手術して、息ができない",
        "立とうとしたら足首が動かなかったんです",
        "息が苦しいのは血栓でしょうか",
        "ふくらはぎを蹴られました。夜になったら丸太みたいにパンパンのカチカチです",
        "足の指、グーができません急に",
        "ぶつけたあとからすねの後ろがどんどん固うなって、痛みも尋常やない",
    ],
)
def test_danger_is_seen_beside_other_times_questions_and_sentences(desk: Desk, text: str) -> None:
    assert is_dangerous(text, read(desk, text), desk.vocabulary)


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("二年前に手術をしました", set()),
        ("先月手術をしました", {"vte_risk.surgery_12w"}),
        ("十年前に血栓症と言われました", {"vte_risk.prior_vte"}),
    ],
)
def test_what_stays_true_after_years(desk: Desk, text: str, present: set[str]) -> None:
    risks = {reference for reference in read(desk, text).present if reference.startswith("vte_risk")}
    assert risks == present


def test_the_side_of_a_danger_sign_is_read_too(desk: Desk) -> None:
    assert {"cold_pale_foot", "laterality.one_leg"} <= set(read(desk, "左の足先だけ氷みたいに冷たい").present)


def test_signs_of_somebody_else_are_nobodys_findings_but_danger_all_the_same(desk: Desk) -> None:
    text = "母が息が苦しいと言っています"
    reading = read(desk, text)
    assert reading.is_about_others
    assert not reading.present
    assert is_dangerous(text, reading, desk.vocabulary)


@pytest.mark.parametrize(
    ("text", "is_about_others"),
    [
        ("母のことです。膝の裏が腫れています", True),
        ("主人の膝の裏が腫れています。熱もあります", True),
        ("孫が来ています。膝の裏が腫れています", False),
        ("娘が言うには、膝の裏が腫れているそうです", False),
        ("八十四のばあさんです。膝の裏が腫れています", False),
        ("熱は大丈夫です。膝の裏が腫れています", False),
        ("膝が曲がったままです。膝の裏が腫れています", False),
    ],
)
def test_whose_leg_it_is(desk: Desk, text: str, is_about_others: bool) -> None:
    reading = read(desk, text)
    assert reading.is_about_others == is_about_others
    assert ("swelling_kind.lump_behind_knee" in reading.present) != is_about_others


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("37度8分の熱があります", True),
        ("8度5分あります", True),
        ("三十八度二分でした", True),
        ("熱を測ったら38.2", True),
        ("熱は36.4", False),
        ("熱は6度4分", False),
    ],
)
def test_temperatures(desk: Desk, text: str, is_there: bool) -> None:
    reading = read(desk, text)
    assert ("fever_chills" in reading.present, "fever_chills" in reading.absent) == (is_there, not is_there)
    assert not any(reference.startswith("duration") for reference in reading.present)


def test_a_danger_elsewhere_says_nothing_of_the_leg(desk: Desk) -> None:
    assert read(desk, "昨日から左の肩と胸が締めつけられます").present == ("chest_pain",)
    assert {"laterality.one_leg", "dyspnoea"} <= set(read(desk, "左の膝の裏が痛くて、息も苦しいです").present)


def test_an_age_of_long_ago_is_not_the_age(desk: Desk) -> None:
    assert read(desk, "二十歳の時に足を折りました。今は膝の裏が痛みます").present == ()


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("おとといから痛い", "h48"),
        ("2〜3日前から痛い", "d3_14"),
        ("昨日の夜から痛い", "h48"),
        ("3日前から痛い", "d3_14"),
        ("10日くらい前から痛いです", "d3_14"),
        ("三週間前からです", "w2_6"),
        ("2か月ほど続いています", "w6_12"),
        ("3ヶ月くらい痛い", "m3p"),
        ("半年前から", "m3p"),
        ("かれこれ十年になります", "m3p"),
    ],
)
def test_durations(desk: Desk, text: str, option: str) -> None:
    assert f"duration.{option}" in read(desk, text).present


def test_ages_sides_and_scores(desk: Desk) -> None:
    reading = read(desk, "72歳です。左の膝の裏が痛くて、10段階で6くらいです")
    assert {"age_band.a60_74", "laterality.one_leg", "pain_nrs.6"} <= set(reading.present)


def test_two_scores_are_none(desk: Desk) -> None:
    assert not any(reference.startswith("pain_nrs") for reference in read(desk, "7点8点").present)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("土曜日は先生いらっしゃいますか", "ask_clinic_hours"),
        ("保険はききますか", "ask_cost"),
        ("救急車を呼んでください", "emergency_statement"),
        ("もう送ってこないでください", "stop_messages"),
        ("最初からやり直したい", "restart"),
        ("最初から痛かったです", "describe_symptom"),
        ("注射はしてもらえますか", "ask_treatment"),
        ("先月手術をしました", "describe_symptom"),
        ("人間と話したい", "talk_to_human"),
        ("ありがとうございました", "thanks"),
        ("。。。", "empty_or_noise"),
    ],
)
def test_intents(desk: Desk, text: str, intent: str) -> None:
    assert read(desk, text).intent == intent


@pytest.mark.parametrize("text", ["死にたいです", "薬を全部飲んでしまいました"])
def test_who_is_in_danger_by_their_own_hand_is_seen(desk: Desk, text: str) -> None:
    reading = read(desk, text)
    assert reading.crisis
    assert is_dangerous(text, reading, desk.vocabulary)


@pytest.mark.parametrize(
    "text",
    [
        "息が詰まる会議でした",
        "胸が痛む話ですね",
        "死ぬほど痛いです",
        "冷たい湿布を貼りました",
        "お腹すいて死にそう(笑)",
        "うちの前を救急車が通ってうるさかった",
        "カッターで湿布を切って貼りました",
        "お伝えします、糖尿病です",
        "訊息太多了",
    ],
)
def test_figures_of_speech_are_no_danger(desk: Desk, text: str) -> None:
    assert not is_dangerous(text, read(desk, text), desk.vocabulary)


@pytest.mark.parametrize(
    "text",
    ["I can't breathe", "喘不过气", "喘不過氣", "숨을 쉴 수 없어요", "không thở được", "não consigo respirar"],
)
def test_danger_in_other_languages(desk: Desk, text: str) -> None:
    assert is_dangerous(text, read(desk, text), desk.vocabulary)


@given(text=st.text(max_size=300))
def test_any_text_can_be_read(desk: Desk, text: str) -> None:
    reading = read(desk, text)
    assert reading.intent in INTENTS
    is_dangerous(text, reading, desk.vocabulary)
    for reference in (*reading.present, *reading.absent):
        assert reference.partition(".")[0] in desk.flow.findings


@given(words=st.lists(st.sampled_from(MIXED), max_size=200), rounds=st.integers(1, 20))
def test_words_in_any_order_can_be_read(desk: Desk, words: list[str], rounds: int) -> None:
    assert read(desk, "".join(words) * rounds).intent in INTENTS
