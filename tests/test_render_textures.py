import dataclasses

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.geometry.mesh import TextureMaps
from serve.render import render_picture, trace_base_color, trace_linear
from serve.render.lighting import uniform_lighting
from serve.render.tone import srgb_to_linear
from tests.render_scenes import (
    FRONT,
    WHITE,
    make_box,
    make_maps,
    make_mesh,
    make_settings,
    make_sphere,
    make_surface,
    make_wall,
)

FLAT = (128, 128, 255)
SUN = dataclasses.replace(
    uniform_lighting(1e-6), sun=WHITE, sun_direction=(0.0, 0.0, 1.0), sun_radius_deg=0.5
)


def base_color_at(mesh, x, y, size=256, sample_count=1):
    """Of the point (x, y, 0), seen from the front."""
    color, coverage = trace_base_color(mesh, FRONT, make_settings(size, sample_count))
    column, row = FRONT.project([[x, y, 0.0]], size, size)[0].astype(int)
    assert coverage[row, column] == 1.0
    return color[row, column]


def radiance_of(mesh, lighting, sample_count=16):
    """In the middle of the picture."""
    return trace_linear(mesh, FRONT, make_settings(32, sample_count), lighting)[13:19, 13:19].mean(
        axis=(0, 1)
    )


def test_a_texture_lies_on_a_wall_as_its_picture_hangs():
    texels = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [90, 150, 210]]], np.uint8)
    wall = make_wall(maps=TextureMaps(texels))
    for row, column in np.ndindex(2, 2):
        seen = base_color_at(wall, x=-0.5 + column, y=0.5 - row)
        np.testing.assert_allclose(seen, srgb_to_linear(texels[row, column] / np.float32(255)), atol=0.02)


