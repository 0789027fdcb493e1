"""Parts become one closed surface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.fields.meshing import extract_surface
from serve.geometry.arrays import parts_from_arrays, parts_to_arrays
from serve.stages.assemble import example_parts

__all__ = ["SPEC", "ExtractMeshParams"]


class ExtractMeshParams(Params):
    """How fine.

    Args:
        resolution: Cells along the asset's longest side.
    """

    resolution: int = Field(ge=16, le=384)


def _run(
    inputs: Mapping[str, bytes], params: ExtractMeshParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    vertices, faces = extract_surface(parts_from_arrays(unpack(inputs["parts"])), params.resolution)
    arrays = {"vertices": vertices, "faces": faces}
    yield Done({"surface": Blob(pack(arrays), TENSORS_MEDIA_TYPE)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"parts": pack(parts_to_arrays(example_parts()))}, ExtractMeshParams(resolution=24)


SPEC = StageSpec(
    name="extract_mesh",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"parts": "parts"},
    returns={"surface": "surface"},
    params=ExtractMeshParams,
    run=_run,
    example=_example,
    weight=0.2,
)
