import itertools

import numpy as np
import pytest

from serve.contracts.errors import InvalidRequestError
from serve.render import Camera, frame_bounds

BOX = ([-0.3, 0.0, -0.8], [0.5, 1.7, 0.2])


def corners_of(lower, upper):
    return np.array(list(itertools.product(*zip(lower, upper, strict=True))))


def test_a_point_off_axis_lands_where_similar_triangles_put_it():
    camera = Camera(eye=(0.0, 0.0, 5.0), target=(0.0, 0.0, 0.0), up=(0.0, 1.0, 0.0), fov_deg=90.0)
    # At depth 5 a 90 degree view is 10 m high: 1 m is a tenth of 200 px.
    np.testing.assert_allclose(camera.project([[1.0, 2.0, 0.0]], 300, 200), [[150 + 20, 100 - 40]])


def test_the_axes_are_right_handed_even_for_a_slanted_up():
    right, up, forward = Camera((1.0, 2.0, 3.0), (0.0, 0.5, 0.0), (0.3, 2.0, 0.1), 40.0).axes()
    np.testing.assert_allclose(np.cross(right, up), -forward, atol=1e-12)


@pytest.mark.parametrize("azimuth_deg", [0.0, 37.0, 180.0, 275.0])
@pytest.mark.parametrize("elevation_deg", [-90.0, -10.0, 25.0, 90.0])
@pytest.mark.parametrize("aspect", [0.5, 16 / 9])
def test_framing_shows_every_corner_and_wastes_no_room(azimuth_deg, elevation_deg, aspect):
    camera = frame_bounds(*BOX, azimuth_deg, elevation_deg, 35.0, aspect=aspect)
    pixels = camera.project(corners_of(*BOX), int(900 * aspect), 900) / [int(900 * aspect), 900]
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    assert (low > 0.045).all() and (high < 0.955).all()
    assert (high - low).max() == pytest.approx(0.9, abs=0.002)


def test_the_front_is_seen_from_plus_z_and_the_side_from_plus_x():
    front, side = frame_bounds(*BOX, 0.0, 0.0), frame_bounds(*BOX, 90.0, 0.0)
    np.testing.assert_allclose(front.axes()[2], [0.0, 0.0, -1.0], atol=1e-9)
    np.testing.assert_allclose(side.axes()[2], [-1.0, 0.0, 0.0], atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fov_deg": 180.0}, "fov_deg = 180.0"),
        ({"elevation_deg": 91.0}, "elevation_deg = 91.0"),
        ({"aspect": 0.0}, "aspect = 0.0"),
        ({"upper": BOX[0]}, "bounds"),
        ({"upper": [float("nan")] * 3}, "bounds"),
    ],
)
def test_framing_refuses_what_has_no_picture(changes, named):
    with pytest.raises(InvalidRequestError, match=named):
        frame_bounds(**{"lower": BOX[0], "upper": BOX[1], **changes})


def test_a_camera_refuses_an_up_along_its_line_of_sight():
    with pytest.raises(InvalidRequestError, match="parallel"):
        Camera((0.0, 5.0, 0.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 30.0)