def test_colors_are_blended_as_light_and_not_as_bytes():
    wall = make_wall(maps=make_maps([(0, 0, 0), (255, 255, 255)]))
    assert base_color_at(wall, 0.0, 0.0)[0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("shift", [0.0, -3.0, 1e-9, 4.0])
def test_a_texture_repeats_beyond_its_borders(shift):
    wall = make_wall(maps=make_maps([(255, 0, 0), (0, 0, 255)]), uv_scale=2.0)
    moved = dataclasses.replace(wall, corner_uv=wall.corner_uv + np.float32(shift))
    assert base_color_at(moved, -0.75, 0.0)[0] == pytest.approx(1.0, abs=0.03)
    assert base_color_at(moved, -0.25, 0.0)[2] == pytest.approx(1.0, abs=0.03)
    assert base_color_at(moved, 0.25, 0.0)[0] == pytest.approx(1.0, abs=0.03)
    # The picture's first and last columns are neighbours.
    np.testing.assert_allclose(base_color_at(moved, 0.0, 0.0), [0.5, 0.0, 0.5], atol=0.03)


def test_each_part_has_its_own_texture():
    left, right = make_wall(maps=make_maps([(255, 0, 0)])), make_wall(maps=make_maps([(0, 255, 0)] * 3))
    beside = np.array([1.1, 0, 0], np.float32)
    pair = dataclasses.replace(
        left,
        vertices=np.concatenate([left.vertices - beside, right.vertices + beside]),
        faces=np.concatenate([left.faces, right.faces + 4]),
        face_part=np.array([0, 0, 1, 1], np.int32),
        surfaces=(make_surface(name="left", texture=0), make_surface(name="right", texture=1)),
        corner_uv=np.concatenate([left.corner_uv, right.corner_uv]),
        textures=left.textures + right.textures,
    )
    np.testing.assert_allclose(base_color_at(pair, -1.1, 0.0), [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(base_color_at(pair, 1.1, 0.0), [0, 1, 0], atol=1e-6)


def test_corner_colors_run_over_a_face_and_give_way_to_a_texture():
    colors = np.tile(np.eye(3, dtype=np.float32), (2, 1, 1))
    wall = dataclasses.replace(make_wall(), corner_color=colors)
    # A third of the way down the diagonal from the corner (-1, -1): the first face's own mean point.
    np.testing.assert_allclose(base_color_at(wall, 1 / 3, -1 / 3), np.full(3, 1 / 3), atol=0.02)
    covered = dataclasses.replace(make_wall(maps=make_maps([(255, 255, 0)])), corner_color=colors)
    np.testing.assert_allclose(base_color_at(covered, 1 / 3, -1 / 3), [1, 1, 0], atol=1e-6)


def test_base_colors_have_clean_outlines():
    color, coverage = trace_base_color(make_sphere(base_color=(0.2, 0.4, 0.6)), FRONT, make_settings(64, 16))
    seen = coverage > 0
    assert coverage[32, 32] == 1 and coverage[0, 0] == 0 and ((coverage > 0) & (coverage < 1)).any()
    np.testing.assert_allclose(color[seen], np.tile([0.2, 0.4, 0.6], (seen.sum(), 1)), rtol=1e-5)
    assert not color[~seen].any()


def test_a_texture_of_even_numbers_is_the_surface_with_those_numbers():
    base, orm = (120, 200, 40), (255, 102, 204)
    color = tuple(srgb_to_linear(np.array(base, np.float32) / 255).tolist())
    plain = make_wall(base_color=color, roughness=102 / 255, metallic=204 / 255)
    textured = make_wall(maps=make_maps([base], [orm]))
    settings = make_settings(48)
    by_number, by_texture = (render_picture(mesh, FRONT, settings).astype(int) for mesh in (plain, textured))
    assert np.abs(by_number - by_texture).max() <= 1


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_normal_map_turns_the_surface_the_way_gltf_says(axis, side):
    normal = np.array([0.0, 0.0, 0.8])
    normal[axis] = side * 0.6
    maps = make_maps(normal=[np.round(127.5 + 127.5 * normal)])
    direction = np.array([0.0, 0.0, 1.0])
    direction[axis] = 1.0
    lighting = dataclasses.replace(SUN, sun_direction=tuple(direction))
    matt = {"base_color": (0.5, 0.5, 0.5)}
    facing = radiance_of(make_wall(**matt), dataclasses.replace(SUN, sun_direction=(0.0, 0.0, 1.0)))
    maps = dataclasses.replace(maps, base_color=np.full((1, 1, 3), 188, np.uint8))
    bent = radiance_of(make_wall(maps=maps), lighting)
    # The sun stands at 45 degrees between the axes: the cosine to the mapped normal.
    cosine = normal @ direction / np.sqrt(2)
    assert bent[0] / facing[0] == pytest.approx(cosine, rel=0.06)


def test_a_flat_normal_map_changes_nothing_to_speak_of():
    settings = make_settings(48, 16)
    without = render_picture(make_wall(maps=make_maps()), FRONT, settings).astype(int)
    flat = render_picture(make_wall(maps=make_maps(normal=[FLAT])), FRONT, settings).astype(int)
    assert np.abs(flat - without).max() <= 4


def test_ambient_occlusion_dims_the_sky_and_not_the_sun():
    open_maps, closed = make_maps(orm=[(255, 255, 0)]), make_maps(orm=[(51, 255, 0)])
    sky = uniform_lighting(1.0)
    dimmed = radiance_of(make_wall(maps=closed), sky) / radiance_of(make_wall(maps=open_maps), sky)
    np.testing.assert_allclose(dimmed, 0.2, rtol=0.01)
    np.testing.assert_allclose(
        radiance_of(make_wall(maps=closed), SUN), radiance_of(make_wall(maps=open_maps), SUN), rtol=1e-4
    )


def test_painted_glass_colors_the_light_behind_it():
    lighting = dataclasses.replace(uniform_lighting(1e-3), backdrop=WHITE, backdrop_edge=WHITE)
    wall = make_wall(maps=make_maps([(255, 0, 0)]), opacity=0.5, roughness=0.1)
    red, green, _ = radiance_of(wall, lighting)
    assert red > 0.8 and green < 0.85 * red


def test_a_painted_wall_sheds_its_color_on_its_neighbour():
    floor = make_box(at=(0.0, -1.05, 1.0), size=(2.0, 0.1, 2.0))
    wall, slab = make_wall(maps=make_maps([(255, 0, 0)])), make_mesh((floor, make_surface(name="slab")))
    room = dataclasses.replace(
        wall,
        vertices=np.concatenate([wall.vertices, slab.vertices]),
        faces=np.concatenate([wall.faces, slab.faces + 4]),
        face_part=np.concatenate([wall.face_part, slab.face_part + 1]),
        surfaces=wall.surfaces + slab.surfaces,
        corner_uv=np.concatenate([wall.corner_uv, np.zeros((len(slab.faces), 3, 2), np.float32)]),
    )
    radiance = trace_linear(room, FRONT, make_settings(64, 32), uniform_lighting(1.0))
    column, row = FRONT.project([[0.0, -1.0, 0.3]], 64, 64)[0].round().astype(int)
    red, green, _ = radiance[row - 1 : row + 2, column - 3 : column + 4].mean(axis=(0, 1))
    assert red > 1.1 * green


def test_unused_coordinates_and_textures_change_no_byte():
    plain = make_sphere(roughness=0.4)
    dressed = dataclasses.replace(
        plain, corner_uv=np.zeros((len(plain.faces), 3, 2), np.float32), textures=(make_maps(),)
    )
    settings = make_settings(48)
    np.testing.assert_array_equal(
        render_picture(plain, FRONT, settings), render_picture(dressed, FRONT, settings)
    )


def test_a_surface_with_a_texture_but_no_coordinates_shows_its_own_color():
    mesh = make_sphere(base_color=(0.1, 0.2, 0.3), texture=0)
    mesh = dataclasses.replace(mesh, textures=(make_maps([(255, 0, 0)]),))
    color, _ = trace_base_color(mesh, FRONT, make_settings(32))
    np.testing.assert_allclose(color[16, 16], [0.1, 0.2, 0.3], rtol=1e-5)


@pytest.mark.parametrize("name", ["corner_color", "corner_uv"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_corner_without_a_finite_number_is_refused(name, bad):
    wall = make_wall(maps=make_maps())
    wall = dataclasses.replace(wall, corner_color=np.zeros((2, 3, 3), np.float32))
    getattr(wall, name)[1, 2, 0] = bad
    with pytest.raises(InvalidRequestError, match=f"{name} .* not finite"):
        render_picture(wall, FRONT, make_settings())


def test_a_texture_that_is_not_there_is_refused():
    wall = dataclasses.replace(make_wall(maps=make_maps()), textures=())
    with pytest.raises(InvalidRequestError, match="texture 0 of 0"):
        render_picture(wall, FRONT, make_settings())
