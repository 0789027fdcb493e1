"""`galatea run`: a Ray of its own on this machine, and the service on Ray Serve, until a signal comes.

SIGHUP rolls out what now lies on the disk, configuration, code and models: replicas are replaced one by one.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic

from deployments.bring_up import bring_up, failures_of_ray, roll_out
from deployments.child import environment
from deployments.layout import Layout, layout_of
from deployments.ports import wires_of
from deployments.terminal import announce_service, say
from serve.admission import read_api_keys
from serve.ledger import migrate, open_ledger
from serve.settings import Settings
from serve.telemetry import configure_logs

__all__ = ["run_on_ray"]

_OBJECT_STORE_BYTES = 96 * 2**20  # nearly the least: what is big travels through the artifact store
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
    with layout.supervised(), ExitStack() as held:
        for address in wires_of(settings):
            held.enter_context(address.reserve())  # for replicas, who listen there one after the other
        settings = settings.model_copy(update={"metrics_dir": layout.new_metrics()})
        return _run(settings, layout, config)


def _run(settings: Settings, layout: Layout, config: Path | None) -> int:
    stop, reload = threading.Event(), threading.Event()
    os.environ.update(environment(settings))  # what Ray starts inherits it
    with _ray(layout):
        _listen(stop, reload)  # not before: Ray installs handlers of its own
        say("Ray is up; starting the service (the first start compiles kernels)")
        _migrate(settings)
        bring_up(settings, config, stop)
        if not stop.is_set():
            announce_service(settings)
        code = _watch(stop, reload, lambda: roll_out(settings, config, stop))
        if code == 0:
            say("stopping: jobs are given back")
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


def _watch(stop: threading.Event, reload: threading.Event, renew: Callable[[], None]) -> int:
    """Wait for the signal, or for the end of Ray itself; the exit code."""
    from ray import serve as ray_serve

    failures = failures_of_ray()
    heard_at = monotonic()
    while not stop.wait(_WATCH_PERIOD_S):
        if reload.is_set():
            reload.clear()
            renew()
            heard_at = monotonic()  # nobody has listened meanwhile
        try:
            ray_serve.status()
            heard_at = monotonic()
        except failures as error:
            if monotonic() - heard_at > _RAY_PATIENCE_S:
                say(f"Ray has ended ({type(error).__name__}): start the service again")
                return _RAY_ENDED
    return 0


@contextmanager
def _ray(layout: Layout) -> Iterator[None]:
    """A Ray of one node, for this process and what it starts; it ends with the block, or with us."""
    token = secrets.token_hex(32)
    os.environ.update(_RAY_ENVIRONMENT | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token})
    import ray

    say(f"starting Ray; its logs are in {layout.ray / 'session_latest' / 'logs'}")
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
