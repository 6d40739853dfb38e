"""`make utterances`: how well the corpus is understood, and every miss outside the third that is only reported."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.desk import load_desk
from bot.reading_command import reading_of
from tests.utterances.corpus import FOLDER, utterances
from tests.utterances.score import score

ROOT = FOLDER.parent.parent


def main() -> None:
    """Print both scores, then the misses that may be looked at."""
    desk = load_desk(ROOT / "flows", ROOT / "content", ZoneInfo("Asia/Tokyo"))
    corpus = utterances()
    read = {utterance.id: reading_of(utterance.text, desk) for utterance in corpus}
    worked_on = [utterance for utterance in corpus if not utterance.is_only_reported]
    print("only reported:", score([u for u in corpus if u.is_only_reported], read))
    print("worked on:    ", score(worked_on, read))
    for utterance in worked_on:
        found = read[utterance.id]
        findings = set(found["findings"])
        misses = [
            *(f"intent {found['intent']}, not {utterance.intent}" for _ in [0] if found["intent"] != utterance.intent),
            *("danger not seen" for _ in [0] if utterance.danger and not found["danger"]),
            *("false alarm" for _ in [0] if found["danger"] and not utterance.danger),
            *(f"missed {each}" for each in sorted(utterance.findings - findings)),
            *(f"wrong {each}" for each in sorted(findings - utterance.findings - utterance.maybe)),
        ]
        if misses:
            print(f"{utterance.id} {utterance.text}\n    " + "; ".join(misses))


if __name__ == "__main__":
    main()
