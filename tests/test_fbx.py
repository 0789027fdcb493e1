"""FBX: written by Blender in its own process, read back by Blender; and what is said where it is absent."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import numpy as np
import pytest

from serve.contracts.errors import UnsupportedFormatError
from serve.formats import blender, format_of, write
from serve.formats.blender import blender_python
from serve.formats.pictures import encode_picture
from tests.format_corpus import CORPUS, colored, halves, maps, textured

READ_FBX = """
import json, sys
import bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.fbx(filepath=sys.argv[1])
parts = {}
for thing in bpy.data.objects:
    if thing.type == "MESH":
        places = [list(thing.matrix_world @ vertex.co) for vertex in thing.data.vertices]
        shader = thing.data.materials[0].node_tree.nodes["Principled BSDF"]
        parts[thing.name] = {
            "places": places,
            "face_count": len(thing.data.polygons),
            "materials": [material.name for material in thing.data.materials],
            "look": [shader.inputs[name].default_value for name in ("Roughness", "Metallic")],
            "has_coordinates": len(thing.data.uv_layers) > 0,
            "has_colors": len(thing.data.color_attributes) > 0,
        }
pictures = {picture.name: list(picture.size) for picture in bpy.data.images}
print("\\n" + json.dumps({"parts": parts, "pictures": pictures}))
"""


@pytest.fixture
def read_fbx(tmp_path):
    """What Blender finds in an FBX; a skip without Blender, which is too large for every test machine."""
    python = blender_python()
    if python is None:
        pytest.skip(f"Blender is absent ({blender.HOW_TO_GET_BLENDER})")

    def read(data: bytes) -> dict:
        path = tmp_path / "asset.fbx"
        path.write_bytes(data)
        command = [str(python), "-c", READ_FBX, str(path)]
        told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
        return json.loads(told.strip().splitlines()[-1])

    return read


@pytest.fixture
def make_python(tmp_path, monkeypatch):
    """Name a program of these lines as the Python that has Blender."""

    def make(*lines: str) -> None:
        program = tmp_path / "python"
        program.write_text("\n".join([f"#!{sys.executable}", *lines]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("GALATEA_BLENDER_PYTHON", str(program))

    return make


def test_blender_reads_every_part_where_it_was_in_metres(read_fbx):
    mesh = CORPUS["three slices"]()
    found = read_fbx(write("fbx", mesh, name="ball"))["parts"]
    assert sorted(found) == sorted(surface.name for surface in mesh.surfaces)
    for index, surface in enumerate(mesh.surfaces):
        part = found[surface.name]
        faces = mesh.faces[mesh.face_part == index]
        assert part["face_count"] == len(faces)
        assert part["materials"] == [f"{surface.material}_{index}"]
        x, y, z = np.unique(mesh.vertices[faces].reshape(-1, 3), axis=0).T
        places = np.unique(np.round(part["places"], 5), axis=0)
        expected = np.unique(np.round(np.stack([x, -z, y], axis=1), 5), axis=0)  # Z is up in Blender
        assert places.shape == expected.shape
        np.testing.assert_allclose(places, expected, atol=2e-5)


def test_textures_travel_inside(read_fbx):
    data = write("fbx", textured(halves(), (maps(64),)), name="window")
    found = read_fbx(data)
    assert found["pictures"] == {"base_color_0": [64, 64], "normal_0": [64, 64]}
    assert encode_picture(maps(64).base_color).data in data
    assert all(part["has_coordinates"] for part in found["parts"].values())


def test_a_textured_part_keeps_its_mean_roughness_and_metal(read_fbx):
    mesh = CORPUS["textured"]()
    parts = read_fbx(write("fbx", mesh, name="stool"))["parts"]
    for surface in mesh.surfaces:
        assert parts[surface.name]["look"] == pytest.approx([surface.roughness, surface.metallic], abs=1e-3)


def test_colours_of_corners_travel_too(read_fbx):
    found = read_fbx(write("fbx", colored(halves()), name="window"))
    assert all(part["has_colors"] for part in found["parts"].values())


@pytest.mark.usefixtures("read_fbx")
def test_equal_assets_give_equal_bytes_and_nothing_of_the_machine():
    mesh = CORPUS["textured"]()
    data = write("fbx", mesh, name="stool")
    assert write("fbx", mesh, name="stool") == data
    assert b"galatea-blender" not in data


def test_without_blender_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("GALATEA_BLENDER_PYTHON", "/nowhere/python")
    assert not format_of("fbx").available
    with pytest.raises(UnsupportedFormatError, match=r"pip install bpy.*GALATEA_BLENDER_PYTHON"):
        write("fbx", halves(), name="window")


def test_a_python_without_blender_is_named_with_what_it_said(monkeypatch):
    monkeypatch.setenv("GALATEA_BLENDER_PYTHON", sys.executable)
    if blender.find_spec("bpy") is not None:
        pytest.skip("this Python has Blender")
    assert format_of("fbx").available  # only the try shows it
    with pytest.raises(UnsupportedFormatError, match=r"No module named 'bpy'.*can import bpy"):
        write("fbx", halves(), name="window")


def test_a_blender_that_hangs_is_stopped(make_python, monkeypatch):
    make_python("import time", "time.sleep(60)")
    monkeypatch.setattr(blender, "_LIMIT_S", 0.5)
    with pytest.raises(UnsupportedFormatError, match="stopped after"):
        write("fbx", halves(), name="window")


def test_a_blender_that_crashes_is_an_error_with_its_last_words(make_python):
    make_python("import os, sys", "sys.stderr.write('no memory')", "sys.stderr.flush()", "os.abort()")
    with pytest.raises(UnsupportedFormatError, match="no memory"):
        write("fbx", halves(), name="window")


def test_blenders_process_is_told_nothing_of_the_service(make_python, monkeypatch):
    monkeypatch.setenv("GALATEA_API_KEYS", "tenant:secret-key")
    make_python(
        "import os, sys", "sys.exit(' '.join(sorted(os.environ)) + ' ' + ' '.join(os.environ.values()))"
    )
    with pytest.raises(UnsupportedFormatError, match="PYTHONHASHSEED") as caught:
        write("fbx", halves(), name="window")
    assert "secret-key" not in caught.value.message
    assert "GALATEA_API_KEYS" not in caught.value.message


def test_a_program_that_cannot_start_is_an_error(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text("#!/nowhere/interpreter\n")
    program.chmod(0o755)
    monkeypatch.setenv("GALATEA_BLENDER_PYTHON", str(program))
    with pytest.raises(UnsupportedFormatError, match="cannot be started"):
        write("fbx", halves(), name="window")
