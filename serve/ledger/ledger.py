"""The ledger: what it can do, by subject."""

from __future__ import annotations

from serve.ledger.collection import Collection
from serve.ledger.database import Database, open_database
from serve.ledger.events import Events
from serve.ledger.grants import Grants
from serve.ledger.jobs import Jobs
from serve.ledger.leases import Leases
from serve.ledger.outbox import Outbox
from serve.ledger.queue import QueueView
from serve.ledger.runs import Runs

__all__ = ["Ledger", "open_ledger"]


class Ledger:
    """Jobs, runs and all that is known of them. Thread-safe; blocks; several processes may use one database.

    Args:
        database: Where it lies; migrated (`serve.ledger.migrate`).
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs = Jobs(database)
        self.runs = Runs(database)
        self.leases = Leases(database)
        self.events = Events(database)
        self.grants = Grants(database)
        self.queue = QueueView(database)
        self.outbox = Outbox(database)
        self.collection = Collection(database)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def open_ledger(url: str) -> Ledger:
    """The ledger in a database, which is not reached before it is used.

    Args:
        url: As `open_database` takes it.

    Raises:
        InvalidRequestError: The URL names no database that can serve.
    """
    return Ledger(open_database(url))
