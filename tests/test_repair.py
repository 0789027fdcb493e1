"""Parts that do not touch are joined; parts that do are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.fields import repair_contacts
from serve.fields.contacts import measure_gaps
from serve.fields.grid import grid_around, sample_grid
from serve.fields.widening import widened
from serve.geometry.arrays import parts_to_arrays
from serve.geometry.parts import Part, PartSet


def part(kind, half_size, centre=(0.0, 0.0, 0.0), role="body", rounding=0.0, **numbers):
    return Part(role, kind, np.array(centre, float), np.array(half_size, float), rounding=rounding, **numbers)


def piece_count(shape, resolution=96):
    solid = widened(shape, resolution)
    return ndimage.label(sample_grid(solid, grid_around(solid, resolution)) < 0.0)[1]


def jittered(shape, spread, rng):
    return PartSet(
        tuple(
            replace(
                p,
                centre=p.centre + rng.normal(0.0, spread, 3),
                half_size=p.half_size * np.exp(rng.normal(0.0, 0.05, 3)),
            )
            for p in shape.parts
        )
    ).normalized()


def test_the_gap_between_two_balls_is_measured_between_their_nearest_points():
    balls = PartSet((part("ellipsoid", (0.3,) * 3, (-0.5, 0, 0)), part("ellipsoid", (0.2,) * 3, (0.5, 0, 0))))
    gaps = measure_gaps(balls)
    assert gaps.first[0] == pytest.approx([-0.2, 0, 0], abs=0.01)
    assert gaps.second[0] == pytest.approx([0.3, 0, 0], abs=0.01)


def test_a_shape_whose_parts_touch_is_returned_itself():
    pair = PartSet((part("box", (0.5, 0.5, 0.5)), part("ellipsoid", (0.3, 0.3, 0.3), (0.0, 0.7, 0.0))))
    assert repair_contacts(pair) is pair


def test_a_smooth_union_bridges_a_gap_that_a_sharp_one_leaves():
    low, high = part("ellipsoid", (0.4,) * 3, (0, -0.41, 0)), part("ellipsoid", (0.4,) * 3, (0, 0.41, 0))
    soft = PartSet((low, replace(high, blend=0.2)))
    assert piece_count(soft) == 1
    assert repair_contacts(soft) is soft
    assert repair_contacts(PartSet((low, high))) is not None
    assert piece_count(repair_contacts(PartSet((low, high)))) == 1


def test_a_floating_group_moves_as_one_along_the_shortest_gap():
    table = part("box", (1.0, 0.2, 1.0), (0, -0.8, 0))
    cup = part("cylinder", (0.2, 0.2, 0.2), (0.3, -0.3, 0))
    knob = part("ellipsoid", (0.1,) * 3, (0.3, -0.05, 0))
    joined = repair_contacts(PartSet((table, cup, knob)))
    moves = [new.centre - old.centre for new, old in zip(joined.parts, (table, cup, knob), strict=True)]
    assert np.array_equal(moves[0], np.zeros(3))
    assert moves[1] == pytest.approx([0, -0.12, 0], abs=0.02)
    assert moves[2] == pytest.approx(moves[1])


def test_a_leg_that_is_too_short_grows_and_keeps_its_foot():
    top, leg = (
        part("box", (1.0, 0.05, 1.0), (0, 0.5, 0)),
        part("cylinder", (0.05, 0.4, 0.05), (0.8, 0.0, 0.8)),
    )
    grown = repair_contacts(PartSet((top, leg))).parts[1]
    assert grown.centre[1] - grown.half_size[1] == pytest.approx(-0.4)
    assert grown.centre[1] + grown.half_size[1] > 0.45
    assert grown.centre[[0, 2]] == pytest.approx([0.8, 0.8])


def test_a_ball_that_floats_inside_a_bowl_is_set_down_on_it():
    bowl = part("ellipsoid", (0.9, 0.9, 0.9), cut=0.5, hollow=0.1)
    apple = part("ellipsoid", (0.2, 0.2, 0.2), (0.05, -0.3, 0.0), role="fruit")
    shape = PartSet((bowl, apple))
    assert piece_count(shape) == 2
    assert piece_count(repair_contacts(shape)) == 1


def test_a_crumb_far_away_is_dropped():
    crumb = part("ellipsoid", (0.02,) * 3, (0.9, 0.9, 0.9), role="button")
    assert [p.role for p in repair_contacts(PartSet((part("box", (0.3,) * 3), crumb))).parts] == ["body"]


def test_shapes_of_every_second_category_come_out_in_one_piece_after_a_jolt():
    rng = np.random.default_rng(1)
    names = sorted(CATEGORIES)[::2]
    shapes = [build_shape(CATEGORIES[name], Wish(name), rng) for name in names]
    jolted = [jittered(shape, 0.035, rng) for shape in shapes]
    broken = [
        name for name, shape in zip(names, jolted, strict=True) if piece_count(repair_contacts(shape)) != 1
    ]
    assert len(broken) <= 1, broken
    assert sum(piece_count(shape) != 1 for shape in jolted[:10]) >= 3  # the jolt does break shapes


def test_repair_gives_the_same_shape_each_time():
    shape = jittered(build_shape(CATEGORIES["robot"], Wish("robot"), np.random.default_rng(1)), 0.05,
                     np.random.default_rng(2))  # fmt: skip
    first, second = parts_to_arrays(repair_contacts(shape)), parts_to_arrays(repair_contacts(shape))
    assert all(np.array_equal(first[name], second[name]) for name in first)
