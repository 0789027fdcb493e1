import dataclasses
import io
import math

import numpy as np
import pytest
import trimesh
from PIL import Image

from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh
from serve.render import Camera, PictureSettings, encode_png, frame_bounds, render_picture, trace_linear
from serve.render.lighting import LIGHTINGS, uniform_lighting
from serve.render.tone import develop, linear_to_srgb, srgb_to_linear, tone_map
from tests.render_scenes import (
    ABOVE,
    FRONT,
    WHITE,
    make_box,
    make_mesh,
    make_settings,
    make_sphere,
    make_surface,
)
from tests.toolboxes import Toolbox

RED, BLUE = (0.8, 0.02, 0.02), (0.02, 0.02, 0.8)


@pytest.mark.parametrize("metallic", [0.0, 1.0])
@pytest.mark.parametrize("roughness", [0.05, 0.1, 0.3, 0.5, 0.8, 1.0])
def test_a_white_sphere_vanishes_in_the_white_furnace(roughness, metallic):
    mesh = make_sphere(roughness=roughness, metallic=metallic)
    settings = make_settings(sample_count=64)
    radiance = trace_linear(mesh, FRONT, settings, uniform_lighting(0.5))
    rows, columns = np.mgrid[0:64, 0:64] - 31.5
    away_px = np.hypot(rows, columns)
    for inner_px, outer_px in ((0, 5), (5, 10), (10, 14)):  # the silhouette lies at 14.9 px
        ring = radiance[(away_px >= inner_px) & (away_px < outer_px)]
        assert ring.mean() == pytest.approx(0.5, rel=0.01)


def test_a_grey_matt_sphere_shows_its_albedo_under_an_even_sky():
    mesh = make_sphere(base_color=(0.18, 0.18, 0.18))
    radiance = trace_linear(mesh, FRONT, make_settings(sample_count=16), uniform_lighting(1.0))
    # The gloss adds 4 % at most times what it takes from the matt part.
    assert 0.18 < radiance[28:36, 28:36].mean() < 0.18 + 0.04


def test_a_sphere_is_as_large_as_its_tangent_cone():
    lighting = dataclasses.replace(uniform_lighting(1.0), backdrop=(0.0,) * 3, backdrop_edge=(0.0,) * 3)
    radiance = trace_linear(make_sphere(), FRONT, make_settings(256), lighting)
    area_px = float((radiance[..., 0] / radiance[128, 128, 0]).clip(0, 1).sum())
    focal_px = 128 / math.tan(math.radians(20))
    assert math.sqrt(area_px / math.pi) == pytest.approx(focal_px * math.tan(math.asin(1 / 6)), rel=0.01)


def test_a_shadow_falls_where_the_sun_throws_it():
    # The floor lies under the lowest point of all: that of a speck beyond the picture, at height 0.
    speck = make_box(at=(-5.0, 0.05, -5.0), size=(0.1, 0.1, 0.1))
    plate = make_box(at=(0.0, 2.0, 0.0), size=(1.0, 0.01, 1.0))
    mesh = make_mesh((speck, make_surface()), (plate, make_surface()))
    lighting = dataclasses.replace(
        uniform_lighting(1e-3), sun=WHITE, sun_direction=(-1.0, 1.0, 0.0), sun_radius_deg=0.2, has_floor=True
    )
    camera = dataclasses.replace(ABOVE, eye=(2.0, 20.0, 0.0), target=(2.0, 0.0, 0.0))
    radiance = trace_linear(mesh, camera, make_settings(200), lighting)[..., 0]
    columns, rows = camera.project([[2.0, 0.0, 0.0], [3.0, 0.0, 0.0], [2.0, 0.0, 1.0]], 200, 200).T
    lit, dark = radiance[:, 150:].mean(), radiance[100, round(columns[0])]
    assert dark < 0.1 * lit
    assert radiance[100, round(columns[1])] > 0.9 * lit
    assert radiance[round(rows[2]), round(columns[0])] > 0.9 * lit
    shaded_px = np.count_nonzero(radiance[:, 85:] < 0.5 * lit)
    metre_px = columns[1] - columns[0]
    assert shaded_px == pytest.approx(metre_px**2, rel=0.12)


