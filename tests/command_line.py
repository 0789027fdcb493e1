"""The command line as tests run it: a process in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["command_line"]


def command_line(folder: Path) -> Callable[..., Any]:
    """A function that runs `galatea`: exit code, output, errors; with `wait=False` it gives the process."""

    def run(*arguments: object, wait: bool = True, data: Path | None = None, limits: Any = ()) -> Any:
        process = subprocess.Popen(
            [*limits, sys.executable, "-m", "galatea", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | {"GALATEA_DATA_DIR": str(data or folder / "data")},
        )
        if not wait:
            return process
        out, err = process.communicate(timeout=240)
        assert "Traceback" not in err
        assert 'File "' not in err
        return process.returncode, out, err

    return run
