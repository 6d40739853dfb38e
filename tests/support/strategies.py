"""What hypothesis may think of: patients with any findings, and patients who do anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from hypothesis import strategies as st

from bot.desk import Desk
from bot.flow.commands import COMMANDS
from bot.flow.conversation import AnswerValue
from bot.flow.events import UnsupportedKind
from bot.flow.findings import NO, UNKNOWN, YES, Finding, FindingType, Value
from bot.flow.schema import DONE, NONE, Flow, Question, QuestionType
from bot.flow.tapping import confirm_key
from support.answers import HARMLESS, harmless
from support.patient import Patient

Move = Callable[[Patient], object]


def values(finding: Finding, unsure: bool = True) -> st.SearchStrategy[Value]:
    """Every value that a finding can have."""
    match finding.type:
        case FindingType.BOOL:
            known: st.SearchStrategy[Value] = st.sampled_from([YES, NO])
        case FindingType.SINGLE:
            known = st.sampled_from(finding.options)
        case FindingType.MULTI:
            known = st.frozensets(st.sampled_from(finding.options))
        case FindingType.NUMBER:
            known = st.integers(finding.minimum, finding.maximum)
    return known | st.just(UNKNOWN) if unsure else known


def some_facts(flow: Flow) -> st.SearchStrategy[dict[str, Value]]:
    """Facts about some findings, all others not known."""
    findings = {id: finding for id, finding in flow.findings.items() if id not in flow.questions or finding.danger}
    return st.fixed_dictionaries({}, optional={id: values(finding) for id, finding in findings.items()})


def somebody(flow: Flow) -> st.SearchStrategy[dict[str, Value]]:
    """What is the matter with somebody: a few things out of all that is asked about, and the rest harmless."""
    nothing: dict[str, Value] = {}
    present: dict[str, st.SearchStrategy[Value]] = {}
    for question in flow.questions.values():
        for finding in () if question.has_own_options else question.asks:
            match finding.type:
                case FindingType.BOOL:
                    nothing[finding.id], present[finding.id] = NO, st.just(YES)
                case FindingType.MULTI:
                    options = st.sampled_from(_offered(flow, finding))
                    nothing[finding.id], present[finding.id] = frozenset(), st.frozensets(options, max_size=2)
                case _:
                    nothing[finding.id] = HARMLESS[finding.id]
                    present[finding.id] = values(finding, unsure=False)
    few = st.lists(st.sampled_from(sorted(present)), max_size=6, unique=True)
    chosen = few.flatmap(lambda ids: st.fixed_dictionaries({id: present[id] for id in ids}))
    return chosen.map(lambda some: _possible(flow, nothing | some))


def _offered(flow: Flow, finding: Finding) -> list[str]:
    """The options of a list finding that some question offers."""
    asking = [question for question in flow.questions.values() if finding in question.asks]
    return [option for option in finding.options if any(option in question.options for question in asking)]


def _possible(flow: Flow, facts: dict[str, Value]) -> dict[str, Value]:
    """Only a lump has the features of one, and only who walks in pain stands still to ease it."""
    possible = dict(facts)
    for id in facts:
        presupposed, _, option = (flow.findings[id].presupposes or "").partition(".")
        if presupposed and option not in facts[presupposed]:  # type: ignore[operator]
            possible[id] = NO if flow.findings[id].type is FindingType.BOOL else frozenset()
    return possible


def any_answers(flow: Flow) -> st.SearchStrategy[dict[str, AnswerValue]]:
    """An answer to every question, whether it is asked or not."""
    return st.fixed_dictionaries({question.id: _any_answer(question) for question in flow.questions.values()})


def a_few_answers(flow: Flow) -> st.SearchStrategy[dict[str, AnswerValue]]:
    """An answer to every question, most of them harmless: so the questions go on to the end."""
    harmless_ones = {question.id: _harmless(question) for question in flow.questions.values()}
    few = st.lists(st.sampled_from(sorted(flow.questions)), max_size=8, unique=True)
    chosen = few.flatmap(lambda ids: st.fixed_dictionaries({id: _any_answer(flow.questions[id]) for id in ids}))
    return chosen.map(lambda some: harmless_ones | some)


def _harmless(question: Question) -> AnswerValue:
    answer = harmless(question)
    return () if answer == NONE and question.type is QuestionType.CHECKLIST else answer


def _any_answer(question: Question) -> st.SearchStrategy[AnswerValue]:
    match question.type:
        case QuestionType.CHECKLIST:
            ticks = st.lists(st.sampled_from(question.options), unique=True, max_size=3)
            given: st.SearchStrategy[AnswerValue] = st.just(()) | ticks.map(tuple)
        case QuestionType.NUMBER:
            given = st.integers(question.asks[0].minimum, question.asks[0].maximum)
        case QuestionType.CHOICE:
            given = st.just(question.options[0]) if question.has_own_options else st.sampled_from(question.options)
    return given | st.just(UNKNOWN) if question.unsure else given


def moves(desk: Desk) -> st.SearchStrategy[list[Move]]:
    """What a patient may do, one after the other: some way into the questions, then anything."""
    onwards = st.sampled_from([0, 0, 1, 3, 9, 12, 20, 30]).map(lambda count: [_answer_harmlessly] * count)
    anything = st.lists(st.one_of(*_sensible(desk), *_strange(desk)), max_size=20)
    return st.tuples(onwards, anything).map(lambda both: [*both[0], *both[1]])


def _sensible(desk: Desk) -> list[st.SearchStrategy[Move]]:
    return [
        st.just(_answer_harmlessly),
        st.just(_answer_harmlessly),
        st.integers(0, 12).map(lambda i: lambda patient: _tap_open(patient, i)),
        st.integers(0, 12).map(lambda i: lambda patient: _tap_open(patient, i)),
        st.integers(1, 12).map(lambda i: lambda patient: patient.say(str(i))),
        st.sampled_from([YES, NO]).map(lambda option: lambda patient: _confirm(patient, option)),
        st.sampled_from(_words(desk)).map(lambda text: lambda patient: patient.say(text)),
        st.sampled_from(COMMANDS).map(lambda name: lambda patient: patient.command(name)),
        st.sampled_from(get_args(UnsupportedKind)).map(lambda kind: lambda patient: patient.send(kind)),
        st.booleans().map(lambda unblocked: lambda patient: patient.follow(unblocked)),
        (st.sampled_from([13, 25, 73]) | st.integers(0, 240)).map(
            lambda hours: lambda patient: patient.wait(hours=hours)
        ),
    ]


def _strange(desk: Desk) -> list[st.SearchStrategy[Move]]:
    any_text = st.text(st.characters(exclude_categories=()), max_size=40)
    questions = st.sampled_from([*desk.flow.questions, "gone", "confirm", "confirm:change:onset:gradual"])
    options = st.sampled_from(_options(desk)) | any_text
    danger = st.sampled_from([phrase for phrase, _ in desk.vocabulary.danger])
    negation = st.sampled_from(["", "", *desk.vocabulary.negations])
    return [
        any_text.map(lambda text: lambda patient: patient.say(text)),
        st.tuples(danger, negation).map(lambda pair: lambda patient: patient.say("".join(pair))),
        st.tuples(questions, options).map(lambda pair: lambda patient: _tap_old(patient, *pair)),
        st.tuples(questions, options).map(lambda pair: lambda patient: patient.tap_button("another", *pair)),
        any_text.map(lambda name: lambda patient: patient.command(name)),
        any_text.map(lambda name: lambda patient: patient.command(f"topic:{name}")),
    ]


def _words(desk: Desk) -> list[str]:
    words = desk.vocabulary
    options = {word for question in words.options.values() for word in question}
    topics = {name for name, _ in words.topics}
    return sorted(options | topics | words.yes | words.no | words.unsure | words.none | words.done | {"119", "1と2"})


def _options(desk: Desk) -> list[str]:
    options = {option for question in desk.flow.questions.values() for option in question.options}
    return sorted(options | {DONE, NONE, UNKNOWN, YES, NO, *(str(number) for number in range(-1, 12))})


def _answer_harmlessly(patient: Patient) -> None:
    if patient.reply is None:
        patient.follow()
    elif patient.open_question:
        patient.answers_harmlessly()


def _tap_open(patient: Patient, i: int) -> None:
    if patient.reply and patient.open_question:
        options = patient.ask.options
        patient.tap(options[i % len(options)])
    else:
        patient.follow()


def _tap_old(patient: Patient, question: str, option: str) -> None:
    if patient.state:
        patient.tap_old(question, option)


def _confirm(patient: Patient, option: str) -> None:
    if patient.state and patient.conversation.pending:
        patient.tap_old(confirm_key(patient.conversation.pending), option)
