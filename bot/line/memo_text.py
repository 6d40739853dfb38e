"""The memo for the doctor in the chat: as text, which can be read and forwarded anywhere, and the way to its page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from bot.flow.conversation import Conversation
from bot.flow.schema import Flow
from bot.library.library import Library
from bot.line.flex import Part, bubble, button, message, plain, shortened, text, uri
from bot.line.topics import Asked
from bot.links import MEMO_LIFE
from bot.memo import Memo, filled, make_memo, moment_words

LONGEST = 4_500
"""UTF-16 units. A text may have 5,000 (Messaging API reference, "Text message"); a greeting may come before it."""

_DAY = 24 * 3600 * 1000


def memo_messages(flow: Flow, library: Library, conversation: Conversation, asked: Asked) -> list[Part]:
    """The memo of a conversation, or that there is nothing to sum up yet."""
    memo = make_memo(flow, library, conversation)
    if memo is None:
        return [plain(library.memo.nothing_yet)]
    shown = plain(shortened(memo_text(library, memo, asked.moment.tzinfo), LONGEST))
    if asked.links is None:
        return [shown]
    address = asked.links.memo(conversation.id, int(asked.moment.timestamp() * 1000))
    return [shown, _way_to_the_page(library, address)]


def memo_text(library: Library, memo: Memo, zone: tzinfo | None) -> str:
    """The memo as text.

    Args:
        zone: where the clinic is.
    """
    return "\n".join(_lines(library, memo, zone)).strip()


def _lines(library: Library, memo: Memo, zone: tzinfo | None) -> Iterator[str]:
    words = library.memo
    yield filled(words.chat.heading, title=words.title)
    yield words.own_answers
    yield from _advice(library, memo)
    for section in memo.sections:
        yield from _heading(library, section.title)
        for line in section.lines:
            yield _point(library, _named(library, line.name, line.value) if line.value else line.name)
    yield from _timeline(library, memo, zone)
    lists = (
        (words.denied_danger, memo.denied_danger),
        (words.denied, memo.denied),
        (words.unsure, memo.unsure),
        (words.not_asked, memo.not_asked),
    )
    for title, names in lists:
        if names:
            yield from _heading(library, title)
            yield library.listed(names)
    if memo.leaves_out:
        yield ""
        yield words.left_out


def _advice(library: Library, memo: Memo) -> Iterator[str]:
    words = library.memo.advice
    yield from _heading(library, words.title)
    if memo.advice is None:
        yield words.none
        return
    outcome = library.outcomes[memo.advice.urgency]
    yield f"{outcome.symbol} {outcome.name}"
    for reason in memo.advice.reasons:
        yield _point(library, reason.text)
    if memo.advice.more:
        yield filled(words.more, count=memo.advice.more)


def _timeline(library: Library, memo: Memo, zone: tzinfo | None) -> Iterator[str]:
    words = library.memo.timeline
    yield from _heading(library, words.title)
    moments = [(words.began, memo.began), (words.changed, memo.changed)]
    if memo.advice:
        moments.append((words.finished, memo.advice.at))
    for name, moment in moments:
        yield _point(library, _named(library, name, moment_words(library, moment.astimezone(zone))))


def _heading(library: Library, title: str) -> Iterator[str]:
    yield ""
    yield filled(library.memo.chat.heading, title=title)


def _point(library: Library, content: str) -> str:
    return library.message("point", text=content)


def _named(library: Library, name: str, value: str) -> str:
    return library.message("named_value", name=name, value=value)


def _way_to_the_page(library: Library, address: str) -> Part:
    words = library.memo
    about = filled(words.chat.page, days=MEMO_LIFE // _DAY)
    card = bubble(
        [text(words.title, weight="bold"), text(about, margin="sm")], footer=[button(uri(words.chat.open, address))]
    )
    return message(about, card)
