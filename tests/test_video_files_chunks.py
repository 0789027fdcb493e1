"""Chunk files: frames come back to the bit, and bytes that lie are refused."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from serve.contracts.errors import InvalidRequestError
from serve.formats.video import iterate_frames, pack_frames, unpack_frames

HEADER_BYTES = 20


def make_frames(count=5, height=48, width=64):
    """A bright disc that goes right over a gradient, with soft alpha: as smooth as what is rendered."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    frames = np.zeros((count, height, width, 4), np.uint8)
    for index, frame in enumerate(frames):
        disc = np.hypot(rows - height / 2, columns - 10 - 4 * index) < 9
        frame[...] = np.stack([2 * rows, columns + rows, 200 - columns, 255 - rows], -1)
        frame[disc] = (250, 180, 20, 255)
    return frames


@given(arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=9).map(lambda shape: (*shape, 4))))
def test_any_frames_come_back_to_the_bit(frames):
    np.testing.assert_array_equal(unpack_frames(pack_frames(frames)), frames)


def test_smooth_frames_shrink_and_give_equal_bytes_twice():
    frames = make_frames()
    data = pack_frames(frames)
    assert len(data) < frames.nbytes / 10
    assert pack_frames(np.asfortranarray(frames)) == data
    np.testing.assert_array_equal(np.stack(list(iterate_frames(data))), frames)


@given(st.data())
def test_a_chunk_with_one_byte_changed_or_cut_off_is_refused(data):
    chunk = pack_frames(make_frames(count=2, height=6, width=7))
    place = data.draw(st.integers(0, len(chunk) - 1))
    changed = bytearray(chunk)
    changed[place] ^= data.draw(st.integers(1, 255))
    for hostile in (bytes(changed), chunk[:place], chunk + b"\0"):
        with pytest.raises(InvalidRequestError):
            unpack_frames(hostile)


def test_a_bomb_is_refused_before_it_goes_off():
    with pytest.raises(InvalidRequestError, match="a chunk holds"):
        unpack_frames(struct.pack("<8s3I", b"GALFRMS1", 2**32 - 1, 2**32 - 1, 2**32 - 1))
    stream = zlib.compress(bytes(50_000_000))
    bomb = struct.pack("<8s3II", b"GALFRMS1", 1, 16, 16, len(stream)) + stream
    with pytest.raises(InvalidRequestError, match="1024 bytes"):
        unpack_frames(bomb)


@pytest.mark.parametrize("shape", [(0, 4, 4, 4), (2, 0, 4, 4), (2, 4, 4, 3), (4, 4, 4)])
def test_what_is_no_film_is_not_packed(shape):
    with pytest.raises(InvalidRequestError, match="frames"):
        pack_frames(np.zeros(shape, np.uint8))
