"""What the clinic has to see to before patients read it, and that `check --production` insists on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.broken import copy_toy, places

from bot.cli import cli
from bot.desk import load_desk
from bot.faults import Fault
from bot.library.readiness import BLOCKS_PRODUCTION, SOON, open_points

ROOT = Path(__file__).parent.parent.parent
TODAY = date(2026, 11, 22)
REAL = "toy.internal"
"""A name that is not kept free for examples, and that nobody can register either."""

GAP = "self_pay: {cost: 5000 yen, visits: null, risks: null, contact: null, approval: null}"


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """The toy desk, signed until long after `TODAY`, with an address and a phone number of its own."""
    desk = copy_toy(tmp_path)
    edit(desk, "", "reviewed_on: null", f"reviewed_on: {TODAY - timedelta(days=30)}")
    edit(desk, "", "expires_on: 2027-01-01", f"expires_on: {TODAY + timedelta(days=300)}")
    edit(desk, "", "toy.example", REAL)
    edit(desk, "clinics/toy.yaml", "03-0000-0000", "03-2468-1357")
    return desk


def edit(desk: Path, file: str, old: str, new: str) -> None:
    """Change a text wherever it stands in one file of the content, or in every file."""
    changed = 0
    for path in [desk / "content/ja" / file] if file else (desk / "content").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new), encoding="utf-8")
        changed += old in text
    assert changed


def line_of(desk: Path, file: str, text: str) -> int:
    lines = (desk / "content/ja" / file).read_text(encoding="utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, start=1) if text in line)
    return number


def open_in(desk: Path, today: date = TODAY) -> list[Fault]:
    return open_points(load_desk(desk / "flows", desk / "content").library, today)


def expect_one(desk: Path, id: str, file: str, text: str, today: date = TODAY) -> None:
    """The one open point stands where `text` does."""
    points = open_in(desk, today)
    assert places(points) == [(id, f"content/ja/{file}", line_of(desk, file, text))]
    assert all(point.message and point.hint for point in points)


def test_nothing_is_open_in_what_is_signed_and_real(toy: Path) -> None:
    assert open_in(toy) == []


class TestReviews:
    SIGNED = f"reviewed_on: {TODAY - timedelta(days=30)}"
    VALID = f"expires_on: {TODAY + timedelta(days=300)}"

    @pytest.mark.parametrize(
        "file",
        [
            "conditions/clot.yaml",
            "self_care/rest.yaml",
            "treatments/bandage.yaml",
            "answers/parking.yaml",
            "guidebooks/knee.yaml",
        ],
    )
    def test_a_text_that_is_not_signed(self, toy: Path, file: str) -> None:
        edit(toy, file, self.SIGNED, "reviewed_on: null")
        expect_one(toy, "READY001", file, "reviewed_on")

    def test_an_outcome_that_is_not_signed(self, toy: Path) -> None:
        edit(
            toy,
            "outcomes.yaml",
            f"[Worse means today]\n  sources: [{{title: The book}}]\n  reviewed_by: doctor\n  {self.SIGNED}",
            "[Worse means today]\n  sources: [{title: The book}]\n  reviewed_by: doctor\n  reviewed_on: null",
        )
        expect_one(toy, "READY001", "outcomes.yaml", "reviewed_on: null")

    def test_who_has_to_sign_is_said(self, toy: Path) -> None:
        edit(toy, "answers/parking.yaml", self.SIGNED, "reviewed_on: null")
        (point,) = open_in(toy)
        assert "clinic" in point.hint

    @pytest.mark.parametrize(
        ("days_left", "expected"),
        [
            (-1, "READY002"),
            (0, "READY002"),
            (1, "READY003"),
            (SOON.days, "READY003"),
            (SOON.days + 1, None),
        ],
    )
    def test_a_review_expires(self, toy: Path, days_left: int, expected: str | None) -> None:
        edit(toy, "self_care/rub.yaml", self.VALID, f"expires_on: {TODAY + timedelta(days=days_left)}")
        if expected:
            expect_one(toy, expected, "self_care/rub.yaml", "expires_on")
        else:
            assert open_in(toy) == []

    def test_it_is_announced_two_months_ahead(self) -> None:
        assert timedelta(days=60) == SOON

    def test_time_alone_opens_every_review(self, toy: Path) -> None:
        count = sum(path.read_text(encoding="utf-8").count("expires_on") for path in (toy / "content").rglob("*.yaml"))
        later = open_in(toy, TODAY + timedelta(days=300))
        assert [point.id for point in later] == ["READY002"] * count

    def test_a_text_can_be_unsigned_and_expired_at_once(self, toy: Path) -> None:
        edit(toy, "answers/parking.yaml", self.SIGNED, "reviewed_on: null")
        edit(toy, "answers/parking.yaml", self.VALID, f"expires_on: {TODAY}")
        assert [point.id for point in open_in(toy)] == ["READY001", "READY002"]


class TestSelfPay:
    def test_a_treatment_with_gaps(self, toy: Path) -> None:
        edit(toy, "treatments/bandage.yaml", "conditions: [sprain]", f"conditions: [sprain]\n{GAP}")
        expect_one(toy, "READY004", "treatments/bandage.yaml", "self_pay")

    @pytest.mark.parametrize("gap", ["cost", "visits", "risks", "contact", "approval"])
    def test_one_gap_is_enough(self, toy: Path, gap: str) -> None:
        filled = dict.fromkeys(("cost", "visits", "risks", "contact", "approval"), "Told") | {gap: "null"}
        written = ", ".join(f"{name}: {value}" for name, value in filled.items())
        edit(toy, "treatments/bandage.yaml", "conditions: [sprain]", f"conditions: [sprain]\nself_pay: {{{written}}}")
        expect_one(toy, "READY004", "treatments/bandage.yaml", "self_pay")

    def test_a_treatment_that_insurance_covers_has_none(self, toy: Path) -> None:
        edit(toy, "treatments/bandage.yaml", "conditions: [sprain]", "conditions: [sprain]\nself_pay: null")
        assert open_in(toy) == []


class TestExampleData:
    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("clinics/toy.yaml", f"{REAL}/book", "toy.example/book"),
            ("clinics/toy.yaml", f"{REAL}/map", "map.example.com"),
            (
                "clinics/toy.yaml",
                "online_consultation: null",
                'online_consultation: {text: Talk, link: {label: Talk, uri: "https://talk.example.co.jp"}}',
            ),
            ("conditions/clot.yaml", "{title: The book}", '{title: The book, url: "https://book.example.org/1"}'),
            ("resources.yaml", 'uri: "tel:119"', 'uri: "https://EXAMPLE.com"'),
            ("outcomes.yaml", 'uri: "tel:119"', 'uri: "https://help.test/now"'),
            ("answers/parking.yaml", "answer: Outside", "answer: https://parking.example.jp"),
        ],
    )
    def test_an_address_for_examples_in_any_field(self, toy: Path, file: str, old: str, new: str) -> None:
        edit(toy, file, old, new)
        expect_one(toy, "READY005", file, new.splitlines()[-1])

    @pytest.mark.parametrize("host", ["example.shop", "examples.com", "latest.jp", "myexample.com", "test.jp"])
    def test_an_address_that_only_looks_like_one(self, toy: Path, host: str) -> None:
        edit(toy, "", REAL, host)
        assert open_in(toy) == []

    @pytest.mark.parametrize("phone", ["03-0000-0000", "0120-000-000", "03-1234-5678", "090-1234-5678", "0120-123-456"])
    def test_a_phone_number_that_nobody_has(self, toy: Path, phone: str) -> None:
        edit(toy, "clinics/toy.yaml", "03-2468-1357", phone)
        expect_one(toy, "READY005", "clinics/toy.yaml", "phone:")

    @pytest.mark.parametrize(
        "phone", ["03-2468-1357", "0120-100-200", "03-3123-4567", "06-4512-3498", "+81-3-2468-1357"]
    )
    def test_a_phone_number_that_somebody_may_have(self, toy: Path, phone: str) -> None:
        edit(toy, "clinics/toy.yaml", "03-2468-1357", phone)
        assert open_in(toy) == []


class TestTheCheck:
    """`app.py check`, in the present: the texts of the toy expire long after it."""

    @pytest.fixture
    def check(self, toy: Path) -> Callable[..., Result]:
        edit(toy, "", f"expires_on: {TODAY + timedelta(days=300)}", f"expires_on: {date.today() + timedelta(days=400)}")

        def check(*options: str, content: Path = toy, flows: Path = toy) -> Result:
            settings = {"CONTENT_DIR": str(content / "content"), "FLOWS_DIR": str(flows / "flows")}
            return CliRunner(env=settings).invoke(cli, ["check", *options])

        return check

    def test_what_is_signed_and_real_is_fit_for_production(self, check: Callable[..., Result]) -> None:
        result = check("--production")
        assert (result.exit_code, result.stderr) == (0, "")

    @pytest.mark.parametrize(
        ("id", "file", "old", "new"),
        [
            ("READY001", "answers/parking.yaml", f"reviewed_on: {TODAY - timedelta(days=30)}", "reviewed_on: null"),
            ("READY005", "clinics/toy.yaml", REAL, "toy.example"),
        ],
    )
    def test_it_stops_what_patients_must_not_read(
        self, check: Callable[..., Result], toy: Path, id: str, file: str, old: str, new: str
    ) -> None:
        edit(toy, file, old, new)
        result = check("--production")
        assert result.exit_code == 4
        assert f"{id} content/ja/{file}:" in result.stderr

    def test_it_stops_an_expired_review(self, check: Callable[..., Result], toy: Path) -> None:
        expired = date.today() - timedelta(days=1)
        edit(toy, "answers/parking.yaml", f"reviewed_on: {TODAY - timedelta(days=30)}", "reviewed_on: 2020-01-01")
        edit(toy, "answers/parking.yaml", f"{date.today() + timedelta(days=400)}", f"{expired}")
        result = check("--production")
        assert result.exit_code == 4
        assert "READY002 content/ja/answers/parking.yaml:" in result.stderr

    def test_what_can_wait_is_told_and_stops_nothing(self, check: Callable[..., Result], toy: Path) -> None:
        assert {"READY003", "READY004"}.isdisjoint(BLOCKS_PRODUCTION)
        edit(toy, "treatments/bandage.yaml", "conditions: [sprain]", f"conditions: [sprain]\n{GAP}")
        edit(toy, "answers/parking.yaml", f"{date.today() + timedelta(days=400)}", f"{date.today() + SOON / 2}")
        result = check("--production")
        assert result.exit_code == 0
        assert "READY003 content/ja/answers/parking.yaml:" in result.stdout
        assert "READY004 content/ja/treatments/bandage.yaml:" in result.stdout

    def test_without_the_option_nothing_is_stopped(self, check: Callable[..., Result], toy: Path) -> None:
        edit(toy, "", f"reviewed_on: {TODAY - timedelta(days=30)}", "reviewed_on: null")
        result = check()
        assert (result.exit_code, result.stderr) == (0, "")
        assert "READY001" in result.stdout

    def test_with_it_every_point_is_listed_and_without_it_the_first_few(
        self, check: Callable[..., Result], toy: Path
    ) -> None:
        edit(toy, "", f"reviewed_on: {TODAY - timedelta(days=30)}", "reviewed_on: null")
        count = len([point for point in open_in(toy) if point.id == "READY001"])
        assert check("--production").stderr.count("READY001 content/") == count
        assert 0 < check().stdout.count("READY001 content/") < count

    def test_a_fault_is_told_before_anything_that_is_open(self, check: Callable[..., Result], toy: Path) -> None:
        edit(toy, "answers/parking.yaml", f"reviewed_on: {TODAY - timedelta(days=30)}", "reviewed_on: soon")
        for options in ((), ("--production",)):
            result = check(*options)
            assert result.exit_code == 4
            assert "YAML007" in result.stderr
            assert "READY" not in result.output

    def test_the_shipped_content_waits_for_its_clinic(self, check: Callable[..., Result]) -> None:
        result = check("--production", content=ROOT, flows=ROOT)
        assert result.exit_code == 4
        assert {"READY001", "READY005"} <= {line.split()[0] for line in result.stderr.splitlines()}
