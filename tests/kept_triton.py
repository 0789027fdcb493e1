"""`galatea triton` as a user runs it, in a data folder of its own."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.child import environment
from serve.models.spec import ModelSpec
from serve.settings import Settings
from tests.served import kill_all, processes_of, until
from tests.triton import TRITON_HOME, children_of

__all__ = ["KeptTriton"]

_ANNOUNCED = re.compile(r"gRPC on (127\.0\.0\.1:(\d+)), HTTP on port (\d+)")


class KeptTriton:
    """A running `galatea triton`; the constructor starts it.

    Args:
        settings: Further ones, such as where spans go.
    """

    def __init__(self, **settings: object) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="g-"))
        self.log = self.folder / "log"
        self._settings = settings
        self.process = self.start()

    def start(self, **ports: int) -> subprocess.Popen[bytes]:
        """Start one more, on free ports but for those that are given."""
        free = {"triton_http_port": 0, "triton_grpc_port": 0, "triton_metrics_port": 0}
        given = free | ports | self._settings
        settings = Settings(data_dir=self.folder, triton_home=TRITON_HOME, threads=2, **given)
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "galatea", "triton"],
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def announced(self) -> re.Match[str]:
        """Its ports, once it is ready."""
        assert until(lambda: bool(_ANNOUNCED.search(self.log.read_text())) or self.process.poll() is not None)
        found = _ANNOUNCED.search(self.log.read_text())
        assert found, self.log.read_text()
        return found

    @property
    def url(self) -> str:
        """Of gRPC."""
        return self.announced()[1]

    @property
    def server_pid(self) -> int:
        """Process id of the tritonserver that runs now."""
        assert until(lambda: bool(children_of(self._leash())))
        return children_of(self._leash())[0]

    def _leash(self) -> int:
        assert until(lambda: bool(children_of(self.process.pid)))
        return children_of(self.process.pid)[0]

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Nobody looks after the server inside the block, nor asks its models anything."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill_server(self) -> None:
        kill_all([self.server_pid])

    def kill_stub(self, spec: ModelSpec) -> None:
        """Kill the processes that hold a model."""
        stubs = children_of(self.server_pid)
        kill_all([pid for pid in stubs if f"/{spec.name}/" in _title(pid)])

    def close(self) -> None:
        """Kill it; nothing of it stays."""
        self.process.kill()
        self.process.wait()
        assert until(lambda: not processes_of(self.folder), 30)
        shutil.rmtree(self.folder)


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""  # it has just ended
