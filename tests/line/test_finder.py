"""Clinics near a place: which, how far, and what is offered."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.patient import Patient

from bot.desk import Desk
from bot.flow.effects import FindClinics, Show
from bot.flow.events import Located
from bot.library.clinic import Clinic
from bot.library.places import distance_km, nearest
from bot.line.finder import finder_message
from bot.line.topics import Asked
from bot.line.webhook import read_webhook

NOON = datetime(2026, 11, 24, 11, tzinfo=ZoneInfo("Asia/Tokyo"))
TOKYO, OSAKA = (35.6812, 139.7671), (34.7025, 135.4959)
"""The stations."""


def at(desk: Desk, position: tuple[float, float]) -> Clinic:
    latitude, longitude = position
    return desk.library.clinic.model_copy(update={"latitude": latitude, "longitude": longitude})


def located(latitude: object, longitude: object) -> object:
    message = {"type": "location", "id": "1", "latitude": latitude, "longitude": longitude}
    event = {"type": "message", "webhookEventId": "E1", "source": {"type": "user", "userId": "U1"}, "message": message}
    (incoming,) = read_webhook(json.dumps({"events": [{**event, "mode": "active"}]}).encode()).events
    return incoming.event


class TestDistance:
    def test_from_tokyo_to_osaka_it_is_four_hundred_kilometres(self, desk: Desk) -> None:
        assert distance_km(*TOKYO, at(desk, OSAKA)) == pytest.approx(403, abs=3)

    @given(st.floats(-90, 90), st.floats(-180, 180))
    def test_any_two_points_of_the_earth_have_one(self, desk: Desk, latitude: float, longitude: float) -> None:
        assert 0 <= distance_km(latitude, longitude, at(desk, TOKYO)) <= 20_016

    def test_the_nearest_comes_first(self, desk: Desk) -> None:
        clinics = {"osaka": at(desk, OSAKA), "tokyo": at(desk, TOKYO)}
        assert [id for id, _ in nearest(clinics, 35.4, 139.6, 5)] == ["tokyo", "osaka"]
        assert [id for id, _ in nearest(clinics, 34.6, 135.5, 1)] == ["osaka"]


class TestAsking:
    def test_a_place_on_the_map_is_understood(self) -> None:
        assert located(35.5, 139) == Located("E1", 35.5, 139.0)

    @pytest.mark.parametrize("degrees", [(None, 139), ("35", 139), (91, 139), (35, 181), (True, 139)])
    def test_what_is_no_place_is_answered_like_other_things(self, degrees: tuple[object, object]) -> None:
        assert not isinstance(located(*degrees), Located)

    @pytest.mark.parametrize("words", ["大阪", "大阪府", "おおさか", "大阪の近く", "大阪駅"])
    def test_a_town_is_understood(self, desk: Desk, words: str) -> None:
        patient = Patient(desk).goes_to("onset").say(words)
        assert patient.reply
        assert FindClinics("osaka") in patient.reply.effects
        patient.expect_question("onset")

    def test_the_open_question_stays_open(self, desk: Desk) -> None:
        patient = Patient(desk).goes_to("onset").send_event(Located("e9", *OSAKA))
        assert patient.reply
        assert patient.reply.effects[:2] == (FindClinics(OSAKA), Show("topic_return"))

    def test_every_place_is_in_japan(self, desk: Desk) -> None:
        for place in desk.library.places.places.values():
            assert 24 < place.latitude < 46
            assert 122 < place.longitude < 146


class TestCards:
    def test_they_are_booked_when_there_is_time(self, desk: Desk) -> None:
        written = json.dumps(finder_message(desk.library, FindClinics(TOKYO, "soon_2w"), Asked("C1", NOON)))
        assert desk.library.clinic.booking.address("C1") in written

    @pytest.mark.parametrize("urgency", ["emergency_now", "same_day"])
    def test_nothing_is_booked_when_it_is_urgent(self, desk: Desk, urgency: str) -> None:
        written = json.dumps(finder_message(desk.library, FindClinics(TOKYO, urgency), Asked("C1", NOON)))
        assert "booking" not in written
        assert all(link.uri in written for link in desk.library.outcomes[urgency].links)

    def test_a_place_that_is_not_known_any_more_shows_the_clinics_all_the_same(self, desk: Desk) -> None:
        message = finder_message(desk.library, FindClinics("atlantis"), Asked("C1", NOON))
        assert desk.library.clinic.name in message["altText"]
