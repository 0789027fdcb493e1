"""What solid a part is: its distance against formulas of school geometry."""

from __future__ import annotations

import numpy as np
import pytest

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.fields.grid import grid_around, sample_dense, sample_grid
from serve.fields.part_sdf import part_distances
from serve.fields.widening import LEAST_PLATE_CELLS, LEAST_WALL_CELLS, widened
from serve.geometry.parts import Part, PartSet


def part(kind, half_size, centre=(0.0, 0.0, 0.0), role="body", rounding=0.0, **numbers):
    return Part(role, kind, np.array(centre, float), np.array(half_size, float), rounding=rounding, **numbers)


def distance(solid, *points):
    return part_distances(PartSet((solid,)), np.array(points, np.float32))[:, 0]


def cloud(count=2000, reach=1.5, seed=0):
    return np.random.default_rng(seed).uniform(-reach, reach, (count, 3)).astype(np.float32)


def test_a_sphere_has_the_exact_distance_inside_and_outside():
    points = cloud()
    expected = np.linalg.norm(points, axis=1) - 0.7
    ball = part("ellipsoid", (0.7, 0.7, 0.7))
    assert distance(ball, *points) == pytest.approx(expected, abs=1e-5)
    assert distance(ball, (0.0, 0.0, 0.0))[0] == pytest.approx(-0.7)


def test_a_box_has_the_exact_distance_at_faces_edges_and_corners():
    half = np.array([0.5, 0.3, 0.8])
    beyond = np.abs(cloud().astype(float)) - half
    expected = np.linalg.norm(np.maximum(beyond, 0.0), axis=1) + np.minimum(beyond.max(axis=1), 0.0)
    assert distance(part("box", half), *cloud()) == pytest.approx(expected, abs=1e-5)


def test_rounding_a_box_takes_its_corner_off_and_leaves_its_faces():
    solid = part("box", (0.5, 0.5, 0.5), rounding=0.4)
    corner, face = distance(solid, (0.5, 0.5, 0.5), (0.5, 0.0, 0.0))
    assert corner == pytest.approx(0.2 * (np.sqrt(3.0) - 1.0), abs=1e-5)
    assert face == pytest.approx(0.0, abs=1e-6)


def test_a_cylinder_has_the_exact_distance():
    points = cloud().astype(float)
    beyond = np.stack([np.hypot(points[:, 0], points[:, 2]) - 0.4, np.abs(points[:, 1]) - 0.9], axis=1)
    expected = np.linalg.norm(np.maximum(beyond, 0.0), axis=1) + np.minimum(beyond.max(axis=1), 0.0)
    assert distance(part("cylinder", (0.4, 0.9, 0.4)), *points) == pytest.approx(expected, abs=1e-5)


def test_a_round_torus_has_the_exact_distance_near_its_tube():
    points = cloud().astype(float)
    expected = np.hypot(np.hypot(points[:, 0], points[:, 2]) - 0.7, points[:, 1]) - 0.2
    assert distance(part("torus", (0.9, 0.2, 0.9)), *points) == pytest.approx(expected, abs=1e-5)


def test_a_cone_is_inside_below_its_slope_and_outside_above_it():
    heights = np.linspace(-0.9, 0.9, 19)
    radii = 0.5 * (1.0 - 0.5 * (heights + 1.0))
    solid = part("cylinder", (0.5, 1.0, 0.5), taper_x=1.0, taper_z=1.0)
    inner = distance(solid, *np.stack([radii - 0.02, heights, 0 * heights], axis=1))
    outer = distance(solid, *np.stack([radii + 0.02, heights, 0 * heights], axis=1))
    assert (inner < 0.0).all()
    assert outer == pytest.approx(0.02 / np.sqrt(1.0 + 0.25**2), abs=1e-3)


def test_a_taper_below_zero_narrows_the_bottom():
    solid = part("box", (0.5, 1.0, 0.5), taper_x=-0.8)
    top, bottom = distance(solid, (0.45, 0.95, 0.0), (0.45, -0.95, 0.0))
    assert top < 0.0 < bottom


@pytest.mark.parametrize("kind", ["box", "cylinder"])
def test_a_hollow_part_has_walls_as_thick_as_it_says_and_an_open_top(kind):
    solid = part(kind, (0.5, 0.8, 0.5), hollow=0.2)
    outer, middle, inner = distance(solid, (0.5, 0, 0), (0.45, 0, 0), (0.4, 0, 0))
    assert [outer, middle, inner] == pytest.approx([0.0, -0.05, 0.0], abs=1e-5)
    above, floor, deep = distance(solid, (0, 0.79, 0), (0, -0.7, 0), (0, -0.75, 0))
    assert above > 0.3
    assert [floor, deep] == pytest.approx([0.0, -0.05], abs=1e-5)


def test_a_cut_plane_takes_the_top_of_a_ball_and_the_side_of_a_ring():
    bowl = part("ellipsoid", (0.6, 0.6, 0.6), cut=0.5, hollow=0.1)
    assert distance(bowl, (0.0, 0.1, 0.0), (0.57, 0.1, 0.0)) == pytest.approx([0.44, 0.1], abs=1e-5)
    assert distance(bowl, (0.0, -0.57, 0.0))[0] == pytest.approx(-0.03, abs=1e-5)
    handle = part("torus", (0.6, 0.1, 0.6), cut=0.5)
    left, right = distance(handle, (-0.5, 0.0, 0.0), (0.5, 0.0, 0.0))
    assert left == pytest.approx(0.5, abs=1e-5)
    assert right == pytest.approx(-0.1, abs=1e-5)


def test_a_star_has_five_points_of_full_radius_and_notches_of_half():
    solid = part("star", (1.0, 1.0, 0.2))
    turns = np.radians(90.0 + 72.0 * np.arange(5))
    tips = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1)
    notches = np.stack([np.cos(turns + np.pi / 5), np.sin(turns + np.pi / 5), 0 * turns], axis=1)
    assert distance(solid, *tips) == pytest.approx(0.0, abs=1e-4)
    assert (distance(solid, *(notches * 0.9)) > 0.05).all()
    assert (distance(solid, *(notches * 0.3)) < 0.0).all()


def test_no_part_is_nearer_than_its_own_box():
    points = cloud(reach=2.0)
    half = np.array([0.9, 0.05, 0.4])
    outside = np.linalg.norm(np.maximum(np.abs(points) - half, 0.0), axis=1)
    for kind in ("box", "ellipsoid", "cylinder", "torus", "star"):
        distances = distance(part(kind, half), *points)
        assert (distances >= outside - 1e-5)[outside > 0.0].all(), kind


def test_leaving_parts_out_of_blocks_changes_nothing_near_any_surface():
    for name in sorted(CATEGORIES):
        shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(2))
        grid = grid_around(shape, 32)
        culled, dense = sample_grid(shape, grid), sample_dense(shape, grid)
        near = (culled < 2 * grid.step) | (dense < 2 * grid.step)
        assert np.array_equal(culled[near], dense[near]), name


def test_thin_parts_and_walls_are_widened_and_thick_ones_are_the_same_objects():
    step = 2.0 / 32
    plate, block = part("box", (1.0, 0.001, 1.0)), part("box", (0.5, 0.5, 0.5))
    cup = part("cylinder", (0.5, 0.5, 0.5), hollow=0.01)
    wide = widened(PartSet((plate, block, cup)), 32).parts
    assert wide[0].half_size[1] == pytest.approx(LEAST_PLATE_CELLS * step)
    assert wide[1] is block
    assert wide[2].hollow * 0.5 == pytest.approx(LEAST_WALL_CELLS * step)
