"""EXT_meshopt_compression: what our encoder writes, decoded by meshoptimizer's own decoder."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from serve.formats import write
from serve.formats.corners import SplitPart, corners_of, reordered, split_part
from serve.formats.glb import glb_of
from serve.formats.gltf_binary import Binary
from serve.formats.gltf_document import build_document
from serve.formats.meshopt import encode_attributes, encode_triangles, walk_faces
from serve.formats.parts import written_parts
from serve.formats.quantization import grid_of
from tests import nasty_meshes
from tests.format_corpus import CORPUS, OPEN, glb_document, halves, textured
from tests.parts import require

TESTS = Path(__file__).parent
ALL = CORPUS | OPEN
pytestmark = pytest.mark.node


@pytest.fixture
def decode(tmp_path):
    """The views of GLB files, each as bytes, None for one that is not compressed."""
    present = shutil.which("node") is not None and (TESTS / "node_modules/meshoptimizer").is_dir()
    require("meshoptimizer", present, "install node, then `npm ci --prefix tests`")

    def decode_them(*files: bytes) -> list[list[bytes | None]]:
        paths = [tmp_path / f"{index}.glb" for index in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        command = ["node", str(TESTS / "validate_meshopt.mjs"), *map(str, paths)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)
        return [[base64.b64decode(view) if view is not None else None for view in file] for file in told]

    return decode_them


@pytest.fixture
def decode_streams(decode):
    """Encoded streams as they decode: (stream, mode, count, stride) each."""

    def decode_them(streams: list[tuple[bytes, str, int, int]]) -> list[bytes]:
        binary, views = bytearray(), []
        for data, mode, count, stride in streams:
            packed = {"byteOffset": len(binary), "byteLength": len(data), "mode": mode}
            packed |= {"count": count, "byteStride": stride}
            views.append({"byteLength": count * stride, "extensions": {"EXT_meshopt_compression": packed}})
            binary += data
        (decoded,) = decode(glb_of({"bufferViews": views}, bytes(binary)))
        return decoded

    return decode_them


def without_turns(faces: np.ndarray) -> np.ndarray:
    """Faces [F, 3], each turned to the least of its three readings."""
    turns = np.stack([np.roll(faces, shift, axis=1) for shift in range(3)], axis=1).astype(object)
    readings = turns[..., 0] * 2**64 + turns[..., 1] * 2**32 + turns[..., 2]
    return np.take_along_axis(turns, readings.argmin(axis=1)[:, None, None], axis=1)[:, 0].astype(np.int64)


def tables():
    generator = np.random.default_rng(7)
    for row_count in (1, 2, 15, 16, 17, 255, 256, 257, 1000):
        for width in (1, 2, 5, 16):
            yield generator.integers(-(2**31), 2**31, (row_count, width), np.int32)
            yield np.cumsum(generator.integers(-3, 4, (row_count, width), np.int32), axis=0, dtype=np.int32)
            yield np.full((row_count, width), 0x01020304, np.int32)
    yield generator.integers(0, 256, (500, 256), np.uint8)
    yield np.linspace(0.0, 1.0, 3000, dtype=np.float32).reshape(-1, 3)


def test_every_table_decodes_to_the_same_bytes(decode_streams):
    cases = list(tables())
    streams = [(encode_attributes(case), "ATTRIBUTES", len(case), case[0].nbytes) for case in cases]
    for case, decoded in zip(cases, decode_streams(streams), strict=True):
        assert decoded == case.tobytes()


def face_lists():
    generator = np.random.default_rng(8)
    yield np.array([[0, 1, 2]])
    yield np.arange(3 * 400).reshape(-1, 3)  # no two share a vertex
    steps = np.arange(1, 500)
    yield np.stack([np.zeros_like(steps), steps, steps + 1], axis=1)  # a fan
    yield np.stack([steps, steps + 1 + steps % 2, steps + 2 - steps % 2], axis=1)  # a strip
    yield generator.integers(0, 40, (3000, 3))  # faces with equal corners among them
    yield generator.integers(0, 2**31 - 1, (300, 3))
    yield generator.permutation(3 * 500).reshape(-1, 3)[::-1]
    yield np.zeros((20, 3), np.int64)
    yield asset_faces()[::-1]


def asset_faces() -> np.ndarray:
    return CORPUS["sphere"]().faces


def test_every_list_of_faces_decodes_to_the_same_faces_in_order(decode_streams):
    cases = list(face_lists())
    streams = [(encode_triangles(case), "TRIANGLES", case.size, 4) for case in cases]
    for case, decoded in zip(cases, decode_streams(streams), strict=True):
        faces = np.frombuffer(decoded, "<u4").reshape(-1, 3)
        np.testing.assert_array_equal(without_turns(faces), without_turns(case))


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_surface_takes_little_more_than_a_byte_a_face_in_whatever_order_it_comes(shuffled):
    mesh = CORPUS["72,000 vertices"]()
    faces = mesh.faces[np.random.default_rng(9).permutation(len(mesh.faces))] if shuffled else mesh.faces
    part = SplitPart(mesh.vertices, mesh.vertices, None, None, None, faces.ravel().astype(np.uint32))
    walked = reordered(part, walk_faces(faces))
    assert len(encode_triangles(walked.indices.reshape(-1, 3))) < 1.3 * len(faces)


@pytest.mark.parametrize("name", [*nasty_meshes.SOUND, *nasty_meshes.OPEN])
def test_a_walk_visits_every_face_once_and_moves_nothing(name):
    mesh = (nasty_meshes.SOUND | nasty_meshes.OPEN)[name]()
    part = SplitPart(mesh.vertices, -mesh.vertices, None, None, None, mesh.faces.ravel().astype(np.uint32))
    order = walk_faces(mesh.faces)
    walked = reordered(part, order)
    assert sorted(order.tolist()) == list(range(len(mesh.faces)))
    assert (np.diff(np.unique(walked.indices, return_index=True)[1]) > 0).all()
    np.testing.assert_array_equal(
        walked.position[walked.indices], mesh.vertices[mesh.faces[order]].reshape(-1, 3)
    )
    np.testing.assert_array_equal(walked.normal, -walked.position)


@pytest.mark.parametrize("name", list(ALL))
def test_every_file_decodes_to_exactly_what_was_quantized(name, decode):
    mesh = ALL[name]()
    plain = Binary(compressed=False)
    document = build_document(mesh, "asset", plain, lambda *_: {}, compressed=True)
    (decoded,) = decode(write("glb", mesh, name="asset", compressed=True))
    for index, view in enumerate(plain.views):
        expected = bytes(plain.data[view["byteOffset"] :][: view["byteLength"]])
        if view["target"] == 34962:
            assert decoded[index] == expected
        else:
            wide = document["accessors"][index]["componentType"] == 5125
            faces = [
                np.frombuffer(raw, "<u4" if wide else "<u2").reshape(-1, 3)
                for raw in (decoded[index], expected)
            ]
            np.testing.assert_array_equal(without_turns(faces[0]), without_turns(faces[1]))


def test_what_is_decoded_lies_within_the_stated_tolerances(decode):
    mesh = textured(halves())
    grid = grid_of(mesh.vertices)
    data = write("glb", mesh, name="window", compressed=True)
    document = glb_document(data)
    (decoded,) = decode(data)
    units = {"POSITION": grid.step_m, "NORMAL": 1 / 127, "TANGENT": 1 / 127, "TEXCOORD_0": 1 / 65535}
    origins = {"POSITION": grid.origin_m}
    corners = corners_of(mesh)
    for part, entry in zip(written_parts(mesh), document["meshes"], strict=True):
        split = split_part(mesh, corners, part)
        split = reordered(split, walk_faces(split.indices.reshape(-1, 3)))
        exact = dict(zip(units, (split.position, split.normal, split.tangent, split.uv), strict=True))
        assert set(entry["primitives"][0]["attributes"]) == set(units)
        for semantic, accessor in entry["primitives"][0]["attributes"].items():
            dtype = {5120: "i1", 5123: "<u2"}[document["accessors"][accessor]["componentType"]]
            rows = np.frombuffer(decoded[accessor], dtype).reshape(len(split.position), -1)
            found = rows[:, : exact[semantic].shape[1]] * units[semantic] + origins.get(semantic, 0.0)
            assert np.abs(found - exact[semantic]).max() <= units[semantic] * 0.5001


def test_three_js_finds_every_face_where_it_was(tmp_path):
    present = shutil.which("node") is not None and (TESTS / "../studio/node_modules/three").is_dir()
    require("three", present, "install node, then `npm ci --prefix studio`")
    meshes = [ALL[name]() for name in ("three slices", "300 parts", "vertex colours", "one triangle")]
    paths = [tmp_path / f"{index}.glb" for index in range(len(meshes))]
    for mesh, path in zip(meshes, paths, strict=True):
        path.write_bytes(write("glb", mesh, name="asset", compressed=True))
    command = ["node", str(TESTS / "validate_three.mjs"), *map(str, paths)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    for mesh, report in zip(meshes, found, strict=True):
        assert report["triangleCount"] == len(mesh.faces)
        np.testing.assert_allclose(report["bounds"], mesh.bounds, atol=grid_of(mesh.vertices).step_m)


def test_the_document_says_how_to_turn_numbers_into_metres():
    mesh = CORPUS["three slices"]()
    document = glb_document(write("glb", mesh, name="ball", compressed=True))
    grid = grid_of(mesh.vertices)
    root, between, *parts = document["nodes"]
    assert root == {"name": "ball", "children": [1]}
    assert (between["scale"], between["translation"]) == ([grid.step_m] * 3, list(grid.origin_m))
    assert between["children"] == [2, 3, 4]
    assert [part["name"] for part in parts] == ["seat", "pane", "frame"]
    extensions = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    assert document["extensionsRequired"] == document["extensionsUsed"] == extensions
    assert document["buffers"][1]["extensions"] == {"EXT_meshopt_compression": {"fallback": True}}


def test_compression_pays():
    mesh = CORPUS["72,000 vertices"]()
    plain, packed = (write("glb", mesh, name="ring", compressed=compressed) for compressed in (False, True))
    assert len(packed) < 0.2 * len(plain)


def test_equal_assets_give_equal_bytes():
    first, second = (write("gltf", CORPUS["mixed"](), name="ball", compressed=True) for _ in range(2))
    assert first == second
