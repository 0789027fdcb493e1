"""What the service can do to an artifact: one verb a file, one sorted table."""

from __future__ import annotations

from serve.contracts.stage import StageSpec
from serve.stages import (
    assemble,
    classify,
    decimate,
    denoise,
    encode_text,
    export,
    extract_mesh,
    render,
    sketch,
)

__all__ = ["STAGES"]

STAGES: dict[str, StageSpec] = {
    spec.name: spec
    for spec in (
        assemble.SPEC,
        classify.SPEC,
        decimate.SPEC,
        denoise.SPEC,
        encode_text.SPEC,
        export.SPEC,
        extract_mesh.SPEC,
        render.SPEC,
        sketch.SPEC,
    )
}
