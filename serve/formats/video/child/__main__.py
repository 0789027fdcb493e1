"""Reads frames, writes a film; see the package."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import av
import av.logging
import numpy as np
from numpy.typing import NDArray

from serve.contracts.quality import Quality
from serve.contracts.video import Codec, Container
from serve.formats.video.child.film import write_film
from serve.formats.video.child.gif import write_gif
from serve.formats.video.wanted import VideoFormat

__all__ = ["main"]

_FIRST_TO_GO = Path("/proc/self/oom_score_adj")  # 1000: the kernel ends this one first


def main() -> int:
    """Write the film that the first argument asks for."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # not every system has it
        _FIRST_TO_GO.write_text("1000")
    result = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no film
    av.logging.set_level(av.logging.ERROR)
    wanted = _wanted(sys.argv[1])
    with open(result, "wb") as output:
        write = write_gif if wanted.codec is Codec.GIF else write_film
        write(wanted, _frames(wanted, sys.stdin.buffer), output)
    return 0


def _wanted(text: str) -> VideoFormat:
    fields = json.loads(text)
    kinds = {"codec": Codec, "container": Container, "quality": Quality}
    return VideoFormat(**fields | {name: kind(fields[name]) for name, kind in kinds.items()})


def _frames(wanted: VideoFormat, source: BinaryIO) -> Iterator[NDArray[np.uint8]]:
    """All frames: uint8 [H, W, 3 or 4]; each is another array, for encoders look ahead."""
    shape = wanted.height, wanted.width, wanted.channel_count
    for index in range(wanted.frame_count):
        data = source.read(wanted.height * wanted.width * wanted.channel_count)
        if len(data) != np.prod(shape):
            sys.exit(f"the frames ended at {index} of {wanted.frame_count}")
        yield np.frombuffer(data, np.uint8).reshape(shape)


if __name__ == "__main__":
    sys.exit(main())
