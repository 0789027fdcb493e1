"""One `tritonserver` process on this machine."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from deployments.triton.environment import Environment
from deployments.triton.program import Ports, command, variables
from serve.models import MODELS
from serve.models.spec import MODEL_REPOSITORY, ModelSpec

__all__ = ["TritonServer"]

_STOP_GRACE_S = 20.0  # longer than the server itself waits for its models


class TritonServer:
    """A server, from `start` to `stop`; it can be started again.

    Args:
        environment: Installed.
        ports: Where it listens, on loopback.
        repository: The model repository.
        models: Those that it loads at its start.
        thread_count: Threads inside one operator of ONNX Runtime.
        log: Where it writes; this process's standard error by default.
        options: Further ones of `tritonserver`.

    Attributes:
        ports: As given.
        segment_prefix: Of its names in shared memory.
    """

    def __init__(
        self,
        environment: Environment,
        ports: Ports,
        *,
        repository: Path = MODEL_REPOSITORY,
        models: Sequence[ModelSpec] = MODELS,
        thread_count: int = 0,
        log: IO[bytes] | None = None,
        options: Iterable[str] = (),
    ) -> None:
        self.ports = ports
        self.segment_prefix = f"galatea_triton_{secrets.token_hex(8)}_"
        self._environment = environment
        self._repository = repository
        self._models = models
        self._thread_count = thread_count
        self._log = log
        self._options = tuple(options)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Host and port of gRPC."""
        return f"127.0.0.1:{self.ports.grpc}"

    @property
    def metrics_url(self) -> str:
        """Where its metrics are."""
        return f"http://127.0.0.1:{self.ports.metrics}/metrics"

    @property
    def pid(self) -> int:
        """Of the process that holds it; the server is its only child."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        line = command(
            self._environment,
            repository=self._repository,
            models=[spec.name for spec in self._models],
            ports=self.ports,
            segment_prefix=self.segment_prefix,
            options=self._options,
        )
        leash = [sys.executable, "-m", "deployments.triton.leash", "--sweep", self.segment_prefix, "--"]
        self._process = subprocess.Popen(
            [*leash, *line],
            env=variables(self._environment, self._thread_count),
            stdin=subprocess.PIPE,  # never written: its end tells the leash that this process is gone
            stdout=self._log or sys.stderr,
            stderr=self._log or sys.stderr,
            start_new_session=True,  # a terminal's Ctrl-C is for this process to pass on
        )

    def exit_code(self) -> int | None:
        """How it ended; None while it lives."""
        assert self._process is not None
        return self._process.poll()

    def is_ready(self) -> bool:
        """Whether it answers, and every model is loaded."""
        with grpc.insecure_channel(self.url) as channel:
            try:
                answer = service_pb2_grpc.GRPCInferenceServiceStub(channel).ServerReady(
                    service_pb2.ServerReadyRequest(), timeout=1.0
                )
            except grpc.RpcError:
                return False
            return bool(answer.ready)

    def stop(self) -> None:
        """End it: in order if it listens, by force if not; nothing of it stays."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_GRACE_S)
        self._process.stdin.close()  # the leash ends by force what has not ended by now
        self._process.wait()
