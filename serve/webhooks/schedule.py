"""When a failed delivery is tried again."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import parsedate_to_datetime

__all__ = ["ATTEMPT_COUNT", "DELAYS_S", "retry_after_s", "retry_delay_s"]

_MINUTE_S, _HOUR_S = 60.0, 3600.0
_DAY_S = 24 * _HOUR_S
_JITTER = 0.1

# After the first attempt, the second, ...: the example schedule of Standard Webhooks, spread over three days.
DELAYS_S = (
    5.0,
    5 * _MINUTE_S,
    30 * _MINUTE_S,
    2 * _HOUR_S,
    5 * _HOUR_S,
    10 * _HOUR_S,
    14 * _HOUR_S,
    20 * _HOUR_S,
    24 * _HOUR_S,
)
ATTEMPT_COUNT = len(DELAYS_S) + 1


def retry_delay_s(delivery_id: str, attempt: int, asked_s: float = 0.0) -> float | None:
    """Seconds until the next attempt; None when this was the last.

    The schedule is stretched by up to a tenth, by a hash of the id and the attempt, so that what failed
    together is not tried again together.

    Args:
        delivery_id: Of which.
        attempt: The one that failed, from 1.
        asked_s: What the receiver asked for at least; followed up to a day.
    """
    if attempt >= ATTEMPT_COUNT:
        return None
    digest = hashlib.sha256(f"{delivery_id}/{attempt}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return max(DELAYS_S[attempt - 1] * (1 + _JITTER * share), min(asked_s, _DAY_S))


def retry_after_s(header: str | None, now: datetime) -> float:
    """Seconds that a `Retry-After` asks for (RFC 9110, 10.2.3); 0 without one, or where it cannot be read.

    Args:
        header: Seconds or a date.
        now: With its time zone.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _DAY_S)
    try:
        at = parsedate_to_datetime(text)
        return max(0.0, (at - now).total_seconds())
    except (TypeError, ValueError):  # no date; or a date without a zone
        return 0.0
