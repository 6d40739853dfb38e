"""`app.py push` and `app.py campaigns` beside a running server."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import campaign_commands
from bot.cli import cli
from bot.desk import Desk, load_desk
from bot.storage import audience_query, campaigns, saved_audiences
from bot.storage.audience import Audience, HasTag
from bot.storage.campaigns import Campaign
from tests.console.office import TOKYO, Office
from tests.support.lasting_content import lasting_content

GUIDEBOOK = "self_care"

Command = Callable[..., Result]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A command goes by the real clock, and after its review has expired a guidebook is not sent."""
    return lasting_content(tmp_path_factory.mktemp("lasting"))


@pytest.fixture(scope="module")
def load_once() -> Callable[..., Desk]:
    """Loads the same folders once for all tests: a process would run one command, and they change no content."""
    return functools.cache(load_desk)


@pytest.fixture
def command(office: Office, content: Path, load_once: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `app.py ...` on the database of the office, without a LINE channel."""
    monkeypatch.setattr(campaign_commands, "load_desk", load_once)
    channel = {"LINE_CHANNEL_SECRET": "", "LINE_CHANNEL_ACCESS_TOKEN": ""}
    env = {**channel, "DATABASE_URL": str(office.database.url), "CONTENT_DIR": str(content)}
    return lambda *arguments, typed="": CliRunner().invoke(cli, [str(each) for each in arguments], input=typed, env=env)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A file that asks for people over 60."""
    path = tmp_path / "older.yaml"
    path.write_text("all:\n  - {kind: tag, tag: over_60}\n", encoding="utf-8")
    return path


def every(office: Office) -> list[Campaign]:
    found: list[Campaign] = office.read(campaigns.latest)
    return found


def tomorrow(hour: str) -> str:
    return f"{datetime.now(TOKYO) + timedelta(days=1):%Y-%m-%d} {hour}"


class TestPush:
    def test_a_dry_run_tells_the_numbers_and_stores_nothing(
        self, office: Office, command: Command, older: Path
    ) -> None:
        office.add_patient(tags=["over_60"])
        office.add_patient(tags=["over_60"], blocked=True)
        office.add_patient()
        result = command("push", GUIDEBOOK, "--audience", older, "--dry-run")
        assert (result.exit_code, result.stderr) == (0, "")
        assert [line.split()[0] for line in result.stdout.splitlines()[:2]] == ["1", "1"]
        assert every(office) == []

    def test_the_count_on_the_command_line_confirms_it(self, office: Office, command: Command, older: Path) -> None:
        office.add_patient(tags=["over_60"])
        assert command("push", GUIDEBOOK, "--audience", older, "--yes", 1).exit_code == 0
        (found,) = every(office)
        assert (found.state, found.guidebook, found.confirmed_count) == ("preparing", GUIDEBOOK, 1)
        assert found.audience == Audience(all=(HasTag(tag="over_60"),))
        assert office.read(lambda c: campaigns.messages(c, found.id))
        assert (None, "campaign_confirmed", str(found.id)) in office.actions()

    def test_the_count_is_asked_for(self, office: Office, command: Command, older: Path) -> None:
        office.add_patient(tags=["over_60"])
        assert command("push", GUIDEBOOK, "--audience", older, typed="1\n").exit_code == 0
        assert every(office)[0].state == "preparing"

    def test_a_kept_audience_by_its_name(self, office: Office, command: Command) -> None:
        office.add_patient(tags=["injured"])
        office.add_patient()
        audience = Audience(all=(HasTag(tag="injured"),))
        office.transact(lambda c: saved_audiences.save(c, "けがの方", audience, overwrite=False))
        assert command("push", GUIDEBOOK, "--audience", "けがの方", "--yes", 1).exit_code == 0
        assert every(office)[0].audience == audience

    def test_at_night_it_begins_in_the_morning(self, office: Office, command: Command, older: Path) -> None:
        office.add_patient(tags=["over_60"])
        command("push", GUIDEBOOK, "--audience", older, "--at", tomorrow("06:30"), "--yes", 1)
        starts_at = every(office)[0].starts_at
        assert starts_at is not None
        assert f"{office.services.local(starts_at):%Y-%m-%d %H:%M}" == tomorrow("08:00")

    def test_when_the_night_comes_before_the_rest_it_is_said(
        self, office: Office, command: Command, older: Path
    ) -> None:
        for _ in range(21):
            office.add_patient(tags=["over_60"])
        result = command("push", GUIDEBOOK, "--audience", older, "--at", tomorrow("19:59"), "--dry-run")
        day_after = f"{datetime.now(TOKYO) + timedelta(days=2):%Y-%m-%d} 08:00"
        assert tomorrow("19:59") in result.stdout
        assert day_after in result.stdout

    @pytest.mark.parametrize(
        "arguments",
        [
            ("nothing", "--audience", "OLDER", "--yes", 1),
            (GUIDEBOOK, "--audience", "nobody has kept this", "--yes", 1),
            (GUIDEBOOK, "--audience", "OLDER", "--at", "tomorrow", "--yes", 1),
            (GUIDEBOOK, "--audience", "OLDER", "--at", "2020-01-01 10:00", "--yes", 1),
            (GUIDEBOOK, "--audience", "OLDER", "--at", "2199-01-01 10:00", "--yes", 1),
            (GUIDEBOOK, "--audience", "OLDER", "--yes", 2),
            (GUIDEBOOK, "--audience", "OLDER", "--yes", 0),
        ],
    )
    def test_one_line_says_what_is_wrong_and_nothing_is_stored(
        self, office: Office, command: Command, older: Path, arguments: tuple[object, ...]
    ) -> None:
        office.add_patient(tags=["over_60"])
        result = command("push", *(older if each == "OLDER" else each for each in arguments))
        assert result.exit_code == 5
        assert len([line for line in result.stderr.splitlines() if line]) >= 1
        assert "Traceback" not in result.output
        assert every(office) == []

    def test_nobody_to_send_to(self, office: Office, command: Command, older: Path) -> None:
        assert command("push", GUIDEBOOK, "--audience", older, "--yes", 0).exit_code == 5
        assert every(office) == []

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("all: [{kind: tga, tag: x}]\n", "YAML007"),
            ("al: []\n", "YAML008"),
            ("all: [\n", "YAML005"),
            ("all: [{kind: seen_within, days: 0}]\n", "YAML007"),
        ],
    )
    def test_faults_of_the_file_are_named_with_their_place(
        self, office: Office, command: Command, tmp_path: Path, text: str, fault: str
    ) -> None:
        path = tmp_path / "wrong.yaml"
        path.write_text(text, encoding="utf-8")
        result = command("push", GUIDEBOOK, "--audience", path, "--dry-run")
        assert result.exit_code == 4
        assert fault in result.stderr
        assert every(office) == []

    def test_a_self_pay_guidebook_reaches_only_who_asked(self, office: Office, command: Command, older: Path) -> None:
        asked = office.add_patient(tags=["over_60"])
        office.add_patient(tags=["over_60"])
        office.say(asked, "open it", key="guidebook.regenerative")
        command("push", "regenerative", "--audience", older, "--yes", 1)
        (found,) = every(office)
        assert found.only_to_who_asked
        assert (
            office.read(lambda c: audience_query.count(c, found.audience, found.purpose, office.clock())).reached == 1
        )


