"""Every way to an outcome, in lines that a doctor can sign: they are all there, and what they say is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.broken import TOY
from support.findings import with_presupposed

from bot.desk import Desk, read_folder
from bot.flow.assessment import Assessment, assess, assess_conversation
from bot.flow.checks import Patient, play, satisfying
from bot.flow.conversation import AnswerValue, merged
from bot.flow.findings import NO, UNKNOWN, Facts, FindingType, Value, counted_for_safety
from bot.flow.fingerprint import DECIDES_NOTHING, flow_fingerprint
from bot.flow.guards import Between, Guard, OneOf
from bot.flow.loader import load_flow
from bot.flow.paths import NOTHING, THESE, PathLine, Paths, list_paths
from bot.flow.replay import walk
from bot.flow.schema import Flow, Question, urgency_rank
from bot.flow.ways import facts_of


@pytest.fixture(scope="module")
def shipped(desk: Desk) -> Paths:
    """The lines of the shipped flow."""
    return list_paths(desk.flow)


def toy_files(**changes: Mapping[str, str]) -> dict[str, bytes]:
    """The files of the toy flow, each with some text in another form: ``red_flags={old: new}``."""
    files = read_folder(TOY / "flows")
    for name, texts in changes.items():
        text = files[f"{name}.yaml"].decode()
        for old, new in texts.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        files[f"{name}.yaml"] = text.encode()
    return files


def with_rule(id: str, urgency: str, when: str) -> Flow:
    """The toy flow with one rule more."""
    rule = f"  - {{id: {id}, urgency: {urgency}, when: {when}, conditions: [], sources: [BOOK]}}\n"
    files = read_folder(TOY / "flows")
    return load_flow({**files, "red_flags.yaml": files["red_flags.yaml"] + rule.encode()})


def lines_of(paths: Paths, rule: str) -> list[str]:
    """What the patients of a rule's lines have: `hot|tired + swollen.calf` for hot or tired, with a swollen calf."""
    return [" + ".join("|".join(map(shown, each)) for each in line.needs) for line in paths.lines if line.rule == rule]


def shown(guard: Guard) -> str:
    """A need as a reference."""
    if isinstance(guard, Between):
        return f"{guard.finding}.{guard.at_least}"
    assert isinstance(guard, OneOf)
    (value,) = guard.values
    return guard.finding if value == "yes" else f"{guard.finding}.{value}"


def patients_of(flow: Flow, line: PathLine) -> Iterator[dict[str, Value]]:
    """What each patient has for whom the line stands."""
    for needs in product(*line.needs):
        facts = facts_of(flow, needs)
        assert facts is not None
        yield facts


def outcome(flow: Flow, paths: Paths, line: PathLine, has: dict[str, Value]) -> tuple[Assessment, tuple[str, ...]]:
    """How a patient of a line ends, and after which questions."""
    position = play(flow, has, {**paths.usual, **dict(line.assumed)})
    return assess_conversation(flow, position.facts), position.path


def most_urgent(paths: Paths, facts: Facts) -> str:
    """The level of the most urgent line to which somebody comes who has these findings."""
    return max((line.urgency for line in paths.lines if line.holds(facts)), key=urgency_rank)


