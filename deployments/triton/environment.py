"""The Python environment of the Triton server: made once, in a folder of its own, and then only looked at.

The wheel `nvidia-pytriton` holds the genuine `tritonserver` and its Python backend. It needs NumPy 1, so it
cannot live beside the service.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

from serve.contracts.errors import NotReadyError, OutputUnwritableError

__all__ = ["PINS", "Environment", "environment_in", "install", "why_impossible"]

# ONNX Runtime as the extra `cpu` of this package has it: results are promised equal for equal versions only.
# NumPy 2 makes the wheel's stub give empty outputs, silently. Nothing else is needed to run the server.
PINS = ("numpy==1.26.4", "nvidia-pytriton==0.7.0", "onnxruntime==1.31.1")

_PYTHONS = ((3, 11), (3, 12))  # that have a stub in the wheel, and a NumPy 1
_LEAST_GLIBC = (2, 35)
_MARK = "installed.json"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the parts of an installed server lie.

    Args:
        folder: Of the environment.
    """

    folder: Path

    @property
    def installed(self) -> bool:
        """Whether it is whole."""
        return (self.folder / _MARK).is_file()

    @property
    def programs(self) -> Path:
        """The folder that must be first on PATH: the stub takes the first `python3`."""
        return self.folder / "bin"

    @property
    def packages(self) -> Path:
        """The folder of the installed packages."""
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @property
    def wheel(self) -> Path:
        """What the wheel holds of Triton: `bin`, `backends`, `caches`, `python_backend_stubs`."""
        return self.packages / "pytriton" / "tritonserver"

    @property
    def libraries(self) -> str:
        """What the loader must search: the wheel's libraries, then those of this Python."""
        return f"{self.packages / 'nvidia_pytriton.libs'}:{sysconfig.get_config_var('LIBDIR')}"


def environment_in(home: Path) -> Environment:
    """The environment for these pins and this Python; another one gets another folder."""
    asked = json.dumps([PINS, sys.version, sys.base_prefix])
    return Environment(home / f"environment-{hashlib.sha256(asked.encode()).hexdigest()[:12]}")


def why_impossible() -> str | None:
    """Why this machine cannot run the wheel, and what would help; None where it can."""
    libc, glibc = platform.libc_ver()
    if sys.platform != "linux" or platform.machine() != "x86_64" or libc != "glibc":
        return f"the wheel is for Linux on x86-64 with glibc, and this is {platform.platform()}"
    if tuple(int(part) for part in glibc.split(".")[:2]) < _LEAST_GLIBC:
        return (
            f"glibc is {glibc}; the wheel needs {'.'.join(map(str, _LEAST_GLIBC))} (Debian 12, Ubuntu 22.04)"
        )
    if sys.version_info[:2] not in _PYTHONS:
        return f"Python is {platform.python_version()}; the wheel needs 3.11 or 3.12"
    return _why_no_library()


def _why_no_library() -> str | None:
    """The stub is linked with this Python as a library, which not every Python brings along."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    beside = Path(str(sysconfig.get_config_var("LIBDIR"))) / f"lib{name}.so.1.0"
    if beside.exists() or find_library(name):
        return None
    return f"lib{name}.so is missing: `apt-get install lib{name}`, or a Python built with --enable-shared"


def install(home: Path, say: Callable[[str], None]) -> Environment:
    """Make the environment, unless it is there; of several who ask at once one does, and the others wait.

    What a killed installation leaves behind has no mark and is made again.

    Args:
        home: The folder for environments.
        say: Told what takes time.

    Raises:
        NotReadyError: This machine cannot run it, or pip failed.
        OutputUnwritableError: The folder cannot be made.
    """
    environment = environment_in(home)
    if environment.installed:
        return environment
    if reason := why_impossible():
        raise NotReadyError(f"the Triton server cannot be installed: {reason}")
    with _alone(home, say) as lock:
        if not environment.installed:
            _make(environment, lock, say)
    return environment


@contextmanager
def _alone(home: Path, say: Callable[[str], None]) -> Iterator[int]:
    """Hold the lock of the folder; gives its file descriptor."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "install.lock").open("a")
    except OSError as error:
        raise OutputUnwritableError(
            f"cannot write to {home}: {error.strerror}; set GALATEA_TRITON_HOME to a folder with room"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process installs the Triton server; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _make(environment: Environment, lock: int, say: Callable[[str], None]) -> None:
    shutil.rmtree(environment.folder, ignore_errors=True)
    say(f"installing the Triton server into {environment.folder} (about 80 MB to download, once)")
    python = str(environment.programs / "python3")
    _run(lock, sys.executable, "-m", "venv", str(environment.folder))
    # No dependencies: the wheel's are those of its Python interface, which nobody calls here.
    _run(lock, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *PINS)
    say("the Triton server is installed")
    mark = environment.folder / _MARK
    fresh = mark.with_suffix(".part")
    fresh.write_text(json.dumps({"pins": PINS}))
    os.replace(fresh, mark)


def _run(lock: int, *command: str) -> None:
    """Run a command, which has the lock too: killed alone, this process must let nobody else begin."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, pass_fds=(lock,)
    )
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NotReadyError(
            f"`{' '.join(command)}` failed: {' '.join(reason) or done.returncode}; is PyPI reachable, and is "
            "there room on the disk? Call it again to go on"
        )
