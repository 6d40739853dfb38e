"""Each hard limit of LINE's message objects, at the limit and one beyond it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.line.limits.messages import message_problems
from bot.line.limits.report import grapheme_length, utf16_length

Json = dict[str, Any]

FAMILY = "👨‍👩‍👧‍👦"
POSTBACK = {"type": "postback", "label": "OK", "data": "d"}
PICTURE = "https://example.com/a.png"


def text(words: str, **more: object) -> Json:
    return {"type": "text", "text": words, **more}


def flex(contents: Json, alt: str = "alt") -> Json:
    return {"type": "flex", "altText": alt, "contents": contents}


def box(*contents: Json, **more: object) -> Json:
    return {"type": "box", "layout": "vertical", "contents": list(contents), **more}


def bubble(*contents: Json, **more: object) -> Json:
    return {"type": "bubble", "body": box(*contents), **more}


def button(action: Json) -> Json:
    return flex(bubble({"type": "button", "action": action}))


def quick(*actions: Json) -> Json:
    return text("?", quickReply={"items": [{"type": "action", "action": action} for action in actions]})


def template(**content: object) -> Json:
    return {"type": "template", "altText": "alt", "template": content}


def refused(message: Json) -> list[str]:
    """The properties that LINE would refuse."""
    return [problem["property"] for problem in message_problems([message])]


class TestCounting:
    def test_most_texts_are_counted_in_utf16_units(self) -> None:
        assert utf16_length("膝") == 1
        assert utf16_length("🍎") == 2
        assert utf16_length("𠮷") == 2

    def test_labels_are_counted_in_graphemes(self) -> None:
        assert grapheme_length(FAMILY) == 1
        assert grapheme_length("が") == grapheme_length("か\u3099") == 1


class TestRequest:
    @pytest.mark.parametrize("count", [1, 5])
    def test_one_to_five_messages(self, count: int) -> None:
        assert message_problems([text("hi")] * count) == []

    @pytest.mark.parametrize("messages", [[], [text("hi")] * 6, None, "hi"])
    def test_no_more_and_no_fewer(self, messages: object) -> None:
        assert message_problems(messages) == [{"message": "Size must be between 1 and 5", "property": "messages"}]

    def test_every_problem_is_listed_at_its_place(self) -> None:
        problems = message_problems([text(""), {"type": "letter"}, "hi"])
        assert [problem["property"] for problem in problems] == [
            "messages[0].text",
            "messages[1].type",
            "messages[2]",
        ]


class TestText:
    def test_5000_units(self) -> None:
        assert refused(text("膝" * 5000)) == []
        assert refused(text("膝" * 5001)) == ["messages[0].text"]
        assert refused(text("🍎" * 2501)) == ["messages[0].text"]

    def test_emoji_index_must_hit_a_dollar(self) -> None:
        emoji = {"productId": "p", "emojiId": "e"}
        assert refused(text("🍎$", emojis=[{**emoji, "index": 2}])) == []
        assert refused(text("🍎$", emojis=[{**emoji, "index": 1}])) == ["messages[0].emojis[0].index"]

    def test_placeholders_of_v2_must_be_filled(self) -> None:
        emoji = {"type": "emoji", "productId": "p", "emojiId": "e"}
        assert refused({"type": "textV2", "text": "{a} {{b}}", "substitution": {"a": emoji}}) == []
        assert refused({"type": "textV2", "text": "{a}"}) == ["messages[0].text"]
        assert refused({"type": "textV2", "text": "{"}) == ["messages[0].text"]

    def test_sender_name(self) -> None:
        assert refused(text("hi", sender={"name": "a" * 20})) == []
        assert refused(text("hi", sender={"name": "a" * 21})) == ["messages[0].sender.name"]
        assert refused(text("hi", sender={"name": "Online"})) == []
        assert refused(text("hi", sender={"name": "Line"})) == ["messages[0].sender.name"]


class TestQuickReply:
    def test_13_items(self) -> None:
        assert refused(quick(*[POSTBACK] * 13)) == []
        assert refused(quick(*[POSTBACK] * 14)) == ["messages[0].quickReply.items"]
        assert refused(quick()) == ["messages[0].quickReply.items"]

    def test_label_of_20_graphemes(self) -> None:
        assert refused(quick({**POSTBACK, "label": FAMILY * 20})) == []
        assert refused(quick({**POSTBACK, "label": "膝" * 21})) == ["messages[0].quickReply.items[0].action.label"]

    def test_label_is_required(self) -> None:
        assert refused(quick({"type": "postback", "data": "d"})) == ["messages[0].quickReply.items[0].action.label"]

    def test_camera_and_location_stand_only_here(self) -> None:
        camera = {"type": "camera", "label": "photo"}
        assert refused(quick(camera, {"type": "location", "label": "here"})) == []
        assert refused(button(camera)) == ["messages[0].contents.body.contents[0].action.type"]


class TestActions:
    action = "messages[0].contents.body.contents[0].action"

    @pytest.mark.parametrize(("name", "most"), [("data", 300), ("displayText", 300), ("fillInText", 300)])
    def test_postback(self, name: str, most: int) -> None:
        assert refused(button({**POSTBACK, name: "a" * most})) == []
        assert refused(button({**POSTBACK, name: "a" * (most + 1)})) == [f"{self.action}.{name}"]

    def test_data_counts_units_and_display_text_counts_graphemes(self) -> None:
        assert refused(button({**POSTBACK, "data": "🍎" * 151})) == [f"{self.action}.data"]
        assert refused(button({**POSTBACK, "displayText": FAMILY * 300})) == []

    def test_display_text_and_text_exclude_each_other(self) -> None:
        assert refused(button({**POSTBACK, "displayText": "a", "text": "b"})) == [f"{self.action}.text"]

    def test_message_text(self) -> None:
        assert refused(button({"type": "message", "label": "a", "text": "a" * 300})) == []
        assert refused(button({"type": "message", "label": "a", "text": "a" * 301})) == [f"{self.action}.text"]

    @pytest.mark.parametrize(
        "uri", ["http://example.com", "https://example.com/?q=1", "line://nv/chat", "tel:0312345678", "tel:119"]
    )
    def test_uri_schemes(self, uri: str) -> None:
        assert refused(button({"type": "uri", "label": "a", "uri": uri})) == []

    @pytest.mark.parametrize(
        "uri",
        ["javascript:alert(1)", "ftp://example.com", "mailto:a@example.com", "example.com", "https://ひざ.example"],
    )
    def test_other_uris_are_refused(self, uri: str) -> None:
        assert refused(button({"type": "uri", "label": "a", "uri": uri})) == [f"{self.action}.uri"]

    def test_uri_of_1000_units(self) -> None:
        longest = "https://example.com/".ljust(1000, "a")
        assert refused(button({"type": "uri", "label": "a", "uri": longest})) == []
        assert refused(button({"type": "uri", "label": "a", "uri": longest + "a"})) == [f"{self.action}.uri"]

    def test_date_picker_needs_a_mode(self) -> None:
        picker = {"type": "datetimepicker", "label": "a", "data": "d"}
        assert refused(button({**picker, "mode": "date"})) == []
        assert refused(button(picker)) == [f"{self.action}.mode"]

    def test_flex_button_label_of_40(self) -> None:
        assert refused(button({**POSTBACK, "label": "膝" * 40})) == []
        assert refused(button({**POSTBACK, "label": "膝" * 41})) == [f"{self.action}.label"]
        assert refused(button({"type": "postback", "data": "d"})) == [f"{self.action}.label"]

    def test_other_flex_actions_need_no_label(self) -> None:
        assert refused(flex(bubble(box(action={"type": "postback", "data": "d"})))) == []


class TestFlex:
    body = "messages[0].contents.body"

    def test_alt_text_of_1500(self) -> None:
        assert refused(flex(bubble(), "a" * 1500)) == []
        assert refused(flex(bubble(), "a" * 1501)) == ["messages[0].altText"]
        assert refused(flex(bubble(), "")) == ["messages[0].altText"]

    def test_bubble_of_30_kilobytes(self) -> None:
        assert refused(flex(bubble(text("膝" * 9_900)))) == []
        assert refused(flex(bubble(text("膝" * 10_000)))) == ["messages[0].contents"]

    def test_carousel_of_50_kilobytes_and_12_bubbles(self) -> None:
        def carousel(*bubbles: Json) -> Json:
            return flex({"type": "carousel", "contents": list(bubbles)})

        assert refused(carousel(*[bubble()] * 12)) == []
        assert refused(carousel(*[bubble()] * 13)) == ["messages[0].contents.contents"]
        assert refused(carousel()) == ["messages[0].contents.contents"]
        assert refused(carousel(*[bubble(text("膝" * 9_000))] * 2)) == ["messages[0].contents"]
        assert refused(carousel(bubble(size="kilo"), bubble())) == ["messages[0].contents.contents"]

    def test_a_bubble_needs_a_block(self) -> None:
        assert refused(flex({"type": "bubble"})) == ["messages[0].contents"]

    def test_unknown_properties_and_components_are_refused(self) -> None:
        assert refused(flex(bubble(text("a", colour="#000000")))) == [f"{self.body}.contents[0].colour"]
        assert refused(flex(bubble({"type": "table"}))) == [f"{self.body}.contents[0].type"]

    @pytest.mark.parametrize(
        "more",
        [
            {"size": "12px", "color": "#11223344", "weight": "bold", "align": "center", "maxLines": 2},
            {"size": "3xl", "margin": "xxl", "lineSpacing": "6px", "adjustMode": "shrink-to-fit"},
            {"flex": 0, "offsetTop": "-4px", "offsetStart": "10%", "position": "absolute", "scaling": True},
        ],
    )
    def test_good_text_properties(self, more: Json) -> None:
        assert refused(flex(bubble(text("a", wrap=True, **more)))) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("size", "huge"),
            ("color", "red"),
            ("color", "#fff"),
            ("wrap", "true"),
            ("flex", -1),
            ("flex", True),
            ("margin", "4"),
            ("align", "left"),
            ("weight", "heavy"),
            ("maxLines", 1.5),
        ],
    )
    def test_bad_text_properties(self, name: str, value: object) -> None:
        assert refused(flex(bubble(text("a", **{name: value})))) == [f"{self.body}.contents[0].{name}"]

    def test_text_must_not_be_empty_unless_it_has_spans(self) -> None:
        assert refused(flex(bubble(text("")))) == [f"{self.body}.contents[0].text"]
        spans = {"type": "text", "contents": [{"type": "span", "text": "a", "weight": "bold"}]}
        assert refused(flex(bubble(spans))) == []

    def test_icons_stand_in_baseline_boxes_and_boxes_do_not(self) -> None:
        icon = {"type": "icon", "url": PICTURE}
        assert refused(flex(bubble(box(icon, layout="baseline")))) == []
        assert refused(flex(bubble(icon))) == [f"{self.body}.contents[0].type"]
        assert refused(flex(bubble(box(box(), layout="baseline")))) == [f"{self.body}.contents[0].contents[0].type"]

    def test_box_needs_layout_and_contents(self) -> None:
        assert refused(flex(bubble({"type": "box"}))) == [
            f"{self.body}.contents[0].layout",
            f"{self.body}.contents[0].contents",
        ]

    def test_gradient_needs_its_colours(self) -> None:
        background = {"type": "linearGradient", "angle": "90deg", "startColor": "#000000", "endColor": "#ffffff"}
        assert refused(flex(bubble(box(background=background)))) == []
        del background["endColor"]
        assert refused(flex(bubble(box(background=background)))) == [f"{self.body}.contents[0].background.endColor"]

    def test_images_need_https(self) -> None:
        image = {"type": "image", "url": "http://pictures.example.com/a.png", "aspectRatio": "20:13"}
        assert refused(flex(bubble(image))) == [f"{self.body}.contents[0].url"]
        assert message_problems([flex(bubble(image))], http_base="http://pictures.example.com/") == []

    @pytest.mark.parametrize("ratio", ["1:3.1", "0:1", "wide", "1:100001"])
    def test_aspect_ratio(self, ratio: str) -> None:
        image = {"type": "image", "url": PICTURE, "aspectRatio": ratio}
        assert refused(flex(bubble(image))) == [f"{self.body}.contents[0].aspectRatio"]

    def test_video_only_as_hero_outside_carousels(self) -> None:
        image = {"type": "image", "url": PICTURE}
        video = {"type": "video", "url": PICTURE, "previewUrl": PICTURE, "altContent": image}
        assert refused(flex(bubble(hero=video))) == []
        assert refused(flex(bubble(hero=video, size="micro"))) == ["messages[0].contents.hero.type"]
        assert refused(flex({"type": "carousel", "contents": [bubble(hero=video)]})) == [
            "messages[0].contents.contents[0].hero.type"
        ]

    def test_styles(self) -> None:
        assert refused(flex(bubble(styles={"footer": {"separator": True}}))) == []
        assert refused(flex(bubble(styles={"foot": {}}))) == ["messages[0].contents.styles.foot"]
        assert refused(flex(bubble(styles={"body": {"backgroundColor": "blue"}}))) == [
            "messages[0].contents.styles.body.backgroundColor"
        ]


class TestTemplates:
    def test_buttons(self) -> None:
        assert refused(template(type="buttons", text="a" * 160, actions=[POSTBACK] * 4)) == []
        assert refused(template(type="buttons", text="a" * 161, actions=[POSTBACK])) == ["messages[0].template.text"]
        assert refused(template(type="buttons", text="a", actions=[POSTBACK] * 5)) == ["messages[0].template.actions"]

    def test_buttons_with_a_title_or_picture_have_less_text(self) -> None:
        for more in ({"title": "t"}, {"thumbnailImageUrl": PICTURE}):
            assert refused(template(type="buttons", text="a" * 60, actions=[POSTBACK], **more)) == []
            assert refused(template(type="buttons", text="a" * 61, actions=[POSTBACK], **more)) == [
                "messages[0].template.text"
            ]

    def test_title_of_40_and_label_of_20(self) -> None:
        label = {**POSTBACK, "label": "a" * 21}
        assert refused(template(type="buttons", text="a", title="t" * 41, actions=[label])) == [
            "messages[0].template.title",
            "messages[0].template.actions[0].label",
        ]

    def test_confirm(self) -> None:
        assert refused(template(type="confirm", text="a" * 240, actions=[POSTBACK] * 2)) == []
        assert refused(template(type="confirm", text="a" * 241, actions=[POSTBACK])) == [
            "messages[0].template.text",
            "messages[0].template.actions",
        ]

    def test_carousel(self) -> None:
        column = {"text": "a" * 120, "actions": [POSTBACK] * 3}
        assert refused(template(type="carousel", columns=[column] * 10)) == []
        assert refused(template(type="carousel", columns=[column] * 11)) == ["messages[0].template.columns"]
        assert refused(template(type="carousel", columns=[column, {"text": "a", "actions": [POSTBACK]}])) == [
            "messages[0].template.columns"
        ]

    def test_image_carousel(self) -> None:
        column = {"imageUrl": PICTURE, "action": {**POSTBACK, "label": "a" * 12}}
        assert refused(template(type="image_carousel", columns=[column])) == []
        column = {"imageUrl": PICTURE, "action": {**POSTBACK, "label": "a" * 13}}
        assert refused(template(type="image_carousel", columns=[column])) == [
            "messages[0].template.columns[0].action.label"
        ]


class TestOtherMessages:
    @pytest.mark.parametrize(
        "message",
        [
            {"type": "sticker", "packageId": "446", "stickerId": "1988"},
            {"type": "image", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE},
            {"type": "video", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE, "trackingId": "t"},
            {"type": "audio", "originalContentUrl": PICTURE, "duration": 1000},
            {"type": "location", "title": "t", "address": "a", "latitude": 35.6, "longitude": 139.7},
            {"type": "coupon", "couponId": "c"},
            {
                "type": "imagemap",
                "baseUrl": "https://example.com/map",
                "altText": "map",
                "baseSize": {"width": 1040, "height": 500},
                "actions": [],
            },
        ],
    )
    def test_good_ones_pass(self, message: Json) -> None:
        assert refused(message) == []

    @pytest.mark.parametrize(
        ("message", "place"),
        [
            ({"type": "sticker", "packageId": "446"}, "stickerId"),
            ({"type": "image", "originalContentUrl": PICTURE}, "previewImageUrl"),
            (
                {
                    "type": "image",
                    "originalContentUrl": "https://e.com/".ljust(2001, "a"),
                    "previewImageUrl": PICTURE,
                },
                "originalContentUrl",
            ),
            ({"type": "audio", "originalContentUrl": PICTURE, "duration": "1"}, "duration"),
            (
                {"type": "location", "title": "t" * 101, "address": "a", "latitude": 1, "longitude": 2},
                "title",
            ),
        ],
    )
    def test_bad_ones_are_refused_at_their_place(self, message: Json, place: str) -> None:
        assert refused(message) == [f"messages[0].{place}"]
