"""Every message that the renderer can produce, rendered once."""

from __future__ import annotations

import pytest

from bot.desk import Desk
from bot.line.flex import Part
from tests.line.samples import CONVERSATION, NOW, all_samples


@pytest.fixture(scope="session")
def rendered(desk: Desk) -> dict[str, list[Part]]:
    """Name of a sample to its messages."""
    return {name: desk.renderer.render(CONVERSATION, effects, NOW) for name, effects in all_samples(desk)}
