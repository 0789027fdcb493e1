"""GLB and glTF: what stands in the document, and what the Khronos validator says."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from PIL import Image

from serve.formats import write
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh, TextureMaps
from serve.geometry.tangents import corner_tangents
from tests.format_corpus import (
    CORPUS,
    OPEN,
    WOOD,
    asset,
    colored,
    glb_array,
    glb_document,
    halves,
    maps,
    read_back,
    textured,
    unzipped,
)
from tests.gltf_validator import require_validator, validated


def primitives(data: bytes) -> list[dict]:
    return [mesh["primitives"][0] for mesh in glb_document(data)["meshes"]]


def corner_values(data: bytes, semantic: str) -> np.ndarray:
    """An attribute at the corners of all faces, parts after parts."""
    return np.concatenate(
        [
            glb_array(data, part["attributes"][semantic])[glb_array(data, part["indices"]).ravel()]
            for part in primitives(data)
        ]
    )


def by_parts(mesh: PartMesh, values: np.ndarray) -> np.ndarray:
    """Values [F, 3, K] at the corners as rows, parts after parts."""
    order = np.argsort(mesh.face_part, kind="stable")
    return values[order].reshape(-1, values.shape[2])


@pytest.mark.node
def test_the_khronos_validator_finds_nothing_in_any_file(tmp_path):
    require_validator()
    paths = []
    for name, make in (CORPUS | OPEN).items():
        folder = tmp_path / name
        for path, data in unzipped(write("gltf", make(), name="asset")).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        (folder / "asset.glb").write_bytes(write("glb", make(), name="asset"))
        (folder / "packed.glb").write_bytes(write("glb", make(), name="asset", compressed=True))
        paths += [folder / "asset.glb", folder / "asset.gltf", folder / "packed.glb"]
    reports = validated(paths)
    assert len(reports) == 3 * len(CORPUS | OPEN)
    for report in reports:
        codes = {message["code"] for message in report["issues"]["messages"]}
        # The validator reads no meshopt, and so does not see who uses what is inside.
        known = {"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"} if report["uri"].endswith("packed.glb") else set()
        assert codes <= known, report["uri"]
        assert report["issues"]["numErrors"] == report["issues"]["numWarnings"] == 0
        assert report["info"]["totalTriangleCount"] > 0


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


def test_parts_of_one_texture_share_a_material_unless_one_is_glass():
    opaque = glb_document(write("glb", CORPUS["textured"](), name="stool"))
    assert [entry["name"] for entry in opaque["materials"]] == ["textured_0"]
    assert len(opaque["meshes"]) == 2
    with_glass = glb_document(write("glb", CORPUS["textured glass"](), name="window"))
    assert [entry["alphaMode"] for entry in with_glass["materials"]] == ["OPAQUE", "BLEND"]
    assert len(with_glass["images"]) == 3


def test_occlusion_roughness_and_metallic_share_a_picture():
    document = glb_document(write("glb", CORPUS["textured"](), name="stool"))
    (material,) = document["materials"]
    shading = material["pbrMetallicRoughness"]
    assert material["occlusionTexture"] == shading["metallicRoughnessTexture"] == {"index": 1}
    assert (shading["baseColorTexture"], material["normalTexture"]) == ({"index": 0}, {"index": 2})
    assert (shading["metallicFactor"], shading["roughnessFactor"]) == (1.0, 1.0)
    assert shading["baseColorFactor"] == [1.0, 1.0, 1.0, 1.0]
    assert [image["name"] for image in document["images"]] == ["base_color_0", "orm_0", "normal_0"]
    assert document["samplers"] == [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}]


def test_a_texture_of_colour_alone_leaves_roughness_and_metallic_to_the_part():
    document = glb_document(write("glb", CORPUS["colour alone"](), name="window"))
    shadings = [material["pbrMetallicRoughness"] for material in document["materials"]]
    assert [shading["roughnessFactor"] for shading in shadings] == [0.7, 0.06]
    assert all("metallicRoughnessTexture" not in shading for shading in shadings)
    assert all("TANGENT" not in mesh["primitives"][0]["attributes"] for mesh in document["meshes"])


@pytest.mark.parametrize("ext", ["glb", "gltf"])
def test_textures_and_coordinates_come_back_as_they_were(ext):
    mesh = CORPUS["textured"]()
    back = read_back(ext, write(ext, mesh, name="stool"))
    material = next(iter(back.geometry.values())).visual.material
    np.testing.assert_array_equal(np.asarray(material.baseColorTexture)[..., :3], maps().base_color)
    np.testing.assert_array_equal(np.asarray(material.metallicRoughnessTexture)[..., :3], maps().orm)
    np.testing.assert_array_equal(np.asarray(material.normalTexture)[..., :3], maps().normal)
    uv = np.concatenate([part.visual.uv[part.faces].reshape(-1, 2) for part in back.geometry.values()])
    upright = by_parts(mesh, mesh.corner_uv) * [1, -1] + [0, 1]  # trimesh turns v up
    np.testing.assert_allclose(uv, upright, atol=1e-6)


def test_normals_and_tangents_are_those_of_the_renderer():
    mesh = CORPUS["textured"]()
    data = write("glb", mesh, name="stool")
    np.testing.assert_array_equal(
        corner_values(data, "NORMAL"), by_parts(mesh, corner_normals(mesh.vertices, mesh.faces))
    )
    np.testing.assert_array_equal(corner_values(data, "TANGENT"), by_parts(mesh, corner_tangents(mesh)))


def test_colours_of_corners_are_written_as_they_are_and_nothing_tints_them():
    mesh = colored(halves())
    data = write("glb", mesh, name="window")
    np.testing.assert_array_equal(corner_values(data, "COLOR_0"), by_parts(mesh, mesh.corner_color))
    factors = [
        material["pbrMetallicRoughness"]["baseColorFactor"] for material in glb_document(data)["materials"]
    ]
    assert factors == [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.35]]


def test_a_part_without_a_texture_beside_one_with_it_has_no_coordinates():
    parts = primitives(write("glb", CORPUS["mixed"](), name="ball"))
    attributes = [set(part["attributes"]) - {"POSITION", "NORMAL"} for part in parts]
    assert attributes == [{"TANGENT", "TEXCOORD_0"}, {"COLOR_0"}, {"COLOR_0"}]


def test_an_unwrapped_mesh_without_textures_keeps_its_coordinates():
    mesh = textured(halves())
    bare = replace(mesh, textures=(), surfaces=halves().surfaces)
    data = write("glb", bare, name="window")
    np.testing.assert_array_equal(corner_values(data, "TEXCOORD_0"), by_parts(bare, bare.corner_uv))


def test_glb_border_vertices_are_equal_to_the_bit_in_both_parts():
    data = write("glb", halves(), name="window")
    rows = []
    for part in primitives(data):
        position, normal = (glb_array(data, part["attributes"][name]) for name in ("POSITION", "NORMAL"))
        rows.append({(*p, *n) for p, n in zip(position.tolist(), normal.tolist(), strict=True)})
    border = rows[0] & rows[1]
    assert len(border) == 20  # the waist of a box whose sides are cut in four, its corners twice
    assert {row[1] for row in border} == {0.0}


@pytest.mark.parametrize(("columns", "component_type"), [(65534, 5123), (65535, 5125)])
def test_glb_indices_are_wide_enough_and_no_wider(columns, component_type):
    """A flat fan of `columns` points around a middle has one vertex more than points."""
    angles = np.linspace(0.0, 6.0, columns)
    ring = np.stack([np.cos(angles), np.zeros(columns), np.sin(angles)], axis=1)
    vertices = np.vstack([[[0.0, 0.0, 0.0]], ring]).astype(np.float32)
    steps = np.arange(1, columns, dtype=np.int32)
    faces = np.stack([np.zeros_like(steps), steps + 1, steps], axis=1)
    data = write("glb", PartMesh(vertices, faces, np.zeros(len(faces), np.int32), (WOOD,)), name="fan")
    (primitive,) = primitives(data)
    assert glb_document(data)["accessors"][primitive["indices"]]["componentType"] == component_type
    np.testing.assert_array_equal(corner_values(data, "POSITION"), vertices[faces.ravel()])


def test_gltf_travels_with_its_binary_and_its_textures():
    files = unzipped(write("gltf", CORPUS["textured"](), name="stool"))
    pictures = [f"textures/{name}_0.png" for name in ("base_color", "orm", "normal")]
    assert list(files) == ["stool.gltf", "stool.bin", *pictures]
    document = json.loads(files["stool.gltf"])
    assert document["buffers"] == [{"byteLength": len(files["stool.bin"]), "uri": "stool.bin"}]
    assert [image["uri"] for image in document["images"]] == pictures
    assert Image.open(io.BytesIO(files[pictures[0]])).size == (32, 32)


def test_a_large_noisy_texture_is_a_jpeg_inside_the_glb():
    noise = np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8)
    document = glb_document(write("glb", textured(halves(), (TextureMaps(noise),)), name="window"))
    assert document["images"][0]["mimeType"] == "image/jpeg"
