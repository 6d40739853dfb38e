"""Cards that lead to this server's pages, each to those of its own conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.replay import shown_options
from bot.flow.schema import URGENCIES
from bot.line.drawings import drawing
from bot.line.flex import Part
from bot.line.gallery import Picture, gallery, longest_links
from bot.line.limits.messages import message_problems
from bot.line.rendering import Renderer
from bot.links import BookingLink, Links
from bot.picture_export import size_of
from tests.line.reading import lost_by_sdk, parts, uris
from tests.line.samples import NOW, assessment

LINKS = Links("https://bot.clinic.example", "a secret of the tests")
PICTURES = Path(__file__).parent.parent.parent / "content" / "pictures"
SHOWN = ("tip_", "guidebook_", "zones", "swelling", "skin_colours")
"""How the ids of drawings on cards begin; those of the rich menu are on none."""
AT = int(NOW.timestamp() * 1000)


@pytest.fixture(scope="module")
def linked(desk: Desk) -> Renderer:
    """A renderer of a server that browsers reach."""
    return replace(desk.renderer, links=LINKS)


@pytest.fixture(scope="module")
def pictures(desk: Desk) -> list[Picture]:
    """Everything that the shipped content can lead to, at the longest address."""
    return list(gallery(replace(desk.renderer, links=longest_links()), NOW))


def memos(messages: list[Part]) -> Iterator[str]:
    """The tokens of all memos that these messages lead to."""
    start = f"{LINKS.base_url}/memos/"
    yield from (address.removeprefix(start) for address in uris(messages) if address.startswith(start))


class TestLineTakesThemAll:
    def test_within_every_hard_limit(self, pictures: list[Picture]) -> None:
        assert [picture.file for picture in pictures if message_problems(picture.messages)] == []

    def test_the_sdk_knows_every_property(self, pictures: list[Picture]) -> None:
        # Each distinct message once: the SDK takes milliseconds for one.
        distinct = {repr(message): message for picture in pictures for message in picture.messages}
        assert [path for message in distinct.values() for path in lost_by_sdk(message)] == []

    def test_a_longer_address_is_looked_at_as_well(self) -> None:
        longer = Links(f"{longest_links().base_url}/of/a/clinic", "secret")
        assert longest_links(longer) is longer
        assert longest_links(LINKS).base_url == longest_links().base_url


class TestTheMemo:
    @pytest.mark.parametrize("level", URGENCIES)
    def test_every_outcome_leads_to_it_but_the_one_that_must_not_wait(
        self, desk: Desk, linked: Renderer, level: str
    ) -> None:
        (card, *_) = linked.render("C1", (do.Finish(assessment(desk, level)),), NOW)
        assert len(list(memos([card]))) == (0 if level == "emergency_now" else 1)

    def test_each_conversation_has_its_own(self, desk: Desk, linked: Renderer) -> None:
        # The card itself is written once for all of them.
        outcome = (do.Finish(assessment(desk, "soon_2w")),)
        for conversation in ("C1", "C2", 'with "quotes"', "C1"):
            tokens = list(memos(linked.render(conversation, outcome, NOW)))
            assert [LINKS.read_memo(token, AT) for token in tokens] == [conversation]

    def test_without_an_address_nothing_leads_to_it(self, desk: Desk) -> None:
        messages = desk.renderer.render("C1", (do.Finish(assessment(desk, "soon_2w")),), NOW)
        assert list(memos(messages)) == []
        assert not any("\ufdd0" <= letter <= "\ufdef" for letter in str(messages))


class TestBooking:
    def test_each_conversation_books_with_its_own_reference(self, desk: Desk, linked: Renderer) -> None:
        start = f"{LINKS.base_url}/bookings/"
        outcome = (do.Finish(assessment(desk, "soon_2w")),)
        for conversation in ("C1", "C2", "C1"):
            found = [url.removeprefix(start) for url in uris(linked.render(conversation, outcome, NOW)) if start in url]
            assert [LINKS.read_booking(token) for token in found] == [BookingLink(desk.library.clinic_id, conversation)]


class TestGuidebooks:
    def test_the_cover_leads_to_the_page_and_names_every_chapter(self, desk: Desk, linked: Renderer) -> None:
        for id, guidebook in desk.library.guidebooks.items():
            (card,) = linked.render("C1", (do.ExplainTopic(f"guidebook.{id}"),), NOW)
            assert uris(card["contents"]) == [LINKS.guidebook(id, "ja")]
            shown = str(card["contents"])
            assert all(chapter.title in shown for chapter in guidebook.chapters)

    def test_without_an_address_the_chapters_stand_on_the_card(self, desk: Desk) -> None:
        for id, guidebook in desk.library.guidebooks.items():
            (card,) = desk.renderer.render("C1", (do.ExplainTopic(f"guidebook.{id}"),), NOW)
            assert uris(card["contents"]) == []
            shown = str(card["contents"])
            assert all(chapter.text in shown for chapter in guidebook.chapters if chapter.text)


class TestDrawings:
    def drawings(self, card: Part) -> list[str]:
        return [part["url"] for part in parts(card) if part.get("type") == "image"]

    def asked(self, renderer: Renderer, question: str) -> Part:
        shown = shown_options(renderer.flow.questions[question], {}, ())
        (message,) = renderer.render("C1", (do.Ask(question, shown),), NOW)
        return message

    def marks(self, message: Part) -> list[str]:
        """What stands in front of each option that has something there."""
        rows = [part for part in parts(message["contents"]) if part.get("layout") == "horizontal" and "action" in part]
        said = [[inner["text"] for inner in parts(row) if inner.get("type") == "text"] for row in rows]
        return [texts[0] for texts in said if len(texts) > 1]

    @pytest.mark.parametrize(
        ("question", "id"), [("pain_site", "zones"), ("swelling", "swelling"), ("skin", "skin_colours")]
    )
    def test_a_question_shows_the_letters_of_its_drawing(
        self, desk: Desk, linked: Renderer, question: str, id: str
    ) -> None:
        picture = desk.library.pictures[id]
        message = self.asked(linked, question)
        assert self.drawings(message) == [LINKS.picture(f"pictures/{id}.png")]
        assert sorted(self.marks(message)) == sorted(picture.letters.values())
        assert picture.alt in message["altText"]

    def test_without_an_address_it_has_numbers(self, desk: Desk) -> None:
        message = self.asked(desk.renderer, "pain_site")
        assert self.drawings(message) == []
        assert self.marks(message) == [str(n) for n in range(1, len(self.marks(message)) + 1)]

    def test_a_letter_that_is_no_option_of_the_question_keeps_its_drawing_away(
        self, desk: Desk, linked: Renderer
    ) -> None:
        zones = desk.library.pictures["zones"]
        more = zones.model_copy(update={"letters": {**zones.letters, "joint_line": "M"}})
        library = replace(desk.library, pictures={**desk.library.pictures, "zones": more})
        assert self.drawings(self.asked(replace(linked, library=library), "pain_site")) == []

    def test_tips_and_guidebooks_show_their_drawing(self, desk: Desk, linked: Renderer) -> None:
        entries = [("tip", id) for id in desk.library.tips] + [("guidebook", id) for id in desk.library.guidebooks]
        for kind, id in entries:
            (card,) = linked.render("C1", (do.ExplainTopic(f"{kind}.{id}"),), NOW)
            assert self.drawings(card) == [LINKS.picture(f"pictures/{kind}_{id}.png")], id

    def test_no_drawing_is_cut_or_leaves_a_margin(self, desk: Desk) -> None:
        for id in desk.library.pictures:
            path = PICTURES / f"{id}.svg"
            shown = drawing(desk.library, LINKS, id)
            if shown and path.is_file() and id.startswith(SHOWN):
                width, height = (int(number) for number in shown["aspectRatio"].split(":"))
                across, down = size_of(path.read_text(encoding="utf-8"))
                assert across * height == down * width, id

    def test_the_tips_of_an_outcome_show_theirs(self, desk: Desk, linked: Renderer) -> None:
        messages = linked.render("C1", (do.Finish(assessment(desk, "self_care_watch")),), NOW)
        tips = [f"tip_{id}" for id in desk.flow.tips]
        shown = {url.rpartition("/")[2].removesuffix(".png") for url in self.drawings({"messages": messages})}
        assert shown
        assert shown <= set(tips)