class TestTheShippedFlow:
    def test_every_rule_has_a_line(self, desk: Desk, shipped: Paths) -> None:
        assert {line.rule for line in shipped.lines} == {*(rule.id for rule in desk.flow.rules), None}

    def test_every_line_has_a_number_of_its_own(self, shipped: Paths) -> None:
        numbers = [line.id for line in shipped.lines]
        assert len(set(numbers)) == len(numbers)
        assert all(line.id.startswith(f"{line.rule}-") for line in shipped.lines[:-1])

    def test_they_can_be_read_in_half_an_hour(self, shipped: Paths) -> None:
        assert len(shipped.lines) < 300

    def test_the_most_urgent_come_first_and_somebody_with_nothing_last(self, shipped: Paths) -> None:
        levels = [urgency_rank(line.urgency) for line in shipped.lines]
        assert levels == sorted(levels, reverse=True)
        assert (shipped.lines[-1].id, shipped.lines[-1].urgency) == (NOTHING, "self_care_watch")
        assert shipped.lines[-1].needs == ()

    def test_every_patient_of_a_line_ends_as_it_says(self, desk: Desk, shipped: Paths) -> None:
        for line in shipped.lines:
            for has in patients_of(desk.flow, line):
                assessment, asked = outcome(desk.flow, shipped, line, has)
                follows = line.consequences
                assert (line.id, assessment.urgency, asked) == (line.id, line.urgency, follows.asked)
                assert tuple(rule.id for rule in assessment.rules) == follows.rules
                assert tuple(condition.id for condition in assessment.conditions) == follows.conditions
                assert assessment.tips == follows.tips
                assert [tip.id for tip in assessment.withheld] == [tip.id for tip in follows.withheld]

    def test_every_line_is_as_urgent_as_its_rule_which_fired(self, desk: Desk, shipped: Paths) -> None:
        urgencies = {rule.id: rule.urgency for rule in desk.flow.rules}
        for line in shipped.lines[:-1]:
            assert line.urgency == urgencies[str(line.rule)]
            assert line.rule in line.consequences.rules

    def test_what_is_left_out_leads_to_a_line_that_is_no_milder(self, desk: Desk, shipped: Paths) -> None:
        urgencies = {rule.id: rule.urgency for rule in desk.flow.rules}
        lines = {line.id: line for line in shipped.lines}
        for covered in shipped.covered:
            assert urgency_rank(lines[covered.by].urgency) >= urgency_rank(urgencies[covered.rule])
            for needs in product(*covered.needs):
                assert lines[covered.by].holds(facts_of(desk.flow, needs) or {})

    def test_every_set_that_the_load_check_plays_comes_to_a_line(self, desk: Desk, shipped: Paths) -> None:
        for rule in desk.flow.rules:
            for has in satisfying(desk.flow, rule.when):
                if rule.when.holds(has):
                    assert urgency_rank(most_urgent(shipped, has)) >= urgency_rank(rule.urgency), (rule.id, has)

    @settings(max_examples=300)
    @given(data=st.data())
    def test_whoever_comes_ends_at_the_most_urgent_of_their_lines(
        self, desk: Desk, shipped: Paths, data: st.DataObject
    ) -> None:
        has = data.draw(somebody(desk.flow, shipped))
        position = walk(desk.flow, Patient(has, dict(shipped.usual)).answer, {})
        assert assess_conversation(desk.flow, position.facts).urgency == most_urgent(shipped, has)

    @settings(max_examples=300)
    @given(data=st.data())
    def test_so_does_whoever_is_unsure_by_what_that_counts_as(
        self, desk: Desk, shipped: Paths, data: st.DataObject
    ) -> None:
        flow = desk.flow
        patient = Patient(data.draw(somebody(flow, shipped)), dict(shipped.usual))
        unsure = data.draw(st.sets(st.sampled_from([id for id, question in flow.questions.items() if question.unsure])))

        def answer(question: Question) -> AnswerValue:
            return UNKNOWN if question.id in unsure else patient.answer(question)

        assessment = assess_conversation(flow, facts := walk(flow, answer, {}).facts)
        known = most_urgent(shipped, counted_for_safety(flow.findings, facts))
        is_open = assessment.unanswered and known == "self_care_watch"
        assert assessment.urgency == ("soon_2w" if is_open else known)


def somebody(flow: Flow, paths: Paths) -> st.SearchStrategy[dict[str, Value]]:
    """Anybody: a few findings out of all that can be answered, and with them what they presuppose."""
    questions = [question for question in flow.questions.values() if not question.has_own_options]
    asked = {finding.id: finding for question in questions for finding in question.asks}
    offered = {option for question in questions for option in question.options}
    few: list[dict[str, Value]] = []
    given: dict[str, st.SearchStrategy[Value]] = {}
    numbers: dict[str, st.SearchStrategy[Value]] = {}
    for id, finding in asked.items():
        options = [option for option in finding.options if option in offered]
        match finding.type:
            case FindingType.BOOL:
                few.append({id: "yes"})
            case FindingType.MULTI:
                few.extend({id: frozenset({option})} for option in options)
            case FindingType.SINGLE:
                given[id] = st.just(paths.usual[id]) | st.sampled_from(options)
            case FindingType.NUMBER:
                numbers[id] = st.integers(finding.minimum, finding.maximum)
    parts = st.tuples(st.lists(st.sampled_from(few), max_size=7), st.fixed_dictionaries(given, optional=numbers))
    return parts.map(lambda both: with_presupposed(flow, joined(both[0]) | both[1]))


def joined(parts: list[dict[str, Value]]) -> dict[str, Value]:
    """Several findings; the options of one list together."""
    facts: dict[str, Value] = {}
    for part in parts:
        facts = merged(part, facts)
    return facts


