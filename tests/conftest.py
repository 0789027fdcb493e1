"""Factories that more than one test file needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from deployments.host import StageHost
from deployments.local import Local, local_over
from deployments.ownership import owned_by
from galatea_client import AsyncGalatea, Galatea
from serve.artifacts import ArtifactStore, open_store
from serve.contracts.requests import TextTo3dRequest, parse_request
from serve.edges.http_edge import Service, create_app
from serve.engines.fake import EngineFake
from serve.engines.onnx import EngineOnnx
from serve.engines.protocol import Engine
from serve.ledger import Database, Ledger, migrate, open_database
from serve.settings import Settings
from tests.browser import browsing, pages_of, require_chromium
from tests.charts import require_helm
from tests.client_ways import KINDS, WIRES, clients
from tests.command_line import command_line
from tests.http_service import HttpService
from tests.parts import parts_of, require, shortfalls, version_of
from tests.postgres import HOW, PostgresServer, find_program
from tests.served import Served, serving
from tests.triton import RealTriton, real_environment

# No deadline: a busy machine is no failure. Derandomised: the same run everywhere.
settings.register_profile("galatea", deadline=None, derandomize=True)
settings.load_profile("galatea")


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[], ArtifactStore]:
    """Each call opens an empty store of its own."""
    count = iter(range(1000))
    return lambda: open_store(str(tmp_path / f"store-{next(count)}"))


@pytest.fixture
def make_host(make_store: Callable[[], ArtifactStore]) -> Iterator[Callable[..., StageHost]]:
    """Each call makes a place for stages; `fake` gives it an EngineFake, `threads` goes to the real one."""
    made: list[StageHost] = []

    def make(
        *,
        fake: bool = False,
        threads: int = 1,
        store: ArtifactStore | None = None,
        engine: Engine | None = None,
        **options: Any,
    ) -> StageHost:
        engine = engine or (EngineFake() if fake else EngineOnnx(thread_count=threads))
        made.append(StageHost(engine, store or make_store(), **options))
        return made[-1]

    yield make
    for host in made:
        host.close()


@pytest.fixture
async def make_local(
    make_host: Callable[..., StageHost], sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Local]]]:
    """Each call opens a place for whole jobs; options are those of `make_host`, or a host and a ledger."""
    count = iter(range(1000))
    async with AsyncExitStack() as opened:

        async def make(
            *, ledger: Ledger | None = None, host: StageHost | None = None, **options: Any
        ) -> Local:
            index = next(count)
            if ledger is None:
                file = shutil.copy(sqlite_template, tmp_path / f"local-{index}.sqlite")
                ledger = Ledger(open_database(f"sqlite:///{file}"))
                opened.callback(ledger.close)
            host = host or make_host(owned=owned_by(ledger), **options)
            return await opened.enter_async_context(local_over(ledger, host, owner=f"test-{index}"))

        yield make


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A chromium for all tests of a file."""
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    """A service with real stages for all tests of a file; a test may kill it, and must start it again."""
    with serving() as served:
        yield served