def test_glass_lets_light_through_that_a_wall_stops():
    def brightness(opacity):
        mesh = make_mesh((make_box(size=(3.0, 3.0, 0.1)), make_surface(roughness=0.06, opacity=opacity)))
        lighting = dataclasses.replace(uniform_lighting(1e-3), backdrop=WHITE, backdrop_edge=WHITE)
        return trace_linear(mesh, FRONT, make_settings(), lighting)[24:40, 24:40].mean()

    assert brightness(0.35) > 0.75
    assert brightness(1.0) < 0.01


def test_the_open_floor_fades_into_the_backdrop():
    mesh = make_mesh((make_box(), make_surface()))
    camera = Camera(eye=(0.0, 3.0, 40.0), target=(0.0, 0.0, 0.0), up=(0.0, 1.0, 0.0), fov_deg=40.0)
    studio = LIGHTINGS["light"]
    with_floor = trace_linear(mesh, camera, make_settings(sample_count=1), studio)
    without = trace_linear(
        mesh, camera, make_settings(sample_count=1), dataclasses.replace(studio, has_floor=False)
    )
    np.testing.assert_allclose(with_floor[:, :12], without[:, :12], rtol=1e-5)


def test_the_shadow_on_the_studio_floor_is_darkest_at_the_foot():
    mesh = make_mesh((make_box(at=(0.0, 0.5, 0.0)), make_surface()))
    radiance = trace_linear(mesh, ABOVE, make_settings(160, 16), LIGHTINGS["light"])[..., 1]
    sun = LIGHTINGS["light"].sun_direction
    length_m = 1.0 / sun[1]
    near, mid, far = [[0.5 + share * sun[0] * -length_m, 0.0, -0.2] for share in (0.1, 0.5, 6.0)]
    x, y = ABOVE.project([near, mid, far], 160, 160).round().astype(int).T
    assert radiance[y[0], x[0]] < radiance[y[1], x[1]] < 0.97 * radiance[y[2], x[2]]


def test_a_box_of_two_parts_is_red_on_the_left_and_blue_on_the_right():
    left, right = make_box(at=(-0.5, 0.0, 0.0)), make_box(at=(0.5, 0.0, 0.0))
    mesh = make_mesh((left, make_surface(RED, name="left")), (right, make_surface(BLUE, name="right")))
    picture = render_picture(mesh, frame_bounds(*mesh.bounds, 0.0, 0.0), make_settings()).astype(int)
    red, blue = picture[28:36, 14:24].mean(axis=(0, 1)), picture[28:36, 40:50].mean(axis=(0, 1))
    assert red[0] > 120 and red[0] > 3 * red[2]
    assert blue[2] > 120 and blue[2] > 3 * blue[0]


def test_smoothing_takes_the_grain_and_leaves_the_light():
    mesh = make_mesh((make_box(size=(2.0, 0.2, 2.0)), make_surface((0.5, 0.4, 0.3))))
    camera = frame_bounds(*mesh.bounds, 30.0, 30.0)
    few = render_picture(mesh, camera, make_settings(96, 4, ambient_sample_count=1)).astype(float)
    many = render_picture(mesh, camera, make_settings(96, 128)).astype(float)
    raw = develop(
        trace_linear(mesh, camera, make_settings(96, 4, ambient_sample_count=1), LIGHTINGS["light"])
    )
    assert few.mean() == pytest.approx(many.mean(), rel=0.01)
    assert np.abs(few - many).mean() < 0.7 * np.abs(raw.astype(float) - many).mean()


def test_equal_requests_give_equal_bytes_and_another_seed_others():
    mesh, settings = make_sphere(roughness=0.4), make_settings(48)
    first = encode_png(render_picture(mesh, FRONT, settings))
    assert encode_png(render_picture(mesh, FRONT, settings)) == first
    assert encode_png(render_picture(mesh, FRONT, dataclasses.replace(settings, seed=1))) != first


def test_a_png_gives_the_picture_back():
    picture = np.arange(20 * 16 * 3, dtype=np.uint8).reshape(20, 16, 3)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(encode_png(picture)))), picture)