class TestALine:
    """By the toy flow: short of breath is 119; a calf, or two signs, is today; strong pain is soon."""

    def test_is_a_smallest_set_of_findings(self) -> None:
        paths = list_paths(load_flow(toy_files()))
        assert lines_of(paths, "R1") == ["breathless"]
        assert lines_of(paths, "R3") == ["pain.7"]

    def test_stands_for_a_pair_where_two_of_several_are_needed(self) -> None:
        assert lines_of(list_paths(load_flow(toy_files())), "R2") == [
            "swollen.calf",
            "swollen.knee + hot",
            "lump.hard + tired",
            "lump.hard + pain.7",
            "tired + pain.7",
        ]

    def test_is_numbered_within_its_rule(self) -> None:
        numbers = [line.id for line in list_paths(load_flow(toy_files())).lines]
        assert numbers == ["R1-1", "R2-1", "R2-2", "R2-3", "R2-4", "R2-5", "R3-1", NOTHING]

    def test_has_alternatives_when_the_very_same_follows(self) -> None:
        # Whoever has a swollen knee is asked about the lump besides.
        paths = list_paths(with_rule("R4", "soon_2w", "{any: [{hot: 'yes'}, {swollen: knee}, {tired: 'yes'}]}"))
        assert lines_of(paths, "R4") == ["hot|tired", "swollen.knee"]

    def test_names_what_takes_the_rule_back(self) -> None:
        paths = list_paths(with_rule("R4", "soon_2w", "{all: [{hot: 'yes'}, {not: {age_band: old}}]}"))
        (line,) = [line for line in paths.lines if line.rule == "R4"]
        assert line.exceptions == (OneOf("age_band", frozenset({"old"})),)
        assert not line.holds({"hot": "yes", "age_band": "old"})
        assert line.holds({"hot": "yes", "age_band": "young"})

    def test_tells_an_exception_that_is_asked_about_too_late(self) -> None:
        paths = list_paths(with_rule("R4", "emergency_now", "{all: [{hot: 'yes'}, {not: {age_band: old}}]}"))
        (line,) = [line for line in paths.lines if line.rule == "R4"]
        assert (line.exceptions, line.too_late) == ((), (OneOf("age_band", frozenset({"old"})),))

    def test_is_played_with_answers_that_raise_nothing(self) -> None:
        paths = list_paths(with_rule("R4", "emergency_now", "{all: [{hot: 'yes'}, {age_band: young}]}"))
        assert paths.usual["age_band"] == "old"
        assert {line.id: line.assumed for line in paths.lines}["R2-2"] == ()
        paths = list_paths(with_rule("R4", "soon_2w", "{all: [{hot: 'yes'}, {not: {age_band: young}}]}"))
        assert paths.usual["age_band"] == "young"
        assert {line.id: line.assumed for line in paths.lines}["R4-1"] == (("age_band", "old"),)

    def test_is_left_out_when_it_leads_to_a_more_urgent_one(self) -> None:
        paths = list_paths(
            with_rule("R4", "same_day", "{any: [{all: [{breathless: 'yes'}, {hot: 'yes'}]}, {tired: 'yes'}]}")
        )
        (covered,) = paths.covered
        assert (covered.rule, covered.by) == ("R4", "R1-1")
        assert lines_of(paths, "R4") == ["tired"]

    def test_stands_for_typed_words_when_nothing_asks_about_it(self) -> None:
        flow = with_rule("R4", "same_day", "{mood: 'yes'}")
        (line,) = [line for line in list_paths(flow).lines if line.rule == "R4"]
        assert (line.urgency, line.consequences.is_asked) == ("same_day", False)
        assert line.consequences.rules == tuple(rule.id for rule in assess(flow, {"mood": "yes"}).rules)

    def test_says_why_self_care_is_withheld(self) -> None:
        paths = list_paths(with_rule("R4", "self_care_watch", "{swollen: knee}"))
        withheld = {line.id: line.consequences.withheld for line in paths.lines}
        assert [(tip.id, tip.reasons) for tip in withheld["R4-1"]] == [("rub", (THESE,))]
        assert [(tip.id, tip.reasons) for tip in withheld["R3-1"]] == [("rub", ("urgency.soon_2w",))]
        assert withheld[NOTHING] == ()

    def test_holds_for_a_higher_number_and_not_for_a_lower_one(self) -> None:
        (line,) = [line for line in list_paths(load_flow(toy_files())).lines if line.rule == "R3"]
        assert [line.holds({"pain": number}) for number in (6, 7, 10)] == [False, True, True]
        assert not line.holds({"pain": NO})


class TestTheFingerprint:
    """It tells whether what was signed is what runs."""

    def test_changes_when_a_rule_changes(self) -> None:
        changed = toy_files(red_flags={"strong: {pain: {at_least: 7}}": "strong: {pain: {at_least: 8}}"})
        assert flow_fingerprint(changed) != flow_fingerprint(toy_files())

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("toy", "unsure: [breathless]", "unsure: []"),
            ("findings", "tired: {type: bool}", "tired: {type: bool, unsure_counts_as: 'no'}"),
            ("conditions", "prior: [5, 1]", "prior: [1, 5]"),
            ("self_care", "needs: [swollen]", "needs: [swollen, hot]"),
        ],
    )
    def test_changes_with_everything_that_decides(self, file: str, old: str, new: str) -> None:
        assert flow_fingerprint(toy_files(**{file: {old: new}})) != flow_fingerprint(toy_files())

    @pytest.mark.parametrize(
        ("old", "new"), [("named:", "# What was meant\nnamed:"), ("{swollen: calf}", "{ swollen:  'calf' }")]
    )
    def test_stays_when_a_file_says_the_same_in_another_form(self, old: str, new: str) -> None:
        assert flow_fingerprint(toy_files(red_flags={old: new})) == flow_fingerprint(toy_files())

    def test_stays_when_a_source_is_told_in_other_words(self) -> None:
        assert "sources.yaml" in DECIDES_NOTHING
        assert flow_fingerprint(toy_files(sources={"The book": "The other book"})) == flow_fingerprint(toy_files())
