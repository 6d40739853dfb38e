"""Every page of the console, also those that will be added: who gets in, what a request needs, what an answer says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from tests.console.office import Browser, Office

CONSOLE = Path(__file__).parent.parent.parent / "bot" / "console"
OPEN = {"console.login", "console.second_factor", "console.static"}
ONES_OWN = {
    "console.logout",
    "console.own_language",
    "console.own_password",
    "console.own_second_factor",
    "console.no_second_factor",
}
"""What a viewer may change: the session and the account."""


def rules(office: Office, method: str) -> Iterator[tuple[str, str]]:
    """Endpoint and an address of every page that takes a method, except those that are open to all."""
    for rule in office.app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and rule.endpoint not in OPEN and method in (rule.methods or ()):
            yield rule.endpoint, address(office, rule)


def address(office: Office, rule: Rule, number: int = 1) -> str:
    arguments: dict[str, str | int] = dict.fromkeys(rule.arguments, "000000000000")
    for name, converter in rule._converters.items():
        if "Integer" in type(converter).__name__:
            arguments[name] = number
    with office.app.test_request_context("/console/"):
        path = rule.build(arguments)
    assert path
    return path[1]


class TestWhoGetsIn:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_without_login_every_page_leads_there(self, office: Office, method: str) -> None:
        answers = {
            endpoint: office.visitor().open(path, method=method).headers.get("Location", "")
            for endpoint, path in rules(office, method)
        }
        assert len(answers) > 5
        assert {end: to for end, to in answers.items() if not to.startswith("/console/login")} == {}

    def test_a_viewer_changes_nothing(self, office: Office) -> None:
        viewer = office.client("viewer")
        answers = {
            endpoint: viewer.submit(path).status_code
            for endpoint, path in rules(office, "POST")
            if endpoint not in ONES_OWN
        }
        assert {end: status for end, status in answers.items() if status != 403} == {}

    def test_staff_do_not_manage_accounts(self, office: Office) -> None:
        member = office.client("staff")
        paths = [path for _, path in rules(office, "GET") if re.match("/console/(staff|audit)", path)]
        assert len(paths) >= 4
        assert {path: member.get(path).status_code for path in paths} == dict.fromkeys(paths, 403)

    def test_no_page_fails_on_an_empty_database(self, office: Office) -> None:
        owner = office.client("owner")
        answers = {path: owner.get(path).status_code for _, path in rules(office, "GET")}
        assert {path: status for path, status in answers.items() if status >= 500} == {}

    @pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
    def test_no_page_fails_on_a_number_that_no_database_holds(self, office: Office, number: int) -> None:
        owner = office.client("owner")
        with_numbers = [
            rule
            for rule in office.app.url_map.iter_rules()
            if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ())
            if any("Integer" in type(converter).__name__ for converter in rule._converters.values())
        ]
        answers = {}
        for rule in with_numbers:
            path = re.sub(r"/1(?=/|$)", f"/{number}", address(office, rule))
            answers[path] = owner.get(path).status_code
        assert {path: status for path, status in answers.items() if status != 404} == {}

    def test_an_address_that_is_not_there_has_a_page(self, office: Office) -> None:
        answer = office.client("viewer").get("/console/nothing/here")
        assert answer.status_code == 404
        assert '<a class="btn' in answer.text


class TestForms:
    def test_a_form_without_its_token_is_refused_with_a_page(self, office: Office) -> None:
        owner = office.client("owner")
        for endpoint, path in [*rules(office, "POST"), ("console.login", "/console/login")]:
            answer = owner.post(path)
            assert answer.status_code == 400, endpoint
            assert "</html>" in answer.text, endpoint

    def test_a_token_of_somebody_else_is_refused(self, office: Office) -> None:
        theirs = office.client("staff").csrf_token()
        owner = office.client("owner")
        with owner.session_transaction("/console/") as session:
            session["csrf_token"] = "0" * 40
        assert owner.post("/console/staff/new", data={"csrf_token": theirs}).status_code == 400

    def test_every_page_offers_the_way_out(self, office: Office) -> None:
        page = office.client("viewer").get("/console/account").text
        assert 'action="/console/logout"' in page
        assert 'href="/console/account"' in page


class TestHeaders:
    @staticmethod
    def pages(office: Office) -> Iterator[tuple[Browser, str]]:
        owner = office.client("owner")
        yield office.visitor(), "/console/login"
        yield owner, "/console/static/console.css"
        yield from ((owner, path) for _, path in rules(office, "GET"))

    def test_nothing_from_elsewhere_and_never_in_a_frame(self, office: Office) -> None:
        for browser, path in self.pages(office):
            with browser.get(path) as answer:
                headers = answer.headers
            policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
            assert policy["default-src"] == "'none'", path
            assert policy["script-src"] == policy["style-src"] == "'self'", path
            assert policy["frame-ancestors"] == "'none'", path
            assert policy["form-action"] == "'self'", path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "same-origin", path

    def test_no_page_stays_in_a_cache(self, office: Office) -> None:
        for browser, path in self.pages(office):
            if "/static/" not in path:
                assert browser.get(path).headers["Cache-Control"] == "no-store", path

    def test_an_error_is_protected_too(self, office: Office) -> None:
        headers = office.client("viewer").post("/console/staff/new").headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]

    @pytest.mark.parametrize("is_https", [True, False])
    def test_the_cookie_stays_in_the_console_and_out_of_scripts(self, office: Office, is_https: bool) -> None:
        office.app.config["SESSION_COOKIE_SECURE"] = is_https
        cookie = office.visitor().get("/console/login", base_url="https://localhost").headers["Set-Cookie"]
        parts = {part.strip() for part in cookie.split(";")}
        assert {"HttpOnly", "Path=/console", "SameSite=Lax"} <= parts
        assert ("Secure" in parts) is is_https

    def test_patients_doors_set_no_cookie(self, office: Office) -> None:
        assert "Set-Cookie" not in office.visitor().get("/healthz").headers


class TestTemplates:
    @pytest.mark.parametrize("path", sorted(CONSOLE.rglob("*.html")), ids=lambda path: path.name)
    def test_nothing_that_the_content_security_policy_stops_and_nothing_unescaped(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", text)
        assert not re.findall(r"\|\s*safe|autoescape false|Markup", text)
        assert not re.findall(r"<(?:script|link|img|iframe|form)\b[^>]*=\"(?:https?:)?//", text)
        assert "user_id" not in text

    def test_no_script_writes_html(self) -> None:
        for path in (CONSOLE / "static").glob("*.js"):
            assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text()), (
                path
            )
