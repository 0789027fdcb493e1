"""What happens to jobs, told to all who watch: one poller a process, and nothing kept for any of them.

A watcher is a cursor. It takes what the poller has just fetched or, where it is behind, reads the ledger. So
a reader that is slow, or gone, costs nobody anything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from serve.contracts.errors import GalateaError, JobMissingError, LedgerError, NotReadyError
from serve.contracts.events import JobEvent, JobFinished, JobProgress
from serve.contracts.jobs import ENDED
from serve.edges.calls import Calls
from serve.edges.presenter import instant, job_event, job_view
from serve.ledger import Ledger
from serve.ledger.identifiers import is_identifier
from serve.ledger.records import EventRecord, JobHead

__all__ = ["LAST_SEQ", "Feed"]

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")

LAST_SEQ = 2**31 - 1
"""The largest number that the ledger can keep, and so the largest cursor that makes sense."""
_PAGE_COUNT = 100  # events; who is further behind reads for himself
_PROGRESS_STEP = 0.01
_LONGEST_PAUSE_S = 2.0


@dataclass(eq=False, slots=True)
class _Topic:
    """A watched job as the poller saw it last.

    Args:
        watcher_count: Who watch it.
        head: None before the first look.
        fresh: Its last events, as many as came at once.
        error: Why there is no news.
        turn: Set, and replaced, whenever something has changed.
    """

    watcher_count: int = 0
    head: JobHead | None = None
    fresh: Sequence[EventRecord] = ()
    error: GalateaError | None = None
    turn: asyncio.Event = field(default_factory=asyncio.Event)

    def look(self, head: JobHead, fresh: Sequence[EventRecord]) -> None:
        """Take what the poller has found."""
        news = self.head is None or self.error is not None or _shown(head) != _shown(self.head)
        self.head, self.error = head, None
        self.fresh = fresh or self.fresh
        if news:
            self.tell()

    def fail(self, error: GalateaError) -> None:
        """Let those who wait know that it cannot go on."""
        self.error = error
        self.tell()

    def tell(self) -> None:
        """Wake all who wait."""
        self.turn.set()
        self.turn = asyncio.Event()

    def after(self, cursor: int) -> Sequence[EventRecord] | None:
        """The events after the cursor, as far as they are here; None where the ledger must be read."""
        if self.head is not None and cursor >= self.head.seq:
            return ()
        if self.fresh and self.fresh[0].seq <= cursor + 1 <= self.fresh[-1].seq:
            return self.fresh[cursor + 1 - self.fresh[0].seq :]
        return None


def _shown(head: JobHead) -> tuple[object, ...]:
    return head.seq, head.state, head.progress


class Feed:
    """All who watch jobs in this process.

    Args:
        ledger: Where events are.
        calls: How to ask it.
        shared: Whether clients are one of many tenants; see `job_view`.
        tick_s: Seconds between two looks, while anybody watches.
        patience_s: How long watchers wait through a failure of the ledger.
    """

    def __init__(
        self, ledger: Ledger, calls: Calls, *, shared: bool, tick_s: float = 0.1, patience_s: float = 30.0
    ) -> None:
        self._ledger = ledger
        self._calls = calls
        self._shared = shared
        self._tick_s = tick_s
        self._patience_s = patience_s
        self._topics: dict[str, _Topic] = {}
        self._poller: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def watcher_count(self) -> int:
        """How many watch now."""
        return sum(topic.watcher_count for topic in self._topics.values())

    async def watch(
        self, tenant: str, job_id: str, after: int, base_url: str
    ) -> AsyncGenerator[JobEvent, None]:
        """What happened to the job after event number `after`, and what happens from now on.

        Args:
            tenant: Who asks.
            job_id: Of which job.
            after: The number of the last event that he has; 0 for none.
            base_url: As `job_view` takes it.

        Returns:
            Kept events in order, without a gap; between them progress, when it has grown. Ends after
            `finished`; ends before it only where the service stops. Close it when nobody reads it any more.
            Raises LedgerError when the ledger is away for too long, and JobMissingError when the job was
            deleted meanwhile.

        Raises:
            JobMissingError: The tenant has no such job.
            LedgerError: The ledger cannot be read.
        """
        if not is_identifier(job_id):
            raise JobMissingError(f"there is no job {job_id[:40]!a}; see your jobs at /v1/jobs")
        await self._calls(self._ledger.jobs.get, tenant, job_id)
        return self._events(tenant, job_id, min(max(after, 0), LAST_SEQ), base_url)

    def close(self) -> None:
        """End every watch, and begin none any more: the process is about to stop."""
        self._closed = True
        for topic in self._topics.values():
            topic.tell()

    async def _events(
        self, tenant: str, job_id: str, cursor: int, base_url: str
    ) -> AsyncGenerator[JobEvent, None]:
        topic = self._join(job_id)
        last, progress = 0, 0.0
        try:
            while not self._closed:
                turn = topic.turn  # before any look: what changes from here on wakes us
                records = await self._after(topic, job_id, cursor)
                for record in records:
                    event = await self._event(tenant, job_id, record, base_url)
                    cursor = last = record.seq
                    yield event
                    if isinstance(event, JobFinished):
                        return
                if records:
                    continue
                head = topic.head
                if head is not None and cursor >= head.seq:
                    if head.state in ENDED:
                        return
                    if head.progress >= progress + _PROGRESS_STEP:
                        progress = head.progress
                        yield JobProgress(seq=max(head.seq, last), at=instant(head.at), progress=progress)
                        continue
                await turn.wait()
                if topic.error is not None:
                    raise topic.error
        finally:
            self._leave(job_id, topic)

    def _join(self, job_id: str) -> _Topic:
        topic = self._topics.setdefault(job_id, _Topic())
        topic.watcher_count += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="feed")
        return topic

    def _leave(self, job_id: str, topic: _Topic) -> None:
        topic.watcher_count -= 1
        if not topic.watcher_count:
            del self._topics[job_id]

    async def _after(self, topic: _Topic, job_id: str, cursor: int) -> Sequence[EventRecord]:
        here = topic.after(cursor)
        if here is not None:
            return here
        return await self._patiently(self._ledger.events.read, job_id, after=cursor, limit=_PAGE_COUNT)

    async def _event(self, tenant: str, job_id: str, record: EventRecord, base_url: str) -> JobEvent:
        if record.kind != "finished":
            return job_event(record, base_url)
        job = await self._patiently(self._ledger.jobs.get, tenant, job_id)
        view = job_view(job, base_url, shared=self._shared)
        return JobFinished(seq=record.seq, at=instant(record.at), state=job.state, job=view)

    async def _poll(self) -> None:
        """Look, until nobody watches."""
        while self._topics and not self._closed:
            try:
                await self._look()
            except GalateaError as error:
                for topic in self._topics.values():
                    topic.fail(error)
            await asyncio.sleep(self._tick_s)

    async def _look(self) -> None:
        """One query for all jobs; a second one where some of them have new events."""
        topics = dict(self._topics)
        heads = await self._patiently(self._ledger.events.heads, sorted(topics))
        moved = {
            job_id: topic.head.seq
            for job_id, topic in topics.items()
            if topic.head and job_id in heads and 0 < heads[job_id].seq - topic.head.seq <= _PAGE_COUNT
        }
        fresh = await self._patiently(self._ledger.events.read_many, moved) if moved else {}
        for job_id, topic in topics.items():
            if job_id in heads:
                topic.look(heads[job_id], fresh.get(job_id, ()))
            else:
                topic.fail(JobMissingError(f"the job {job_id} was deleted; see your jobs at /v1/jobs"))

    async def _patiently(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call it, again and again while the ledger does not answer.

        Raises:
            LedgerError: The patience is at an end, or the service stops.
            NotReadyError: The same, where too many ask.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._patience_s
        pause_s = self._tick_s
        while True:
            try:
                return await self._calls(function, *args, **kwargs)
            except (LedgerError, NotReadyError) as error:
                if self._closed or loop.time() + pause_s > give_up_at:
                    raise
                _log.warning("watchers wait: %s", error)
            await asyncio.sleep(pause_s)
            pause_s = min(2.0 * pause_s, _LONGEST_PAUSE_S)
