"""Logging in and out, and what everybody may change about their own account."""

from __future__ import annotations

import re

import pyotp
import pytest

from bot.console import passwords
from bot.storage import staff
from tests.console.office import PASSWORD, Office

NEW = "another long sentence"


class TestLogin:
    def test_name_and_password_open_the_console(self, office: Office) -> None:
        office.member("mari", "staff")
        browser = office.visitor()
        assert browser.log_in("mari").location == "/console/"
        assert browser.is_in
        assert office.actions() == [("mari", "login", "mari")]

    @pytest.mark.parametrize("typed", ["Mari", " mari ", "ｍａｒｉ"])
    def test_capitals_blanks_and_wide_letters_do_not_matter_in_a_name(self, office: Office, typed: str) -> None:
        office.member("mari", "staff")
        browser = office.visitor()
        browser.log_in(typed)
        assert browser.is_in

    def test_an_unknown_name_and_a_wrong_password_look_the_same(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.member("mari", "staff")
        hashed = []
        monkeypatch.setattr(passwords, "is_password", lambda _, hash: hashed.append(hash))
        answers = [office.visitor().log_in(name, "wrong").text for name in ("mari", "nobody", "\0")]
        with_names_and_tokens_out = {re.sub(r'value="[^"]*"', "", answer) for answer in answers}
        assert len(with_names_and_tokens_out) == 1
        assert len(hashed) == len(answers)

    def test_the_hash_for_unknown_names_costs_as_much_as_any(self) -> None:
        assert not passwords.is_outdated(passwords.decoy())

    def test_somebody_who_left_stays_out(self, office: Office) -> None:
        gone = office.member("mari", "staff")
        office.transact(lambda c: staff.remove(c, gone.id, office.clock()))
        browser = office.visitor()
        browser.log_in("mari")
        assert not browser.is_in

    def test_a_hash_with_old_parameters_is_made_anew_at_the_login(self, office: Office) -> None:
        before = office.member("mari", "staff")
        assert passwords.is_outdated(before.password_hash)
        browser = office.visitor()
        browser.log_in("mari")
        assert not passwords.is_outdated(office.named("mari").password_hash)
        assert browser.is_in
        assert office.visitor().log_in("mari").status_code == 302

    def test_a_session_ends_after_eight_hours(self, office: Office) -> None:
        office.member("mari", "staff")
        browser = office.visitor()
        browser.log_in("mari")
        office.clock.advance(hours=7, minutes=59)
        assert browser.is_in
        office.clock.advance(minutes=1)
        assert not browser.is_in

    def test_the_pages_speak_the_language_of_the_account(self, office: Office) -> None:
        office.member("mari", "staff")
        browser = office.visitor("en")
        assert '<html lang="en">' in browser.get("/console/login").text
        browser.log_in("mari")
        assert '<html lang="ja">' in browser.get("/console/account").text

    def test_who_is_in_already_is_not_asked_again(self, office: Office) -> None:
        assert office.client("staff").get("/console/login").location == "/console/"


class TestTheWayBack:
    def test_a_page_that_needs_a_login_comes_after_it(self, office: Office) -> None:
        office.member("mari", "owner")
        browser = office.visitor()
        to_login = browser.get("/console/audit?subject=mari").location
        answer = browser.submit(to_login, {"name": "mari", "password": PASSWORD})
        assert answer.location == "/console/audit?subject=mari"

    @pytest.mark.parametrize(
        "target",
        [
            "https://example.com/",
            "//example.com/console/",
            "/\\example.com",
            "/console/../callback",
            "/console/%2e%2e/callback",
            "/callback",
            "javascript:alert(1)",
            "/console/logout",
            "/console/login",
            "/console/\n/evil",
            "http:/console/",
            "/console/static/console.css",
            "/console/account/password",
            "/console/nothing",
        ],
    )
    def test_never_to_another_place(self, office: Office, target: str) -> None:
        office.member("mari", "owner")
        answer = office.visitor().submit(
            "/console/login", {"name": "mari", "password": PASSWORD}, query_string={"next": target}
        )
        assert answer.location == "/console/"

    def test_a_form_that_outlived_its_session_is_said_to_be_lost(self, office: Office) -> None:
        browser = office.client("staff")
        office.clock.advance(hours=9)
        answer = browser.submit(
            "/console/account/language", {"language": "ja"}, headers={"Referer": "http://localhost/console/account"}
        )
        assert answer.location == "/console/login?next=/console/account"
        assert 'role="status"' in browser.get(answer.location).text
        answer = browser.submit(answer.location, {"name": "staff", "password": PASSWORD})
        assert answer.location == "/console/account"
        assert "alert-warning" in browser.get("/console/account").text
        assert "alert-warning" not in browser.get("/console/account").text
        assert office.named("staff").language == "en"

    def test_a_lost_form_of_another_site_leads_nowhere(self, office: Office) -> None:
        answer = office.visitor().post(
            "/console/account/language", headers={"Referer": "http://evil.test/console/staff"}
        )
        assert answer.location == "/console/login"


class TestLogout:
    def test_the_session_ends_and_others_go_on(self, office: Office) -> None:
        here, there = office.client("staff"), office.client("staff")
        assert here.submit("/console/logout").location == "/console/login"
        assert not here.is_in
        assert there.is_in

    def test_a_link_does_not_log_out(self, office: Office) -> None:
        browser = office.client("staff")
        assert browser.get("/console/logout").status_code == 404
        assert browser.is_in

    def test_twice_does_no_harm(self, office: Office) -> None:
        browser = office.client("staff")
        browser.submit("/console/logout")
        assert browser.submit("/console/logout").location == "/console/login"


class TestSecondFactor:
    @staticmethod
    def code(office: Office, secret: str) -> str:
        return pyotp.TOTP(secret).at(office.clock() // 1000)

    def switched_on(self, office: Office) -> str:
        """Switch it on for mari, and wait until the code that was used is over; the secret."""
        browser = office.client("staff", "mari")
        page = browser.get("/console/account/second-factor").text
        (secret,) = re.findall(r"secret=([A-Z2-7]{32})", page)[:1]
        answer = browser.submit("/console/account/second-factor", {"code": self.code(office, secret)})
        assert answer.location == "/console/account"
        office.clock.advance(minutes=1)
        return str(secret)

    def test_it_is_switched_on_by_a_code_that_works(self, office: Office) -> None:
        secret = self.switched_on(office)
        assert office.named("mari").totp_secret == secret
        assert ("mari", "second_factor_on", "mari") in office.actions()

    def test_a_wrong_code_switches_nothing_on(self, office: Office) -> None:
        browser = office.client("staff", "mari")
        browser.get("/console/account/second-factor")
        answer = browser.submit("/console/account/second-factor", {"code": "123"})
        assert answer.status_code == 200
        assert office.named("mari").totp_secret is None

    def test_the_password_alone_is_not_enough(self, office: Office) -> None:
        self.switched_on(office)
        browser = office.visitor()
        assert browser.log_in("mari").location == "/console/login/code"
        assert not browser.is_in

    @pytest.mark.parametrize("spelt", ["{}", " {} ", "wide"])
    def test_password_and_code_open_the_console(self, office: Office, spelt: str) -> None:
        code = self.code(office, self.switched_on(office))
        typed = (
            code.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})
            if spelt == "wide"
            else spelt.format(code)
        )
        browser = office.visitor()
        to_code = browser.log_in("mari", query="?next=/console/account").location
        assert browser.submit(to_code, {"code": typed}).location == "/console/account"
        assert browser.is_in

    def test_a_code_counts_once(self, office: Office) -> None:
        code = self.code(office, self.switched_on(office))
        first, second = office.visitor(), office.visitor()
        for browser in (first, second):
            browser.log_in("mari")
            browser.submit("/console/login/code", {"code": code})
        assert first.is_in
        assert not second.is_in

    def test_the_code_that_switched_it_on_is_used_up(self, office: Office) -> None:
        secret = self.switched_on(office)
        office.clock.advance(minutes=-1)
        browser = office.visitor()
        browser.log_in("mari")
        browser.submit("/console/login/code", {"code": self.code(office, secret)})
        assert not browser.is_in

    def test_a_clock_half_a_minute_off_is_forgiven_and_two_minutes_are_not(self, office: Office) -> None:
        secret = self.switched_on(office)
        office.clock.advance(minutes=10)
        now = office.clock() // 1000
        assert passwords.step_of(pyotp.TOTP(secret).at(now - 30), secret, office.clock()) == now // 30 - 1
        assert passwords.step_of(pyotp.TOTP(secret).at(now - 120), secret, office.clock()) is None

    def test_wrong_codes_lock_the_account_even_with_the_right_password_in_between(self, office: Office) -> None:
        secret = self.switched_on(office)
        browser = office.visitor()
        for _ in range(5):
            browser.log_in("mari")
            browser.submit("/console/login/code", {"code": "none"})
        assert len(office.audit("account_locked")) == 1
        browser.log_in("mari")
        browser.submit("/console/login/code", {"code": self.code(office, secret)})
        assert not browser.is_in

    def test_the_code_must_follow_within_minutes(self, office: Office) -> None:
        secret = self.switched_on(office)
        browser = office.visitor()
        browser.log_in("mari")
        office.clock.advance(minutes=5)
        answer = browser.submit("/console/login/code", {"code": self.code(office, secret)})
        assert answer.location == "/console/login"
        assert not browser.is_in

    def test_the_page_of_the_code_is_nothing_without_the_password(self, office: Office) -> None:
        assert office.visitor().get("/console/login/code").location == "/console/login"

    def test_it_is_switched_off_with_the_password(self, office: Office) -> None:
        self.switched_on(office)
        browser = office.client("staff", "mari")
        browser.submit("/console/account/second-factor/off", {"password": "wrong"})
        assert office.named("mari").totp_secret
        browser.submit("/console/account/second-factor/off", {"password": PASSWORD})
        assert office.named("mari").totp_secret is None

    def test_it_is_not_set_up_a_second_time_over_the_first(self, office: Office) -> None:
        secret = self.switched_on(office)
        browser = office.client("staff", "mari")
        assert browser.get("/console/account/second-factor").location == "/console/account"
        browser.submit("/console/account/second-factor", {"code": self.code(office, secret)})
        assert office.named("mari").totp_secret == secret


