"""A mesh gets fewer faces, and keeps its parts, its rims and its colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.mesh import PartMesh, check_finite, without_textures
from serve.geometry.simplification import simplify
from serve.geometry.transfer import with_colors_of
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "DecimateParams"]


class DecimateParams(Params):
    """How many.

    Args:
        poly_count: Most faces of the mesh.
    """

    poly_count: int = Field(ge=100, le=2_000_000)


def _run(
    inputs: Mapping[str, bytes], params: DecimateParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    check_finite(mesh)
    simple = simplify(mesh, params.poly_count, tools.check)
    warnings = _warnings(mesh, simple, params.poly_count)
    if simple is not mesh:
        simple = with_colors_of(mesh, without_textures(simple), tools.check)
    yield Done({"mesh": Blob(pack(mesh_to_arrays(simple)), TENSORS_MEDIA_TYPE)}, warnings)


def _warnings(mesh: PartMesh, simple: PartMesh, poly_count: int) -> tuple[str, ...]:
    if len(simple.faces) <= poly_count:
        return ()
    return (
        f"the mesh has {len(simple.faces):,} of {len(mesh.faces):,} faces left, more than the {poly_count:,} "
        "that were asked for: with fewer, holes would close or pieces vanish; remesh it first",
    )


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, DecimateParams(poly_count=150)


SPEC = StageSpec(
    name="decimate",
    version=2,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh"},
    returns={"mesh": "mesh"},
    params=DecimateParams,
    run=_run,
    example=_example,
    weight=0.1,
)
