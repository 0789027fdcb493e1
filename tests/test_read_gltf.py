"""glTF files, made by hand, are read as the specification says."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from PIL import Image

from serve.formats.reading.parsing import parse
from tests.gltf_files import TETRAHEDRON, TETRAHEDRON_FACES, GltfFile, png, tetrahedron


def test_nodes_stand_where_their_parents_put_them_and_mirrors_keep_the_outside_out():
    file = GltfFile(scenes=[{"nodes": [0]}])
    file.node(children=[1, 2], translation=[0, 10, 0], scale=[2, 2, 2])
    mesh = file.mesh(TETRAHEDRON, TETRAHEDRON_FACES)
    file.node(mesh=mesh, name="Fuß", rotation=[0, 0, 0.7071067811865476, 0.7071067811865476])
    file.node(mesh=mesh, name="Fuß", matrix=[-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -5, 0, 0, 1])
    file.node(mesh=mesh, name="not in the scene")
    read = parse(file.glb()).mesh
    assert [surface.name for surface in read.surfaces] == ["Fuss", "Fuss_2"]
    turned, mirrored = (
        trimesh.Trimesh(read.vertices, read.faces[read.face_part == part], process=False) for part in (0, 1)
    )
    np.testing.assert_allclose(turned.bounds, [[-2, 10, 0], [0, 12, 2]], atol=1e-5)
    np.testing.assert_allclose(mirrored.bounds, [[-12, 10, 0], [-10, 12, 2]], atol=1e-5)
    assert turned.volume == pytest.approx(8 / 6) == mirrored.volume


def test_factors_are_multiplied_into_the_texels():
    file = tetrahedron()
    texels = np.array([[[255, 128, 0], [64, 64, 64]]], np.uint8)
    orm = np.array([[[128, 200, 100], [255, 100, 50]]], np.uint8)
    uv = file.accessor(np.full((4, 2), [0.25, 0.5], np.float32))
    file.document["meshes"][0]["primitives"][0] |= {
        "material": file.material(
            pbrMetallicRoughness={
                "baseColorFactor": [0.5, 1, 1, 1],
                "baseColorTexture": {"index": file.image(png(texels))},
                "metallicRoughnessTexture": {"index": file.image(png(orm))},
                "roughnessFactor": 0.5,
                "metallicFactor": 0.0,
            },
            occlusionTexture={"index": 1, "strength": 0.5},
        )
    }
    file.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv
    mesh = parse(file.glb()).mesh
    (maps,) = mesh.textures
    assert maps.base_color.tolist() == [[[188, 128, 0], [44, 64, 64]]]
    assert maps.orm.tolist() == [[[192, 100, 0], [255, 50, 0]]]
    np.testing.assert_allclose(mesh.surfaces[0].base_color, [0.5029, 0.2159, 0], atol=1e-3)
    assert mesh.surfaces[0].roughness == pytest.approx(100 / 255)


def test_a_moved_texture_moves_the_coordinates_and_a_clamped_one_holds_them():
    file = tetrahedron()
    uv = file.accessor(np.array([[0, 0], [0.5, 0], [0, 0.5], [2, -1]], np.float32))
    info = {"index": file.image(png(np.zeros((2, 2, 3), np.uint8)))}
    info["extensions"] = {"KHR_texture_transform": {"offset": [0.25, 0.5], "scale": [0.5, 1.0]}}
    material = file.material(pbrMetallicRoughness={"baseColorTexture": info})
    file.document["samplers"] = [{"wrapS": 33071, "wrapT": 10497}]
    file.document["textures"][0]["sampler"] = 0
    file.document["meshes"][0]["primitives"][0] |= {"material": material}
    file.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv
    mesh = parse(file.glb()).mesh
    expected = np.array([[0.25, 0.5], [0.5, 0.5], [0.25, 1.0], [1.0, -0.5]], np.float32)
    np.testing.assert_allclose(mesh.corner_uv, expected[mesh.faces])


@pytest.mark.parametrize(
    ("material", "opacity", "word"),
    [
        ({"pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.4]}}, 1.0, "metal"),
        ({"pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.4]}, "alphaMode": "BLEND"}, 0.4, "glass"),
        ({"pbrMetallicRoughness": {"metallicFactor": 0}, "alphaMode": "MASK"}, 1.0, "plastic"),
        ({"extensions": {"KHR_materials_transmission": {"transmissionFactor": 1}}}, 0.35, "glass"),
        (
            {"extensions": {"KHR_materials_pbrSpecularGlossiness": {"glossinessFactor": 0.3}}},
            1.0,
            "plastic",
        ),
    ],
)
def test_the_material_is_the_word_that_suits_the_look(material, opacity, word):
    file = tetrahedron(material=0)
    file.material(**material)
    (surface,) = parse(file.glb()).mesh.surfaces
    assert surface.opacity == pytest.approx(opacity)
    assert surface.material == word


def test_quantised_strided_and_sparse_accessors_are_read_as_the_specification_says():
    file = GltfFile(extensionsRequired=["KHR_mesh_quantization"])
    mesh = file.mesh((TETRAHEDRON * 32767).astype(np.int16), TETRAHEDRON_FACES)
    file.document["accessors"][0]["normalized"] = True
    padded = np.zeros((4, 4), np.int16)
    padded[:, :3] = (TETRAHEDRON * 32767).astype(np.int16)
    file.document["accessors"][0]["bufferView"] = file.view(padded.tobytes())
    file.document["bufferViews"][-1]["byteStride"] = 8
    file.document["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": file.view(np.array([3], np.uint8).tobytes()), "componentType": 5121},
        "values": {"bufferView": file.view(np.array([0, 0, -32767], np.int16).tobytes())},
    }
    file.node(mesh=mesh)
    mesh = parse(file.glb()).mesh
    np.testing.assert_array_equal(mesh.vertices[mesh.faces].min(axis=(0, 1)), [0, 0, -1])
    np.testing.assert_array_equal(mesh.vertices[mesh.faces].max(axis=(0, 1)), [1, 1, 0])


@pytest.mark.parametrize(("mode", "faces"), [(5, [[0, 1, 2], [2, 1, 3]]), (6, [[0, 1, 2], [0, 2, 3]])])
def test_strips_and_fans_become_triangles(mode, faces):
    file = GltfFile()
    file.node(mesh=file.mesh(TETRAHEDRON, np.arange(4, dtype=np.uint16), mode=mode))
    assert parse(file.glb()).mesh.faces.tolist() == faces


def test_a_skin_leaves_the_mesh_in_its_pose():
    """Two joints: one lifts by 5, the other stays; the node's own place means nothing."""
    file = GltfFile()
    joints = file.accessor(np.array([[0, 1, 0, 0]] * 4, np.uint8))
    weights = file.accessor(
        np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 1, 0, 0]], np.float32)
    )
    mesh = file.mesh(TETRAHEDRON, TETRAHEDRON_FACES, attributes={"JOINTS_0": joints, "WEIGHTS_0": weights})
    file.node(mesh=mesh, skin=0, translation=[100, 100, 100])
    file.node(translation=[0, 5, 0])
    file.node()
    file.document["skins"] = [{"joints": [1, 2]}]
    read = parse(file.glb()).mesh
    expected = TETRAHEDRON + np.array([[0, 5, 0], [0, 5, 0], [0, 2.5, 0], [0, 0, 0]], np.float32)
    np.testing.assert_array_equal(read.vertices, expected)