class TestOwnAccount:
    def test_a_new_password_ends_the_other_sessions_and_not_this_one(self, office: Office) -> None:
        here, there = office.client("viewer"), office.client("viewer")
        answer = here.submit("/console/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
        assert answer.location == "/console/account"
        assert here.is_in
        assert not there.is_in
        assert office.visitor().log_in("viewer", NEW).status_code == 302
        assert office.visitor().log_in("viewer", PASSWORD).status_code == 200
        assert office.audit("password_changed")[0].who == "viewer"

    @pytest.mark.parametrize(
        ("old", "new", "again"),
        [
            ("wrong", NEW, NEW),
            ("", NEW, NEW),
            (PASSWORD, NEW, "something else again"),
            (PASSWORD, "short", "short"),
            (PASSWORD, "password1234", "password1234"),
            (PASSWORD, "a" * 201, "a" * 201),
            (PASSWORD, "", ""),
        ],
    )
    def test_nothing_changes_when_something_is_wrong(self, office: Office, old: str, new: str, again: str) -> None:
        browser = office.client("staff")
        before = office.named("staff").password_hash
        answer = browser.submit("/console/account/password", {"old": old, "new": new, "again": again})
        assert 'aria-invalid="true"' in answer.text
        assert office.named("staff").password_hash == before

    def test_guessing_the_old_password_locks_the_account(self, office: Office) -> None:
        browser = office.client("staff")
        for _ in range(5):
            browser.submit("/console/account/password", {"old": "wrong", "new": NEW, "again": NEW})
        browser.submit("/console/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
        assert office.visitor().log_in("staff", NEW).status_code == 200
        assert len(office.audit("account_locked")) == 1

    def test_the_language_is_chosen(self, office: Office) -> None:
        browser = office.client("viewer")
        browser.submit("/console/account/language", {"language": "ja"})
        assert '<html lang="ja">' in browser.get("/console/account").text

    def test_a_language_that_is_not_there_is_refused(self, office: Office) -> None:
        browser = office.client("viewer")
        assert browser.submit("/console/account/language", {"language": "xx"}).status_code == 400


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "fault"),
        [
            ("elevenchars", "fault_password_short"),
            ("x" * 201, "fault_password_long"),
            ("Mari.Takahashi", "fault_password_is_name"),
            ("mari.takahashiMARI.TAKAHASHI", "fault_password_is_name"),
            ("ｐａｓｓｗｏｒｄ１２３４", "fault_password_common"),
            ("passwordpassword", "fault_password_common"),
            ("123456789012", "fault_password_common"),
            ("aaaaaaaaaaaa", "fault_password_common"),
            ("Qwertyuiop!!", "fault_password_common"),
            ("a sentence of mine", None),
            ("ひざの裏が痛いです。今日も", None),
            ("8f3a-91bc-77d0", None),
        ],
    )
    def test_what_is_accepted(self, password: str, fault: str | None) -> None:
        assert passwords.fault_of(password, "mari.takahashi") == fault
