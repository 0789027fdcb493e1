"""Every format, written and read back by a foreign reader."""

from __future__ import annotations

import importlib
import io
import json
import pkgutil
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

import serve.formats
from serve.contracts.errors import InvalidRequestError, UnsupportedFormatError
from serve.formats import FORMATS, write
from serve.formats.color import srgb, srgb_bytes
from serve.geometry.mesh import PartMesh, Surface
from tests.parts import require

TESTS = Path(__file__).parent
AVAILABLE = [row.ext for row in FORMATS if row.available]
WOOD = Surface("seat", "wood", (0.5, 0.2, 0.1), roughness=0.7, metallic=0.0)
GLASS = Surface("pane", "glass", (0.7, 0.8, 0.9), roughness=0.06, metallic=0.0, opacity=0.35)
METAL = Surface("frame", "metal", (0.9, 0.9, 0.8), roughness=0.3, metallic=1.0)


def asset(shape: trimesh.Trimesh, *surfaces: Surface) -> PartMesh:
    """Cut a shape into equal slices along Y, the bottom slice for the first surface."""
    heights = shape.triangles_center[:, 1]
    slices = np.linspace(heights.min(), heights.max(), len(surfaces) + 1)[1:-1]
    return PartMesh(
        shape.vertices.astype(np.float32),
        shape.faces.astype(np.int32),
        np.searchsorted(slices, heights).astype(np.int32),
        surfaces,
    )


CORPUS: dict[str, Callable[[], PartMesh]] = {
    "box": lambda: asset(trimesh.creation.box((1.0, 2.0, 3.0)), WOOD),
    "sphere": lambda: asset(trimesh.creation.icosphere(subdivisions=3), METAL),
    "torus": lambda: asset(trimesh.creation.torus(1.0, 0.3, major_sections=24, minor_sections=12), GLASS),
    "two halves": lambda: asset(trimesh.creation.box((1.0, 2.0, 3.0)).subdivide().subdivide(), WOOD, GLASS),
    "three slices": lambda: asset(trimesh.creation.icosphere(subdivisions=3), WOOD, GLASS, METAL),
    "72,000 vertices": lambda: asset(
        trimesh.creation.torus(1.0, 0.3, major_sections=300, minor_sections=240), WOOD
    ),
}


@pytest.fixture(params=list(CORPUS))
def mesh(request: pytest.FixtureRequest) -> PartMesh:
    return CORPUS[request.param]()


def halves() -> PartMesh:
    return CORPUS["two halves"]()


def read_back(ext: str, data: bytes) -> trimesh.Scene:
    return trimesh.load_scene(io.BytesIO(data), file_type="zip" if ext == "obj" else ext)


def closed(scene: trimesh.Scene) -> trimesh.Trimesh:
    """The scene as one mesh; parts are joined where position and normal are equal."""
    whole = scene.to_mesh()
    whole.merge_vertices(merge_tex=True)
    return whole


def glb_document(data: bytes) -> dict:
    (json_byte_count,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + json_byte_count])


def glb_array(data: bytes, accessor_index: int) -> np.ndarray:
    document = glb_document(data)
    accessor = document["accessors"][accessor_index]
    view = document["bufferViews"][accessor["bufferView"]]
    (json_byte_count,) = struct.unpack_from("<I", data, 12)
    start = 20 + json_byte_count + 8 + view["byteOffset"]
    dtype = {5126: "<f4", 5123: "<u2", 5125: "<u4"}[accessor["componentType"]]
    return np.frombuffer(data[start : start + view["byteLength"]], dtype)


