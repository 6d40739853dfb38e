"""Raw YAML guards to Guard objects, with every fault placed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.faults import Fault
from bot.flow.findings import NO, YES, Finding, FindingType
from bot.flow.guards import AllOf, AnyOf, Between, Guard, Not, OneOf
from bot.flow.schema import URGENCIES, urgency_rank
from bot.strict_yaml import Document, Path

_NEVER = AnyOf(())
"""Stands in for a guard with a fault, so that the remaining faults can be found too."""


def near(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Use one of: {', '.join(known)}."


@dataclass
class GuardParser:
    """Parses the guards of one flow.

    Args:
        findings: what guards may speak of.
        faults: faults found are appended here (FLOW010 to FLOW014).
        named: raw named guards and rules by name, with the document and path they stand at.
        rule_urgencies: rule id to level, for ``urgency_at_least``.
    """

    findings: Mapping[str, Finding]
    faults: list[Fault]
    named: Mapping[str, tuple[Document, Path, object]] = field(default_factory=dict)
    rule_urgencies: Mapping[str, str] = field(default_factory=dict)
    _done: dict[str, Guard] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def parse(self, document: Document, path: Path, raw: object) -> Guard:
        """One guard; a faulty one never holds."""
        if not isinstance(raw, dict) or not raw:
            hint = "Write `{finding: value}`, `{all: [...]}`, `{any: [...]}` or `{not: ...}`."
            return self._fault(document, path, "FLOW010", "is no guard", hint)
        if set(raw) == {"at_least", "of"}:
            parts = self._parts(document, (*path, "of"), raw["of"])
            return AnyOf(parts, self._count(document, path, raw["at_least"], len(parts)))
        if len(raw) != 1:
            hint = "Put each condition into its own braces below `all:`."
            return self._fault(document, path, "FLOW010", "a guard has one key", hint)
        key, value = next(iter(raw.items()))
        match key:
            case "all":
                return AllOf(self._parts(document, (*path, key), value))
            case "any":
                return AnyOf(self._parts(document, (*path, key), value))
            case "not":
                return Not(self.parse(document, (*path, key), value))
            case "matches":
                return self._named(document, (*path, key), str(value))
            case "urgency_at_least":
                return self._urgency(document, (*path, key), str(value))
            case _:
                return self._about_finding(document, (*path, key), key, value)

    def _parts(self, document: Document, path: Path, raw: object) -> tuple[Guard, ...]:
        if not isinstance(raw, list) or not raw:
            self._fault(document, path, "FLOW010", "needs a list of guards", "Write `[{...}, {...}]`.")
            return ()
        return tuple(self.parse(document, (*path, i), item) for i, item in enumerate(raw))

    def _count(self, document: Document, path: Path, raw: object, most: int) -> int:
        if isinstance(raw, str) and raw.isdecimal() and 0 < int(raw) <= max(most, 1):
            return int(raw)
        hint = "Write `at_least: 2` and two or more guards below `of`."
        self._fault(document, path, "FLOW010", f"at_least needs a number from 1 to {most}", hint)
        return 1

    def parse_all_named(self) -> None:
        """Parse every named guard, also one that nothing uses."""
        for name, (document, path, _) in self.named.items():
            self._named(document, path, name)

    def _named(self, document: Document, path: Path, name: str) -> Guard:
        if name in self._done:
            return self._done[name]
        if name not in self.named:
            hint = near(name, self.named)
            return self._fault(document, path, "FLOW013", f"there is no rule or named guard `{name}`", hint)
        if name in self._open:
            circle = " > ".join([*self._open, name])
            return self._fault(document, path, "FLOW014", f"goes in a circle: {circle}", "Write one of them out.")
        self._open.append(name)
        where, at, raw = self.named[name]
        guard = self._done[name] = self.parse(where, at, raw)
        self._open.pop()
        return guard

    def _urgency(self, document: Document, path: Path, level: str) -> Guard:
        if level not in URGENCIES:
            return self._fault(document, path, "FLOW012", f"`{level}` is no urgency", near(level, URGENCIES))
        names = [n for n, u in self.rule_urgencies.items() if urgency_rank(u) >= urgency_rank(level)]
        return AnyOf(tuple(self._named(document, path, name) for name in names))

    def _about_finding(self, document: Document, path: Path, id: str, raw: object) -> Guard:
        finding = self.findings.get(id)
        if finding is None:
            return self._fault(document, path, "FLOW011", f"there is no finding `{id}`", near(id, self.findings))
        if finding.type is FindingType.NUMBER:
            return self._between(document, path, finding, raw)
        known = {YES, NO} if finding.type is FindingType.BOOL else set(finding.options)
        if raw == "any" and finding.type is FindingType.MULTI:
            return OneOf(id, frozenset(known))
        values = [str(value) for value in raw] if isinstance(raw, list) else [str(raw)]
        if not values:
            return self._fault(document, path, "FLOW010", "names no value", f"Write `{{{id}: value}}`.")
        for value in values:
            if value not in known:
                self._fault(document, path, "FLOW012", f"`{id}` has no option `{value}`", near(value, known))
        return OneOf(id, frozenset(values))

    def _between(self, document: Document, path: Path, finding: Finding, raw: object) -> Guard:
        if not isinstance(raw, dict) or not raw or not set(raw) <= {"at_least", "at_most"}:
            hint = f"Write `{{{finding.id}: {{at_least: 7}}}}`."
            return self._fault(document, path, "FLOW012", "a number needs at_least or at_most", hint)
        bounds = {"at_least": str(finding.minimum), "at_most": str(finding.maximum), **raw}
        if not all(str(bound).isdecimal() for bound in bounds.values()):
            return self._fault(document, path, "FLOW012", "a bound is no number", "Write a whole number.")
        low, high = int(bounds["at_least"]), int(bounds["at_most"])
        if not finding.minimum <= low <= high <= finding.maximum:
            hint = f"`{finding.id}` goes from {finding.minimum} to {finding.maximum}."
            return self._fault(document, path, "FLOW012", "no number lies between these bounds", hint)
        return Between(finding.id, low, high)

    def _fault(self, document: Document, path: Path, id: str, message: str, hint: str) -> Guard:
        fault = document.fault(path, id, message, hint)
        if fault not in self.faults:
            self.faults.append(fault)
        return _NEVER
