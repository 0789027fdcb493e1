"""Texture coordinates: every face has a place of its own, apart from its neighbours' in the texture."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from compile.house.categories import CATEGORIES
from compile.house.category import Wish, build_shape
from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.fields.meshing import mesh_parts
from serve.geometry.unwrapping import MOST_FACE_COUNT, unwrap, uv_area
from serve.geometry.unwrapping_patches import calm_vertices, patch_labels
from serve.render.baking.atlas import rasterise
from tests import nasty_meshes as nasty
from tests.nasty_meshes import BROKEN, OPEN, SOUND, mesh_of

BROKEN_NUMBERS = ("hidden_indices", "with_nan_vertices")
FINE = {name: make for name, make in {**SOUND, **OPEN, **BROKEN}.items() if name not in BROKEN_NUMBERS}
SIZE = 512


def house_mesh(name, poly_count=4000):
    shape = build_shape(CATEGORIES[name], Wish(name), np.random.default_rng(3)).scaled_to(1.0)
    return mesh_parts(shape, resolution=48, poly_count=poly_count)


def rough_ball(noise_m=0.01, ring_count=60):
    ball = nasty.sphere(ring_count=ring_count, column_count=2 * ring_count)
    noise = np.random.default_rng(0).normal(scale=noise_m, size=ball.vertices.shape)
    return replace(ball, vertices=(ball.vertices + noise).astype(np.float32))


def band(count, turns=1.0, rise_m=0.0, radii=(0.5, 0.5), heights=(0.0, 0.3)):
    """A strip of `count` quads around Y: a tube, a spring or a spiral ramp."""
    angles = np.linspace(0.0, 2.0 * np.pi * turns, count + 1)
    sides = [
        np.stack([r * np.cos(angles), h + rise_m * angles, r * np.sin(angles)], axis=1)
        for r, h in zip(radii, heights, strict=True)
    ]
    i = np.arange(count)
    faces = np.concatenate(
        [
            np.stack([i, i + 1, i + count + 2], axis=1),
            np.stack([i, i + count + 2, i + count + 1], axis=1),
        ]
    )
    return mesh_of(np.concatenate(sides), faces)


def covers(triangle, rows, columns, slack=1e-3):
    """Which texel centres lie inside of a triangle in texels, and not on its rim."""
    (au, av), (bu, bv), (cu, cv) = triangle
    area = (bu - au) * (cv - av) - (bv - av) * (cu - au)
    inside = np.full(rows.shape, abs(area) > 0.0)
    for (pu, pv), (qu, qv) in (((au, av), (bu, bv)), ((bu, bv), (cu, cv)), ((cu, cv), (au, av))):
        inside &= np.sign(area) * ((qu - pu) * (rows - pv) - (qv - pv) * (columns - pu)) > slack
    return inside


def cover_counts(corner_uv, size=SIZE):
    """How many faces cover each texel's centre."""
    counts = np.zeros((size, size), int)
    for triangle in corner_uv.astype(np.float64) * size:
        low = np.clip(np.floor(triangle.min(axis=0) - 0.5).astype(int), 0, size - 1)
        high = np.clip(np.ceil(triangle.max(axis=0)).astype(int), 0, size - 1)
        rows, columns = np.mgrid[low[1] : high[1] + 1, low[0] : high[0] + 1]
        counts[low[1] : high[1] + 1, low[0] : high[0] + 1] += covers(triangle, rows + 0.5, columns + 0.5)
    return counts


@pytest.mark.parametrize("name", FINE)
def test_no_two_faces_lie_over_each_other(name):
    unwrapped = unwrap(FINE[name](), SIZE)
    assert unwrapped.corner_uv.dtype == np.float32
    assert unwrapped.corner_uv.shape == (len(unwrapped.faces), 3, 2)
    assert 0.0 < unwrapped.corner_uv.min() < unwrapped.corner_uv.max() < 1.0
    counts = cover_counts(unwrapped.corner_uv)
    assert counts.max() == 1
    assert np.mean(counts == 1) == pytest.approx(uv_area(unwrapped), abs=0.02)


def loose_triangles(count=1000):
    corners = np.random.default_rng(0).normal(size=(3 * count, 3))
    return mesh_of(corners, np.arange(3 * count).reshape(-1, 3))


TANGLED = {
    "loose triangles": loose_triangles,
    "ramp": lambda: band(400, turns=3.0, rise_m=0.02, radii=(0.3, 0.5), heights=(0.0, 0.0)),
    "scan": rough_ball,
    "spring": lambda: band(3000, turns=6.0, rise_m=0.08),
    "tube": lambda: band(2000),
}


@pytest.mark.parametrize("make", TANGLED.values(), ids=TANGLED)
def test_what_turns_upon_itself_is_cut(make):
    unwrapped = unwrap(make(), SIZE)
    assert cover_counts(unwrapped.corner_uv).max() == 1
    assert uv_area(unwrapped) > 0.15


def test_a_smooth_ball_of_very_many_faces_is_cut_before_it_is_taken_for_a_plane():
    ball = nasty.sphere(ring_count=180, column_count=300)
    labels = patch_labels(ball, calm_vertices(ball))
    assert labels.max() >= 17
    assert np.bincount(labels).max() <= 8_000
    assert uv_area(unwrap(ball, SIZE)) > 0.4


