"""A desk whose flow is a new version of the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.desk import Desk, read_folder
from bot.flow.loader import load_flow
from bot.vocabulary_builder import build_vocabulary

FLOWS = Path(__file__).parent.parent.parent / "flows"
FLOW_FILE = "knee_back_pain.yaml"


def with_new_flow(desk: Desk, changes: Mapping[str, str], file: str = FLOW_FILE) -> Desk:
    """The desk after somebody edited a file of its flow; a new question borrows the words of the first one.

    Args:
        desk: as it was.
        changes: text that stands in the file exactly once, to the text that takes its place.
        file: which file.
    """
    files = read_folder(FLOWS)
    text = files[file].decode()
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        text = text.replace(old, new)
    flow = load_flow({**files, file: text.encode()})
    words = desk.library.questions
    library = replace(desk.library, questions={id: words.get(id, words[flow.start]) for id in flow.questions})
    return replace(
        desk,
        flow=flow,
        library=library,
        vocabulary=build_vocabulary(flow, library),
        renderer=replace(desk.renderer, flow=flow, library=library),
    )


def asking_more(desk: Desk, changes: Mapping[str, str] | None = None) -> Desk:
    """The desk if it asked everything that tells anything at all about the conditions, perhaps edited otherwise too."""
    (pool,) = desk.flow.pools.values()
    more = {f"least_information: {pool.least_information}\n": "least_information: 0.000001\n"}
    return with_new_flow(desk, {**more, **(changes or {})})
