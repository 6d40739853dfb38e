"""The owner's pages: the accounts of others, and the audit log."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection

from bot.storage import audit, campaigns, staff
from bot.storage.audience import Audience
from tests.console.office import Office

NEW = "another long sentence"


class TestStaffPages:
    def test_an_owner_adds_somebody_who_can_log_in(self, office: Office) -> None:
        owner = office.client("owner")
        form = {"name": "Mari", "role": "viewer", "new": NEW, "again": NEW}
        assert owner.submit("/console/staff/new", form).location == "/console/staff"
        assert office.named("mari").role == "viewer"
        assert office.visitor().log_in("mari", NEW).status_code == 302
        assert ("owner", "staff_added", "mari") in office.actions()

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "OWNER"},
            {"name": ""},
            {"name": "x" * 61},
            {"name": "a\u202eb"},
            {"role": "king"},
            {"new": "short", "again": "short"},
            {"again": "something else again"},
        ],
    )
    def test_nobody_is_added_when_something_is_wrong(self, office: Office, change: dict[str, str]) -> None:
        owner = office.client("owner")
        form = {"name": "mari", "role": "viewer", "new": NEW, "again": NEW, **change}
        assert owner.submit("/console/staff/new", form).status_code == 200
        assert [each.name for each in office.read(staff.everybody)] == ["owner"]

    def test_an_owner_changes_what_somebody_may_do(self, office: Office) -> None:
        owner, other = office.client("owner"), office.member("mari", "staff")
        owner.submit(f"/console/staff/{other.id}/role", {"role": "viewer"})
        assert office.named("mari").role == "viewer"
        assert office.audit("staff_role")[0].details == {"role": "viewer", "before": "staff"}

    def test_the_last_owner_stays(self, office: Office) -> None:
        owner, id = office.client("owner"), office.member("owner").id
        owner.submit(f"/console/staff/{id}/role", {"role": "staff"})
        owner.submit(f"/console/staff/{id}/remove", {"sure": "y"})
        assert office.named("owner").role == "owner"
        assert owner.is_in

    def test_an_owner_who_left_does_not_count(self, office: Office) -> None:
        owner, other = office.client("owner"), office.member("second", "owner")
        owner.submit(f"/console/staff/{other.id}/remove", {"sure": "y"})
        owner.submit(f"/console/staff/{office.member('owner').id}/role", {"role": "staff"})
        assert office.named("owner").role == "owner"

    def test_of_two_owners_one_may_go(self, office: Office) -> None:
        owner, id = office.client("owner"), office.member("owner").id
        office.member("second", "owner")
        owner.submit(f"/console/staff/{id}/remove", {"sure": "y"})
        assert not owner.is_in

    def test_removing_ends_the_sessions(self, office: Office) -> None:
        owner, other = office.client("owner"), office.client("staff", "mari")
        path = f"/console/staff/{office.named('mari').id}"
        owner.submit(f"{path}/remove")
        assert other.is_in, "without the tick nothing happens"
        owner.submit(f"{path}/remove", {"sure": "y"})
        assert not other.is_in
        assert owner.get(path).status_code == 404
        assert ("owner", "staff_removed", "mari") in office.actions()

    def test_somebody_who_left_can_come_back(self, office: Office) -> None:
        owner, other = office.client("owner"), office.member("mari", "staff")
        office.transact(lambda c: staff.remove(c, other.id, office.clock()))
        owner.submit("/console/staff/new", {"name": "mari", "role": "viewer", "new": NEW, "again": NEW})
        assert (office.named("mari").id, office.named("mari").role) == (other.id, "viewer")
        assert office.visitor().log_in("mari", NEW).status_code == 302

    def test_an_owner_lets_somebody_in_who_was_locked_out(self, office: Office) -> None:
        owner, other = office.client("owner"), office.member("mari", "staff")
        browser = office.visitor()
        for _ in range(5):
            browser.log_in("mari", "wrong")
        owner.submit(f"/console/staff/{other.id}/unlock")
        browser.log_in("mari")
        assert browser.is_in

    def test_a_new_password_for_somebody_ends_the_sessions(self, office: Office) -> None:
        owner, other = office.client("owner"), office.client("staff", "mari")
        id = office.named("mari").id
        office.transact(lambda c: staff.set_totp(c, id, "A" * 32))
        owner.submit(f"/console/staff/{id}/password", {"new": NEW, "again": NEW})
        assert not other.is_in
        assert office.named("mari").totp_secret, "only when it is asked for"
        owner.submit(f"/console/staff/{id}/password", {"new": NEW, "again": NEW, "switch_off": "y"})
        assert office.named("mari").totp_secret is None
        assert office.visitor().log_in("mari", NEW).location == "/console/"

    def test_ones_own_password_needs_the_old_one(self, office: Office) -> None:
        owner, id = office.client("owner"), office.member("owner").id
        assert owner.submit(f"/console/staff/{id}/password", {"new": NEW, "again": NEW}).status_code == 403

    def test_a_name_is_shown_as_it_is(self, office: Office) -> None:
        office.member("<b>mari</b>", "staff")
        assert "<b>mari" not in office.client("owner").get("/console/staff").text

    @pytest.mark.parametrize("path", ["/console/staff/999", f"/console/staff/{10**30}", "/console/staff/mari"])
    def test_an_account_that_is_not_there(self, office: Office, path: str) -> None:
        assert office.client("owner").get(path).status_code == 404


class TestAuditLog:
    def test_the_newest_line_comes_first(self, office: Office) -> None:
        owner = office.client("owner")
        for number in range(3):
            office.transact(lambda c, n=number: audit.note(c, office.clock(), None, "login", f"person{n}"))
        assert subjects(owner.get("/console/audit").text) == ["person2", "person1", "person0"]

    def test_one_subject_only(self, office: Office) -> None:
        owner = office.client("owner")
        for name in ("mari", "ken"):
            office.transact(lambda c, n=name: audit.note(c, office.clock(), None, "login", n))
        page = owner.get("/console/audit?subject=ken").text
        assert subjects(page) == ["ken"]

    def test_older_lines_are_a_link_away(self, office: Office) -> None:
        owner = office.client("owner")

        def note_many(connection: Connection) -> None:
            for number in range(150):
                audit.note(connection, office.clock(), None, "login", f"person{number}")

        office.transact(note_many)
        first = owner.get("/console/audit").text
        (link,) = re.findall(r'rel="next" href="([^"]+)"', first)
        second = owner.get(link).text
        shown = [subjects(page) for page in (first, second)]
        assert [len(names) for names in shown] == [100, 50]
        assert not set(shown[0]) & set(shown[1])
        assert 'rel="next"' not in second

    @pytest.mark.parametrize("query", ["before=x", f"before={10**30}", "before=-1", "subject=%00", "subject=%3Cb%3E"])
    def test_odd_questions_do_no_harm(self, office: Office, query: str) -> None:
        answer = office.client("owner").get(f"/console/audit?{query}")
        assert answer.status_code == 200
        assert 'value="<b>"' not in answer.text

    def test_an_action_without_words_is_shown_as_it_is(self, office: Office) -> None:
        office.transact(lambda c: audit.note(c, office.clock(), None, "something_new", None, count=3))
        page = office.client("owner").get("/console/audit").text
        assert "something_new" in page
        assert "count: 3" in page


class TestSubjects:
    """Whom or what a line of the log is about: of which kind, by name, with a link to its page."""

    @staticmethod
    def cell(office: Office, action: str, subject: str) -> str:
        """The last cell of the newest line."""
        office.transact(lambda c: audit.note(c, office.clock(), None, action, subject))
        page = office.client("owner").get("/console/audit").text
        return re.findall(r"<td data-subject=.*?</td>", page, flags=re.DOTALL)[0]

    def test_a_patient_by_the_name_that_staff_gave(self, office: Office) -> None:
        person = office.add_patient("Hanako")
        cell = self.cell(office, "patient_answered", person.reference)
        assert f'<a href="/console/patients/{person.reference}">Hanako</a>' in cell
        assert 'data-kind="patient"' in cell

    @pytest.mark.parametrize("action", ["patient_taken", "letter_retried"])
    def test_a_patient_without_a_name_by_reference(self, office: Office, action: str) -> None:
        reference = office.add_patient().reference
        assert f'<a href="/console/patients/{reference}">{reference}</a>' in self.cell(office, action, reference)

    def test_a_campaign_by_what_it_sends(self, office: Office) -> None:
        by = office.member().id
        id = office.transact(lambda c: campaigns.add(c, None, "Closed on Friday", Audience(), False, by, 1))
        cell = self.cell(office, "campaign_drafted", str(id))
        assert f'<a href="/console/campaigns/{id}">Closed on Friday' in cell
        assert 'data-kind="campaign"' in cell

    def test_an_account(self, office: Office) -> None:
        id = office.member("mari", "staff").id
        cell = self.cell(office, "login_failed", "mari")
        assert f'<a href="/console/staff/{id}">mari</a>' in cell
        assert 'data-kind="staff"' in cell

    def test_a_file(self, office: Office) -> None:
        cell = self.cell(office, "data_exported", "campaign_recipients")
        assert "Recipients of campaigns" in cell
        assert 'data-kind="file"' in cell

    @pytest.mark.parametrize(
        ("action", "subject"),
        [
            ("patient_answered", "000000000000"),
            ("campaign_drafted", "999"),
            ("campaign_drafted", "\u0661"),
            ("login", "somebody who left"),
            ("data_exported", "shoes"),
            ("something_new", "1"),
        ],
    )
    def test_what_has_no_page_is_named_without_a_link(self, office: Office, action: str, subject: str) -> None:
        cell = self.cell(office, action, subject)
        assert subject in cell
        assert re.findall(r'href="([^"?]*)', cell) == ["/console/audit"]

    def test_the_same_number_is_a_campaign_here_and_a_name_there(self, office: Office) -> None:
        by = office.member("1", "staff").id
        id = office.transact(lambda c: campaigns.add(c, None, "Closed", Audience(), False, by, 1))
        assert f"/console/staff/{by}" in self.cell(office, "login", str(id))
        assert f"/console/campaigns/{id}" in self.cell(office, "campaign_drafted", str(id))


def subjects(page: str) -> list[str]:
    """What the lines of the log are about, as stored."""
    return re.findall(r'data-subject="([^"]+)"', page)
