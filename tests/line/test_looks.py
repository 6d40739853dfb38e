"""What can be read: contrast, alternative texts, plain text, lengths in LINE's units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import Desk
from bot.line import design
from bot.line.flex import ALT_TEXT_LIMIT, Part, message, postback, shortened, uri
from bot.line.limits.report import utf16_length
from bot.line.plain_text import plain_text
from tests.line.reading import actions, colour_pairs, contrast, parts
from tests.line.samples import CONVERSATION, NOW, asks

ENOUGH = 4.5
ENOUGH_FOR_EDGES = 3
SMALLEST = 14
"""Pixels at LINE's normal font size."""


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == 21
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("text", "background"), design.CONTRASTS)
def test_every_pair_of_the_design_can_be_read(text: str, background: str) -> None:
    assert contrast(text, background) >= ENOUGH


@pytest.mark.parametrize(("edge", "background"), design.EDGES)
def test_every_edge_that_shows_where_to_tap_can_be_seen(edge: str, background: str) -> None:
    assert contrast(edge, background) >= ENOUGH_FOR_EDGES


def test_every_text_on_every_card_can_be_read(rendered: dict[str, list[Part]]) -> None:
    used = _pairs_used(rendered)
    assert used
    assert {pair for pair in used if contrast(*pair) < ENOUGH} == set()


def test_the_design_lists_every_pair_that_the_cards_use(rendered: dict[str, list[Part]]) -> None:
    listed = {frozenset(pair) for pair in design.CONTRASTS}
    assert {pair for pair in _pairs_used(rendered) if frozenset(pair) not in listed} == set()


def test_every_text_wraps_and_follows_the_readers_font_size(rendered: dict[str, list[Part]]) -> None:
    texts = [part for part in _flex_parts(rendered) if part.get("type") == "text"]
    assert texts
    assert [part for part in texts if not (part["wrap"] and part["scaling"])] == []


def test_every_button_follows_the_readers_font_size_for_as_long_as_its_label_fits(
    rendered: dict[str, list[Part]],
) -> None:
    buttons = [part for part in _flex_parts(rendered) if part.get("type") == "button"]
    assert buttons
    assert [part for part in buttons if not part["scaling"] or part["adjustMode"] != "shrink-to-fit"] == []


def test_no_text_is_smaller_than_readers_over_seventy_can_read(rendered: dict[str, list[Part]]) -> None:
    sizes = {part["size"] for part in _flex_parts(rendered) if part.get("type") == "text"}
    assert {size for size in sizes if int(size.removesuffix("px")) < SMALLEST} == set()


def test_every_card_has_an_alternative_text(rendered: dict[str, list[Part]]) -> None:
    cards = [part for messages in rendered.values() for part in messages if part["type"] == "flex"]
    assert cards
    assert [card for card in cards if not card["altText"].strip()] == []


def test_no_placeholder_is_left_in_any_text(rendered: dict[str, list[Part]]) -> None:
    texts = [part["text"] for messages in rendered.values() for part in parts(messages) if "text" in part]
    assert [text for text in texts if "{" in text or "}" in text] == []


def test_plain_text_holds_the_label_of_every_option(desk: Desk) -> None:
    for name, ask in asks(desk):
        (card,) = desk.renderer.render(CONVERSATION, (ask,), NOW)
        lines = plain_text(card)
        labels = [desk.renderer.option_label(desk.flow.questions[ask.question], option) for option in ask.options]
        assert [label for label in labels if label not in lines] == [], name


def test_the_alternative_text_holds_the_label_of_every_option(desk: Desk) -> None:
    # A screen reader and the list of chats have nothing else.
    for name, ask in asks(desk):
        (card,) = desk.renderer.render(CONVERSATION, (ask,), NOW)
        labels = [desk.renderer.option_label(desk.flow.questions[ask.question], option) for option in ask.options]
        assert [label for label in labels if label not in card["altText"]] == [], name


def test_plain_text_holds_every_text_and_every_button(rendered: dict[str, list[Part]]) -> None:
    for name, messages in rendered.items():
        for part in messages:
            lines = plain_text(part)
            contents = part["contents"] if part["type"] == "flex" else part
            texts = [inner["text"] for inner in parts(contents) if inner.get("type") == "text"]
            labels = [inner["action"]["label"] for inner in parts(contents) if inner.get("type") == "button"]
            addresses = [action["uri"] for action in actions(contents) if action["type"] == "uri"]
            assert [word for word in (*texts, *labels, *addresses) if word not in lines] == [], name


def test_a_tapped_option_appears_as_what_was_tapped(desk: Desk) -> None:
    for _, ask in asks(desk):
        (card,) = desk.renderer.render(CONVERSATION, (ask,), NOW)
        question = desk.flow.questions[ask.question]
        options = [action for action in actions(card["contents"]) if action["data"].startswith("answer|")]
        labels = [desk.renderer.option_label(question, option) for option in ask.options]
        assert [action["displayText"] for action in options] == labels


@given(content=st.text(st.characters(codec="utf-8")), limit=st.integers(1, 40))
def test_a_text_is_cut_to_lines_units(content: str, limit: int) -> None:
    cut = shortened(content, limit)
    assert utf16_length(cut) <= limit
    assert cut == content or (utf16_length(content) > limit and content.startswith(cut[:-1]))


def test_an_emoji_is_never_cut_in_half() -> None:
    card = message("🍎" * ALT_TEXT_LIMIT, {"type": "bubble"})
    assert card["altText"].encode()
    assert utf16_length(card["altText"]) <= ALT_TEXT_LIMIT


def test_labels_are_cut_to_what_every_place_takes() -> None:
    assert len(postback("膝" * 50, "data")["label"]) == 20
    assert len(uri("膝" * 50, "https://example.com")["label"]) == 20
    assert len(postback("膝", "data", "膝" * 500)["displayText"]) == 300


def _pairs_used(rendered: dict[str, list[Part]]) -> set[tuple[str, str]]:
    cards = [part["contents"] for messages in rendered.values() for part in messages if part["type"] == "flex"]
    return {pair for card in cards for pair in colour_pairs(card)}


def _flex_parts(rendered: dict[str, list[Part]]) -> list[Part]:
    return [
        inner
        for messages in rendered.values()
        for part in messages
        if part["type"] == "flex"
        for inner in parts(part["contents"])
    ]
