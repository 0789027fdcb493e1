"""What the service can do to an artifact: one verb a file, one sorted table."""

from __future__ import annotations

from serve.contracts.stage import StageSpec
from serve.stages import (
    assemble,
    bake,
    classify,
    clean,
    decimate,
    denoise,
    encode_text,
    export,
    extract_mesh,
    inspect,
    place,
    read_mesh,
    remesh,
    render,
    segment,
    sketch,
    smooth,
    unwrap,
)

__all__ = ["STAGES"]

STAGES: dict[str, StageSpec] = {
    spec.name: spec
    for spec in (
        assemble.SPEC,
        bake.SPEC,
        classify.SPEC,
        clean.SPEC,
        decimate.SPEC,
        denoise.SPEC,
        encode_text.SPEC,
        export.SPEC,
        extract_mesh.SPEC,
        inspect.SPEC,
        place.SPEC,
        read_mesh.SPEC,
        remesh.SPEC,
        render.SPEC,
        segment.SPEC,
        sketch.SPEC,
        smooth.SPEC,
        unwrap.SPEC,
    )
}
