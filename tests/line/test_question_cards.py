"""The card of a question: how far one is, what can be tapped, what is ticked."""

from __future__ import annotations

from collections.abc import Iterator

from bot.desk import Desk
from bot.flow import effects as do
from bot.flow.replay import shown_options
from bot.flow.schema import DONE
from bot.line import design
from bot.line.flex import Part
from tests.line.reading import parts
from tests.line.samples import CONVERSATION, NOW


def card_of(desk: Desk, question: str, *selected: str, remaining: int = 5) -> Part:
    shown = shown_options(desk.flow.questions[question], {}, selected)
    (message,) = desk.renderer.render(CONVERSATION, (do.Ask(question, shown, selected, remaining),), NOW)
    contents: Part = message["contents"]
    return contents


def rows(card: Part) -> dict[str, Part]:
    """What can be tapped, by option."""
    boxes = [part for part in parts(card) if part.get("type") == "box" and "action" in part]
    return {box["action"]["data"].rpartition("|")[2]: box for box in boxes}


def says(part: Part) -> list[str]:
    return [inner["text"] for inner in parts(part) if inner.get("type") == "text"]


def filled(card: Part) -> int:
    """How much of the progress bar is filled, in percent."""
    (bar,) = (part for part in parts(card) if part.get("height") == design.BAR and "width" in part)
    return int(bar["width"].removesuffix("%"))


class TestProgress:
    def test_the_bar_fills_with_every_answer(self, desk: Desk) -> None:
        shares = [filled(card_of(desk, "onset", remaining=left)) for left in (12, 8, 4, 0)]
        assert shares == sorted(shares)
        assert 0 <= shares[0] < shares[-1] < 100

    def test_the_first_question_begins_at_nothing(self, desk: Desk) -> None:
        first = desk.flow.start
        assert filled(card_of(desk, first, remaining=60)) == 0

    def test_the_words_stand_beside_it(self, desk: Desk) -> None:
        assert desk.library.message("progress", count=6) in says(card_of(desk, "onset", remaining=5))


class TestOptions:
    def test_each_carries_the_number_that_may_be_typed(self, desk: Desk) -> None:
        for id in ("onset", "swelling", "age_band"):
            marks = [says(row)[0] for row in rows(card_of(desk, id)).values()]
            assert marks == [str(number) for number in range(1, len(marks) + 1)], id

    def test_what_is_ticked_has_a_check_mark_and_the_rest_has_none(self, desk: Desk) -> None:
        ticked = desk.flow.questions["swelling"].options[:2]
        shown = rows(card_of(desk, "swelling", *ticked))
        assert {option for option, row in shown.items() if design.CHECK in says(row)} == set(ticked)

    def test_the_end_of_a_list_stands_out(self, desk: Desk) -> None:
        shown = rows(card_of(desk, "swelling", desk.flow.questions["swelling"].options[0]))
        looks = {option: row["backgroundColor"] for option, row in shown.items()}
        assert [option for option, colour in looks.items() if colour == design.ACCENT] == [DONE]

    def test_the_numbers_of_a_scale_are_cells_of_the_same_width(self, desk: Desk) -> None:
        lines = list(lines_of_cells(card_of(desk, "pain")))
        assert [text for line in lines for cell in line for text in says(cell)] == [str(n) for n in range(11)]
        assert len({len(line) for line in lines}) == 1


def lines_of_cells(card: Part) -> Iterator[list[Part]]:
    """The lines of a scale, each with its cells and the room of those that are missing."""
    for part in parts(card):
        is_line = part.get("layout") == "horizontal" and "action" not in part
        if is_line and any("action" in inner for inner in part["contents"]):
            yield part["contents"]


class TestNotes:
    def test_lines_that_begin_with_a_bullet_are_points(self, desk: Desk) -> None:
        shown = says(card_of(desk, "consent"))
        lines = desk.library.questions["consent"].note or ""
        bullets = [line[1:].strip() for line in lines.split("\n") if line.startswith(design.BULLETS)]
        assert bullets
        assert set(bullets) <= set(shown)
