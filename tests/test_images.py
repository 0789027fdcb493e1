"""The Dockerfiles as far as they can be held against the rest without building an image."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import onnxruntime
import pytest
import yaml

from serve.engines import triton_served
from tests.charts import CHART, render

ROOT = CHART.parents[1]
DOCKER = ROOT / "docker"
FILES = sorted(DOCKER.glob("Dockerfile.*"))
ENTRY = DOCKER / "triton_entry.py"


@pytest.fixture
def entry(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))
    import triton_entry

    return triton_entry


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Each call lays a program on the PATH that answers as the driver's: with these compute capabilities."""

    def make(*capabilities):
        program = tmp_path / "nvidia-smi"
        program.write_text("#!/bin/sh\n" + "".join(f"echo {each}\n" for each in capabilities))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    return make


def instructions(path, name):
    return re.findall(rf"^{name} (.+)$", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_hadolint_finds_nothing(path):
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_images_are_pinned_and_run_as_the_user_of_the_chart(path, helm):
    for image in instructions(path, "FROM"):
        assert re.fullmatch(r"\S+:\d+\.\d+\S*( AS \w+)?", image)
    [user] = instructions(path, "USER")
    for pod in render().pods():
        security = pod["spec"]["securityContext"]
        assert user == f"{security['runAsUser']}:{security['runAsGroup']}"


def test_the_service_has_the_projects_python_and_versions():
    text = (DOCKER / "Dockerfile.service").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pythons = re.findall(r"^FROM python:(\d+\.\d+)", text, re.MULTILINE)
    assert pythons == [project["tool"]["mypy"]["python_version"]] * 2
    installs = re.findall(r"pip install .*", text)
    assert installs
    assert all(" -c constraints.txt " in line for line in installs)
    assert f"galatea:{project['project']['version']}" in text


def test_what_is_copied_is_there_and_not_left_out():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in instructions(DOCKER / "Dockerfile.triton", "COPY"):
        assert line.split()[0] in kept
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    for path in (*packages["packages"], *packages["force-include"]):
        assert any(path == each or path.startswith(f"{each}/") for each in kept), path
    assert all((ROOT / path).exists() for path in kept)


def test_the_version_is_what_the_library_says(entry):
    [library] = Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*")
    assert entry.runtime_version(library) == version("onnxruntime")


def test_the_server_says_something_that_the_engine_takes(entry, driver):
    driver("9.0", "9.0")
    told = entry.runtime_id("1.31.1", entry.gpu_architecture())
    assert told == "triton-onnxruntime-1.31.1/CUDAExecutionProvider/sm_90"
    assert triton_served._RUNTIME.fullmatch(told)


@pytest.mark.parametrize("capabilities", [(), ("8.0", "9.0")])
def test_no_gpu_and_two_kinds_of_them_are_refused(entry, driver, capabilities):
    driver(*capabilities)
    with pytest.raises(SystemExit, match="GPUs of one kind"):
        entry.gpu_architecture()


def test_models_are_read_from_where_they_are_copied_to(entry):
    [models] = (
        line for line in instructions(DOCKER / "Dockerfile.triton", "COPY") if "model_repository" in line
    )
    assert models.split()[1] == entry._MODELS
    [start] = instructions(DOCKER / "Dockerfile.triton", "ENTRYPOINT")
    assert yaml.safe_load(start)[1] == f"/opt/galatea/{ENTRY.name}"
