"""Whether flows/ and content/ agree: every id has its words, and no typed word means two things at once."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.faults import Fault
from bot.flow.commands import COMMANDS
from bot.flow.findings import FindingType
from bot.flow.guard_parser import near
from bot.flow.normalise import normalise
from bot.flow.reading.reader import INTENTS
from bot.flow.schema import NONE, URGENCIES, Flow, Question
from bot.library.library import Library
from bot.line.browsing import LIST, list_rows
from bot.strict_yaml import Path
from bot.vocabulary_builder import command_words, letters, option_words, topic_words

_URGENT = ("emergency_now", "same_day")


def check_agreement(flow: Flow, library: Library) -> list[Fault]:
    """Missing and unused entries (BOTH001, BOTH002) and, when there are none, clashes of words (BOTH003 to BOTH006)."""
    faults = [*_missing_and_unused(flow, library), *_broken_links(flow, library), *_memo(flow, library)]
    faults += [*_empty_danger_words(library), *_letters(flow, library), *_intents(flow, library)]
    if not faults:
        faults = [*_clashes(flow, library), *_urgent_outcomes(library), *_danger_references(flow, library)]
    return sorted(faults)


def check_same_entries(library: Library, other: Library, folder: str) -> list[Fault]:
    """BOTH020 for every entry of a language that another one lacks: what is offered is offered whole.

    Args:
        folder: shown before paths in faults.
    """
    kinds = {
        "treatments": (library.treatments, other.treatments),
        "answers": (library.answers, other.answers),
        "guidebooks": (library.guidebooks, other.guidebooks),
        "clinics": (library.clinics, other.clinics),
        "menu.yaml": (library.menu, other.menu),
        "resources.yaml": (library.resources, other.resources),
        "pictures.yaml": (library.pictures, other.pictures),
    }
    return [
        Fault(f"{folder}/{other.language}/{kind}", 0, "BOTH020", f"there is no `{id}`", "Add it in this language.")
        for kind, (wanted, found) in kinds.items()
        for id in wanted
        if id not in found
    ]


def _missing_and_unused(flow: Flow, library: Library) -> Iterator[Fault]:
    expected = {
        "questions.yaml": (set(flow.questions), set(library.questions)),
        "findings.yaml": (set(flow.findings) - _own_options(flow), set(library.findings)),
        "rules.yaml": ({rule.id for rule in flow.rules}, set(library.rules)),
        "outcomes.yaml": (set(URGENCIES), set(library.outcomes)),
        "commands.yaml": (set(COMMANDS), set(library.commands)),
        "conditions": (set(flow.conditions), set(library.conditions)),
        "self_care": (set(flow.tips), set(library.tips)),
    }
    for name, (wanted, given) in expected.items():
        for id in sorted(wanted - given):
            yield _fault(library, name, (), "BOTH001", f"has no words for `{id}`", "Add an entry.")
        for id in sorted(given - wanted):
            yield _fault(library, name, (id,), "BOTH002", f"`{id}` is in no flow", "Take it out or correct the id.")
    for finding in flow.findings.values():
        if finding.id in library.findings and finding.type in (FindingType.SINGLE, FindingType.MULTI):
            words = library.findings[finding.id].options
            for option in finding.options:
                if option not in words:
                    message = f"has no words for `{finding.id}.{option}`"
                    yield _fault(library, "findings.yaml", (finding.id,), "BOTH001", message, "Add the option.")
    for id in _own_options(flow) & set(library.questions):
        for option in flow.questions[id].options:
            if option not in library.questions[id].options:
                message = f"has no words for `{id}.{option}`"
                yield _fault(library, "questions.yaml", (id,), "BOTH001", message, "Add the option.")


def _broken_links(flow: Flow, library: Library) -> Iterator[Fault]:
    """Topics that entries and menu lead to, conditions of treatments and tips of conditions (BOTH007).

    Guidebooks of sequences (BOTH010).
    """
    known = {row.topic for rows in list_rows(library).values() for row in rows}
    links: list[tuple[str, Path, str]] = [
        (f"treatments/{id}.yaml", ("conditions", i), f"condition.{condition}")
        for id, treatment in library.treatments.items()
        for i, condition in enumerate(treatment.conditions)
    ]
    links += [
        (f"conditions/{id}.yaml", ("tips", i), f"tip.{tip}")
        for id, condition in library.conditions.items()
        for i, tip in enumerate(condition.tips)
    ]
    links += [
        (f"answers/{id}.yaml", ("topics", i), topic)
        for id, answer in library.answers.items()
        for i, topic in enumerate(answer.topics)
    ]
    links += [
        (f"guidebooks/{id}.yaml", ("chapters", i, "topics"), topic)
        for id, guidebook in library.guidebooks.items()
        for i, chapter in enumerate(guidebook.chapters)
        for topic in chapter.topics
    ]
    lists = {f"{LIST}.{kind}" for kind in list_rows(library)}
    links += [
        ("rich_menu.yaml", ("tabs", tab, "fields", i, "topic"), field.topic)
        for tab, shown in library.rich_menu.tabs.items()
        for i, field in enumerate(shown.fields)
        if field.topic and field.topic not in lists
    ]
    for name, path, topic in links:
        if topic not in known:
            yield _fault(library, name, path, "BOTH007", f"there is no `{topic}`", near(topic, known))
    for id, sequence in flow.sequences.items():
        for step in sequence.steps:
            if step.guidebook not in library.guidebooks:
                message = f"sequence `{id}` sends the guidebook `{step.guidebook}`, which is not there"
                hint = near(step.guidebook, library.guidebooks)
                yield _fault(library, "guidebooks", (), "BOTH010", message, hint)
    for tab, shown in library.rich_menu.tabs.items():
        for i, field in enumerate(shown.fields):
            if field.command and field.command not in COMMANDS:
                path = ("tabs", tab, "fields", i, "command")
                message = f"there is no command `{field.command}`"
                yield _fault(library, "rich_menu.yaml", path, "BOTH007", message, near(field.command, COMMANDS))
    for id in sorted(set(library.menu) ^ lists):
        hint = "The menu has one line per list: " + ", ".join(sorted(lists))
        yield _fault(library, "menu.yaml", (id,), "BOTH007", f"there is no list `{id}`, or no menu line", hint)


def _memo(flow: Flow, library: Library) -> Iterator[Fault]:
    """Findings that stand in no section of the memo for the doctor (BOTH001), do not exist (BOTH002) or stand twice."""
    file, seen = "memo.yaml", set[str]()
    for i, section in enumerate(library.memo.sections):
        for j, id in enumerate(section.findings):
            path: Path = ("sections", i, "findings", j)
            if id not in flow.findings:
                yield _fault(library, file, path, "BOTH002", f"`{id}` is in no flow", near(id, flow.findings))
            elif id in seen:
                hint = "Keep it in the section where a doctor looks for it."
                yield _fault(library, file, path, "BOTH011", f"the memo shows `{id}` twice", hint)
            seen.add(id)
    for i, id in enumerate(library.memo.timeline.findings):
        if id not in flow.findings:
            path = ("timeline", "findings", i)
            yield _fault(library, file, path, "BOTH002", f"`{id}` is in no flow", near(id, flow.findings))
    for id in flow.findings:
        if id not in seen and id not in _own_options(flow):
            message = f"has no place for `{id}`"
            yield _fault(library, file, ("sections",), "BOTH001", message, "Add it to a section.")


def _letters(flow: Flow, library: Library) -> Iterator[Fault]:
    """Letters of drawings that stand for no option of a finding (BOTH002), or for two (BOTH003)."""
    for id, picture in library.pictures.items():
        finding = flow.findings.get(picture.finding or "")
        path: Path = (id, "finding")
        if finding is None:
            if picture.finding or picture.letters:
                message = f"the letters of `{id}` belong to no finding of a flow"
                hint = near(picture.finding or "", flow.findings)
                yield _fault(library, "pictures.yaml", path, "BOTH002", message, hint)
            continue
        for option in picture.letters:
            if option not in finding.options:
                path = (id, "letters", option)
                message = f"`{finding.id}` has no option `{option}`"
                hint = near(option, finding.options)
                yield _fault(library, "pictures.yaml", path, "BOTH002", message, hint)
        if len(set(picture.letters.values())) < len(picture.letters):
            message = f"in `{id}` a letter stands for two options"
            path = (id, "letters")
            yield _fault(library, "pictures.yaml", path, "BOTH003", message, "Give each option a letter of its own.")


def _own_options(flow: Flow) -> set[str]:
    """Questions that settle no finding: the words of their options stand with the question."""
    return {question.id for question in flow.questions.values() if question.has_own_options}


def _clashes(flow: Flow, library: Library) -> Iterator[Fault]:
    commands = command_words(library)
    emergency = tuple(normalise(phrase) for phrase in library.danger_words.emergency)
    for id, question in flow.questions.items():
        seen: dict[str, str] = {}
        for word, option in (*option_words(library, question), *letters(library, question)):
            if seen.setdefault(word, option) != option:
                message = f"at `{id}` `{word}` means `{seen[word]}` and `{option}`"
                name, path = _place(question, option)
                yield _fault(library, name, path, "BOTH003", message, "Keep the synonym at one of them.")
            if word in commands:
                message = f"at `{id}` `{word}` is an answer and the command `{commands[word]}`"
                yield _fault(library, "commands.yaml", (commands[word],), "BOTH004", message, "Rename one.")
            if any(phrase in word for phrase in emergency):
                message = f"at `{id}` the answer `{word}` asks for emergency help"
                yield _fault(library, "danger_words.yaml", ("emergency",), "BOTH004", message, "Rename the answer.")
    yield from _clashing_commands(library)
    yield from _clashing_names(library)


def _place(question: Question, option: str) -> tuple[str, Path]:
    """The file and path at which the words of an option stand."""
    if option == NONE:
        return "questions.yaml", (question.id, "none")
    if question.has_own_options:
        return "questions.yaml", (question.id, "options", option)
    if any(finding.id == option for finding in question.asks):
        return "findings.yaml", (option,)
    return "findings.yaml", (question.asks[0].id, "options", option)


def _clashing_commands(library: Library) -> Iterator[Fault]:
    """Whole messages that run two commands, or a command and a line of the menu."""
    meaning: dict[str, str] = {}
    named = [("commands.yaml", id, (entry.label, *entry.words)) for id, entry in library.commands.items()]
    named += [("menu.yaml", id, (entry.label, *entry.words)) for id, entry in library.menu.items()]
    for name, id, words in named:
        for word in words:
            plain = normalise(word)
            if meaning.setdefault(plain, id) != id:
                message = f"`{word}` means `{meaning[plain]}` and `{id}`"
                yield _fault(library, name, (id,), "BOTH003", message, "Keep it at one of them.")


def _clashing_names(library: Library) -> Iterator[Fault]:
    """Names and aliases that lead to two entries, or that a command takes first (BOTH009)."""
    meaning = {
        normalise(word): id
        for entries in (library.commands, library.menu)
        for id, entry in entries.items()
        for word in (entry.label, *entry.words)
    }
    for named in topic_words(library):
        other = meaning.setdefault(normalise(named.word), named.topic)
        if other != named.topic:
            message = f"`{named.word}` leads to `{other}` and to `{named.topic}`"
            yield _fault(library, named.file, named.path, "BOTH009", message, "Keep it at one of them.")


def _urgent_outcomes(library: Library) -> Iterator[Fault]:
    """Nothing of the clinic's own is offered at the two urgent levels (Guideline on Medical Advertising)."""
    clinics = library.clinics.values()
    own = [str(clinic.booking.url) for clinic in clinics] + [f"tel:{clinic.phone}" for clinic in clinics]
    own += [clinic.online_consultation.link.uri for clinic in clinics if clinic.online_consultation]
    destinations = {_destination(uri) for uri in own}
    for level in _URGENT:
        for i, link in enumerate(library.outcomes[level].links):
            if _destination(link.uri) in destinations:
                message = f"`{level}` links to the clinic"
                hint = "Show only emergency services at urgent levels."
                yield _fault(library, "outcomes.yaml", (level, "links", i), "BOTH005", message, hint)


