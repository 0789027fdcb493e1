"""The outbox: who is to be told of the end of which job, and how often that was tried.

A row is written in the transaction that ends the job, so that no end goes untold. Processes claim due rows by
lease; the lease of one that dies runs out, and another tells it again: at least once, under the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from serve.contracts.errors import JobMissingError
from serve.ledger.database import Database, utc_now
from serve.ledger.records import Delivery, DeliveryState
from serve.ledger.schema import webhook_deliveries as rows

__all__ = ["Outbox"]

# One address has so many deliveries under way at most, or a slow receiver would take every place.
_PER_URL_COUNT = 4
_COLUMNS = (
    rows.c.delivery_id,
    rows.c.tenant,
    rows.c.job_id,
    rows.c.url,
    rows.c.state,
    rows.c.attempt,
    rows.c.created_at,
    rows.c.last_error,
)


class Outbox:
    """Webhook deliveries in the ledger. Thread-safe; blocks.

    Args:
        database: Where the ledger lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, owner: str, lease_s: float, limit: int) -> list[Delivery]:
        """Take due deliveries, the longest due first; each counts as an attempt from now on.

        Args:
            owner: Who takes them.
            lease_s: Seconds after which another may, unless the attempt's end was told.
            limit: How many at most; of one URL four at once, in all processes together (a few more where
                several claim at the same moment). Who comes second may get none although more are due.

        Raises:
            LedgerError: The database cannot be reached or written.
        """
        # Looked for in a transaction that holds nobody up: with thousands due that takes a while.
        query = _candidates(limit)
        ids = self._database.read(lambda connection: connection.execute(query).scalars().all())
        if not ids:
            return []
        return self._database.write(lambda connection: _claim(connection, owner, lease_s, ids))

    def delivered(self, delivery_id: str, owner: str) -> None:
        """The receiver took it. Nothing happens where another owner holds it by now.

        Raises:
            LedgerError: The database cannot be reached or written.
        """
        self._settle(delivery_id, owner, state=DeliveryState.DELIVERED, ended_at=utc_now(), last_error=None)

    def failed(self, delivery_id: str, owner: str, error: str, next_delay_s: float | None) -> None:
        """The attempt failed. Nothing happens where another owner holds the delivery by now.

        Args:
            delivery_id: Of which.
            owner: Who tried.
            error: Why, for the list of dead letters.
            next_delay_s: Seconds until the next attempt; None gives up.

        Raises:
            LedgerError: The database cannot be reached or written.
        """
        if next_delay_s is None:
            self._settle(delivery_id, owner, state=DeliveryState.DEAD, ended_at=utc_now(), last_error=error)
        else:
            self._settle(delivery_id, owner, next_at=utc_now() + next_delay_s, last_error=error)

    def page(
        self, tenant: str, state: DeliveryState | None = None, *, limit: int = 100, before: str | None = None
    ) -> list[Delivery]:
        """A tenant's deliveries, the newest first.

        Args:
            tenant: Whose.
            state: Only those in it; None takes all.
            limit: How many at most.
            before: The id that the last page ended with.

        Raises:
            LedgerError: The database cannot be reached.
        """
        query = sa.select(*_COLUMNS).where(rows.c.tenant == tenant)
        if state is not None:
            query = query.where(rows.c.state == state)
        if before is not None:
            query = query.where(rows.c.delivery_id < before)
        query = query.order_by(rows.c.delivery_id.desc()).limit(limit)
        return self._database.read(lambda connection: [_delivery(row) for row in connection.execute(query)])

    def redeliver(self, tenant: str, delivery_id: str) -> Delivery:
        """Send an ended delivery again, now and with the whole schedule; one under way stays as it is.

        Raises:
            JobMissingError: This tenant has no such delivery; it goes with its job.
            LedgerError: The database cannot be reached or written.
        """
        mine = (rows.c.tenant == tenant, rows.c.delivery_id == delivery_id)
        again = (
            sa.update(rows)
            .where(*mine, rows.c.state != DeliveryState.PENDING)
            .values(state=DeliveryState.PENDING, attempt=0, next_at=utc_now(), ended_at=None)
        )

        def work(connection: Connection) -> Any:
            connection.execute(again)
            return connection.execute(sa.select(*_COLUMNS).where(*mine)).one_or_none()

        found = self._database.write(work)
        if found is None:
            raise JobMissingError(
                f"no webhook delivery {delivery_id!r}: take its id from the list of deliveries"
            )
        return _delivery(found)

    def _settle(self, delivery_id: str, owner: str, **values: Any) -> None:
        held = (
            rows.c.delivery_id == delivery_id,
            rows.c.owner == owner,
            rows.c.state == DeliveryState.PENDING,
        )
        change = sa.update(rows).where(*held).values(owner=None, lease_until=None, **values)
        self._database.write(lambda connection: connection.execute(change))


def _due() -> tuple[ColumnElement[bool], ...]:
    return (
        rows.c.state == DeliveryState.PENDING,
        rows.c.next_at <= utc_now(),
        sa.or_(rows.c.lease_until.is_(None), rows.c.lease_until <= utc_now()),
    )


def _candidates(limit: int) -> Select[str]:
    """Ids of due deliveries, the longest due first, with the limit for each URL."""
    held = (
        sa.select(rows.c.url, sa.func.count().label("held_count"))
        .where(rows.c.state == DeliveryState.PENDING, rows.c.lease_until > utc_now())
        .group_by(rows.c.url)
        .subquery()
    )
    place = sa.func.row_number().over(partition_by=rows.c.url, order_by=(rows.c.next_at, rows.c.delivery_id))
    due = (
        sa.select(rows.c.delivery_id, rows.c.next_at, rows.c.url, place.label("place"))
        .where(*_due())
        .subquery()
    )
    return (
        sa.select(due.c.delivery_id)
        .outerjoin_from(due, held, due.c.url == held.c.url)
        .where(due.c.place + sa.func.coalesce(held.c.held_count, 0) <= _PER_URL_COUNT)
        .order_by(due.c.next_at, due.c.delivery_id)
        .limit(limit)
    )


def _claim(connection: Connection, owner: str, lease_s: float, ids: Sequence[str]) -> list[Delivery]:
    # PostgreSQL judges the newest version of a row that it locks: who came second finds it no longer due.
    free = sa.select(rows.c.delivery_id).where(rows.c.delivery_id.in_(ids), *_due())
    locked = connection.execute(free.with_for_update(skip_locked=True)).scalars().all()
    take = (
        sa.update(rows)
        .where(rows.c.delivery_id.in_(locked))
        .values(owner=owner, lease_until=utc_now() + lease_s, attempt=rows.c.attempt + 1)
        .returning(*_COLUMNS, rows.c.next_at)
    )
    taken = sorted(connection.execute(take), key=lambda row: (row.next_at, row.delivery_id))
    return [_delivery(row) for row in taken]


def _delivery(row: Any) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        tenant=row.tenant,
        job_id=row.job_id,
        url=row.url,
        state=DeliveryState(row.state),
        attempt=row.attempt,
        created_at=row.created_at,
        last_error=row.last_error,
    )
