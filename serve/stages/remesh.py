"""A mesh becomes a new, closed one: what no repair can sew up is drawn around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.fields.remeshing import remesh
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.mesh import without_textures
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "RemeshParams"]


class RemeshParams(Params):
    """How fine.

    Args:
        resolution: Cells along the longest side.
    """

    resolution: int = Field(ge=16, le=384)


def _run(
    inputs: Mapping[str, bytes], params: RemeshParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    try:
        closed = remesh(mesh, params.resolution, tools.check)
    except ValueError as error:
        raise InvalidRequestError(f"the mesh cannot be remeshed: {error}", "remesh_resolution") from None
    yield Done({"mesh": Blob(pack(mesh_to_arrays(without_textures(closed))), TENSORS_MEDIA_TYPE)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, RemeshParams(resolution=16)


SPEC = StageSpec(
    name="remesh",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh"},
    returns={"mesh": "mesh"},
    params=RemeshParams,
    run=_run,
    example=_example,
    weight=0.2,
)
