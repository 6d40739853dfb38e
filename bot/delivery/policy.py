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

MULTICASTS_PER_SECOND = 190
"""All processes together; LINE takes 200 (Messaging API reference, "Rate limits"). Ten are left: clocks differ."""

MULTICAST_THREADS = 48
"""Multicasts at once in one process: enough for the rate while LINE takes up to 160 ms (measured)."""

LEASED_AT_ONCE = 8
"""Multicasts leased in one transaction: few, as patients' answers wait for the same writer."""

GATHER = 0.02
"""Seconds in which a thread that is free waits for others, so that they lease together."""

FIRST_BATCH = 20
"""Recipients of the first batch of a campaign: a message cannot be recalled, so few get it first."""

FIRST_BATCH_PAUSE = 120_000
"""Between the first batch and the rest."""

HOLD = 180_000
"""Between the confirmation and the first batch: time to cancel."""

PREPARED_AT_ONCE = 500
"""Recipients entered in one transaction: a few milliseconds, as patients' answers wait for the same writer."""

CAMPAIGN_LOOK_EVERY = 0.5
"""Seconds between two looks for campaigns while there is nothing to do."""

STEPS_AT_ONCE = 100
"""Steps of sequences settled in one transaction."""

SEQUENCE_LOOK_EVERY = 20.0
"""Seconds between two looks for steps of sequences."""

QUIET_FROM, QUIET_UNTIL = 20, 8
"""Hours, clinic-local: no campaign goes out at night, whenever it should have gone."""

_FIRST_DELAY = 1_000
_LONGEST_DELAY = 300_000


def delay_after(attempts: int) -> int:
    """Milliseconds until the next attempt: doubling, at most five minutes, with jitter of a quarter."""
    delay = min(_FIRST_DELAY * 2 ** min(attempts, 20), _LONGEST_DELAY)
    return int(delay * random.uniform(0.75, 1.25))
