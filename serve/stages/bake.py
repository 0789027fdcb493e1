"""The look of one mesh becomes the textures of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.unwrapping import unwrap
from serve.render.baking import bake
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "BakeParams"]


class BakeParams(Params):
    """How fine.

    Args:
        texture_size: Texels on a side.
    """

    texture_size: int = Field(1024, ge=64, le=4096)


def _run(
    inputs: Mapping[str, bytes], params: BakeParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    source, target = (mesh_from_arrays(unpack(inputs[name])) for name in ("source", "target"))
    baked = bake(source, target, params.texture_size, check=tools.check, spread=tools.spread)
    yield Done({"mesh": Blob(pack(mesh_to_arrays(baked)), TENSORS_MEDIA_TYPE)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    source = example_mesh()
    target = unwrap(mesh_from_arrays(unpack(source)), 128)
    return {"source": source, "target": pack(mesh_to_arrays(target))}, BakeParams(texture_size=128)


SPEC = StageSpec(
    name="bake",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"source": "mesh", "target": "mesh"},
    returns={"mesh": "mesh"},
    params=BakeParams,
    run=_run,
    example=_example,
    weight=0.3,
)
