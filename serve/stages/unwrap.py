"""A mesh is laid flat, so that a texture can cover it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.unwrapping import unwrap
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "UnwrapParams"]


class UnwrapParams(Params):
    """For which texture.

    Args:
        texture_size: Texels on a side: it decides how far apart the charts must lie.
    """

    texture_size: int = Field(1024, ge=64, le=4096)


def _run(
    inputs: Mapping[str, bytes], params: UnwrapParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = unwrap(mesh_from_arrays(unpack(inputs["mesh"])), params.texture_size, tools.check)
    yield Done({"mesh": Blob(pack(mesh_to_arrays(mesh)), TENSORS_MEDIA_TYPE)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, UnwrapParams(texture_size=128)


SPEC = StageSpec(
    name="unwrap",
    version=1,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh"},
    returns={"mesh": "mesh"},
    params=UnwrapParams,
    run=_run,
    example=_example,
    weight=0.2,
)
