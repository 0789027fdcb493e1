"""A mesh loses its noise and keeps its volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.mesh import check_finite
from serve.geometry.smoothing import smooth
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "SmoothParams"]


class SmoothParams(Params):
    """How much.

    Args:
        iteration_count: Rounds of Taubin's filter; 10 takes the noise of a scan out.
    """

    iteration_count: int = Field(10, ge=0, le=1000)


def _run(
    inputs: Mapping[str, bytes], params: SmoothParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    check_finite(mesh)
    smoothed = smooth(mesh, params.iteration_count, tools.check)
    yield Done({"mesh": Blob(pack(mesh_to_arrays(smoothed)), TENSORS_MEDIA_TYPE)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, SmoothParams(iteration_count=3)


SPEC = StageSpec(
    name="smooth",
    version=1,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh"},
    returns={"mesh": "mesh"},
    params=SmoothParams,
    run=_run,
    example=_example,
    weight=0.05,
)
