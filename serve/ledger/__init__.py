"""The ledger: jobs, stage runs, who waits for what, events, idempotency keys and grants, in one database.

Every change is one short transaction. A worker's writes carry the fence of its claim and are refused once
somebody else has claimed the work. Times are the database's, so that the hosts' clocks do not matter.

The order of locks, the same everywhere, so that two transactions never wait for each other:

1. the row of an idempotency key, then that of a tenant's fair share;
2. rows of `jobs`, in the order of their ids;
3. rows of `stage_runs`, in the order of their keys;
4. grants, in the order of their digests; all else belongs to a row that is locked already: the events to
   their job, the interest to its run.

Interest is read and changed under the lock of its run alone: "does anybody want this run?" and "I want it"
cannot pass each other by. A transaction that finds that it needs a job after it has locked a run
(`Runs.finish`, when a job began to wait in between) ends and begins again. On SQLite there is one writer at
a time, and none of this is needed. PostgreSQL runs at READ COMMITTED: a row is read again after the wait for
its lock, and whatever was decided by an earlier read is decided anew.
"""

from serve.ledger.database import Database, open_database
from serve.ledger.ledger import Ledger, open_ledger
from serve.ledger.migrate import check_schema, migrate
from serve.ledger.records import (
    Acquired,
    ClaimedJob,
    Delivery,
    DeliveryState,
    EventRecord,
    Found,
    Held,
    JobFilter,
    JobRecord,
    NewJob,
    Queue,
    QueueLimits,
    Reaped,
    RunView,
    Submitted,
    Waiting,
)

__all__ = [
    "Acquired",
    "ClaimedJob",
    "Database",
    "Delivery",
    "DeliveryState",
    "EventRecord",
    "Found",
    "Held",
    "JobFilter",
    "JobRecord",
    "Ledger",
    "NewJob",
    "Queue",
    "QueueLimits",
    "Reaped",
    "RunView",
    "Submitted",
    "Waiting",
    "check_schema",
    "migrate",
    "open_database",
    "open_ledger",
]
