"""A mesh is scaled to metres and gets its origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.requests import Pivot
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.placing import place
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "PlaceParams"]


class PlaceParams(Params):
    """Where, and how large.

    Args:
        longest_m: The longest side of the mesh's box, metres; none keeps its size.
        pivot: Where the origin shall be.
    """

    longest_m: float | None = Field(None, ge=1e-4, le=1e4)
    pivot: Pivot = Pivot.KEEP


def _run(
    inputs: Mapping[str, bytes], params: PlaceParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    try:
        placed = place(mesh, params.longest_m, params.pivot)
    except ValueError as error:
        raise InvalidRequestError(f"the mesh cannot be placed: {error}", "mesh") from None
    yield Done({"mesh": Blob(pack(mesh_to_arrays(placed)), TENSORS_MEDIA_TYPE)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, PlaceParams(longest_m=1.0, pivot=Pivot.BOTTOM)


SPEC = StageSpec(
    name="place",
    version=1,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh"},
    returns={"mesh": "mesh"},
    params=PlaceParams,
    run=_run,
    example=_example,
    weight=0.01,
)
