"""From a mesh to all that a client gets of it: textures, levels of detail, files, pictures, a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serve.contracts.acceptance import AcceptancePolicy
from serve.contracts.errors import UnsupportedFormatError
from serve.contracts.plan import Plan, StageCall
from serve.contracts.quality import Tier
from serve.contracts.requests import AssetFormat, Compression
from serve.formats import FORMATS, format_of

__all__ = ["LEAST_TEXTURE_SIZE", "Finish", "Mesh", "call", "check_formats", "finished", "textured"]

LEAST_TEXTURE_SIZE = 256
_LEAST_POLY_COUNT = 100
_VIEW_COUNT = 8  # of the turntable
_TURNTABLE_SAMPLE_COUNT = 2


@dataclass(frozen=True, slots=True)
class Mesh:
    """A mesh on its way through a plan.

    Args:
        shape: `call.output` of the faces that are written.
        source: `call.output` of the surface whose looks are baked onto them.
        poly_count: Most faces of the shape; None where nobody said.
    """

    shape: str
    source: str
    poly_count: int | None


@dataclass(frozen=True, slots=True)
class Finish:
    """What is wanted of a mesh.

    Args:
        name: Of the asset inside its files.
        formats: What to write, the main one first.
        texture_size: Side of the baked texture, pixels; 0 leaves the looks as they are.
        lod_count: Coarser versions beside the asset.
        compression: Of GLB and glTF.
        policy: What the asset must be fit for; None judges it for games and lets it pass.
        tier: How its pictures are taken.
    """

    name: str
    formats: Sequence[AssetFormat]
    texture_size: int
    lod_count: int
    compression: Compression
    policy: AcceptancePolicy | None
    tier: Tier


def call(name: str, params: Mapping[str, Any] | None = None, *, stage: str = "", **inputs: str) -> StageCall:
    """A call; its stage is called as it is, unless said otherwise."""
    return StageCall(name=name, stage=stage or name, params=params or {}, inputs=inputs)


def check_formats(formats: Sequence[AssetFormat], field: str) -> None:
    """Check that this build can write them.

    Raises:
        UnsupportedFormatError: It cannot; the message names those that it can.
    """
    can = ", ".join(row.ext for row in FORMATS if row.available)
    for wanted in formats:
        if not format_of(wanted.value).available:
            raise UnsupportedFormatError(
                f"{field}: {wanted.value} cannot be written here: {format_of(wanted.value).remedy}; "
                f"or use one of {can}",
                field,
            )


def finished(calls: Sequence[StageCall], mesh: Mesh, finish: Finish, warnings: Sequence[str] = ()) -> Plan:
    """The plan of the calls that make a mesh, and of all that is made of it."""
    shaped = [*calls]
    results: dict[str, str] = {}
    looks = textured(shaped, mesh, finish.texture_size, "")
    _written(shaped, results, looks, finish, "")
    main = finish.formats[0].value
    for level in range(1, finish.lod_count + 1):
        _level(shaped, results, mesh, finish, level)
    _pictured(shaped, results, looks, finish.tier)
    judged = {
        "policy": (finish.policy or AcceptancePolicy.GAME).value,
        "must_pass": finish.policy is not None,
        "poly_count": mesh.poly_count,
    }
    shaped.append(call("inspect", judged, mesh=looks, asset=results[main]))
    results["acceptance"] = "inspect.acceptance"
    return Plan(calls=tuple(shaped), results=results, main=main, warnings=tuple(warnings))


def textured(calls: list[StageCall], mesh: Mesh, texture_size: int, suffix: str) -> str:
    """Add the calls that give the mesh a texture, if it shall have one; return what is the mesh then."""
    if not texture_size:
        return mesh.shape
    size = {"texture_size": texture_size}
    unwrap, bake = f"unwrap{suffix}", f"bake{suffix}"
    calls.append(call(unwrap, size, stage="unwrap", mesh=mesh.shape))
    calls.append(call(bake, size, stage="bake", source=mesh.source, target=f"{unwrap}.mesh"))
    return f"{bake}.mesh"


def _written(
    calls: list[StageCall], results: dict[str, str], looks: str, finish: Finish, suffix: str
) -> None:
    """Add a file of each format, under its name and the suffix."""
    several = len(finish.formats) > 1
    for wanted in finish.formats:
        ext = wanted.value
        name = f"export{f'_{ext}' if several else ''}{suffix}"
        file = {"format": ext, "name": finish.name, "compression": _compression(ext, finish)}
        calls.append(call(name, file, stage="export", mesh=looks))
        results[f"{ext}{suffix}"] = f"{name}.asset"


def _compression(ext: str, finish: Finish) -> str:
    """What was asked for, where the format knows it: equal files then have equal keys."""
    return finish.compression.value if format_of(ext).compresses else Compression.NONE.value


def _level(calls: list[StageCall], results: dict[str, str], mesh: Mesh, finish: Finish, level: int) -> None:
    """Add a coarser version: half the faces and half the texture of the one before."""
    assert mesh.poly_count is not None
    suffix, poly_count = f"_lod{level}", max(_LEAST_POLY_COUNT, mesh.poly_count >> level)
    calls.append(call(f"decimate{suffix}", {"poly_count": poly_count}, stage="decimate", mesh=mesh.shape))
    coarse = Mesh(f"decimate{suffix}.mesh", mesh.source, poly_count)
    size = finish.texture_size and max(LEAST_TEXTURE_SIZE, finish.texture_size >> level)
    _written(calls, results, textured(calls, coarse, size, suffix), finish, suffix)


def _pictured(calls: list[StageCall], results: dict[str, str], looks: str, tier: Tier) -> None:
    """Add the picture, and the turntable: a strip of views all around."""
    picture = {"size": tier.picture_size, "sample_count": tier.sample_count}
    views = {
        "size": tier.turntable_size,
        "sample_count": _TURNTABLE_SAMPLE_COUNT,
        "view_count": _VIEW_COUNT,
    }
    calls.append(call("render", picture, mesh=looks))
    calls.append(call("turntable", views, stage="render", mesh=looks))
    results |= {"picture": "render.picture", "turntable": "turntable.picture"}
