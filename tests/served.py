"""A real `galatea run` with a data folder of its own: started, asked, watched, killed, and started again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from deployments.child import environment
from deployments.layout import layout_of
from serve.contracts.jobs import ENDED
from serve.contracts.quality import Quality
from serve.contracts.requests import TextTo3dRequest
from serve.ledger import Ledger, open_ledger
from serve.ledger.schema import stage_runs
from serve.planning import plan_text_to_3d
from serve.settings import Settings
from tests.log_rows import Row, Tail
from tests.parts import require
from tests.postgres import HOW, find_program

__all__ = [
    "BEGAN",
    "CALLED",
    "DONE",
    "FAILED",
    "TEXT_TO_3D_CALLS",
    "TEXT_TO_3D_RUNS",
    "TEXT_TO_3D_STAGES",
    "Served",
    "calls_of",
    "free_port",
    "insist",
    "kill_all",
    "new_settings",
    "processes_of",
    "ran_again",
    "remove_folder",
    "services_by_database",
    "serving",
    "several",
    "until",
]

BEGAN, DONE, FAILED = "stage began", "stage done", "stage failed"
CALLED = "engine call"  # at the level `debug`


def calls_of(quality: Quality) -> dict[str, str]:
    """Calls of a text-to-3d job of this quality, and which stage each runs."""
    plan = plan_text_to_3d(TextTo3dRequest(prompt="a lamp", quality=quality))
    return {call.name: call.stage for call in plan.calls}


TEXT_TO_3D_CALLS = calls_of(Quality.DRAFT)
TEXT_TO_3D_RUNS = Counter(TEXT_TO_3D_CALLS.values())
"""Stage -> how often such a job runs it."""
TEXT_TO_3D_STAGES = tuple(TEXT_TO_3D_RUNS)
_PATIENCE_S = 120


class Served:
    """A `galatea run`; `settings` say where. The constructor starts it.

    Args:
        settings: Of the service.
        arguments: Of the command; by default it runs without Ray.
        tree: Where its code lies; here by default.

    Attributes:
        log: What all its processes say, those before a restart too.
        process: The supervisor.
    """

    def __init__(
        self, settings: Settings, arguments: Sequence[str] = ("--inprocess",), tree: Path | None = None
    ) -> None:
        self.settings = settings
        self._command = [sys.executable, "-m", "galatea", "run", *arguments]
        self._tree = tree
        self.log = settings.data_dir / "log"
        self.url = f"http://127.0.0.1:{settings.http_port}"
        self.client = httpx.Client(base_url=self.url, timeout=60)
        self.start()

    def start(self) -> None:
        """Start it, once more after a kill."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._tree,
                env=environment(self.settings) | ({"PYTHONPATH": str(self._tree)} if self._tree else {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until_ready(self) -> None:
        assert until(self.is_ready), self.log.read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    # Jobs

    def submit(self, **fields: Any) -> str:
        return self._post(
            "/v1/text-to-3d", {"prompt": "a tall red lamp", "quality": "draft", "seed": 1} | fields
        )

    def submit_film(self, **fields: Any) -> str:
        return self._post("/v1/3d-to-video", fields)

    def _post(self, path: str, body: dict[str, Any]) -> str:
        key = {"Idempotency-Key": str(uuid4())}  # an answer that a kill has swallowed is asked for again
        return str(insist(lambda: self.client.post(path, json=body, headers=key))["job_id"])

    def view(self, job_id: str) -> dict[str, Any]:
        return insist(lambda: self.client.get(f"/v1/jobs/{job_id}"))

    def wait(self, job_id: str) -> dict[str, Any]:
        """The job once it has ended, through every restart of the service."""
        view: dict[str, Any] = {}

        def ended() -> bool:
            view.update(self.view(job_id))
            return view["status"] in ENDED

        assert until(ended), self.log.read_text()
        return view

    def download(self, view: dict[str, Any]) -> bytes:
        """The main asset of a completed job, whose bytes must be those that its address names."""
        data = self.client.get(view["download_url"]).raise_for_status().content
        assert hashlib.sha256(data).hexdigest() == view["download_url"].rpartition("/")[2]
        return data

    # What is seen from outside

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        ledger = open_ledger(self.settings.database)
        try:
            yield ledger
        finally:
            ledger.close()

    def done_runs(self) -> dict[str, int]:
        """Keys that are done in the ledger now -> the fence under which they were done."""
        query = sa.select(stage_runs.c.key, stage_runs.c.fence).where(stage_runs.c.state == "done")
        with self.ledger() as ledger:
            rows = ledger.database.read(lambda connection: connection.execute(query).all())
        return dict(tuple(row) for row in rows)

    def rows(self) -> list[Row]:
        """All that the workers wrote so far."""
        with self.tail(whole=True) as tail:
            return tail.new()

    @contextmanager
    def tail(self, *, whole: bool = False) -> Iterator[Tail]:
        tail = Tail(self.log, whole=whole)
        try:
            yield tail
        finally:
            tail.close()

    def saw(self, job_id: str, stage: str) -> bool:
        """Whether a worker has begun this stage of the job."""
        return any((row.job_id, row.stage) == (job_id, stage) for row in self.rows())

    def saw_end(self, job_id: str, stage: str) -> bool:
        """Whether this stage of the job has ended, however it did."""
        ends = {(row.job_id, row.stage) for row in self.rows() if row.message in (DONE, FAILED)}
        return (job_id, stage) in ends

    # Deaths

    def pids(self) -> dict[str, int]:
        return dict(json.loads(layout_of(self.settings).pids_file.read_text()))

    def kill_everything(self) -> None:
        """The supervisor first, so that it starts none of its children again; returns when all are dead."""
        self.process.kill()
        self.process.wait()
        assert until(lambda: not kill_all(processes_of(self.settings.data_dir))), "processes were left behind"

    def until_stopped(self) -> None:
        """Wait for the end in order of one that was told to stop; nothing of it may stay."""
        assert self.process.wait(timeout=60) == 0, self.log.read_text()
        assert not processes_of(self.settings.data_dir), "processes were left behind"

    def close(self) -> None:
        """Kill the supervisor, if it lives; its children end by themselves."""
        self.client.close()
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(database_url: str | None = None, **fields: Any) -> Iterator[Served]:
    """A service that is ready, with the real engine; at the end it must stop in order."""
    with several(1, database_url=database_url, **fields) as [served]:
        yield served


@contextmanager
def several(service_count: int, **fields: Any) -> Iterator[list[Served]]:
    """As many services, each with a data folder of its own; `fields` are settings of all of them."""
    services = [Served(new_settings(**({"engine": "onnx"} | fields))) for _ in range(service_count)]
    try:
        for served in services:
            served.until_ready()
        yield services
        for served in services:
            served.process.send_signal(signal.SIGTERM)
        for served in services:
            served.until_stopped()
    finally:
        for served in services:
            served.close()
            remove_folder(served.settings.data_dir)


@contextmanager
def services_by_database(request: pytest.FixtureRequest, **fields: Any) -> Iterator[Callable[[str], Served]]:
    """Gives, for a kind of database, the one service on it, which is started when it is first asked for.

    Every start takes seconds; a module's tests share these two.
    """
    started: dict[str, Served] = {}
    with ExitStack() as stack:

        def service(kind: str) -> Served:
            if kind == "postgresql":
                require("postgresql", find_program("initdb") is not None, HOW)
            if kind not in started:
                url = request.getfixturevalue("postgres").new_url() if kind == "postgresql" else None
                started[kind] = stack.enter_context(serving(url, **fields))
            return started[kind]

        yield service


def new_settings(**fields: Any) -> Settings:
    """Settings with a data folder of their own, whose path is short; fields override."""
    given: dict[str, Any] = {
        "data_dir": tempfile.mkdtemp(prefix="g-"),
        "engine": "fake",
        "sync_workers": 1,
        "threads": 1,
        "lease_s": 2,
        "log_level": "info",
        "log_json": True,
        "http_port": free_port(),
        "grpc_port": 0,
    }
    return Settings(**(given | fields))


def remove_folder(folder: Path) -> None:
    """Remove a data folder, which no process may use any more."""
    assert until(lambda: not processes_of(folder)), "processes were left behind"
    shutil.rmtree(folder)


def ran_again(rows: Iterable[Row], done: dict[str, int]) -> list[Row]:
    """Rows of runs that began although the ledger had the result: each claim of a key raises its fence."""
    return [row for row in rows if row.message == BEGAN and row.key in done and row.fence > done[row.key]]


def insist(ask: Callable[[], httpx.Response]) -> dict[str, Any]:
    """Ask again while nobody is there to answer."""
    answers: list[dict[str, Any]] = []

    def answered() -> bool:
        try:
            answer = ask()
        except httpx.TransportError:
            return False
        if answer.status_code != 503:
            answers.append(answer.raise_for_status().json())
        return bool(answers)

    assert until(answered), "nobody answered"
    return answers[0]


def kill_all(pids: list[int]) -> list[int]:
    """Kill them, whether or not they still live; the same list."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return pids


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def until(condition: Callable[[], bool], timeout_s: float = _PATIENCE_S) -> bool:
    """Whether it came true in time."""
    begun = time.perf_counter()
    while not condition():
        if time.perf_counter() - begun > timeout_s:
            return False
        time.sleep(0.02)
    return True


def processes_of(folder: Path) -> list[int]:
    """Ids of all processes with this data folder in their environment, whoever their parent is."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # it has just ended
        if f"GALATEA_DATA_DIR={folder}".encode() in variables and state != "Z":
            found.append(int(entry.name))
    return found