@pytest.fixture
def open_page(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Opens pages of the studio: where, and with which options of the browser's context."""
    require_chromium()
    browser = request.getfixturevalue("browser")
    require_chromium(browser)
    with pages_of(browser) as open_:

        def at(path: str = "/", *, url: str | None = None, **options: Any) -> Any:
            return open_((url or request.getfixturevalue("service").url) + path, **options)

        yield at


@pytest.fixture
def galatea(tmp_path: Path) -> Callable[..., Any]:
    """Run the command line in a folder of its own; see `tests.command_line`."""
    return command_line(tmp_path)


@pytest.fixture
def make_request() -> Callable[..., TextTo3dRequest]:
    """A cheap request: a lamp at draft quality with few faces; fields override."""

    def make(**fields: Any) -> TextTo3dRequest:
        given = {
            "prompt": "a tall red lamp with a blue stand",
            "quality": "draft",
            "poly_count": 2000,
            "seed": 1,
        }
        return parse_request(TextTo3dRequest, given | fields)

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a report carry the part its test used, from a worker to the summary."""
    report = yield
    if report.when == "call" and report.passed:
        report.user_properties.extend(("part", part) for part in parts_of(item.nodeid))
        report.user_properties.extend((part, version_of(part)) for part in parts_of(item.nodeid))
    return report


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Lets a test say a sentence at the end of the run, such as a number that it measured by the way."""
    return partial(record_property, "told")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests passed with each real part, and what tests have to say."""
    passed = terminalreporter.stats.get("passed", [])
    for report in passed:
        for name, value in report.user_properties:
            if name == "told":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")
    parts = [value for report in passed for name, value in report.user_properties if name == "part"]
    told = {name: value for report in passed for name, value in report.user_properties if value}
    counts, below = shortfalls(parts)
    for part, count in sorted(counts.items()):
        name = f"{part} {told[part]}" if part in told else part
        terminalreporter.write_line(f"real part {name}: {count} tests passed")
    if below and os.environ.get("GALATEA_TEST_REQUIRE") == "all" and whole_run(terminalreporter.config):
        for sentence in below:
            terminalreporter.write_line(f"real part {sentence}", red=True)
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED


def whole_run(config: pytest.Config) -> bool:
    """Whether all tests were asked for, and not a file or a name of them."""
    return config.args == config.getini("testpaths") and not config.option.keyword


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database `make_database` and `make_ledger` use; a test may parametrise it itself to have one."""
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that tests copy."""
    file = tmp_path_factory.mktemp("ledger") / "template.sqlite"
    database = open_database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the whole run of this process."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def triton_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTriton]:
    """One Triton server for the whole run of this process; only `triton` is to ask for it."""
    server = RealTriton(tmp_path_factory.mktemp("triton") / "log")
    server.begin()
    yield server
    server.end()


@pytest.fixture
def triton(request: pytest.FixtureRequest) -> RealTriton:
    """The run's Triton server, which a test must leave with all its models."""
    real_environment()
    server: RealTriton = request.getfixturevalue("triton_server")
    return server


@pytest.fixture
def helm() -> None:
    """Helm is here, for `tests.charts`."""
    require_helm()


@pytest.fixture
def make_database_url(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Each call makes a migrated database of its own and gives its URL, for several processes."""
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        count = iter(range(1000))
        yield lambda: f"sqlite:///{shutil.copy(template, tmp_path / f'ledger-{next(count)}.sqlite')}"
        return
    require("postgresql", find_program("initdb") is not None, HOW)
    server: PostgresServer = request.getfixturevalue("postgres")
    made: list[str] = []

    def make() -> str:
        made.append(server.new_url())
        return made[-1]

    yield make
    for url in made:
        server.drop(url)


@pytest.fixture
def make_database(make_database_url: Callable[[], str]) -> Iterator[Callable[..., Database]]:
    """Each call opens a migrated database of its own, or the one of the URL."""
    made: list[Database] = []

    def make(url: str | None = None) -> Database:
        made.append(open_database(url or make_database_url()))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def make_ledger(make_database: Callable[..., Database]) -> Callable[..., Ledger]:
    """Each call opens a ledger of its own, or that in the database of the URL."""
    return lambda url=None: Ledger(make_database(url))


@pytest.fixture
def make_http(
    make_ledger: Callable[..., Ledger], make_store: Callable[[], ArtifactStore], tmp_path: Path
) -> Iterator[Callable[..., HttpService]]:
    """Each call makes an HTTP application over a ledger and a store of its own, with these settings."""
    made: list[HttpService] = []

    def make(checks: Mapping[str, str | None] | None = None, **given: Any) -> HttpService:
        async def parts() -> Mapping[str, str | None]:
            return checks or {"ledger": None, "store": None}

        nudges: list[None] = []
        service = Service(
            settings=Settings(data_dir=tmp_path, **given),
            ledger=make_ledger(),
            store=make_store(),
            models=lambda: {"parts_flow": "a" * 64},
            checks=parts,
            nudge=lambda: nudges.append(None),
        )
        made.append(HttpService(service, nudges, create_app(service)))
        return made[-1]

    yield make
    for http in made:
        http.app.state.backstage.close()


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    """Name of a wire of the service: `http`, then `grpc`."""
    return str(request.param)


@pytest.fixture(params=KINDS)
async def make_client(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., Galatea | AsyncGalatea]]:
    """Each call makes a Python client of this kind, for threads or for an event loop."""
    async for make in clients(request.param):
        yield make
