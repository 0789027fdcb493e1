"""Every format: written, read back by a foreign reader, and refused where it cannot be written."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import trimesh

import serve.formats
from serve.contracts.errors import InvalidRequestError, UnsupportedFormatError
from serve.formats import FORMATS, writable_format, write
from serve.formats.archive import archive
from serve.formats.color import linear, srgb, srgb_bytes
from serve.formats.corners import distinct_rows
from serve.formats.pictures import encode_picture
from serve.geometry.mesh import PartMesh, TextureMaps
from tests import nasty_meshes
from tests.format_corpus import (
    CORPUS,
    GLASS,
    METAL,
    OPEN,
    WOOD,
    closed,
    colored,
    halves,
    maps,
    read_back,
    textured,
    unzipped,
)
from tests.parts import require

AVAILABLE = [row.ext for row in FORMATS if row.ext != "fbx"]
READ_BY_TRIMESH = [ext for ext in AVAILABLE if ext != "usdz"]
READ_BY_ASSIMP = ["glb", "gltf", "obj", "ply", "stl"]


@pytest.fixture(params=list(CORPUS))
def mesh(request: pytest.FixtureRequest) -> PartMesh:
    return CORPUS[request.param]()


@pytest.fixture
def no_blender(monkeypatch):
    monkeypatch.setenv("GALATEA_BLENDER_PYTHON", "/nowhere/python")


@pytest.mark.parametrize("ext", READ_BY_TRIMESH)
def test_what_is_written_reads_back_as_the_same_closed_solid(ext, mesh):
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    back = closed(read_back(ext, write(ext, mesh, name="asset")))
    assert back.is_watertight
    assert back.is_winding_consistent
    assert len(back.faces) == len(mesh.faces)
    assert len(back.vertices) == len(mesh.vertices)
    assert back.volume == pytest.approx(solid.volume, rel=1e-5)
    assert back.volume > 0


@pytest.mark.parametrize("ext", READ_BY_ASSIMP)
@pytest.mark.parametrize("name", ["three slices", "textured", "vertex colours", "300 parts"])
def test_assimp_finds_every_face_where_it_was(ext, name, tmp_path):
    require("assimp", shutil.which("assimp") is not None, "apt-get install assimp-utils")
    mesh = CORPUS[name]()
    files = unzipped(write(ext, mesh, name="asset")) if ext in ("obj", "gltf") else {}
    for path, data in (files or {f"asset.{ext}": write(ext, mesh, name="asset")}).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    back = tmp_path / "back.stl"  # assimp's own writer of the plainest format
    command = ["assimp", "export", str(tmp_path / f"asset.{ext}"), str(back), "-fstlb"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    found = trimesh.load_mesh(back)
    turned = mesh.vertices[:, [0, 2, 1]] * [1, -1, 1] if ext in ("ply", "stl") else mesh.vertices
    assert len(found.faces) == len(mesh.faces)
    np.testing.assert_allclose(found.bounds, [turned.min(axis=0), turned.max(axis=0)], atol=1e-6)


@pytest.mark.parametrize("ext", AVAILABLE)
@pytest.mark.parametrize("name", [*nasty_meshes.SOUND, *nasty_meshes.OPEN, "one triangle"])
def test_sound_and_open_meshes_of_every_kind_are_written(ext, name):
    make = OPEN.get(name) or nasty_meshes.SOUND.get(name) or nasty_meshes.OPEN[name]
    assert len(write(ext, make(), name="asset")) > 100


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj"])
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
@pytest.mark.parametrize("name", ["two halves", "mixed"])
def test_equal_assets_give_equal_bytes(ext, name):
    assert write(ext, CORPUS[name](), name="asset") == write(ext, CORPUS[name](), name="asset")


@pytest.mark.parametrize("ext", AVAILABLE)
def test_a_part_without_faces_is_left_out(ext):
    mesh = halves()
    with_ghost = replace(mesh, surfaces=(*mesh.surfaces, replace(METAL, name="ghost")))
    assert write(ext, with_ghost, name="asset") == write(ext, mesh, name="asset")


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj"])
def test_every_part_keeps_its_faces(ext):
    mesh = CORPUS["three slices"]()
    back = read_back(ext, write(ext, mesh, name="asset"))
    counts = sorted(len(part.faces) for part in back.geometry.values())
    assert counts == sorted(np.bincount(mesh.face_part).tolist())


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj"])
def test_sharp_edges_stay_sharp_and_round_ones_round(ext):
    box = read_back(ext, write(ext, CORPUS["box"](), name="asset")).to_mesh()
    assert set(np.abs(np.asarray(box.vertex_normals)).max(axis=1).tolist()) == {1.0}
    ball = read_back(ext, write(ext, CORPUS["sphere"](), name="asset")).to_mesh()
    np.testing.assert_allclose(np.asarray(ball.vertex_normals), ball.vertices, atol=0.02)


def test_textures_are_png_until_a_byte_a_texel_and_then_jpeg():
    plain = encode_picture(np.zeros((64, 64, 3), np.uint8))
    assert (plain.ext, plain.media_type, plain.data[:4]) == ("png", "image/png", b"\x89PNG")
    noise = encode_picture(np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8))
    assert (noise.ext, noise.media_type, noise.data[:3]) == ("jpg", "image/jpeg", b"\xff\xd8\xff")


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj", "usdz"])
def test_no_texture_is_ever_webp(ext):
    noisy = TextureMaps(np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8))
    data = write(ext, textured(halves(), (noisy,)), name="asset")
    assert b"WEBP" not in data
    assert b"\xff\xd8\xff" in data


@pytest.mark.parametrize("alignment", [1, 64])
def test_an_archive_holds_its_files_aligned(alignment):
    files = {"a.txt": b"first", "folder/b.bin": bytes(range(256)), "c": b"", "x" * 59: b"last"}
    data = archive(files, alignment=alignment)
    assert unzipped(data) == files
    starts = [data.index(content) for content in (b"first", bytes(range(256)), b"last")]
    assert alignment == 1 or [start % alignment for start in starts] == [0, 0, 0]


def test_distinct_rows_come_in_the_order_of_first_use_and_zero_has_one_sign():
    rows = np.array([[2.0, 0.0], [1.0, 5.0], [2.0, -0.0], [1.0, 5.0], [0.0, 0.0]], np.float32)
    first, places = distinct_rows(rows)
    assert (first.tolist(), places.tolist()) == ([0, 1, 4], [0, 1, 0, 1, 2])


def test_srgb_meets_its_known_values_and_comes_back():
    np.testing.assert_array_equal(srgb_bytes([0.0, 0.002, 0.2140411, 1.0]), [0, 7, 127, 255])
    assert srgb(0.5) == pytest.approx(0.7353569830524495)
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(srgb_bytes(linear(every)), every)


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
        ({"corner_uv": np.zeros((2, 3, 2), np.float32)}, r"coordinates are \(2, 3, 2\)"),
        ({"corner_uv": np.full((1, 3, 2), np.nan, np.float32)}, "not finite"),
        ({"corner_color": np.full((1, 3, 3), 1.5, np.float32)}, "in that range"),
        ({"surfaces": (replace(WOOD, texture=0),)}, "texture 0 of 0"),
        ({"surfaces": (replace(WOOD, texture=0),), "textures": (maps(),)}, "texture coordinates"),
        (
            {
                "surfaces": (replace(WOOD, texture=0),),
                "corner_uv": np.zeros((1, 3, 2), np.float32),
                "textures": (TextureMaps(np.zeros((8, 8), np.uint8)),),
            },
            "3 channels",
        ),
    ],
)
def test_a_broken_mesh_is_refused_with_its_fault(change, message):
    with pytest.raises(InvalidRequestError, match=message):
        write("glb", replace(OPEN["one triangle"](), **change), name="asset")


@pytest.mark.parametrize("name", ["", "../etc", "a b", "-rf", "x" * 65])
def test_a_name_unfit_for_a_file_is_refused(name):
    with pytest.raises(InvalidRequestError, match="cannot name"):
        write("obj", halves(), name=name)


@pytest.mark.parametrize("ext", ["fbx", "blend"])
def test_a_format_that_cannot_be_written_says_which_can(ext, no_blender):
    with pytest.raises(
        UnsupportedFormatError, match=f"{ext}.*use glb, gltf, obj, ply, stl or usdz"
    ) as caught:
        write(ext, halves(), name="asset")
    assert caught.value.field == "format"


def test_a_format_without_compression_says_which_has_it():
    with pytest.raises(UnsupportedFormatError, match=r"obj has no meshopt.*glb or gltf") as caught:
        writable_format("obj", compressed=True)
    assert caught.value.field == "compression"


def test_the_table_is_sorted_and_lists_exactly_the_writers_in_the_folder():
    modules = [module.name for module in pkgutil.iter_modules(serve.formats.__path__)]
    writers = {
        ext: getattr(importlib.import_module(f"serve.formats.{ext}"), f"write_{ext}", None) for ext in modules
    }
    assert {ext: writer for ext, writer in writers.items() if writer} == {
        row.ext: row.writer for row in FORMATS
    }
    assert [row.ext for row in FORMATS] == sorted(row.ext for row in FORMATS)


def test_glass_alone_is_not_opaque_in_every_format_with_materials():
    assert b'"BLEND"' not in write("glb", CORPUS["textured"](), name="asset")
    assert b'"BLEND"' in write("glb", textured(halves()), name="asset")
    library = unzipped(write("obj", colored(halves()), name="asset"))["asset.mtl"].decode()
    assert [line for line in library.splitlines() if line.startswith("d ")] == [
        "d 1.000000",
        f"d {GLASS.opacity:.6f}",
    ]
