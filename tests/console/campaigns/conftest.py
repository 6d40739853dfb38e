"""A clerk at the pages of campaigns."""

from __future__ import annotations

import pytest

from tests.console.campaigns.clerk import Desk
from tests.console.office import Office


@pytest.fixture
def clerk(office: Office) -> Desk:
    return Desk(office)
