"""Further languages: offered when they are whole, chosen by the patient, kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from support.broken import copy_toy

from bot.desk import DEFAULT_LANGUAGE, Desk, Reply, load_desk
from bot.flow.effects import Ask, Emergency, Speak
from bot.flow.events import Chose, Command, Event, Followed, Typed
from bot.library.library import Library
from bot.line.limits.messages import message_problems

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ENGLISH = "en"
LANGUAGE_FILE = "name: English\nwords: [english, in english]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy content with a second language, whose words are those of the first but for a mark before each message."""
    folder = copy_toy(tmp_path)
    other = copytree(folder / "content" / "ja", folder / "content" / ENGLISH)
    (other / "language.yaml").write_text(LANGUAGE_FILE)
    (other / "paths.yaml").unlink()
    messages = other / "messages.yaml"
    marked = [line.replace("language_changed: ", "language_changed: EN ") for line in messages.read_text().splitlines()]
    messages.write_text("\n".join(marked) + "\n")
    return folder


def loaded(folder: Path) -> Desk:
    return load_desk(folder / "flows", folder / "content")


def reply_to(desk: Desk, event: Event, before: Reply | None = None) -> Reply:
    state = before.state if before else None
    return desk.answer(state, event, NOW, before.language if before else DEFAULT_LANGUAGE)


@pytest.mark.parametrize("event", [Typed("e2", "English"), Typed("e2", "in english"), Command("e2", "language:en")])
def test_a_patient_goes_on_in_the_language_that_was_asked_for(folder: Path, event: Event) -> None:
    desk = loaded(folder)
    greeted = reply_to(desk, Followed("e1", is_unblocked=False))
    english = reply_to(desk, event, greeted)
    assert (greeted.language, english.language) == (DEFAULT_LANGUAGE, ENGLISH)
    assert Speak(ENGLISH) in english.effects
    assert english.messages[0]["text"].startswith("EN ")
    asked = [effect.question for effect in english.effects if isinstance(effect, Ask)]
    assert asked == [effect.question for effect in greeted.effects if isinstance(effect, Ask)]
    assert reply_to(desk, Typed("e3", "日本語"), english).language == DEFAULT_LANGUAGE


def test_the_first_question_offers_the_other_language_to_be_tapped(folder: Path) -> None:
    desk = loaded(folder)
    greeted = reply_to(desk, Followed("e1", is_unblocked=False))
    offered = [item["action"]["data"] for item in greeted.messages[-1]["quickReply"]["items"]]
    assert "command|language:en" in offered
    assert "command|language:ja" not in offered


def test_a_language_that_is_not_offered_changes_nothing(folder: Path) -> None:
    desk = loaded(folder)
    assert reply_to(desk, Command("e1", "language:xx")).language == DEFAULT_LANGUAGE
    assert desk.answer(None, Typed("e1", "?"), NOW, "xx").language == DEFAULT_LANGUAGE


@pytest.mark.parametrize(
    ("spoiled", "fault"),
    [
        ("treatments/bandage.yaml", "BOTH020"),
        ("conditions/clot.yaml", "BOTH001"),
        ("outcomes.yaml", "LIB001"),
        ("clinics/toy.yaml", "LIB001"),
    ],
)
def test_a_language_with_gaps_is_not_offered_and_the_first_one_goes_on(folder: Path, spoiled: str, fault: str) -> None:
    (folder / "content" / ENGLISH / spoiled).unlink()
    desk = loaded(folder)
    assert not desk.others
    assert fault in {found.id for found in desk.not_offered[ENGLISH]}
    assert reply_to(desk, Typed("e1", "English")).language == DEFAULT_LANGUAGE


def test_a_folder_without_a_language_file_is_no_language(folder: Path) -> None:
    (folder / "content" / ENGLISH / "language.yaml").unlink()
    desk = loaded(folder)
    assert not desk.others
    assert not desk.not_offered


def spoken(desk: Desk) -> list[Library]:
    return [desk.library, *(tongue.library for tongue in desk.others.values())]


def test_the_shipped_content_is_offered_in_english(desk: Desk) -> None:
    assert dict(desk.not_offered) == {}
    assert list(desk.others) == [ENGLISH]


def test_danger_is_understood_in_every_language_whatever_is_spoken(desk: Desk) -> None:
    """Who is in need may fall back into the mother tongue."""
    phrases = {phrase for library in spoken(desk) for phrase in library.danger_words.emergency}
    for library in spoken(desk):
        for phrase in phrases:
            effects = desk.answer(None, Typed("e1", phrase), NOW, library.language).effects
            assert any(isinstance(effect, Emergency) for effect in effects), (library.language, phrase)


def test_a_whole_conversation_in_english_is_within_the_limits_of_line(desk: Desk) -> None:
    reply = desk.answer(None, Typed("e0", "English"), NOW)
    for number in range(60):
        assert not list(message_problems(reply.messages))
        open_question = next((effect for effect in reply.effects if isinstance(effect, Ask)), None)
        if open_question is None:
            break
        option = next(
            (o for o in ("agree", "none", "done", "no") if o in open_question.options), open_question.options[-1]
        )
        answer = Chose(f"e{number + 1}", reply.conversation.id, open_question.question, option)
        reply = desk.answer(reply.state, answer, NOW, reply.language)
    assert reply.conversation.finished
    assert reply.language == ENGLISH
