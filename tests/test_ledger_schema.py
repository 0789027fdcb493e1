"""The ledger's schema and its failures: migrations, old and new databases, a database that is gone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from serve.contracts.errors import LedgerError
from serve.contracts.jobs import problem_of
from serve.ledger import Database, Ledger, check_schema, migrate, open_database
from serve.ledger.migrate import HEAD
from serve.ledger.schema import METADATA
from tests.ledger_samples import acquire, at_once, new_job, running
from tests.parts import require
from tests.postgres import HOW, PostgresServer, find_program

ROOT = Path(__file__).resolve().parents[1]
MakeDatabase = Callable[..., Database]
MakeLedger = Callable[..., Ledger]


@pytest.fixture
def make_empty_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Callable[[], str]:
    """Each call gives the URL of a database without a table."""
    if database_kind == "postgresql":
        require("postgresql", find_program("initdb") is not None, HOW)
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_empty_url
    count = iter(range(1000))
    return lambda: f"sqlite:///{tmp_path / 'made' / f'{next(count)}.sqlite'}"


def test_the_migrations_make_the_schema_that_the_code_uses(make_database: MakeDatabase):
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, METADATA)

    assert make_database().read(differences) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_was_promised_waits_for_the_disk_and_who_does_what_does_not(make_ledger: MakeLedger):
    ledger = make_ledger()
    seen: list[str] = []
    sa.event.listen(
        ledger.database.engine,
        "before_cursor_execute",
        lambda c, cursor, sql, p, context, many: seen.append(sql),
    )

    def is_durable() -> bool:
        [how] = {sql.rpartition(" ")[2] for sql in seen if "synchronous" in sql}
        seen.clear()
        return how == "FULL"

    job = running(ledger)  # submitted and claimed
    assert is_durable()
    fence = acquire(ledger, job, "k").fence
    ledger.leases.renew(job.job_id, 30.0, job_ids=[job.job_id], run_keys=["k"])
    assert not is_durable()
    ledger.runs.fail("k", fence, problem_of(LedgerError("no room")))
    ledger.jobs.cancel(job.tenant, job.job_id)
    assert is_durable()


@pytest.mark.parametrize("database_kind", ["sqlite"])  # PostgreSQL's plans depend on the rows
def test_partial_indices_are_used(make_ledger: MakeLedger):
    ledger = make_ledger()
    seen: list[str] = []
    engine = ledger.database.engine
    sa.event.listen(
        engine, "before_cursor_execute", lambda c, cursor, sql, p, context, many: seen.append(sql)
    )
    ledger.jobs.claim("o", 30.0, 1)
    ledger.leases.owners()
    ledger.leases.reap(backoff=float, promote_after_s=1.0)
    by_index = {
        "ORDER BY jobs.rank": "ix_jobs_queue",
        "UNION": "ix_jobs_leases",
        "jobs.deadline_at <=": "ix_jobs_deadlines",
    }
    for part, index in by_index.items():
        [sql] = [sql for sql in seen if part in sql]
        plan = ledger.database.read(
            lambda c, sql=sql: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1.0,) * sql.count("?")).all()
        )
        assert index in str(plan), plan


def test_four_processes_migrate_one_empty_database(
    make_empty_url: Callable[[], str], make_database: MakeDatabase
):
    url = make_empty_url()
    assert at_once(migrate_there, [(url,)] * 4) == ["well"] * 4
    check_schema(make_database(url))


def migrate_there(url: str) -> str:
    database = open_database(url)
    migrate(database)
    check_schema(database)
    database.close()
    return "well"


def test_the_head_is_that_of_the_migrations():
    folder = ROOT / "serve/ledger/migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_database_at_the_head_is_opened_without_alembic(make_database_url: Callable[[], str]):
    code = (
        "import sys; from serve.ledger import check_schema, migrate, open_database; "
        f"database = open_database({make_database_url()!r}); migrate(database); check_schema(database); "
        "sys.exit(any(name.partition('.')[0] == 'alembic' for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_an_empty_an_older_and_a_newer_schema_are_told_apart(
    make_empty_url: Callable[[], str], make_database: MakeDatabase
):
    database = make_database(make_empty_url())
    if database.is_sqlite:
        with pytest.raises(LedgerError, match="unable to open"):
            check_schema(database)
        Path(str(database.engine.url.database)).parent.mkdir()
    with pytest.raises(LedgerError, match=r"empty database, older than .* `galatea migrate` brings it up"):
        check_schema(database)
    migrate(database)
    check_schema(database)
    migrate(database)
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    database.write(lambda connection: connection.execute(newer))
    for use in (check_schema, migrate):
        with pytest.raises(LedgerError, match=r"9999.*upgrade the program"):
            use(database)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, make_database: MakeDatabase):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerError, match=re.escape(f"cannot make the folder {tmp_path}/file/data")):
        migrate(make_database(f"sqlite:///{tmp_path}/file/data/ledger.sqlite"))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_vanished_file_is_a_ledger_error(
    tmp_path: Path, make_database: MakeDatabase, make_ledger: MakeLedger
):
    url = f"sqlite:///{tmp_path}/data/ledger.sqlite"
    migrate(make_database(url))
    ledger = make_ledger(url)
    shutil.rmtree(tmp_path / "data")
    every_call_is_a_ledger_error(ledger)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_stopped_server_is_a_ledger_error_and_its_password_stays_hidden(make_ledger: MakeLedger):
    own = PostgresServer()
    ledger = make_ledger(own.new_url().replace("galatea@", "galatea:very-secret@"))
    job = running(ledger)
    acquire(ledger, job)
    own.remove()
    every_call_is_a_ledger_error(ledger)


def every_call_is_a_ledger_error(ledger: Ledger) -> None:
    calls: list[Callable[[], object]] = [
        lambda: ledger.jobs.submit(new_job()),
        lambda: ledger.jobs.get("acme", "x"),
        lambda: ledger.jobs.claim("o", 30.0, 1),
        lambda: ledger.runs.owned([("k", 1)]),
        lambda: ledger.events.read("x"),
        lambda: ledger.leases.reap(backoff=float, promote_after_s=1.0),
        ledger.database.ping,
        lambda: check_schema(ledger.database),
    ]
    for call in calls:
        with pytest.raises(LedgerError, match="check that the database runs") as caught:
            call()
        assert "very-secret" not in str(caught.value)


def test_a_connection_that_a_thread_still_uses_is_closed_when_it_comes_back(make_database: MakeDatabase):
    database = make_database()
    migrate(database)
    kept = []

    def work(connection: sa.Connection) -> None:
        kept.append(connection.connection.dbapi_connection)
        database.close()  # as a service does that stops in the middle of a call
        connection.execute(sa.text("SELECT 1"))

    database.read(work)
    with pytest.raises(Exception, match="closed"):
        kept[0].cursor().execute("SELECT 1")
