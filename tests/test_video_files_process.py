"""The process that codes films: it may die or be stopped, and always writes the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from serve.contracts.errors import (
    CancelledJobError,
    InvalidRequestError,
    StorageError,
    UnsupportedFormatError,
    WorkerLostError,
)
from serve.contracts.video import Codec
from serve.formats.video import VideoFormat, encode_video
from serve.formats.video import process as coding
from tests.video_judges import make_frames, require_video

CHILD = b"serve.formats.video.child"
FORMAT = VideoFormat(288, 96, 30, 40)
# Prints how many different films come of five times the same.
REPEATED = """
import io, sys
from serve.contracts.video import Codec
from serve.formats.video.child.film import write_film
from serve.formats.video.wanted import VideoFormat
from tests.video_judges import make_frames

wanted, films = VideoFormat(300, 200, 30, 20, Codec(sys.argv[1])), set()
frames = list(make_frames(20, 200, 300))
for _ in range(5):
    output = io.BytesIO()
    write_film(wanted, frames, output)
    films.add(output.getvalue())
print(len(films))
"""


@pytest.fixture(autouse=True)
def _has_video():
    require_video()


def coders() -> list[Path]:
    """Folders in /proc of the coders that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"PPid:\t{os.getpid()}\n" in (folder / "status").read_text()
            if is_ours and CHILD in (folder / "cmdline").read_bytes():
                found.append(folder)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.parametrize("codec", [codec for codec in Codec if codec is not Codec.PNG])
def test_equal_frames_give_equal_bytes_on_any_number_of_cores(codec):
    wanted = VideoFormat(288, 96, 30, 40, codec)
    allowed = os.sched_getaffinity(0)
    films = [encode_video(make_frames(40), wanted).data]
    try:
        os.sched_setaffinity(0, {min(allowed)})  # the process that codes inherits it
        films.append(encode_video(make_frames(40), wanted).data)
    finally:
        os.sched_setaffinity(0, allowed)
    assert films[0] == films[1]


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265, Codec.AV1, Codec.VP9])
def test_what_lies_in_a_process_memory_changes_no_byte(codec):
    """Coders that read what nobody wrote give other bytes each time, most of all in memory used before."""
    ended = subprocess.run(
        [sys.executable, "-c", REPEATED, codec.value], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "1"


def test_a_cancel_ends_the_coder_and_goes_on_upwards():
    seen = []

    def check() -> None:
        seen.append(len(coders()))
        if len(seen) == 30:
            raise CancelledJobError("enough")

    with pytest.raises(CancelledJobError, match="enough"):
        encode_video(make_frames(40), FORMAT, check=check)
    assert seen[-1] == 1
    assert coders() == []


def test_a_cancel_ends_a_coder_that_takes_nothing_any_more():
    asked = []

    def check() -> None:
        for folder in coders():
            os.kill(int(folder.name), signal.SIGSTOP)
        asked.append(1)
        if len(asked) == 15:
            raise CancelledJobError("enough")

    with pytest.raises(CancelledJobError, match="enough"):
        encode_video(make_frames(40), FORMAT, check=check)
    assert coders() == []


def test_a_coder_that_is_killed_says_what_happened_and_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("GALATEA_API_KEYS", "tenant:a-secret")
    environments = []

    def kill() -> None:
        for folder in coders():
            environments.append((folder / "environ").read_bytes())
            os.kill(int(folder.name), signal.SIGKILL)

    with pytest.raises(WorkerLostError, match="for want of memory"):
        encode_video(make_frames(40), FORMAT, check=kill)
    assert b"PYTHONPATH" in environments[-1]
    assert b"secret" not in environments[-1]


def test_a_coder_that_fails_is_quoted(monkeypatch):
    monkeypatch.setattr(coding, "_COMMAND", "serve.formats.video.absent")
    with pytest.raises(WorkerLostError, match=r"No module named serve\.formats\.video\.absent"):
        encode_video(make_frames(40), FORMAT)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP9, Codec.GIF])
def test_a_full_disk_is_told_as_one(codec):
    wanted = VideoFormat(288, 96, 30, 10, codec)
    with open("/dev/full", "wb") as output, pytest.raises(StorageError, match="the disk is full"):
        coding.code_film(wanted, map(np.ascontiguousarray, make_frames(10)), output, lambda: None)
    assert coders() == []


def test_without_pyav_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(coding, "video_available", lambda: False)
    with pytest.raises(UnsupportedFormatError, match=r"pip install 'galatea\[video\]'"):
        encode_video(make_frames(40), FORMAT)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (lambda: make_frames(39), "there are 39 frames, 40 were announced"),
        (lambda: make_frames(41), "more than the 40 frames"),
        (lambda: chain(make_frames(39), [np.zeros((96, 287, 3), np.uint8)]), r"\[96, 287, 3\]"),
        (lambda: repeat(np.zeros((96, 288, 3), np.float32), 40), "float32"),
    ],
)
def test_frames_that_are_not_the_announced_ones_are_refused(frames, words):
    with pytest.raises(InvalidRequestError, match=words):
        encode_video(frames(), FORMAT)
    assert coders() == []


def test_the_smallest_film_of_every_codec_can_be_written():
    for codec in Codec:
        frames = [frame[:16, :16] for frame in make_frames(1)]
        film = encode_video(frames, VideoFormat(16, 16, 1, 1, codec))
        assert (film.width, film.height, film.frame_count, film.duration_s) == (16, 16, 1, 1.0)


@pytest.mark.parametrize("codec", [codec for codec in Codec if codec is not Codec.PNG])
@pytest.mark.parametrize(("width", "height"), [(16, 512), (512, 24)])
def test_a_narrow_film_of_every_codec_is_written_and_none_waits_for_ever(codec, width, height):
    asked = []

    def check() -> None:
        asked.append(1)
        assert len(asked) < 300  # ten a second: a coder that does nothing any more is not waited for

    wanted = VideoFormat(width, height, 30, 3, codec)
    frames = [frame[:height, :width] for frame in make_frames(3, 512, 512)]
    assert encode_video(frames, wanted, check=check).frame_count == 3
