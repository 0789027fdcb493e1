"""Reads BVH files, which may come from anybody: every count has a limit, every number is finite.

The grammar is that of the files in the world: keywords in any case, names with blanks, braces on any line,
channels in any order and number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.motion.bvh.document import POSITIONS, ROTATIONS, Bvh, BvhJoint

__all__ = ["read_bvh"]

MAX_BYTE_COUNT = 64 * 2**20
MAX_HEAD_LENGTH = 2**20
MAX_JOINT_COUNT = 512
MAX_DEPTH = 128
MAX_FRAME_COUNT = 50_000
MAX_TURN_COUNT = 3_000_000
"""Of joints times frames, each of which takes 32 bytes of several arrays."""
MAX_VALUE_COUNT = 8_000_000
FRAME_TIME_RANGE_S = (1e-4, 10.0)
MAX_NUMBER = 1e6

_CHANNELS = {name.lower(): name for name in (*POSITIONS, *ROTATIONS)}
# Each digit can stand in one place alone, so that a long word that is no number is refused at once.
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def read_bvh(data: bytes) -> Bvh:
    """Read a BVH file.

    Args:
        data: The file.

    Raises:
        InvalidRequestError: It is none, it is cut off, it has several roots or goes beyond the limits; the
            message names the line.
    """
    if len(data) > MAX_BYTE_COUNT:
        raise _refused(f"it has {len(data):,} bytes, and at most {MAX_BYTE_COUNT:,} are read")
    text = data.decode("utf-8-sig", errors="replace")
    head, found, tail = _split(text)
    if not found:
        raise _refused("it has no line MOTION: it is no BVH file, or cut off")
    if len(head) > MAX_HEAD_LENGTH:
        raise _refused(f"its hierarchy has {len(head):,} letters, and at most {MAX_HEAD_LENGTH:,} are read")
    joints = _Hierarchy(_words(head)).read()
    frame_time_s, motion = _motion(tail, joints, head.count("\n") + 1)
    return Bvh(tuple(joints), frame_time_s, motion)


def _split(text: str) -> tuple[str, bool, str]:
    """What is before and after the line MOTION."""
    mark = re.search(r"^[ \t]*MOTION[ \t\r]*$", text, re.IGNORECASE | re.MULTILINE)
    return (text[: mark.start()], True, text[mark.end() :]) if mark else (text, False, "")


def _words(text: str) -> Iterator[tuple[str, int]]:
    """Words and braces, each with its line."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.replace("{", " { ").replace("}", " } ").split():
            yield word, number


