"""When to try again: exponential backoff with full jitter, bounded by count and by time.

Full jitter, a pause drawn evenly from nothing to the bound, spreads those who were cut off together the best
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from secrets import SystemRandom
from time import monotonic
from typing import Any

from galatea_client.errors import GalateaError, QueueFullError, UnreachableError
from galatea_client.steps import Ask, Call, Flow, Pause

__all__ = ["DEFAULT_RETRIES", "Attempts", "Patience", "Retries", "ask"]

_JITTER = SystemRandom()


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient the client is where a retry may help: a lost connection, 429, 503.

    Args:
        attempt_count: Most attempts in a row that get no answer; 1 never tries again.
        first_pause_s: Bound of the first pause; each next bound is twice as long.
        longest_pause_s: Bound of all pauses, unless the service asks for a longer one.
        patience_s: Seconds from the first attempt after which none is begun.
        refused: Whether to try again where nobody listens at all and nobody has answered this client before.
        queue_full: Whether to wait for room in a full queue.
    """

    attempt_count: int = 12
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    patience_s: float = 60.0
    refused: bool = True
    queue_full: bool = True


DEFAULT_RETRIES = Retries()


class Patience:
    """What all calls of one client share.

    Args:
        retries: How patient to be.

    Attributes:
        was_answered: Whether the service is known to be there: if it is not now, it will come back.
    """

    def __init__(self, retries: Retries) -> None:
        self.retries = retries
        self.was_answered = False


class Attempts:
    """The attempts at one thing.

    Args:
        patience: Of the client.
        until: When its caller gives up, by `time.monotonic`: no attempt is begun after it.
    """

    def __init__(self, patience: Patience, until: float = inf) -> None:
        self._patience = patience
        self._until = until
        self._retries = patience.retries
        self._restart()

    def answered(self) -> None:
        """The service has answered: what fails from here on is counted anew."""
        self._patience.was_answered = True
        self._restart()

    def _restart(self) -> None:
        self._failed_count = 0
        self._begun_at = monotonic()

    def pause_s(self, error: GalateaError) -> float:
        """Seconds to wait after this error before the next attempt.

        Raises:
            GalateaError: It is this error: a retry cannot help, or there were enough.
        """
        self._failed_count += 1
        pause_s = self._drawn_s() + (error.retry_after_s or 0.0)
        too_late = monotonic() + pause_s > min(self._until, self._begun_at + self._retries.patience_s)
        if too_late or self._failed_count >= self._retries.attempt_count or self._is_hopeless(error):
            raise error
        return pause_s

    def _drawn_s(self) -> float:
        bound_s = self._retries.first_pause_s * 2.0 ** (self._failed_count - 1)
        return _JITTER.uniform(0.0, min(bound_s, self._retries.longest_pause_s))

    def _is_hopeless(self, error: GalateaError) -> bool:
        if isinstance(error, UnreachableError) and error.refused:
            return not (self._retries.refused or self._patience.was_answered)
        if isinstance(error, QueueFullError) and not self._retries.queue_full:
            return True
        return not error.retryable


def ask(call: Call, attempts: Attempts) -> Flow[Any]:
    """Make the call until it is answered; the answer's fields.

    Raises:
        GalateaError: The last error, where no retry can help or there were enough.
    """
    while True:
        try:
            fields = yield Ask(call)
        except GalateaError as error:
            yield Pause(attempts.pause_s(error))
        else:
            attempts.answered()
            return fields
