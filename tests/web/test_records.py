"""What is kept of an event beside its answer: words, tags of the outcome, who waits for a person, who wants news."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.story import single_steps

from bot.desk import Desk
from bot.line.postback import answer_data, command_data
from bot.storage import exchanges, people
from bot.storage.console_tables import metadata
from bot.storage.exchanges import Exchange
from bot.storage.people import Person
from bot.storage.tables import conversations, inbox, patients, webhook_events
from tests.delivery.doubles import wait_until
from tests.web.clinic import Clinic, Patient, texts

NOT_UNDERSTOOD = "きょうは良い天気"
EMERGENCY = "119"
HOUR = 3_600_000


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    return clinic.patient()


def said(patient: Patient) -> list[Exchange]:
    """What is kept of a patient, oldest first."""
    return patient.clinic.database.read(lambda connection: exchanges.of_patient(connection, patient.id))


def last(patient: Patient) -> tuple[str, str | None, bool | None, str | None]:
    """Kind, key, whether it was understood, and what was said."""
    exchange = said(patient)[-1]
    return exchange.kind, exchange.key, exchange.understood, exchange.said


def person(patient: Patient) -> Person:
    found = patient.clinic.database.read(people.search)
    return next(one for one in found if one.user_id == patient.id)


def tap(patient: Patient, data: str) -> None:
    """Tap a button, wherever it comes from."""
    patient.do(lambda: patient.clinic.fake.tap(patient.id, data))


def play(desk: Desk, patient: Patient, story: str) -> None:
    """Tap everything that is tapped in a story."""
    for step in single_steps(desk, story):
        if "tap" in step:
            patient.tap(str(step["tap"]))


def attend(patient: Patient, until: int) -> None:
    """Staff take over."""
    patient.clinic.database.transact(lambda connection: people.attend(connection, patient.id, until))


class TestWhatIsSaid:
    def test_who_adds_the_account_says_nothing(self, patient: Patient) -> None:
        assert last(patient) == ("followed", None, None, None)

    def test_a_tap_reads_as_its_button(self, patient: Patient, desk: Desk) -> None:
        patient.tap("agree")
        label = desk.renderer.option_label(desk.flow.questions["consent"], "agree")
        assert last(patient) == ("chose", "consent", None, label)

    @pytest.mark.parametrize(("text", "understood"), [("1", True), (NOT_UNDERSTOOD, False), (EMERGENCY, True)])
    def test_typed_words_belong_to_the_open_question(self, patient: Patient, text: str, understood: bool) -> None:
        patient.tap("agree")
        patient.say(text)
        assert last(patient) == ("typed", "chest", understood, text)

    def test_a_topic_that_was_typed_is_what_it_was_about(self, patient: Patient, desk: Desk) -> None:
        patient.tap("agree")
        name = desk.library.conditions["bakers_cyst"].name
        patient.say(name)
        assert last(patient) == ("typed", "condition.bakers_cyst", True, name)

    def test_a_command_that_was_tapped(self, patient: Patient, desk: Desk) -> None:
        tap(patient, command_data("help"))
        assert last(patient) == ("command", "help", None, desk.library.commands["help"].label)

    def test_a_guidebook_that_was_opened_counts_as_asked_for(self, patient: Patient, desk: Desk) -> None:
        tap(patient, command_data("topic:guidebook.self_care"))
        title = desk.library.guidebooks["self_care"].title
        assert last(patient) == ("command", "guidebook.self_care", None, title)

    def test_what_is_no_text(self, patient: Patient) -> None:
        patient.do(lambda: patient.clinic.fake.send_image(patient.id))
        assert last(patient) == ("unsupported", "image", None, None)

    def test_half_an_emoji_is_kept_as_far_as_it_is_text(self, patient: Patient) -> None:
        patient.say("膝が\ude00痛い\x00")
        assert last(patient)[3] == "膝が?痛い"

    def test_the_answer_is_kept_as_the_patient_sees_it(self, patient: Patient) -> None:
        before = len(patient.answers)
        patient.tap("agree")
        assert said(patient)[-1].answered == patient.answers[before:]

    def test_an_event_that_is_delivered_twice_is_kept_once(self, patient: Patient) -> None:
        patient.tap("agree")
        patient.do(lambda: patient.clinic.fake.redeliver(patient.id))
        assert [exchange.kind for exchange in said(patient)] == ["followed", "chose"]

    def test_patients_do_not_hear_each_other(self, clinic: Clinic, patient: Patient) -> None:
        other = clinic.patient("Taro")
        other.say(NOT_UNDERSTOOD)
        assert [exchange.said for exchange in said(patient)] == [None]

    def test_a_block_says_nothing(self, clinic: Clinic, patient: Patient) -> None:
        clinic.fake.block(patient.id)
        assert len(said(patient)) == 1

    @pytest.mark.parametrize(
        "data",
        [
            "",
            "nonsense",
            "command|topic:guidebook.gone",
            "command|topic:",
            "command|gone",
            "answer|C0|chest|gone",
            "answer|C0|gone|gone",
            "command|" + "x" * 250,
        ],
    )
    def test_a_button_of_a_former_day_is_kept_and_answered(self, patient: Patient, desk: Desk, data: str) -> None:
        patient.tap("agree")
        before = len(patient.answers)
        tap(patient, data)
        assert said(patient)[-1].answered == patient.answers[before:]
        assert desk.library.message("error_sorry") not in texts(patient.answers[before:])

    def test_an_option_that_the_question_no_longer_has(self, clinic: Clinic, patient: Patient, desk: Desk) -> None:
        patient.tap("agree")
        (conversation,) = clinic.rows(conversations)
        before = len(patient.answers)
        tap(patient, answer_data(conversation["id"], "chest", "gone"))
        assert desk.library.message("error_sorry") not in texts(patient.answers[before:])
        assert last(patient) == ("chose", "chest", None, "gone")

    def test_yes_and_no_read_as_their_buttons(self, patient: Patient, desk: Desk) -> None:
        patient.tap("agree")
        patient.say("息苦しくはない")
        patient.tap("no")
        kind, key, _, words = last(patient)
        assert (kind, words) == ("chose", desk.library.message("no"))
        assert key
        assert key.startswith("confirm:danger")


class TestSilence:
    """Staff talk with the patient, and the bot does not interrupt."""

    @pytest.fixture
    def now(self) -> list[int]:
        """The clock, to be moved by hand."""
        return [1_800_000_000_000]

    @pytest.fixture
    def patient(self, open_clinic: Callable[..., Clinic], now: list[int]) -> Patient:
        patient = open_clinic(clock=lambda: now[0]).patient()
        patient.tap("agree")
        attend(patient, now[0] + HOUR)
        return patient

    def test_what_the_patient_writes_is_kept_and_not_answered(self, patient: Patient) -> None:
        before, state = patient.answers, patient.clinic.rows(conversations)
        patient.say("どれもない")
        patient.tap("none")
        assert (patient.answers, patient.clinic.rows(conversations)) == (before, state)
        assert [(exchange.kind, exchange.answered) for exchange in said(patient)[-2:]] == [("typed", []), ("chose", [])]

    @pytest.mark.parametrize("text", [EMERGENCY, "息が苦しい"])
    def test_an_emergency_in_words_is_answered(self, patient: Patient, text: str) -> None:
        before = len(patient.answers)
        patient.say(text)
        assert "119" in str(patient.answers[before:])
        assert said(patient)[-1].answered == patient.answers[before:]

    def test_an_emergency_that_is_tapped_is_answered(self, patient: Patient) -> None:
        before = len(patient.answers)
        patient.tap("dyspnoea")
        assert "tel:119" in str(patient.answers[before:])
        assert person(patient).urgency == "emergency_now"

    def test_it_ends_by_itself(self, patient: Patient, now: list[int]) -> None:
        now[0] += HOUR
        before = len(patient.answers)
        patient.tap("none")
        assert len(patient.answers) > before

    def test_staff_can_end_it(self, patient: Patient) -> None:
        patient.clinic.database.transact(lambda connection: people.attend(connection, patient.id, None))
        before = len(patient.answers)
        patient.say(NOT_UNDERSTOOD)
        assert len(patient.answers) > before

    def test_who_wants_no_news_any_more_gets_none(self, patient: Patient, now: list[int]) -> None:
        patient.say("お知らせを止める")
        assert person(patient).news_off_at == now[0]

    def test_data_are_deleted_and_the_patient_is_told(self, patient: Patient) -> None:
        before = len(patient.answers)
        patient.say("データ削除")
        assert len(patient.answers) == before + 1
        assert (said(patient), person(patient).paused_until) == ([], None)


class TestTheQueue:
    @pytest.mark.parametrize("words", ["スタッフ", "人と話したい"])
    def test_who_asks_for_a_person_waits_for_one(self, clinic: Clinic, patient: Patient, words: str) -> None:
        clinic.patient("Taro").say(NOT_UNDERSTOOD)
        patient.say(words)
        waiting = clinic.database.read(people.waiting)
        assert [one.user_id for one in waiting] == [patient.id]

    def test_a_tap_asks_as_well_and_the_place_stays(self, clinic: Clinic, patient: Patient) -> None:
        tap(patient, command_data("staff"))
        since = person(patient).asked_for_staff_at
        tap(patient, command_data("staff"))
        assert since is not None
        assert [one.asked_for_staff_at for one in clinic.database.read(people.waiting)] == [since]


class TestNews:
    def test_nobody_has_agreed_before_saying_so(self, patient: Patient) -> None:
        assert (person(patient).news_at, person(patient).news_off_at) == (None, None)

    def test_the_last_word_counts(self, patient: Patient) -> None:
        patient.say("お知らせを受け取る")
        assert (person(patient).news_at is not None, person(patient).news_off_at) == (True, None)
        patient.say("お知らせを止める")
        assert (person(patient).news_at, person(patient).news_off_at is not None) == (None, True)
        tap(patient, command_data("news_on"))
        assert (person(patient).news_at is not None, person(patient).news_off_at) == (True, None)


class TestTheOutcome:
    def test_it_is_noted_with_its_tags(self, desk: Desk, patient: Patient) -> None:
        play(desk, patient, "osteoarthritis_in_stages")
        known = person(patient)
        assert (known.urgency, known.tags) == ("soon_2w", ("long_lasting", "over_60", "stairs_hurt"))
        assert known.urgency_at is not None

    def test_nothing_is_noted_before(self, patient: Patient) -> None:
        patient.tap("agree")
        patient.tap("none")
        assert (person(patient).urgency, person(patient).tags) == (None, ())

    def test_whatever_is_said_afterwards_changes_nothing_of_it(self, desk: Desk, patient: Patient) -> None:
        play(desk, patient, "osteoarthritis_in_stages")
        before = person(patient)
        for words in ("ありがとう", "なぜこの案内ですか", "メニュー", EMERGENCY):
            patient.say(words)
        after = person(patient)
        assert (after.urgency, after.urgency_at, after.tags) == (before.urgency, before.urgency_at, before.tags)

    def test_an_emergency_that_is_shown_again_keeps_its_tags(self, desk: Desk, patient: Patient) -> None:
        play(desk, patient, "crash_and_wobbly_knee")
        assert person(patient).tags == ("injured",)
        patient.say("どうしよう")
        assert (person(patient).urgency, person(patient).tags) == ("emergency_now", ("injured",))

    def test_the_next_one_takes_its_place(self, desk: Desk, patient: Patient) -> None:
        play(desk, patient, "crash_and_wobbly_knee")
        patient.clinic.database.transact(lambda c: people.add_tag(c, patient.id, "vip", 7, 1))
        patient.say("はじめから")
        play_after_consent(desk, patient, "osteoarthritis_in_stages")
        known = person(patient)
        assert (known.urgency, known.tags) == ("soon_2w", ("long_lasting", "over_60", "stairs_hurt", "vip"))


def play_after_consent(desk: Desk, patient: Patient, story: str) -> None:
    """As `play`, for somebody who has agreed before."""
    for step in single_steps(desk, story):
        if "tap" in step and step["tap"] != "agree":
            patient.tap(str(step["tap"]))


class TestForgetting:
    KEPT = ("user_id", "added_at", "reference", "language", "seen_at")
    """What is left of somebody who had everything deleted: the friendship."""

    def test_no_table_tells_of_who_had_everything_deleted(self, desk: Desk, clinic: Clinic, patient: Patient) -> None:
        play(desk, patient, "osteoarthritis_in_stages")
        for words in ("お知らせを受け取る", "スタッフ"):
            patient.say(words)
        clinic.database.transact(lambda connection: people.rename(connection, patient.id, "花子"))
        clinic.database.transact(lambda connection: people.add_note(connection, patient.id, 7, "花子", 1))
        patient.say("データ削除")
        for table in metadata.sorted_tables:
            found = clinic.rows(table)
            if table is patients:
                assert {name for name, value in found[0].items() if value is not None} == set(self.KEPT)
            elif table is not webhook_events:
                assert patient.id not in str(found), table.name
                assert "花子" not in str(found), table.name

    def test_what_is_said_next_is_kept_again(self, patient: Patient) -> None:
        patient.tap("agree")
        patient.say("データ削除")
        patient.say("こんにちは")
        assert [exchange.said for exchange in said(patient)] == ["こんにちは"]

    def test_who_wanted_no_news_still_wants_none(self, patient: Patient) -> None:
        patient.say("お知らせを止める")
        patient.say("データ削除")
        assert person(patient).news_off_at is not None


def test_an_answer_that_cannot_be_recorded_is_given_later(
    clinic: Clinic, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = patient.answers

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(exchanges, "add", fail)
        assert clinic.fake.send_text(patient.id, "1") == 200
        wait_until(lambda: clinic.rows(inbox)[0]["attempts"] == 1)
    assert (patient.answers, len(said(patient))) == (before, 1)
    clinic.answer_again()
    clinic.wait_until_sent()
    assert len(patient.answers) == len(before) + 1
    assert len(said(patient)) == 2
