"""How long things may take and how often they are tried, in one place. Milliseconds unless said otherwise."""

from __future__ import annotations

import random

REPLY_WINDOW = 50_000
"""A reply token is good for one minute after the webhook arrived (LINE Messaging API reference,
"Send reply message"); ten seconds are left for the call itself."""

RETRY_KEY_LIFE = 23 * 3_600_000
"""A retry key is remembered for 24 hours (LINE developers documentation, "Retrying API requests"); one hour is left."""

LEASE = 30_000
"""How long a process may hold a row. Longer than some calls, shorter than the life of a reply token."""

LEASE_MARGIN = 12_000
"""A call may take this long, so a row is not sent when less of its lease is left."""

SWEEP_EVERY = 1.0
"""Seconds between two looks for rows that are due."""

EVENT_MEMORY = 7 * 24 * 3_600_000
"""How long webhook event ids are remembered. LINE discloses neither count nor interval of redeliveries."""

CONVERSATION_LIFE = 180 * 24 * 3_600_000
"""How long answers are kept after the last message; the question `consent` of content/ promises it."""

_FIRST_DELAY = 1_000
_LONGEST_DELAY = 300_000


def delay_after(attempts: int) -> int:
    """Milliseconds until the next attempt: doubling, at most five minutes, with jitter of a quarter."""
    delay = min(_FIRST_DELAY * 2 ** min(attempts, 20), _LONGEST_DELAY)
    return int(delay * random.uniform(0.75, 1.25))
