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
        ({"sets": {"others": ["{kin}s"], "kin": ["{child}"], "child": ["son"]}}, "others"),
    ],
    ids=["a set that is not there", "a set that is never used", "an intent that there is not", "a set of sets of sets"],
)
def test_a_lexicon_that_does_not_hold_together_is_refused(data: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        LexiconWords.model_validate(data)


def test_a_word_of_a_set_may_be_built_from_words_of_others() -> None:
    words = LexiconWords.model_validate(
        {
            "sets": {"kin": ["母", "孫"], "has": ["が", "は"], "others": ["{kin}{has}"]},
            "findings": {"dyspnoea": ["{others}…苦し"]},
        }
    )
    lexicon = words.compiled()
    for text, found in (("母が朝から苦しい", ["dyspnoea"]), ("母を見て苦しい", [])):
        assert [each.means for each in lexicon.find("findings", lexicon.hits(lexicon.form(text)))] == found
