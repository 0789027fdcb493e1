"""From parts to a mesh: closed, within its budget, true to the shape, coloured with crisp borders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.artifacts import pack, unpack
from serve.fields import extract_surface, mesh_parts, segment_surface
from serve.fields.part_sdf import part_distances
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays, parts_from_arrays, parts_to_arrays
from serve.geometry.decimation import decimate
from serve.geometry.parts import Part, PartSet
from serve.geometry.slivers import flat_faces, without_flat_faces
from serve.geometry.stitching import stitched
from serve.geometry.subdivision import face_edges, split_edges
from serve.geometry.topology import component_labels, is_closed, signed_volumes

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)


def part(kind="box", half_size=(0.5, 0.5, 0.5), centre=(0.0, 0.0, 0.0), role="body", rounding=0.0, **more):
    return Part(role, kind, np.array(centre, float), np.array(half_size, float), rounding=rounding, **more)


def shape_of(name, seed=3):
    return build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(seed)).scaled_to(1.0)


def volume(vertices, faces):
    return float(signed_volumes(vertices, faces).sum())


def piece_count(vertices, faces):
    return len(np.unique(component_labels(faces, len(vertices))))


def test_a_box_keeps_its_volume_and_its_sharp_edges():
    vertices, faces = extract_surface(PartSet((part(half_size=(0.5, 0.31, 0.43)),)), 40)
    assert is_closed(faces)
    assert volume(vertices, faces) == pytest.approx(8 * 0.5 * 0.31 * 0.43, rel=2e-3)
    corner = np.array([0.5, 0.31, 0.43])
    assert np.linalg.norm(vertices - corner, axis=1).min() < 0.1 / 40


def test_the_acute_rim_of_a_cone_is_not_chipped():
    """How far the surface reaches towards each of 180 points of the rim, in cells short of the rim itself."""
    shade = part(kind="cylinder", half_size=(0.048, 0.033, 0.048), taper_x=0.42, taper_z=0.42)
    tall = part(kind="box", half_size=(0.004, 0.27, 0.004), centre=(0.0, -0.24, 0.0), role="pole")
    vertices, _ = extract_surface(PartSet((shade, tall)), 160)
    step = 0.54 / 160
    turns = np.linspace(0.0, 2.0 * np.pi, 180, endpoint=False)
    towards = np.stack([np.cos(turns), np.full(180, -0.3), np.sin(turns)])
    rim = np.stack([0.048 * np.cos(turns), np.full(180, -0.033), 0.048 * np.sin(turns)])
    near = vertices[vertices[:, 1] > -0.04]
    short = (np.sum(rim * towards, axis=0) - (near @ towards).max(axis=0)) / step
    assert short.max() < 0.75
    assert short.max() - short.min() < 0.35


def test_the_vertices_of_a_ball_lie_on_the_ball():
    vertices, faces = extract_surface(PartSet((part("ellipsoid", (0.7, 0.7, 0.7)),)), 32)
    assert np.linalg.norm(vertices, axis=1) == pytest.approx(0.7, abs=1e-4)
    assert volume(vertices, faces) == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=0.01)


def test_a_ring_keeps_its_hole():
    vertices, faces = extract_surface(PartSet((part("torus", (0.9, 0.2, 0.9)),)), 32)
    assert len(vertices) - len(faces) // 2 == 0  # Euler's number of a torus


def test_parts_thinner_than_a_cell_come_out_whole_at_any_angle():
    for degrees in (0.0, 17.0, 45.0, 61.0):
        turn, tilt = np.radians(degrees), np.radians(0.7 * degrees)
        spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        lean = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
        for half_size in ((0.002, 1.0, 0.002), (0.6, 0.002, 0.9)):
            vertices, faces = extract_surface(
                PartSet((part("cylinder", half_size, rotation=spin @ lean),)), 32
            )
            assert piece_count(vertices, faces) == 1
            axes = np.abs(spin @ lean) * half_size
            expected = 2 * (np.hypot(axes[:, 0], axes[:, 2]) + axes[:, 1])
            assert np.ptp(vertices, axis=0) == pytest.approx(expected, abs=0.15)


def test_a_surface_is_refused_without_parts_or_resolution():
    with pytest.raises(ValueError, match="needs 8 and a part"):
        extract_surface(PartSet((part(),)), 4)


@pytest.mark.parametrize("name", ["bicycle", "castle", "mug", "teddy bear"])
def test_meshes_are_closed_within_budget_and_have_no_flat_faces(name):
    shape = shape_of(name)
    vertices, faces = extract_surface(shape, 64)
    for poly_count in (100, 1000, 6000):
        mesh = segment_surface(shape, vertices, faces, resolution=64, poly_count=poly_count)
        assert is_closed(mesh.faces)
        assert min(0.98 * poly_count, len(faces)) <= len(mesh.faces) <= poly_count
        assert len(flat_faces(mesh.vertices, mesh.faces)) == 0
        assert volume(mesh.vertices, mesh.faces) > 0.0
        assert sorted(set(mesh.face_part.tolist())) == list(range(len(mesh.surfaces)))


def test_equal_shapes_give_equal_meshes_on_one_thread_and_on_two():
    shapes = [shape_of("duck"), shape_of("chair")] * 2
    alone = [mesh_parts(shape, resolution=32, poly_count=1500) for shape in shapes[:2]] * 2
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda shape: mesh_parts(shape, resolution=32, poly_count=1500), shapes))
    for one, other in zip(alone, together, strict=True):
        assert mesh_bytes(one) == mesh_bytes(other)


def mesh_bytes(mesh):
    return pack(mesh_to_arrays(mesh))


def test_a_border_between_two_parts_runs_where_they_are_equally_near():
    halves = PartSet(
        (part("ellipsoid", (0.5, 0.5, 0.5), (-0.1, 0, 0)), part("ellipsoid", (0.5, 0.5, 0.5), (0.1, 0, 0)))
    )
    mesh = mesh_parts(halves, resolution=48, poly_count=3000)
    corners = mesh.vertices[mesh.faces]
    left, right = corners[mesh.face_part == 0], corners[mesh.face_part == 1]
    assert left[..., 0].max() < 2e-3
    assert right[..., 0].min() > -2e-3
    assert signed_volumes(mesh.vertices, mesh.faces).sum() == pytest.approx(0.67, rel=0.02)


def test_faces_belong_to_the_part_nearest_to_them():
    shape = shape_of("house")
    mesh = mesh_parts(shape, resolution=64, poly_count=8000)
    corners = mesh.vertices[mesh.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    owners = [surface.name.rsplit("_", 1)[0] for surface in mesh.surfaces]
    nearest = part_distances(shape, corners.mean(axis=1)).argmin(axis=1)
    right = np.array([shape.parts[n].role == owners[p] for n, p in zip(nearest, mesh.face_part, strict=True)])
    assert areas[right].sum() > 0.97 * areas.sum()


def test_names_are_unique_and_like_parts_share_one_colour():
    legs = [part(centre=(x, 0, 0), half_size=(0.05, 0.5, 0.05), role="leg", color=(0.5 + x / 20, 0.2, 0.1))
            for x in (-0.4, 0.4)]  # fmt: skip
    top = part(
        centre=(0, 0.5, 0), half_size=(0.6, 0.05, 0.3), role="top", material="glass", color=(1.0, 0.5, 0.0)
    )
    mesh = mesh_parts(PartSet((*legs, top)), resolution=32, poly_count=1000)
    assert [surface.name for surface in mesh.surfaces] == ["leg", "leg_2", "top"]
    assert mesh.surfaces[0].base_color == mesh.surfaces[1].base_color
    assert mesh.surfaces[2].base_color == pytest.approx((1.0, 0.21404, 0.0), abs=1e-5)
    assert mesh.surfaces[2].opacity < 1.0


def test_a_hidden_part_owns_no_surface():
    shape = PartSet((part(), part("ellipsoid", (0.1, 0.1, 0.1), role="ball")))
    assert [surface.name for surface in mesh_parts(shape, resolution=32, poly_count=500).surfaces] == ["body"]


@pytest.mark.parametrize("target_count", [4000, 999, 300, 60])
def test_decimation_meets_its_target_and_keeps_the_surface_closed(target_count):
    vertices, faces = extract_surface(shape_of("bookshelf"), 48)
    fewer, kept = decimate(vertices, faces, target_count)
    assert 0.98 * target_count - 1 <= len(kept) <= target_count
    assert is_closed(kept)
    assert volume(fewer, kept) == pytest.approx(
        volume(vertices, faces), rel=0.02 if target_count > 300 else 0.4
    )


def test_decimation_leaves_a_small_surface_alone_and_refuses_an_open_one():
    assert decimate(CORNERS, TETRAHEDRON, 4)[1] is TETRAHEDRON
    with pytest.raises(ValueError, match="closed"):
        decimate(CORNERS, TETRAHEDRON[:3], 100)


def test_two_solids_that_touch_at_an_edge_are_cut_apart():
    mirrored = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0], [0, 0, 1]], np.float32)
    vertices = np.concatenate([CORNERS, mirrored[2:3], np.array([[0, -1, 1]], np.float32)])
    second = np.array([0, 4, 1, 5], np.int32)[TETRAHEDRON]
    second = second if volume(vertices, second) > 0 else second[:, ::-1]
    both = np.concatenate([TETRAHEDRON, second])
    assert not is_closed(both)
    apart, faces = stitched(vertices, both)
    assert is_closed(faces)
    assert len(faces) == 8
    assert piece_count(apart, faces) == 2


def test_faces_back_to_back_vanish():
    back_to_back = np.array([[0, 1, 2], [2, 1, 0]], np.int32)
    assert len(stitched(CORNERS, np.concatenate([TETRAHEDRON, back_to_back]))[1]) == 4


def test_splitting_edges_keeps_a_surface_closed_and_its_volume():
    edges, sides = face_edges(TETRAHEDRON)
    for chosen in ([0], [0, 1], [0, 1, 2], list(range(6))):
        points = CORNERS[edges[chosen]].mean(axis=1)
        vertices, faces = split_edges(CORNERS, TETRAHEDRON, sides, np.array(chosen), points)
        assert len(faces) == 4 + 2 * len(chosen)
        assert is_closed(faces)
        assert volume(vertices, faces) == pytest.approx(1 / 6)


def test_a_flat_face_gets_some_area():
    edges, sides = face_edges(TETRAHEDRON)
    vertices, faces = split_edges(CORNERS, TETRAHEDRON, sides, np.array([0]), CORNERS[edges[0, :1]])
    assert len(flat_faces(vertices, faces)) == 2
    assert len(flat_faces(without_flat_faces(vertices, faces), faces)) == 0


def test_meshes_and_shapes_come_back_from_the_store_as_they_were():
    shape = shape_of("lamp")
    mesh = mesh_parts(shape, resolution=32, poly_count=400)
    again = mesh_from_arrays(unpack(pack(mesh_to_arrays(mesh))))
    assert again.surfaces == mesh.surfaces
    assert mesh_bytes(again) == mesh_bytes(mesh)
    restored = parts_from_arrays(unpack(pack(parts_to_arrays(shape))))
    assert pack(parts_to_arrays(restored)) == pack(parts_to_arrays(shape))
    assert [(p.role, p.kind, p.material) for p in restored.parts] == [
        (p.role, p.kind, p.material) for p in shape.parts
    ]