class TestCampaigns:
    @pytest.fixture
    def id(self, office: Office, command: Command, older: Path) -> int:
        office.add_patient(tags=["over_60"])
        command("push", GUIDEBOOK, "--audience", older, "--at", tomorrow("09:00"), "--yes", 1)
        return every(office)[0].id

    def test_the_list_names_each_with_its_state(self, command: Command, id: int) -> None:
        assert command("campaigns").stdout.split()[:3] == [str(id), "preparing", GUIDEBOOK]

    def test_an_empty_list_says_how_to_make_one(self, command: Command) -> None:
        assert "push" in command("campaigns").stdout

    def test_pause_resume_and_cancel(self, office: Office, command: Command, id: int) -> None:
        for option, state in (("--pause", "paused"), ("--resume", "preparing"), ("--cancel", "cancelled")):
            result = command("campaigns", id, option)
            assert (result.exit_code, every(office)[0].state) == (0, state)
            assert state in result.stdout
        assert [action for _, action, _ in office.actions()][-1] == "campaign_cancelled"

    @pytest.mark.parametrize("option", ["--resume", "--cancel", "--pause"])
    def test_what_cannot_be_done_is_said(self, office: Office, command: Command, id: int, option: str) -> None:
        command("campaigns", id, "--cancel")
        assert command("campaigns", id, option).exit_code == 5
        assert every(office)[0].state == "cancelled"

    @pytest.mark.parametrize("arguments", [("7",), ("7", "--cancel"), ("--cancel",)])
    def test_one_that_is_not_there(self, command: Command, arguments: tuple[str, ...]) -> None:
        assert command("campaigns", *arguments).exit_code == 5
