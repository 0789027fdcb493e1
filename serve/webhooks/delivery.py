"""The loop that empties the outbox."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from ssl import SSLContext

from serve.contracts.errors import JobMissingError, LedgerError
from serve.ledger import Ledger
from serve.ledger.records import Delivery
from serve.settings import Settings
from serve.webhooks.addresses import Resolver, resolve
from serve.webhooks.payload import payload_of
from serve.webhooks.schedule import ATTEMPT_COUNT, retry_delay_s
from serve.webhooks.sending import Answer, Sender
from serve.webhooks.signing import Signer

__all__ = ["Webhooks"]

_log = logging.getLogger(__name__)

_LEASE_S = 60.0  # well over an attempt's time-out and the ledger's own wait
_TICK_COUNT = 8
_IN_FLIGHT_COUNT = 32
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class Webhooks:
    """Delivers what the outbox holds; any number of processes may, for each delivery is leased to one.

    A delivery is told at least once: a process that dies in an attempt, or whose ledger is away at its end,
    leaves it to be told again under the same id. Receivers drop ids that they know.

    Args:
        ledger: Holds the outbox and the jobs.
        settings: The secret, and whether private addresses are allowed. Without API keys this is a
            laptop's service, and they are.
        owner: Of the leases, unique to this process.
        resolver: Finds the addresses of a name.
        tls: Whom to trust; by default the usual authorities.

    Raises:
        InvalidRequestError: The secret is malformed.
    """

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        *,
        owner: str,
        resolver: Resolver = resolve,
        tls: SSLContext | None = None,
    ) -> None:
        private_addresses = settings.webhook_private_addresses or settings.api_keys is None
        self._ledger = ledger
        self._owner = owner
        self._signer = Signer(settings.webhook_secret) if settings.webhook_secret else None
        self._sender = Sender(resolver, private_addresses=private_addresses, tls=tls)
        self._in_flight: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled; attempts under way are then broken off, to be told again."""
        pause_s = _PAUSE_S
        try:
            while True:
                try:
                    if not await self._start_due():
                        await self._wait(_PAUSE_S)
                    pause_s = _PAUSE_S
                except LedgerError as error:
                    _log.warning("webhooks wait %.0f s for the ledger: %s", pause_s, error)
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        finally:
            await self._stop()

    async def deliver_due(self) -> int:
        """Claim up to 8 due deliveries, try each once, and return how many they were.

        Raises:
            LedgerError: The database cannot be reached or written.
        """
        claimed = await self._claim(_TICK_COUNT)
        async with asyncio.TaskGroup() as tries:
            for delivery in claimed:
                tries.create_task(self._deliver(delivery))
        return len(claimed)

    async def _start_due(self) -> int:
        """Start attempts of due deliveries in the free places, without waiting for their end."""
        free_count = min(_TICK_COUNT, _IN_FLIGHT_COUNT - len(self._in_flight))
        claimed = await self._claim(free_count) if free_count else []
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            self._in_flight.add(task)
            task.add_done_callback(self._in_flight.discard)
        return len(claimed)

    async def _wait(self, pause_s: float) -> None:
        """Wait, or until an attempt ends: its place is free, and its URL may have more."""
        pause = asyncio.create_task(asyncio.sleep(pause_s))
        try:
            await asyncio.wait({pause, *self._in_flight}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()

    async def _stop(self) -> None:
        for task in self._in_flight:
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)
        self._sender.close()

    async def _claim(self, limit: int) -> list[Delivery]:
        return await asyncio.to_thread(self._ledger.outbox.claim, self._owner, _LEASE_S, limit)

    async def _deliver(self, delivery: Delivery) -> None:
        """One attempt from its beginning to its row; an error of the ledger leaves it to the lease's end."""
        try:
            answer = await self._attempt(delivery)
            await asyncio.to_thread(self._settle, delivery, answer)
        except LedgerError as error:
            _log.warning("webhook %s is told again: %s", delivery.delivery_id, error)

    async def _attempt(self, delivery: Delivery) -> Answer:
        if delivery.attempt > ATTEMPT_COUNT:  # whatever ends the process each time must not do so for ever
            return Answer("every attempt was broken off by the end of its process", final=True)
        if self._signer is None:
            return Answer("GALATEA_WEBHOOK_SECRET is unset, and webhooks are signed: set it")
        try:
            job = await asyncio.to_thread(self._ledger.jobs.get, delivery.tenant, delivery.job_id)
        except JobMissingError:
            return Answer("the job was removed before its end was told", final=True)
        body = payload_of(job)
        headers = self._signer.headers(delivery.delivery_id, datetime.now(UTC), body)
        return await self._sender.post(delivery.url, headers, body)

    def _settle(self, delivery: Delivery, answer: Answer) -> None:
        if answer.error is None:
            self._ledger.outbox.delivered(delivery.delivery_id, self._owner)
            return
        asked = retry_delay_s(delivery.delivery_id, delivery.attempt, answer.wait_s)
        delay_s = None if answer.final else asked
        self._ledger.outbox.failed(delivery.delivery_id, self._owner, answer.error, delay_s)
        after = "it is dead" if delay_s is None else f"again in {delay_s:.0f} s"
        _log.warning(
            "webhook %s of job %s, attempt %d: %s; %s",
            delivery.delivery_id,
            delivery.job_id,
            delivery.attempt,
            answer.error,
            after,
        )
