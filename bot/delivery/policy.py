"""How long things may take and how often they are tried, in one place. Milliseconds unless said otherwise."""

from __future__ import annotations

import random

REPLY_WINDOW = 50_000
"""A reply token is good for one minute after the webhook arrived (LINE Messaging API reference,
"Send reply message"); ten seconds are left for the call itself."""

REPLY_PAUSE_LONGEST = 5_000
"""Between two tries of a reply: as long as its token is good, LINE tells whether an earlier try got through."""

LAST_REPLY = 3_000
"""So long before the end of the reply window is the last try, when the pause would lead beyond it."""

RETRY_KEY_LIFE = 23 * 3_600_000
"""A retry key is remembered for 24 hours (LINE developers documentation, "Retrying API requests"); one hour is left."""

LEASE = 20_000
"""How long a process may hold a row. Longer than a call, and so short that a reply token outlives two processes that
are killed one after the other with the row in their hands."""

LEASE_MARGIN = 12_000
"""A call may take this long, so a row is not sent when less of its lease is left; and a probe of which nothing was
heard for so long is not waited for."""

SWEEP_EVERY = 1.0
"""Seconds between two looks for rows that are due, when nothing calls for one sooner."""

SWEEPS_APART = 0.02
"""Seconds between two looks at least, however often they are called for: patients' answers wait for the same writer."""

MOST_HELD = 500
"""Rows in the memory of one process. With 32 threads and 60 ms per call it is the work of one second."""

TAKEN_AT_ONCE = 200
"""Rows taken over in one transaction: a few milliseconds, as patients' answers wait for the same writer."""

FAILURES = 5
"""Calls in a row without an answer, or with a 5xx, after which LINE counts as down."""

DOWN_PAUSE, DOWN_LONGEST = 1_000, 5_000
"""Between two probes of a LINE that is down, doubling. Short: after 20 s without LINE reply tokens are still good."""

LOCKED_OUT_PAUSE = 5_000
"""Between two probes while LINE refuses the access token: somebody has to act, and wants to see that it helped."""

LOCKED_OUT_LONGEST = 60_000
"""How long a row waits at most that met a refused access token."""

RATE_PAUSE, RATE_LONGEST = 1_000, 5_000
"""How long an endpoint rests after the rate limit when LINE does not say, doubling. The limit counts per second."""

RETRY_AFTER_LONGEST = 600_000
"""More than this is not believed of a Retry-After."""

QUOTA_PAUSE = 600_000
"""Between two pushes that find out whether there is quota again: more was booked, or a new month has begun. LINE also
reserves quota while a narrowcast runs (reference, "Send narrowcast message")."""

UNTOLD_LIMITS = 3
"""Pushes in a row refused with a 429 that does not say why; then it is taken for the rate limit."""

ONE_USER_ATTEMPTS = 3
"""As if a row had been tried so often more: who got too many messages gets the next one after eight seconds."""

HELD_BACK = 2_000
"""Rows wait in memory for a shorter pause than this, and in the database for a longer one."""

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

FOLLOW_UP_MISSED = 7 * 24 * 3600 * 1000
"""Milliseconds after which a question how it went is left out: the server was down, or staff talked with the
patient."""
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


def next_reply_at(attempts: int, now: int, reply_until: int) -> int:
    """When a reply is tried again: no pause leads over the end of its window without a last try.

    Args:
        now, reply_until: milliseconds since 1970.
    """
    due_at = now + min(delay_after(attempts), REPLY_PAUSE_LONGEST)
    last = reply_until - LAST_REPLY
    return last if now < last < due_at else due_at
