"""Baked meshes look like what they were baked from: colour, finish, normals and openness."""

from dataclasses import replace

import numpy as np
import pytest

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.artifacts import pack
from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.fields.meshing import extract_surface, segment_surface
from serve.geometry.arrays import mesh_to_arrays
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import TextureMaps
from serve.geometry.tangents import corner_tangents
from serve.geometry.unwrapping import unwrap
from serve.render import PictureSettings, frame_turntable, trace_base_color
from serve.render.baking import bake
from serve.render.baking.atlas import nearest_filled, rasterise
from serve.render.tone import srgb_to_linear
from tests import nasty_meshes as nasty
from tests.color_difference import ciede2000, lab_from_linear
from tests.nasty_meshes import mesh_of, plain_surface
from tests.toolboxes import Toolbox

SETTINGS = PictureSettings(width=160, height=160, sample_count=4)


def house_meshes(name, poly_count=3000):
    """A fine mesh of a house shape, and a coarse one of the same parts."""
    shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(3)).scaled_to(1.0)
    surface = extract_surface(shape, 64)
    return (
        segment_surface(shape, *surface, resolution=64, poly_count=count) for count in (200_000, poly_count)
    )


def square(size_m=1.0, height_m=0.0, cell_count=1):
    """A flat sheet that faces up, around the origin."""
    steps = np.linspace(-size_m / 2, size_m / 2, cell_count + 1)
    x, z = np.meshgrid(steps, steps, indexing="ij")
    points = np.stack([x, np.full_like(x, height_m), z], axis=-1).reshape(-1, 3)
    i = (np.arange(cell_count)[:, None] * (cell_count + 1) + np.arange(cell_count)).reshape(-1)
    n = cell_count + 1
    return mesh_of(
        points,
        np.concatenate(
            [
                np.stack([i, i + 1, i + n + 1], axis=1),
                np.stack([i, i + n + 1, i + n], axis=1),
            ]
        ),
    )


def painted(mesh, paint):
    """The mesh with colours at its corners that follow from the place."""
    return replace(mesh, corner_color=paint(mesh.vertices[mesh.faces]).astype(np.float32))


def rainbow(points):
    return 0.5 + 0.45 * np.sin(6.0 * points + [0.0, 2.0, 4.0])


def differences(first, second):
    """CIEDE2000 between twelve unlit views, where both show the mesh."""
    cameras = [
        *frame_turntable(first.vertices, 8, 10.0, 15.0),
        *frame_turntable(first.vertices, 2, 40.0, 60.0),
        *frame_turntable(first.vertices, 2, 40.0, -50.0),
    ]
    found = []
    for camera in cameras:
        (one, one_cover), (other, other_cover) = (
            trace_base_color(mesh, camera, SETTINGS) for mesh in (first, second)
        )
        both = (one_cover == 1.0) & (other_cover == 1.0)
        found.append(ciede2000(lab_from_linear(one[both]), lab_from_linear(other[both])))
    return np.concatenate(found)


def texel_places(mesh, size):
    """Position, interpolated normal, tangent frame and map values of each filled texel."""
    atlas = rasterise(mesh.corner_uv, size)
    rows, columns = atlas.texels.T
    a, b, c = (mesh.corner_uv[atlas.faces, i].astype(float) * size for i in range(3))
    centre = np.stack([columns + 0.5, rows + 0.5], axis=1)
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    at_b = ((centre - a)[:, 0] * (c - a)[:, 1] - (centre - a)[:, 1] * (c - a)[:, 0]) / area
    at_c = ((b - a)[:, 0] * (centre - a)[:, 1] - (b - a)[:, 1] * (centre - a)[:, 0]) / area
    weights = np.stack([1.0 - at_b - at_c, at_b, at_c], axis=1)
    inside = weights.min(axis=1) > 0.0

    def at(corners):
        return np.einsum("ni,nij->nj", weights, corners[atlas.faces].astype(float))[inside]

    return rows[inside], columns[inside], at


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def world_normals(mesh, size):
    """Positions, and unit normals as a renderer reads them from the map."""
    rows, columns, at = texel_places(mesh, size)
    up = unit(at(corner_normals(mesh.vertices, mesh.faces)))
    tangents = at(corner_tangents(mesh))
    along = unit(tangents[:, :3])
    across = np.sign(tangents[:, 3:]) * np.cross(up, along)
    x, y, z = (mesh.textures[0].normal[rows, columns].astype(float) / 127.5 - 1.0).T[:, :, None]
    return at(mesh.vertices[mesh.faces]), unit(x * along + y * across + z * up)


