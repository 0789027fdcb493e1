"""An asset gets its size in metres and its origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serve.artifacts import pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.requests import Pivot
from serve.contracts.stage import Context
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.placing import place
from serve.stages import STAGES
from tests import nasty_meshes as nasty
from tests.toolboxes import Toolbox

BRICK = nasty.moved(nasty.box((2.0, 4.0, 1.0)), (10.0, 5.0, -3.0))


@pytest.mark.parametrize(
    ("pivot", "lower"),
    [
        (Pivot.KEEP, (9.0, 3.0, -3.5)),
        (Pivot.CENTRE, (-1.0, -2.0, -0.5)),
        (Pivot.BOTTOM, (-1.0, 0.0, -0.5)),
    ],
)
def test_a_pivot_says_where_the_origin_is(pivot, lower):
    placed = place(BRICK, None, pivot)
    assert placed.bounds[0] == pytest.approx(lower)
    assert placed.bounds[1] == pytest.approx(np.add(lower, (2.0, 4.0, 1.0)))


def test_the_longest_side_is_what_was_asked():
    placed = place(BRICK, 0.5, Pivot.BOTTOM)
    assert placed.bounds[0] == pytest.approx((-0.125, 0.0, -0.0625))
    assert placed.bounds[1] == pytest.approx((0.125, 0.5, 0.0625))
    assert np.ptp(place(BRICK, 8.0, Pivot.KEEP).vertices, axis=0).max() == pytest.approx(8.0)


def test_nothing_asked_changes_nothing():
    assert place(BRICK, None, Pivot.KEEP) is BRICK


def test_a_vertex_that_no_face_names_has_no_part_in_the_size():
    stray = replace(BRICK, vertices=np.concatenate([BRICK.vertices, [[1e6, 0, 0]]]).astype(np.float32))
    assert place(stray, 1.0, Pivot.CENTRE).vertices[:8] == pytest.approx(
        place(BRICK, 1.0, Pivot.CENTRE).vertices
    )


def run_stage(mesh, **params):
    spec = STAGES["place"]
    data = {"mesh": pack(mesh_to_arrays(mesh))}
    (done,) = spec.run(data, spec.params(**params), Context("0" * 64, "job"), Toolbox())
    return mesh_from_arrays(unpack(done.outputs["mesh"].data))


def test_the_stage_places_and_refuses_what_has_no_place():
    assert run_stage(BRICK, longest_m=1.0, pivot="bottom").bounds[0] == pytest.approx((-0.25, 0.0, -0.125))
    with pytest.raises(InvalidRequestError, match="not finite"):
        run_stage(nasty.with_nan_vertices(), longest_m=1.0)
    point = replace(BRICK, vertices=np.ones((8, 3), np.float32))
    with pytest.raises(InvalidRequestError, match="no size"):
        run_stage(point, longest_m=1.0)
