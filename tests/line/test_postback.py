"""Postback data: what is put into a button comes back out of it, within LINE's 300 characters."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bot.desk import Desk
from bot.flow.commands import COMMANDS, TOPIC
from bot.flow.conversation import Pending
from bot.flow.events import Chose, Command
from bot.flow.schema import DONE, NONE
from bot.flow.tapping import confirm_key
from bot.line.postback import answer_data, command_data, read_postback

DATA_LIMIT = 300
LONGEST_EVENT_ID = "E" * 100

ids = st.text(st.characters(codec="utf-8", exclude_characters="|"), max_size=60)


@given(conversation=ids, question=ids, option=ids)
@example(conversation="01JD", question="confirm:danger:swelling_kind.calf:", option="no")
def test_an_answer_comes_back_as_it_was_put_in(conversation: str, question: str, option: str) -> None:
    data = answer_data(conversation, question, option)
    assert read_postback("E1", data) == Chose("E1", conversation, question, option)


@given(name=ids)
@example(name="topic:condition.bakers_cyst")
def test_a_command_comes_back_as_it_was_put_in(name: str) -> None:
    assert read_postback("E1", command_data(name)) == Command("E1", name)


@given(data=st.text())
def test_any_data_is_some_event(data: str) -> None:
    event = read_postback("E1", data)
    assert event.id == "E1"
    assert isinstance(event, Chose | Command)


def test_no_button_of_the_shipped_flow_passes_lines_limit(desk: Desk) -> None:
    questions = desk.flow.questions.values()
    asked = [(q.id, option) for q in questions for option in (*q.options, NONE, DONE)]
    changed = [(confirm_key(Pending("change", id, option)), "no") for id, option in asked]
    feared = [(confirm_key(Pending("danger", reference)), "no") for reference in desk.library.danger_words.findings]
    data = [answer_data(LONGEST_EVENT_ID, question, option) for question, option in (*asked, *changed, *feared)]
    data += [command_data(name) for name in COMMANDS]
    data += [command_data(f"{TOPIC}condition.{id}") for id in desk.flow.conditions]
    assert max(map(len, data)) <= DATA_LIMIT
