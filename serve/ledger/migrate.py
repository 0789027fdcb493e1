"""Bring a database to this build's schema, or say why it cannot be used.

A database that is at the head already, as almost always, costs one query: Alembic is imported only to change
one, or to say what is wrong with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.errors import LedgerError
from serve.ledger.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD", "check_schema", "migrate"]

HEAD = "0002"
"""The newest migration of this build."""
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x67616C61  # any number: the one lock that all processes of the service take for it
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


def migrate(database: Database) -> None:
    """Bring the schema to this build's; several processes may do so at once, and one does it.

    Raises:
        LedgerError: The database cannot be written, or is newer than this build.
    """
    if database.is_sqlite:
        _make_folder(Path(database.engine.url.database or ""))
    revision = _revision(database)
    if revision != HEAD:
        _refuse_newer(database, revision)
        database.write(lambda connection: _upgrade(connection, is_sqlite=database.is_sqlite))


def _upgrade(connection: Connection, *, is_sqlite: bool) -> None:
    from alembic import command

    if not is_sqlite:  # SQLite has one writer at a time anyway
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check_schema(database: Database) -> None:
    """Return when the schema is this build's.

    Raises:
        LedgerError: It is older or newer, or there is none; the message says what to do.
    """
    revision = _revision(database)
    if revision != HEAD:
        _refuse_newer(database, revision)
        raise LedgerError(
            f"the ledger at {_place(database)} has the schema {revision or 'of an empty database'}, older "
            f"than this build's {HEAD}; `galatea migrate` brings it up, and so does `galatea run`"
        )


def _refuse_newer(database: Database, revision: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise LedgerError(
            f"the ledger at {_place(database)} has the schema {revision}, which this build does not know: a "
            "newer one made it; upgrade the program"
        )


def _revision(database: Database) -> str | None:
    """As Alembic keeps it; None where nothing was ever migrated."""

    def work(connection: Connection) -> str | None:
        if not sa.inspect(connection).has_table(_VERSION.name):
            return None
        return connection.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none()

    return database.read(work)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"cannot make the folder {file.parent} for the ledger: {error.strerror}; set GALATEA_DATA_DIR to "
            "a folder that this process may write"
        ) from error


def _place(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=True)
