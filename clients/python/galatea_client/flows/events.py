"""The events of a job, through lost connections, each once and in order."""

from __future__ import annotations

from math import inf
from time import monotonic

from galatea_client.errors import GalateaError, UnreachableError, problem
from galatea_client.events import EVENT, JobEvent, JobFinished, JobProgress
from galatea_client.flows.answers import document
from galatea_client.retries import Attempts, Patience
from galatea_client.steps import Call, Emit, Flow, Open, Pause, Read

__all__ = ["events"]

_LIVED_S = 5.0  # a connection that told for so long was a good one, even where nothing new happened


class _Cursor:
    """How far the events have been told."""

    def __init__(self, after: int) -> None:
        self.after = after
        self._progress: tuple[int, float] | None = None

    @property
    def from_(self) -> int:
        """Where to open a stream: one event early.

        A stream that ends tells by that event whether the job's last one has been told already; an empty one
        would not, for a service that stops ends its streams as well.
        """
        return max(0, self.after - 1)

    def passes(self, event: JobEvent) -> bool:
        """Whether the event is new; the cursor moves on."""
        if isinstance(event, JobProgress):
            told, self._progress = self._progress, (event.seq, event.progress)
            return told != self._progress
        is_new = event.seq > self.after
        self.after = max(self.after, event.seq)
        return is_new


def events(job_id: str, after: int, patience: Patience) -> Flow[None]:
    """Emit the events with a larger number than `after`, up to `finished`."""
    cursor, attempts = _Cursor(after), Attempts(patience)
    while True:
        begun_at = inf
        try:
            yield Open(Call("WatchJob", {"job_id": job_id, "after": cursor.from_}))
            while (fields := (yield Read())) is not None:
                event = document(EVENT, fields)
                begun_at = min(begun_at, monotonic())
                if cursor.passes(event):
                    attempts.answered()
                    yield Emit(event)
                if isinstance(event, JobFinished):
                    return
            raise _ended_early(job_id)
        except GalateaError as error:
            if monotonic() - begun_at > _LIVED_S:
                attempts.answered()
            pause_s = attempts.pause_s(error)
        yield Pause(pause_s)


def _ended_early(job_id: str) -> UnreachableError:
    detail = f"the events of {job_id} end, again and again, before the job has; look at the service's log"
    return UnreachableError(problem("unreachable", detail, retryable=True))
