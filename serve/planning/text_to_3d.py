"""A sentence becomes an asset."""

from __future__ import annotations

from serve.contracts.plan import Plan
from serve.contracts.quality import TIERS, Tier
from serve.contracts.requests import TextTo3dRequest
from serve.formats import format_of
from serve.geometry.unwrapping import MOST_FACE_COUNT
from serve.planning.finishing import Finish, Mesh, call, check_formats, finished
from serve.planning.names import asset_name

__all__ = ["plan_text_to_3d"]

_ALL_FACES = 500_000  # of the surface that textures are baked from: as many as it has


def plan_text_to_3d(request: TextTo3dRequest) -> Plan:
    """The stages from a sentence to its files and pictures; beside them a sketch, for those who watch.

    Raises:
        UnsupportedFormatError: This build cannot write the format.
    """
    check_formats([request.format], "format")
    tier = TIERS[request.quality]
    texture_size = _texture_size(request, tier)
    poly_count = min(request.poly_count, tier.max_face_count)
    sampling = {"step_count": tier.step_count, "guidance_scale": request.guidance_scale}
    calls = [
        call("encode_text", {"prompt": request.prompt, "negative_prompt": request.negative_prompt}),
        call("classify", text="encode_text.text"),
        call("denoise", sampling, text="encode_text.text"),
        call("assemble", code="denoise.code", category="classify.category"),
        call("sketch", parts="assemble.parts"),
        call("extract_mesh", {"resolution": tier.resolution}, parts="assemble.parts"),
        call("clean", mesh="extract_mesh.mesh"),
        call("segment", _faces(poly_count, tier), mesh="clean.mesh", parts="assemble.parts"),
    ]
    mesh = Mesh("segment.mesh", "segment.mesh", poly_count)
    if texture_size:
        fine = _faces(_ALL_FACES, tier)
        calls.append(call("source", fine, stage="segment", mesh="clean.mesh", parts="assemble.parts"))
        mesh = Mesh("segment.mesh", "source.mesh", poly_count)
    finish = Finish(
        name=asset_name(request.prompt),
        formats=[request.format],
        texture_size=texture_size,
        lod_count=request.lod_count,
        compression=request.compression,
        policy=request.policy,
        tier=tier,
    )
    return finished(calls, mesh, finish, _warnings(request, tier))


def _faces(poly_count: int, tier: Tier) -> dict[str, int]:
    return {"poly_count": poly_count, "resolution": tier.resolution}


def _texture_size(request: TextTo3dRequest, tier: Tier) -> int:
    many_faces = min(request.poly_count, tier.max_face_count) > MOST_FACE_COUNT
    if many_faces or not format_of(request.format.value).holds_textures:
        return 0
    asked = tier.texture_size if request.texture_size is None else request.texture_size
    return min(asked, tier.max_texture_size)


def _warnings(request: TextTo3dRequest, tier: Tier) -> list[str]:
    """Sentences on what was asked for and is not given."""
    found, quality, size = [], request.quality.value, request.texture_size or 0
    if "poly_count" in request.model_fields_set and request.poly_count > tier.max_face_count:
        found.append(
            f"poly_count {request.poly_count:,} is more than quality {quality} resolves: "
            f"it was cut to {tier.max_face_count:,}; ask for a higher quality"
        )
    if request.texture_size != 0 and min(request.poly_count, tier.max_face_count) > MOST_FACE_COUNT:
        found.append(
            f"more than {MOST_FACE_COUNT:,} faces are not textured: the asset is coloured by part; "
            "ask for fewer with poly_count"
        )
    if size and not format_of(request.format.value).holds_textures:
        found.append(f"texture_size {size:,} has no effect: {request.format.value} holds no textures")
    elif size > tier.max_texture_size:
        found.append(
            f"texture_size {size:,} is more than quality {quality} bakes: "
            f"it was cut to {tier.max_texture_size:,}; ask for a higher quality"
        )
    return found
