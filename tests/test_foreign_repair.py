"""Meshes that others made, as they are: repaired, decimated and drawn anew."""

from __future__ import annotations

import numpy as np
import pytest

from serve.fields.remeshing import remesh
from serve.formats.reading.parsing import parse
from serve.geometry.cleaning import CleanSettings, clean
from serve.geometry.half_edges import match_edges
from serve.geometry.simplification import simplify
from serve.geometry.topology import is_closed
from tests.foreign_meshes import foreign_folder, foreign_meshes
from tests.parts import require
from tests.test_decimation import distances

EVERY = 5


@pytest.fixture(scope="module")
def meshes():
    """Every fifth file, by name."""
    return {path.name: parse(path.read_bytes()).mesh for path in foreign_meshes()[::EVERY]}


def require_foreign():
    require("pybullet-data", foreign_folder() is not None, "pip install pybullet")


def test_what_others_made_becomes_manifold_and_most_of_it_closed(meshes):
    require_foreign()
    repaired = {name: clean(mesh, CleanSettings(hole_share=1.0)) for name, mesh in meshes.items()}
    crowded = [name for name, (mesh, _) in repaired.items() if len(match_edges(mesh.faces).crowded)]
    assert not crowded
    before = sum(repairs.found.was_watertight for _, repairs in repaired.values())
    after = sum(repairs.is_watertight for _, repairs in repaired.values())
    assert all(r.is_watertight for _, r in repaired.values() if r.found.was_watertight)
    assert after >= 0.8 * len(repaired) > before


def test_a_fifth_of_the_faces_shows_the_same_thing(meshes):
    require_foreign()
    for name, mesh in meshes.items():
        cleaned, _ = clean(mesh)
        target_count = max(500, len(cleaned.faces) // 5)
        fewer = simplify(cleaned, target_count)
        assert 0.98 * min(target_count, len(cleaned.faces)) <= len(fewer.faces) <= target_count, name
        assert is_closed(fewer.faces) == is_closed(cleaned.faces), name
        gaps = distances(cleaned, fewer)
        assert gaps.mean() < 5e-3, name
        assert np.quantile(gaps, 0.999) < 0.03, name


def test_a_new_surface_lies_where_the_old_one_was(meshes):
    require_foreign()
    for name, mesh in list(meshes.items())[::3]:
        closed = remesh(mesh, 32)
        assert is_closed(closed.faces), name
        away = distances(clean(mesh)[0], closed)[20_000:]  # from the new one to the old
        assert np.quantile(away, 0.9) < 1.5 / 32, name