def obj_files(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("ext", AVAILABLE)
def test_what_is_written_reads_back_as_the_same_closed_solid(ext, mesh):
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    back = closed(read_back(ext, write(ext, mesh, name="asset")))
    assert back.is_watertight
    assert back.is_winding_consistent
    assert len(back.faces) == len(mesh.faces)
    assert len(back.vertices) == len(mesh.vertices)
    assert back.volume == pytest.approx(solid.volume, rel=1e-5)
    assert back.volume > 0


@pytest.mark.parametrize("ext", ["glb", "obj"])
def test_formats_for_pictures_keep_y_up(ext):
    back = closed(read_back(ext, write(ext, halves(), name="asset")))
    np.testing.assert_array_equal(back.extents, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("ext", ["ply", "stl"])
def test_formats_for_printing_turn_z_up_and_the_front_towards_minus_y(ext):
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    corner = PartMesh(vertices, faces, np.zeros(4, np.int32), (WOOD,))
    back = closed(read_back(ext, write(ext, corner, name="corner")))
    np.testing.assert_array_equal(back.bounds, [[0, -3, 0], [1, 0, 2]])


@pytest.mark.parametrize("ext", AVAILABLE)
def test_equal_assets_give_equal_bytes(ext):
    assert write(ext, halves(), name="asset") == write(ext, halves(), name="asset")


@pytest.mark.parametrize("ext", AVAILABLE)
def test_a_part_without_faces_is_left_out(ext):
    mesh = halves()
    with_ghost = replace(mesh, surfaces=(*mesh.surfaces, replace(METAL, name="ghost")))
    assert write(ext, with_ghost, name="asset") == write(ext, mesh, name="asset")


@pytest.mark.parametrize("ext", ["glb", "obj"])
def test_every_part_keeps_its_faces(ext):
    mesh = CORPUS["three slices"]()
    back = read_back(ext, write(ext, mesh, name="asset"))
    counts = sorted(len(part.faces) for part in back.geometry.values())
    assert counts == sorted(np.bincount(mesh.face_part).tolist())


def test_glb_names_root_nodes_meshes_and_materials():
    document = glb_document(write("glb", halves(), name="window"))
    root, *nodes = document["nodes"]
    assert document["asset"] == {"version": "2.0", "generator": "Galatea"}
    assert root == {"name": "window", "children": [1, 2]}
    assert [node["name"] for node in nodes] == ["seat", "pane"]
    assert nodes[1]["extras"] == {"part": "pane", "material": "glass"}
    assert [entry["name"] for entry in document["meshes"]] == ["seat", "pane"]
    assert [entry["name"] for entry in document["materials"]] == ["wood_0", "glass_1"]


def test_glb_colours_are_linear_and_only_glass_blends():
    wood, glass = glb_document(write("glb", halves(), name="window"))["materials"]
    assert wood["pbrMetallicRoughness"] == {
        "baseColorFactor": [0.5, 0.2, 0.1, 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": 0.7,
    }
    assert (wood["alphaMode"], glass["alphaMode"]) == ("OPAQUE", "BLEND")
    assert glass["pbrMetallicRoughness"]["baseColorFactor"] == [0.7, 0.8, 0.9, 0.35]


def test_glb_parts_of_one_look_share_a_material():
    shape = trimesh.creation.icosphere(subdivisions=2)
    document = glb_document(write("glb", asset(shape, WOOD, replace(WOOD, name="leg")), name="stool"))
    assert [entry["primitives"][0]["material"] for entry in document["meshes"]] == [0, 0]
    assert len(document["materials"]) == 1


def test_glb_border_vertices_are_equal_to_the_bit_in_both_parts():
    data = write("glb", halves(), name="window")
    rows = []
    for part in glb_document(data)["meshes"]:
        attributes = part["primitives"][0]["attributes"]
        position, normal = (glb_array(data, attributes[name]) for name in ("POSITION", "NORMAL"))
        rows.append({(*p, *n) for p, n in zip(position.reshape(-1, 3), normal.reshape(-1, 3), strict=True)})
    border = rows[0] & rows[1]
    assert len(border) == 16  # the waist of a box whose sides are cut in four
    assert {row[1] for row in border} == {0.0}


@pytest.mark.parametrize(("columns", "component_type"), [(65534, 5123), (65535, 5125)])
def test_glb_indices_are_wide_enough_and_no_wider(columns, component_type):
    """A fan of `columns` points around an apex has one vertex more than points."""
    angles = np.linspace(0.0, 6.0, columns)
    ring = np.stack([np.cos(angles), np.zeros(columns), np.sin(angles)], axis=1)
    vertices = np.vstack([[[0.0, 1.0, 0.0]], ring]).astype(np.float32)
    steps = np.arange(1, columns, dtype=np.int32)
    faces = np.stack([np.zeros_like(steps), steps + 1, steps], axis=1)
    data = write("glb", PartMesh(vertices, faces, np.zeros(len(faces), np.int32), (WOOD,)), name="fan")
    primitive = glb_document(data)["meshes"][0]["primitives"][0]
    assert glb_document(data)["accessors"][primitive["indices"]]["componentType"] == component_type
    np.testing.assert_array_equal(glb_array(data, primitive["indices"]), faces.ravel())


@pytest.mark.node
def test_the_khronos_validator_finds_nothing_in_any_glb(tmp_path):
    present = shutil.which("node") is not None and (TESTS / "node_modules/gltf-validator").is_dir()
    require("gltf-validator", present, "install node, then `npm ci --prefix tests`")
    paths = []
    for name, make in CORPUS.items():
        paths.append(tmp_path / f"{name}.glb")
        paths[-1].write_bytes(write("glb", make(), name="asset"))
    command = ["node", str(TESTS / "validate_gltf.mjs"), *map(str, paths)]
    reports = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    assert len(reports) == len(CORPUS)
    for report in reports:
        assert report["issues"]["messages"] == []
        assert report["info"]["totalTriangleCount"] > 0


def test_obj_travels_with_its_material_library():
    files = obj_files(write("obj", halves(), name="window"))
    assert list(files) == ["window.obj", "window.mtl"]
    lines = files["window.obj"].splitlines()
    assert "mtllib window.mtl" in lines
    assert lines.index("usemtl wood_0") == lines.index("g seat") + 1
    assert lines.index("usemtl glass_1") == lines.index("g pane") + 1


def test_obj_materials_are_srgb_with_roughness_metallic_and_opacity():
    glass = obj_files(write("obj", halves(), name="window"))["window.mtl"].split("\n\n")[1]
    values = {line.split()[0]: line.split()[1:] for line in glass.splitlines()}
    assert values["newmtl"] == ["glass_1"]
    np.testing.assert_allclose([float(number) for number in values["Kd"]], srgb(GLASS.base_color), atol=1e-6)
    assert [float(values[key][0]) for key in ("d", "Pr", "Pm")] == [0.35, 0.06, 0.0]


def test_obj_brings_every_float_back_exactly():
    mesh = CORPUS["sphere"]()
    text = obj_files(write("obj", mesh, name="ball"))["ball.obj"]
    rows = [line.split()[1:] for line in text.splitlines() if line.startswith("v ")]
    np.testing.assert_array_equal(np.array(rows, np.float32), mesh.vertices)


def test_ply_faces_have_their_parts_colour_and_vertices_that_of_the_majority():
    mesh = halves()
    data = write("ply", mesh, name="window")
    faces = read_back("ply", data).to_mesh().metadata["_ply_raw"]["face"]["data"]
    colors = np.stack([faces[channel] for channel in ("red", "green", "blue")], axis=1)
    expected = srgb_bytes([WOOD.base_color, GLASS.base_color])
    np.testing.assert_array_equal(colors.squeeze(), expected[mesh.face_part])
    body = data[data.index(b"end_header\n") + 11 :]
    rows = np.frombuffer(body, np.dtype([("place", "<f4", 6), ("color", "u1", 3)]), len(mesh.vertices))
    top, bottom = mesh.vertices[:, 1] > 0, mesh.vertices[:, 1] < 0
    assert {tuple(color) for color in rows["color"][top].tolist()} == {tuple(expected[1].tolist())}
    assert {tuple(color) for color in rows["color"][bottom].tolist()} == {tuple(expected[0].tolist())}


def test_stl_has_a_constant_header_and_unit_normals_outward():
    data = write("stl", CORPUS["sphere"](), name="ball")
    assert data[:80] == write("stl", halves(), name="window")[:80]
    assert not data.startswith(b"solid")
    back = trimesh.load_mesh(io.BytesIO(data), file_type="stl")
    stored = np.frombuffer(data[84:], np.dtype([("normal", "<f4", 3), ("rest", "V38")]))["normal"]
    np.testing.assert_allclose(stored, back.face_normals, atol=1e-5)


def test_srgb_meets_its_known_values():
    np.testing.assert_array_equal(srgb_bytes([0.0, 0.002, 0.2140411, 1.0]), [0, 7, 127, 255])
    assert srgb(0.5) == pytest.approx(0.7353569830524495)


@pytest.mark.parametrize("ext", AVAILABLE)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_refused(ext, bad):
    mesh = halves()
    mesh.vertices[7, 1] = bad
    with pytest.raises(InvalidRequestError, match="vertex 7"):
        write(ext, mesh, name="asset")


@pytest.mark.parametrize("ext", AVAILABLE)
def test_an_empty_mesh_is_refused(ext):
    empty = PartMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros(0, np.int32), (WOOD,))
    with pytest.raises(InvalidRequestError, match="empty"):
        write(ext, empty, name="asset")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"faces": np.array([[0, 1, 4]], np.int32)}, "vertex outside"),
        ({"face_part": np.array([1], np.int32)}, "part outside"),
        ({"face_part": np.zeros(2, np.int32)}, "one each"),
        ({"surfaces": (WOOD, WOOD)}, "two parts"),
        ({"surfaces": (replace(WOOD, name="leg\nf 1 2 3"),)}, "cannot name"),
        ({"surfaces": (replace(WOOD, base_color=(0.5, 1.5, 0.0)),)}, "must be in"),
        ({"surfaces": (replace(WOOD, opacity=float("nan")),)}, "must be in"),
    ],
)
def test_a_broken_mesh_is_refused_with_its_fault(change, message):
    good = PartMesh(
        np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32), np.zeros(1, np.int32), (WOOD,)
    )
    with pytest.raises(InvalidRequestError, match=message):
        write("glb", replace(good, **change), name="asset")


@pytest.mark.parametrize("name", ["", "../etc", "a b", "-rf", "x" * 65])
def test_a_name_unfit_for_a_file_is_refused(name):
    with pytest.raises(InvalidRequestError, match="cannot name"):
        write("obj", halves(), name=name)


@pytest.mark.parametrize("ext", ["fbx", "usdz", "blend"])
def test_a_format_that_cannot_be_written_says_which_can(ext):
    with pytest.raises(UnsupportedFormatError, match=f"{ext}.*use glb, obj, ply or stl") as caught:
        write(ext, halves(), name="asset")
    assert caught.value.field == "format"


def test_the_table_is_sorted_and_lists_exactly_the_writers_in_the_folder():
    modules = [module.name for module in pkgutil.iter_modules(serve.formats.__path__)]
    writers = {
        ext: getattr(importlib.import_module(f"serve.formats.{ext}"), f"write_{ext}", None) for ext in modules
    }
    assert {ext: writer for ext, writer in writers.items() if writer} == {
        row.ext: row.writer for row in FORMATS if row.available
    }
    assert [row.ext for row in FORMATS] == sorted(row.ext for row in FORMATS)
