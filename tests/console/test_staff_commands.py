"""`app.py staff` beside a running server, and the account of the demo."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.storage import staff
from tests.console.office import Office
from tests.server.processes import serving

NEW = "another long sentence"


Command = Callable[..., Result]


@pytest.fixture
def command(office: Office) -> Command:
    """Runs `app.py staff ...` on the database of the office, which is in use meanwhile."""
    return lambda *arguments, typed="": CliRunner().invoke(
        cli, ["staff", *arguments], input=typed, env={"DATABASE_URL": str(office.database.url)}
    )


class TestCommands:
    def test_an_account_that_is_added_can_log_in_at_once(self, office: Office, command: Command) -> None:
        result = command("add", "Mari", "--role", "owner", "--password-stdin", typed=f"{NEW}\n")
        assert (result.exit_code, result.stderr) == (0, "")
        assert office.visitor().log_in("mari", NEW).location == "/console/"
        assert (None, "staff_added", "mari") in office.actions()

    def test_the_password_is_asked_for_twice_and_not_shown(self, office: Office, command: Command) -> None:
        result = command("add", "mari", "--role", "staff", typed=f"{NEW}\n{NEW}\n")
        assert result.exit_code == 0
        assert NEW not in result.output
        assert office.named("mari").role == "staff"

    @pytest.mark.parametrize(
        ("arguments", "typed"),
        [
            (("add", "mari", "--role", "staff", "--password-stdin"), "short\n"),
            (("add", "mari", "--role", "staff", "--password-stdin"), ""),
            (("add", "mari", "--role", "staff", "--password-stdin"), "passwordpassword\n"),
            (("add", "mari.takahashi", "--role", "staff", "--password-stdin"), "Mari.Takahashi\n"),
            (("add", "owner", "--role", "staff", "--password-stdin"), f"{NEW}\n"),
            (("add", " ", "--role", "staff", "--password-stdin"), f"{NEW}\n"),
            (("add", "x" * 61, "--role", "staff", "--password-stdin"), f"{NEW}\n"),
            (("password", "nobody", "--password-stdin"), f"{NEW}\n"),
            (("remove", "nobody"), ""),
            (("unlock", "nobody"), ""),
            (("role", "nobody", "staff"), ""),
            (("remove", "owner"), ""),
            (("role", "owner", "viewer"), ""),
        ],
    )
    def test_one_line_says_what_is_wrong_and_nothing_changes(
        self, office: Office, command: Command, arguments: tuple[str, ...], typed: str
    ) -> None:
        before = office.member("owner")
        result = command(*arguments, typed=typed)
        assert result.exit_code == 5
        assert len(result.stderr.splitlines()) == 1
        assert office.read(staff.everybody) == [before]

    def test_a_password_that_is_no_text_is_refused(self, command: Command) -> None:
        result = command("add", "mari", "--role", "staff", "--password-stdin", typed=b"\xff" * 12)
        assert result.exit_code == 5

    def test_the_list_names_everybody_who_may_log_in(self, office: Office, command: Command) -> None:
        office.member("mari", "staff")
        gone = office.member("ken", "viewer")
        office.transact(lambda c: staff.remove(c, gone.id, office.clock()))
        assert command("list").stdout.split() == ["mari", "staff"]

    def test_an_empty_list_says_how_to_begin(self, command: Command) -> None:
        assert "staff add" in command("list").stdout

    def test_a_new_password_ends_the_sessions(self, office: Office, command: Command) -> None:
        browser = office.client("staff")
        office.transact(lambda c: staff.set_totp(c, office.named("staff").id, "A" * 32))
        assert command("password", "staff", "--password-stdin", typed=f"{NEW}\n").exit_code == 0
        assert not browser.is_in
        assert office.named("staff").totp_secret
        command("password", "staff", "--no-second-factor", "--password-stdin", typed=f"{NEW}\n")
        assert office.named("staff").totp_secret is None

    def test_removing_ends_the_sessions(self, office: Office, command: Command) -> None:
        browser = office.client("staff")
        assert command("remove", "staff").exit_code == 0
        assert not browser.is_in

    def test_who_was_locked_out_is_let_in(self, office: Office, command: Command) -> None:
        office.member("mari", "staff")
        browser = office.visitor()
        for _ in range(5):
            browser.log_in("mari", "wrong")
        assert command("unlock", "mari").exit_code == 0
        assert browser.log_in("mari").status_code == 302

    def test_a_role_is_changed_under_an_open_session(self, office: Office, command: Command) -> None:
        browser = office.client("viewer")
        assert browser.get("/console/staff").status_code == 403
        assert command("role", "viewer", "owner").exit_code == 0
        assert browser.get("/console/staff").status_code == 200


class TestDemo:
    @staticmethod
    def started(folder: Path, port: int | None = None) -> tuple[int, str, str]:
        """Start a demo and log in with what it says; its port, its password, and where the login led."""
        with serving("demo", folder, {}, port) as server:
            server.wait_until_ready()
            (line,) = (line for line in server.lines() if "/console/" in line)
            found = re.search(r"(http://\S+/console/)\s+name: (\S+)\s+password: (\S+)", line)
            assert found
            address, name, password = found.groups()
            with urllib3.PoolManager(retries=False, timeout=20) as pool:
                page = pool.request("GET", f"{address}login")
                token = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page.data.decode())[0]
                answer = pool.request(
                    "POST",
                    f"{address}login",
                    fields={"csrf_token": token, "name": name, "password": password},
                    encode_multipart=False,
                    headers={"Cookie": page.headers["Set-Cookie"].split(";")[0]},
                    redirect=False,
                )
            return server.port, password, answer.headers["Location"]

    def test_it_prints_a_way_in_and_another_one_at_the_next_start(self, tmp_path: Path) -> None:
        port, password, led_to = self.started(tmp_path)
        _, next_password, led_to_again = self.started(tmp_path, port)
        assert led_to == led_to_again == "/console/"
        assert password != next_password
