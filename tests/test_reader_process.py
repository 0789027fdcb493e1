"""The process that reads files: it may die, hang or starve, and nobody is harmed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from serve.artifacts import unpack
from serve.contracts.errors import CancelledJobError, UnreadableMeshError
from serve.contracts.stage import Context, Done
from serve.formats import write
from serve.formats.reading import read_mesh
from serve.geometry.arrays import mesh_from_arrays
from serve.stages import STAGES
from tests.hostile_meshes import HOSTILE, TRIANGLE
from tests.nasty_meshes import million_faces
from tests.toolboxes import Toolbox

CHILD = b"serve.formats.reading.child"


def readers_of(parent: int) -> list[Path]:
    """Folders in /proc of the readers that a process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"PPid:\t{parent}\n" in (folder / "status").read_text()
            if is_ours and CHILD in (folder / "cmdline").read_bytes():
                found.append(folder)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def slow_file() -> bytes:
    """A million faces as text: a second's work or more."""
    mesh = million_faces()
    rows = ("v %.7g %.7g %.7g\n" * len(mesh.vertices)) % tuple(mesh.vertices.reshape(-1).tolist())
    return (rows + ("f %d %d %d\n" * len(mesh.faces)) % tuple((mesh.faces + 1).reshape(-1).tolist())).encode()


def test_a_million_faces_are_read():
    mesh = million_faces()
    data = write("ply", mesh, name="sheet")
    assert len(read_mesh(data).mesh.faces) == len(mesh.faces)


def test_a_cancel_ends_the_reader_and_goes_on_upwards():
    asked = []

    def check() -> None:
        asked.append(len(readers_of(os.getpid())))
        if len(asked) == 3:
            raise CancelledJobError("enough")

    with pytest.raises(CancelledJobError, match="enough"):
        read_mesh(slow_file(), check=check)
    assert asked[-1] == 1
    assert readers_of(os.getpid()) == []


def test_a_reader_that_is_killed_harms_nobody_and_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("GALATEA_API_KEYS", "tenant:a-secret")
    environments = []

    def kill() -> None:
        for folder in readers_of(os.getpid()):
            environments.append((folder / "environ").read_bytes())
            os.kill(int(folder.name), signal.SIGKILL)

    with pytest.raises(UnreadableMeshError, match="for want of memory"):
        read_mesh(slow_file(), check=kill)
    assert b"PYTHONPATH" in environments[0]
    assert b"secret" not in environments[0]
    assert len(read_mesh(TRIANGLE + b"f 1 2 3").mesh.faces) == 1


def told_under(data: bytes, folder: Path, **limits: int) -> str:
    """What a process says that is held to limits, and its readers with it."""
    (folder / "file").write_bytes(data)
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from serve.contracts.errors import UnreadableMeshError\n"
        "from serve.formats.reading import read_mesh\n"
        "data = Path(sys.argv[1]).read_bytes()\n"
        f"for kind, limit in {limits!r}.items():\n"
        "    kind = getattr(resource, kind)\n"
        "    resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))\n"
        "try:\n"
        "    print(len(read_mesh(data).mesh.faces))\n"
        "except UnreadableMeshError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(folder / "file")]
    return subprocess.run(command, check=True, capture_output=True, timeout=120, text=True).stdout


def test_a_file_that_needs_too_much_memory_is_refused(tmp_path):
    data = write("ply", million_faces(), name="sheet")
    assert "more memory than a mesh needs" in told_under(data, tmp_path, RLIMIT_AS=300 * 2**20)


def test_a_file_that_needs_too_much_time_is_refused(tmp_path):
    """Combs of five hundred teeth: the ears of a polygon cost the square of its corners."""
    teeth = "".join(f"v {index} {index % 2 * 9 + 1} 0\n" for index in range(498))
    comb = f"v 0 0 0\nv 500 0 0\n{teeth}"
    face = "f " + " ".join(map(str, [1, 2, *range(500, 2, -1)])) + "\n"
    said = told_under((comb + face * 400).encode(), tmp_path, RLIMIT_CPU=2)
    assert "used up its" in said


def test_the_stage_passes_on_the_mesh_and_what_was_left_out():
    spec = STAGES["read_mesh"]
    data = {"file": b"mtllib wood.mtl\n" + TRIANGLE + b"f 1 2 3\n"}
    (done,) = spec.run(data, spec.params(unit_m=0.5), Context("0" * 64, "job"), Toolbox())
    assert isinstance(done, Done)
    assert "wood.mtl" in done.warnings[0]
    mesh = mesh_from_arrays(unpack(done.outputs["mesh"].data))
    assert mesh.vertices.max(axis=0).tolist() == [0.5, 0.5, 0.0]


def test_several_are_read_at_once():
    data = {count: (TRIANGLE + b"f 1 2 3\n" * count) for count in range(1, 5)}
    found: dict[int, int] = {}

    def read(count: int) -> None:
        found[count] = len(read_mesh(data[count]).mesh.faces)

    threads = [threading.Thread(target=read, args=(count,)) for count in data]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {1: 1, 2: 2, 3: 3, 4: 4}


@pytest.mark.parametrize(
    "kind",
    ["noise", "a ZIP bomb", "a GLB that is cut off", "a PLY of a billion vertices", "a buffer on the disk"],
)
def test_the_reason_comes_through_the_process(kind):
    make, message = HOSTILE[kind]
    with pytest.raises(UnreadableMeshError, match=message):
        read_mesh(make())


def test_the_reader_starts_without_what_it_does_not_need():
    program = "import sys, serve.formats.reading.child; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert not {"warp", "ray", "pydantic", "trimesh", "sqlalchemy", "fastapi", "onnxruntime"} & set(
        loaded.split()
    )
