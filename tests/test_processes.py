"""Real processes: workers that die, callers that leave, a supervisor that is killed; nobody stays behind."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager

import pytest

from deployments.child import environment
from deployments.kept_child import KeptChild
from deployments.layout import layout_of
from deployments.owners import alive_as_owner, release_dead_owners
from deployments.pulse import Pulse
from deployments.sockets import SocketSeam
from serve.artifacts import open_store
from serve.contracts.errors import (
    CancelledJobError,
    InvalidRequestError,
    NotReadyError,
    OutputUnwritableError,
    WorkerLostError,
)
from serve.contracts.jobs import JobState
from serve.contracts.stage import Context, Done, Progress
from serve.ledger import migrate, open_ledger
from serve.settings import Settings
from serve.stages import STAGES
from tests.ledger_samples import acquire, running
from tests.served import Served, new_settings, processes_of, remove_folder, until

KEY = "5" * 64
LONG = {"size": 1024, "sample_count": 1024}  # of a picture: minutes


@pytest.fixture
def make_settings():
    """Each call gives the settings of a data folder of its own, whose path is short; fields override."""
    made = []

    def make(**fields):
        made.append(new_settings(**fields))
        return made[-1]

    yield make
    for settings in made:
        remove_folder(settings.data_dir)


# Workers


@asynccontextmanager
async def worker(settings, kind):
    """A worker that is kept alive; gives the child, a seam to it, the ledger and the store."""
    layout = layout_of(settings)
    layout.make()
    ledger = open_ledger(settings.database)
    migrate(ledger.database)
    path = layout.sockets[kind][0]
    arguments = ("--kind", kind, "--socket", str(path))
    child = KeptChild(
        path.stem,
        "deployments.worker",
        arguments,
        env=environment(settings),
        inherited=(),
        changed=lambda: None,
    )
    keeping = asyncio.create_task(child.keep())
    seam = SocketSeam({kind: [path]}, wait_s=60)
    await seam.open()
    try:
        yield child, seam, ledger, open_store(settings.store)
    finally:
        await child.stop(grace_s=10)
        assert await keeping == 0
        ledger.close()


async def start(seam, store, name, context, **params):
    """A call of a stage on its example, as an iterator."""
    spec = STAGES[name]
    data, example = spec.example()
    inputs = {name: await store.put(blob, "x/y") for name, blob in data.items()}
    return seam.call(spec, example.model_copy(update=params), inputs, context)


def rows(captured: str) -> list[tuple[str, str]]:
    """(message, error) of the lines that stages wrote."""
    lines = [json.loads(line) for line in captured.splitlines() if line.startswith("{")]
    return [(line["message"], line.get("error", "")) for line in lines if "key" in line]


async def test_a_worker_that_lives_but_does_not_answer_is_replaced(make_settings):
    """SIGSTOP stands for a loop that is stuck: connections stay open, and nothing comes."""
    settings = make_settings()
    async with worker(settings, "sync") as (child, seam, ledger, store):
        pulse = Pulse(child, layout_of(settings).sockets["sync"][0], period_s=0.2, silence_s=1.0)
        watching = asyncio.create_task(pulse.watch())
        context = Context(KEY, "job", fence=acquire(ledger, running(ledger), KEY).fence)
        await asyncio.sleep(2.0)
        first = child.pid
        call = asyncio.create_task(anext(await start(seam, store, "render", context, **LONG)))
        await asyncio.sleep(0.3)
        assert child.pid == first, "a worker that computes answers all the same"
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(WorkerLostError):
            await call
        async with aclosing(await start(seam, store, "export", context)) as events:
            assert isinstance(await anext(events), Done)
        assert child.pid not in (None, first)
        watching.cancel()


async def test_a_killed_worker_is_lost_to_its_caller_and_the_next_call_succeeds(make_settings):
    async with worker(make_settings(), "sync") as (child, seam, ledger, store):
        context = Context(KEY, "job", fence=acquire(ledger, running(ledger), KEY).fence)
        call = asyncio.create_task(anext(await start(seam, store, "render", context, **LONG)))
        await asyncio.sleep(0.3)
        first = child.pid
        os.kill(first, signal.SIGKILL)
        with pytest.raises(WorkerLostError):
            await call
        async with aclosing(await start(seam, store, "export", context)) as events:
            assert isinstance(await anext(events), Done)
        assert child.pid not in (None, first)


async def test_whoever_leaves_stops_the_stage_in_the_worker(make_settings, capfd):
    async with worker(make_settings(), "sync") as (_, seam, ledger, store):
        context = Context(KEY, "job", fence=acquire(ledger, running(ledger), KEY).fence)
        call = asyncio.create_task(anext(await start(seam, store, "render", context, **LONG)))
        await asyncio.sleep(0.3)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # The seam has waited for the thread: the worker's own row is there already.
        assert rows(capfd.readouterr().err) == [("stage began", ""), ("stage failed", "cancelled")]


async def test_a_cancel_in_the_ledger_stops_a_stage_that_computes(make_settings):
    async with worker(make_settings(), "sync") as (_, seam, ledger, store):
        job = running(ledger)
        context = Context(KEY, job.job_id, fence=acquire(ledger, job, KEY).fence)
        call = asyncio.create_task(anext(await start(seam, store, "render", context, **LONG)))
        await asyncio.sleep(0.3)
        assert ledger.jobs.cancel(job.tenant, job.job_id).state == JobState.CANCELLED
        with pytest.raises(CancelledJobError):
            await call


async def test_a_cancel_in_the_ledger_ends_the_engine_calls(make_settings):
    async with worker(make_settings(), "async") as (_, seam, ledger, store):
        job = running(ledger)
        context = Context(KEY, job.job_id, fence=acquire(ledger, job, KEY).fence)
        shares = []
        with pytest.raises(CancelledJobError):
            async for event in await start(seam, store, "denoise", context, step_count=256):
                shares.append(event.share)
                if len(shares) == 1:
                    ledger.jobs.cancel(job.tenant, job.job_id)
        assert len(shares) < 256


async def test_a_stage_with_an_old_fence_never_reaches_the_engine(make_settings):
    async with worker(make_settings(), "async") as (_, seam, ledger, store):
        job = running(ledger)
        fence = acquire(ledger, job, KEY).fence
        with pytest.raises(CancelledJobError):
            await anext(await start(seam, store, "denoise", Context(KEY, job.job_id, fence=fence - 1)))
        event = await anext(await start(seam, store, "denoise", Context(KEY, job.job_id, fence=fence)))
        assert isinstance(event, Progress)


# The supervisor


@pytest.fixture
def make_run(make_settings):
    """Each call starts `galatea run`, on a data folder of its own or that of the given settings."""
    made = []

    def make(settings=None, **fields):
        made.append(Served(settings or make_settings(**fields)))
        return made[-1]

    yield make
    for run in made:
        run.close()


def test_a_service_outlives_its_children_and_a_kill_of_everything(make_run):
    """One long story, for each start takes seconds: a child dies, then the supervisor, then all is anew."""
    run = make_run(engine="onnx")
    assert until(run.is_ready), run.log.read_text()
    assert run.wait(run.submit())["status"] == "completed"

    before = run.pids()
    job = run.submit(quality="medium", seed=2)
    assert until(lambda: run.saw(job, "render"))
    os.kill(before["service"], signal.SIGKILL)
    view = run.wait(job)  # the clients wait at the listening socket meanwhile
    assert (view["status"], view["attempt"]) == ("completed", 2)
    assert run.pids()["service"] != before["service"]

    second = Served(run.settings)  # on the same data folder
    assert second.process.wait(timeout=30) == NotReadyError.exit_code

    job = run.submit(quality="medium", seed=3)
    assert until(lambda: run.saw(job, "render"))
    run.process.kill()  # the children are told by the end of a pipe
    run.process.wait()
    again = make_run(run.settings)  # at once: it waits until they are gone
    assert until(again.is_ready), again.log.read_text()
    assert not set(before.values()) & set(processes_of(run.settings.data_dir))
    assert again.wait(job)["status"] == "completed"

    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(timeout=30) == 0
    assert not processes_of(run.settings.data_dir)
    assert not layout_of(run.settings).pids_file.exists()
    assert not list(layout_of(run.settings).owners.iterdir())


def test_a_stop_gives_running_jobs_back_and_does_not_count_the_attempt(make_run):
    run = make_run(engine="onnx")
    assert until(run.is_ready), run.log.read_text()
    job = run.submit(quality="high")
    assert until(lambda: run.saw(job, "render"))
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=30) == 0
    ledger = open_ledger(run.settings.database)
    record = ledger.jobs.get("local", job)
    ledger.close()
    assert (record.state, record.attempt) == (JobState.QUEUED, 0)


def test_a_second_signal_kills_at_once(make_run):
    run = make_run()
    assert until(lambda: layout_of(run.settings).pids_file.exists() and len(run.pids()) == 4)
    run.process.send_signal(signal.SIGSTOP)
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGTERM)
    run.process.send_signal(signal.SIGCONT)
    assert run.process.wait(timeout=30) in (0, 130)
    assert until(lambda: not processes_of(run.settings.data_dir))


def test_a_taken_port_is_said_and_not_tried_for_ever(make_run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        run = make_run(http_port=server.getsockname()[1])
        assert run.process.wait(timeout=30) == NotReadyError.exit_code
    assert re.search(
        r"cannot listen on 127\.0\.0\.1:\d+: Address already in use; .*HTTP_PORT", run.log.read_text()
    )


def test_settings_that_cannot_be_served_end_the_program_with_words(make_run):
    run = make_run(api_keys="no-colon-in-it")
    assert run.process.wait(timeout=60) == InvalidRequestError.exit_code
    assert "galatea serves" not in run.log.read_text()
    assert "GALATEA_API_KEYS" in run.log.read_text()


# Folders and owners


def test_sockets_move_to_a_short_path_when_the_data_folder_has_a_long_one(make_settings, tmp_path):
    short = layout_of(make_settings())
    assert short.sockets["sync"][0].parent == short.folder
    long = layout_of(Settings(data_dir=tmp_path / ("x" * 90), sync_workers=2))
    long.make()
    (folder,) = {path.parent for paths in long.sockets.values() for path in paths}
    assert all(len(os.fsencode(path)) < 104 for paths in long.sockets.values() for path in paths)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert long == layout_of(Settings(data_dir=tmp_path / ("x" * 90), sync_workers=2))
    folder.chmod(0o755)
    with pytest.raises(OutputUnwritableError, match="chmod 700"):
        long.make()
    folder.rmdir()


def test_only_the_dead_lose_their_leases(tmp_path, make_ledger):
    ledger = make_ledger()
    script = (
        "import os, pathlib, sys\n"
        "from deployments.owners import alive_as_owner\n"
        "with alive_as_owner(pathlib.Path(sys.argv[1])) as owner:\n"
        "    print(owner, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with alive_as_owner(tmp_path) as alive:
        kept = running(ledger, alive)
        elsewhere = running(ledger, "another_host-1-00000000")
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        dead = child.stdout.readline().strip()
        lost = running(ledger, dead)
        assert release_dead_owners(ledger, tmp_path) == []
        child.kill()
        child.communicate()
        assert release_dead_owners(ledger, tmp_path) == [dead]
        assert release_dead_owners(ledger, tmp_path) == []
    states = {job.job_id: ledger.jobs.get(job.tenant, job.job_id).state for job in (kept, elsewhere, lost)}
    assert states == {kept.job_id: "running", elsewhere.job_id: "running", lost.job_id: "queued"}
