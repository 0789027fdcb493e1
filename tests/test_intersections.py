"""Self-intersections against an oracle in whole numbers, and against shapes whose crossings are known."""

from dataclasses import replace

import numpy as np
import pytest

from serve.contracts.acceptance import SelfIntersectionMethod
from serve.contracts.errors import CancelledJobError
from serve.geometry import intersections
from serve.geometry.intersections import TOLERANCE_SHARE, count_self_intersections
from tests.nasty_meshes import (
    box,
    cloth,
    crossing_boxes,
    joined,
    mesh_of,
    moebius_strip,
    moved,
    sphere,
    torus,
)

SCALE = 2.0**40  # makes a whole number of every float32 coordinate in these tests


def count_of(mesh, **options):
    found = count_self_intersections(mesh.vertices, mesh.faces, **options)
    assert found.method is SelfIntersectionMethod.EXACT
    return found.count


def pierces(start, end, triangle):
    """Whether each edge passes strictly through the inside of a triangle, by signs of exact determinants."""

    def side(a, b, c, d):
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = (b - a).T, (c - a).T, (d - a).T
        return np.sign(ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx))

    a, b, c = triangle
    through = side(a, b, c, start) * side(a, b, c, end) < 0
    turns = [side(start, end, *pair) for pair in ((a, b), (b, c), (c, a))]
    return through & (turns[0] == turns[1]) & (turns[1] == turns[2]) & (turns[0] != 0)


def crossings_of(mesh):
    """All pairs with a side of one through the inside of the other: in general position, all that cross."""
    whole = np.array([[round(x * SCALE) for x in point] for point in mesh.vertices.tolist()], object)
    first, second = np.triu_indices(len(mesh.faces), 1)
    found = np.zeros(len(first), bool)
    for one, other in ((first, second), (second, first)):
        corners, triangle = whole[mesh.faces[one]], whole[mesh.faces[other]].transpose(1, 0, 2)
        for corner in range(3):
            found |= pierces(corners[:, corner], corners[:, (corner + 1) % 3], triangle)
    return int(np.count_nonzero(found))


def random_triangles(count, size=0.6):
    rng = np.random.default_rng(5)
    corners = rng.uniform(-1, 1, (count, 1, 3)) + rng.uniform(-size, size, (count, 3, 3))
    return mesh_of(corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3))


def figure_eight():
    """A tube along a lemniscate: it passes through itself in the middle."""
    ring = torus(1.0, 0.2, 24, 6)
    x, y, z = ring.vertices.T.astype(np.float64)
    turn = np.arctan2(z, x) + 0.05
    path = np.stack([np.sin(2 * turn) * 0.5, 0.03 * np.sin(turn), np.cos(turn)], axis=1)
    around = np.stack([x, y, z], axis=1) - np.stack(
        [np.cos(turn - 0.05), 0 * turn, np.sin(turn - 0.05)], axis=1
    )
    return replace(ring, vertices=(path + around).astype(np.float32))


@pytest.mark.parametrize(
    "make",
    [
        crossing_boxes,
        figure_eight,
        lambda: random_triangles(120),
        lambda: joined(torus(0.5, 0.2, 9, 7), moved(sphere(0.3, 4, 7), (0.4, 0.05, 0.02))),
    ],
    ids=["crossing_boxes", "figure_eight", "random_triangles", "torus_through_sphere"],
)
def test_the_count_is_that_of_exact_arithmetic(make):
    mesh = make()
    expected = crossings_of(mesh)
    assert expected > 0
    assert count_of(mesh) == expected


@pytest.mark.parametrize("make", [box, sphere, torus, cloth, moebius_strip, lambda: torus(0.5, 1e-3, 300, 8)])
def test_a_sound_surface_does_not_cross_itself(make):
    assert count_of(make()) == 0


def test_the_count_does_not_depend_on_order_place_or_size():
    mesh = random_triangles(1_500)
    shuffled = np.random.default_rng(1).permutation(len(mesh.faces))
    expected = count_of(mesh)
    assert count_of(replace(mesh, faces=mesh.faces[shuffled])) == expected
    assert count_of(replace(mesh, faces=mesh.faces[:, [2, 1, 0]])) == expected
    assert count_of(moved(mesh, (0.0, 0.0, 0.0), 1024.0)) == expected
    assert count_of(replace(mesh, vertices=mesh.vertices[:, [1, 2, 0]])) == expected


FLOOR = [[-2.0, 0, -2], [2, 0, -2], [0, 0, 3]]


