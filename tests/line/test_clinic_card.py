"""The card of a clinic: open or closed at this moment, what is announced, and the ways to reach it.

The toy desk's messages say their ids and what fills them, so that these tests read them without any wording.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from support.broken import copy_toy

from bot.desk import Desk, load_desk
from bot.flow import effects as do
from bot.flow.assessment import Assessment
from bot.flow.matching import OTHER, MatchedCondition
from bot.line.flex import Part
from bot.line.limits.messages import message_problems
from tests.line.reading import actions, lost_by_sdk, parts, uris

TOKYO = ZoneInfo("Asia/Tokyo")
CONVERSATION = "01JDAB7Z5T0000000000000000"
MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=TOKYO)
SUNDAY = datetime(2026, 11, 29, 10, 0, tzinfo=TOKYO)

SOON = Assessment("soon_2w", (), (MatchedCondition(OTHER, ()),), (), (), ())
"""An outcome that leads to the clinic."""

Card = Callable[..., Part]


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """The card of the toy clinic, open on Mondays from 9 to 17 o'clock, with some of its fields changed.

    ``card(moment, special_days=[...])``: fields as they are written in the file.
    """

    def card(moment: datetime = MONDAY, topic: str = "clinic.toy", **fields: Any) -> Part:
        (message,) = desk_with(tmp_path, **fields).renderer.render(CONVERSATION, (do.ExplainTopic(topic),), moment)
        assert message_problems([message]) == []
        assert lost_by_sdk(message) == []
        return message

    return card


def desk_with(folder: Path, file: str = "toy", **fields: Any) -> Desk:
    """The toy desk, whose clinic has other fields."""
    path = copy_toy(folder) / f"content/ja/clinics/{file}.yaml"
    toy = (folder / "content/ja/clinics/toy.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in toy if line.partition(":")[0] not in fields]
    if "special_days" in fields:
        kept = [line for line in kept if "Holidays" not in line]
    path.write_text("\n".join([*kept, *(f"{name}: {value}" for name, value in fields.items())]), encoding="utf-8")
    return load_desk(folder / "flows", folder / "content")


def says(message: Part) -> list[str]:
    """Every text of a card."""
    return [part["text"] for part in parts(message) if part.get("type") == "text"]


def saying(message: Part, id: str) -> list[str]:
    """What fills a message of the store, wherever the card says it."""
    return [text.partition(f"say {id}")[2].strip() for text in says(message) if text.split()[:2] == ["say", id]]


class TestNow:
    def test_open_until(self, card: Card) -> None:
        assert saying(card(MONDAY), "open_now") == ["17:00"]

    @pytest.mark.parametrize(("hour", "is_open"), [(8, False), (9, True), (16, True), (17, False)])
    def test_open_from_hour_to_hour(self, card: Card, hour: int, is_open: bool) -> None:
        assert bool(saying(card(MONDAY.replace(hour=hour)), "open_now")) is is_open

    def test_closed_until_later_today(self, card: Card) -> None:
        message = card(MONDAY.replace(hour=8, minute=59))
        assert saying(message, "opens_today") == ["09:00"]
        assert saying(message, "open_now") == []

    def test_closed_until_another_day(self, card: Card) -> None:
        # Day, month, weekday, and the time.
        assert saying(card(SUNDAY), "opens_next") == ["say date 30 11 say day_mon 09:00"]

    def test_closed_with_nothing_planned(self, card: Card) -> None:
        closed = "[{first: 2026-11-01, last: 2027-11-01, shifts: [], reason: Building works}]"
        message = card(MONDAY, special_days=closed)
        assert "say closed_now" in says(message)
        assert saying(message, "open_now") == saying(message, "opens_next") == []

    def test_the_clock_is_the_clinics_and_not_the_servers(self, card: Card) -> None:
        # Monday morning in Tokyo is Sunday in London.
        assert saying(card(datetime(2026, 11, 30, 0, 0, tzinfo=UTC)), "open_now") == ["17:00"]
        assert saying(card(datetime(2026, 11, 29, 23, 59, tzinfo=UTC)), "opens_today") == ["09:00"]

    def test_the_outcome_that_leads_to_the_clinic_says_it_too(self, tmp_path: Path) -> None:
        desk = desk_with(tmp_path)
        now, later = (
            desk.renderer.render(CONVERSATION, (do.Finish(SOON),), moment)[-1]
            for moment in (MONDAY, MONDAY.replace(hour=17))
        )
        assert saying(now, "open_now") == ["17:00"]
        assert saying(later, "opens_next") == ["say date 7 12 say day_mon 09:00"]


class TestAnnouncements:
    TODAY = MONDAY.date()

    def announced(self, card: Card, *spans: tuple[int, int]) -> list[str]:
        """The reasons that are announced, for special days so many days from today."""
        written = [
            f"{{first: {self.day(first)}, last: {self.day(last)}, shifts: [], reason: Because {first}}}"
            for first, last in spans
        ]
        texts = saying(card(special_days=f"[{', '.join(written)}]"), "special_days")
        return [text.partition("Because ")[2] for text in texts]

    def day(self, ahead: int) -> date:
        return self.TODAY + timedelta(days=ahead)

    def test_days_ahead_are_announced_and_past_ones_are_not(self, card: Card) -> None:
        assert self.announced(card, (-20, -10), (-1, -1), (5, 9), (10, 10)) == ["5", "10"]

    def test_days_that_have_begun_are_announced_until_their_last(self, card: Card) -> None:
        assert self.announced(card, (-9, 0)) == ["-9"]
        assert self.announced(card, (-9, -1)) == []

    def test_days_far_ahead_are_not_announced_yet(self, card: Card) -> None:
        assert self.announced(card, (45, 50), (46, 50)) == ["45"]

    def test_not_more_than_a_few(self, card: Card) -> None:
        assert self.announced(card, *((i, i) for i in range(1, 10))) == ["1", "2", "3", "4"]

    def test_nothing_to_announce_leaves_no_heading(self, card: Card) -> None:
        assert "say special_days_title" not in says(card(special_days="[]"))
        assert "say special_days_title" in says(
            card(special_days=f"[{{first: {self.day(1)}, last: {self.day(1)}, shifts: [], reason: Works}}]")
        )

    def test_a_single_day_is_no_span(self, card: Card) -> None:
        days = "[{first: 2026-12-01, last: 2026-12-01, shifts: [], reason: Works}]"
        (told,) = saying(card(special_days=days), "special_days")
        assert told == "say date 1 12 say day_tue say closed Works"

    def test_a_span_and_its_hours_are_told(self, card: Card) -> None:
        hours = '[{opens: "10:00", closes: "12:00"}, {opens: "13:00", closes: "14:00"}]'
        days = f"[{{first: 2026-12-01, last: 2026-12-02, shifts: {hours}, reason: Works}}]"
        (told,) = saying(card(special_days=days), "special_days")
        assert told.startswith("say span say date 1 12 say day_tue say date 2 12 say day_wed")
        assert "say shift 12:00 10:00 / say shift 14:00 13:00" in told

    def test_closures_by_the_month_are_always_told(self, card: Card) -> None:
        message = card(special_days="[]", monthly_closures="[{weekday: sat, weeks: [2, 4]}]")
        (told,) = saying(message, "monthly_closure")
        assert told == "say day_sat 2say list_separator4"


class TestHours:
    def test_every_weekday_and_the_holidays_have_a_line(self, card: Card) -> None:
        texts = says(card())
        days = [text for text in texts if text.startswith("say day_") or text == "say public_holidays"]
        assert days == [*(f"say day_{day}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")), days[-1]]
        assert days[-1] == "say public_holidays"
        assert texts.count("say closed") == 7
        assert "say shift 17:00 09:00" in texts

    def test_holidays_that_are_as_any_other_day_have_none(self, tmp_path: Path) -> None:
        path = copy_toy(tmp_path) / "content/ja/clinics/toy.yaml"
        path.write_text(path.read_text().replace("public_holidays: []", "public_holidays: null"))
        desk = load_desk(tmp_path / "flows", tmp_path / "content")
        (message,) = desk.renderer.render(CONVERSATION, (do.ExplainTopic("clinic.toy"),), MONDAY)
        assert "say public_holidays" not in says(message)


class TestBooking:
    def booking(self, message: Part) -> str:
        (address,) = (a["uri"] for a in actions(message) if a["label"] == "say booking_button")
        return str(address)

    def test_the_address_alone(self, card: Card) -> None:
        assert self.booking(card()) == "https://toy.example/book"

    def test_the_reference_of_the_conversation_is_carried_along(self, card: Card) -> None:
        booking = '{url: "https://toy.example/book", parameters: {from: line, ref: "{reference}"}}'
        assert self.booking(card(booking=booking)) == f"https://toy.example/book?from=line&ref={CONVERSATION}"

    def test_the_reference_may_stand_inside_a_value(self, card: Card) -> None:
        booking = '{url: "https://toy.example/book", parameters: {ref: "line-{reference}-1"}}'
        assert self.booking(card(booking=booking)).endswith(f"ref=line-{CONVERSATION}-1")

    @pytest.mark.parametrize(
        "value", ["膝の裏", "a b", "a&b=c", "50%", "#top", "a+b", "?", "https://other.example/?x=1"]
    )
    def test_a_value_arrives_as_it_was_written(self, card: Card, value: str) -> None:
        address = self.booking(card(booking=f'{{url: "https://toy.example/book", parameters: {{memo: "{value}"}}}}'))
        assert address.isascii()
        parts = urlsplit(address)
        assert (parts.netloc, parts.path, parts.fragment) == ("toy.example", "/book", "")
        assert parse_qsl(parts.query) == [("memo", value)]

    @pytest.mark.parametrize(
        "query", ["clinic=5", "clinic=5&room=", "new", "day=%93%FA", "a=1&a=2", "memo=%E8%86%9D", "q=a+b"]
    )
    def test_what_the_address_asks_for_already_is_kept_letter_by_letter(self, card: Card, query: str) -> None:
        booking = f'{{url: "https://toy.example/book?{query}", parameters: {{from: line}}}}'
        assert self.booking(card(booking=booking)) == f"https://toy.example/book?{query}&from=line"
        alone = f'{{url: "https://toy.example/book?{query}"}}'
        assert self.booking(card(booking=alone)) == f"https://toy.example/book?{query}"

    def test_the_place_inside_the_page_stays_at_the_end(self, card: Card) -> None:
        booking = '{url: "https://toy.example/book#form", parameters: {from: line}}'
        assert self.booking(card(booking=booking)) == "https://toy.example/book?from=line#form"

    def test_an_address_in_japanese_is_one_that_line_takes(self, card: Card) -> None:
        booking = '{url: "https://toy.example/予約", parameters: {from: line}}'
        assert self.booking(card(booking=booking)).isascii()

    def test_no_other_address_carries_anything_along(self, card: Card) -> None:
        booking = '{url: "https://toy.example/book", parameters: {ref: "{reference}"}}'
        message = card(booking=booking)
        assert [uri for uri in uris(message) if CONVERSATION in uri] == [self.booking(message)]


class TestWaysToReachIt:
    ONLINE = '{text: Talk from home, link: {label: Talk, uri: "https://toy.example/talk"}}'

    def test_booking_phone_and_map(self, card: Card) -> None:
        assert uris(card()) == ["https://toy.example/book", "tel:03-0000-0000", "https://toy.example/map"]

    def test_talking_from_home_is_offered_where_there_is_such_a_thing(self, card: Card) -> None:
        message = card(online_consultation=self.ONLINE)
        assert "https://toy.example/talk" in uris(message)
        assert {"say online_title", "Talk from home"} <= set(says(message))

    def test_and_is_not_mentioned_where_there_is_none(self, card: Card) -> None:
        assert "say online_title" not in says(card(online_consultation="null"))


class TestSeveralClinics:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        """A second clinic, at the branch by the sea."""
        return desk_with(tmp_path, "sea", name="Sea clinic", address="By the sea", phone="03-0000-0001")

    def render(self, desk: Desk, topic: str) -> Part:
        (message,) = desk.renderer.render(CONVERSATION, (do.ExplainTopic(topic),), MONDAY)
        return message

    def test_all_of_them_are_listed(self, desk: Desk) -> None:
        texts = says(self.render(desk, "list.clinics"))
        assert {"Sea clinic", "Toy clinic", "By the sea", "Somewhere"} <= set(texts)

    @pytest.mark.parametrize(("id", "phone"), [("sea", "tel:03-0000-0001"), ("toy", "tel:03-0000-0000")])
    def test_each_has_its_own_card(self, desk: Desk, id: str, phone: str) -> None:
        (listed,) = (a["data"] for a in actions(self.render(desk, "list.clinics")) if a["data"].endswith(f".{id}"))
        assert listed == f"command|topic:clinic.{id}"
        message = self.render(desk, f"clinic.{id}")
        assert desk.library.clinics[id].name in says(message)
        assert phone in uris(message)

    def test_an_outcome_leads_to_the_first_one(self, desk: Desk) -> None:
        message = desk.renderer.render(CONVERSATION, (do.Finish(SOON),), MONDAY)[-1]
        assert desk.library.clinic_id == "sea"
        assert "Sea clinic" in says(message)

    def test_one_that_is_no_longer_there_is_no_fault(self, desk: Desk) -> None:
        # An old button of a clinic that has moved.
        assert self.render(desk, "clinic.mountain")["type"] == "text"
