"""Taking data out: whole, safe to open, without LINE user ids."""

from __future__ import annotations

import csv
import html
import io
import re
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import cli
from bot.console.csv_files import BYTE_ORDER_MARK, FILES, Source, csv_text, guarded
from bot.console.periods import last_days
from bot.line.written import written
from bot.storage import audit, export_rows, patients, people
from bot.storage.audience import Audience
from bot.storage.campaigns import add as add_campaign
from tests.console.office import TOKYO, Office, shipped_words

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class TestGuard:
    @given(start=st.sampled_from(RUNS), rest=st.text(max_size=20))
    def test_what_a_spreadsheet_would_run_is_text(self, start: str, rest: str) -> None:
        assert guarded(start + rest) == f"'{start}{rest}"

    @given(text=st.text(max_size=20))
    def test_nothing_is_lost(self, text: str) -> None:
        assert str(guarded(text)).removeprefix("'") == text.removeprefix("'")

    @given(text=st.text(max_size=20))
    def test_no_cell_begins_like_a_formula(self, text: str) -> None:
        assert not str(guarded(text)).startswith(RUNS)

    @pytest.mark.parametrize("cell", [None, 0, -5, "", "a=1", "2026-06-10"])
    def test_everything_else_stays(self, cell: str | int | None) -> None:
        assert guarded(cell) == cell


class TestPage:
    @pytest.mark.parametrize("role", ["viewer", "staff"])
    def test_is_for_owners(self, office: Office, role: str) -> None:
        client = office.client(role)
        assert client.get("/console/exports/").status_code == 403
        assert client.submit("/console/exports/", {"file": "patients"}).status_code == 403
        assert not office.audit("data_exported")

    def test_offers_every_file(self, office: Office) -> None:
        page = office.client().get("/console/exports/").text
        assert all(f'value="{name}"' in page for name in FILES)

    @pytest.mark.parametrize("name", FILES)
    def test_every_file_can_be_saved(self, office: Office, name: str) -> None:
        answer = office.client().submit("/console/exports/", {"file": name})
        assert answer.status_code == 200
        assert answer.mimetype == "text/csv"
        assert answer.text.startswith(BYTE_ORDER_MARK)

    def test_saving_is_noted(self, office: Office) -> None:
        office.client().submit("/console/exports/", {"file": "patients"})
        (entry,) = office.audit("data_exported")
        assert (entry.who, entry.subject) == ("owner", "patients")

    @pytest.mark.parametrize("name", ["", "staff", "../patients"])
    def test_other_files_are_not_there(self, office: Office, name: str) -> None:
        assert office.client().submit("/console/exports/", {"file": name}).status_code == 404
        assert not office.audit("data_exported")

    def test_a_form_from_elsewhere_saves_nothing(self, office: Office) -> None:
        assert office.client().post("/console/exports/", data={"file": "patients"}).status_code == 400
        assert not office.audit("data_exported")


class TestPeriod:
    """The numbers are those of the period that was chosen on their page."""

    @pytest.mark.parametrize(
        ("chosen", "first", "last"),
        [
            ("", "2026-05-12", "2026-06-10"),
            ("?days=7", "2026-06-04", "2026-06-10"),
            ("?days=90", "2026-03-13", "2026-06-10"),
            ("?from=2026-04-01&to=2026-04-30", "2026-04-01", "2026-04-30"),
        ],
    )
    def test_the_file_holds_the_days_of_the_page_and_says_so(
        self, office: Office, chosen: str, first: str, last: str
    ) -> None:
        owner = office.client()
        exports = address_in(owner.get(f"/console/numbers/{chosen}").text, "/console/exports/?")
        page = owner.get(exports).text
        assert first in page
        assert last in page
        answer = owner.submit(address_in(page, "/console/exports/?"), {"file": "numbers"})
        assert {(row[0], row[1]) for row in rows_of(answer.text)} == {(first, last)}
        assert answer.headers["Content-Disposition"].endswith(f'"hizaura-numbers-{first}-to-{last}.csv"')

    def test_the_way_back_leads_to_the_same_days(self, office: Office) -> None:
        page = office.client().get("/console/exports/?from=2026-04-01&to=2026-04-30").text
        assert address_in(page, "/console/numbers/?") == "/console/numbers/?from=2026-04-01&to=2026-04-30"

    def test_what_was_shown_is_saved_also_after_midnight(self, office: Office) -> None:
        owner = office.client()
        page = owner.get("/console/exports/?days=7").text
        office.clock.set(2026, 6, 11)
        answer = office.client().submit(address_in(page, "/console/exports/?"), {"file": "numbers"})
        assert {(row[0], row[1]) for row in rows_of(answer.text)} == {("2026-06-04", "2026-06-10")}

    def test_the_other_files_are_whole_and_bear_the_day(self, office: Office) -> None:
        answer = office.client().submit("/console/exports/?from=2026-04-01&to=2026-04-30", {"file": "patients"})
        assert answer.headers["Content-Disposition"].endswith('"hizaura-patients-2026-06-10.csv"')

    def test_days_that_cannot_be_save_nothing(self, office: Office) -> None:
        answer = office.client().submit("/console/exports/?from=2026-04-30&to=2026-04-01", {"file": "numbers"})
        assert answer.status_code == 400
        assert not office.audit("data_exported")


