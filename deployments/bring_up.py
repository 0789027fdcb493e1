"""The application on a Ray of our own: brought up, replaced replica by replica, and watched until it runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from deployments.terminal import say
from serve.contracts.errors import GalateaError, NotReadyError
from serve.settings import Settings

__all__ = ["bring_up", "failures_of_ray", "reasons", "roll_out"]

_APP = "galatea"
_START_TIMEOUT_S = 600.0  # the first start on a machine compiles kernels
_POLL_S = 0.2


def bring_up(settings: Settings, config: Path | None, stop: threading.Event) -> None:
    """Have Ray run what lies on the disk, and wait until it does.

    Raises:
        InvalidRequestError: The configuration is wrong.
        NotReadyError: A deployment cannot start, or Ray does not answer.
    """
    failures = failures_of_ray()
    try:
        _deploy(settings, config)
        _until_running(stop)
    except failures as error:
        why = str(error).strip().rpartition("\n")[2].strip()  # above it is the trace, if there is one
        raise NotReadyError(f"Ray fails ({type(error).__name__}: {why}); try again") from error


def roll_out(settings: Settings, config: Path | None, stop: threading.Event) -> None:
    """Replace replica by replica; why one cannot be is said, and the old ones go on."""
    say("rolling out")
    try:
        bring_up(settings, config, stop)
    except GalateaError as error:
        say(f"not rolled out: {error.message}")
    else:
        if not stop.is_set():
            say("rolled out")


def failures_of_ray() -> tuple[type[Exception], ...]:
    """What Ray raises while it replaces a controller that died, and for ever once it has ended."""
    from ray.exceptions import RayError
    from ray.serve.exceptions import RayServeException

    return RayError, RayServeException, RuntimeError


def reasons(messages: Iterable[str]) -> str:
    """What our own errors say in the traces that Serve makes of them."""
    found = [error for message in messages for error in re.findall(r"^serve\.\S+Error: (.+)$", message, re.M)]
    return "; ".join(dict.fromkeys(found))


def _deploy(settings: Settings, config: Path | None) -> None:
    from ray import serve as ray_serve
    from ray.serve.api import RunTarget, run_many

    from deployments.app import CONFIGS, build, read_config

    application = build(settings, *read_config(config or CONFIGS / "local.yaml"))
    ray_serve.start(proxy_location="Disabled")
    target = RunTarget(application, name=_APP, route_prefix=None)
    run_many([target], wait_for_applications_running=False)


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
                say(f"{name} is ready")
        if found.status == "RUNNING":
            return
        if found.status == "DEPLOY_FAILED" or monotonic() > give_up_at:
            why = reasons(deployment.message for deployment in found.deployments.values())
            raise NotReadyError(f"the service does not start: {why or found.message}")
