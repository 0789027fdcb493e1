import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from serve.geometry.splines import (
    centripetal_knots,
    centripetal_spline,
    even_path,
    monotone_spline,
    timed_path,
)

TIMES = np.array([0.0, 0.5, 0.7, 2.0, 3.0, 3.1, 5.0])


def make_points(count=7, seed=4):
    return np.random.default_rng(seed).normal(size=(count, 3)) * [5.0, 1.0, 0.1]


def barry_goldman(points, knots, at):
    """The pyramid of linear blends that defines a segment of Catmull-Rom from its four points."""

    def blend(low, high, first, second):
        return ((knots[high] - at) * first + (at - knots[low]) * second) / (knots[high] - knots[low])

    base = [blend(i, i + 1, points[i], points[i + 1]) for i in range(3)]
    return blend(1, 2, *(blend(i, i + 2, base[i], base[i + 1]) for i in range(2)))


def test_an_inner_segment_is_the_pyramid_of_barry_and_goldman():
    points = make_points()
    knots, curve = centripetal_knots(points), centripetal_spline(points)
    for at in np.linspace(knots[2], knots[3], 9):
        np.testing.assert_allclose(curve.at([at])[0], barry_goldman(points[1:5], knots[1:5], at), atol=1e-12)


def test_cubics_and_monotone_slopes_are_scipys():
    points = make_points()
    curve, foreign = monotone_spline(TIMES, points), PchipInterpolator(TIMES, points)
    at = np.linspace(0, 5, 301)
    np.testing.assert_allclose(curve.at(at), foreign(at), atol=1e-12)
    hermite = CubicHermiteSpline(TIMES, points, curve.slopes)
    np.testing.assert_allclose(curve.at(at), hermite(at), atol=1e-12)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_timed_path_is_at_each_point_at_its_time_and_its_velocity_does_not_jump(count):
    points, times = make_points(count), TIMES[:count]
    np.testing.assert_allclose(timed_path(times, points, times), points, atol=1e-12)
    step = 1e-7
    around = times[1:-1, None] + np.array([-2, -1, 1, 2]) * step
    at = timed_path(times, points, around.ravel()).reshape(-1, 4, 3)
    np.testing.assert_allclose((at[:, 1] - at[:, 0]) / step, (at[:, 3] - at[:, 2]) / step, atol=2e-3)


def test_a_straight_even_journey_stays_straight_and_even():
    points = np.linspace([0.0, 0.0, 0.0], [4.0, 2.0, -6.0], 5)
    at = np.linspace(0.0, 4.0, 33)
    np.testing.assert_allclose(
        timed_path(np.arange(5.0), points, at), np.outer(at / 4, points[-1]), atol=1e-12
    )


def crosses_itself(line):
    """Whether any two pieces of a planar polyline [N, 2], which are not neighbours, cross."""
    start, end = line[:-1], line[1:]

    def side(point):
        away, along = point[None] - start[:, None], (end - start)[:, None]
        return along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0]

    apart = side(start) * side(end) < 0.0
    return bool(np.triu(apart & apart.T, 2).any())


def test_no_segment_crosses_itself_as_uneven_points_make_others_do():
    rng, share, uniform_crossings = np.random.default_rng(9), np.linspace(0, 1, 60), 0
    for _ in range(100):
        points = rng.normal(size=(4, 2)) * [[20.0], [1.0], [1.0], [20.0]]
        curve = centripetal_spline(points)
        assert not crosses_itself(curve.at(curve.knots[1] + share * (curve.knots[2] - curve.knots[1])))
        uniform_crossings += crosses_itself(
            np.array([barry_goldman(points, np.arange(4.0), 1 + at) for at in share])
        )
    assert uniform_crossings > 10


def test_a_place_that_is_named_twice_is_kept_at_rest():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    way = timed_path([0.0, 1.0, 2.0, 3.0], points, np.linspace(1.0, 2.0, 11))
    np.testing.assert_array_equal(way, np.tile([1.0, 0.0], (11, 1)))
    near = timed_path([0.0, 1.0, 2.0, 3.0], points, [1.0 - 1e-4, 2.0 + 1e-4])
    assert np.abs(near - [1.0, 0.0]).max() < 1e-6


def test_all_points_in_one_place_are_a_curve_that_stands():
    np.testing.assert_array_equal(timed_path([0, 1, 2], np.ones((3, 2)), [-1, 0.3, 9]), np.ones((3, 2)))


def test_a_monotone_curve_does_not_overshoot_and_stands_outside_its_knots():
    curve = monotone_spline([0.0, 1.0, 1.1, 4.0], [0.0, 0.0, 90.0, 90.0])
    values = curve.at(np.linspace(-1.0, 5.0, 400))[:, 0]
    assert values.min() == 0.0 and values.max() == 90.0 and (np.diff(values) >= 0).all()


def test_an_even_path_goes_at_one_speed_and_tells_when_it_passes_the_points():
    angles = np.array([0.0, 0.2, 0.5, 1.1, 1.3, 1.5])
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places, passes = even_path(circle, np.linspace(0, 1, 501))
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps.min() / steps.max() > 0.9999
    np.testing.assert_allclose(passes, angles / 1.5, atol=2e-3)
    np.testing.assert_allclose(even_path(circle, passes)[0], circle, atol=1e-12)
