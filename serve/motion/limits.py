"""Keeps joints within their limits: swing cones, twists and hinges.

Source: Grassia 1998, "Practical Parameterization of Rotations Using the Exponential Map", swing and twist;
Baerlocher and Boulic 2001, "Parametrization and Range of Motion of the Ball-and-Socket Joint".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.geometry.rotations import compose, quaternion_from_axis_angle, rotation_angle, swing_twist
from serve.motion.skeleton import Limit

__all__ = ["clamp_turns"]

Floats = NDArray[np.float64]


def clamp_turns(limit: Limit, bone: ArrayLike, turns: ArrayLike) -> Floats:
    """The allowed turns next to given ones.

    A hinge keeps the turn about its axis, brought into its range; a ball keeps the directions of swing and
    twist, each no farther than it may be.

    Args:
        limit: Of the joint.
        bone: [3], along which the bone points in the rest pose.
        turns: [..., 4], unit quaternions, away from the rest pose.

    Returns:
        [..., 4], unit quaternions.
    """
    if limit.hinge is not None:
        _, about = swing_twist(turns, limit.hinge)
        low, high = np.radians(limit.hinge_deg)
        return quaternion_from_axis_angle(limit.hinge, _nearest_angle(_angle(about, limit.hinge), low, high))
    swing, twist = swing_twist(turns, bone)
    most = np.radians(limit.twist_deg)
    twist = quaternion_from_axis_angle(bone, np.clip(_angle(twist, bone), -most, most))
    return compose(_shortened(swing, np.radians(limit.swing_deg)), twist)


def _nearest_angle(angle_rad: Floats, low: float, high: float) -> Floats:
    """Angles in (-pi, pi] brought into [low, high], to the end that is nearer around the circle."""
    beyond = np.mod(angle_rad - high, 2.0 * np.pi)
    before = np.mod(low - angle_rad, 2.0 * np.pi)
    outside = (angle_rad < low) | (angle_rad > high)
    return np.where(outside, np.where(beyond < before, high, low), angle_rad)


def _angle(twist: Floats, axis: ArrayLike) -> Floats:
    """The right-handed angle of turns about an axis, in (-pi, pi]."""
    along = twist[..., :3] @ (np.asarray(axis, np.float64) / np.linalg.norm(axis))
    angle = 2.0 * np.arctan2(along, twist[..., 3])
    return np.asarray(angle - 2.0 * np.pi * np.round(angle / (2.0 * np.pi)))


def _shortened(swing: Floats, most_rad: float) -> Floats:
    """Turns of at most an angle about their own axes."""
    angle = rotation_angle(swing)
    axes = np.where(swing[..., 3:] < 0.0, -swing[..., :3], swing[..., :3])
    return np.where(
        (angle > most_rad)[..., None], quaternion_from_axis_angle(axes, np.minimum(angle, most_rad)), swing
    )
