"""Writes BVH files."""

from __future__ import annotations

from collections.abc import Iterator

from serve.motion.bvh.document import Bvh

__all__ = ["write_bvh"]


def write_bvh(bvh: Bvh) -> str:
    """The text of a file, with as many digits as numbers need to be read back to the bit.

    A file has each joint right after its parent or a sister's whole limb: so they, and their channels, are
    written, whatever their order in `bvh`.
    """
    columns = bvh.columns()
    order = [
        column for joint in _limbs(bvh, 0) for column in range(columns[joint].start, columns[joint].stop)
    ]
    frames = (" ".join(repr(float(value)) for value in frame) for frame in bvh.motion[:, order])
    motion = ["MOTION", f"Frames: {len(bvh.motion)}", f"Frame Time: {bvh.frame_time_s!r}", *frames]
    return "\n".join(["HIERARCHY", *_joint(bvh, 0, ""), *motion, ""])


def _joint(bvh: Bvh, index: int, indent: str) -> Iterator[str]:
    joint, inner = bvh.joints[index], indent + "\t"
    yield f"{indent}{'ROOT' if joint.parent < 0 else 'JOINT'} {joint.name}"
    yield indent + "{"
    yield f"{inner}OFFSET {_numbers(joint.offset)}"
    yield f"{inner}CHANNELS {len(joint.channels)} {' '.join(joint.channels)}".rstrip()
    for child in _children(bvh, index):
        yield from _joint(bvh, child, inner)
    if joint.end is not None:
        yield from (f"{inner}End Site", inner + "{", f"{inner}\tOFFSET {_numbers(joint.end)}", inner + "}")
    yield indent + "}"


def _limbs(bvh: Bvh, index: int) -> Iterator[int]:
    """A joint and all that hangs on it, in the order of a file."""
    yield index
    for child in _children(bvh, index):
        yield from _limbs(bvh, child)


def _children(bvh: Bvh, index: int) -> list[int]:
    return [child for child, joint in enumerate(bvh.joints) if joint.parent == index]


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(repr(float(value)) for value in values)
