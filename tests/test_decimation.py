"""Any mesh comes down to its budget: closed stays closed, borders and rims stay where they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.artifacts import pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Context
from serve.fields import mesh_parts
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.half_edges import match_edges
from serve.geometry.mesh import TextureMaps
from serve.geometry.simplification import simplify
from serve.geometry.slivers import flat_faces
from serve.geometry.topology import component_labels, is_closed, signed_volumes
from serve.geometry.transfer import nearest_on
from serve.stages import STAGES
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox


def volume(mesh):
    return float(signed_volumes(mesh.vertices, mesh.faces).sum())


def samples(mesh, count=20_000, seed=5):
    """Points on the surface, each face's share by its area."""
    rng = np.random.default_rng(seed)
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = rng.choice(len(areas), count, p=areas / areas.sum())
    weights = rng.dirichlet([1.0, 1.0, 1.0], count)
    return np.einsum("nc,nci->ni", weights, corners[chosen]).astype(np.float32), chosen


def distances(first, second):
    """From points on each to the other, as a share of the first's longest side: all of them [2N]."""
    gaps = []
    for one, other in ((first, second), (second, first)):
        points, _ = samples(one)
        gaps.append(np.linalg.norm(nearest_on(other, points).points - points, axis=1))
    return np.concatenate(gaps) / np.ptp(first.vertices, axis=0).max()


def house(name, resolution=64, poly_count=20_000):
    shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(3)).scaled_to(1.0)
    return mesh_parts(shape, resolution=resolution, poly_count=poly_count)


def run_stage(mesh, poly_count):
    spec = STAGES["decimate"]
    data = {"mesh": pack(mesh_to_arrays(mesh))}
    (done,) = spec.run(data, spec.params(poly_count=poly_count), Context("0" * 64, "job"), Toolbox())
    return mesh_from_arrays(unpack(done.outputs["mesh"].data)), done.warnings


@pytest.mark.parametrize("name", ["bicycle", "castle", "mug", "teddy bear"])
@pytest.mark.parametrize(("poly_count", "mean", "far"), [(8000, 2e-4, 3e-3), (1500, 1.6e-3, 2e-2)])
def test_house_assets_keep_their_shape_parts_and_closedness(name, poly_count, mean, far):
    mesh = house(name)
    fewer = simplify(mesh, poly_count)
    assert min(poly_count - 1, len(mesh.faces)) <= len(fewer.faces) <= poly_count
    assert is_closed(fewer.faces)
    assert len(flat_faces(fewer.vertices, fewer.faces)) == 0
    gaps = distances(mesh, fewer)
    assert gaps.mean() < mean
    assert np.quantile(gaps, 0.999) < far
    points, chosen = samples(fewer)
    same = mesh.face_part[nearest_on(mesh, points).faces] == fewer.face_part[chosen]
    assert same.mean() > (0.98 if poly_count > 4000 else 0.9)


def test_a_border_between_colours_stays_where_it_was():
    """A box in two colours: the border is a square of four straight sides, and needs no more corners."""
    fine = nasty.two_colors(grid_box(24))
    fewer = simplify(fine, 200)
    assert len(fewer.faces) in (199, 200)
    corners = fewer.vertices[fewer.faces]
    assert corners[fewer.face_part == 0][..., 0].max() <= 1e-6
    assert corners[fewer.face_part == 1][..., 0].min() >= -1e-6
    assert volume(fewer) == pytest.approx(1.0, rel=1e-5)


def grid_box(count):
    """A cube of `count` squares a side, welded."""
    u, v = (axis.reshape(-1) for axis in np.meshgrid(*[np.linspace(-0.5, 0.5, count + 1)] * 2, indexing="ij"))
    i, j = (axis.reshape(-1) for axis in np.meshgrid(*[np.arange(count)] * 2, indexing="ij"))
    a = i * (count + 1) + j
    quads = np.concatenate(
        [np.stack([a, a + count + 1, a + count + 2], 1), np.stack([a, a + count + 2, a + 1], 1)]
    )
    sides, faces = [], []
    for axis in range(3):
        for end in (-0.5, 0.5):
            points = np.insert(np.stack([u, v], 1), axis, end, axis=1)
            outward = (end > 0) == (axis != 1)
            faces.append((quads if outward else quads[:, ::-1]) + len(points) * len(sides))
            sides.append(points)
    vertices, place = np.unique(np.concatenate(sides).round(9), axis=0, return_inverse=True)
    mesh = nasty.mesh_of(vertices, place.reshape(-1)[np.concatenate(faces)])
    assert is_closed(mesh.faces)
    assert volume(mesh) == pytest.approx(1.0)
    return mesh


