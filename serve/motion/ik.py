"""Inverse kinematics: turns the joints of a chain so that its tip reaches a target, within their limits.

FABRIK moves the joints along lines, once from the tip and once from the root; on the way from the root each
joint turns no farther than it may. Where that is stuck, which a limb is whose hinge must be twisted into its
plane, steps of damped least squares come between, and then other poses to begin from. All instants of a clip
are solved at once, each for itself, so that equal targets give equal poses wherever they are in time.

Sources: Aristidou and Lasenby 2011, "FABRIK: A fast, iterative solver for the Inverse Kinematics problem";
Buss 2004, "Introduction to Inverse Kinematics with Jacobian Transpose, Pseudoinverse and Damped Least Squares
Methods".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from serve.geometry.rotations import (
    IDENTITY,
    compose,
    inverse,
    quaternion_from_axis_angle,
    quaternion_from_rotation_vector,
    rotate,
    shortest_arc,
    slerp,
)
from serve.motion.limits import clamp_turns
from serve.motion.skeleton import Limit, Skeleton

__all__ = ["Chain", "Reach", "chain_through", "solve_chain"]

Floats = NDArray[np.float64]

_FABRIK_COUNT, _SLIDE_COUNT = 10, 30  # rounds from each pose to begin from
_DAMPING = 0.01  # in lengths of the chain, besides a half of the way that is left
_FOLD_COUNT = 65
_ZIGZAG_DEG = 160.0
_SWIVEL_COUNT, _ANY_START_COUNT = 11, 6


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Joints in a row, each the parent of the next.

    Args:
        joints: N indices into a skeleton, from the root.
        bones: float64 [N, 3], in the rest pose from each joint to the next, the last one's to the tip.
        limits: Of each joint.
    """

    joints: tuple[int, ...]
    bones: Floats
    limits: tuple[Limit, ...]

    @property
    def reach_m(self) -> float:
        """How far the tip is from the root when all is stretched out."""
        return float(np.linalg.norm(self.bones, axis=1).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What `solve_chain` has found for K targets.

    Args:
        turns: float64 [K, N, 4], of each joint in the axes of its parent; all within the limits.
        gap_m: float64 [K], from the tip to the target.
        reached: bool [K], whether that is within the tolerance.
        statement: Why it stopped where it did not reach a target; empty where it reached all.
    """

    turns: Floats
    gap_m: Floats
    reached: NDArray[np.bool_]
    statement: str


def chain_through(skeleton: Skeleton, joints: Sequence[int], tip: ArrayLike | None = None) -> Chain:
    """The chain of some joints, each the parent of the next; the tip is the last one's tail or a given point.

    Raises:
        ValueError: A joint is not the child of the one before.
    """
    for before, joint in pairwise(joints):
        if skeleton.joints[joint].parent != before:
            raise ValueError(f"joint {joint} does not hang on joint {before}")
    end = skeleton.joints[joints[-1]].tail if tip is None else tip
    places = np.concatenate([skeleton.heads[list(joints)], [np.asarray(end, np.float64)]])
    limits = tuple(skeleton.joints[joint].limit for joint in joints)
    return Chain(tuple(joints), np.diff(places, axis=0), limits)


def solve_chain(
    chain: Chain,
    roots: ArrayLike,
    targets: ArrayLike,
    *,
    frames: ArrayLike = IDENTITY,
    start: Floats | None = None,
    tolerance_m: float | None = None,
) -> Reach:
    """Bring the tip of a chain to targets.

    Args:
        chain: Of N joints.
        roots: [K, 3] or [3], where its first joint is, metres.
        targets: [K, 3], where the tip shall be, metres.
        frames: [K, 4] or [4], how the parent of the first joint is turned.
        start: [K, N, 4], poses to begin from; by default the chain is folded towards its target.
        tolerance_m: How near is near enough; by default a ten-thousandth of the chain's length.

    Returns:
        The pose for each target; where it cannot be reached, the nearest one found.
    """
    goals = np.asarray(targets, np.float64)
    near_m = chain.reach_m * 1e-4 if tolerance_m is None else tolerance_m
    bases = np.broadcast_to(roots, goals.shape), np.broadcast_to(frames, (len(goals), 4))
    far_m = np.linalg.norm(goals - bases[0], axis=1)
    best_m = near_m + np.maximum(far_m - chain.reach_m, 0.0)  # a target too far is pointed at
    turns = np.tile(np.array(IDENTITY), (len(goals), len(chain.bones), 1))
    gap_m = np.full(len(goals), np.inf)
    for attempt in range(0 if start is None else -1, 1 + _SWIVEL_COUNT + _ANY_START_COUNT):
        (open_,) = np.nonzero(gap_m > best_m)
        if not len(open_):
            break
        search = _Search(chain, bases[0][open_], goals[open_], bases[1][open_])
        begin = _start(search, attempt, turns[open_]) if start is None or attempt >= 0 else start[open_]
        search.run(begin, best_m[open_])
        better = search.gap_m < gap_m[open_]
        turns[open_[better]], gap_m[open_[better]] = search.best[better], search.gap_m[better]
    reached = np.asarray(gap_m <= near_m)
    return Reach(turns, gap_m, reached, _statement(chain, far_m, gap_m, reached))


def _start(search: _Search, attempt: int, best: Floats) -> Floats:
    """Poses [K, N, 4] to begin from, the likeliest first.

    Folded until it is as long as its target is far; the best so far, swivelled about the line to the target;
    then any.
    """
    if attempt == 0:
        return search.folded()
    if attempt <= _SWIVEL_COUNT:
        return search.swivelled(best, 2.0 * np.pi * attempt / (_SWIVEL_COUNT + 1))
    rng = np.random.default_rng(attempt)
    pairs = zip(search.chain.bones, search.chain.limits, strict=True)
    turns = np.stack([_any_turn(bone, limit, rng) for bone, limit in pairs])
    return np.tile(turns, (len(best), 1, 1))


class _Search:
    """K poses of a chain on their way to their targets, and the best of each so far."""

    def __init__(self, chain: Chain, roots: Floats, goals: Floats, frames: Floats) -> None:
        self.chain, self.roots, self.goals, self.frames = chain, roots, goals, frames
        self.turns = np.tile(np.array(IDENTITY), (len(goals), len(chain.bones), 1))
        self.best = self.turns
        self.gap_m = np.full(len(goals), np.inf)
        self._lengths = np.linalg.norm(chain.bones, axis=1)

    def folded(self) -> Floats:
        """Poses [K, N, 4] that point to the targets, folded to the right length where they can be.

        How long the chain is when its joints are bent by some share of what they can is tabulated. This is
        what a straight chain needs, which FABRIK leaves straight, and a knee, which it would bend backwards.
        """
        shares = np.linspace(0.0, 1.0, _FOLD_COUNT)
        pairs = enumerate(zip(self.chain.bones, self.chain.limits, strict=True))
        bends = np.stack([_bends(place, *pair, shares) for place, pair in pairs], axis=1)
        arms, frames = np.zeros((_FOLD_COUNT, 3)), np.tile(np.array(IDENTITY), (_FOLD_COUNT, 1))
        for place, bone in enumerate(self.chain.bones):
            frames = compose(frames, bends[:, place])
            arms += rotate(frames, bone)
        lengths = np.minimum.accumulate(np.linalg.norm(arms, axis=1))
        way = rotate(inverse(self.frames), self.goals - self.roots)
        share = np.interp(np.linalg.norm(way, axis=1), lengths[::-1], shares[::-1]) * (_FOLD_COUNT - 1)
        low = np.minimum(share.astype(np.intp), _FOLD_COUNT - 2)
        turns = slerp(bends[low], bends[low + 1], (share - low)[:, None])
        turns[:, 0] = compose(shortest_arc(arms[np.rint(share).astype(np.intp)], way), turns[:, 0])
        return turns

    def swivelled(self, turns: Floats, angle_rad: float) -> Floats:
        """Poses [K, N, 4] of which the first joint is turned about the line to the target."""
        line = rotate(inverse(self.frames), self.goals - self.roots)
        swivelled = turns.copy()
        swivelled[:, 0] = compose(quaternion_from_axis_angle(line, np.array(angle_rad)), turns[:, 0])
        return swivelled

    def run(self, start: Floats, near_m: Floats) -> None:
        """Go on from poses [K, N, 4], brought into their limits, until all are near, or for long enough."""
        pairs = enumerate(zip(self.chain.bones, self.chain.limits, strict=True))
        turns = [clamp_turns(limit, bone, start[:, place]) for place, (bone, limit) in pairs]
        self.turns = np.stack(turns, axis=1)
        for round_index in range(_FABRIK_COUNT + _SLIDE_COUNT):
            if round_index < _FABRIK_COUNT:
                self.fabrik()
            else:
                self.slide()
            if (self.gap_m <= near_m).all():
                break

    def fabrik(self) -> None:
        """One way from the tip to the root and back; coming back, no joint leaves its limits."""
        places = self._places()
        places[:, -1] = self.goals
        for place in range(len(self._lengths) - 1, 0, -1):
            way = places[:, place] - places[:, place + 1]
            places[:, place] = places[:, place + 1] + _resized(way, self._lengths[place])
        frames, here = self.frames, self.roots
        for place, bone in enumerate(self.chain.bones):
            self._aim(place, frames, rotate(self.turns[:, place], bone), places[:, place + 1] - here)
            frames = compose(frames, self.turns[:, place])
            here = here + rotate(frames, bone)
        self._keep(here)

    def slide(self) -> None:
        """One step of damped least squares by all joints at once, twists too; then back into limits."""
        places, frames = self._places(), self._frames()
        moves = [self._moves(place, frames[place], places) for place in range(len(frames))]
        jacobian = np.concatenate(moves, axis=-1)
        way = (self.goals - places[:, -1])[..., None]
        damping_m = _DAMPING * self.chain.reach_m + 0.5 * np.linalg.norm(way, axis=1, keepdims=True)
        pull = np.linalg.solve(jacobian @ np.swapaxes(jacobian, 1, 2) + damping_m**2 * np.eye(3), way)
        for place, move in enumerate(moves):
            step = (np.swapaxes(move, 1, 2) @ pull)[..., 0]
            limit, bone = self.chain.limits[place], self.chain.bones[place]
            vector = step if limit.hinge is None else step * np.asarray(limit.hinge)
            turned = compose(quaternion_from_rotation_vector(vector), self.turns[:, place])
            self.turns[:, place] = clamp_turns(limit, bone, turned)
        self._keep(self._places()[:, -1])

    def _moves(self, place: int, frame: Floats, places: Floats) -> Floats:
        """How the tip moves as a joint turns: about each axis of its parent, or its hinge; [K, 3, 3 or 1]."""
        hinge = self.chain.limits[place].hinge
        axes = np.eye(3) if hinge is None else np.array([hinge])
        arm = places[:, -1] - places[:, place]
        return np.swapaxes(np.cross(rotate(frame[:, None], axes), arm[:, None]), 1, 2)

    def _aim(self, place: int, frames: Floats, arm: Floats, wanted: Floats) -> None:
        """Turn a joint so that what points along `arm`, in its parent's axes, points to `wanted`."""
        limit, bone = self.chain.limits[place], self.chain.bones[place]
        towards = rotate(inverse(frames), wanted)
        if limit.hinge is None:
            turn = shortest_arc(arm, towards)
        else:
            turn = quaternion_from_axis_angle(limit.hinge, _angle_about(limit.hinge, arm, towards))
        self.turns[:, place] = clamp_turns(limit, bone, compose(turn, self.turns[:, place]))

    def _keep(self, tips: Floats) -> None:
        gap_m = np.linalg.norm(tips - self.goals, axis=1)
        better = gap_m < self.gap_m
        self.best = np.where(better[:, None, None], self.turns, self.best)
        self.gap_m = np.where(better, gap_m, self.gap_m)

    def _frames(self) -> list[Floats]:
        """How the parent of each joint is turned, N of [K, 4]."""
        frames = [self.frames]
        for place in range(len(self.chain.bones) - 1):
            frames.append(compose(frames[-1], self.turns[:, place]))
        return frames

    def _places(self) -> Floats:
        """Where the joints and the tip are, [K, N + 1, 3]."""
        places = [self.roots]
        for place, frame in enumerate(self._frames()):
            places.append(places[-1] + rotate(compose(frame, self.turns[:, place]), self.chain.bones[place]))
        return np.stack(places, axis=1)


def _bends(place: int, bone: Floats, limit: Limit, shares: Floats) -> Floats:
    """Turns [S, 4] that fold a joint more and more: a hinge to the side where it has more room."""
    if limit.hinge is not None:
        low_deg, high_deg = limit.hinge_deg
        far_deg = high_deg if high_deg >= -low_deg else low_deg
        bends = quaternion_from_axis_angle(limit.hinge, np.radians(shares * far_deg))
    else:
        # A chain without hinges folds into a zigzag, or it would run into itself.
        across = np.cross(bone, np.eye(3)[int(np.argmin(np.abs(bone)))])
        far_deg = 0.0 if place == 0 else _ZIGZAG_DEG * (-1.0) ** place
        bends = quaternion_from_axis_angle(across, np.radians(shares * far_deg))
    return clamp_turns(limit, bone, bends)


def _any_turn(bone: Floats, limit: Limit, rng: np.random.Generator) -> Floats:
    """A turn [4] by chance, within the limits."""
    if limit.hinge is not None:
        return quaternion_from_axis_angle(limit.hinge, np.radians(rng.uniform(*limit.hinge_deg)))
    across = np.cross(bone, rng.normal(size=3))
    swing = quaternion_from_axis_angle(across, np.radians(rng.uniform(0.0, limit.swing_deg)))
    twist = quaternion_from_axis_angle(bone, np.radians(rng.uniform(-limit.twist_deg, limit.twist_deg)))
    return compose(swing, twist)


def _angle_about(axis: ArrayLike, arm: Floats, towards: Floats) -> Floats:
    """The turn about an axis that brings one direction nearest to another, radians, [K]."""
    about = np.asarray(axis, np.float64)
    sine = np.cross(arm, towards) @ about
    cosine = (arm * towards).sum(axis=-1) - (arm @ about) * (towards @ about)
    return np.asarray(np.arctan2(sine, cosine))


def _resized(ways: Floats, length: float) -> Floats:
    sizes = np.linalg.norm(ways, axis=-1, keepdims=True)
    return np.asarray(ways * (length / np.maximum(sizes, 1e-12)))


def _statement(chain: Chain, far_m: Floats, gap_m: Floats, reached: NDArray[np.bool_]) -> str:
    if reached.all():
        return ""
    worst = int(np.argmax(gap_m))
    why = (
        f"which is {far_m[worst]:.3g} m away from a chain of {chain.reach_m:.3g} m"
        if far_m[worst] > chain.reach_m
        else "which the limits of its joints do not let it"
    )
    return (
        f"{int((~reached).sum())} of {len(reached)} targets are out of reach; the tip stays "
        f"{gap_m[worst]:.3g} m short of the worst, {why}"
    )
