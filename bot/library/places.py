"""Towns and prefectures that patients name, and which clinic is nearest."""

from __future__ import annotations

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt

from pydantic import Field

from bot.library.clinic import Clinic
from bot.library.fields import Entry, Label, Text

_EARTH_RADIUS_KM = 6371.0
"""Mean radius (IUGG, https://doi.org/10.1007/s001900050278)."""


class Place(Entry):
    """A town or a prefecture."""

    name: Label
    words: tuple[Text, ...] = Field(default=(), description="other names that patients type")
    latitude: float = Field(ge=-90, le=90, description="degrees, north is positive")
    longitude: float = Field(ge=-180, le=180, description="degrees, east is positive")


class Places(Entry):
    """Every place that is known by name."""

    endings: tuple[Text, ...] = Field(default=(), description="what may follow a name: near, station")
    places: dict[str, Place] = Field(min_length=1)

    def words(self, id: str) -> list[str]:
        """Whole messages that name a place."""
        place = self.places[id]
        return [f"{name}{ending}" for name in (place.name, *place.words) for ending in ("", *self.endings)]


def distance_km(latitude: float, longitude: float, clinic: Clinic) -> float:
    """The shortest way over the surface of the earth (haversine formula), in kilometres.

    Args:
        latitude, longitude: degrees.
    """
    south, north = radians(latitude), radians(clinic.latitude)
    across = radians(clinic.longitude - longitude)
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(across / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(min(1.0, half)))


def nearest(clinics: Mapping[str, Clinic], latitude: float, longitude: float, most: int) -> list[tuple[str, float]]:
    """Ids of the nearest clinics with their distance in kilometres, the nearest first."""
    found = ((id, distance_km(latitude, longitude, clinic)) for id, clinic in clinics.items())
    return sorted(found, key=lambda pair: pair[1])[:most]
