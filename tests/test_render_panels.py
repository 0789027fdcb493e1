import dataclasses

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.render import FilmScene, FilmSettings, trace_linear
from serve.render.lighting import Panel, uniform_lighting
from tests.render_scenes import (
    FRONT,
    make_box,
    make_mesh,
    make_settings,
    make_sphere,
    make_surface,
    make_wall,
)

DARK = uniform_lighting(0.0)
WALL_RADIUS_M = np.sqrt(2) * 1.001  # of `make_wall`: panels are placed in radii


def lit_by(*panels):
    return dataclasses.replace(DARK, panels=panels)


def make_panel(centre_m, width_m, height_m, radiance=1.0):
    """A panel about the wall's middle that faces it."""
    scale = 1.0 / WALL_RADIUS_M
    centre = tuple(scale * np.array(centre_m))
    return Panel.towards_middle(centre, scale * width_m, scale * height_m, (radiance,) * 3)


def corners_of(panel):
    """In metres, in the order in which the bright side sees them go round."""
    centre, right, up = (
        WALL_RADIUS_M * np.array(v) for v in (panel.centre, panel.half_width, panel.half_height)
    )
    return np.array([centre + a * right + b * up for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


def irradiance(corners, point):
    """At a point that faces +Z, of a polygon of radiance 1 before it (Lambert, Photometria, 1760)."""
    rays = corners - point
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    ahead = np.roll(rays, -1, axis=0)
    across = np.cross(rays, ahead)
    sine = np.linalg.norm(across, axis=1)
    turns = np.arctan2(sine, (rays * ahead).sum(axis=1))
    return abs(0.5 * (turns[:, None] * across / sine[:, None]).sum(axis=0)[2])


def matt_part(lighting, sample_count=512, ambient_sample_count=4):
    """What a matt wall adds to the gloss of a black one."""
    settings = make_settings(24, sample_count, ambient_sample_count=ambient_sample_count)
    grey, black = (
        trace_linear(make_wall(base_color=(level,) * 3), FRONT, settings, lighting) for level in (0.5, 0.0)
    )
    return (grey - black)[8:17, 8:17, 0]


@pytest.mark.parametrize(
    ("centre_m", "width_m", "height_m"),
    [((0.0, 0.0, 1.0), 1.0, 1.0), ((1.2, 0.7, 0.9), 0.4, 1.5), ((-0.4, 2.0, 1.0), 2.0, 0.2)],
)
@pytest.mark.parametrize("ambient_sample_count", [1, 8])
def test_a_panel_lights_a_matt_wall_by_its_form_factor(centre_m, width_m, height_m, ambient_sample_count):
    panel = make_panel(centre_m, width_m, height_m)
    even = matt_part(uniform_lighting(1.0), sample_count=64)  # radiance pi / pi from all sides
    seen = matt_part(lit_by(panel), 512, ambient_sample_count) / even
    metre_px = 12 / np.tan(np.radians(20)) / 6
    for row, column in ((11, 11), (8, 14), (15, 9)):
        steps = (np.arange(4) + 0.5) / 2  # of two pixels by two
        points = [
            ((column + x - 12) / metre_px, (12 - row - y) / metre_px, 0.0) for x in steps for y in steps
        ]
        expected = np.mean([irradiance(corners_of(panel), np.array(point)) for point in points]) / np.pi
        assert seen[row - 8 : row - 6, column - 8 : column - 6].mean() == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("metallic", "roughness"), [(1.0, 0.05), (1.0, 0.3), (1.0, 1.0), (0.0, 0.1), (0.0, 0.5), (0.0, 1.0)]
)
def test_a_white_sphere_vanishes_in_a_room_of_panels(metallic, roughness):
    sides = [sign * np.eye(3)[axis] for axis in range(3) for sign in (-1.0, 1.0)]
    room = lit_by(*(Panel.towards_middle(tuple(2.0 * side), 4.0, 4.0, (0.5,) * 3) for side in sides))
    mesh = make_sphere(roughness=roughness, metallic=metallic)
    radiance = trace_linear(mesh, FRONT, make_settings(32, 256), room)
    assert radiance[12:20, 12:20].mean() == pytest.approx(0.5, rel=0.01)


def test_what_stands_before_a_panel_shades_it_and_what_stands_behind_does_not():
    def brightness(plate_z_m):
        plate = make_box(at=(0.0, 2.2, plate_z_m), size=(4.0, 4.0, 0.02))
        wall = make_box(at=(0.0, 0.0, -0.05), size=(2.0, 2.0, 0.1))
        mesh = make_mesh((wall, make_surface()), (plate, make_surface((0.0, 0.0, 0.0))))
        bounds = ((-3.0,) * 3, (3.0,) * 3)
        radius = 3.0 * np.sqrt(3)
        panel = Panel.towards_middle((0.0, 2.0 / radius, 2.0 / radius), 0.2, 0.2, (8.0,) * 3)
        settings = FilmSettings(make_settings(32, 16))
        frame = FilmScene(mesh, settings, lighting=lit_by(panel), bounds=bounds).frame(FRONT, index=0)
        return frame[15:17, 15:17, 0].mean()

    assert brightness(2.6) > 60
    assert brightness(1.0) < 3


def test_a_panel_is_dark_from_behind_and_for_the_camera():
    panel = make_panel((0.0, 0.0, 1.0), 1.0, 1.0)
    away = dataclasses.replace(panel, half_width=tuple(-np.array(panel.half_width)))
    assert trace_linear(make_wall(), FRONT, make_settings(32, 8), lit_by(away)).max() == 0
    beside = make_panel((1.9, 0.0, 0.5), 1.0, 1.0, radiance=0.5)
    assert trace_linear(make_wall(), FRONT, make_settings(32, 8), lit_by(beside))[16, 30].max() == 0


def test_a_panel_throws_a_shadow_on_the_floor_and_glows_in_a_mirror():
    box = make_mesh((make_box(), make_surface((0.0, 0.0, 0.0))))
    panel = Panel.towards_middle((0.0, 1.5, 2.5), 1.0, 1.0, (4.0,) * 3)
    lighting = dataclasses.replace(
        lit_by(panel), has_floor=True, backdrop=(0.5,) * 3, backdrop_edge=(0.5,) * 3
    )
    behind = dataclasses.replace(FRONT, eye=(0.0, 3.0, 5.0))
    radiance = trace_linear(box, behind, make_settings(64, 32), lighting)[..., 0]
    (column, row), (_, far) = (
        behind.project([[0.0, -0.5, -1.2], [0.0, -0.5, 2.0]], 64, 64).round().astype(int)
    )
    assert radiance[row, column] < 0.35
    assert radiance[far, column] == pytest.approx(0.5, rel=0.02)
    mirror = make_sphere(metallic=1.0, roughness=0.05)
    assert trace_linear(mirror, FRONT, make_settings(64, 32), lit_by(panel)).max() > 3.0


def test_panels_turn_with_the_other_lights_and_brighten_with_them():
    panel = Panel.towards_middle((0.0, 0.0, 2.0), 1.0, 0.5, (1.0, 0.5, 0.25))
    turned = lit_by(panel).turned(90.0).brightened(2.0).panels[0]
    np.testing.assert_allclose(turned.centre, (2.0, 0.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(
        np.cross(turned.half_width, turned.half_height), (-0.125, 0.0, 0.0), atol=1e-12
    )
    assert turned.radiance == (2.0, 1.0, 0.5)


@pytest.mark.parametrize("centre", [(0.0, 3.0, 0.0), (0.0, -3.0, 0.0), (1.0, 2.0, -3.0), (0.0, 0.0, 1.0)])
def test_a_panel_faces_the_middle_and_stands_upright(centre):
    panel = Panel.towards_middle(centre, 1.0, 2.0, (1.0,) * 3)
    normal = np.cross(panel.half_width, panel.half_height)
    np.testing.assert_allclose(
        normal / np.linalg.norm(normal), -np.array(centre) / np.linalg.norm(centre), atol=1e-12
    )
    assert panel.half_width[1] == 0.0


@pytest.mark.parametrize("half_height", [(0.0, 0.0, 0.0), (1.0, 0.2, 0.0), (0.0, np.nan, 0.0)])
def test_sides_that_make_no_rectangle_are_refused(half_height):
    with pytest.raises(InvalidRequestError, match="perpendicular"):
        Panel((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), half_height, (1.0,) * 3)
