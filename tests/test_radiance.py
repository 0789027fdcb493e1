from fractions import Fraction

import numpy as np
import pytest

from serve.contracts.errors import CancelledJobError, InvalidRequestError
from serve.formats.reading.radiance import read_radiance
from serve.render import Environment
from tests.video_judges import require_video


def make_light(height=6, width=24, seed=4):
    """Light over ten stops, in which some rows are even."""
    rng = np.random.default_rng(seed)
    picture = rng.gamma(0.3, 4.0, (height, width, 3)) + 1e-4
    picture[1] = picture[1, :1]
    picture[2, width // 2 :] = 0.25
    return picture


def to_rgbe(picture):
    """As Ward has it: the largest component takes the exponent."""
    exponents = np.frexp(picture.max(axis=-1, keepdims=True))[1]
    mantissas = np.floor(picture * np.exp2(8.0 - exponents))
    return np.concatenate([mantissas, exponents + 128], axis=-1).astype(np.uint8)


def to_light(rgbe):
    return rgbe[..., :3] * np.exp2(rgbe[..., 3:].astype(float) - 136)


def coded_row(row):
    """Of one row [W, 4]: runs of four and more, and values between them."""
    out = bytearray((2, 2, len(row) >> 8, len(row) & 255))
    for component in row.T:
        values, k = component.tobytes(), 0
        while k < len(values):
            run = len(values[k : k + 127]) - len(values[k : k + 127].lstrip(values[k : k + 1]))
            if run >= 4:
                out += bytes((128 + run, values[k]))
                k += run
            else:
                out += bytes((1, values[k]))
                k += 1
    return bytes(out)


def make_file(rgbe, *, size=None, coded=True, header=b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\nEXPOSURE=2.0\n"):
    height, width = rgbe.shape[:2]
    size = size or f"-Y {height} +X {width}".encode()
    body = b"".join(coded_row(row) for row in rgbe) if coded else rgbe.tobytes()
    return header + b"\n" + size + b"\n" + body


@pytest.mark.parametrize("coded", [True, False])
def test_a_picture_comes_back_as_it_was_coded(coded):
    rgbe = to_rgbe(make_light())
    light = read_radiance(make_file(rgbe, coded=coded))
    assert light.dtype == np.float32 and light.shape == (6, 24, 3)
    np.testing.assert_array_equal(light, to_light(rgbe).astype(np.float32))


def coded_by_ffmpeg(picture):
    import av

    height, width = picture.shape[:2]
    coder, frame = av.CodecContext.create("hdr", "w"), av.VideoFrame(width, height, "gbrpf32le")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, "gbrpf32le", Fraction(1, 25)
    for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
        rows = np.zeros((height, plane.line_size // 4), "<f4")
        rows[:, :width] = picture[..., channel]
        plane.update(rows.tobytes())
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])


@pytest.mark.parametrize("width", [4, 40, 300])
def test_ffmpeg_and_the_reader_agree(width):
    require_video()
    picture = make_light(16, width)
    light = read_radiance(coded_by_ffmpeg(picture))
    away = np.abs(light - picture) / picture.max(axis=-1, keepdims=True)
    assert away.max() <= 1 / 128


def test_a_pixel_without_an_exponent_is_black():
    rgbe = to_rgbe(make_light())
    rgbe[0, 3] = (200, 200, 200, 0)
    assert (read_radiance(make_file(rgbe))[0, 3] == 0).all()


@pytest.mark.parametrize(("sign_y", "sign_x"), [("-", "+"), ("+", "+"), ("-", "-"), ("+", "-")])
def test_a_picture_that_was_stored_from_another_corner_is_turned_upright(sign_y, sign_x):
    rgbe = to_rgbe(make_light())
    light = read_radiance(make_file(rgbe, size=f"{sign_y}Y 6 {sign_x}X 24".encode()))
    flips = (slice(None, None, 1 if sign_y == "-" else -1), slice(None, None, 1 if sign_x == "+" else -1))
    np.testing.assert_array_equal(light, to_light(rgbe)[flips].astype(np.float32))


def test_what_is_read_can_be_the_surroundings():
    environment = Environment.from_picture(read_radiance(make_file(to_rgbe(make_light()))))
    assert environment.radiance.shape == (6, 24, 3)


@pytest.mark.parametrize("coded", [True, False])
def test_a_file_cut_off_anywhere_is_refused(coded):
    data = make_file(to_rgbe(make_light()), coded=coded)
    for length in range(len(data)):
        with pytest.raises(InvalidRequestError, match="environment"):
            read_radiance(data[:length])


def test_damaged_files_are_read_or_refused():
    data, rng = make_file(to_rgbe(make_light())), np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), 3):
            damaged[place] = rng.integers(256)
        try:
            light = read_radiance(bytes(damaged))
        except InvalidRequestError:
            continue
        assert np.isfinite(light).all() and (light >= 0).all()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (b"-Y 100000 +X 10000", "10,000 x 100,000 pixels"),
        (b"-Y 999999999 +X 999999999", "make it smaller"),
        (b"-Y 99999999999999999999 +X 2", "save it upright"),
        (b"-Y 8192 +X 8192", "at most 8,388,608"),
        (b"-Y 4096 +X 2048", "cut off"),
        (b"-Y 0 +X 24", "0 pixels"),
        (b"+X 24 -Y 6", "save it upright"),
        (b"-Y six +X 24", "save it upright"),
    ],
)
def test_sizes_that_cannot_be_are_refused(size, told):
    with pytest.raises(InvalidRequestError, match=told):
        read_radiance(make_file(to_rgbe(make_light()), size=size))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "begins with"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "begins with"),
        (b"#?RADIANCE\n" + b"x" * 200_000, "no size"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\n\0\0\0\0", "xyze"),
    ],
)
def test_what_is_no_such_file_is_refused(data, told):
    with pytest.raises(InvalidRequestError, match=told) as caught:
        read_radiance(data)
    assert caught.value.field == "environment"


def test_reading_stops_between_rows():
    def stop():
        raise CancelledJobError("the user changed their mind")

    with pytest.raises(CancelledJobError):
        read_radiance(make_file(to_rgbe(make_light())), stop)
