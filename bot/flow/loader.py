"""The files of flows/ to one frozen Flow. All faults are reported together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.errors import FaultsFound
from bot.faults import Fault
from bot.flow import files
from bot.flow.checks import check_flow
from bot.flow.findings import Finding, FindingType, Value
from bot.flow.guard_parser import GuardParser, near
from bot.flow.guards import Guard
from bot.flow.schema import (
    ConditionFeatures,
    Edge,
    Flow,
    Pool,
    Question,
    QuestionType,
    Rule,
    Sequence,
    SequenceStep,
    TipGate,
)
from bot.strict_yaml import Document, Path, read_document, validate

_MODELS: Mapping[str, type[files.Part]] = {
    "findings.yaml": files.FindingsFile,
    "red_flags.yaml": files.RedFlagsFile,
    "conditions.yaml": files.ConditionsFile,
    "self_care.yaml": files.SelfCareFile,
    "sources.yaml": files.SourcesFile,
    "tags.yaml": files.TagsFile,
    "sequences.yaml": files.SequencesFile,
    "intents.yaml": files.IntentsFile,
}
_RESERVED = {"confirm", "all", "any", "not", "matches", "at_least", "of", "urgency_at_least"}


def load_flow(raw_files: Mapping[str, bytes], folder: str = "flows") -> Flow:
    """Load a flow and everything it uses.

    Args:
        raw_files: file name (``findings.yaml``, ...) to content. Exactly one name is not in the fixed set:
            it is the flow file.
        folder: shown before file names in faults.

    Returns:
        The frozen flow, proven by `bot.flow.checks`.

    Raises:
        FaultsFound: with every fault of every file.
    """
    faults: list[Fault] = []
    parts, documents = _read(raw_files, folder, faults)
    if faults:
        raise FaultsFound(tuple(sorted(faults)))
    flow = _Joiner(parts, documents, faults).flow()
    if not faults:
        faults.extend(check_flow(flow, documents["flow"], documents["red_flags.yaml"]))
    if faults:
        raise FaultsFound(tuple(sorted(faults)))
    return flow


def _read(
    raw_files: Mapping[str, bytes], folder: str, faults: list[Fault]
) -> tuple[dict[str, files.Part], dict[str, Document]]:
    flow_files = sorted(set(raw_files) - set(_MODELS))
    missing = sorted(set(_MODELS) - set(raw_files))
    faults.extend(Fault(f"{folder}/{name}", 0, "FLOW001", "is missing", "Put the file back.") for name in missing)
    if len(flow_files) != 1:
        message = f"holds {len(flow_files)} flow files, not one"
        faults.append(Fault(folder, 0, "FLOW001", message, "Keep one flow file beside the eight fixed ones."))
    parts: dict[str, files.Part] = {}
    documents: dict[str, Document] = {}
    for name, raw in raw_files.items():
        document = read_document(f"{folder}/{name}", raw, faults)
        if document is None:
            continue
        key = name if name in _MODELS else "flow"
        model: type[files.Part] = _MODELS.get(name, files.FlowFile)
        part = validate(document, (), model, faults)
        if part is not None:
            parts[key], documents[key] = part, document
    return parts, documents


class _Joiner:
    """Joins the parts of all files; every reference between them is resolved here or reported."""

    def __init__(self, parts: Mapping[str, files.Part], documents: Mapping[str, Document], faults: list[Fault]) -> None:
        self.flow_file: files.FlowFile = parts["flow"]  # type: ignore[assignment]
        self.findings_file: files.FindingsFile = parts["findings.yaml"]  # type: ignore[assignment]
        self.red_flags: files.RedFlagsFile = parts["red_flags.yaml"]  # type: ignore[assignment]
        self.conditions_file: files.ConditionsFile = parts["conditions.yaml"]  # type: ignore[assignment]
        self.self_care: files.SelfCareFile = parts["self_care.yaml"]  # type: ignore[assignment]
        self.sources: files.SourcesFile = parts["sources.yaml"]  # type: ignore[assignment]
        self.tags_file: files.TagsFile = parts["tags.yaml"]  # type: ignore[assignment]
        self.sequences_file: files.SequencesFile = parts["sequences.yaml"]  # type: ignore[assignment]
        self.intents_file: files.IntentsFile = parts["intents.yaml"]  # type: ignore[assignment]
        self.documents = documents
        self.faults = faults
        self.findings = self._findings()
        self.guards = self._guards()
        for id, finding in self.findings.items():
            if finding.presupposes:
                self._reference("findings.yaml", ("findings", id, "presupposes"), finding.presupposes)

    def flow(self) -> Flow:
        """The joined flow; only usable when no fault was added."""
        self.guards.parse_all_named()
        tags = self.tags_file.tags
        rules = tuple(self._rule(i, part) for i, part in enumerate(self.red_flags.rules))
        return Flow(
            id=self.flow_file.flow,
            version=self.flow_file.version,
            start=self.flow_file.start,
            expires_after=_span(self.flow_file.expires_after),
            endings=self.flow_file.endings,
            findings=self.findings,
            questions={id: self._question(id, part) for id, part in self.flow_file.questions.items()},
            pools={id: self._pool(id, part) for id, part in self.flow_file.pools.items()},
            rules=rules,
            conditions={id: self._condition(id, part) for id, part in self.conditions_file.conditions.items()},
            age_bands=self.conditions_file.bands,
            tips={id: self._tip(id, part) for id, part in self.self_care.tips.items()},
            tags={id: self._guard("tags.yaml", ("tags", id, "when"), part.when) for id, part in tags.items()},
            sequences={id: _sequence(part) for id, part in self.sequences_file.sequences.items()},
            follow_ups={str(level): days for level, days in self.sequences_file.follow_ups.items()},
            intents=dict(self.intents_file.intents),
        )

    def _fault(self, file: str, path: Path, id: str, message: str, hint: str) -> None:
        self.faults.append(self.documents[file].fault(path, id, message, hint))

    def _findings(self) -> dict[str, Finding]:
        findings: dict[str, Finding] = {}
        for id, part in self.findings_file.findings.items():
            finding = _finding(id, part)
            findings[id] = finding
            path: Path = ("findings", id)
            if part.type in ("single", "multi") and not part.options:
                self._fault("findings.yaml", path, "FLOW015", f"`{id}` has no options", "Add `options: [...]`.")
            if finding.unsure_counts_as is not None and not finding.accepts(finding.unsure_counts_as):
                message = f"`{id}` cannot be `{part.unsure_counts_as}`"
                self._fault("findings.yaml", path, "FLOW012", message, near(str(part.unsure_counts_as), part.options))
            if part.danger and part.unsure_counts_as is None:
                message = f"`{id}` does not say what unsure counts as"
                self._fault("findings.yaml", path, "FLOW028", message, "Add `unsure_counts_as`, the safer side.")
        for id, question in self.flow_file.questions.items():
            if question.options:
                findings[id] = Finding(id, FindingType.SINGLE, question.options)
        return findings

    def _guards(self) -> GuardParser:
        document = self.documents["red_flags.yaml"]
        named: dict[str, tuple[Document, Path, object]] = {
            name: (document, ("named", name), raw) for name, raw in self.red_flags.named.items()
        }
        for i, rule in enumerate(self.red_flags.rules):
            if rule.id in named:
                self._fault("red_flags.yaml", ("rules", i, "id"), "FLOW036", f"`{rule.id}` is taken", "Rename one.")
            named[rule.id] = (document, ("rules", i, "when"), rule.when)
        return GuardParser(self.findings, self.faults, named, {rule.id: rule.urgency for rule in self.red_flags.rules})

    def _guard(self, file: str, path: Path, raw: object) -> Guard:
        return self.guards.parse(self.documents[file], path, raw)

    def _sources(self, file: str, path: Path, keys: Iterable[str]) -> tuple[str, ...]:
        for key in keys:
            if key not in self.sources.sources:
                hint = near(key, self.sources.sources)
                self._fault(file, path, "FLOW032", f"there is no source `{key}`", hint)
        return tuple(keys)

    def _rule(self, i: int, part: files.RulePart) -> Rule:
        path: Path = ("rules", i)
        for condition in part.conditions:
            if condition not in self.conditions_file.conditions:
                hint = near(condition, self.conditions_file.conditions)
                message = f"there is no condition `{condition}`"
                self._fault("red_flags.yaml", (*path, "conditions"), "FLOW033", message, hint)
        when = self._guard("red_flags.yaml", (*path, "when"), part.when)
        sources = self._sources("red_flags.yaml", (*path, "sources"), part.sources)
        return Rule(part.id, part.urgency, when, part.conditions, sources)

    def _condition(self, id: str, part: files.ConditionPart) -> ConditionFeatures:
        path: Path = ("conditions", id)
        for key, weights in (
            ("for", part.supporting),
            ("against", part.opposing),
            ("if_absent", part.opposing_if_absent),
        ):
            for reference in weights:
                self._reference("conditions.yaml", (*path, key, reference), reference)
        if part.prior and len(part.prior) != len(self.conditions_file.bands):
            message = f"`{id}` has {len(part.prior)} priors for {len(self.conditions_file.bands)} age bands"
            self._fault("conditions.yaml", (*path, "prior"), "FLOW034", message, "Give one number per age band.")
        above = part.never_above
        if above and above.condition not in self.conditions_file.conditions:
            hint = near(above.condition, self.conditions_file.conditions)
            message = f"there is no condition `{above.condition}`"
            self._fault("conditions.yaml", (*path, "never_above", "condition"), "FLOW033", message, hint)
        return ConditionFeatures(
            id=id,
            urgency=part.urgency,
            rule_only=part.rule_only,
            prior=part.prior,
            supporting=part.supporting,
            opposing=part.opposing,
            opposing_if_absent=part.opposing_if_absent,
            never_above=above.condition if above else None,
            never_above_when=self._guard("conditions.yaml", (*path, "never_above", "when"), above.when)
            if above
            else None,
            sources=self._sources("conditions.yaml", (*path, "sources"), part.sources),
        )

    def _reference(self, file: str, path: Path, reference: str) -> None:
        id, _, option = reference.partition(".")
        finding = self.findings.get(id)
        if finding is None:
            self._fault(file, path, "FLOW011", f"there is no finding `{id}`", near(id, self.findings))
        elif option and option not in finding.options:
            self._fault(file, path, "FLOW012", f"`{id}` has no option `{option}`", near(option, finding.options))

    def _tip(self, id: str, part: files.TipPart) -> TipGate:
        path: Path = ("tips", id)
        for name in part.needs:
            self._reference("self_care.yaml", (*path, "needs"), name)
        for name in part.instead:
            if name not in self.self_care.tips:
                hint = near(name, self.self_care.tips)
                self._fault("self_care.yaml", (*path, "instead"), "FLOW035", f"there is no tip `{name}`", hint)
        return TipGate(
            id=id,
            up_to=part.up_to,
            withhold_if=tuple(
                self._guard("self_care.yaml", (*path, "withhold_if", i), raw) for i, raw in enumerate(part.withhold_if)
            ),
            caution_if=tuple(
                self._guard("self_care.yaml", (*path, "caution_if", i), raw) for i, raw in enumerate(part.caution_if)
            ),
            needs=part.needs,
            instead=part.instead,
            sources=self._sources("self_care.yaml", (*path, "sources"), part.sources),
        )

    def _question(self, id: str, part: files.QuestionPart) -> Question:
        path: Path = ("questions", id)
        if id in _RESERVED or (id in self.findings_file.findings and part.options):
            self._fault("flow", path, "FLOW038", f"`{id}` is a reserved name", "Give the question another id.")
        pools = [name for name, pool in self.flow_file.pools.items() if id in pool.questions]
        if len(pools) + bool(part.next) != 1:
            hint = "A question leads on by its `next`, or stands in exactly one pool and has none."
            self._fault("flow", path, "FLOW039", f"`{id}` does not lead on in exactly one way", hint)
        if bool(part.asks) == bool(part.options):
            message = f"`{id}` needs either asks or options"
            self._fault("flow", path, "FLOW026", message, "Write `asks: [finding]` or `options: [...]`.")
        asks = tuple(self.findings[name] for name in part.asks if name in self.findings)
        for name in part.asks:
            if name not in self.findings:
                self._fault(
                    "flow",
                    (*path, "asks"),
                    "FLOW011",
                    f"there is no finding `{name}`",
                    near(name, self.findings),
                )
        if len(asks) > 1 and not part.offers and any(finding.type is not FindingType.BOOL for finding in asks):
            hint = "Name what the list offers with `offers`, or ask them in two questions."
            self._fault("flow", (*path, "asks"), "FLOW029", "only bool findings can share a question as they are", hint)
        self._unsure(path, part)
        options = self._options(path, part, asks)
        return Question(
            id=id,
            type=_question_type(asks),
            asks=asks or ((self.findings[id],) if part.options else ()),
            options=options,
            unsure=part.unsure,
            ask_when=self._guard("flow", (*path, "ask_when"), part.ask_when) if part.ask_when else None,
            valid_for=_span(part.valid_for) if part.valid_for else None,
            next=(Edge(pools[0]),) if pools else self._edges(path, part),
            kept_on_restart=part.kept_on_restart,
            fingerprint=_fingerprint(part, options),
            has_own_options=bool(part.options),
        )

    def _pool(self, id: str, part: files.PoolPart) -> Pool:
        path: Path = ("pools", id)
        if id in {*self.flow_file.questions, *self.flow_file.endings}:
            self._fault("flow", path, "FLOW038", f"`{id}` is a question or an ending", "Give the pool another id.")
        for name in part.questions:
            if name not in self.flow_file.questions:
                hint = near(name, self.flow_file.questions)
                self._fault("flow", (*path, "questions"), "FLOW020", f"there is no question `{name}`", hint)
        targets = self._targets() - {id}
        if part.then not in targets:
            hint = near(part.then, targets)
            self._fault("flow", (*path, "then"), "FLOW020", f"there is no question `{part.then}`", hint)
        return Pool(id, part.questions, part.then, part.least_information)

    def _targets(self) -> set[str]:
        return {*self.flow_file.questions, *self.flow_file.endings, *self.flow_file.pools}

    def _unsure(self, path: Path, part: files.QuestionPart) -> None:
        for name in part.unsure:
            if name not in part.asks:
                hint = near(name, part.asks)
                self._fault("flow", (*path, "unsure"), "FLOW027", f"does not ask `{name}`", hint)
            elif name in self.findings and self.findings[name].unsure_counts_as is None:
                message = f"`{name}` does not say what unsure counts as"
                hint = "Add `unsure_counts_as` to flows/findings.yaml, the safer side."
                self._fault("flow", (*path, "unsure"), "FLOW028", message, hint)

    def _options(self, path: Path, part: files.QuestionPart, asks: tuple[Finding, ...]) -> tuple[str, ...]:
        if not asks:
            return part.options
        if len(asks) > 1:
            known = {*(finding.id for finding in asks), *(option for finding in asks for option in finding.options)}
            self._offered(path, part, known, "list")
            return part.offers or tuple(finding.id for finding in asks)
        finding = asks[0]
        options = {FindingType.BOOL: ("yes", "no"), FindingType.NUMBER: ()}.get(finding.type, finding.options)
        self._offered(path, part, set(options), finding.id)
        return part.offers or options

    def _offered(self, path: Path, part: files.QuestionPart, known: set[str], whose: str) -> None:
        for option in part.offers:
            if option not in known:
                message = f"`{whose}` has no option `{option}`"
                self._fault("flow", (*path, "offers"), "FLOW012", message, near(option, known))

    def _edges(self, path: Path, part: files.QuestionPart) -> tuple[Edge, ...]:
        targets = self._targets()
        for i, edge in enumerate(part.next):
            at: Path = (*path, "next", i)
            if edge.to not in targets:
                self._fault(
                    "flow",
                    (*at, "to"),
                    "FLOW020",
                    f"there is no question `{edge.to}`",
                    near(edge.to, targets),
                )
            last = i == len(part.next) - 1
            if last and edge.when is not None:
                self._fault("flow", at, "FLOW021", "the last line has a condition", "Add a line `{to: ...}` below it.")
            if not last and edge.when is None:
                hint = "Move it to the end, or give it a `when`."
                self._fault("flow", at, "FLOW022", "hides the lines below it", hint)
        return tuple(
            Edge(edge.to, self._guard("flow", (*path, "next", i, "when"), edge.when) if edge.when else None)
            for i, edge in enumerate(part.next)
        )


def _finding(id: str, part: files.FindingPart) -> Finding:
    kind = FindingType(part.type)
    unsure: Value | None = None
    if isinstance(part.unsure_counts_as, tuple):
        unsure = frozenset(part.unsure_counts_as)
    elif part.unsure_counts_as is not None:
        number = kind is FindingType.NUMBER and part.unsure_counts_as.isdecimal()
        unsure = int(part.unsure_counts_as) if number else part.unsure_counts_as
    return Finding(id, kind, part.options, unsure, part.danger, part.minimum, part.maximum, part.presupposes)


def _sequence(part: files.SequencePart) -> Sequence:
    return Sequence(part.outcomes, tuple(SequenceStep(step.after_days, step.guidebook) for step in part.steps))


def _question_type(asks: tuple[Finding, ...]) -> QuestionType:
    if len(asks) > 1 or (asks and asks[0].type is FindingType.MULTI):
        return QuestionType.CHECKLIST
    if asks and asks[0].type is FindingType.NUMBER:
        return QuestionType.NUMBER
    return QuestionType.CHOICE


def _fingerprint(part: files.QuestionPart, options: tuple[str, ...]) -> str:
    meaning = "|".join([",".join(part.asks), ",".join(options), ",".join(part.unsure)])
    return hashlib.sha256(meaning.encode()).hexdigest()[:12]


def _span(text: str) -> timedelta:
    number = int(text[:-1])
    return timedelta(hours=number) if text.endswith("h") else timedelta(days=number)
