"""A fingerprint of what decides, so that a signed sheet can be matched to the flow that runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bot.strict_yaml import read_document

DECIDES_NOTHING = ("sources.yaml", "tags.yaml", "sequences.yaml", "intents.yaml")
"""Files of flows/ that change neither what is asked nor the outcome."""


def flow_fingerprint(raw_files: Mapping[str, bytes]) -> str:
    """SHA-256 over the files of flows/ that decide: what they say, not how it is laid out or commented.

    Args:
        raw_files: file name to content, as for `bot.flow.loader.load_flow`; they can be loaded.
    """
    said = []
    for name, raw in sorted(raw_files.items()):
        document = None if name in DECIDES_NOTHING else read_document(name, raw, [])
        if document:
            said.append([name, document.data])
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
