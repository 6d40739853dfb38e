"""The page of numbers: periods, small groups, charts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise, product
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import render_template_string
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from bot.console import charts
from bot.console.charts import Series, ticks
from bot.console.periods import BadPeriod, last_days, read_period
from bot.console.small_groups import SMALL, Hidden, Sum, Told, told
from bot.storage import page_opens, patients
from bot.storage.tables import exchanges
from tests.console.office import TOKYO, Office

TODAY = date(2026, 6, 10)


class TestSmallGroups:
    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    def test_fewer_than_five_are_not_told(self, number: int) -> None:
        assert told({"a": number}) == {"a": Hidden.FEW}

    @pytest.mark.parametrize("number", [0, 5, 100])
    def test_nobody_and_five_are_told(self, number: int) -> None:
        assert told({"a": number}) == {"a": number}

    def test_many_messages_of_few_people_are_not_told(self) -> None:
        assert told({"a": 90, "b": 9}, few={"a"}) == {"a": Hidden.FEW, "b": 9}

    def test_when_one_is_hidden_the_next_smallest_is_too(self) -> None:
        shown = told({"sum": 112, "a": 2, "b": 10, "c": 100}, [Sum("sum", ("a", "b", "c"))])
        assert shown == {"sum": 112, "a": Hidden.FEW, "b": Hidden.COVER, "c": 100}

    def test_two_single_people_are_not_told_by_what_is_left_over(self) -> None:
        shown = told({"sum": 22, "a": 1, "b": 1, "c": 20}, [Sum("sum", ("a", "b", "c"))])
        assert isinstance(shown["c"], Hidden)

    def test_a_total_hides_when_nothing_else_can(self) -> None:
        shown = told({"sum": 4, "a": 4, "b": 0}, [Sum("sum", ("a", "b"))])
        assert isinstance(shown["sum"], Hidden)

    @given(parts=st.lists(st.integers(0, 9), min_size=1, max_size=4))
    def test_no_sum_tells_a_small_group(self, parts: list[int]) -> None:
        shown = told({**dict(enumerate(parts)), "sum": sum(parts)}, [Sum("sum", tuple(range(len(parts))))])
        _assert_untold([shown[i] for i in range(len(parts))], shown["sum"], parts)

    @given(cells=st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=3))
    def test_neither_rows_nor_columns_tell_a_small_group(self, cells: list[list[int]]) -> None:
        rows, columns = range(len(cells)), range(2)
        numbers: dict[Any, int] = {(i, j): cells[i][j] for i in rows for j in columns}
        numbers |= {(i, "sum"): sum(cells[i]) for i in rows}
        numbers |= {("sum", j): sum(row[j] for row in cells) for j in columns}
        sums = [Sum((i, "sum"), tuple((i, j) for j in columns)) for i in rows]
        sums += [Sum(("sum", j), tuple((i, j) for i in rows)) for j in columns]
        shown = told(numbers, sums)
        for line in sums:
            _assert_untold([shown[key] for key in line.parts], shown[line.total], [numbers[k] for k in line.parts])

    @given(numbers=st.dictionaries(st.text(max_size=2), st.integers(0, 20), max_size=8))
    def test_nothing_else_is_changed(self, numbers: dict[str, int]) -> None:
        shown = told(numbers)
        assert all(shown[key] == number for key, number in numbers.items() if number == 0 or number >= SMALL)


def _assert_untold(shown: list[Told], total: Told, parts: list[int]) -> None:
    """Whoever tries every possible value finds at least two for each small group."""
    possible = [_possible(value) for value in shown]
    fitting = [guess for guess in product(*possible) if sum(guess) in _possible(total, upto=60)]
    assert tuple(parts) in fitting
    for i, number in enumerate(parts):
        if 0 < number < SMALL:
            assert isinstance(shown[i], Hidden)
            assert len({guess[i] for guess in fitting}) > 1


def _possible(value: Told, upto: int = 14) -> range:
    match value:
        case Hidden.FEW:
            return range(1, SMALL)
        case Hidden.COVER:
            return range(1, upto)
        case number:
            return range(number, number + 1)


class TestPeriods:
    def test_the_last_days_hold_today(self) -> None:
        period = last_days(7, TODAY, TOKYO)
        assert (period.whole.first, period.whole.last) == (date(2026, 6, 4), TODAY)
        assert len(period.stretches) == 7

    def test_longer_ones_are_divided_into_weeks_of_which_the_newest_is_whole(self) -> None:
        first, *_, last = last_days(30, TODAY, TOKYO).stretches
        assert (last.last - last.first).days == 6
        assert (first.last - first.first).days == 1

    @pytest.mark.parametrize(("days", "short"), [(7, None), (28, None), (30, 2)])
    def test_a_first_week_that_is_not_whole_is_known(self, days: int, short: int | None) -> None:
        assert last_days(days, TODAY, TOKYO).short_first == short

    def test_days_begin_at_midnight_of_the_clinic(self) -> None:
        borders = last_days(7, TODAY, TOKYO).borders
        assert len(borders) == 8
        assert {datetime.fromtimestamp(border / 1000, TOKYO).time() for border in borders} == {time()}

    def test_days_of_ones_own(self) -> None:
        period = read_period({"from": "2026-05-01", "to": "2026-05-03"}, TODAY, TOKYO)
        assert (period.whole.first, period.whole.last, period.days) == (date(2026, 5, 1), date(2026, 5, 3), None)

    def test_what_is_still_to_come_is_left_out(self) -> None:
        assert read_period({"from": "2026-06-01", "to": "2030-01-01"}, TODAY, TOKYO).whole.last == TODAY

    @pytest.mark.parametrize(
        ("first", "last", "problem"),
        [
            ("2026-06-05", "2026-06-01", "period_backwards"),
            ("2026-07-01", "2026-07-02", "period_future"),
            ("2001-01-01", "2026-06-01", "period_long"),
            ("<script>", "2026-06-01", "period_unreadable"),
            ("", "2026-06-01", "period_unreadable"),
        ],
    )
    def test_impossible_days_say_why(self, first: str, last: str, problem: str) -> None:
        with pytest.raises(BadPeriod, match=problem):
            read_period({"from": first, "to": last}, TODAY, TOKYO)

    @given(days=st.integers(1, 731))
    def test_stretches_cover_every_day_once(self, days: int) -> None:
        period = last_days(days, TODAY, TOKYO)
        assert sum((s.last - s.first).days + 1 for s in period.stretches) == days
        assert all(one.last + timedelta(days=1) == next.first for one, next in pairwise(period.stretches))


class TestCharts:
    @given(highest=st.integers(0, 10**9))
    def test_axes_have_few_round_numbers(self, highest: int) -> None:
        found = ticks(highest)
        assert found[0] == 0
        assert found[-1] >= highest
        assert len(found) <= 6
        assert str(found[1]).rstrip("0") in {"1", "2", "5"}

    def test_a_line_has_a_gap_where_a_number_is_not_told(self) -> None:
        drawing = charts.lines(["1", "2", "3", "4", "5"], [Series("a", "first", (7, 8, None, 9, 10))])
        assert [len(line.points) for line in drawing.lines if line.look == "first"] == [2, 2]
        assert drawing.has_gaps

    def test_nothing_at_all_can_be_drawn(self) -> None:
        assert charts.columns([], []).boxes == ()
        assert charts.lines(["1"], [Series("a", "first", (0,))]).dots

    def test_more_is_larger(self) -> None:
        few, many = charts.bars([("a", 10), ("b", 20)]).boxes
        assert many.width == pytest.approx(2 * few.width)

    @given(
        values=st.lists(st.one_of(st.none(), st.integers(0, 10**6)), max_size=60),
        stacked=st.booleans(),
    )
    def test_nothing_is_drawn_outside(self, values: list[int | None], stacked: bool) -> None:
        labels = [str(i) for i in range(len(values))]
        series = [Series("a", "first", tuple(values)), Series("b", "second", tuple(values))]
        for box in charts.columns(labels, series, stacked).boxes:
            assert 0 <= box.x <= box.x + box.width <= charts.WIDTH
            assert 0 <= round(box.y, 6) <= box.y + box.height <= 180

    @given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=20))
    def test_words_are_escaped(self, text: str) -> None:
        hostile = f'<script>"&{text}'
        root = ElementTree.fromstring(_svg(hostile))
        assert not root.findall(".//{*}script")
        assert hostile in {found.text for found in root.iter()}

    def test_a_chart_has_a_title_and_a_description(self) -> None:
        root = ElementTree.fromstring(_svg("a"))
        named = root.attrib["aria-labelledby"].split()
        assert [found.attrib["id"] for found in root if found.tag in ("title", "desc")] == named


def _svg(title: str) -> str:
    """A chart of which every word is `title`."""
    from flask import Flask

    from tests.console.office import ROOT

    app = Flask("charts", template_folder=str(ROOT / "bot" / "console" / "templates"))
    drawing = charts.lines([title], [Series(title, "first", (5,))])
    template = '{% from "console/number_chart.html" import chart %}{{ chart("id", drawing, title, title) }}'
    with app.app_context():
        return render_template_string(template, drawing=drawing, title=title).strip()


class TestPage:
    def test_asks_for_a_login(self, office: Office) -> None:
        assert office.visitor().get("/console/numbers/").status_code == 302

    @pytest.mark.parametrize("role", ["viewer", "staff", "owner"])
    def test_is_there_for_everybody(self, office: Office, role: str) -> None:
        assert office.client(role).get("/console/numbers/").status_code == 200

    def test_says_so_when_there_is_nothing(self, office: Office) -> None:
        page = office.client("viewer").get("/console/numbers/").text
        assert page.count('class="empty"') == 12
        assert "<svg" not in page

    def test_shows_a_chart_and_the_same_numbers_as_a_table(self, office: Office) -> None:
        for _ in range(7):
            office.add_patient()
        section = _section(office, "friends")
        assert "<svg" in section
        assert ">7</td>" in section

    def test_small_groups_are_not_in_the_page(self, office: Office) -> None:
        for _ in range(3):
            office.add_patient()
        section = _section(office, "friends")
        assert "under 5" in section
        assert ">3</td>" not in section

    def test_where_people_stop_is_told_by_question_a_day_later(self, office: Office) -> None:
        _begin(office, "swelling", 6)
        assert 'class="empty"' in _section(office, "stops")
        office.clock.advance(days=1, minutes=1)
        question = office.desk.library.questions["swelling"].text
        assert question in _section(office, "stops")

    def test_bars_are_drawn_only_for_what_is_told(self, office: Office) -> None:
        _begin(office, "swelling", 9)
        _begin(office, "injury", 6, named="d")
        _begin(office, "onset", 2, named="e")
        office.clock.advance(days=1, minutes=1)
        chart, table = _section(office, "stops").split("</figure>")
        many, hidden, few = (office.desk.library.questions[id].text for id in ("swelling", "injury", "onset"))
        assert [text in chart for text in (many, hidden, few)] == [True, False, False]
        assert all(text in table for text in (many, hidden, few))

    def test_when_no_number_can_be_told_it_says_so(self, office: Office) -> None:
        _begin(office, "swelling", 2)
        office.clock.advance(days=1, minutes=1)
        section = _section(office, "stops")
        assert "<svg" not in section
        assert 'class="empty"' in section
        assert "<details >" in section
        assert "under 5" in section

    def test_opening_hours_are_marked(self, office: Office) -> None:
        for _ in range(6):
            office.say(office.add_patient(), "hello")
        assert 'class="box marked"' in _section(office, "hours")

    @pytest.mark.parametrize("query", ["from=2026-06-05&to=2026-06-01", "from=x&to=y", "from=%00"])
    def test_impossible_days_are_explained(self, office: Office, query: str) -> None:
        answer = office.client("viewer").get(f"/console/numbers/?{query}")
        assert answer.status_code == 200
        assert 'id="problem"' in answer.text

    def test_a_typed_date_is_escaped(self, office: Office) -> None:
        page = office.client("viewer").get("/console/numbers/", query_string={"from": '"><script>'}).text
        assert '"><script>' not in page

    def test_no_patient_is_in_it(self, office: Office) -> None:
        person = office.add_patient("Somebody")
        office.say(person, "a secret")
        page = office.client("owner").get("/console/numbers/").text
        assert not any(word in page for word in (person.user_id, person.reference, "Somebody", "a secret"))

    def test_hand_overs_and_topics_count_people(self, office: Office) -> None:
        for _ in range(6):
            person = office.add_patient()
            for key in ("staff", "tip.massage", "guidebook.self_care"):
                _command(office, person.user_id, key)
        for id in ("hand_overs", "topics", "guidebooks"):
            assert ">6</td>" in _section(office, id)

    def test_opened_pages_are_told_however_few_they_are(self, office: Office) -> None:
        today = datetime.fromtimestamp(office.clock() / 1000, TOKYO).date()
        opened = {"guidebook.self_care": 3, "guidebook.gone": 1, "booking.demo": 2, "memo": 4}
        for page, times in opened.items():
            for _ in range(times):
                office.transact(lambda c, page=page: page_opens.add(c, page, today))
        office.transact(lambda c: page_opens.add(c, "booking.demo", today - timedelta(days=60)))
        guidebooks, bookings = _section(office, "guidebook_pages"), _section(office, "bookings")
        assert office.desk.library.guidebooks["self_care"].title in guidebooks
        assert ">3</td>" in guidebooks
        assert office.desk.library.clinic.name in bookings
        assert ">2</td>" in bookings
        assert ">4</td>" not in guidebooks + bookings


def _section(office: Office, id: str) -> str:
    page = office.client("viewer").get("/console/numbers/?days=7").text
    return page.split(f'id="{id}"')[1].split("</section>")[0]


def _begin(office: Office, asking: str, count: int, named: str = "c") -> None:
    """Conversations that wait at a question."""
    now = office.clock()
    for i in range(count):
        state = {"id": f"{named}{i}", "asking": asking, "finished": None}
        office.transact(lambda c, state=state: patients.save_conversation(c, "U", state, True, None, now))


def _command(office: Office, user_id: str, key: str) -> None:
    row = {"user_id": user_id, "at": office.clock(), "kind": "command", "key": key}
    office.transact(lambda c: c.execute(insert(exchanges), row))
