"""How each encoder is told what to do: one table.

The rates are constant quality: each tier gives about the same signal-to-noise ratio with each codec (see
docs/video.md for what was measured), whatever the size and the motion. Threads are a fixed number, since an
encoder that cuts its work otherwise writes other bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from platform import machine

from serve.contracts.quality import Quality
from serve.contracts.video import Codec
from serve.formats.video.wanted import VideoFormat

__all__ = ["CODINGS", "THREAD_COUNT", "Coding", "coded_size", "encoder_options"]

THREAD_COUNT = 4
_X265_PARAMS = f"log-level=error:info=0:pools={THREAD_COUNT}:frame-threads=2:open-gop=0"
# x264's code for AVX-512 reads memory that nobody wrote, so equal frames gave other bytes now and then; that
# for AVX2 gives those of SSE4.2, a few per cent faster, but is not on every machine. NumPy asks for SSE4.2.
_X264_INSTRUCTIONS = {"x264-params": "asm=SSE4.2"} if machine() in ("x86_64", "AMD64") else {}
# At most this wide, x265 4.1 writes past the end of its buffers, but for its plain C.
_X265_NARROW_PX = 48
# Where one side is at most this and the other over 64, threads of SVT-AV1 4.1 wait for each other for ever.
_SVT_NARROW_PX = 24


@dataclass(frozen=True, slots=True)
class Coding:
    """An encoder of FFmpeg's.

    Args:
        encoder: FFmpeg's name of it.
        effort: Its option for how hard it tries, and the value for draft, medium, high, ultra.
        rate: Its option for how exact it is (`crf`: more is coarser), and the values.
        options: What is the same for all tiers.
        tag: The sample entry in an MP4, where FFmpeg's choice is not what players want.
        unit_filter: A bitstream filter that drops what is not picture: x264 signs with its version.
        is_even: Whether 4:2:0 asks it for even sizes.
    """

    encoder: str
    effort: tuple[str, tuple[str, str, str, str]]
    rate: tuple[str, tuple[str, str, str, str]]
    options: Mapping[str, str]
    tag: str | None = None
    unit_filter: str | None = None
    is_even: bool = False


CODINGS: Mapping[Codec, Coding] = {
    Codec.H264: Coding(
        "libx264",
        effort=("preset", ("veryfast", "fast", "medium", "slow")),
        rate=("crf", ("26", "21", "18", "15")),
        options={"profile": "high", **_X264_INSTRUCTIONS},
        unit_filter="filter_units=remove_types=6",  # supplemental enhancement information
        is_even=True,
    ),
    Codec.H265: Coding(
        "libx265",
        effort=("preset", ("superfast", "veryfast", "fast", "medium")),
        rate=("crf", ("27", "21", "18", "15")),
        options={"x265-params": _X265_PARAMS},
        tag="hvc1",  # QuickTime plays no `hev1`
        is_even=True,
    ),
    Codec.AV1: Coding(
        "libsvtav1",
        effort=("preset", ("9", "8", "6", "5")),
        rate=("crf", ("40", "30", "25", "18")),
        options={"svtav1-params": f"lp={THREAD_COUNT}"},
    ),
    Codec.VP9: Coding(
        "libvpx-vp9",
        effort=("cpu-used", ("5", "4", "3", "2")),
        rate=("crf", ("40", "31", "26", "19")),
        options={"b": "0", "deadline": "good", "row-mt": "1", "tile-columns": "2"},
    ),
}


def encoder_options(wanted: VideoFormat) -> dict[str, str]:
    """What the encoder is told for a film in one of `CODINGS`."""
    coding, tier = CODINGS[wanted.codec], list(Quality).index(wanted.quality)
    tiered = {name: values[tier] for name, values in (coding.effort, coding.rate)}
    options = {**tiered, **coding.options, "chroma_sample_location": "left"}
    if wanted.codec is Codec.H265 and wanted.width <= _X265_NARROW_PX:
        options["x265-params"] += ":asm=0"
    if wanted.codec is Codec.AV1 and min(wanted.width, wanted.height) <= _SVT_NARROW_PX:
        options["svtav1-params"] = "lp=1"
    if wanted.codec is Codec.VP9 and wanted.transparent:
        options["auto-alt-ref"] = "0"  # libvpx has no frames that are not shown beside alpha
    return options


def coded_size(wanted: VideoFormat) -> tuple[int, int]:
    """Width and height of the film, pixels: even where the codec takes nothing else."""
    coding = CODINGS.get(wanted.codec)
    step = 2 if coding is not None and coding.is_even else 1
    return wanted.width + wanted.width % step, wanted.height + wanted.height % step
