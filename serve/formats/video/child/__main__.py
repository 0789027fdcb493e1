"""Reads frames, writes a film; see the package.

It ends with `os.EX_IOERR` where the disk is full: its caller then knows that another try may help.
"""

from __future__ import annotations

import errno
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
    """Write the film that the first argument asks for; the status to end with."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # not every system has it
        _FIRST_TO_GO.write_text("1000")
    result = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no film
    av.logging.set_level(av.logging.ERROR)
    try:
        _write(_wanted(sys.argv[1]), result)
    except (OSError, av.FFmpegError) as error:
        if not _is_of_full_disk(error):
            raise
        return os.EX_IOERR
    return 0


def _is_of_full_disk(error: BaseException | None) -> bool:
    """Whether a full disk is among the causes: PyAV's own errors hide what a file of Python's said."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return True
        error = error.__context__
    return False


def _write(wanted: VideoFormat, descriptor: int) -> None:
    write = write_gif if wanted.codec is Codec.GIF else write_film
    with open(descriptor, "wb") as output:
        write(wanted, _frames(wanted, sys.stdin.buffer), output)


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
