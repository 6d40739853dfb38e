"""The words of the sheet of all paths (`app.py paths`), which the responsible doctor reads and signs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.library.fields import Entry, Text, filled_with

_Names = Annotated[Text, filled_with("names")]
_Texts = Annotated[Text, filled_with("texts")]
_Words = Annotated[Text, filled_with("text")]


class GuardWords(Entry):
    """How a condition on findings reads."""

    finding: _Words = Field(description="one finding, such as in quotes")
    value_separator: str = Field(description="between several values of one finding: one of them")
    any_value: Text = Field(description="stands for the values of a list when any of them will do")
    at_least: Annotated[Text, filled_with("number")] = Field(description="a number from this one on")
    between: Annotated[Text, filled_with("least", "most")] = Field(description="a number between two")
    one_of: _Texts = Field(description="alternatives, in the findings of a line")
    both: str = Field(description="between conditions that all hold")
    either: str = Field(description="between conditions of which one holds")
    several: Annotated[Text, filled_with("texts", "count")] = Field(description="so many of the conditions hold")
    opposite: _Words = Field(description="a condition that does not hold")
    none_of: _Texts = Field(description="several conditions of which none holds")
    in_brackets: _Words = Field(description="a condition inside another one")
    rule: Annotated[Text, filled_with("id")] = Field(description="a condition that is a rule of its own")


class LineWords(Entry):
    """What stands at one line of the sheet, and in the columns of the table."""

    box: Text = Field(description="beside the box to tick")
    nothing: Text = Field(description="the findings of the last line: none at all")
    also: str = Field(description="between needs that are all there")
    exception: _Words = Field(description="when the line does not count")
    too_late: _Words = Field(description="such an exception that no conversation gets to ask about in time")
    assumed: _Texts = Field(description="answers that are not the usual ones")
    asked: Annotated[Text, filled_with("count")] = Field(description="how many questions are asked")
    rules: Annotated[Text, filled_with("ids")] = Field(description="rules that fired, when there are others")
    conditions: _Names = Field(description="what is explained")
    tips: _Names = Field(description="self-care that is offered")
    caution: _Names = Field(description="self-care that is offered with its caution")
    withheld: _Names = Field(description="self-care that is withheld")
    because: Annotated[Text, filled_with("names", "reasons")] = Field(description="tips that are withheld, and why")
    these: Text = Field(description="reason: the findings of the line")
    level: Text = Field(description="reason: the level")
    unanswered: _Words = Field(description="reason: a finding that is not known")
    only_typed: Text = Field(description="no question brings these findings up")


class GroupWords(Entry):
    """What stands above and below the lines of a level, and of a rule."""

    level: Annotated[Text, filled_with("symbol", "name", "count")]
    no_tips: Text = Field(description="no self-care is offered at this level")
    all_tips: Text = Field(description="what is offered at this level when a line says nothing else")
    some_tips: _Names = Field(description="the same, when these are withheld at this level")
    sources: Annotated[Text, filled_with("keys")]
    exception: _Words = Field(description="an exception of every line of a rule")
    too_late: _Words = Field(description="such an exception that no conversation gets to ask about in time")
    conditions: _Names = Field(description="what is explained where a line says nothing else")
    covered: Annotated[Text, filled_with("text", "line")] = Field(description="a way that another line stands for")


class HeadWords(Entry):
    """What stands at the head of the sheet."""

    title: Text
    flow: Annotated[Text, filled_with("id", "version")]
    fingerprint: Annotated[Text, filled_with("fingerprint")]
    date: Annotated[Text, filled_with("date")]
    count: Annotated[Text, filled_with("lines", "rules")]
    only: Annotated[Text, filled_with("rule")] = Field(description="the sheet shows one rule")
    signing: tuple[Text, ...] = Field(min_length=1, description="where the doctor signs, line by line")
    reading_title: Text
    reading: tuple[Annotated[Text, filled_with("usual")], ...] = Field(
        min_length=1, description="how the sheet is read; {usual} are the answers of somebody with nothing"
    )


class EndWords(Entry):
    """The sections behind the lines."""

    tips_title: Text
    tips: tuple[Text, ...] = ()
    tip: Annotated[Text, filled_with("name", "keys")]
    up_to: Annotated[Text, filled_with("level")]
    withheld_if: _Texts
    caution_if: _Texts
    needs: _Names
    instead: _Names
    unsure_title: Text
    unsure: tuple[Annotated[Text, filled_with("level")], ...] = Field(
        default=(), description="{level} is the mildest level while a danger finding is not known"
    )
    counts_as: Annotated[Text, filled_with("name", "value")]
    counts_as_present: Text = Field(description="what a yes/no finding counts as")
    sources_title: Text
    source: Annotated[Text, filled_with("key", "title", "read")]
    read_full: Text
    read_abstract: Text
    read_secondary: Text


class ColumnWords(Entry):
    """Headings of the table."""

    line: Text
    checked: Text
    level_id: Text
    level: Text
    rule: Text
    findings: Text
    exceptions: Text
    too_late: Text
    assumed: Text
    count: Text
    asked: Text
    rules: Text
    condition_ids: Text
    conditions: Text
    tips: Text
    caution: Text
    withheld: Text
    sources: Text
    fingerprint: Text


class PathWords(Entry):
    """Every word of the sheet of all paths."""

    head: HeadWords
    group: GroupWords
    line: LineWords
    guard: GuardWords
    end: EndWords
    column: ColumnWords
