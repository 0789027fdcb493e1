"""Where Blender is: an optional part, whose licence (GPL) keeps it out of the service's own processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from serve.contracts.errors import UnsupportedFormatError

__all__ = ["HOW_TO_GET_BLENDER", "blender_python", "run_blender"]

HOW_TO_GET_BLENDER = (
    "make a venv of Python 3.11, `pip install bpy` there, and set GALATEA_BLENDER_PYTHON to its python"
)
_LIMIT_S = 120.0
_MAX_COMPLAINT = 300


def blender_python() -> Path | None:
    """The Python that can import Blender: the setting's, or this one where `bpy` is installed; or None."""
    from serve.settings import read_settings  # not for all who import `serve.formats`: it takes its time

    named = read_settings().blender_python
    if named is not None:
        return named if os.access(named, os.X_OK) else None
    return Path(sys.executable) if find_spec("bpy") is not None else None


def run_blender(script: Path, data: bytes, *, read_as: str, write_as: str) -> bytes:
    """Hand a file to a script that runs in Blender's process, and take the file that it makes.

    Args:
        script: Is called with the path of the file and the path where its own should go.
        data: The file's bytes.
        read_as: The file's extension.
        write_as: The extension of the script's file.

    Raises:
        UnsupportedFormatError: Blender is absent, fails, or takes longer than two minutes.
    """
    python = blender_python()
    if python is None:
        raise UnsupportedFormatError(f"Blender is absent: {HOW_TO_GET_BLENDER}", "format")
    with tempfile.TemporaryDirectory(prefix="galatea-blender-") as folder:
        source, target = Path(folder) / f"asset.{read_as}", Path(folder) / f"made.{write_as}"
        source.write_bytes(data)
        complaint = _run([str(python), "-s", "-P", str(script), str(source), str(target)], folder)
        if not target.is_file():
            raise UnsupportedFormatError(
                f"Blender ({python}) made no {write_as}: {complaint}; "
                "see that GALATEA_BLENDER_PYTHON can import bpy",
                "format",
            )
        return target.read_bytes()


def _run(command: list[str], folder: str) -> str:
    """Run to the end, and give the last of what was said."""
    # Blender makes ids of hashes of strings, which Python seeds at random unless it is told.
    environment = {"HOME": folder, "PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
    try:
        ended = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it was stopped after {_LIMIT_S:.0f} s"
    except OSError as error:
        return f"it cannot be started ({error.strerror})"
    said = (ended.stderr or ended.stdout).decode(errors="replace").strip()
    return said[-_MAX_COMPLAINT:] or f"it ended with {ended.returncode}"
