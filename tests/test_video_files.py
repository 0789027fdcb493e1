"""Films are what they say: judged by ffprobe and ffmpeg."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from serve.contracts.video import Codec, Container
from serve.formats.video import VideoFormat, encode_video
from tests.video_judges import (
    COLORS,
    CONTAINED,
    HEIGHT,
    WIDTH,
    decode,
    encode,
    make_frames,
    marks_of,
    patches_of,
    probe,
    require_ffmpeg,
    require_video,
)

RATE = Fraction(24000, 1001)


@pytest.fixture(autouse=True)
def _judges():
    require_video()
    require_ffmpeg()


@pytest.mark.parametrize(("codec", "container"), CONTAINED)
def test_ffprobe_finds_every_frame_at_its_time_and_the_colours_tagged(codec, container, tmp_path):
    film = encode(codec, container)
    path = tmp_path / f"film.{film.file_ext}"
    path.write_bytes(film.data)
    found = probe(path, "stream:frame=pts_time:format=duration")
    (stream,) = found["streams"]
    assert stream["codec_name"] == {Codec.H265: "hevc"}.get(codec, codec.value)
    assert (stream["width"], stream["height"], int(stream["nb_read_frames"])) == (WIDTH, HEIGHT, 30)
    tags = [stream[f"color_{tag}"] for tag in ("range", "space", "transfer", "primaries")]
    assert tags == ["tv", "bt709", "bt709", "bt709"]
    tick_s = float(Fraction(stream["time_base"]))
    times = [float(frame["pts_time"]) for frame in found["frames"]]
    np.testing.assert_allclose(times, [float(index / RATE) for index in range(30)], atol=0.5 * tick_s + 1e-6)
    assert np.all(np.diff(times) > 0)
    assert abs(float(found["format"]["duration"]) - 30 / RATE) <= tick_s + 1e-6
    assert (film.frame_count, film.duration_s) == (30, float(30 / RATE))


@pytest.mark.parametrize(("codec", "container"), CONTAINED)
def test_colours_and_frames_come_back_through_ffmpeg(codec, container):
    frames = decode(encode(codec, container).data, WIDTH, HEIGHT)
    assert [marks_of(frame) for frame in frames] == list(range(30))
    for frame in frames[[0, 7, 29]]:
        np.testing.assert_allclose(patches_of(frame), COLORS, atol=2)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265, Codec.AV1])
def test_the_start_of_an_mp4_plays_before_the_rest_is_there(codec):
    data = encode(codec).data
    fragments = [place for place in range(len(data)) if data[place : place + 4] == b"moof"]
    assert len(fragments) == 2  # of a second each
    frames = decode(data[: fragments[1] - 4], WIDTH, HEIGHT)
    assert [marks_of(frame) for frame in frames] == list(range(24))


@pytest.mark.parametrize(("codec", "container"), CONTAINED)
def test_a_file_names_no_program_and_no_version(codec, container):
    data = encode(codec, container).data
    for sign in (b"x264", b"x265", b"Lavc", b"libvpx", b"SVT", b"62.28"):
        assert sign not in data


def test_a_codec_has_the_name_by_which_browsers_ask():
    names = {(codec, container): encode(codec, container).codec for codec, container in CONTAINED}
    assert names == {
        (Codec.H264, Container.MP4): "avc1.64000b",
        (Codec.H265, Container.MP4): "hvc1.1.6.L60.90",
        (Codec.AV1, Container.MP4): "av01.0.00M.08",
        (Codec.AV1, Container.WEBM): "av01.0.00M.08",
        (Codec.VP9, Container.WEBM): "vp9",
        (Codec.VP9, Container.MP4): "vp09.00.10.08",
    }


@pytest.mark.parametrize(
    ("codec", "size"),
    [(Codec.H264, (36, 18)), (Codec.H265, (36, 18)), (Codec.AV1, (35, 17)), (Codec.VP9, (35, 17))],
)
def test_odd_sizes_keep_every_pixel_or_get_one_more_and_say_so(codec, size):
    frames = [frame[:17, :35] for frame in make_frames(3, 80, 300)]
    film = encode_video(frames, VideoFormat(35, 17, 10, 3, codec))
    assert (film.width, film.height) == size
    assert [("there twice" in warning) for warning in film.warnings] == ([True] if size[0] % 2 == 0 else [])
    seen = decode(film.data, *size)
    assert len(seen) == 3
    np.testing.assert_allclose(seen[0][8, 8], COLORS[0], atol=2)
