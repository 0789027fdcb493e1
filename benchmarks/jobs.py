"""`python -m benchmarks.jobs`: what a job over HTTP costs beside a noop, and whether memory stays flat."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import ExitStack
from pathlib import Path

from benchmarks.jobs_loads import cancels, latencies, small_jobs
from benchmarks.jobs_places import (
    Galatea,
    galatea_running,
    noop_running,
    postgresql_running,
)
from benchmarks.jobs_table import Measured, Sizes, table
from benchmarks.machine import machine

_CLIENT_COUNTS = (1, 16)
_DATABASES = ("sqlite", "postgresql")
_FULL = Sizes(requests=500, jobs=5_000, cancels=2_000)
_SMALL = Sizes(requests=100, jobs=200, cancels=100)


async def _measure(galatea: Galatea, noop_port: int, sizes: Sizes) -> Measured:
    of = [await latencies(galatea, noop_port, clients, sizes.requests) for clients in _CLIENT_COUNTS]
    jobs, jobs_watch = await small_jobs(galatea, sizes.jobs)
    stood, cancelled, cancels_watch = await cancels(galatea, sizes.cancels)
    files = sorted(galatea.settings.folder.glob("ledger.sqlite*"))
    return Measured(
        of,
        jobs,
        jobs_watch,
        stood,
        cancelled,
        cancels_watch,
        {path.name: path.stat().st_size for path in files},
    )


def _measure_over(database: str, sizes: Sizes) -> Measured:
    with ExitStack() as stack:
        url = None if database == "sqlite" else stack.enter_context(postgresql_running())
        noop_port = stack.enter_context(noop_running())
        galatea = stack.enter_context(galatea_running(url))
        return asyncio.run(_measure(galatea, noop_port, sizes))


def main() -> None:
    """Measure and write `benchmarks/jobs.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--small", action="store_true", help="a quick try: 200 jobs, 100 cancels")
    parser.add_argument("--databases", nargs="+", choices=_DATABASES, default=_DATABASES)
    options = parser.parse_args()
    where, sizes = machine(), _SMALL if options.small else _FULL
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    found = {names[database]: _measure_over(database, sizes) for database in options.databases}
    text = table(where, sizes, found)
    options.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
