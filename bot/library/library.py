"""The loaded content store of one language: look-up by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.library.clinic import Clinic
from bot.library.lexicon_words import LexiconWords
from bot.library.memo_words import MemoWords
from bot.library.other_languages import OtherLanguage
from bot.library.page_words import PageWords
from bot.library.path_words import PathWords
from bot.library.pictures import Picture
from bot.library.places import Places
from bot.library.rich_menu import RichMenuWords
from bot.library.schema import (
    Condition,
    Guidebook,
    MenuEntry,
    Outcome,
    QuestionAnswer,
    Resource,
    Tip,
    Treatment,
)
from bot.library.words import (
    CommandWords,
    DangerWords,
    FindingWords,
    LanguageWords,
    OptionWords,
    QuestionWords,
    TypedWords,
)
from bot.strict_yaml import Document


@dataclass(frozen=True, slots=True)
class Library:
    """Every word of one language, by id. `documents` are the files that it was read from, for placing faults."""

    language: str
    messages: Mapping[str, str]
    findings: Mapping[str, FindingWords]
    questions: Mapping[str, QuestionWords]
    rules: Mapping[str, str]
    outcomes: Mapping[str, Outcome]
    commands: Mapping[str, CommandWords]
    danger_words: DangerWords
    typed_words: TypedWords
    lexicon: LexiconWords
    other_languages: Mapping[str, OtherLanguage]
    conditions: Mapping[str, Condition]
    tips: Mapping[str, Tip]
    clinics: Mapping[str, Clinic]
    treatments: Mapping[str, Treatment]
    answers: Mapping[str, QuestionAnswer]
    guidebooks: Mapping[str, Guidebook]
    menu: Mapping[str, MenuEntry]
    resources: Mapping[str, Resource]
    paths: PathWords
    memo: MemoWords
    pages: PageWords
    language_words: LanguageWords
    places: Places
    rich_menu: RichMenuWords
    pictures: Mapping[str, Picture]
    documents: Mapping[str, Document]

    def message(self, id: str, **values: object) -> str:
        """A message with its placeholders filled.

        Args:
            id: message id.
            values: placeholder to value; those that the message does not use are ignored.
        """
        text = self.messages[id]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def listed(self, words: Iterable[str]) -> str:
        """Several words in one line."""
        return self.messages["list_separator"].join(words)

    @property
    def clinic_id(self) -> str:
        """Id of the clinic whose front desk this is: the first one by file name."""
        return next(iter(self.clinics))

    @property
    def clinic(self) -> Clinic:
        """The clinic whose front desk this is."""
        return self.clinics[self.clinic_id]

    def named(self, topic: str) -> str:
        """The name of a topic, such as ``condition.bakers_cyst`` or ``list.conditions``; itself when there is none."""
        kind, _, id = topic.partition(".")
        if topic in self.menu:
            return self.menu[topic].label
        match kind:
            case "condition" if id in self.conditions:
                return self.conditions[id].name
            case "treatment" if id in self.treatments:
                return self.treatments[id].name
            case "tip" if id in self.tips:
                return self.tips[id].name
            case "answer" if id in self.answers:
                return self.answers[id].question
            case "guidebook" if id in self.guidebooks:
                return self.guidebooks[id].title
            case "clinic" if id in self.clinics:
                return self.clinics[id].name
            case "resource" if id in self.resources:
                return self.resources[id].name
            case _:
                return topic

    def option_words(self, findings: Iterable[str], option: str) -> OptionWords | FindingWords | None:
        """The words of what a question about these findings offers: a whole finding, or an option of one of them."""
        for id in findings:
            words = self.findings[id]
            if option == id:
                return words
            if option in words.options:
                return words.options[option]
        return None

    def reads(self, reference: str) -> str:
        """How a finding reads in a reason.

        Args:
            reference: ``finding``, ``finding.option`` or ``finding.number``.
        """
        id, _, option = reference.partition(".")
        words = self.findings[id]
        if not option:
            return words.label
        shown = words.options[option].label if option in words.options else option
        return self.message("named_value", name=words.label, value=shown)
