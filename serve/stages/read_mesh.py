"""An uploaded file becomes a mesh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.formats.reading import read_mesh
from serve.geometry.arrays import mesh_to_arrays

__all__ = ["SPEC", "ReadMeshParams"]

_EXAMPLE_OBJ = b"""\
o tent
v -1 0 1
v 1 0 1
v 0 0 -1
v 0 1.5 0
f 1 3 2
f 1 2 4
f 2 3 4
f 3 1 4
"""


class ReadMeshParams(Params):
    """How to take the file's numbers.

    Args:
        up_axis: Which axis points up; `auto`: Z for PLY and STL, Y for GLB, glTF and OBJ.
        unit_m: Metres in a unit of the file: 0.001 for millimetres.
    """

    up_axis: Literal["auto", "y", "z"] = "auto"
    unit_m: float = Field(1.0, ge=1e-9, le=1e6)


def _run(
    inputs: Mapping[str, bytes], params: ReadMeshParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    reading = read_mesh(inputs["file"], up_axis=params.up_axis, unit_m=params.unit_m, check=tools.check)
    blob = Blob(pack(mesh_to_arrays(reading.mesh)), TENSORS_MEDIA_TYPE)
    yield Done({"mesh": blob}, warnings=reading.warnings)


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"file": _EXAMPLE_OBJ}, ReadMeshParams()


SPEC = StageSpec(
    name="read_mesh",
    version=1,
    kind="sync",
    resource="cpu",
    accepts={"file": "file"},
    returns={"mesh": "mesh"},
    params=ReadMeshParams,
    run=_run,
    example=_example,
    weight=0.1,
)