def _destination(uri: str) -> str:
    """The host of an address, or the digits of a phone number in one spelling."""
    if uri.startswith("tel:"):
        return uri.removeprefix("tel:").replace("-", "").replace("+81", "0")
    return urlsplit(uri).hostname or uri


def _danger_references(flow: Flow, library: Library) -> Iterator[Fault]:
    """Findings that typed words are said to mean and that do not exist (BOTH006)."""
    lexicon = library.lexicon
    spoken_of: list[tuple[str, Path, str]] = [
        *(("danger_words.yaml", ("findings", reference), reference) for reference in library.danger_words.findings),
        *(
            ("other_languages.yaml", (language, "danger", reference), reference)
            for language, words in library.other_languages.items()
            for reference in words.danger
        ),
        *(("lexicon.yaml", ("findings", reference), reference) for reference in lexicon.findings),
        *(("lexicon.yaml", ("absent", reference), reference) for reference in lexicon.absent),
        *(("lexicon.yaml", ("whole", i), reference) for i, reference in enumerate(lexicon.whole)),
    ]
    for file, path, reference in spoken_of:
        id, _, option = reference.partition(".")
        finding = flow.findings.get(id)
        may_be_whole = file == "lexicon.yaml" and finding is not None and finding.type is FindingType.MULTI
        fits = finding and (option in finding.options if option else may_be_whole or finding.type is FindingType.BOOL)
        if not fits:
            yield _fault(library, file, path, "BOTH006", f"there is no finding `{reference}`", "Correct the id.")
    for i, id in enumerate(lexicon.history):
        if id not in flow.findings:
            path = ("history", i)
            yield _fault(library, "lexicon.yaml", path, "BOTH006", f"there is no finding `{id}`", "Correct the id.")


