"""It turns about the vertical through its middle, as on a table."""

from __future__ import annotations

from serve.motion.clip import Clip
from serve.motion.presets.actor import Actor
from serve.motion.presets.keys import Keys, Y
from serve.motion.presets.timing import Timing

__all__ = ["spin"]

_TURN_S = 4.0


def spin(actor: Actor, timing: Timing) -> Clip:
    """Whole turns at an even speed, counter-clockwise from above."""
    rounds = timing.rounds(_TURN_S)
    keys = Keys(actor.skeleton, len(timing.times_s))
    keys.turn_all(actor.base, Y, 360.0 * rounds.count * timing.share)
    return keys.to_clip("spin", timing, loops=rounds.loops)
