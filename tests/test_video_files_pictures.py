"""Frames on their way into a film: colours, alpha, GIF, PNG, poster."""

from __future__ import annotations

import io
import json
import zipfile
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import Codec
from serve.formats.video import VideoFormat, encode_video, poster_of
from serve.formats.video.hidden import fill_hidden
from serve.formats.video.timing import gif_step, gif_ticks
from serve.formats.video.yuv import to_yuv420
from tests.video_judges import (
    COLORS,
    decode,
    make_frames,
    marks_of,
    patches_of,
    require_ffmpeg,
    require_video,
)

KR, KB = 0.2126, 0.0722


def make_disc(count=6, size=64):
    """A disc with a soft border that goes right over nothing: uint8 [N, H, W, 4]."""
    rows, columns = np.mgrid[:size, :size]
    frames = np.zeros((count, size, size, 4), np.uint8)
    for index, frame in enumerate(frames):
        frame[..., 3] = np.clip(40 * (20 - np.hypot(columns - 24 - 3 * index, rows - 32)), 0, 255)
        frame[frame[..., 3] > 0, :3] = (250, 80, 10)
    return frames


def test_every_colour_there_is_gets_the_nearest_level():
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    everything = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(len(levels), -1, 3)
    # Two rows and four columns of each, so that no chroma sample in their middle has a neighbour's share.
    luma, blue, red = to_yuv420(np.repeat(np.repeat(everything, 2, axis=0), 4, axis=1))
    r, g, b = np.moveaxis(everything / 255, -1, 0)
    y = KR * r + (1 - KR - KB) * g + KB * b
    exact = (16 + 219 * y, 128 + 112 * (b - y) / (1 - KB), 128 + 112 * (r - y) / (1 - KR))
    for found, level in zip((luma[::2, ::4], blue[:, 1::2], red[:, 1::2]), exact, strict=True):
        assert np.abs(found - level).max() <= 0.5 + 1e-9


def test_chroma_lies_on_the_left_pixel_of_two_and_between_the_rows():
    """A ramp from blue to green: its chroma at a place is that of the ramp there, not half a pixel beside."""
    ramp = np.zeros((4, 64, 3), np.uint8)
    ramp[..., 2] = 4 * np.arange(64)
    _, blue, _ = to_yuv420(ramp)
    columns = np.arange(1, 31)
    exact = 128 + 112 * (1 - KB) * (8 * columns / 255) / (1 - KB)
    assert np.abs(blue[0, 1:31] - exact).max() <= 0.5 + 1e-9


def test_vp9_keeps_alpha():
    require_video()
    require_ffmpeg()
    frames = make_disc()
    film = encode_video(frames, VideoFormat(64, 64, 10, len(frames), Codec.VP9, transparent=True))
    seen = decode(film.data, 64, 64, pixels="rgba", decoder="libvpx-vp9")
    assert seen.shape == frames.shape
    assert np.abs(seen[..., 3].astype(int) - frames[..., 3]).max() <= 12
    shown = frames[..., 3] > 0  # to its very rim: the black beyond has no share in it
    np.testing.assert_allclose(seen[shown][:, :3], frames[shown][:, :3], atol=4)


def test_what_is_hidden_goes_on_from_what_is_seen():
    pixels = np.zeros((7, 9, 4), np.uint8)
    pixels[:, :3] = (200, 0, 0, 255)
    pixels[:, 6:] = (0, 0, 100, 1)
    filled = fill_hidden(pixels)
    np.testing.assert_array_equal(filled[:, [0, 1, 2, 6, 7, 8]], pixels[:, [0, 1, 2, 6, 7, 8], :3])
    np.testing.assert_array_equal(filled[:, 3], filled[:, 2])
    assert (filled[:, 3:6].max(-1) > 0).all()
    np.testing.assert_array_equal(fill_hidden(np.zeros((3, 3, 4), np.uint8)), np.zeros((3, 3, 3)))


def test_frames_with_alpha_are_laid_over_the_matte_where_the_film_has_none():
    frames = make_disc()
    film = encode_video(frames, VideoFormat(64, 64, 10, len(frames), Codec.PNG, matte="#2040ff"))
    with zipfile.ZipFile(io.BytesIO(film.data)) as pictures:
        seen = np.asarray(Image.open(pictures.open("frame_0003.png")))
    share = frames[3, ..., 3:] / 255
    np.testing.assert_allclose(
        seen, frames[3, ..., :3] * share + np.array([32, 64, 255]) * (1 - share), atol=0.5
    )


def test_a_gif_has_every_frame_in_its_time_and_colours_near():
    require_video()
    film = encode_video(make_frames(30), VideoFormat(288, 96, 30, 30, Codec.GIF))
    picture = Image.open(io.BytesIO(film.data))
    assert (picture.n_frames, picture.info["loop"], film.duration_s) == (30, 0, 1.0)
    delays_ms = []
    for index in range(30):
        picture.seek(index)
        frame = np.asarray(picture.convert("RGB"))
        delays_ms.append(picture.info["duration"])
        assert marks_of(frame) == index
        np.testing.assert_allclose(patches_of(frame), COLORS, atol=6)
    assert set(delays_ms) == {30, 40}
    assert sum(delays_ms) == 1000


def test_a_gif_is_see_through_where_the_frames_are():
    require_video()
    frames = make_disc()
    film = encode_video(frames, VideoFormat(64, 64, 10, len(frames), Codec.GIF, transparent=True))
    picture = Image.open(io.BytesIO(film.data))
    for index, frame in enumerate(frames):
        picture.seek(index)
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
        np.testing.assert_array_equal(alpha == 255, frame[..., 3] >= 128)


def test_a_gif_leaves_frames_out_that_no_browser_would_show_in_time():
    require_video()
    assert [gif_step(Fraction(fps)) for fps in (24, 50, 51, 100, 120)] == [1, 1, 2, 2, 3]
    assert gif_ticks(Fraction(24000, 1001), 4) == [0, 4, 8, 13, 17]
    film = encode_video(make_frames(7), VideoFormat(288, 96, 60, 7, Codec.GIF))
    picture = Image.open(io.BytesIO(film.data))
    assert (picture.n_frames, film.frame_count, film.frame_rate, film.duration_s) == (4, 4, 30, 0.12)
    assert any("50 a second" in warning for warning in film.warnings)


def test_every_delay_of_a_gif_is_one_that_browsers_keep():
    for fps in range(1, 121):
        for count in (1, 2, 7, 10, 31):
            ticks = gif_ticks(Fraction(fps), count)
            assert min(np.diff(ticks)) >= 2
            assert -0.5 <= ticks[-1] - 100 * count / fps <= 2


def test_a_png_sequence_is_exact_and_tells_its_times():
    frames = make_disc()
    film = encode_video(frames, VideoFormat(64, 64, 23.976, len(frames), Codec.PNG, transparent=True))
    with zipfile.ZipFile(io.BytesIO(film.data)) as pictures:
        facts = json.loads(pictures.read("frames.json"))
        for row, frame in zip(facts["frames"], frames, strict=True):
            np.testing.assert_array_equal(np.asarray(Image.open(pictures.open(row["file"]))), frame)
    assert facts["frames_per_second"] == [24000, 1001]
    assert facts["frames"][4]["time_s"] == pytest.approx(4 * 1001 / 24000)
    assert film.data == encode_video(frames, VideoFormat(64, 64, 23.976, 6, Codec.PNG, transparent=True)).data


def test_the_poster_is_the_first_frame():
    frames = make_disc()
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(poster_of(frames)))), frames[0])
    with pytest.raises(InvalidRequestError, match="at least one"):
        poster_of([])
