"""Which way a body faces: the plane that it is its own mirror image in, and its front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve.motion.rigging.volume import Volume

__all__ = ["Frame", "facing", "symmetry_plane"]

_UP = np.array([0.0, 1.0, 0.0])
_USUAL_BONUS = 0.02  # of the cells: so much better must another plane be than x = middle


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The axes of a body, unit vectors float64 [3] that are at right angles: X, Y, Z where it faces +Z.

    Args:
        origin: float64 [3], metres, on the plane of symmetry.
        left: To its left hand.
        forward: To its front.
        symmetry: Share of its cells, in [0, 1], that have a mirror image.
    """

    origin: NDArray[np.float64]
    left: NDArray[np.float64]
    forward: NDArray[np.float64]
    symmetry: float

    @property
    def axes(self) -> NDArray[np.float64]:
        """Left, up and forward as rows, float64 [3, 3]."""
        return np.stack([self.left, _UP, self.forward])

    def local(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points [..., 3] by the body's axes: how far left, up and forward of its origin."""
        return np.asarray((points - self.origin) @ self.axes.T)

    def world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inverse of `local`."""
        return np.asarray(points @ self.axes + self.origin)

    def mirrored(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mirror images of points [..., 3] in the plane of symmetry."""
        return self.world(self.local(points) * np.array([-1.0, 1.0, 1.0]))


def symmetry_plane(volume: Volume) -> Frame:
    """The upright plane of symmetry that fits best; the front is the side of it nearer to +Z, or to +X.

    Tried are the planes across the axes, and across the directions in which the cells spread most and least.
    """
    centres = volume.centres
    lower, upper = centres.min(axis=0), centres.max(axis=0)
    flat = centres[:, ::2] - centres[:, ::2].mean(axis=0)
    _, turned = np.linalg.eigh(flat.T @ flat)
    sideways = [np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])]
    sideways += [np.array([x, 0.0, z]) for x, z in turned.T if abs(x * z) > 0.01]
    frames = [_frame(volume, side, 0.5 * (lower + upper)) for side in sideways]
    merits = [frame.symmetry + (_USUAL_BONUS if index == 0 else 0.0) for index, frame in enumerate(frames)]
    return frames[int(np.argmax(merits))]


def _frame(volume: Volume, sideways: NDArray[np.float64], middle: NDArray[np.float64]) -> Frame:
    forward = np.cross(sideways, _UP)
    sign = -1.0 if forward[2] < -1e-6 or (abs(forward[2]) <= 1e-6 and forward[0] < 0) else 1.0
    origin = middle
    if max(abs(sideways[0]), abs(sideways[2])) < 1.0 - 1e-9:
        spread = volume.centres @ sideways
        origin = middle + (0.5 * (spread.min() + spread.max()) - middle @ sideways) * sideways
    frame = Frame(origin, sign * sideways, sign * forward, 0.0)
    images = frame.mirrored(volume.centres)
    return Frame(origin, frame.left, frame.forward, float((volume.at(images) >= 0).mean()))


def facing(frame: Frame, hint: NDArray[np.float64]) -> Frame:
    """The frame, turned about so that a hint [3], a direction, points to its front."""
    if hint @ frame.forward >= 0:
        return frame
    return Frame(frame.origin, -frame.left, -frame.forward, frame.symmetry)
