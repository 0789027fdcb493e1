"""Its parts go out from the foot of the asset, stay apart for a while and come back: an exploded view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys
from serve.motion.presets.timing import Timing, eased

__all__ = ["explode"]

Floats = NDArray[np.float64]

_ROUND_S = 4.0
_SPREAD = 0.9  # how far a part goes, as a share of how far it is from the foot
_LEAST_GAP = 0.12  # between a part and what it came out of, in sizes of the asset
# Of a round: the outermost part sets out as these begin, the innermost this much later, and sooner back.
_OUT, _BACK, _STAGGER = (0.06, 0.40), (0.72, 1.04), 0.12


def explode(actor: Actor, timing: Timing) -> Clip:
    """Outer parts leave first and come back last; none goes below the ground."""
    rounds = timing.rounds(_ROUND_S)
    ways = _ways(actor)
    far = np.linalg.norm(ways, axis=1)
    late = _STAGGER * (1.0 - far / max(float(far.max()), 1e-9))
    out = _between(rounds.phase, _OUT, late) - _between(rounds.phase, _BACK, -late)
    offsets = out[:, :, None] * ways
    keys = Keys(actor.skeleton, len(timing.times_s))
    parents = actor.skeleton.parents
    keys.translation += offsets - np.where(parents[:, None] >= 0, offsets[:, parents], 0.0)
    return keys.to_clip("explode", timing, loops=rounds.loops)


def _between(phase: Floats, span: tuple[float, float], late: Floats) -> Floats:
    """How far each joint, which sets out so much later than the span begins, is on its way, [K, J]."""
    start, end = span
    return eased((phase[:, None] - start - late) / (end - start - _STAGGER))


def _ways(actor: Actor) -> Floats:
    """How far each joint goes, [J, 3], metres: from the foot of the asset through the middle of its part.

    A part that would still be inside a larger one, as a filling in its cup, goes on until it is out. The one
    that rises least stays on the ground.
    """
    boxes = np.array([_box(actor, joint) for joint in range(len(actor.skeleton.joints))])
    ways = _SPREAD * (boxes.mean(axis=1) - actor.base)
    sizes = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
    gap_m = _LEAST_GAP * float(actor.size.max())
    order = np.argsort(-sizes, kind="stable")
    for place, joint in enumerate(order.tolist()):
        for larger in order[:place].tolist():
            ways[joint] += _exit(boxes[joint] + ways[joint], boxes[larger] + ways[larger], gap_m)
    ways[:, 1] -= ways[:, 1].min()
    return np.asarray(ways)


def _exit(box: Floats, around: Floats, gap_m: float) -> Floats:
    """The shortest way, [3], to bring a box [2, 3] a gap out of another; 0 where its middle is that far out.

    Downwards is no way out.
    """
    middle = box.mean(axis=0)
    if ((middle <= around[0] - gap_m) | (middle >= around[1] + gap_m)).any():
        return np.zeros(3)
    up, down = around[1] - box[0] + gap_m, around[0] - box[1] - gap_m
    down[1] = -np.inf
    shortest = np.where(up <= -down, up, down)
    axis = int(np.argmin(np.abs(shortest)))
    return np.asarray(shortest[axis] * np.eye(3)[axis])


def _box(actor: Actor, joint: int) -> tuple[Floats, Floats]:
    """The box around what follows a joint; its head where nothing does."""
    followers = actor.vertices[actor.follows(joint)]
    if not len(followers):
        head = actor.skeleton.heads[joint]
        return head, head
    return np.asarray(followers.min(axis=0)), np.asarray(followers.max(axis=0))
