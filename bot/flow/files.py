"""The shape of the files in flows/, before their parts are joined into a Flow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Span = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[hd]$")]
Level = Literal["self_care_watch", "soon_2w", "same_day", "emergency_now"]
Weight = Annotated[int, Field(ge=1, le=3)]
RawGuard = dict[str, Any]


class Part(BaseModel):
    """Base of all file parts: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FindingPart(Part):
    """One finding of findings.yaml."""

    type: Literal["bool", "single", "multi", "number"]
    options: tuple[Id, ...] = ()
    unsure_counts_as: str | tuple[Id, ...] | None = None
    danger: bool = False
    presupposes: str | None = None
    minimum: int = 0
    maximum: int = 0


class FindingsFile(Part):
    """findings.yaml: the vocabulary."""

    findings: dict[Id, FindingPart]


class RulePart(Part):
    """One red-flag rule."""

    id: Id
    urgency: Level
    when: RawGuard
    conditions: tuple[Id, ...]
    sources: tuple[str, ...] = Field(min_length=1)


class RedFlagsFile(Part):
    """red_flags.yaml: named guards and rules."""

    named: dict[Id, RawGuard] = Field(default_factory=dict)
    rules: tuple[RulePart, ...] = Field(min_length=1)


class NeverAbove(Part):
    """A condition that must not be listed above another while `when` holds."""

    condition: Id
    when: RawGuard


class ConditionPart(Part):
    """One condition of conditions.yaml."""

    urgency: Level = "soon_2w"
    rule_only: bool = False
    sources: tuple[str, ...] = Field(min_length=1)
    prior: tuple[float, ...] = ()
    never_above: NeverAbove | None = None
    supporting: dict[str, Weight] = Field(default_factory=dict, alias="for")
    opposing: dict[str, Weight] = Field(default_factory=dict, alias="against")
    opposing_if_absent: dict[str, Weight] = Field(default_factory=dict, alias="if_absent")


class ConditionsFile(Part):
    """conditions.yaml: which published features belong to which condition."""

    bands: tuple[Id, ...]
    conditions: dict[Id, ConditionPart]


class TipPart(Part):
    """One self-care gate."""

    up_to: Level
    withhold_if: tuple[RawGuard, ...] = ()
    caution_if: tuple[RawGuard, ...] = ()
    needs: tuple[Id, ...] = ()
    instead: tuple[Id, ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)


class SelfCareFile(Part):
    """self_care.yaml: when a tip is withheld."""

    tips: dict[Id, TipPart]


class SourcePart(Part):
    """One source."""

    title: str
    url: str | None = None
    doi: str | None = None
    read: Literal["full", "abstract", "secondary"]


class SourcesFile(Part):
    """sources.yaml: where facts come from."""

    sources: dict[str, SourcePart]


class TagPart(Part):
    """When an outcome sets a tag."""

    when: RawGuard


class TagsFile(Part):
    """tags.yaml: what staff can choose recipients by."""

    tags: dict[Id, TagPart]


class StepPart(Part):
    """One step of a sequence."""

    after_days: Annotated[int, Field(ge=1, le=365)]
    guidebook: Id


class SequencePart(Part):
    """What follows an outcome, day by day."""

    outcomes: tuple[Literal["self_care_watch", "soon_2w"], ...] = Field(min_length=1)
    steps: tuple[StepPart, ...] = Field(min_length=1)


class SequencesFile(Part):
    """sequences.yaml: guidebooks that follow an outcome, and when patients are asked how it went."""

    sequences: dict[Id, SequencePart]
    follow_ups: dict[Literal["self_care_watch", "soon_2w", "same_day"], Annotated[int, Field(ge=1, le=60)]] = Field(
        default_factory=dict
    )


class IntentsFile(Part):
    """intents.yaml: where a message leads whose intent was understood."""

    intents: dict[Id, str]


class EdgePart(Part):
    """One line of a `next`."""

    to: Id
    when: RawGuard | None = None


class QuestionPart(Part):
    """One question of a flow file."""

    asks: tuple[Id, ...] = ()
    offers: tuple[Id, ...] = ()
    options: tuple[Id, ...] = ()
    unsure: tuple[Id, ...] = ()
    ask_when: RawGuard | None = None
    valid_for: Span | None = None
    kept_on_restart: bool = False
    next: tuple[EdgePart, ...] = ()


class PoolPart(Part):
    """Questions of which the next one is chosen by what is known already."""

    questions: tuple[Id, ...] = Field(min_length=1)
    then: Id
    least_information: Annotated[float, Field(ge=0)]


class FlowFile(Part):
    """A flow file: questions and routes."""

    flow: Id
    version: Annotated[int, Field(ge=1)]
    expires_after: Span
    start: Id
    endings: tuple[Id, ...] = Field(min_length=1)
    questions: dict[Id, QuestionPart] = Field(min_length=1)
    pools: dict[Id, PoolPart] = Field(default_factory=dict)