@pytest.mark.parametrize("name", ["car", "castle", "chair", "duck", "lamp", "snowman", "teapot"])
def test_house_assets_keep_their_colours(name):
    source, target = house_meshes(name)
    baked = bake(source, unwrap(target, 512), 512)
    found = differences(source, baked)
    assert found.mean() <= 2.0
    assert np.percentile(found, 99) <= 8.0


def test_painted_corners_become_a_texture():
    source = painted(nasty.sphere(ring_count=80, column_count=160), rainbow)
    baked = bake(source, unwrap(nasty.sphere(ring_count=20, column_count=40), 512), 512)
    assert baked.corner_color is None
    found = differences(source, baked)
    assert found.mean() <= 2.0
    assert np.percentile(found, 99) <= 8.0


def test_a_texture_is_carried_over_to_other_coordinates():
    rows, columns = np.mgrid[0:256, 0:512]
    stripes = 128 + 100 * np.sin(columns / 20.0), 128 + 100 * np.sin(rows / 15.0), np.full(rows.shape, 90)
    maps = TextureMaps(np.stack(stripes, axis=-1).astype(np.uint8))
    ball = nasty.sphere(ring_count=60, column_count=120)
    points = ball.vertices[ball.faces]
    v = np.arccos(np.clip(points[..., 1] / 0.5, -1.0, 1.0)) / np.pi
    u = np.arctan2(points[..., 0], points[..., 2]) / (2.0 * np.pi)
    u += (u < u[:, :1] - 0.5).astype(int) - (u > u[:, :1] + 0.5).astype(int)
    source = replace(
        ball,
        corner_uv=np.stack([u, v], axis=-1).astype(np.float32),
        textures=(maps,),
        surfaces=(replace(plain_surface(), texture=0),),
    )
    baked = bake(source, unwrap(nasty.sphere(ring_count=20, column_count=40), 512), 512)
    found = differences(source, baked)
    assert found.mean() <= 2.0
    assert np.percentile(found, 99) <= 8.0


