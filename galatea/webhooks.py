"""`galatea webhooks`: what could not be delivered, read from the ledger of this environment's settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from serve.ledger import Ledger, check_schema, open_ledger
from serve.ledger.records import DeliveryState
from serve.settings import read_settings

__all__ = ["list_dead", "send_again"]


def list_dead(tenant: str) -> None:
    """Print the newest dead letters of a tenant."""
    with _ledger() as ledger:
        dead = ledger.outbox.page(tenant, DeliveryState.DEAD)
    for delivery in dead:
        print(f"{delivery.delivery_id}  job {delivery.job_id}  {delivery.url}")
        print(f"    {delivery.attempt} attempts; {delivery.last_error}")
    if not dead:
        print(f"every webhook of tenant {tenant} was delivered, or is on its way")


def send_again(tenant: str, delivery_id: str) -> None:
    """Put a delivery back on its way.

    Raises:
        JobMissingError: The tenant has none of that id.
    """
    with _ledger() as ledger:
        delivery = ledger.outbox.redeliver(tenant, delivery_id)
    print(f"{delivery.delivery_id} is {delivery.state.value}; a running service sends it")


@contextmanager
def _ledger() -> Iterator[Ledger]:
    ledger = open_ledger(read_settings().database)
    try:
        check_schema(ledger.database)
        yield ledger
    finally:
        ledger.close()