def test_the_rims_of_an_open_cloth_and_of_holes_stay():
    sheet = nasty.cloth(60, 80)
    fewer = simplify(sheet, 300)
    assert len(fewer.faces) in (299, 300)
    assert np.allclose(fewer.bounds, sheet.bounds, atol=2e-3)
    rim = match_edges(fewer.faces).rims
    on_rim = fewer.vertices[fewer.faces[rim // 3, rim % 3]]
    assert (np.abs(on_rim[:, [0, 2]]).max(axis=1) > 0.499).all()
    torn = nasty.with_holes(nasty.torus(row_count=80, column_count=60), 5, 3)
    loops = component_count(simplify(torn, 1500), match_edges)
    assert loops == component_count(torn, match_edges) == 5


def component_count(mesh, matcher):
    """How many rims there are."""
    rims = matcher(mesh.faces).rims
    ends = np.stack([mesh.faces[rims // 3, rims % 3], mesh.faces[rims // 3, (rims + 1) % 3]], axis=1)
    labels = component_labels(ends[:, [0, 1, 1]], len(mesh.vertices))
    return len(np.unique(labels[ends]))


@pytest.mark.parametrize(("poly_count", "least"), [(12, 12), (8, 8), (6, 6), (4, 4), (1, 4)])
def test_a_closed_solid_never_loses_its_last_four_faces(poly_count, least):
    fewer = simplify(nasty.sphere(), poly_count)
    assert len(fewer.faces) == least
    assert is_closed(fewer.faces)


def test_pieces_do_not_vanish_and_handles_stay():
    balls = nasty.joined(*[nasty.moved(nasty.sphere(0.1), (float(x), 0.0, 0.0)) for x in range(20)])
    fewer = simplify(balls, 100)
    assert is_closed(fewer.faces)
    assert len(np.unique(component_labels(fewer.faces, len(fewer.vertices)))) == 20
    assert sorted(set(fewer.face_part.tolist())) == list(range(20))
    ring = simplify(nasty.torus(), 60)
    assert len(ring.vertices) - len(ring.faces) // 2 == 0


def test_hundreds_of_parts_keep_their_faces_apart():
    ball = nasty.sphere(ring_count=60, column_count=120)
    middles = ball.vertices[ball.faces].mean(axis=1)
    stripes = np.floor((np.arctan2(middles[:, 0], middles[:, 2]) / np.pi + 1.0) * 60).astype(np.int32) % 120
    surfaces = tuple(nasty.plain_surface(f"part_{index}") for index in range(120))
    mesh = replace(ball, face_part=stripes, surfaces=surfaces)
    fewer = simplify(mesh, 4000)
    assert len(fewer.faces) in (3999, 4000)
    points, chosen = samples(fewer)
    assert (stripes[nearest_on(mesh, points).faces] == fewer.face_part[chosen]).mean() > 0.97
    assert len(simplify(mesh, 300).faces) == 300  # fewer than the borders alone would take


@pytest.mark.parametrize("name", ["three_sheets", "two_cubes_on_an_edge", "half_flipped", "soup"])
def test_a_mesh_that_nobody_cleaned_comes_out_whole(name):
    mesh = nasty.BROKEN[name]()
    fewer = simplify(mesh, len(mesh.faces) // 2)
    assert 0 < len(fewer.faces) <= len(mesh.faces)
    assert np.isfinite(fewer.vertices).all()
    assert np.allclose(fewer.bounds, mesh.bounds, atol=0.1)


def test_far_from_the_origin_and_very_small_is_all_the_same():
    small = nasty.moved(nasty.sphere(ring_count=40, column_count=80), (100.0, 0.0, 0.0), 0.01)
    fewer = simplify(small, 500)
    assert len(fewer.faces) == 500
    assert is_closed(fewer.faces)


def test_a_mesh_within_its_budget_is_returned_itself():
    mesh = nasty.with_corner_data(nasty.torus())
    assert simplify(mesh, 1536) is mesh
    assert run_stage(mesh, 1536)[0].corner_uv is not None


def test_corner_colours_follow_and_textures_go():
    maps = TextureMaps(np.zeros((4, 4, 3), np.uint8))
    mesh = nasty.with_corner_data(nasty.sphere(ring_count=40, column_count=80))
    mesh = replace(mesh, textures=(maps,), surfaces=(replace(mesh.surfaces[0], texture=0),))
    fewer, warnings = run_stage(mesh, 800)
    assert warnings == ()
    assert len(fewer.faces) == 800
    assert (fewer.corner_uv, fewer.textures, fewer.surfaces[0].texture) == (None, (), -1)
    lower, upper = mesh.bounds
    expected = (fewer.vertices[fewer.faces] - lower) / (upper - lower)
    assert np.abs(fewer.corner_color - expected).max() < 0.03


def test_the_stage_says_when_topology_forbids_the_budget():
    balls = nasty.joined(*[nasty.moved(nasty.sphere(0.1, 4, 6), (float(x), 0.0, 0.0)) for x in range(40)])
    fewer, warnings = run_stage(balls, 100)
    assert len(fewer.faces) == 160
    assert "160 of 1,920 faces" in warnings[0]


def test_the_stage_refuses_what_is_not_finite():
    with pytest.raises(InvalidRequestError, match="not finite"):
        run_stage(nasty.with_nan_vertices(), 500)


def test_decimation_gives_the_same_bytes_each_time():
    first, second = (simplify(nasty.two_colors(), 700) for _ in range(2))
    assert pack(mesh_to_arrays(first)) == pack(mesh_to_arrays(second))
