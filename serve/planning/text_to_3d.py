"""A sentence becomes an asset."""

from __future__ import annotations

from serve.contracts.plan import Plan, StageCall
from serve.contracts.quality import TIERS, Tier
from serve.contracts.requests import TextTo3d, TextTo3dRequest
from serve.formats import format_of
from serve.geometry.unwrapping import MOST_FACE_COUNT
from serve.planning.finishing import Finish, Mesh, call, check_formats, finished
from serve.planning.names import asset_name

__all__ = ["plan_text_to_3d", "shape_warnings", "shaped", "texture_size_of"]

_ALL_FACES = 500_000  # of the surface that textures are baked from: as many as it has


def plan_text_to_3d(request: TextTo3dRequest) -> Plan:
    """The stages from a sentence to its files and pictures; beside them a sketch, for those who watch.

    Raises:
        UnsupportedFormatError: This build cannot write the format.
    """
    check_formats([request.format], "format")
    tier = TIERS[request.quality]
    textured = format_of(request.format.value).holds_textures
    finish = Finish(
        name=asset_name(request.prompt),
        formats=[request.format],
        texture_size=texture_size_of(request) if textured else 0,
        lod_count=request.lod_count,
        compression=request.compression,
        policy=request.policy,
        tier=tier,
    )
    calls, mesh = shaped(request, with_source=finish.texture_size > 0)
    return finished(calls, mesh, finish, _warnings(request, textured=textured))


def shaped(request: TextTo3d, *, with_source: bool) -> tuple[list[StageCall], Mesh]:
    """The calls from a sentence to a mesh within its budget.

    Args:
        request: What to make.
        with_source: Whether it will be textured: the fine surface is made too, whose looks are baked.
    """
    tier = TIERS[request.quality]
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
    if not with_source:
        return calls, Mesh("segment.mesh", "segment.mesh", poly_count)
    fine = _faces(_ALL_FACES, tier)
    calls.append(call("source", fine, stage="segment", mesh="clean.mesh", parts="assemble.parts"))
    return calls, Mesh("segment.mesh", "source.mesh", poly_count)


def _faces(poly_count: int, tier: Tier) -> dict[str, int]:
    return {"poly_count": poly_count, "resolution": tier.resolution}


def _warnings(request: TextTo3dRequest, *, textured: bool) -> list[str]:
    if textured:
        return shape_warnings(request)
    size, bare = request.texture_size, request.model_copy(update={"texture_size": 0})
    unused = f"texture_size {size:,} has no effect: {request.format.value} holds no textures" if size else ""
    return [*shape_warnings(bare), *filter(None, [unused])]


def texture_size_of(request: TextTo3d) -> int:
    """Side of the texture that it gets, pixels, where its files hold textures; 0 for none."""
    tier = TIERS[request.quality]
    if min(request.poly_count, tier.max_face_count) > MOST_FACE_COUNT:
        return 0
    asked = tier.texture_size if request.texture_size is None else request.texture_size
    return min(asked, tier.max_texture_size)


def shape_warnings(request: TextTo3d) -> list[str]:
    """Sentences on what was asked of the mesh and its looks and is not given."""
    found, quality, size, tier = [], request.quality.value, request.texture_size, TIERS[request.quality]
    if "poly_count" in request.model_fields_set and request.poly_count > tier.max_face_count:
        found.append(
            f"poly_count {request.poly_count:,} is more than quality {quality} resolves: "
            f"it was cut to {tier.max_face_count:,}; ask for a higher quality"
        )
    if size != 0 and min(request.poly_count, tier.max_face_count) > MOST_FACE_COUNT:
        found.append(
            f"more than {MOST_FACE_COUNT:,} faces are not textured: the asset is coloured by part; "
            "ask for fewer with poly_count"
        )
    elif size is not None and size > tier.max_texture_size:
        found.append(
            f"texture_size {size:,} is more than quality {quality} bakes: "
            f"it was cut to {tier.max_texture_size:,}; ask for a higher quality"
        )
    return found