@pytest.mark.parametrize(("name", "least"), [("castle", 0.5), ("chair", 0.5), ("teapot", 0.4), ("car", 0.4)])
def test_house_assets_fill_most_of_the_texture(name, least):
    assert uv_area(unwrap(house_mesh(name), 1024)) > least


def test_charts_of_different_parts_keep_a_gutter():
    """Each texel of two by two of mip level 2, 4 texels wide, then holds one part's charts alone."""
    mesh = house_mesh("chair")
    unwrapped = unwrap(mesh, 1024)
    atlas = rasterise(unwrapped.corner_uv, 1024)
    parts = np.full((1024, 1024), -1)
    parts[tuple(atlas.texels.T)] = mesh.face_part[atlas.faces]
    for part in range(len(mesh.surfaces)):
        near = parts == part
        for _ in range(4):
            near[1:] |= near[:-1]
            near[:-1] |= near[1:]
            near[:, 1:] |= near[:, :-1]
            near[:, :-1] |= near[:, 1:]
        assert not (near & (parts >= 0) & (parts != part)).any()


def test_charts_are_not_mirrored_and_hardly_stretched():
    """Seen from outside, the picture on a face reads as it does in the texture: v runs down."""
    unwrapped = unwrap(house_mesh("teapot"), 1024)
    (u1, v1), (u2, v2) = (
        unwrapped.corner_uv[:, i].T.astype(float) - unwrapped.corner_uv[:, 0].T for i in (1, 2)
    )
    uv_areas = -(u1 * v2 - u2 * v1) / 2
    points = unwrapped.vertices[unwrapped.faces].astype(float)
    areas = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1) / 2
    assert areas[uv_areas > 0].sum() > 0.99 * areas.sum()
    ratios = uv_areas / areas / (uv_areas.sum() / areas.sum())
    order = np.argsort(ratios)
    share = np.cumsum(areas[order]) / areas.sum()
    low, high = ratios[order][np.searchsorted(share, [0.05, 0.95])]
    assert 0.5 < low < high < 2.0


def test_faces_without_area_find_a_place_on_a_chart():
    unwrapped = unwrap(nasty.with_zero_area_faces(), SIZE)
    flat = np.ptp(unwrapped.corner_uv, axis=1).max(axis=1) == 0.0
    assert flat.any()
    corners = unwrapped.corner_uv[~flat].reshape(-1, 2)
    for place in unwrapped.corner_uv[flat][:, 0]:
        assert np.abs(corners - place).max(axis=1).min() < 1e-6


def test_size_and_place_of_the_mesh_do_not_matter():
    ring = nasty.torus()
    expected = uv_area(unwrap(ring, SIZE))
    for offset, scale in (((0.0, 0.0, 0.0), 1e-6), ((0.0, 0.0, 0.0), 1e9), ((100.0, 0.0, 0.0), 1.0)):
        area = uv_area(unwrap(nasty.moved(ring, offset, scale), SIZE))
        assert area == pytest.approx(expected, rel=0.3)


def test_surfaces_lose_the_textures_that_no_longer_fit():
    surface = replace(nasty.plain_surface(), texture=0)
    unwrapped = unwrap(replace(nasty.box(), surfaces=(surface,)), SIZE)
    assert unwrapped.textures == ()
    assert unwrapped.surfaces[0].texture == -1


def test_equal_meshes_give_equal_coordinates_in_another_process_on_one_core():
    script = (
        "from serve.geometry.unwrapping import unwrap; from tests import test_unwrap as t, nasty_meshes as n;"
        "import hashlib;"
        "uv = [unwrap(m, 512).corner_uv.tobytes() for m in (t.house_mesh('duck'), t.rough_ball(), n.soup())];"
        "print(hashlib.sha256(b''.join(uv)).hexdigest())"
    )
    core = min(os.sched_getaffinity(0))
    digests = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, preexec_fn=pin
        ).stdout
        for pin in (None, lambda: os.sched_setaffinity(0, {core}), None)
    ]
    assert len(set(digests)) == 1


def test_what_cannot_be_unwrapped_is_refused_with_what_to_do():
    for name in BROKEN_NUMBERS:
        with pytest.raises(InvalidRequestError, match="clean it first"):
            unwrap(BROKEN[name](), SIZE)
    with pytest.raises(InvalidRequestError, match="decimate it first"):
        unwrap(mesh_of(np.eye(3), np.zeros((MOST_FACE_COUNT + 1, 3), int)), SIZE)
    with pytest.raises(InvalidRequestError, match="no area"):
        unwrap(mesh_of(np.eye(3), np.zeros((0, 3), int)), SIZE)
    with pytest.raises(InvalidRequestError, match="no area"):
        unwrap(mesh_of(np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])), SIZE)


def test_it_stops_when_it_is_told_to():
    def stop():
        raise CancelledJobError("cancelled")

    with pytest.raises(CancelledJobError):
        unwrap(nasty.sphere(), SIZE, stop)