@pytest.mark.parametrize(
    ("name", "corners", "expected"),
    [
        ("through the floor", [[0, -1, 0], [0, 1, 0.5], [0.3, 1, 0]], 1),
        ("with a corner on the floor", [[0, 0, 0], [0, 1, 0.5], [0.3, 1, 0]], 0),
        ("with a side on the floor", [[0, 0, 0], [0.5, 0, 0.3], [0.3, 1, 0]], 1),
        ("along a side of the floor", [[-1, 0, -2], [1, 0, -2], [0, 1, -2]], 0),
        ("beyond a side of the floor", [[-1, -1, -2.1], [1, 1, -2.1], [0, 1, -2.5]], 0),
        ("through a side of the floor", [[-1, -1, -2], [1, -1, -2], [0, 1, -2]], 1),
        ("flat upon the floor", [[-0.5, 0, -0.5], [0.5, 0, -0.5], [0, 0, 0.5]], 1),
        ("flat beside the floor", [[-2, 0, -2], [2, 0, -2], [0, 0, -4]], 0),
        ("above the floor by rounding", [[-0.5, 1e-7, -0.5], [0.5, 1e-7, -0.5], [0, 1e-7, 0.5]], 1),
        (
            "above the floor by a hundred times that",
            [[-0.5, 1e-4, -0.5], [0.5, 1e-4, -0.5], [0, 1e-4, 0.5]],
            0,
        ),
    ],
)
def test_what_touches_and_what_crosses(name, corners, expected):
    mesh = mesh_of(np.array([*FLOOR, *corners], np.float64), np.array([[0, 1, 2], [3, 4, 5]]))
    assert count_of(mesh) == expected, name


def test_a_wall_through_the_border_of_two_faces_is_seen():
    """The wall meets each face of the floor only along the side that the two share."""
    points = [[-1.0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, -1], [-0.5, -1, 0], [0.5, -1, 0], [0, 1, 0]]
    mesh = mesh_of(np.array(points), np.array([[0, 2, 1], [0, 1, 3], [4, 5, 6]]))
    assert count_of(mesh) == 2


@pytest.mark.parametrize(
    ("apex", "expected"), [((0.3, 0.0, 1.0), 1), ((0.3, 1e-3, 1.0), 0), ((0.3, 0.0, -1.0), 0)]
)
def test_neighbours_cross_only_where_one_is_folded_onto_the_other(apex, expected):
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 0, 1], apex])
    assert count_of(mesh_of(points, np.array([[0, 2, 1], [0, 1, 3]]))) == expected


@pytest.mark.parametrize(("height", "expected"), [(-1.0, 1), (0.2, 0)])
def test_faces_that_share_a_corner_cross_where_the_far_side_pierces(height, expected):
    points = np.array([[0.0, 0, 0], [1, 0, -1], [1, 0, 1], [0.8, 1, 0.1], [0.8, height, 0]])
    assert count_of(mesh_of(points, np.array([[0, 1, 2], [0, 3, 4]]))) == expected


def test_what_is_less_deep_than_the_tolerance_is_rounding():
    flat = np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 0, 1], [0.5, 0, -1]])
    faces = np.array([[0, 2, 1], [0, 1, 3]])
    diagonal = float(np.linalg.norm(np.ptp(flat, axis=0)))
    for share, expected in ((0.5, 0), (20.0, 1)):
        loose = np.concatenate([flat[:3], flat[[0, 1, 3]]])
        loose[3:5, 2] += share * TOLERANCE_SHARE * diagonal  # the second face reaches into the first
        assert count_of(mesh_of(loose, np.array([faces[0], [3, 4, 5]]))) == expected


def test_too_many_faces_are_sampled_and_the_estimate_is_near():
    mesh = random_triangles(4_000, size=0.2)
    exact = count_of(mesh)
    sampled = count_self_intersections(mesh.vertices, mesh.faces, max_face_count=1_200)
    assert sampled.method is SelfIntersectionMethod.SAMPLED
    assert sampled.count == pytest.approx(exact, rel=0.1)


def test_a_file_made_to_cross_everywhere_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(intersections, "_MAX_CANDIDATE_COUNT", 200_000)
    mesh = random_triangles(3_000, size=2.0)
    found = count_self_intersections(mesh.vertices, mesh.faces)
    assert found.method is SelfIntersectionMethod.SAMPLED
    assert found.count == pytest.approx(count_of_all(mesh, monkeypatch), rel=0.15)


def count_of_all(mesh, monkeypatch):
    monkeypatch.setattr(intersections, "_MAX_CANDIDATE_COUNT", 10**9)
    return count_of(mesh)


def test_a_cancelled_count_ends():
    def refuse():
        raise CancelledJobError("cancelled")

    with pytest.raises(CancelledJobError):
        count_self_intersections(box().vertices, box().faces, check=refuse)
