import numpy as np
import pytest

from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.render import PictureSettings, frame_turntable, render_turntable
from tests.render_scenes import make_box, make_mesh, make_settings, make_sphere, make_surface
from tests.toolboxes import Toolbox

RED, GREEN, BLUE = (0.8, 0.02, 0.02), (0.02, 0.8, 0.02), (0.02, 0.02, 0.8)
PIECES = ((RED, (0.0, 0.0, 0.5)), (GREEN, (0.5, 0.0, 0.0)), (BLUE, (0.0, 0.0, -0.5)))


def make_compass():
    """Red in the south (+Z, where the first camera stands), green in the east (+X), blue in the north."""
    return make_mesh(
        *((make_box(at=at, size=(0.4, 0.8, 0.4)), make_surface(color, name=str(at))) for color, at in PIECES)
    )


def make_views(strip):
    return np.split(strip, strip.shape[1] // strip.shape[0], axis=1)


def color_in_the_middle(view):
    size = len(view)
    patch = view[size // 2 - 2 : size // 2 + 2, size // 2 - 2 : size // 2 + 2].astype(int)
    return patch.mean(axis=(0, 1)).argmax()


def test_a_turn_shows_each_side_in_its_order():
    strip = render_turntable(make_compass(), make_settings(48), 4, azimuth_deg=0.0, elevation_deg=5.0)
    assert strip.shape == (48, 192, 3) and strip.dtype == np.uint8
    south, east, north, _ = make_views(strip)
    assert [color_in_the_middle(view) for view in (south, east, north)] == [0, 1, 2]


def test_the_table_turns_under_lights_that_stand_still():
    views = make_views(render_turntable(make_sphere(base_color=RED), make_settings(48, 32), 3))
    for view in views[1:]:
        assert np.abs(view.astype(int) - views[0]).mean() < 1.0


def test_an_asset_neither_jumps_nor_leaves_the_picture():
    vertices = make_compass().vertices + np.array([3.0, 1.0, -2.0])
    cameras = frame_turntable(vertices, 7, elevation_deg=30.0)
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    places = np.array([camera.project([middle], 100, 100)[0] for camera in cameras])
    np.testing.assert_allclose(places, np.tile(places[0], (7, 1)), atol=1e-6)
    away = [np.linalg.norm(np.subtract(camera.eye, middle)) for camera in cameras]
    np.testing.assert_allclose(away, away[0])
    pixels = np.concatenate([camera.project(vertices, 100, 100) for camera in cameras])
    assert pixels.min() > 4.5 and pixels.max() < 95.5


def test_a_cylinder_fills_its_frame():
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    rim = np.stack([np.sin(turn), np.zeros(360), np.cos(turn)], axis=1)
    cylinder = np.concatenate([rim, rim + np.array([0.0, 0.5, 0.0])])
    camera = frame_turntable(cylinder, 1, azimuth_deg=17.0, aspect=1.5)[0]
    pixels = camera.project(cylinder, 150, 100) / [150, 100]
    assert np.ptp(pixels, axis=0).max() == pytest.approx(0.9, abs=0.003)


def test_a_turn_stops_between_its_views():
    whole, stopped = Toolbox(), Toolbox(4)
    render_turntable(make_sphere(), make_settings(32), 8, spread=whole.spread)
    assert whole.count >= 8
    with pytest.raises(CancelledJobError):
        render_turntable(make_sphere(), make_settings(32), 8, spread=stopped.spread)


def test_shared_jitter_gives_an_even_outline():
    def roughness_of_outline(shared):
        settings = PictureSettings(64, 64, 2, 1, shared_jitter=shared)
        wall = make_mesh((make_box(size=(1.0, 1.0, 0.01)), make_surface((0.0, 0.0, 0.0))))
        view = render_turntable(wall, settings, 1, azimuth_deg=0.0, elevation_deg=0.0).astype(int)
        rows = view[24:40, :, 1]
        return np.abs(np.diff(rows, axis=0)).max()

    assert roughness_of_outline(True) < 0.25 * roughness_of_outline(False)


@pytest.mark.parametrize(
    ("field", "value"), [("fov_deg", 0.0), ("aspect", -1.0), ("elevation_deg", 95.0), ("view_count", 0)]
)
def test_framing_a_turn_refuses_what_has_no_picture(field, value):
    with pytest.raises(InvalidRequestError, match=f"{field} = {value}"):
        frame_turntable(np.eye(3), **{"view_count": 4, field: value})


def test_framing_a_turn_refuses_a_point():
    with pytest.raises(InvalidRequestError, match="no size"):
        frame_turntable(np.zeros((3, 3)), 4)
