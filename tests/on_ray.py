"""A real `galatea run` on Ray Serve, and its replicas as the kernel sees them."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.served import Served, new_settings, processes_of, remove_folder, until

CONFIGS = Path(__file__).parents[1] / "deployments" / "configs"

__all__ = ["called", "config_with", "on_ray", "replicas", "roll_out"]

_OUTCOME = re.compile(r"galatea: ((?:not )?rolled out.*)")


def config_with(path: Path, **changes: Mapping[str, Any]) -> Path:
    """The local configuration with changes, by the name of a deployment; `_` stands for its dash.

    Args:
        path: Where it is written.
        changes: Options that are set or, by None, removed.
    """
    config = yaml.safe_load((CONFIGS / "local.yaml").read_text())
    for entry in config["applications"][0]["deployments"]:
        entry.update(changes.get(entry["name"].replace("-", "_"), {}))
        for name in [name for name, value in entry.items() if value is None]:
            del entry[name]
    path.write_text(yaml.safe_dump(config))
    return path


@contextmanager
def on_ray(
    database_url: str | None = None, *, config: Path | None = None, tree: Path | None = None, **fields: Any
) -> Iterator[Served]:
    """A service on a Ray of its own that is ready, with the real engine; at the end it must stop in order."""
    given = {"engine": "onnx", "database_url": database_url} | fields
    arguments = ("--config", str(config)) if config else ()
    served = Served(new_settings(**given), arguments, tree)
    try:
        served.until_ready()
        yield served
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=120) == 0, served.log.read_text()
    finally:
        served.close()
        assert until(lambda: not processes_of(served.settings.data_dir)), "processes were left behind"
        remove_folder(served.settings.data_dir)


def replicas(served: Served, deployment: str) -> Sequence[int]:
    """Process ids of a deployment's replicas."""
    return called(served, f"ray::ServeReplica:galatea:{deployment}".encode())


def called(served: Served, title: bytes) -> list[int]:
    """Process ids of the service's Ray whose title begins so."""
    return [pid for pid in processes_of(served.settings.data_dir) if _title(pid).startswith(title)]


def roll_out(served: Served, meanwhile: Callable[[], None] = lambda: None) -> str:
    """Have the service roll out what lies on the disk; what it says in the end.

    Args:
        served: The service.
        meanwhile: Done once it has begun.
    """

    def said(pattern: str | re.Pattern[str]) -> list[str]:
        return re.findall(pattern, served.log.read_text())

    begun, ended = len(said("galatea: rolling out")), len(said(_OUTCOME))
    served.process.send_signal(signal.SIGHUP)
    assert until(lambda: len(said("galatea: rolling out")) > begun), served.log.read_text()
    meanwhile()
    assert until(lambda: len(said(_OUTCOME)) > ended), served.log.read_text()
    return said(_OUTCOME)[ended]


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # it has just ended
