"""Films for the tests, and what others see in them: ffprobe and ffmpeg, and the frames' own marks."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from serve.contracts.quality import Quality
from serve.contracts.video import Codec, Container
from serve.formats.video import VideoFormat, encode_video, video_available
from tests.parts import require, tell_version

__all__ = [
    "COLORS",
    "CONTAINED",
    "decode",
    "encode",
    "make_frames",
    "marks_of",
    "patches_of",
    "probe",
    "require_ffmpeg",
    "require_video",
]

COLORS = np.array(
    [
        (128, 128, 128),
        (0, 0, 0),
        (255, 255, 255),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (233, 190, 160),
        (90, 20, 140),
        (20, 120, 110),
    ],
    np.uint8,
)
CONTAINED = [
    (Codec.H264, Container.MP4),
    (Codec.H265, Container.MP4),
    (Codec.AV1, Container.MP4),
    (Codec.AV1, Container.WEBM),
    (Codec.VP9, Container.WEBM),
    (Codec.VP9, Container.MP4),
]
BIT_COUNT = 8
WIDTH, HEIGHT = 288, 96


def require_video() -> None:
    """Skip where PyAV is absent."""
    require("av", video_available(), "pip install 'galatea[video]'")


def require_ffmpeg() -> None:
    """Skip where ffmpeg is absent; tell its version."""
    require("ffmpeg", shutil.which("ffmpeg") is not None, "apt-get install ffmpeg")
    tell_version("ffmpeg", _version())


@cache
def _version() -> str:
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2]


def make_frames(count: int, height: int = HEIGHT, width: int = WIDTH) -> Iterator[np.ndarray]:
    """Above nine patches of colour, below the frame's number in black and white squares, between noise."""
    noise = np.random.default_rng(7).integers(100, 156, (height, width, 3)).astype(np.uint8)
    for index in range(count):
        frame = np.roll(noise, 3 * index, axis=1)
        for place, color in enumerate(COLORS):
            frame[:32, 32 * place : 32 * place + 32] = color
        for bit in range(BIT_COUNT):
            frame[-32:, 32 * bit : 32 * bit + 32] = 255 * (index >> bit & 1)
        yield frame


def patches_of(frame: np.ndarray) -> np.ndarray:
    """The mean colours of the nine patches: float64 [9, 3]; the order of `COLORS`."""
    return np.array([frame[8:24, 32 * place + 8 : 32 * place + 24, :3].mean((0, 1)) for place in range(9)])


def marks_of(frame: np.ndarray) -> int:
    """The number that the frame bears."""
    rows = slice(HEIGHT - 24, HEIGHT - 8)
    bits = [frame[rows, 32 * bit + 8 : 32 * bit + 24, :3].mean() > 127 for bit in range(BIT_COUNT)]
    return sum(int(bit) << place for place, bit in enumerate(bits))


@cache
def encode(codec: Codec, container: Container = Container.AUTO, count: int = 30, fps: float = 23.976) -> Any:
    """A film of `make_frames`; the same one for all tests that ask."""
    wanted = VideoFormat(WIDTH, HEIGHT, fps, count, codec, container, Quality.HIGH)
    return encode_video(make_frames(count), wanted)


def probe(path: Path, entries: str) -> dict[str, Any]:
    """What ffprobe says of a file, which must not complain."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", entries, "-of", "json", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return json.loads(ended.stdout)


def decode(
    data: bytes, width: int, height: int, *, pixels: str = "rgb24", decoder: str | None = None
) -> np.ndarray:
    """All frames as ffmpeg decodes them: uint8 [N, H, W, 3 or 4]; colours as the file's tags say."""
    exact = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
    chosen = [] if decoder is None else ["-c:v", decoder]
    command = ["ffmpeg", "-v", "error", *chosen, "-i", "-", "-fps_mode", "passthrough", "-vf", exact]
    ended = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", pixels, "-"], input=data, capture_output=True, check=False
    )
    return np.frombuffer(ended.stdout, np.uint8).reshape(-1, height, width, len(pixels.removesuffix("24")))
