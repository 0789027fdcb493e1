"""OBJ, PLY and STL: what stands in their lines and rows."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import trimesh
from PIL import Image

from serve.formats import write
from serve.formats.color import srgb, srgb_bytes
from tests.format_corpus import CORPUS, GLASS, WOOD, colored, halves, maps, read_back, textured, unzipped


def texts(data: bytes) -> dict[str, str]:
    return {name: file.decode() for name, file in unzipped(data).items() if not name.startswith("textures/")}


def rows(text: str, keyword: str) -> np.ndarray:
    return np.array([line.split()[1:] for line in text.splitlines() if line.startswith(f"{keyword} ")], float)


def faces(text: str) -> np.ndarray:
    """Numbers of position, coordinates and normal at the corners, [F, 3, 3], from 0."""
    lines = [line.split()[1:] for line in text.splitlines() if line.startswith("f ")]
    return np.array([[corner.split("/") for corner in line] for line in lines]).astype(int) - 1


def test_obj_travels_with_its_material_library():
    files = texts(write("obj", halves(), name="window"))
    assert list(files) == ["window.obj", "window.mtl"]
    lines = files["window.obj"].splitlines()
    assert "mtllib window.mtl" in lines
    assert lines.index("usemtl wood_0") == lines.index("g seat") + 1
    assert lines.index("usemtl glass_1") == lines.index("g pane") + 1


def test_obj_materials_are_srgb_with_roughness_metallic_and_opacity():
    glass = texts(write("obj", halves(), name="window"))["window.mtl"].split("\n\n")[1]
    values = {line.split()[0]: line.split()[1:] for line in glass.splitlines()}
    assert values["newmtl"] == ["glass_1"]
    np.testing.assert_allclose([float(number) for number in values["Kd"]], srgb(GLASS.base_color), atol=1e-6)
    assert [float(values[key][0]) for key in ("d", "Pr", "Pm")] == [0.35, 0.06, 0.0]


def test_obj_brings_every_float_back_exactly():
    mesh = CORPUS["sphere"]()
    text = texts(write("obj", mesh, name="ball"))["ball.obj"]
    np.testing.assert_array_equal(rows(text, "v").astype(np.float32), mesh.vertices)


def test_obj_textures_lie_beside_it_in_pictures_of_their_own():
    files = unzipped(write("obj", CORPUS["textured"](), name="stool"))
    names = ["base_color", "roughness", "metallic", "normal"]
    assert list(files) == ["stool.obj", "stool.mtl", *(f"textures/{name}_0.png" for name in names)]
    library = files["stool.mtl"].decode().splitlines()
    assert library[1] == "Kd 1.000000 1.000000 1.000000"
    assert library[-4:] == [
        f"{keyword} textures/{name}_0.png"
        for keyword, name in zip(("map_Kd", "map_Pr", "map_Pm", "norm"), names, strict=True)
    ]
    read = {name: np.asarray(Image.open(io.BytesIO(files[f"textures/{name}_0.png"]))) for name in names}
    np.testing.assert_array_equal(read["base_color"], maps().base_color)
    np.testing.assert_array_equal(read["roughness"], maps().orm[:, :, 1])
    np.testing.assert_array_equal(read["metallic"], maps().orm[:, :, 2])


def test_obj_coordinates_have_v_upwards_and_positions_stay_shared():
    mesh = CORPUS["textured"]()
    text = texts(write("obj", mesh, name="stool"))["stool.obj"]
    order = np.argsort(mesh.face_part, kind="stable")
    corners = faces(text)
    assert len(rows(text, "v")) == len(mesh.vertices)
    np.testing.assert_array_equal(corners[:, :, 0], mesh.faces[order])
    expected = mesh.corner_uv[order] * [1, -1] + [0, 1]
    np.testing.assert_allclose(rows(text, "vt")[corners[:, :, 1]], expected, atol=1e-7)


def test_obj_vertices_carry_srgb_colours_where_the_asset_has_its_own():
    mesh = colored(halves())
    text = texts(write("obj", mesh, name="window"))["window.obj"]
    lines = rows(text, "v")
    assert lines.shape == (len(mesh.vertices), 6)
    corners = np.array(
        [
            [corner.split("//")[0] for corner in line.split()[1:]]
            for line in text.splitlines()
            if line[0] == "f"
        ]
    )
    order = np.argsort(mesh.face_part, kind="stable")
    found = lines[corners.astype(int) - 1]
    np.testing.assert_array_equal(found[:, :, :3].astype(np.float32), mesh.vertices[mesh.faces[order]])
    np.testing.assert_allclose(found[:, :, 3:], srgb(mesh.corner_color[order]), atol=1e-6)


def test_ply_faces_have_their_parts_colour_and_vertices_that_of_the_majority():
    mesh = halves()
    data = write("ply", mesh, name="window")
    found = read_back("ply", data).to_mesh().metadata["_ply_raw"]["face"]["data"]
    colors = np.stack([found[channel] for channel in ("red", "green", "blue")], axis=1)
    expected = srgb_bytes([WOOD.base_color, GLASS.base_color])
    np.testing.assert_array_equal(colors.squeeze(), expected[mesh.face_part])
    vertices = ply_vertex_colors(data, len(mesh.vertices))
    top, bottom = mesh.vertices[:, 1] > 0, mesh.vertices[:, 1] < 0
    assert {tuple(color) for color in vertices[top].tolist()} == {tuple(expected[1].tolist())}
    assert {tuple(color) for color in vertices[bottom].tolist()} == {tuple(expected[0].tolist())}


def ply_vertex_colors(data: bytes, count: int) -> np.ndarray:
    body = data[data.index(b"end_header\n") + 11 :]
    return np.frombuffer(body, np.dtype([("place", "<f4", 6), ("color", "u1", 3)]), count)["color"]


def test_ply_vertices_carry_the_colours_of_the_corners():
    mesh = colored(CORPUS["sphere"]())
    colors = ply_vertex_colors(write("ply", mesh, name="ball"), len(mesh.vertices))
    expected = np.zeros((len(mesh.vertices), 3), np.float32)
    expected[mesh.faces] = mesh.corner_color
    np.testing.assert_allclose(colors, srgb_bytes(expected), atol=1)


def test_ply_vertices_take_their_colours_from_a_texture_under_them():
    """Over a sheet whose coordinates are its places, the picture is seen from above."""
    size = 32
    sheet = trimesh.creation.box((1.0, 0.001, 1.0)).subdivide().subdivide()
    mesh = textured(CORPUS["box"](), (maps(size),))
    vertices = sheet.vertices.astype(np.float32)
    uv = (vertices[sheet.faces][:, :, [0, 2]] * np.float32(0.9) + np.float32(0.5)).astype(np.float32)
    picture = type(mesh)(
        vertices,
        sheet.faces.astype(np.int32),
        np.zeros(len(uv), np.int32),
        mesh.surfaces,
        None,
        uv,
        mesh.textures,
    )
    colors = ply_vertex_colors(write("ply", picture, name="sheet"), len(vertices)).astype(int)
    texel = (vertices[:, [0, 2]] * 0.9 + 0.5) * size - 0.5
    ramp = 255 // size
    np.testing.assert_allclose(colors[:, 0], texel[:, 0] * ramp, atol=3)
    np.testing.assert_allclose(colors[:, 1], texel[:, 1] * ramp, atol=3)
    assert set(colors[:, 2].tolist()) == {43}


def test_ply_takes_coordinates_far_outside_of_the_picture_as_repeats_of_it():
    near, far = textured(halves()), textured(halves())
    moved = replace(far, corner_uv=(far.corner_uv + np.array([4.0, -8.0])).astype(np.float32))
    found, expected = (ply_vertex_colors(write("ply", mesh, name="window"), 98) for mesh in (moved, near))
    np.testing.assert_allclose(found.astype(int), expected, atol=1)
    lost = replace(far, corner_uv=np.full_like(far.corner_uv, 1e30))
    assert write("ply", lost, name="window").startswith(b"ply")


def test_stl_has_a_constant_header_and_unit_normals_outward():
    data = write("stl", CORPUS["sphere"](), name="ball")
    assert data[:80] == write("stl", halves(), name="window")[:80]
    assert not data.startswith(b"solid")
    back = trimesh.load_mesh(io.BytesIO(data), file_type="stl")
    stored = np.frombuffer(data[84:], np.dtype([("normal", "<f4", 3), ("rest", "V38")]))["normal"]
    np.testing.assert_allclose(stored, back.face_normals, atol=1e-5)
