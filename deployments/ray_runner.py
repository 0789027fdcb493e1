"""`galatea run`: a Ray of its own on this machine, and the service on Ray Serve, until a signal comes.

SIGHUP rolls out what now lies on the disk, configuration, code and models: replicas are replaced one by one.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic

from deployments.child import environment
from deployments.layout import Layout, http_address, layout_of
from serve.admission import read_api_keys
from serve.contracts.errors import GalateaError, NotReadyError
from serve.ledger import migrate, open_ledger
from serve.settings import Settings
from serve.telemetry import configure_logs

__all__ = ["run_on_ray"]

_APP = "galatea"
_OBJECT_STORE_BYTES = 96 * 2**20  # nearly the least: what is big travels through the artifact store
_START_TIMEOUT_S = 600.0  # the first start on a machine compiles kernels
_POLL_S = 0.2
_WATCH_PERIOD_S = 2.0
_RAY_PATIENCE_S = 60.0
_RAY_ENDED = 69
# Before Ray is imported. Its own log of Serve goes to files; ours to the terminal, by way of Ray's.
_RAY_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def run_on_ray(settings: Settings, config: Path | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; SIGHUP rolls out what lies on the disk.

    Args:
        settings: Of the service.
        config: A Ray Serve configuration; `configs/local.yaml` by default.

    Returns:
        The exit code of the program.

    Raises:
        NotReadyError: A port is taken, another galatea serves from the data folder, or Ray cannot start it.
        InvalidRequestError: A setting or the configuration is wrong.
    """
    configure_logs(settings.log_level, json=settings.log_json)
    read_api_keys(settings)  # what must not be served is said before anybody waits for Ray
    layout = layout_of(settings)
    layout.make()
    with layout.supervised(), _reserved(settings):
        settings = settings.model_copy(update={"metrics_dir": layout.new_metrics()})
        return _run(settings, layout, config)


def _run(settings: Settings, layout: Layout, config: Path | None) -> int:
    stop, reload = threading.Event(), threading.Event()
    os.environ.update(environment(settings))  # what Ray starts inherits it
    with _ray(layout):
        _listen(stop, reload)  # not before: Ray installs handlers of its own
        _say("Ray is up; starting the service (the first start compiles kernels)")
        _migrate(settings)
        _deploy(settings, config)
        _until_running(stop)
        if not stop.is_set():
            _announce(settings)
        code = _watch(stop, reload, lambda: _roll_out(settings, config, stop))
        if code == 0:
            _say("stopping: jobs are given back")
            _end_service()
    return code


def _listen(stop: threading.Event, reload: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())


def _migrate(settings: Settings) -> None:
    ledger = open_ledger(settings.database)
    try:
        migrate(ledger.database)
    finally:
        ledger.close()


def _deploy(settings: Settings, config: Path | None) -> None:
    from ray import serve as ray_serve
    from ray.serve.api import RunTarget, run_many

    from deployments.app import CONFIGS, build, read_config

    arguments, options = read_config(config or CONFIGS / "local.yaml")
    ray_serve.start(proxy_location="Disabled")
    target = RunTarget(build(settings, arguments, options), name=_APP, route_prefix=None)
    run_many([target], wait_for_applications_running=False)


def _roll_out(settings: Settings, config: Path | None, stop: threading.Event) -> None:
    """Replace replica by replica; why one cannot be is said, and the old ones go on."""
    _say("rolling out")
    try:
        _deploy(settings, config)
        _until_running(stop)
    except GalateaError as error:
        _say(error.message)
    else:
        _say("rolled out")


def _until_running(stop: threading.Event) -> None:
    """Say which deployment is ready, until all are.

    Raises:
        NotReadyError: One of them cannot start.
    """
    from ray import serve as ray_serve

    told: set[str] = set()
    give_up_at = monotonic() + _START_TIMEOUT_S
    while not stop.wait(_POLL_S):
        found = ray_serve.status().applications[_APP]
        for name, deployment in sorted(found.deployments.items()):
            if deployment.status == "HEALTHY" and name not in told:
                told.add(name)
                _say(f"{name} is ready")
        if found.status == "RUNNING":
            return
        if found.status == "DEPLOY_FAILED" or monotonic() > give_up_at:
            why = _reasons(deployment.message for deployment in found.deployments.values())
            raise NotReadyError(f"the service does not start: {why or found.message}")


def _reasons(messages: Iterable[str]) -> str:
    """What our own errors say in the traces that Serve makes of them."""
    found = [error for message in messages for error in re.findall(r"^serve\.\S+Error: (.+)$", message, re.M)]
    return "; ".join(dict.fromkeys(found))


def _watch(stop: threading.Event, reload: threading.Event, roll_out: Callable[[], None]) -> int:
    """Wait for the signal, or for the end of Ray itself; the exit code."""
    from ray import serve as ray_serve
    from ray.exceptions import RayError
    from ray.serve.exceptions import RayServeException

    heard_at = monotonic()
    while not stop.wait(_WATCH_PERIOD_S):
        if reload.is_set():
            reload.clear()
            roll_out()
        try:
            ray_serve.status()
            heard_at = monotonic()
        except (RayError, RayServeException, RuntimeError) as error:  # Ray replaces a controller that died
            if monotonic() - heard_at > _RAY_PATIENCE_S:
                _say(f"Ray has ended ({type(error).__name__}): start the service again")
                return _RAY_ENDED
    return 0


@contextmanager
def _ray(layout: Layout) -> Iterator[None]:
    """A Ray of one node, for this process and what it starts; it ends with the block, or with us."""
    token = secrets.token_hex(32)
    os.environ.update(_RAY_ENVIRONMENT | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token})
    import ray

    _say(f"starting Ray; its logs are in {layout.ray / 'session_latest' / 'logs'}")
    shutil.rmtree(layout.ray, ignore_errors=True)  # the sessions before, which nobody else removes
    ray.init(
        address="local",
        include_dashboard=False,
        object_store_memory=_OBJECT_STORE_BYTES,
        logging_level=logging.WARNING,
        _temp_dir=str(layout.ray),
        _node_ip_address="127.0.0.1",
    )
    try:
        yield
    finally:
        ray.shutdown()


def _end_service() -> None:
    from ray import serve as ray_serve

    ray_serve.shutdown()


@contextmanager
def _reserved(settings: Settings) -> Iterator[None]:
    """Keep the ports of the settings for replicas of this user, who listen on them one after the other.

    Raises:
        NotReadyError: One is taken.
    """
    with ExitStack() as stack:
        stack.enter_context(_reservation(settings, "HTTP", settings.http_port))
        if settings.grpc_port:
            stack.enter_context(_reservation(settings, "GRPC", settings.grpc_port))
        yield


def _reservation(settings: Settings, wire: str, port: int) -> socket.socket:
    host = settings.http_host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Alone at first: a port that others share would be shared with them.
        socket.create_server((host, port), family=family).close()
        reserved = socket.socket(family, socket.SOCK_STREAM)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, port))
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]  # Python adds the address once more
        raise NotReadyError(
            f"cannot listen on {host}:{port}: {why}; stop what uses it, or choose another with "
            f"GALATEA_HTTP_HOST and GALATEA_{wire}_PORT"
        ) from None
    return reserved


def _announce(settings: Settings) -> None:
    wires = http_address(settings)
    if settings.grpc_port:
        wires += f", gRPC on port {settings.grpc_port}"
    sys.stdout.write(f"galatea serves {wires}  (docs at /docs; Ctrl-C stops)\n")
    sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(f"galatea: {line}\n")
    sys.stderr.flush()
