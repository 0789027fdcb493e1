"""What the service can do to an artifact: one verb a file, one sorted table."""

from __future__ import annotations

from serve.contracts.stage import StageSpec
from serve.stages import (
    aim,
    animate,
    assemble,
    bake,
    classify,
    clean,
    decimate,
    denoise,
    encode_text,
    encode_video,
    export,
    export_animation,
    extract_mesh,
    inspect,
    peek,
    place,
    read_mesh,
    remesh,
    render,
    render_frames,
    retarget,
    rig,
    segment,
    sketch,
    smooth,
    unwrap,
)

__all__ = ["STAGES"]

STAGES: dict[str, StageSpec] = {
    spec.name: spec
    for spec in (
        aim.SPEC,
        animate.SPEC,
        assemble.SPEC,
        bake.SPEC,
        classify.SPEC,
        clean.SPEC,
        decimate.SPEC,
        denoise.SPEC,
        encode_text.SPEC,
        encode_video.SPEC,
        export.SPEC,
        export_animation.SPEC,
        extract_mesh.SPEC,
        inspect.SPEC,
        peek.SPEC,
        place.SPEC,
        read_mesh.SPEC,
        remesh.SPEC,
        render.SPEC,
        render_frames.SPEC,
        retarget.SPEC,
        rig.SPEC,
        segment.SPEC,
        sketch.SPEC,
        smooth.SPEC,
        unwrap.SPEC,
    )
}
