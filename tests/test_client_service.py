"""The Python client and a real service: the documents' examples as written, and a service that is killed."""

import asyncio
import os
import re
import signal
import subprocess
import sys

import pytest

from galatea_client import AsyncGalatea, Galatea, JobProgress
from tests.client_ways import KINDS, WIRES, ask, clients
from tests.served import free_port, serving, until
from tests.test_proto import ROOT

LAMP = {"prompt": "a tall red lamp", "quality": "draft", "seed": 7}


def examples():
    for name in ("README.md", "clients/python/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
            yield pytest.param(block, id=f"{name}-{number}")


@pytest.fixture(scope="module")
def service():
    with serving(grpc_port=free_port()) as served:
        yield served


@pytest.fixture
def url_of(service):
    return {"http": service.url, "grpc": f"grpc://127.0.0.1:{service.settings.grpc_port}"}


@pytest.mark.parametrize("example", list(examples()))
def test_the_documents_examples_run_as_they_are_written(example, url_of, tmp_path):
    code = example.replace("http://127.0.0.1:8000", url_of["http"])
    code = code.replace("grpc://127.0.0.1:8001", url_of["grpc"])
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    if "poly_count" in example:
        assert done.stdout.startswith("poly_count poly_count: 7 is not allowed")
    else:
        assert [path.read_bytes()[:4] for path in tmp_path.glob("*.glb")] == [b"glTF"] * max(
            1, code.count(" mug")
        )


@pytest.mark.parametrize("kind", KINDS)
async def test_both_wires_give_the_same_asset(kind, url_of, tmp_path):
    made = []
    async for make in clients(kind):
        for wire in WIRES:
            client = make(url_of[wire])
            job = await ask(client, "text_to_3d", **LAMP)
            done = await ask(client, "save", job, tmp_path / f"{wire}.glb")
            made.append((done.result.assets, done.request, (tmp_path / f"{wire}.glb").read_bytes()))
    (_, over_http, http_bytes), (_, over_grpc, grpc_bytes) = made
    assert {name: value for name, value in over_http.items() if value is not None} == over_grpc
    assert http_bytes == grpc_bytes
    digests = [{name: asset.digest for name, asset in assets.items()} for assets, _, _ in made]
    assert digests[0] == digests[1]


async def test_whoever_waits_and_watches_outlives_the_services_death(service, url_of, tmp_path):
    """The command line too, over gRPC, whose port nobody holds while the service starts again."""
    command = [sys.executable, "-m", "galatea", "generate", "a tall red chair", "--quality", "medium"]
    command += ["--url", url_of["grpc"], "--out", str(tmp_path)]
    with Galatea(url_of["http"]) as threads:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert await asyncio.to_thread(until, lambda: list(threads.jobs(status="running")))
        [job] = threads.jobs(limit=1)
        async with AsyncGalatea(url_of["http"]) as over_http, AsyncGalatea(url_of["grpc"]) as over_grpc:
            everybody = [
                asyncio.create_task(ask(client, name, job))
                for client in (over_http, over_grpc, threads)
                for name in ("events", "wait")
            ]
            await asyncio.sleep(0.3)
            os.kill(service.pids()["service"], signal.SIGKILL)
            outcomes = await asyncio.gather(*everybody)
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"a-tall-red-chair.glb" in out
    done = outcomes[1]
    assert done.attempt == 2
    assert {other.main.digest for other in outcomes[1::2]} == {done.main.digest}
    for events in outcomes[::2]:
        kept = [event for event in events if not isinstance(event, JobProgress)]
        assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
        assert [event.kind for event in kept].count("started") == 2
        assert kept[-1].job.result == done.result