def test_a_turned_texture_turns_the_coordinates_as_three_js_does():
    """By a quarter: (1, 0) goes to (0, -1), and the picture with it clockwise."""
    file = tetrahedron()
    uv = file.accessor(np.array([[1, 0], [0, 1], [1, 1], [0, 0]], np.float32))
    info = {"index": file.image(png(np.zeros((2, 2, 3), np.uint8)))}
    info["extensions"] = {"KHR_texture_transform": {"rotation": np.pi / 2}}
    primitive = file.document["meshes"][0]["primitives"][0]
    primitive |= {"material": file.material(pbrMetallicRoughness={"baseColorTexture": info})}
    primitive["attributes"]["TEXCOORD_0"] = uv
    mesh = parse(file.glb()).mesh
    expected = np.array([[0, -1], [1, 0], [1, -1], [0, 0]], np.float32)
    np.testing.assert_allclose(mesh.corner_uv, expected[mesh.faces], atol=1e-7)


def test_a_scene_that_trimesh_writes_is_read_with_its_places_and_textures():
    texels = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3) * 5
    ball, post = trimesh.creation.uv_sphere(1.0), trimesh.creation.cylinder(0.2, 3.0)
    uv = np.random.default_rng(5).random((len(ball.vertices), 2))
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(texels), roughnessFactor=0.4, metallicFactor=0.0
    )
    ball.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    scene = trimesh.Scene({"post": post})
    lifted = trimesh.transformations.translation_matrix([0, 2, 0])
    scene.add_geometry(ball, node_name="ball", geom_name="ball", transform=lifted)
    mesh = parse(scene.export(file_type="glb")).mesh
    names = [surface.name for surface in mesh.surfaces]
    assert sorted(names) == ["ball", "post"]
    surface = mesh.surfaces[names.index("ball")]
    assert surface.roughness == pytest.approx(0.4)
    np.testing.assert_array_equal(mesh.textures[surface.texture].base_color, texels)
    of_ball = mesh.faces[mesh.face_part == names.index("ball")]
    whole = trimesh.Trimesh(mesh.vertices, of_ball, process=False)
    assert whole.volume == pytest.approx(ball.volume, rel=1e-5)
    np.testing.assert_allclose(whole.bounds, np.add(ball.bounds, [0, 2, 0]), atol=1e-6)
