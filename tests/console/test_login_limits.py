"""How often somebody may try to log in: with one account, from one address, behind a proxy, in several processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.desk import Desk
from tests.console.office import Office


class TestLockOut:
    def test_after_five_wrong_passwords_nobody_gets_in_for_a_quarter_of_an_hour(self, office: Office) -> None:
        office.member("mari", "staff")
        browser = office.visitor()
        for _ in range(5):
            browser.log_in("mari", "wrong")
        browser.log_in("mari")
        assert not browser.is_in
        office.clock.advance(minutes=15)
        browser.log_in("mari")
        assert browser.is_in
        assert [action for _, action, _ in office.actions()] == [
            *["login_failed"] * 5,
            "account_locked",
            "login_while_locked",
            "login",
        ]

    def test_only_wrong_ones_in_a_row_count(self, office: Office) -> None:
        office.member("mari", "staff")
        for _ in range(3):
            browser = office.visitor()
            for _ in range(4):
                browser.log_in("mari", "wrong")
            browser.log_in("mari")
            assert browser.is_in

    def test_guesses_at_the_same_moment_count_one_by_one(self, office: Office) -> None:
        office.member("mari", "staff")
        browsers = [office.visitor() for _ in range(12)]
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda browser: browser.log_in("mari", "wrong"), browsers))
        assert len(office.audit("account_locked")) == 1
        assert len(office.audit("login_failed")) == 5

    def test_wrong_passwords_count_together_in_all_processes(self, office: Office, desk: Desk, tmp_path: Path) -> None:
        other = Office(desk, tmp_path / "office.db")
        try:
            office.member("mari", "staff")
            for process in (office, other, office, other, office):
                process.visitor().log_in("mari", "wrong")
            for process in (office, other):
                browser = process.visitor()
                browser.log_in("mari")
                assert not browser.is_in
        finally:
            other.close()

    def test_one_address_may_not_try_for_ever(self, office: Office) -> None:
        browser = office.visitor()
        answers = [browser.log_in(f"name{number}", "wrong").status_code for number in range(21)]
        assert answers == [200] * 20 + [429]
        assert browser.get("/console/login").status_code == 200
        assert office.client("staff").is_in


class TestProxies:
    """Behind a reverse proxy every request comes from its address; the visitor's stands in a header."""

    @pytest.fixture
    def behind_one(self, desk: Desk, tmp_path: Path) -> Iterator[Office]:
        office = Office(desk, tmp_path / "behind.db", trusted_proxies=1)
        yield office
        office.close()

    @staticmethod
    def guess(office: Office, forwarded_for: str) -> int:
        browser = office.visitor()
        browser.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded_for
        return browser.log_in("nobody", "wrong").status_code

    def test_each_visitor_of_a_trusted_proxy_has_tries_of_their_own(self, behind_one: Office) -> None:
        assert [self.guess(behind_one, "203.0.113.1") for _ in range(21)] == [200] * 20 + [429]
        assert self.guess(behind_one, "203.0.113.2") == 200

    def test_what_a_visitor_says_of_themselves_does_not_count(self, behind_one: Office) -> None:
        claimed = [f"198.51.100.{number}, 203.0.113.1" for number in range(21)]
        assert [self.guess(behind_one, each) for each in claimed][-1] == 429

    def test_without_a_proxy_nobody_chooses_their_address(self, office: Office) -> None:
        assert [self.guess(office, f"203.0.113.{number}") for number in range(21)][-1] == 429
