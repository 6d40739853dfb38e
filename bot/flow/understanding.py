"""What is done about a message that is no whole answer and no command: by its danger, its findings, its intent."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flow.commands import SERVICE, TOPIC, explain_topic, run_command
from bot.flow.conversation import Conversation, Pending
from bot.flow.effects import Effect, Emergency, Show, TellInLanguage
from bot.flow.findings import references
from bot.flow.normalise import normalise
from bot.flow.reading.languages import JAPANESE, has_kana, language_of
from bot.flow.reading.reader import ASKING, INTENTS, Reading
from bot.flow.replay import Position
from bot.flow.said import new_findings, take_over, volunteer
from bot.flow.turn import URGENT, Step, Turn
from bot.flow.typed import Danger, asks_for_emergency, names_topic, read_command, read_danger, read_topic
from bot.flow.vocabulary import Vocabulary

_TOLD = {
    "emotional_distress": "distress",
    "delete_my_data": "how_to_delete",
    "abuse": "calm_answer",
    "off_topic": "off_topic",
}
"""Intents that are answered by a message, with the open question behind it."""

_NO_QUESTION = ("describe_symptom", "emotional_distress", "abuse", "delete_my_data")
"""Intents of messages in which the name of a topic asks for nothing."""

_SENTENCE = re.compile(r"[^.!?\n\u3002\uff01\uff1f]+[.!?\n\u3002\uff01\uff1f]*")

_NOT_WHILE_DESCRIBING = ("restart", "go_back", "help", "thanks", "stop_messages")


def read_message(text: str, vocabulary: Vocabulary) -> Reading:
    """What a text says, by the words of the language that it is written in, where that is offered."""
    language = JAPANESE if has_kana(text) else language_of(text, vocabulary.languages)
    return vocabulary.readers.get(language or "", vocabulary.reader).read(text)


def dangers(text: str, reading: Reading, vocabulary: Vocabulary) -> Danger:
    """The danger signs of a text, by both ways of reading: phrases anywhere in it, and statements clause by clause.

    What the second takes for a denial, for an if, or for talk that only sounds like a sign, is not taken for stated by
    the first. What is denied or supposed is unclear: one question makes sure.
    """
    by_phrases = read_danger(_serious(text, reading), vocabulary)
    language = language_of(text, vocabulary.languages)
    is_foreign = language in vocabulary.foreign and language not in vocabulary.readers
    foreign = _foreign_danger(text, vocabulary, language if is_foreign else None)
    # Chinese is written with letters of Japanese, and says no with others.
    denied = foreign.unclear if is_foreign else ()
    spoken_of = [ref for ref in reading.spoken_of if ref in vocabulary.danger_references and ref not in denied]
    spoken_of += foreign.stated
    doubtful = [ref for ref in (*reading.absent, *reading.supposed) if ref in vocabulary.danger_references]
    doubtful += denied
    stated = [ref for ref in dict.fromkeys((*by_phrases.stated, *spoken_of)) if ref not in doubtful or ref in spoken_of]
    unclear = dict.fromkeys((*by_phrases.unclear, *doubtful, *foreign.unclear))
    is_about_others = reading.is_about_others or foreign.is_about_others
    return Danger(tuple(stated), tuple(ref for ref in unclear if ref not in stated), is_about_others)


def _foreign_danger(text: str, vocabulary: Vocabulary, language: str | None) -> Danger:
    """What patterns of languages that are not offered find: of one, or of all while nobody knows which it is."""
    stated: dict[str, None] = {}
    unclear: dict[str, None] = {}
    is_about_others = False
    if not has_kana(text):
        for id, words in vocabulary.foreign.items():
            if words.reader and language in (id, None):
                found = words.reader.read(text)
                stated.update(dict.fromkeys(found.stated))
                unclear.update(dict.fromkeys(found.unclear))
                is_about_others = is_about_others or (language == id and found.is_about_others)
    return Danger(tuple(stated), tuple(ref for ref in unclear if ref not in stated), is_about_others)


def answer_danger(
    turn: Turn, vocabulary: Vocabulary, conversation: Conversation, position: Position, text: str, reading: Reading
) -> Step | None:
    """What danger in a message leads to, None when there is none: at any moment, consent or not."""
    language = language_of(text, vocabulary.languages)
    step = _answer_danger(turn, vocabulary, conversation, position, text, reading)
    if step is None or language is None:
        return step
    conversation, effects = step
    return conversation, (TellInLanguage(language, is_emergency=True), *effects)


def _answer_danger(
    turn: Turn, vocabulary: Vocabulary, conversation: Conversation, position: Position, text: str, reading: Reading
) -> Step | None:
    if reading.crisis:
        return conversation, _help_lines(reading.crisis)
    danger = dangers(text, reading, vocabulary)
    if danger.stated:
        # Whose danger it is decides whether the rest of the story is this patient's, too.
        rest = () if danger.is_about_others else new_findings(turn, position, reading)
        return volunteer(turn, conversation, tuple(dict.fromkeys((*danger.stated, *rest))))
    if _calls_for_help(text, reading, vocabulary):
        return conversation, (Emergency("emergency_help"),)
    settled = {*conversation.denied, *references(position.facts)}
    unclear = [reference for reference in danger.unclear if reference not in settled]
    if unclear and not (conversation.pending and conversation.pending.subject == unclear[0]):
        taken, told = take_over(turn, conversation, position, reading)
        confirmed, effects = turn.confirm(taken, Pending("danger", unclear[0]))
        return confirmed, (*told, *effects)
    return None


def is_dangerous(text: str, reading: Reading, vocabulary: Vocabulary) -> bool:
    """Whether a message leads to emergency guidance at once."""
    if reading.crisis or dangers(text, reading, vocabulary).stated:
        return True
    return _calls_for_help(text, reading, vocabulary)


def intent_of(text: str, language: str, reading: Reading, states_danger: bool, vocabulary: Vocabulary) -> str:
    """The intent of a message, also of one in a language that is not offered, of which only a few words are known."""
    words = vocabulary.foreign.get(language)
    if words is None or not (words.phrases or words.intents):
        return "describe_symptom" if states_danger and not reading.is_recognised else reading.intent
    plain = normalise(text)
    wanted = {intent for phrase, intent in words.intents if phrase in plain}
    if "emotional_distress" in wanted:
        return "emotional_distress"
    if asks_for_emergency(text, vocabulary):
        return "emergency_statement"
    return next((intent for intent in INTENTS if intent in wanted and not states_danger), "describe_symptom")


def answer_intent(
    turn: Turn, vocabulary: Vocabulary, conversation: Conversation, position: Position, text: str, reading: Reading
) -> Step | None:
    """Findings taken over and told back, then what the message asks for; None when neither was understood."""
    named = names_topic(text, vocabulary)
    if named:
        return explain_topic(turn, conversation, named)
    language = language_of(text, vocabulary.languages)
    if language:
        return conversation, (TellInLanguage(language),)
    heard, told = take_over(turn, conversation, position, reading)
    if reading.is_about_others and reading.intent == "describe_symptom" and not told and not conversation.finished:
        return _then_go_on(turn, conversation, Show("about_others"))
    asked = _lead_on(turn, vocabulary, heard, text, reading, bool(told))
    if asked:
        conversation, effects = asked
        return conversation, (*told, *effects)
    if told:
        conversation, effects = turn.go_on(heard)
        return conversation, (*told, *effects)
    tells = any(reference not in conversation.denied for reference in (*reading.present, *reading.absent))
    if reading.intent == "describe_symptom" and (tells or not position.path) and not conversation.finished:
        return _then_go_on(turn, conversation, Show("heard"))
    return None


def _lead_on(
    turn: Turn, vocabulary: Vocabulary, conversation: Conversation, text: str, reading: Reading, describes: bool
) -> Step | None:
    """What an intent leads to, None when it leads nowhere."""
    topic = read_topic(_asking_part(text, vocabulary) if describes else text, vocabulary)
    if topic and (reading.intent in ASKING or not (describes or reading.intent in _NO_QUESTION)):
        return explain_topic(turn, conversation, topic)
    if reading.intent == "greet" and not conversation.finished:
        return turn.go_on(conversation)
    if not reading.is_recognised or (describes and reading.intent in _NOT_WHILE_DESCRIBING):
        return None
    if reading.intent in _TOLD:
        message = _TOLD[reading.intent]
        if conversation.finished:
            is_urgent = conversation.finished.urgency in URGENT
            return conversation, (Show(message), *(turn.repeat_outcome(conversation) if is_urgent else ()))
        return _then_go_on(turn, conversation, Show(message))
    target = turn.flow.intents.get(reading.intent)
    if target is None:
        return None
    if "." in target:
        return explain_topic(turn, conversation, target)
    return run_command(turn, conversation, target)


def _asking_part(text: str, vocabulary: Vocabulary) -> str:
    """The sentences that ask something: what a story names besides is its own matter."""
    sentences = _SENTENCE.findall(text)
    return "".join(each for each in sentences if read_message(each, vocabulary).intent in ASKING)


def _then_go_on(turn: Turn, conversation: Conversation, *before: Effect) -> Step:
    conversation, effects = turn.go_on(replace(conversation, stopped=False))
    return conversation, (*before, *effects)


def _help_lines(crisis: str) -> tuple[Effect, ...]:
    """Who can be reached now, by a person whose own hand is the danger."""
    if crisis == "overdose":
        return (Emergency("crisis_overdose"),)
    return (Emergency("crisis_suicide"),)


def _calls_for_help(text: str, reading: Reading, vocabulary: Vocabulary) -> bool:
    calls = asks_for_emergency(_serious(text, reading), vocabulary) or reading.intent == "emergency_statement"
    return calls and not _names_a_service(text, vocabulary)


def _serious(text: str, reading: Reading) -> str:
    """The text without what only sounds like a sign."""
    return reading.read if reading.is_harmless_talk else text


def _names_a_service(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the whole text is the name of a public service: the number of one holds that of another."""
    return (read_command(text, vocabulary) or "").startswith(f"{TOPIC}{SERVICE}")