def _intents(flow: Flow, library: Library) -> Iterator[Fault]:
    """Intents of flows/intents.yaml that lead to nothing (BOTH012)."""
    topics = {row.topic for rows in list_rows(library).values() for row in rows}
    targets = {*topics, *(f"{LIST}.{kind}" for kind in list_rows(library)), *COMMANDS}
    for intent, target in flow.intents.items():
        if intent not in INTENTS:
            message = f"flows/intents.yaml speaks of the intent `{intent}`, which there is not"
            yield _fault(library, "lexicon.yaml", (), "BOTH012", message, near(intent, INTENTS))
        if target not in targets:
            message = f"the intent `{intent}` leads to `{target}`, which there is not"
            yield _fault(library, "lexicon.yaml", (), "BOTH012", message, near(target, targets))


def _empty_danger_words(library: Library) -> Iterator[Fault]:
    """Words of which nothing is left to compare: they would be found in every message."""
    words = library.danger_words
    lists: list[tuple[Path, tuple[str, ...]]] = [
        (("emergency",), words.emergency),
        (("negations",), words.negations),
        (("fillers",), words.fillers),
        *((("findings", reference), phrases) for reference, phrases in words.findings.items()),
    ]
    for path, phrases in lists:
        for i, phrase in enumerate(phrases):
            if not normalise(phrase):
                hint = "Write letters, not only signs."
                yield _fault(library, "danger_words.yaml", (*path, i), "BOTH008", f"`{phrase}` has no letters", hint)


def _fault(library: Library, name: str, path: Path, id: str, message: str, hint: str) -> Fault:
    in_folder = f"{name}/{path[0]}.yaml" if path else name
    if in_folder in library.documents:
        name, path = in_folder, ()
    document = library.documents.get(name)
    if document is None:
        return Fault(f"content/{library.language}/{name}", 0, id, message, hint)
    return document.fault(path, id, message, hint)