class TestFiles:
    def test_patients_with_tags_and_consent(self, office: Office) -> None:
        person = office.add_patient("=HYPERLINK(1)", tags=("over_60", "injured"), urgency="same_day")
        (row,) = rows(office, "patients")
        assert row[0] == person.reference
        assert row[1] == "'=HYPERLINK(1)"
        assert row[6]
        assert row[-1] == "injured, over_60"

    def test_conversations_with_answers_in_words(self, office: Office) -> None:
        answer_consent(office)
        assert ["consent", "agree"] in [[row[4], row[6]] for row in rows(office, "conversations")]

    def test_a_damaged_conversation_costs_no_other(self, office: Office) -> None:
        answer_consent(office)
        office.transact(lambda c: c.exec_driver_sql("UPDATE conversations SET state = '{'"))
        assert len(rows(office, "conversations")) == 1

    def test_exchanges_hold_both_sides(self, office: Office) -> None:
        office.say(office.add_patient(), "+1 more\nline", answered=written([{"type": "text", "text": "- no"}]))
        (row,) = rows(office, "exchanges")
        assert row[6:8] == ["'+1 more\nline", "'- no"]

    def test_notes_name_who_wrote_them(self, office: Office) -> None:
        person, nurse = office.add_patient(), office.member("nurse", "staff")
        office.transact(lambda c: people.add_note(c, person.user_id, nurse.id, "<b>called</b>", office.clock()))
        (row,) = rows(office, "notes")
        assert [row[1], row[3], row[4]] == [person.reference, "nurse", "<b>called</b>"]

    def test_campaigns(self, office: Office) -> None:
        by = office.member().id
        office.transact(lambda c: add_campaign(c, None, "closed", Audience(), False, by, office.clock()))
        (row,) = rows(office, "campaigns")
        assert [row[3], row[6]] == ["closed", "owner"]

    def test_the_audit_log(self, office: Office) -> None:
        office.transact(lambda c: audit.note(c, office.clock(), None, "thing_done", "subject", count=3))
        (row,) = rows(office, "audit_log")
        assert row[3:] == ["thing_done", "subject", '{"count": 3}']

    def test_numbers_hide_small_groups(self, office: Office) -> None:
        for _ in range(3):
            office.add_patient()
        numbers = {row[-1] for row in rows(office, "numbers")}
        assert "3" not in numbers
        assert "under 5" in numbers

    def test_no_file_holds_a_line_user(self, office: Office) -> None:
        person = office.add_patient("A", tags=("over_60",), urgency="soon_2w")
        office.say(person, "hello")
        office.transact(lambda c: people.add_note(c, person.user_id, 1, "note", office.clock()))
        assert not any(person.user_id in text_of(office, name) for name in FILES)

    def test_rows_beyond_one_read_are_all_there_once(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(export_rows, "AT_ONCE", 2)
        people_there = [office.add_patient(tags=("over_60",)) for _ in range(5)]
        for person in people_there:
            office.say(person, "hello")
        for name in ("patients", "exchanges"):
            found = [row[0 if name == "patients" else 1] for row in rows(office, name)]
            assert sorted(found) == sorted(person.reference for person in people_there)

    def test_every_column_has_a_name_in_every_language(self) -> None:
        keys = {f"column_{id}" for file in FILES.values() for id in file.columns}
        assert all(keys <= set(words.texts) for words in shipped_words().values())


class TestCommand:
    def test_writes_the_same_files_for_nobody_else_to_read(
        self, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = office.add_patient("A")
        monkeypatch.setenv("DATABASE_URL", str(office.database.url))
        result = CliRunner().invoke(cli, ["export", str(tmp_path / "out")])
        assert result.exit_code == 0, result.output
        written = sorted((tmp_path / "out").iterdir())
        assert len(written) == len(FILES)
        assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
        assert any(person.reference in path.read_text(encoding="utf-8") for path in written)
        assert {entry.subject for entry in office.audit("data_exported")} == set(FILES)

    def test_a_folder_that_cannot_be_made_says_so(
        self, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("DATABASE_URL", str(office.database.url))
        result = CliRunner().invoke(cli, ["export", str(tmp_path / "file" / "out")])
        assert result.exit_code == 5


def address_in(page: str, beginning: str) -> str:
    """The first address in a page that begins so."""
    found = re.search(rf'(?:href|action)="({re.escape(beginning)}[^"]*)"', page)
    assert found
    return html.unescape(found[1])


def rows(office: Office, name: str) -> Sequence[list[str]]:
    """The cells of a file without its head."""
    return rows_of(text_of(office, name))


def rows_of(text: str) -> Sequence[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def text_of(office: Office, name: str) -> str:
    period = last_days(90, office.services.local(office.clock()).date(), TOKYO)
    words = shipped_words()["en"]
    source = Source(office.database, office.desk, words, TOKYO, office.clock(), period)
    return "".join(csv_text(FILES[name], source)).removeprefix(BYTE_ORDER_MARK)


def answer_consent(office: Office) -> None:
    """Somebody agrees to the first question."""
    person, now = office.add_patient(), office.clock()
    state = {"id": "c", "answers": {"consent": ["agree", "2026-06-10T10:00:00+09:00", "print"]}, "volunteered": []}
    office.transact(lambda c: patients.save_conversation(c, person.user_id, state, True, None, now))
