"""Parts become one closed surface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.fields.meshing import extract_surface
from serve.geometry.arrays import mesh_to_arrays, parts_from_arrays, parts_to_arrays
from serve.geometry.mesh import PartMesh, Surface
from serve.stages.assemble import example_parts

__all__ = ["SPEC", "ExtractMeshParams", "body_mesh"]


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
    shape = parts_from_arrays(unpack(inputs["parts"]))
    vertices, faces = extract_surface(shape, params.resolution, tools.spread)
    arrays = mesh_to_arrays(body_mesh(vertices, faces))
    yield Done({"mesh": Blob(pack(arrays), TENSORS_MEDIA_TYPE)})


def body_mesh(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> PartMesh:
    """A surface float32 [V, 3], int32 [F, 3] as one grey part: which face is whose is told later."""
    grey = Surface("body", "plastic", (0.5, 0.5, 0.5), 0.5, 0.0)
    return PartMesh(vertices, faces, np.zeros(len(faces), np.int32), (grey,))


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"parts": pack(parts_to_arrays(example_parts()))}, ExtractMeshParams(resolution=24)


SPEC = StageSpec(
    name="extract_mesh",
    version=2,
    kind="sync",
    resource="warp",
    accepts={"parts": "parts"},
    returns={"mesh": "mesh"},
    params=ExtractMeshParams,
    run=_run,
    example=_example,
    weight=0.2,
)