class _Hierarchy:
    """Reads the joints, without recursion: a file may be as deep as it likes."""

    def __init__(self, words: Iterator[tuple[str, int]]) -> None:
        self._words = words
        self._line = 1
        self._joints: list[BvhJoint] = []
        self._open: list[int] = []

    def read(self) -> list[BvhJoint]:
        """All joints, parents first."""
        self._expect("hierarchy")
        self._expect("root")
        self._begin()
        while self._open:
            self._member(self._next())
        rest = next(self._words, None)
        if rest is not None:
            self._line = rest[1]
            what = (
                "a second ROOT: split it into a file for each" if rest[0].lower() == "root" else repr(rest[0])
            )
            raise self._refused(f"after the last joint comes {what}")
        return self._joints

    def _member(self, word: str) -> None:
        """One entry of the innermost joint that is open."""
        here, kind = self._open[-1], word.lower()
        if kind == "}":
            self._open.pop()
        elif kind == "joint":
            self._begin()
        elif kind == "end":
            self._end_site(here)
        elif kind == "offset":
            self._joints[here] = replace(self._joints[here], offset=self._vector())
        elif kind == "channels":
            self._joints[here] = replace(self._joints[here], channels=self._channels())
        else:
            raise self._refused(f"{word!r} is none of OFFSET, CHANNELS, JOINT, End Site and }}")

    def _begin(self) -> None:
        """A joint from its name to its opening brace."""
        name = []
        while (word := self._next()) != "{":
            name.append(word)
        if not name:
            raise self._refused("a joint has no name")
        parent = self._open[-1] if self._open else -1
        self._open.append(len(self._joints))
        self._joints.append(BvhJoint(" ".join(name), parent, (0.0, 0.0, 0.0), ()))
        if len(self._joints) > MAX_JOINT_COUNT:
            raise self._refused(f"it has more than {MAX_JOINT_COUNT} joints")
        if len(self._open) > MAX_DEPTH:
            raise self._refused(f"its joints are nested more than {MAX_DEPTH} deep")

    def _end_site(self, joint: int) -> None:
        for word in ("site", "{", "offset"):
            self._expect(word)
        self._joints[joint] = replace(self._joints[joint], end=self._vector())
        self._expect("}")

    def _channels(self) -> tuple[str, ...]:
        count, told = self._number(), []
        if count not in range(len(_CHANNELS) + 1):
            raise self._refused(f"a joint has {count:g} channels, and 0 to {len(_CHANNELS)} are known")
        for _ in range(int(count)):
            word = self._next()
            if word.lower() not in _CHANNELS:
                raise self._refused(f"{word!r} is no channel; known are {', '.join(_CHANNELS.values())}")
            told.append(_CHANNELS[word.lower()])
        if len(set(told)) < len(told):
            raise self._refused("a joint has a channel twice")
        return tuple(told)

    def _vector(self) -> tuple[float, float, float]:
        return self._number(), self._number(), self._number()

    def _number(self) -> float:
        word = self._next()
        number = float(word) if _NUMBER.fullmatch(word) else math.nan
        if not abs(number) <= MAX_NUMBER:
            raise self._refused(f"{word[:40]!r} is no number within {MAX_NUMBER:,.0f}")
        return number

    def _expect(self, wanted: str) -> None:
        word = self._next()
        if word.lower() != wanted:
            raise self._refused(f"there is {word[:40]!r} where {wanted.upper()} must be")

    def _next(self) -> str:
        word, self._line = next(self._words, ("", self._line))
        if not word:
            raise self._refused("the hierarchy is cut off: a brace is not closed")
        return word

    def _refused(self, why: str) -> InvalidRequestError:
        return _refused(f"in line {self._line}, {why}")


def _motion(text: str, joints: list[BvhJoint], line: int) -> tuple[float, NDArray[np.float64]]:
    """The time of a frame, seconds, and the values of all channels [F, C]; `line` is that of MOTION."""
    head = re.match(r"\s*Frames:\s*(\S+)\s+Frame\s+Time:\s*(\S+)", text, re.IGNORECASE)
    if head is None:
        raise _refused(f"after line {line}, Frames: and Frame Time: are missing")
    told, time = head.groups()
    count = int(told) if told.isdecimal() and len(told) <= len(str(MAX_FRAME_COUNT)) else 0
    if not 1 <= count <= MAX_FRAME_COUNT:
        raise _refused(f"it has {told[:40]} frames, and 1 to {MAX_FRAME_COUNT:,} are read")
    channel_count = sum(len(joint.channels) for joint in joints)
    if count * len(joints) > MAX_TURN_COUNT or count * channel_count > MAX_VALUE_COUNT:
        raise _refused(
            f"it has {count:,} frames of {len(joints)} joints and {channel_count} channels, and at most "
            f"{MAX_TURN_COUNT:,} turns of joints and {MAX_VALUE_COUNT:,} numbers are read: cut it into pieces"
        )
    frame_time_s = float(time) if _NUMBER.fullmatch(time) else math.nan
    low, high = FRAME_TIME_RANGE_S
    if not low <= frame_time_s <= high:
        raise _refused(f"its frame time is {time[:40]}, and {low:g} to {high:g} seconds are read")
    words = text[head.end() :].split(maxsplit=count * channel_count)
    if len(words) != count * channel_count:
        there = f"{len(words):,}" if len(words) < count * channel_count else "more"
        raise _refused(
            f"it has {there} numbers for {count:,} frames of {channel_count} channels, and not "
            f"{count * channel_count:,}: it is cut off, or its hierarchy is another's"
        )
    return frame_time_s, _values(words).reshape(count, channel_count)


def _values(words: list[str]) -> NDArray[np.float64]:
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError as error:
        raise _refused(f"among its frames is what is no number: {str(error)[:80]}") from error
    if not (np.abs(values) <= MAX_NUMBER).all():
        raise _refused(f"among its frames is a number that is not finite or beyond {MAX_NUMBER:,.0f}")
    return values


def _refused(why: str) -> InvalidRequestError:
    return InvalidRequestError(f"the BVH file cannot be read: {why}", "motion.bvh")
