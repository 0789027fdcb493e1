"""The command line, the environment variables and the backends of a Triton server."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deployments.triton.environment import PINS, Environment
from serve.engines import onnx_options
from serve.engines.onnx_options import CPU_PROVIDER, runtime_name
from serve.engines.onnx_session import cpu_architecture

__all__ = ["Ports", "backends_in", "command", "runtime_told", "trace_options", "variables"]

# How long an ending server waits for its models; one whose process was killed never ends by itself.
_EXIT_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a server listens, on loopback."""

    http: int
    grpc: int
    metrics: int


def runtime_told() -> str:
    """What the server tells its clients about its runtime: the start of every numeric class.

    It is the server's id, the one word in Triton's protocol that an operator may choose, and the same for
    every backend. Ours refuses to load when it is not the truth.
    """
    versions = dict(pin.split("==") for pin in PINS)
    return runtime_name(versions["onnxruntime"], CPU_PROVIDER, cpu_architecture())


def backends_in(environment: Environment) -> Path:
    """A backend directory: the wheel's Python backend, and ours by the name `onnxruntime`.

    The name stands in every `config.pbtxt`, so the models load here as they do in NVIDIA's container, whose
    backend of that name is written in C++. The directory is named by what is in it, and made once. It holds
    copies, for the server follows no link that leads out of it.

    Args:
        environment: Installed; the directory is made in it.
    """
    sources = _sources(environment)
    contents = hashlib.sha256()
    for place, source in sources:
        contents.update(place.encode() + source.read_bytes())
    folder = environment.folder / f"backends-{contents.hexdigest()[:12]}"
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(dir=environment.folder, prefix="backends-new-"))
        for place, source in sources:
            (fresh / place).mkdir(exist_ok=True)
            shutil.copy(source, fresh / place)
        with suppress(OSError):  # another process was quicker
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _sources(environment: Environment) -> list[tuple[str, Path]]:
    """Folder of the backend directory -> a file for it."""
    python = environment.packages.parent.name.removeprefix("python")
    return [
        *(("python", path) for path in sorted((environment.wheel / "backends" / "python").glob("*.*"))),
        ("python", environment.wheel / "python_backend_stubs" / python / "triton_python_backend_stub"),
        ("onnxruntime", Path(__file__).with_name("backend") / "model.py"),
        ("onnxruntime", Path(onnx_options.__file__)),
    ]


def command(
    environment: Environment,
    *,
    repository: Path,
    models: Iterable[str],
    ports: Ports,
    segment_prefix: str,
    options: Iterable[str] = (),
) -> list[str]:
    """The command line.

    Args:
        environment: Installed.
        repository: The model repository.
        models: Loaded at the start; others by explicit request only.
        ports: Where to listen.
        segment_prefix: Of its names in shared memory.
        options: Further ones of `tritonserver`.
    """
    given = {
        "id": runtime_told(),
        "model-repository": repository,
        "model-control-mode": "explicit",
        "backend-directory": backends_in(environment),
        "cache-directory": environment.wheel / "caches",
        "backend-config": f"python,shm-region-prefix-name={segment_prefix}",
        "http-address": "127.0.0.1",
        "grpc-address": "127.0.0.1",
        "metrics-address": "127.0.0.1",
        "http-port": ports.http,
        "grpc-port": ports.grpc,
        "metrics-port": ports.metrics,
        "allow-gpu-metrics": "false",
        "pinned-memory-pool-byte-size": 0,
        "exit-timeout-secs": _EXIT_TIMEOUT_S,
        "log-info": "false",
        # On a CPU models that execute at once only slow each other down: see the instance group's limit.
        "rate-limit": "execution_count",
    }
    program = str(environment.wheel / "bin" / "tritonserver")
    loaded = [f"--load-model={name}" for name in models]
    return [program, *(f"--{name}={value}" for name, value in given.items()), *loaded, *options]


def trace_options(otlp_endpoint: str | None) -> list[str]:
    """Options of a server that sends its spans to a collector, as children of the caller's.

    Args:
        otlp_endpoint: The collector's base URL; None for no traces.
    """
    if otlp_endpoint is None:
        return []
    given = [
        "mode=opentelemetry",
        "rate=1",
        "level=TIMESTAMPS",
        f"opentelemetry,url={otlp_endpoint.rstrip('/')}/v1/traces",
        "opentelemetry,resource=service.name=galatea-triton",
    ]
    return [f"--trace-config={option}" for option in given]


def variables(environment: Environment, thread_count: int) -> Mapping[str, str]:
    """The environment variables: this process's, and what the stub and our backend read.

    Args:
        environment: Installed.
        thread_count: Threads inside one operator of ONNX Runtime.
    """
    ours = {
        "PATH": f"{environment.programs}:{os.environ.get('PATH', '')}",
        "LD_LIBRARY_PATH": environment.libraries,
        "GALATEA_TRITON_RUNTIME": runtime_told(),
        "GALATEA_TRITON_THREADS": str(thread_count),
    }
    foreign = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    return foreign | ours
