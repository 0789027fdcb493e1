"""Files that others might send become the mesh that they hold; foreign writers and readers are the judges."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from serve.contracts.errors import UnreadableMeshError
from serve.formats import write
from serve.formats.color import srgb
from serve.formats.reading.names import fit_names
from serve.formats.reading.parsing import parse
from serve.formats.reading.polygons import triangulate
from serve.geometry.mesh import PartMesh, Surface, TextureMaps
from tests.foreign_meshes import UNREADABLE, foreign_folder, foreign_meshes
from tests.gltf_files import png, tetrahedron
from tests.nasty_meshes import box, sphere, torus, two_colors
from tests.parts import require

ROUND = ["glb", "gltf", "obj", "ply", "stl"]
WOOD = Surface("seat", "wood", (0.5, 0.2, 0.1), roughness=0.7, metallic=0.0)
GLASS = Surface("pane", "glass", (0.7, 0.8, 0.9), roughness=0.06, metallic=0.0, opacity=0.35)


def corners(mesh: PartMesh) -> np.ndarray:
    """The triangles by position, each from its lowest corner on, sorted."""
    rows = mesh.vertices[mesh.faces]
    turned = np.stack([np.roll(row, -int(np.lexsort(row.T[::-1])[0]), axis=0) for row in rows])
    flat = turned.reshape(-1, 9)
    return flat[np.lexsort(flat.T[::-1])]


def textured() -> PartMesh:
    """A box of two looks in one texture."""
    mesh = box()
    generator = np.random.default_rng(7)
    blocks = generator.integers(0, 256, (3, 4, 8, 3), np.uint8)
    maps = TextureMaps(*blocks.repeat(16, axis=1).repeat(16, axis=2))  # flat enough for PNG, which is exact
    uv = generator.random((len(mesh.faces), 3, 2), np.float32)
    return replace(mesh, surfaces=(replace(WOOD, texture=0),), textures=(maps,), corner_uv=uv)


def zipped(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize("ext", ROUND)
@pytest.mark.parametrize("make", [box, sphere, torus], ids=["box", "sphere", "torus"])
def test_what_our_writers_write_comes_back_to_the_bit(ext, make):
    mesh = make()
    back = parse(write(ext, mesh, name="asset"))
    np.testing.assert_array_equal(corners(back.mesh), corners(mesh))
    assert len(back.mesh.vertices) == len(mesh.vertices)
    assert back.warnings == ()


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj"])
def test_parts_come_back_with_their_names_and_looks(ext):
    half = len(box().faces) // 2
    parts = np.repeat(np.array([0, 1], np.int32), half)
    back = parse(write(ext, replace(box(), face_part=parts, surfaces=(WOOD, GLASS)), name="window")).mesh
    assert [surface.name for surface in back.surfaces] == ["seat", "pane"]
    assert np.bincount(back.face_part).tolist() == [half, half]
    for surface, sent in zip(back.surfaces, (WOOD, GLASS), strict=True):
        np.testing.assert_allclose(surface.base_color, sent.base_color, atol=1e-5)
        assert surface.opacity == pytest.approx(sent.opacity)
        assert surface.roughness == pytest.approx(sent.roughness)
    assert back.surfaces[1].material == "glass"


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj"])
def test_textures_come_back_texel_by_texel(ext):
    sent = textured()
    back = parse(write(ext, sent, name="box")).mesh
    assert [surface.texture for surface in back.surfaces] == [0]
    (maps,) = back.textures
    np.testing.assert_array_equal(maps.base_color, sent.textures[0].base_color)
    np.testing.assert_array_equal(maps.normal, sent.textures[0].normal)
    channels = [1, 2] if ext == "obj" else [0, 1, 2]  # MTL has no place for occlusion
    np.testing.assert_array_equal(maps.orm[..., channels], sent.textures[0].orm[..., channels])


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj"])
def test_every_corner_keeps_its_texture_coordinates(ext):
    sent = textured()
    back = parse(write(ext, sent, name="box")).mesh
    places = {tuple(face): uv for face, uv in zip(sent.faces.tolist(), sent.corner_uv, strict=True)}
    lowest = {tuple(point): index for index, point in enumerate(sent.vertices.tolist())}
    for face, uv in zip(back.vertices[back.faces], back.corner_uv, strict=True):
        np.testing.assert_allclose(
            uv, places[tuple(lowest[tuple(point)] for point in face.tolist())], atol=1e-6
        )


@pytest.mark.parametrize("ext", ["glb", "gltf", "obj", "ply"])
def test_colours_of_vertices_come_back(ext):
    mesh = box()
    colors = np.random.default_rng(3).random((len(mesh.vertices), 3)).astype(np.float32)
    data = write(ext, replace(mesh, corner_color=colors[mesh.faces]), name="box")
    back = parse(data).mesh
    if ext == "ply":  # colours of faces, in bytes
        expected = colors[mesh.faces].mean(axis=1, keepdims=True).repeat(3, axis=1)
        np.testing.assert_allclose(srgb(back.corner_color), srgb(expected), atol=0.02)
    else:
        order = [int(np.flatnonzero((mesh.vertices == point).all(axis=1))[0]) for point in back.vertices]
        np.testing.assert_allclose(back.corner_color, colors[order][back.faces], atol=0.01)


@pytest.mark.parametrize("kind", ["glb", "obj", "ply", "stl", "ply ascii", "stl_ascii"])
def test_what_trimesh_writes_is_read_as_trimesh_reads_it(kind):
    solid = trimesh.creation.annulus(0.5, 1.0, 0.7)
    if kind == "ply ascii":
        data = trimesh.exchange.ply.export_ply(solid, encoding="ascii")
    else:
        data = solid.export(file_type=kind)
    data = data.encode() if isinstance(data, str) else data
    mesh = parse(data, up_axis="y").mesh
    back = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert len(mesh.faces) == len(solid.faces)
    assert back.is_watertight
    assert back.volume == pytest.approx(solid.volume, rel=1e-4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_ply_of_both_byte_orders_with_polygons_and_columns_that_nobody_knows(order):
    header = (
        f"ply\nformat binary_{'little' if order == '<' else 'big'}_endian 1.0\ncomment made by hand\n"
        "element vertex 5\nproperty double x\nproperty double y\nproperty double z\nproperty uchar red\n"
        "property uchar green\nproperty uchar blue\nproperty float quality\n"
        "element face 3\nproperty short flags\nproperty list uchar uint vertex_indices\nend_header\n"
    )
    rows = np.zeros(5, np.dtype([("p", f"{order}f8", 3), ("c", "u1", 3), ("q", f"{order}f4")]))
    rows["p"] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 0.5, 1]]
    rows["c"] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [188, 188, 188], [0, 0, 0]]
    body = b""
    for polygon in ([0, 1, 4], [3, 2, 1, 0], [1, 2, 4]):
        body += np.array([7], f"{order}i2").tobytes() + bytes([len(polygon)])
        body += np.array(polygon, f"{order}u4").tobytes()
    mesh = parse(header.encode() + rows.tobytes() + body, up_axis="y").mesh
    assert len(mesh.faces) == 4
    np.testing.assert_array_equal(mesh.vertices, rows["p"].astype(np.float32))
    np.testing.assert_allclose(mesh.corner_color[0], [[1, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert mesh.corner_color[1, 0, 0] == pytest.approx(0.5029, abs=1e-4)


def test_a_ragged_ply_text_reads_like_its_binary_twin():
    text = (
        b"ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
        b"element face 3\nproperty list uchar int vertex_index\nend_header\n"
        b"0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n4 0 1 2 3\n3 0 2 3\n"
    )
    assert parse(text, up_axis="y").mesh.faces.tolist() == [[0, 1, 2], [0, 1, 2], [0, 2, 3], [0, 2, 3]]


def test_obj_understands_polygons_negative_numbers_continued_lines_and_groups():
    text = (
        b"# by hand\r\ng floor\r\nv 0 0 0\r\nv 1 0 0\r\nv 1 0 1\r\nv 0 0 1\r\nf -4 -3 \\\r\n-2 -1\r\n"
        b"g roof tiles\r\nv 0 2 0 1.0\r\nf 1// 2// 5//\r\nf 2 3 5\r\nl 1 2\r\n"
    ).replace(b"1// 2// 5//", b"1//1 2//1 5//1")
    reading = parse(text)
    assert [surface.name for surface in reading.mesh.surfaces] == ["floor", "roof_tiles"]
    assert np.bincount(reading.mesh.face_part).tolist() == [2, 2]
    assert reading.warnings == ("Left out of the OBJ file: l, which have no faces.",)


def test_stl_text_has_a_part_for_each_solid():
    loop = "outer loop\n vertex {} 0 0\n vertex 1 1 0\n vertex 0 1 0\n endloop\n"
    facet = f"facet normal 0 0 0\n{loop}endfacet\n"
    text = "".join(f"solid {name}\n{facet.format(x)}endsolid {name}\n" for name, x in (("a b", 0), ("c", 2)))
    mesh = parse(text.encode()).mesh
    assert [surface.name for surface in mesh.surfaces] == ["a_b", "c"]
    assert len(mesh.vertices) == 4


def test_a_binary_stl_may_begin_with_the_word_of_the_text_form():
    data = write("stl", box(), name="box")
    assert len(parse(b"solid box".ljust(80) + data[80:]).mesh.faces) == 12


def test_units_and_axes_are_as_told():
    data = write("stl", box((1.0, 2.0, 3.0)), name="box")
    np.testing.assert_allclose(np.ptp(parse(data).mesh.vertices, axis=0), [1, 2, 3])
    np.testing.assert_allclose(np.ptp(parse(data, up_axis="y").mesh.vertices, axis=0), [1, 3, 2])
    millimetres = parse(data, unit_m=0.001).mesh.vertices
    np.testing.assert_allclose(np.ptp(millimetres, axis=0), [0.001, 0.002, 0.003], rtol=1e-6)


def test_an_archive_brings_a_gltf_its_buffer_and_its_pictures():
    file = tetrahedron(material=0)
    file.material(pbrMetallicRoughness={"baseColorTexture": {"index": 0}})
    file.document["images"] = [{"uri": "textures/red%20wall.png"}]
    file.document["textures"] = [{"source": 0}]
    uv = file.accessor(np.zeros((4, 2), np.float32))
    file.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv
    red = np.full((4, 4, 3), [255, 0, 0], np.uint8)
    files = {
        "scene/scene.gltf": file.gltf("scene.bin"),
        "scene/scene.bin": bytes(file.binary),
        "scene/textures/Red Wall.PNG": png(red),
        "__MACOSX/._scene.gltf": b"resource fork",
    }
    mesh = parse(zipped(**files)).mesh
    np.testing.assert_array_equal(mesh.textures[0].base_color, red)
    assert mesh.surfaces[0].base_color == pytest.approx((1.0, 0.0, 0.0))


def test_what_does_not_come_with_an_obj_is_told_and_not_fatal():
    text = b"mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n"
    assert "a.mtl" in parse(text).warnings[0]
    library = b"newmtl red\nKd 1 0 0\nNs 96\nmap_Kd -s 2 2 2 gone.png\n"
    reading = parse(zipped(**{"a.obj": text, "a.mtl": library}))
    assert "gone.png" in reading.warnings[0]
    assert reading.mesh.surfaces[0].name == "red"
    assert reading.mesh.surfaces[0].base_color == (1.0, 0.0, 0.0)
    assert 0.3 < reading.mesh.surfaces[0].roughness < 0.5


def test_a_line_may_name_several_material_libraries():
    text = b"mtllib a.mtl b.mtl\nmtllib my own.mtl\n" + b"v 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n"
    libraries = {"a.mtl": b"newmtl blue\nKd 0 0 1\n", "b.mtl": b"newmtl red\nKd 1 0 0\n", "my own.mtl": b""}
    reading = parse(zipped(**{"a.obj": text}, **libraries))
    assert reading.mesh.surfaces[0].base_color == (1.0, 0.0, 0.0)
    assert reading.warnings == ()


def test_numbers_that_are_none_are_left_to_the_next_stage():
    text = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv nan 1 1\nf 1 2 3\nf 1 2 4\n"
    mesh = parse(text).mesh
    assert len(mesh.faces) == 2
    assert np.isnan(mesh.vertices).any(axis=1).tolist() == [False, False, False, True]


def test_names_become_fit_and_unique():
    names = ["leg", "leg", "leg_2", "Stuhl: Füße", "", "../../etc/passwd", "x" * 90, "日本"]
    fit = fit_names(names)
    assert fit == ["leg", "leg_2", "leg_2_2", "Stuhl_Fusse", "part", "etc_passwd", "x" * 56, "part_2"]


@pytest.mark.parametrize("count", [4, 5, 8, 17])
def test_polygons_with_dents_keep_their_area(count):
    generator = np.random.default_rng(count)
    for _ in range(20):
        angles = np.sort(generator.random(count)) * 2 * np.pi
        radii = generator.uniform(0.3, 1.0, count)
        flat = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
        if np.diff(np.append(angles, angles[0] + 2 * np.pi)).max() > np.pi:
            continue
        area = 0.5 * np.sum(flat[:, 0] * np.roll(flat[:, 1], -1) - np.roll(flat[:, 0], -1) * flat[:, 1])
        points = np.stack([flat[:, 1], np.full(count, 3.0), flat[:, 0]], axis=1)
        triangles, owners = triangulate(points, np.array([count]))
        edges = points[triangles]
        areas = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])[:, 1] / 2
        assert (areas >= -1e-12).all()
        assert areas.sum() == pytest.approx(area)
        assert owners.tolist() == [0] * (count - 2)


def test_two_parts_that_share_a_border_stay_one_closed_surface():
    sent = two_colors()
    back = parse(write("glb", sent, name="asset")).mesh
    assert len(back.vertices) == len(sent.vertices)
    assert trimesh.Trimesh(back.vertices, back.faces, process=False).is_watertight


def require_foreign() -> Path:
    folder = foreign_folder()
    require("pybullet-data", folder is not None, "pip install pybullet")
    return folder


def test_files_that_others_wrote_are_read_as_trimesh_reads_them():
    require_foreign()
    paths = foreign_meshes()
    assert len(paths) >= 60
    for path in paths:
        data = path.read_bytes()
        mesh = parse(data, up_axis="y").mesh
        kind = path.suffix[1:].lower()
        foreign = trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False).to_mesh()
        assert len(mesh.faces) == len(foreign.faces), path
        np.testing.assert_allclose(mesh.bounds, foreign.bounds, rtol=1e-5, atol=1e-6, err_msg=str(path))
        whole = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
        assert whole.area == pytest.approx(foreign.area, rel=1e-2), path  # quads with dents are cut otherwise


def test_a_foreign_file_of_nothing_but_nan_is_refused():
    with pytest.raises(UnreadableMeshError, match="not a finite number"):
        parse((require_foreign() / UNREADABLE).read_bytes())


@pytest.mark.parametrize("name", ["duck", "soccerball", "plane"])
def test_foreign_files_bring_their_materials_and_textures_in_an_archive(name):
    folder = require_foreign()
    files = {
        path.name: path.read_bytes() for path in folder.glob("*") if path.suffix in (".mtl", ".png", ".jpg")
    }
    reading = parse(zipped(**files, **{f"{name}.obj": (folder / f"{name}.obj").read_bytes()}))
    textures = {surface.texture for surface in reading.mesh.surfaces}
    assert reading.warnings == ()
    assert textures == {0}
    assert np.ptp(reading.mesh.textures[0].base_color.reshape(-1, 3), axis=0).max() > 50
