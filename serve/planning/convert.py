"""An uploaded mesh becomes files that every tool opens."""

from __future__ import annotations

from serve.contracts.plan import ASSET, Plan, StageCall
from serve.contracts.quality import TIERS, Quality
from serve.contracts.requests import ConvertRequest, HoleFilling
from serve.formats import format_of
from serve.planning.finishing import Finish, Mesh, call, check_formats, finished

__all__ = ["plan_convert"]

_TEXTURE_SIZE = 1024  # where the faces change and nobody named one
_LEVELLED_POLY_COUNT = 10_000  # of an asset with levels of detail, where nobody said


def plan_convert(request: ConvertRequest) -> Plan:
    """The chosen steps from a file to others.

    Raises:
        UnsupportedFormatError: This build cannot write a format.
    """
    check_formats(request.formats, "formats")
    reading = {"up_axis": request.up_axis.value, "unit_m": request.unit_m}
    calls = [call("read_mesh", reading, file=f"{ASSET}.{request.asset}")]
    source = _placed(calls, request, _repaired(calls, request))
    mesh = Mesh(_reshaped(calls, request, source), source, _poly_count(request))
    finish = Finish(
        name=request.name,
        formats=request.formats,
        texture_size=_texture_size(request, reshaped=mesh.shape != source),
        lod_count=request.lod_count,
        compression=request.compression,
        policy=request.policy,
        tier=TIERS[Quality.MEDIUM],
    )
    return finished(calls, mesh, finish, _warnings(request))


def _repaired(calls: list[StageCall], request: ConvertRequest) -> str:
    if not request.repair:
        return "read_mesh.mesh"
    calls.append(call("clean", {"fill_holes": request.fill_holes.value}, mesh="read_mesh.mesh"))
    return "clean.mesh"


def _placed(calls: list[StageCall], request: ConvertRequest, mesh: str) -> str:
    """Scaled and moved before anything is baked, so that source and target lie on each other."""
    placing = {"longest_m": request.longest_m, "pivot": request.pivot.value}
    calls.append(call("place", placing, mesh=mesh))
    return "place.mesh"


def _reshaped(calls: list[StageCall], request: ConvertRequest, mesh: str) -> str:
    """With other faces, as far as they were asked for."""
    wanted = (
        ("remesh", "resolution", request.remesh_resolution),
        ("smooth", "iteration_count", request.smooth_count or None),
        ("decimate", "poly_count", _poly_count(request)),
    )
    for stage, name, value in wanted:
        if value is not None:
            calls.append(call(stage, {name: value}, mesh=mesh))
            mesh = f"{stage}.mesh"
    return mesh


def _poly_count(request: ConvertRequest) -> int | None:
    """Most faces; levels of detail need a number to begin with."""
    return _LEVELLED_POLY_COUNT if request.lod_count and request.poly_count is None else request.poly_count


def _texture_size(request: ConvertRequest, *, reshaped: bool) -> int:
    if not any(format_of(row.value).holds_textures for row in request.formats):
        return 0
    if request.texture_size is not None:
        return request.texture_size
    return _TEXTURE_SIZE if reshaped else 0


def _warnings(request: ConvertRequest) -> list[str]:
    found = []
    if request.lod_count and request.poly_count is None:
        found.append(
            f"the asset has at most {_LEVELLED_POLY_COUNT:,} faces, for lod_count halves a number; "
            "poly_count gives another"
        )
    if not request.repair and request.fill_holes not in (HoleFilling.SMALL, HoleFilling.NONE):
        found.append(f"fill_holes {request.fill_holes.value} has no effect without repair")
    if request.texture_size and not any(format_of(row.value).holds_textures for row in request.formats):
        names = ", ".join(row.value for row in request.formats)
        found.append(f"texture_size {request.texture_size:,} has no effect: {names} holds no textures")
    return found
