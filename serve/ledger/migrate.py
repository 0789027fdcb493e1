"""Bring a database to this build's schema, or say why it cannot be used."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from serve.contracts.errors import LedgerError
from serve.ledger.database import Database

__all__ = ["check_schema", "migrate"]

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x67616C61  # any number: the one lock that all processes of the service take for it


def migrate(database: Database) -> None:
    """Bring the schema to this build's; several processes may do so at once, and one does it.

    Raises:
        LedgerError: The database cannot be written, or is newer than this build.
    """
    if database.is_sqlite:
        _make_folder(Path(database.engine.url.database or ""))
    _refuse_newer(database)

    def work(connection: Connection) -> None:
        if not database.is_sqlite:  # SQLite has one writer at a time anyway
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    database.write(work)


def check_schema(database: Database) -> None:
    """Return when the schema is this build's.

    Raises:
        LedgerError: It is older or newer, or there is none; the message says what to do.
    """
    _refuse_newer(database)
    revision = _revision(database)
    if revision != _script().get_current_head():
        raise LedgerError(
            f"the ledger at {_place(database)} has the schema {revision or 'of an empty database'}, older "
            f"than this build's {_script().get_current_head()}; `galatea run` migrates it when it starts"
        )


def _refuse_newer(database: Database) -> None:
    revision = _revision(database)
    known = {script.revision for script in _script().walk_revisions()}
    if revision is not None and revision not in known:
        raise LedgerError(
            f"the ledger at {_place(database)} has the schema {revision}, which this build does not know: a "
            "newer one made it; upgrade the program"
        )


def _revision(database: Database) -> str | None:
    return database.read(lambda connection: MigrationContext.configure(connection).get_current_revision())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


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