def test_a_large_picture_stops_soon_after_it_is_told_to():
    tools = Toolbox(2)
    settings = PictureSettings(width=4096, height=4096, sample_count=64)
    with pytest.raises(CancelledJobError):
        render_picture(make_sphere(), FRONT, settings, spread=tools.spread)


@pytest.mark.parametrize(
    ("field", "value"),
    [("width", 15), ("height", 4097), ("sample_count", 0), ("ambient_sample_count", 65), ("seed", -1)],
)
def test_a_bad_setting_is_named_with_its_value(field, value):
    with pytest.raises(InvalidRequestError, match=f"{field} = {value}") as caught:
        PictureSettings(**{field: value})
    assert caught.value.field == field


def test_an_unknown_background_is_refused():
    with pytest.raises(InvalidRequestError, match="background = 'beach'"):
        PictureSettings(background="beach")


def test_a_mesh_without_faces_is_refused():
    empty = PartMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros(0, np.int32), ())
    with pytest.raises(InvalidRequestError, match="no faces"):
        render_picture(empty, FRONT, make_settings())


def test_a_mesh_with_a_vertex_at_infinity_is_refused():
    mesh = make_sphere()
    mesh.vertices[7, 1] = np.inf
    with pytest.raises(InvalidRequestError, match="not finite"):
        render_picture(mesh, FRONT, make_settings())


@pytest.mark.parametrize("index", [-1, 10**6])
def test_a_face_whose_vertex_is_not_there_is_refused(index):
    mesh = make_sphere()
    mesh.faces[7, 1] = index
    with pytest.raises(InvalidRequestError, match=f"beyond its {len(mesh.vertices)}"):
        render_picture(mesh, FRONT, make_settings())


def test_middle_grey_survives_the_transfer_function_and_the_tone():
    grey = np.full((1, 1, 3), 0.18, np.float32)
    assert linear_to_srgb(grey)[0, 0, 0] == pytest.approx(0.4614, abs=2e-4)
    np.testing.assert_allclose(srgb_to_linear(linear_to_srgb(grey)), grey, rtol=1e-5)
    # The tone mapper takes back what Fresnel adds to a base color: 0.04.
    np.testing.assert_allclose(tone_map(grey + np.float32(0.04)), grey, rtol=1e-5)


def test_tones_rise_without_a_step_and_never_reach_white():
    levels = np.linspace(0.0, 50.0, 20_001, dtype=np.float32)[:, None].repeat(3, axis=1)
    mapped = tone_map(levels)[:, 0]
    assert (np.diff(mapped) >= 0).all() and mapped[0] == 0 and 0.98 < mapped[-1] < 1
    assert np.diff(mapped).max() < 0.006


def test_the_normals_of_a_box_are_those_of_its_sides():
    box = make_box()
    normals = corner_normals(box.vertices.astype(np.float32), box.faces.astype(np.int32))
    np.testing.assert_allclose(normals, np.repeat(box.face_normals[:, None], 3, axis=1), atol=1e-6)


def test_the_normals_of_a_sphere_point_away_from_its_centre():
    sphere = trimesh.creation.icosphere(subdivisions=3)
    normals = corner_normals(sphere.vertices.astype(np.float32), sphere.faces.astype(np.int32))
    assert np.einsum("fcx,fcx->fc", normals, sphere.vertices[sphere.faces]).min() > 0.999


def test_a_rod_is_round_along_its_side_and_flat_on_its_ends():
    rod = trimesh.creation.cylinder(radius=1.0, height=2.0, sections=24)
    normals = corner_normals(rod.vertices.astype(np.float32), rod.faces.astype(np.int32))
    on_end = np.abs(rod.face_normals[:, 2]) > 0.5
    np.testing.assert_allclose(np.abs(normals[on_end][..., 2]), 1.0, atol=1e-6)
    radial = rod.vertices[rod.faces][~on_end] * [1.0, 1.0, 0.0]
    assert np.einsum("fcx,fcx->fc", normals[~on_end], radial).min() > 0.99
