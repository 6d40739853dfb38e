"""The sheet that a doctor signs: on paper, as a table, by a command."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.broken import copy_toy

from bot.cli import cli
from bot.console.csv_files import BYTE_ORDER_MARK
from bot.desk import Desk
from bot.path_sheet.layout import WIDTH, columns

ROOT = Path(__file__).parents[2]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A copy of the toy desk, with signs between words."""
    toy = copy_toy(tmp_path / "toy")
    change(toy / "content/ja/messages.yaml", "say list_separator", '","')
    change(toy / "content/ja/messages.yaml", "say point {text}", '"- {text}"')
    return toy


@pytest.fixture(scope="module")
def sheet() -> str:
    """The sheet of the shipped desk."""
    return printed(ROOT)


def change(path: Path, old: str, new: str) -> None:
    """Put another text into a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def paths(desk: Path, *options: str) -> Result:
    """The command `app.py paths`, for a desk in a folder."""
    settings = {"FLOWS_DIR": str(desk / "flows"), "CONTENT_DIR": str(desk / "content")}
    return CliRunner(env=settings).invoke(cli, ["paths", *options])


def printed(desk: Path, *options: str) -> str:
    """The sheet of a desk."""
    result = paths(desk, *options)
    assert result.exit_code == 0, result.output
    return result.stdout


def block(sheet: str, line: str) -> str:
    """A line of the sheet with what stands below it, in one text."""
    found = re.search(rf"^{line} .*\n(?: +\S.*\n)*", sheet, flags=re.MULTILINE)
    assert found, sheet
    return " ".join(found.group().split())


class TestThePage:
    def test_says_which_flow_was_listed_and_when(self, toy: Path) -> None:
        sheet = printed(toy)
        assert "Flow toy 1\n" in sheet
        assert re.search(r"^Fingerprint [0-9a-f]{64}$", sheet, flags=re.MULTILINE)
        assert re.search(r"^Day \d{4}-\d\d-\d\d$", sheet, flags=re.MULTILINE)
        assert "8 lines, 3 rules" in sheet
        assert "Usually <Age Young>" in sheet

    def test_leaves_room_for_the_signature(self, toy: Path) -> None:
        assert "\nSigned ____\n" in printed(toy)

    def test_shows_the_levels_with_the_most_urgent_first(self, toy: Path) -> None:
        assert re.findall(r"^(. \w+: \d)$", printed(toy), flags=re.MULTILINE) == [
            "! Now: 1",
            "+ Today: 5",
            "o Soon: 1",
            "- Watch: 1",
        ]

    def test_shows_of_each_line_what_somebody_has_and_what_follows(self, toy: Path) -> None:
        sheet = printed(toy)
        assert block(sheet, "R2-3") == "R2-3 <Lump Hard> + <Tired> [ ] Asked 7"
        assert block(sheet, "R2-4") == "R2-4 <Lump Hard> + <Pain from 7> [ ] Asked 7 Rules R2,R3"
        assert block(sheet, "R3-1").startswith("R3-1 <Pain from 7> [ ] Asked 6 Told of")

    def test_has_a_box_at_every_line(self, toy: Path) -> None:
        assert len(re.findall(r"\[ \]$", printed(toy), flags=re.MULTILINE)) == 8

    def test_says_above_the_lines_of_a_rule_what_it_means_and_where_it_is_from(self, toy: Path) -> None:
        assert "[R2]    A swollen calf, or two signs.\n        From BOOK\n" in printed(toy)
        assert "\n  BOOK The book all\n" in printed(toy)

    def test_ends_with_somebody_who_has_nothing(self, toy: Path) -> None:
        assert block(printed(toy), "0").startswith("0 Nothing [ ] Asked 6")
        assert block(printed(toy), "0").endswith("Offered To rest,To rub")

    def test_tells_of_self_care_that_is_withheld_at_a_level_and_at_a_line(self, toy: Path) -> None:
        change(
            toy / "flows/self_care.yaml",
            "  rest:\n    up_to: soon_2w",
            "  rest:\n    up_to: soon_2w\n    needs: [mood]",
        )
        change(toy / "flows/self_care.yaml", "up_to: self_care_watch", "up_to: soon_2w")
        change(toy / "flows/red_flags.yaml", "when: {matches: strong}", "when: {swollen: knee}")
        assert "All self-care\n" in printed(toy)
        assert "Withheld To rest (not known Mood),To rub (these findings)" in block(printed(toy), "R3-1")

    def test_tells_of_exceptions(self, toy: Path) -> None:
        but_not = "{not: {all: [{age_band: old}, {not: {hot: 'yes'}}, {not: {tired: 'yes'}}]}}"
        change(
            toy / "flows/red_flags.yaml", "when: {matches: strong}", f"when: {{all: [{{matches: strong}}, {but_not}]}}"
        )
        assert "Not when <Age Old> and none of <Hot>,<Tired>" in block(printed(toy), "R3-1")

    def test_tells_of_exceptions_that_are_asked_about_too_late(self, toy: Path) -> None:
        when = "when: {all: [{breathless: 'yes'}, {not: {tired: 'yes'}}]}"
        change(toy / "flows/red_flags.yaml", 'when: {breathless: "yes"}', when)
        assert "Too late for <Tired>" in block(printed(toy), "R1-1")

    def test_puts_alternatives_into_one_line(self, toy: Path) -> None:
        change(toy / "flows/red_flags.yaml", 'when: {breathless: "yes"}', "when: {any: [{hot: 'yes'}, {tired: 'yes'}]}")
        assert block(printed(toy), "R1-1").startswith("R1-1 one of <Hot><Tired> [ ]")

    def test_names_the_line_that_stands_for_another_one(self, toy: Path) -> None:
        change(toy / "flows/red_flags.yaml", "{swollen: calf}", "{all: [{breathless: 'yes'}, {hot: 'yes'}]}")
        assert "<Short of breath> + <Hot> is in R1-1" in printed(toy)

    def test_shows_a_rule_that_other_lines_stand_for_altogether(self, toy: Path) -> None:
        change(toy / "flows/red_flags.yaml", "when: {matches: strong}", "when: {breathless: 'yes'}")
        assert "[R3]    Strong pain.\n        From BOOK\n        <Short of breath> is in R1-1\n" in printed(toy)

    def test_tells_when_each_tip_is_withheld(self, toy: Path) -> None:
        sheet = printed(toy)
        tip = sheet[sheet.index("To rub from BOOK") :].splitlines()[:6]
        assert [line.strip() for line in tip] == [
            "To rub from BOOK",
            "Up to Watch",
            "Withheld if <Swelling any>",
            "With care if <Age Old>",
            "Needs Swelling",
            "Instead To rest",
        ]

    def test_tells_what_not_sure_counts_as(self, toy: Path) -> None:
        for text in (
            "Never below Soon",
            "Short of breath counts as there",
            "Swelling counts as Calf",
            "Pain counts as 8",
        ):
            assert text in printed(toy)

    def test_shows_one_rule_on_request(self, toy: Path) -> None:
        sheet = printed(toy, "--rule", "R3")
        assert re.findall(r"^(\S+) .*\[ \]$", sheet, flags=re.MULTILINE) == ["R3-1"]
        assert "Only R3" in sheet
        assert "Withheld if" not in sheet


class TestTheShippedPage:
    def test_fits_on_paper(self, sheet: str) -> None:
        assert [line for line in sheet.splitlines() if columns(line) > WIDTH] == []

    def test_fills_in_everything(self, sheet: str) -> None:
        assert re.findall(r"\{\w+\}", sheet) == []

    def test_names_every_rule_tip_and_finding_by_its_words(self, sheet: str, desk: Desk) -> None:
        assert {rule.id for rule in desk.flow.rules} == set(re.findall(r"^\[(\w+)\]", sheet, flags=re.MULTILINE))
        assert all(desk.library.tips[id].name in sheet for id in desk.flow.tips)
        assert not [id for id in desk.flow.findings if "_" in id and id in sheet]


class TestTheTable:
    def rows(self, toy: Path, *options: str) -> list[dict[str, str]]:
        file = toy / "paths.csv"
        result = paths(toy, "--csv", str(file), *options)
        assert (result.exit_code, result.stderr) == (0, f"{file} written\n")
        text = file.read_bytes().decode("utf-8")
        assert text.startswith(BYTE_ORDER_MARK)
        return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))

    def test_has_the_lines_of_the_page(self, toy: Path) -> None:
        numbers = re.findall(r"^(\S+) .*\[ \]$", printed(toy), flags=re.MULTILINE)
        assert [row["line"] for row in self.rows(toy)] == numbers

    def test_says_of_each_line_what_the_page_says_and_more(self, toy: Path) -> None:
        row = next(row for row in self.rows(toy) if row["line"] == "R2-4")
        assert row["findings"] == "<Lump Hard> + <Pain from 7>"
        assert (row["level_id"], row["level"], row["rule"], row["rules"]) == ("same_day", "Today", "R2", "R2 R3")
        assert (row["count"], row["asked"]) == ("7", "consent breath swelling knee body age how_strong")
        assert row["condition_ids"] == "sprain clot other_or_unspecified"
        assert (row["tips"], row["withheld"]) == ("", "To rest,To rub (this level)")
        assert (row["sources"], row["checked"]) == ("BOOK", "")
        assert row["fingerprint"] in printed(toy)

    def test_shows_one_rule_on_request(self, toy: Path) -> None:
        assert [row["line"] for row in self.rows(toy, "--rule", "R3")] == ["R3-1"]

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
    def test_holds_no_formula(self, toy: Path, sign: str) -> None:
        change(toy / "content/ja/paths.yaml", 'finding: "<{text}>"', f'finding: "{sign}{{text}}"')
        cells = [row["findings"] for row in self.rows(toy) if row["findings"] != "Nothing"]
        assert all(cell.startswith(f"'{sign}") for cell in cells)

    def test_says_that_it_cannot_be_written(self, toy: Path) -> None:
        result = paths(toy, "--csv", str(toy / "nowhere" / "paths.csv"))
        assert (result.exit_code, result.stdout) == (5, "")
        assert len(result.stderr.splitlines()) == 1


class TestTheCommand:
    def fingerprint(self, toy: Path) -> str:
        return re.findall(r"^Fingerprint (\w+)$", printed(toy), flags=re.MULTILINE)[0]

    def test_tells_another_flow_by_its_fingerprint_and_other_words_not(self, toy: Path) -> None:
        before = self.fingerprint(toy)
        change(toy / "content/ja/rules.yaml", "Strong pain.", "Pain is strong.")
        assert self.fingerprint(toy) == before
        change(toy / "flows/red_flags.yaml", "at_least: 7", "at_least: 6")
        assert self.fingerprint(toy) != before

    def test_takes_the_words_of_another_language(self, toy: Path) -> None:
        (toy / "content/ja").rename(toy / "content/en")
        assert "R1-1" in printed(toy, "--language", "en")

    @pytest.mark.parametrize("options", [["--language", "xx"], ["--language", "../ja"], ["--rule", "R"]])
    def test_what_is_not_there_is_told_in_one_line(self, toy: Path, options: list[str]) -> None:
        result = paths(toy, *options)
        assert (result.exit_code, result.stdout) == (5, "")
        assert len(result.stderr.splitlines()) == 1

    def test_faults_are_listed(self, toy: Path) -> None:
        change(toy / "content/ja/paths.yaml", "  box: ", "  boxx: ")
        result = paths(toy)
        assert result.exit_code == 4
        assert "content/ja/paths.yaml" in result.stderr
