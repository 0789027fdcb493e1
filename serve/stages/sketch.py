"""Parts become a coarse asset at once: what people look at while the fine one is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from serve.artifacts import pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.fields.meshing import mesh_parts
from serve.formats import format_of, write
from serve.geometry.arrays import parts_from_arrays, parts_to_arrays
from serve.stages.assemble import example_parts

__all__ = ["SPEC", "SketchParams"]

_RESOLUTION, _POLY_COUNT = 32, 600


class SketchParams(Params):
    """None: a sketch is a sketch at every quality, so that requests for several share it."""


def _run(
    inputs: Mapping[str, bytes], params: SketchParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del params, context
    tools.check()
    shape = parts_from_arrays(unpack(inputs["parts"]))
    mesh = mesh_parts(shape, resolution=_RESOLUTION, poly_count=_POLY_COUNT)
    yield Done({"sketch": Blob(write("glb", mesh, name="sketch"), format_of("glb").media_type)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"parts": pack(parts_to_arrays(example_parts()))}, SketchParams()


SPEC = StageSpec(
    name="sketch",
    version=2,
    kind="sync",
    resource="warp",
    accepts={"parts": "parts"},
    returns={"sketch": "sketch"},
    params=SketchParams,
    run=_run,
    example=_example,
    weight=0.05,
    preview="sketch",
)
