"""The environment of the Triton server: pinned as the service is, made once, again when it is not whole."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from deployments.triton.environment import PINS, environment_in, install, why_impossible
from deployments.triton.program import backends_in, runtime_told
from serve.contracts.errors import NotReadyError, OutputUnwritableError
from serve.engines import onnx_options
from serve.engines.onnx import EngineOnnx
from serve.models import MODELS
from tests.parts import require
from tests.served import until
from tests.triton import real_environment

_ROOT = Path(__file__).resolve().parents[1]
_INSTALL = """
import sys
from pathlib import Path
from deployments.triton.environment import install
install(Path(sys.argv[1]), lambda line: print(line, flush=True))
"""


def test_the_server_is_pinned_to_the_runtime_of_the_engine_in_process():
    extras = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pin = f"onnxruntime=={version('onnxruntime')}"
    assert pin in PINS
    assert extras["cpu"] == [pin]
    assert extras["gpu"] == [pin.replace("onnxruntime", "onnxruntime-gpu")]
    assert EngineOnnx().numeric_class(MODELS[0]) == f"{runtime_told()}/float32"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("machine", "aarch64", "the wheel is for Linux on x86-64"),
        ("libc_ver", ("glibc", "2.31"), r"glibc is 2\.31; the wheel needs 2\.35"),
    ],
)
def test_a_machine_that_cannot_run_it_is_told_why(name, value, message, monkeypatch, tmp_path):
    monkeypatch.setattr(platform, name, lambda: value)
    with pytest.raises(NotReadyError, match=message):
        install(tmp_path, print)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    require("triton", why_impossible() is None, "Linux on x86-64")
    (tmp_path / "file").touch()
    with pytest.raises(OutputUnwritableError, match="set GALATEA_TRITON_HOME to a folder with room"):
        install(tmp_path / "file" / "home", print)


def test_the_backend_directory_holds_the_very_options_of_the_engine_in_process():
    folder = backends_in(real_environment())
    assert (folder / "onnxruntime" / "onnx_options.py").read_bytes() == Path(
        onnx_options.__file__
    ).read_bytes()
    assert backends_in(real_environment()) == folder
    assert not list(folder.parent.glob("backends-new-*"))


@pytest.mark.full
def test_a_killed_installation_is_done_again_and_of_two_one_waits(tmp_path):
    require("triton", why_impossible() is None, "Linux on x86-64")

    def begin():
        command = [sys.executable, "-c", _INSTALL, str(tmp_path)]
        return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)

    environment = environment_in(tmp_path)
    doomed = begin()
    assert until((environment.folder / "bin" / "pip").exists)
    doomed.send_signal(signal.SIGKILL)
    doomed.communicate()
    assert not environment.installed
    both = [begin(), begin()]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("the Triton server is installed" in text for text in said) == 1
    assert sum("another process installs the Triton server" in text for text in said) == 1
    assert environment.installed
    assert (environment.wheel / "bin" / "tritonserver").is_file()
