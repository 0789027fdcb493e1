import dataclasses

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.render import Environment, EnvironmentLighting, render_picture, trace_linear
from serve.render.lighting import SoftBox, uniform_lighting
from tests.render_scenes import (
    ABOVE,
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

BLACK = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def make_even(radiance=0.5, height=8, **changes):
    return EnvironmentLighting(
        Environment.from_picture(np.full((height, 2 * height, 3), radiance)), **changes
    )


def texel_of(direction, height):
    """Row and column of the texel in a direction: the top is up, the middle -Z, and +X to its right."""
    x, y, z = np.asarray(direction) / np.linalg.norm(direction)
    turn = 0.5 + np.arctan2(x, -z) / (2 * np.pi)
    return int(height * np.arccos(y) / np.pi), int(2 * height * turn) % (2 * height)


def make_lamp(direction, height=64, radiance=1000.0, rest=0.0, **changes):
    """Surroundings of one bright texel."""
    picture = np.full((height, 2 * height, 3), rest)
    picture[texel_of(direction, height)] = radiance
    return EnvironmentLighting(Environment.from_picture(picture), **changes)


def directions_of(height):
    """Unit directions of the texels' middles, [H, 2H, 3]."""
    polar = np.pi * (np.arange(height) + 0.5)[:, None] / height
    turn = np.pi * ((np.arange(2 * height) + 0.5) / height - 1.0)
    up = np.broadcast_to(np.cos(polar), (height, 2 * height))
    return np.stack([np.sin(polar) * np.sin(turn), up, -np.sin(polar) * np.cos(turn)], -1)


def irradiance_of(lighting, normal):
    """What a matt surface gathers, divided by pi: the sum over the texels, each as a point."""
    picture = lighting.environment.radiance.astype(float)
    height = len(picture)
    away = directions_of(height)
    weight = (
        np.clip(away @ np.asarray(normal), 0, None) * np.sqrt(1 - away[..., 1] ** 2) * (np.pi / height) ** 2
    )
    return (picture * weight[..., None]).sum(axis=(0, 1)) / np.pi


@pytest.mark.parametrize("metallic", [0.0, 1.0])
@pytest.mark.parametrize("roughness", [0.1, 0.5, 0.8, 1.0])
def test_a_white_sphere_vanishes_in_even_surroundings(roughness, metallic):
    mesh = make_sphere(roughness=roughness, metallic=metallic)
    radiance = trace_linear(mesh, FRONT, make_settings(sample_count=128), make_even())
    rows, columns = np.mgrid[0:64, 0:64] - 31.5
    away_px = np.hypot(rows, columns)
    for inner_px, outer_px in ((0, 5), (5, 10), (10, 14)):  # the silhouette lies at 14.9 px
        ring = radiance[(away_px >= inner_px) & (away_px < outer_px)]
        assert ring.mean() == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize("shape", [(8, 16), (5, 7), (1, 1), (256, 512)])
def test_the_picture_of_the_surroundings_may_have_any_size(shape):
    lighting = EnvironmentLighting(Environment.from_picture(np.ones((*shape, 3))), intensity=0.5)
    radiance = trace_linear(make_sphere(), FRONT, make_settings(32, 256), lighting)
    assert radiance[12:20, 12:20].mean() == pytest.approx(0.5, rel=0.015)


def test_uneven_surroundings_light_a_matt_wall_by_their_sum():
    picture = np.random.default_rng(3).gamma(0.1, 1.0, (16, 32, 3))
    lighting = EnvironmentLighting(Environment.from_picture(picture), backdrop=BLACK)
    wall = make_wall(base_color=(0.5, 0.5, 0.5))
    dark = make_wall(base_color=(0.0, 0.0, 0.0))  # what remains is the gloss
    settings = make_settings(24, 512)
    seen = trace_linear(wall, FRONT, settings, lighting) - trace_linear(dark, FRONT, settings, lighting)
    expected = 0.5 * irradiance_of(lighting, (0.0, 0.0, 1.0)) * 0.96
    np.testing.assert_allclose(seen[9:15, 9:15].mean(axis=(0, 1)), expected, rtol=0.04)


@pytest.mark.parametrize(
    ("metallic", "roughness"), [(1.0, 0.05), (1.0, 0.3), (1.0, 0.8), (0.0, 0.2), (0.5, 0.5), (0.0, 1.0)]
)
def test_a_painted_lamp_shines_as_the_lamp_that_is_painted(metallic, roughness):
    # The studio never draws its soft boxes: only the surfaces' own rays find them.
    lamp = SoftBox(direction=(-0.4, 0.5, 0.8), radiance=(4.0, 3.0, 2.0), inner_deg=8.0, outer_deg=20.0)
    studio = dataclasses.replace(uniform_lighting(0.05), key=lamp)
    cosine = directions_of(128) @ (np.array(lamp.direction) / np.linalg.norm(lamp.direction))
    inner, outer = np.cos(np.radians([lamp.inner_deg, lamp.outer_deg]))
    share = np.clip((cosine - outer) / (inner - outer), 0.0, 1.0)
    picture = 0.05 + (share**2 * (3.0 - 2.0 * share))[..., None] * lamp.radiance
    painted = EnvironmentLighting(Environment.from_picture(picture))
    mesh = make_sphere(base_color=(0.8, 0.8, 0.8), roughness=roughness, metallic=metallic)
    seen, expected = (
        trace_linear(mesh, FRONT, make_settings(24, 256), light)[7:17, 7:17] for light in (painted, studio)
    )
    np.testing.assert_allclose(seen.mean(axis=(0, 1)), expected.mean(axis=(0, 1)), rtol=0.02)
    assert np.abs(seen - expected).mean() < 0.12 * expected.mean()  # the studio's grain


@pytest.mark.parametrize("rotation_deg", [0.0, 90.0, -200.0])
def test_a_bright_texel_throws_a_shadow_away_from_it(rotation_deg):
    # The floor lies under the lowest point of all: that of a speck beyond the picture, at height 0.
    speck = make_box(at=(-5.0, 0.05, -5.0), size=(0.1, 0.1, 0.1))
    plate = make_box(at=(0.0, 2.0, 0.0), size=(1.0, 0.01, 1.0))
    mesh = make_mesh((speck, make_surface()), (plate, make_surface()))
    # Where the lamp stands before it is turned, so that it then stands towards (-1, 1, 0).
    turn = np.radians(rotation_deg)
    direction = (-np.cos(turn), 1.0, -np.sin(turn))
    lighting = make_lamp(
        direction, height=256, radiance=3e4, rotation_deg=rotation_deg, backdrop=(WHITE, WHITE), floor=WHITE
    )
    camera = dataclasses.replace(ABOVE, eye=(2.0, 20.0, 0.0), target=(2.0, 0.0, 0.0))
    radiance = trace_linear(mesh, camera, make_settings(200, 8), lighting)[..., 0]
    columns, rows = camera.project([[2.0, 0.0, 0.0], [3.0, 0.0, 0.0], [2.0, 0.0, 1.0]], 200, 200).T
    column = round(columns[0])
    assert radiance[98:103, column - 2 : column + 3].mean() < 0.05
    assert radiance[100, round(columns[1])] > 0.98
    assert radiance[round(rows[2]), column] > 0.98
    metre_px = columns[1] - columns[0]
    assert np.count_nonzero(radiance[:, 85:] < 0.5) == pytest.approx(metre_px**2, rel=0.15)


def test_the_camera_sees_the_surroundings_where_they_stand():
    picture = np.zeros((4, 8, 3))
    picture[1:3, 4:] = [1.0, 0.0, 0.0]  # right of -Z: towards +X
    picture[0] = [0.0, 1.0, 0.0]
    lighting = EnvironmentLighting(Environment.from_picture(picture))
    camera = dataclasses.replace(FRONT, fov_deg=120.0)
    radiance = trace_linear(make_sphere(), camera, make_settings(64), lighting)
    assert radiance[32, 60, 0] > 0.9 and radiance[32, 4, 0] < 0.1
    assert radiance[0, 32, 1] > 0.5
    # A quarter turn brings what stood at +X to where the camera looks.
    turned = trace_linear(make_sphere(), camera, make_settings(64), lighting.turned(90.0))
    assert turned[20, 16, 0] > 0.9 and turned[20, 48, 0] > 0.9


def test_light_from_below_stops_at_the_floor():
    box = make_mesh((make_box(), make_surface()))
    below = dataclasses.replace(FRONT, eye=(0.0, 0.3, 6.0))
    lighting = make_lamp((0.0, -1.0, 0.5), backdrop=BLACK)
    without = trace_linear(box, below, make_settings(32, 64), lighting)
    with_floor = trace_linear(box, below, make_settings(32, 64), dataclasses.replace(lighting, floor=WHITE))
    assert without.mean() > 0.005
    assert with_floor.max() < 1e-6


def test_the_open_floor_shows_the_backdrop_as_it_is():
    box = make_mesh((make_box(at=(0.0, 0.5, 0.0)), make_surface()))
    lighting = make_lamp((1.0, 1.0, 0.2), rest=0.3, backdrop=((0.6, 0.5, 0.4),) * 2, floor=(0.5, 0.5, 0.5))
    radiance = trace_linear(box, dataclasses.replace(ABOVE, fov_deg=60.0), make_settings(64), lighting)
    np.testing.assert_allclose(radiance[60:, 60:], np.broadcast_to([0.6, 0.5, 0.4], (4, 4, 3)), rtol=1e-4)


def test_occlusion_maps_dim_the_surroundings():
    def brightness(occlusion):
        wall = make_wall(maps=make_maps(orm=[(occlusion, 255, 0)]))
        return trace_linear(wall, FRONT, make_settings(32, 256), make_even(backdrop=BLACK))[
            13:19, 13:19
        ].mean()

    assert 0.2 < brightness(51) / brightness(255) < 0.25  # the gloss stays


def test_normals_that_look_into_the_wall_bring_no_light():
    maps = make_maps(normal=[(250, 128, 20), (128, 128, 0)])
    camera = dataclasses.replace(FRONT, eye=(5.0, 1.0, 1.5))
    mesh = make_wall(maps=maps, roughness=0.3)
    radiance = trace_linear(mesh, camera, make_settings(64, 32), make_lamp((0.0, 1.0, 0.3)))
    assert radiance.min() >= 0 and radiance.max() < 0.5


def test_glass_stands_in_the_surroundings():
    sphere = make_sphere(opacity=0.2, roughness=0.05)
    radiance = trace_linear(sphere, FRONT, make_settings(32, 64), make_even())
    assert radiance[16, 16].mean() == pytest.approx(0.5, rel=0.15)


def test_equal_surroundings_give_equal_bytes_and_stay_as_they_are():
    picture = np.random.default_rng(1).gamma(0.5, 1.0, (16, 32, 3)).astype(np.float32)
    kept = picture.copy()
    pictures = [
        render_picture(
            make_sphere(roughness=0.3),
            FRONT,
            make_settings(48),
            lighting=EnvironmentLighting(Environment.from_picture(picture)),
        )
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*pictures)
    np.testing.assert_array_equal(picture, kept)


def test_even_surroundings_are_the_even_studio():
    mesh = make_mesh((make_box(size=(1.0, 2.0, 1.0)), make_surface((0.6, 0.4, 0.2), roughness=0.4)))
    camera = dataclasses.replace(FRONT, eye=(3.0, 2.0, 5.0))
    settings = make_settings(48, 256)
    around = trace_linear(mesh, camera, settings, make_even(1.0))
    studio = trace_linear(mesh, camera, settings, uniform_lighting(1.0))
    assert np.abs(around - studio).mean() < 0.01


@pytest.mark.parametrize(
    ("picture", "named"),
    [
        (np.ones((4, 8)), "shape"),
        (np.ones((0, 8, 3)), "shape"),
        (np.zeros((4, 8, 3)), "more than 0"),
        (np.full((4, 8, 3), -1.0), "at least 0"),
        (np.full((4, 8, 3), np.nan), "finite"),
        (np.full((4, 8, 3), np.inf), "finite"),
    ],
)
def test_a_picture_that_cannot_shine_is_refused(picture, named):
    with pytest.raises(InvalidRequestError, match=named):
        Environment.from_picture(picture)


@pytest.mark.parametrize("field", ["intensity", "rotation_deg"])
def test_a_lighting_without_numbers_is_refused(field):
    with pytest.raises(InvalidRequestError, match=f"{field} = nan"):
        make_even(**{field: float("nan")})
