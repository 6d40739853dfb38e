"""Whatever people say around a danger sign, it is seen; and a sign that is denied is no alarm in any of these frames.

Every sign is put into every frame: what hides one sign in one sentence hides it for everybody who speaks like that.
"""

from __future__ import annotations

import pytest

from bot.desk import Desk
from bot.flow.understanding import is_dangerous, read_message

SIGNS = (
    ("息が苦しい", "息が苦しくて"),
    ("胸が痛い", "胸が痛くて"),
    ("胸が締めつけられる", "胸が締めつけられて"),
    ("階段で息が切れる", "階段で息が切れて"),
    ("血の混じった痰が出た", "血の混じった痰が出て"),
    ("さっき気を失った", "さっき気を失って"),
    ("足先が冷たくて白い", "足先が冷たくて白くて"),
    ("左足だけ氷みたいに冷たい", "左足だけ氷みたいに冷たくて"),
    ("足の指が動かない", "足の指が動かなくて"),
    ("足首が上がらない", "足首が上がらなくて"),
    ("ふくらはぎが石みたいに硬くて激痛だ", "ふくらはぎが石みたいに硬くて激痛で"),
    ("膝が変な方向に曲がっている", "膝が変な方向に曲がっていて"),
    ("膝の皿が外れている", "膝の皿が外れていて"),
    ("足の皮膚が黒くなった", "足の皮膚が黒くなって"),
    ("股のあたりの感覚がない", "股のあたりの感覚がなくて"),
    ("尿が出ない", "尿が出なくて"),
    ("おしっこが漏れる", "おしっこが漏れて"),
    ("便が漏れる", "便が漏れて"),
    ("意識がぼんやりする", "意識がぼんやりして"),
    ("ぐったりして起きられない", "ぐったりして起きられなくて"),
)
"""Each as it ends a sentence, and as it goes on."""

FRAMES = (
    "{0}",
    "{0}です",
    "{0}んですけど",
    "{0}のですが大丈夫でしょうか",
    "{0}。何科ですか",
    "{0}のは普通ですか",
    "{0}のは大丈夫ですか",
    "{1}眠れない",
    "{1}しゃべれない",
    "{1}歩けない",
    "{1}たまらない",
    "{1}仕方がない",
    "{1}我慢できない",
    "{1}横になれません",
    "{1}ご飯も食べられない",
    "昨日から{0}",
    "三日前から{1}困っています",
    "先週から膝の裏が痛くて、今日は{0}",
    "熱はないですが{0}",
    "腫れてはいないけど{0}",
    "しびれはありません。{0}",
    "妻は平気だと言うけど{0}",
    "{0}。気のせいかな",
    "{0}ような気がします",
    "たまに{0}",
    "{0}し、膝の裏も痛い",
    "{0}。予約できますか",
    "年のせいか{0}",
    "{0}けど我慢してます",
    "主人が{0}と言っています",
    "母が{1}心配です",
    "去年からときどき{0}",
    "前は平気だったのに{0}",
    "若い頃は元気でしたが今は{0}",
    "{0}。昔はこんなことなかった",
    "{0}のがおさまらない",
    "{0}、救急車を呼ぶほどではないと思うけど",
    "検査では異常なしでしたが{0}",
    "医者には大丈夫と言われたけど{0}",
    "{0}。血栓でしょうか",
    "膝の裏が痛いです\n{0}\n予約したいです",
)

DENIED = (
    "息は苦しくない",
    "息苦しさはない",
    "胸は痛くない",
    "胸の痛みもない",
    "血痰は出ていない",
    "気を失ったことはない",
    "足は冷たくない",
    "足の色は変わらない",
    "足の指は動く",
    "ふくらはぎは硬くない",
    "膝の形は普通だ",
    "皮膚は黒くない",
    "水ぶくれはない",
    "股のしびれはない",
    "尿は普通に出る",
    "尿漏れもない",
    "便は普通だ",
    "意識ははっきりしている",
    "トイレも問題ない",
)

FRAMES_OF_DENIALS = (
    "{0}",
    "{0}です",
    "{0}んですけど膝の裏が痛い",
    "膝の裏が痛いですが{0}",
    "{0}し、しびれもない",
    "腫れもないし{0}",
    "{0}けど心配です",
    "{0}。予約したい",
    "今のところ{0}",
    "{0}ので様子を見ています",
)

WRAPPED = (
    "足首から\n先が動かせません",
    "昨日から\n息が\n苦しくて",
    "ふくらはぎが\n石みたいに\n硬くて激痛",
    "娘が言うには呼んでも\n返事をしなかったそうです",
)


def alarms(desk: Desk, text: str) -> bool:
    return is_dangerous(text, read_message(text, desk.vocabulary), desk.vocabulary)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_sign_is_seen(desk: Desk, frame: str) -> None:
    assert [text for sign in SIGNS if not alarms(desk, text := frame.format(*sign))] == []


@pytest.mark.parametrize("frame", FRAMES_OF_DENIALS)
def test_a_denied_sign_is_no_alarm(desk: Desk, frame: str) -> None:
    assert [text for denied in DENIED if alarms(desk, text := frame.format(denied))] == []


@pytest.mark.parametrize("text", WRAPPED)
def test_a_line_may_break_within_a_sentence(desk: Desk, text: str) -> None:
    assert alarms(desk, text)


@pytest.mark.parametrize("text", ["息が苦しい\nない", "胸が痛い\n大丈夫です"])
def test_a_new_line_denies_nothing_of_the_one_before(desk: Desk, text: str) -> None:
    assert alarms(desk, text)
