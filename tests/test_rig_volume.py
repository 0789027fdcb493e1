"""Cells and ways inside solids, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from serve.motion.rigging import build_rig
from serve.motion.rigging.distances import UNREACHED_M, distances_from
from serve.motion.rigging.hinges import wheel_hinge
from serve.motion.rigging.limbs import trace_limb
from serve.motion.rigging.part_words import part_kind
from serve.motion.rigging.volume import build_volume
from tests.rigged import solid_box, united

FACES = solid_box((0, 0, 0), (1, 1, 1)).faces


def boxes(*pairs, name="bar"):
    pieces = []
    for number, (lower, upper) in enumerate(pairs):
        pieces.append((solid_box(lower, upper).vertices, FACES, f"{name}_{number + 1}"))
    return united(pieces)


def away_from(volume, point):
    start = np.full((1, len(volume.cells)), np.inf)
    start[0, volume.nearest(np.array(point))] = 0.0
    return distances_from(volume, start)[0]


def test_a_box_has_the_cells_and_depths_of_a_box():
    volume = build_volume(solid_box((0, 0, 0), (1, 0.4, 0.2)))
    inside = volume.depth > 0
    assert inside.sum() * volume.step**3 == pytest.approx(0.08, rel=0.1)
    gaps = np.minimum(volume.centres, np.array([1, 0.4, 0.2]) - volume.centres).min(axis=1)
    assert np.abs(volume.depth[inside] - gaps[inside]).max() < 1e-5


def test_ways_inside_go_round_the_corner_and_not_through_the_air():
    """A U of three bars: from tip to tip it is far, although the tips are near each other."""
    volume = build_volume(
        boxes(((0, 0, 0), (0.1, 1, 0.1)), ((0, 0, 0), (0.4, 0.1, 0.1)), ((0.3, 0, 0), (0.4, 1, 0.1)))
    )
    away = away_from(volume, (0.05, 0.95, 0.05))
    there = away[volume.nearest(np.array([0.35, 0.95, 0.05]))]
    assert there == pytest.approx(0.85 + 0.3 + 0.85 - 4 * 0.05 * (2 - np.sqrt(2)), rel=0.08)


def test_ways_in_the_open_are_straight():
    volume = build_volume(solid_box((0, 0, 0), (1, 1, 1)))
    away = away_from(volume, (0.5, 0.5, 0.5))
    straight = np.linalg.norm(volume.centres - volume.centres[np.argmin(away)], axis=1)
    far = straight > 0.3
    assert np.abs(away[far] / straight[far] - 1).max() < 0.14


def test_a_gap_thinner_than_a_cell_parts_two_solids():
    volume = build_volume(boxes(((0, 0, 0), (0.5, 1, 0.5)), ((0.515, 0, 0), (1, 1, 0.5))))
    assert volume.step > 0.02
    away = away_from(volume, (0.25, 0.5, 0.25))
    assert away[volume.nearest(np.array([0.3, 0.9, 0.3]))] < 1
    assert away[volume.nearest(np.array([0.75, 0.5, 0.25]))] > UNREACHED_M


def test_solids_that_overlap_are_one():
    volume = build_volume(boxes(((0, 0, 0), (0.6, 0.3, 0.3)), ((0.5, 0, 0), (1, 0.3, 0.3))))
    assert away_from(volume, (0.1, 0.15, 0.15)).max() < 1.2


def test_a_sheet_thinner_than_a_cell_is_connected():
    volume = build_volume(solid_box((0, 0, 0), (1, 1, 0.001)))
    assert away_from(volume, (0.1, 0.1, 0)).max() < 1.5


def test_the_line_of_a_bar_runs_along_its_middle():
    volume = build_volume(solid_box((0, 0, 0), (0.1, 1, 0.1)))
    low = volume.centres[:, 1] < 0.05
    limb = trace_limb(volume, ~low, low)
    assert np.abs(limb.line[:, ::2] - 0.05).max() < 0.25 * volume.step
    assert limb.line[0, 1] < 0.1
    assert limb.line[-1, 1] > 0.95
    assert limb.radius_m == pytest.approx(0.05, abs=volume.step)
    assert limb.bend(0.0, 1.0) is None


def test_a_bent_bar_bends_at_its_corner():
    volume = build_volume(boxes(((0, 0, 0), (0.1, 0.5, 0.1)), ((0, 0.4, 0), (0.5, 0.5, 0.1))))
    low = volume.centres[:, 1] < 0.03
    limb = trace_limb(volume, ~low, low)
    assert np.linalg.norm(limb.at(limb.bend(0.0, 1.0)) - (0.05, 0.45, 0.05)) < 0.06


@pytest.mark.parametrize("turn_deg", [0.0, 35.0])
def test_a_wheel_turns_about_its_axle(turn_deg):
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    rim = np.stack([0.5 * np.cos(turns), 0.5 * np.sin(turns)], axis=1)
    points = np.array([[x, y, z] for z in (-0.1, 0.1) for x, y in rim])
    angle = np.radians(turn_deg)
    axle = np.array([np.sin(angle), 0, np.cos(angle)])
    basis = np.stack([np.cross([0, 1, 0], axle), [0, 1, 0], axle])
    hinge = wheel_hinge(points @ basis + (3, 2, 1), np.ones(len(points)))
    assert np.abs(np.cross(hinge.limit.hinge, axle)).max() < 1e-3
    assert np.allclose(hinge.head, (3, 2, 1), atol=1e-3)


def test_a_loose_piece_follows_the_nearest_bone_as_one():
    """A button floats before a long bar: it bends nowhere."""
    bar, button = solid_box((0, 0, 0), (0.1, 0.1, 1)), solid_box((0.03, 0.13, 0.48), (0.07, 0.17, 0.52))
    mesh = united([(bar.vertices, FACES, "mesh"), (button.vertices, FACES, "mesh_2")])
    rig = build_rig(mesh, "chain")
    rows = rig.skin.joints[8:], rig.skin.weights[8:]
    assert all(np.abs(row - row[0]).max() < 1e-6 for row in rows)


def test_a_cross_has_a_link_along_each_of_its_arms():
    cross = boxes(((-1, -0.1, -0.1), (1, 0.1, 0.1)), ((-0.1, -0.1, -0.7), (0.1, 0.1, 0.7)), name="mesh")
    skeleton = build_rig(cross, "medial").skeleton
    tips = [joint.tail for index, joint in enumerate(skeleton.joints) if index not in skeleton.parents]
    reached = sorted((round(x, 1), round(z, 1)) for x, _, z in tips)
    assert reached == [(-1.0, 0.0), (0.0, -0.7), (0.0, 0.7), (1.0, 0.0)]
    assert np.linalg.norm(skeleton.heads[0]) < 0.1


def test_the_links_of_a_bent_rod_follow_it_from_the_ground():
    rod = boxes(((0, 0, 0), (0.06, 1, 0.06)), ((0, 0.94, 0), (0.6, 1, 0.06)), name="mesh")
    skeleton = build_rig(rod, "chain").skeleton
    heads = skeleton.heads
    assert (skeleton.parents == np.arange(len(heads)) - 1).all()
    assert heads[0, 1] < 0.03
    off = np.minimum(np.abs(heads[:, 0] - 0.03), np.abs(heads[:, 1] - 0.97))
    assert off.max() < 0.04


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("leg_2", "leg"),
        ("LeftForeArm", "arm"),
        ("mixamorig:RightFoot", "leg"),
        ("wheelFL", "wheel"),
        ("Front Left Tire.003", "wheel"),
        ("eyes", "head"),
        ("driver_door", "door"),
        ("Object_7", None),
    ],
)
def test_names_tell_kinds_of_parts(name, kind):
    assert part_kind(name) == kind
