"""What the loader refuses in a lexicon."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.library.lexicon_words import LexiconWords


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"findings": {"dyspnoea": ["{breath}…hard"]}}, "breath"),
        ({"sets": {"breath": ["air"]}}, "breath"),
        ({"intents": {"ask_weather": ["rain"]}}, "ask_weather"),
    ],
    ids=["a set that is not there", "a set that is never used", "an intent that there is not"],
)
def test_a_lexicon_that_does_not_hold_together_is_refused(data: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        LexiconWords.model_validate(data)
