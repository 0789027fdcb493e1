"""A mesh becomes a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from serve.artifacts import unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.formats import format_of, write
from serve.geometry.arrays import mesh_from_arrays
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "ExportParams"]


class ExportParams(Params):
    """Which file.

    Args:
        format: One of `serve.formats.FORMATS` that this machine can write.
        name: Name of the asset inside the file.
        compression: `meshopt` where the format has it; vertices are then quantized.
    """

    format: str
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    compression: Literal["none", "meshopt"] = "none"


def _run(
    inputs: Mapping[str, bytes], params: ExportParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    data = write(params.format, mesh, name=params.name, compressed=params.compression == "meshopt")
    yield Done({"asset": Blob(data, format_of(params.format).media_type)})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, ExportParams(format="glb", name="stool")


SPEC = StageSpec(
    name="export",
    version=2,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh"},
    returns={"asset": "asset"},
    params=ExportParams,
    run=_run,
    example=_example,
    weight=0.05,
)
