"""A real PostgreSQL server of the test run's own: in a temporary folder, on a Unix socket, without fsync."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from serve.ledger.database import open_database
from serve.ledger.migrate import migrate

__all__ = ["HOW", "PostgresServer", "find_program"]

HOW = "apt-get install postgresql"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def find_program(name: str) -> str | None:
    """Path of a program of PostgreSQL, which Debian keeps off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(debian[0]) if debian else None)


class PostgresServer:
    """Started by the constructor, with a migrated template from which each test's database is copied."""

    def __init__(self) -> None:
        # It refuses to run as root. The folder's path is short: a socket's may have 107 bytes.
        self._user = {"user": "nobody"} if os.geteuid() == 0 else {}
        self._folder = Path(tempfile.mkdtemp(prefix="galatea-pg-"))
        if self._user:
            shutil.chown(self._folder, "nobody")
        self._count = count()
        self._run(
            "initdb", "-D", str(self._folder / "data"), "-U", "galatea", "-A", "trust", "-N", "-E", "UTF8"
        )
        self._process = self._start()
        self._admin = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        self._await()
        self.version: str = self._scalar("SHOW server_version")
        self._template()

    def new_url(self) -> str:
        """The URL of a fresh, migrated database."""
        name = f"test_{next(self._count)}"
        self._scalar(f"CREATE DATABASE {name} TEMPLATE template_galatea")
        return self._url(name).replace("+psycopg", "")

    def new_empty_url(self) -> str:
        """The URL of a fresh database without any table."""
        name = f"test_{next(self._count)}"
        self._scalar(f"CREATE DATABASE {name}")
        return self._url(name).replace("+psycopg", "")

    def drop(self, url: str) -> None:
        """Remove the database of the URL, whoever is connected."""
        self._scalar(f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server, at once and whoever is connected; `start` brings it back with its databases."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=60)

    def start(self) -> None:
        """Start it again."""
        self._process = self._start()
        self._await()

    def remove(self) -> None:
        """Stop the server, at once since nothing of it is kept, and remove its folder."""
        self._admin.dispose()
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=60)
        shutil.rmtree(self._folder)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://galatea@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(find_program(program)), *arguments], check=True, capture_output=True, **self._user
        )

    def _start(self) -> subprocess.Popen[bytes]:
        options = [f"-c{name}={value}" for name, value in _FAST.items()]
        place = ["-D", str(self._folder / "data"), "-k", str(self._folder), "-h", ""]
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                [str(find_program("postgres")), *place, *options], stdout=log, stderr=log, **self._user
            )

    def _await(self) -> None:
        """Wait until it takes connections."""
        for _ in range(600):
            try:
                self._scalar("SELECT 1")
                return
            except sa.exc.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                time.sleep(0.05)
        raise AssertionError("PostgreSQL did not start: " + (self._folder / "log").read_text())

    def _template(self) -> None:
        self._scalar("CREATE DATABASE template_galatea")
        database = open_database(self._url("template_galatea"))
        migrate(database)
        database.close()

    def _scalar(self, statement: str) -> str:
        with self._admin.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return str(result.scalar_one()) if result.returns_rows else ""
