"""A real Triton server of the test run's own, on free loopback ports, in an environment that is made once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import grpc
import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc

from deployments.triton.environment import Environment, environment_in, install, why_impossible
from deployments.triton.models import Endpoint
from deployments.triton.program import Ports
from deployments.triton.server import TritonServer
from serve.engines.statistics import ModelStatistics
from serve.engines.triton import EngineTriton
from serve.models import MODELS
from serve.models.minilm_text import MINILM_TEXT
from serve.models.parts_flow import PARTS_FLOW
from serve.models.prompt_domain import PROMPT_DOMAIN
from serve.models.spec import MODEL_REPOSITORY, Arrays, ModelSpec
from tests.parts import require, tell_version
from tests.served import free_port, kill_all, until

__all__ = [
    "TRITON_HOME",
    "RealTriton",
    "children_of",
    "counted",
    "random_rows",
    "real_environment",
    "settled",
]

TRITON_HOME = Path(
    os.environ.get("GALATEA_TRITON_HOME")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "galatea-triton"
)
_HOW = why_impossible() or f"GALATEA_TRITON_HOME={TRITON_HOME} galatea triton"


def real_environment() -> Environment:
    """The environment of the server; CI makes it, elsewhere a test is skipped that lacks it."""
    environment = environment_in(TRITON_HOME)
    if os.environ.get("GALATEA_TEST_REQUIRE") == "all" and why_impossible() is None:
        install(TRITON_HOME, sys.stderr.write)
    require("triton", environment.installed, _HOW)
    return environment


class RealTriton(TritonServer):
    """A server whose processes can be seen and killed; `begin` starts it.

    Args:
        log: Where it writes.
        options: Further ones of `tritonserver`.
        models: Those that it loads.
        repository: Where they lie.
    """

    def __init__(
        self,
        log: Path,
        options: tuple[str, ...] = (),
        models: tuple[ModelSpec, ...] = MODELS,
        repository: Path = MODEL_REPOSITORY,
    ) -> None:
        self.log = log
        self._file = log.open("ab")
        super().__init__(
            environment_in(TRITON_HOME),
            Ports(free_port(), free_port(), free_port()),
            repository=repository,
            models=models,
            thread_count=2,
            log=self._file,
            options=options,
        )

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.url, self.metrics_url)

    def begin(self) -> None:
        """Start it and wait until it is ready; once more if it gives up on a lock: busy machines make it."""
        self.start()
        assert until(lambda: self.exit_code() is not None or self.is_ready()), self.log.read_text()
        if self.exit_code() is not None and "lock_exception" in self.log.read_text():
            self.stop()
            self.start()
        assert until(self.is_up), self.log.read_text()
        with grpc.insecure_channel(self.url) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            tell_version("triton", stub.ServerMetadata(service_pb2.ServerMetadataRequest()).version)

    def kill(self) -> None:
        """Kill it, and wait until all that was of it is gone."""
        kill_all([self.server_pid])
        assert until(lambda: self.exit_code() is not None)
        self.stop()

    def end(self) -> None:
        """Kill it for good: in order it takes some seconds, which only one test is to spend."""
        if self.exit_code() is None:
            self.kill()
        self._file.close()

    def is_up(self) -> bool:
        assert self.exit_code() is None, self.log.read_text()
        return self.is_ready()

    @property
    def server_pid(self) -> int:
        [pid] = children_of(self.pid)
        return pid

    def stub_pids(self, spec: ModelSpec) -> list[int]:
        """Processes that hold the model."""
        return [pid for pid in children_of(self.server_pid) if f"/{spec.name}/" in _command_line(pid)]

    def kill_stub(self, spec: ModelSpec) -> None:
        kill_all(self.stub_pids(spec))


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""  # it has just ended


async def settled(engine: EngineTriton, spec: ModelSpec) -> ModelStatistics:
    """The statistics once what was answered before is counted: the server counts after it has answered."""
    last = await engine.statistics(spec)
    while True:
        await asyncio.sleep(0.1)
        found = await engine.statistics(spec)
        if found == last:
            return found
        last = found


async def counted(
    engine: EngineTriton, spec: ModelSpec, before: ModelStatistics, row_count: int
) -> ModelStatistics:
    """What the server has executed since, once it is so many rows."""
    for _ in range(1000):
        ran = (await engine.statistics(spec)).since(before)
        if ran.row_count >= row_count:
            return ran
        await asyncio.sleep(0.01)
    raise AssertionError(f"{ran} and not {row_count} rows")


def children_of(pid: int) -> list[int]:
    """Ids of the living processes that it started."""
    command = ["ps", "-o", "pid=,stat=", "--ppid", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [line.split() for line in found.stdout.splitlines()]
    return [int(pid) for pid, state in rows if not state.startswith("Z")]


def random_rows(spec: ModelSpec, row_count: int, seed: int = 0) -> Arrays:
    """Inputs such as the model meets in service: texts of several lengths, noise, times."""
    generator = np.random.default_rng([seed, row_count])
    lengths = generator.integers(3, 33, row_count)
    mask = np.arange(32)[None, :] < lengths[:, None]
    if spec is MINILM_TEXT:
        return {
            "input_ids": generator.integers(1000, 30_000, (row_count, 32)) * mask,
            "attention_mask": mask.astype(np.int64),
        }
    if spec is PROMPT_DOMAIN:
        return {"pooled": generator.standard_normal((row_count, 384)).astype(np.float32)}
    assert spec is PARTS_FLOW
    return {
        "parts": generator.standard_normal((row_count, 24, 47)).astype(np.float32),
        "time": generator.random(row_count, dtype=np.float32),
        "tokens": generator.standard_normal((row_count, 32, 384)).astype(np.float32),
        "mask": mask.astype(np.float32),
    }
