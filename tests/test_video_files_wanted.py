"""What film may be asked for, and what a rate means."""

from __future__ import annotations

from fractions import Fraction

import pytest

from serve.contracts.errors import InvalidRequestError
from serve.contracts.video import Codec, Container
from serve.formats.video import VideoFormat, frame_rate

RATE = Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (30, Fraction(30)),
        (12.5, Fraction(25, 2)),
        (23.976, RATE),
        (23.98, RATE),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (7.3, Fraction(73, 10)),
        (24.1, Fraction(241, 10)),
    ],
)
def test_a_decimal_rate_means_an_exact_one(fps, rate):
    assert frame_rate(fps) == rate


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"width": 15}, "width"),
        ({"height": 4097}, "height"),
        ({"width": 4096, "height": 4096}, "width"),
        ({"fps": 0.5}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"fps": 121}, "fps"),
        ({"frame_count": 0}, "frame_count"),
        ({"frame_count": 1_000_000}, "frame_count"),
        ({"codec": Codec.H264, "container": Container.WEBM}, "container"),
        ({"codec": Codec.GIF, "container": Container.MP4}, "container"),
        ({"codec": Codec.H264, "transparent": True}, "codec"),
        ({"codec": Codec.VP9, "container": Container.MP4, "transparent": True}, "container"),
        ({"matte": "white"}, "matte"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(changes, field):
    with pytest.raises(InvalidRequestError) as refused:
        VideoFormat(**{"width": 64, "height": 64, "fps": 30, "frame_count": 3} | changes)
    assert refused.value.field == field