def test_every_texel_has_a_colour_of_the_mesh_and_no_mip_level_mixes_parts():
    mesh = nasty.two_colors()
    target = unwrap(mesh, 512)
    baked = bake(mesh, target, 512)
    color = baked.textures[0].base_color
    known = {tuple(row) for row in color.reshape(-1, 3).tolist()}
    assert known == {(231, 63, 63), (63, 89, 231)}
    atlas = rasterise(target.corner_uv, 512)
    parts = np.full((512, 512), -1)
    parts[tuple(atlas.texels.T)] = mesh.face_part[atlas.faces]
    for level in (1, 2):
        block = 2**level
        colors = (
            color.reshape(512 // block, block, 512 // block, block, 3).swapaxes(1, 2).reshape(-1, block**2, 3)
        )
        owners = parts.reshape(512 // block, block, 512 // block, block).swapaxes(1, 2).reshape(-1, block**2)
        filled = owners.max(axis=1) >= 0
        assert (np.ptp(colors[filled], axis=1) == 0).all(axis=1).mean() > (0.999 if level == 1 else 0.99)


def test_texels_outside_of_charts_copy_the_nearest_one_inside():
    atlas = rasterise(unwrap(nasty.torus(), 64).corner_uv, 64)
    nearest = atlas.texels[nearest_filled(atlas)]
    places = np.stack(np.mgrid[0:64, 0:64], axis=-1)
    found = np.linalg.norm(nearest - places, axis=-1)
    true = np.min([np.linalg.norm(places - texel, axis=-1) for texel in atlas.texels], axis=0)
    assert (found[tuple(atlas.texels.T)] == 0.0).all()
    assert np.mean(found == true) > 0.999


def test_a_wall_thinner_than_the_error_keeps_both_sides():
    top = painted(square(height_m=0.002), lambda points: np.broadcast_to([0.9, 0.1, 0.1], points.shape))
    below = painted(nasty.flipped(square()), lambda points: np.broadcast_to([0.1, 0.1, 0.9], points.shape))
    source = mesh_of(
        np.concatenate([top.vertices, below.vertices]),
        np.concatenate([top.faces, below.faces + len(top.vertices)]),
    )
    source = replace(source, corner_color=np.concatenate([top.corner_color, below.corner_color]))
    sunk = replace(source, vertices=source.vertices - np.float32([0.0, 0.003, 0.0]), corner_color=None)
    baked = bake(source, unwrap(sunk, 128), 128)
    rows, columns, at = texel_places(baked, 128)
    normals = at(corner_normals(baked.vertices, baked.faces))
    red, _, blue = baked.textures[0].base_color[rows, columns].T.astype(int)
    assert ((red > blue) == (normals[:, 1] > 0.0)).all()


def test_a_border_stays_where_the_target_has_it():
    """The source's border lies 5 mm aside; each part of the target takes its colour from its own part."""
    mesh = nasty.two_colors(square(cell_count=20))
    source = replace(mesh, vertices=mesh.vertices + np.float32([0.005, 0.0, 0.0]))
    baked = bake(source, unwrap(mesh, 256), 256)
    rows, columns, at = texel_places(baked, 256)
    red = baked.textures[0].base_color[rows, columns, 0].astype(int)
    assert ((red > 128) == (at(mesh.vertices[mesh.faces])[:, 0] < 0.0)).all()


def test_a_flat_sheet_gets_the_normals_of_its_waves():
    fine = square(cell_count=150)
    x, _, z = fine.vertices.T
    waves = np.stack([x, 0.004 * np.sin(20.0 * x) * np.cos(15.0 * z), z], axis=1).astype(np.float32)
    baked = bake(replace(fine, vertices=waves), unwrap(square(), 256), 256)
    (x, _, z), normals = (
        values.T if i == 0 else values for i, values in enumerate(world_normals(baked, 256))
    )
    slope_x = 0.004 * 20.0 * np.cos(20.0 * x) * np.cos(15.0 * z)
    slope_z = -0.004 * 15.0 * np.sin(20.0 * x) * np.sin(15.0 * z)
    expected = unit(np.stack([-slope_x, np.ones_like(x), -slope_z], axis=1))
    turned_deg = np.degrees(np.arccos(np.clip((normals * expected).sum(axis=1), -1.0, 1.0)))
    assert np.percentile(turned_deg, 99) < 1.0


def test_a_coarse_ball_gets_the_normals_of_the_round_one():
    source = nasty.sphere(ring_count=80, column_count=160)
    baked = bake(source, unwrap(nasty.sphere(ring_count=12, column_count=24), 512), 512)
    places, normals = world_normals(baked, 512)
    turned_deg = np.degrees(np.arccos(np.clip((normals * unit(places)).sum(axis=1), -1.0, 1.0)))
    assert np.percentile(turned_deg, 99) < 1.0


def test_a_mesh_baked_onto_itself_needs_no_bending():
    ring = nasty.torus(row_count=64, column_count=48)
    normal = bake(ring, unwrap(ring, 256), 256).textures[0].normal.astype(int)
    assert np.abs(normal - [128, 128, 255]).max() <= 2


def test_the_maps_of_the_source_are_carried_over():
    bent = unit(np.array([0.3, -0.2, 1.0]))
    maps = TextureMaps(
        base_color=np.full((4, 4, 3), [200, 100, 50], np.uint8),
        orm=np.full((4, 4, 3), [140, 90, 255], np.uint8),
        normal=np.full((4, 4, 3), np.rint(127.5 + 127.5 * bent), np.uint8),
    )
    source = replace(unwrap(square(), 64), textures=(maps,), surfaces=(replace(plain_surface(), texture=0),))
    baked = bake(source, unwrap(square(cell_count=3), 64), 64)
    assert (baked.textures[0].base_color == [200, 100, 50]).all()
    assert (baked.textures[0].orm == [140, 90, 255]).all()
    tangent = corner_tangents(source)[0, 0].astype(float)
    up = np.array([0.0, 1.0, 0.0])
    frame = np.stack([tangent[:3], tangent[3] * np.cross(up, tangent[:3]), up])
    _, normals = world_normals(baked, 64)
    assert np.degrees(np.arccos(np.clip(normals @ (bent @ frame), -1.0, 1.0))).max() < 1.0


def test_a_convex_shape_is_open_all_over():
    ball = nasty.sphere()
    assert (bake(ball, unwrap(ball, 128), 128).textures[0].orm[..., 0] == 255).all()


def test_a_corner_is_darker_towards_its_edge_and_as_dark_as_reckoned():
    """In an infinite corner of two walls the half of one that the other covers has cosine weight 1/2."""
    wall = square(cell_count=8)
    turned = mesh_of(wall.vertices[:, [1, 0, 2]] * [1.0, 1.0, -1.0] + [-0.5, 0.5, 0.0], wall.faces)
    corner = nasty.joined(wall, turned)
    if corner_normals(turned.vertices, turned.faces)[0, 0, 0] < 0.0:
        corner = nasty.joined(wall, nasty.flipped(turned))
    baked = bake(corner, unwrap(corner, 256), 256)
    rows, columns, at = texel_places(baked, 256)
    places = at(corner.vertices[corner.faces])
    openness = baked.textures[0].orm[rows, columns, 0] / 255.0
    on_floor = (places[:, 1] < 1e-6) & (np.abs(places[:, 2]) < 0.25)
    away_m = places[on_floor, 0] + 0.5
    near, far = openness[on_floor][away_m < 0.02], openness[on_floor][away_m > 0.9]
    assert 0.45 < near.mean() < 0.58
    assert far.mean() > 0.97
    bands = [
        openness[on_floor][(away_m > low) & (away_m < low + 0.1)].mean() for low in np.arange(0.0, 0.9, 0.1)
    ]
    assert (np.diff(bands) > -0.005).all()


def test_openness_has_no_grain():
    """On a floor under a ball, texels side by side differ by next to nothing."""
    scene = nasty.joined(square(2.0), nasty.moved(nasty.sphere(0.3, 32, 64), (0.0, 0.35, 0.0)))
    baked = bake(scene, unwrap(scene, 512), 512)
    rows, columns, at = texel_places(baked, 512)
    floor = np.full((512, 512), np.nan)
    on_floor = at(scene.vertices[scene.faces])[:, 1] < 1e-6
    floor[rows[on_floor], columns[on_floor]] = (
        baked.textures[0].orm[rows[on_floor], columns[on_floor], 0] / 255.0
    )
    bends = floor[1:-1, 2:] - 2.0 * floor[1:-1, 1:-1] + floor[1:-1, :-2]
    assert np.nanmin(floor) < 0.5
    assert np.nanpercentile(np.abs(bends), 99) < 0.03


def test_glass_keeps_its_look_and_casts_no_shade():
    floor, cover = square(1.0, cell_count=4), square(1.0, 0.05, cell_count=4)
    scene = nasty.joined(floor, cover)
    clear = replace(scene.surfaces[1], base_color=(0.2, 0.9, 0.3), roughness=0.1, opacity=0.3)
    scene = replace(scene, surfaces=(scene.surfaces[0], clear))
    baked = bake(scene, unwrap(scene, 128), 128)
    assert baked.surfaces[1].texture == 0
    assert baked.surfaces[1].opacity == 0.3
    assert baked.surfaces[1].base_color == pytest.approx((0.2, 0.9, 0.3), abs=5e-3)
    rows, columns, at = texel_places(baked, 128)
    on_floor = at(scene.vertices[scene.faces])[:, 1] < 1e-6
    assert (baked.textures[0].orm[rows[on_floor], columns[on_floor], 0] == 255).all()


def test_surfaces_tell_the_means_of_their_texels():
    source = painted(nasty.sphere(ring_count=40, column_count=80), rainbow)
    baked = bake(source, unwrap(nasty.sphere(), 256), 256)
    rows, columns, _ = texel_places(baked, 256)
    mean = srgb_to_linear(baked.textures[0].base_color[rows, columns] / np.float32(255.0)).mean(axis=0)
    assert baked.surfaces[0].base_color == pytest.approx(mean.tolist(), abs=0.01)
    assert baked.surfaces[0].roughness == pytest.approx(plain_surface().roughness, abs=2e-3)


@pytest.mark.parametrize("name", sorted(set(nasty.BROKEN) - {"hidden_indices", "with_nan_vertices"}))
def test_broken_meshes_are_baked_all_the_same(name):
    mesh = nasty.BROKEN[name]()
    maps = bake(mesh, unwrap(mesh, 64), 64).textures[0]
    assert maps.base_color.shape == maps.orm.shape == maps.normal.shape == (64, 64, 3)


def test_equal_meshes_give_equal_maps():
    source, target = house_meshes("duck", 1000)
    target = unwrap(target, 256)
    first, second = (pack(mesh_to_arrays(bake(source, target, 256))) for _ in range(2))
    assert first == second


def test_what_cannot_be_baked_is_refused_with_what_to_do():
    ball = nasty.sphere()
    unwrapped = unwrap(ball, 64)
    with pytest.raises(InvalidRequestError, match="unwrap it first"):
        bake(ball, ball, 64)
    with pytest.raises(InvalidRequestError, match="unwrap it first"):
        bake(ball, replace(unwrapped, corner_uv=unwrapped.corner_uv + 0.5), 64)
    with pytest.raises(InvalidRequestError, match="texture_size = 8"):
        bake(ball, unwrapped, 8)
    with pytest.raises(InvalidRequestError, match="no faces"):
        bake(ball, replace(unwrapped, faces=unwrapped.faces[:0], corner_uv=unwrapped.corner_uv[:0]), 64)
    with pytest.raises(InvalidRequestError, match="ask for repair"):
        bake(nasty.with_nan_vertices(), unwrapped, 64)


def test_it_stops_when_it_is_told_to():
    def stop():
        raise CancelledJobError("cancelled")

    ball = nasty.sphere()
    with pytest.raises(CancelledJobError):
        bake(ball, unwrap(ball, 64), 64, check=stop)
    with pytest.raises(CancelledJobError):
        bake(ball, unwrap(ball, 64), 64, spread=Toolbox(1).spread)
