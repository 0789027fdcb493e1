"""A mesh is mended, and what was wrong with it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.repairs import Repairs
from serve.contracts.requests import HoleFilling
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.geometry.cleaning import CleanSettings, clean
from serve.geometry.holes import SMALL_SHARE
from serve.geometry.welding import LEAST_WELD_SHARE
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "CleanParams", "repair_warnings"]

_HOLE_SHARES = {HoleFilling.NONE: 0.0, HoleFilling.SMALL: SMALL_SHARE, HoleFilling.ALL: 1.0}


class CleanParams(Params):
    """How far to go.

    Args:
        fill_holes: None; small ones, of a quarter of their piece's diagonal at most; or all but the rims of
            sheets, which a patch would only double.
        weld_share: Rim vertices nearer than this share of the longest side are one.
        speck_share: Pieces whose diagonal is less than this share of the mesh's are dropped.
    """

    fill_holes: HoleFilling = HoleFilling.SMALL
    weld_share: float = Field(1e-6, ge=LEAST_WELD_SHARE, le=1e-2)
    speck_share: float = Field(2e-3, ge=0.0, le=0.5)


def _run(
    inputs: Mapping[str, bytes], params: CleanParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    settings = CleanSettings(params.weld_share, params.speck_share, _HOLE_SHARES[params.fill_holes])
    mesh, repairs = clean(mesh_from_arrays(unpack(inputs["mesh"])), settings, tools.check)
    if len(mesh.faces) == 0:
        raise InvalidRequestError(
            f"none of the {repairs.found.face_count:,} faces has three finite corners that differ: "
            "there is nothing to make an asset of; export the mesh anew",
            "mesh",
        )
    outputs = {
        "mesh": Blob(pack(mesh_to_arrays(mesh)), TENSORS_MEDIA_TYPE),
        "repairs": Blob(repairs.model_dump_json().encode(), "application/json"),
    }
    yield Done(outputs, repair_warnings(repairs))


def repair_warnings(repairs: Repairs) -> tuple[str, ...]:
    """Sentences for what a user would want to know; welding and winding are nobody's business."""
    dropped = repairs.dropped_faces
    broken_count = dropped.not_finite + dropped.unknown_vertex
    told = (
        (broken_count, f"the mesh had {_faces(broken_count)} without finite corners: they were dropped"),
        (
            repairs.dropped_piece_count,
            f"{_counted(repairs.dropped_piece_count, 'piece')} too small to be meant "
            f"({_faces(dropped.speck)}) were dropped",
        ),
        (
            repairs.filled_hole_count,
            f"{_counted(repairs.filled_hole_count, 'hole')} were filled with "
            f"{_faces(repairs.added_face_count)}",
        ),
        (
            repairs.open_hole_count,
            f"the surface is not closed: {_counted(repairs.open_hole_count, 'rim')} "
            "too large to be a fault stayed open; `fill_holes: all` closes those that enclose something",
        ),
        (
            repairs.cut_vertex_count,
            "sheets that touched each other were cut apart at "
            f"{_counted(repairs.cut_vertex_count, 'vertex')}",
        ),
    )
    return tuple(sentence for count, sentence in told if count)


def _counted(count: int, noun: str) -> str:
    plural = {"vertex": "vertices"}.get(noun, noun + "s")
    return f"{count:,} {noun if count == 1 else plural}"


def _faces(count: int) -> str:
    return _counted(count, "face")


def _example() -> tuple[Mapping[str, bytes], Params]:
    """The stool with a hole, a face turned over and one there twice."""
    arrays = {name: array.copy() for name, array in unpack(example_mesh()).items()}
    order = [*range(3, len(arrays["faces"])), 10]
    arrays["faces"], arrays["face_part"] = arrays["faces"][order], arrays["face_part"][order]
    arrays["faces"][20] = arrays["faces"][20, ::-1]
    return {"mesh": pack(arrays)}, CleanParams()


SPEC = StageSpec(
    name="clean",
    version=1,
    kind="sync",
    resource="cpu",
    accepts={"mesh": "mesh"},
    returns={"mesh": "mesh", "repairs": "repairs"},
    params=CleanParams,
    run=_run,
    example=_example,
    weight=0.05,
)
