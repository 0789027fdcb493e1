"""Transactions on SQLite or PostgreSQL: short functions that run whole or not at all.

SQLite: WAL, and every writing transaction begins with `BEGIN IMMEDIATE`, since one that first reads and then
writes can meet a lock that no waiting resolves (https://sqlite.org/lang_transaction.html). PostgreSQL: READ
COMMITTED; a deadlock or a serialization failure is tried again.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.functions import FunctionElement

from serve.contracts.errors import InvalidRequestError, LedgerError

__all__ = ["Database", "open_database", "utc_now"]

_T = TypeVar("_T")
_BUSY_TIMEOUT_S = 30
_WAL_PAUSE_S = 0.01
_TRY_COUNT = 5
_TRY_AGAIN = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock
# Of libpq: a host that fell off the network is noticed in about 15 s, and not after TCP's two hours.
_NOTICE_A_DEAD_HOST = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
_ON_COMMIT = "galatea_on_commit"
_WRITES = "galatea_writes"  # execution option: how, if at all, a transaction writes


class utc_now(FunctionElement[float]):
    """Seconds since 1970 by the database's clock, of this instant and not of the transaction's begin."""

    type = sa.Double()
    inherit_cache = True


@compiles(utc_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **_: Any) -> str:
    del element, compiler
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(utc_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **_: Any) -> str:
    del element, compiler
    return "extract(epoch from clock_timestamp())::double precision"


class Database:
    """Where the ledger lies. Thread-safe; blocks, so that async code calls it in a thread.

    Args:
        engine: A SQLAlchemy engine, made by `open_database`.

    Attributes:
        engine: The same.
        is_sqlite: Whether it is SQLite, and so on this host alone.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLite's own wait for a lock sleeps and retries; threads of one process queue here instead.
        self._writer = threading.Lock()
        self._closed = False
        event.listen(engine, "checkin", self._came_back)

    def read(self, work: Callable[[Connection], _T]) -> _T:
        """Run a function in a transaction that writes nothing.

        Raises:
            LedgerError: The database cannot be reached.
        """
        with self._failures("read"), self.engine.connect() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], _T], *, durable: bool = True) -> _T:
        """Run a function in a transaction; it may run again, so it must have no effect but on the database.

        Args:
            work: The function.
            durable: False for what says only who does what just now. On SQLite a power cut may take it back,
                and everything later with it up to the next durable write; whoever it was about is then dead
                too. The death of a process takes nothing back. PostgreSQL may lose its host alone: it
                makes every write durable.

        Raises:
            LedgerError: The database cannot be reached or written; nothing was.
        """
        with self._failures("write"):
            for _ in range(_TRY_COUNT - 1):
                try:
                    return self._write_once(work, durable)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                        raise
            return self._write_once(work, durable)

    def _write_once(self, work: Callable[[Connection], _T], durable: bool) -> _T:
        how = "FULL" if durable else "NORMAL"
        with (
            self._alone(),
            self.engine.connect().execution_options(**{_WRITES: how}) as connection,
            connection.begin(),
        ):
            told: list[Callable[[], None]] = []
            connection.info[_ON_COMMIT] = told
            result = work(connection)
        for tell in told:
            tell()
        return result

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=_BUSY_TIMEOUT_S):
            raise LedgerError(
                f"cannot write the ledger: the writes before took {_BUSY_TIMEOUT_S} s; look at the disk, and "
                "for another program that has the file open, then try again"
            )
        try:
            yield
        finally:
            self._writer.release()

    @staticmethod
    def on_commit(connection: Connection, tell: Callable[[], None]) -> None:
        """Call a function once the transaction that now writes is committed, and not where it is undone."""
        connection.info[_ON_COMMIT].append(tell)

    def ping(self) -> float:
        """Ask the database for its time; returns how many seconds the answer took.

        Raises:
            LedgerError: It does not answer.
        """
        begun = time.perf_counter()
        self.read(lambda connection: connection.execute(sa.select(utc_now())).scalar_one())
        return time.perf_counter() - begun

    def close(self) -> None:
        """Close every connection; one that a call in another thread still uses is closed when that ends."""
        self._closed = True
        self.engine.dispose()

    def _came_back(self, connection: object, record: ConnectionPoolEntry) -> None:
        del connection
        if self._closed:
            record.invalidate()

    @contextmanager
    def _failures(self, verb: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            place = self.engine.url.render_as_string(hide_password=True)
            reason = str(cause).strip() or type(cause).__name__
            raise LedgerError(
                f"cannot {verb} the ledger at {place}: {reason}; check that the database runs, "
                "that this process may write to it and that it has room, then try again"
            ) from error


def open_database(url: str) -> Database:
    """Open the database of a URL; it is not reached before it is used.

    Args:
        url: `sqlite:////absolute/path.sqlite` or `postgresql://user:password@host:5432/name`.

    Raises:
        InvalidRequestError: The URL names no database that can serve.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise InvalidRequestError(_bad_url(url), "GALATEA_DATABASE_URL") from None
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return Database(_sqlite_engine(parsed))
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return Database(_postgresql_engine(parsed.set(drivername="postgresql+psycopg")))
    raise InvalidRequestError(_bad_url(url), "GALATEA_DATABASE_URL")


def _bad_url(url: str) -> str:
    shown = url.partition("@")[2] or url  # never the password
    return (
        f"GALATEA_DATABASE_URL: {shown!r} is no database for the ledger; use "
        "sqlite:////absolute/path.sqlite or postgresql://user:password@host:5432/name"
    )


def _sqlite_engine(url: sa.URL) -> Engine:
    engine = sa.create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": _BUSY_TIMEOUT_S},
        pool_size=8,
        max_overflow=24,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the `begin` below is ours
        _enter_wal(connection)
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        how = connection.get_execution_options().get(_WRITES)
        if how is not None:
            # FULL waits for the disk, NORMAL leaves that to the next who does
            # (https://sqlite.org/pragma.html#pragma_synchronous).
            connection.exec_driver_sql(f"PRAGMA synchronous = {how}")
        connection.exec_driver_sql("BEGIN" if how is None else "BEGIN IMMEDIATE")

    return engine


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL; SQLite's time-out does not hold for this when another process switches too."""
    for _ in range(int(_BUSY_TIMEOUT_S / _WAL_PAUSE_S)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_WAL_PAUSE_S)
    connection.execute("PRAGMA journal_mode = WAL")


def _postgresql_engine(url: sa.URL) -> Engine:
    return sa.create_engine(
        url,
        pool_size=8,
        max_overflow=24,
        pool_pre_ping=True,  # a restarted server's old connections are dropped, not handed out
        pool_timeout=_BUSY_TIMEOUT_S,
        connect_args={"connect_timeout": 5, "application_name": "galatea", **_NOTICE_A_DEAD_HOST},
    )
