"""Rigs and clips as named arrays and back: what the artifact store can hold (see `serve.geometry.arrays`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve.motion.clip import Clip
from serve.motion.skeleton import Joint, Limit, Skeleton
from serve.motion.skin import Rig, Skin

__all__ = ["clip_from_arrays", "clip_to_arrays", "rig_from_arrays", "rig_to_arrays"]

_TRACKS = ("times_s", "translation", "rotation", "scale")


def rig_to_arrays(rig: Rig) -> dict[str, NDArray[Any]]:
    """The rig as arrays.

    Returns:
        `skeleton` uint8 [bytes]: JSON of the kind and the joints; `joints` int32 [V, 4]; `weights` float32
        [V, 4].
    """
    joints = [asdict(joint) for joint in rig.skeleton.joints]
    return {
        "skeleton": _text({"kind": rig.skeleton.kind, "joints": joints}),
        "joints": rig.skin.joints,
        "weights": rig.skin.weights,
    }


def rig_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Rig:
    """The rig of `rig_to_arrays`.

    Raises:
        KeyError: An array is missing.
    """
    told = json.loads(arrays["skeleton"].tobytes())
    joints = tuple(_joint(fields) for fields in told["joints"])
    return Rig(Skeleton(told["kind"], joints), Skin(arrays["joints"], arrays["weights"]))


def clip_to_arrays(clip: Clip) -> dict[str, NDArray[Any]]:
    """The clip as arrays.

    Returns:
        `clip` uint8 [bytes]: JSON of its name, whether it loops and its travel; `times_s`, `translation`,
        `rotation` and `scale` as in `Clip`.
    """
    words = _text({"name": clip.name, "loops": clip.loops, "travel_m_s": clip.travel_m_s})
    return {"clip": words, **{name: getattr(clip, name) for name in _TRACKS}}


def clip_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Clip:
    """The clip of `clip_to_arrays`.

    Raises:
        KeyError: An array is missing.
    """
    told = json.loads(arrays["clip"].tobytes())
    tracks = {name: arrays[name] for name in _TRACKS}
    return Clip(told["name"], loops=told["loops"], travel_m_s=tuple(told["travel_m_s"]), **tracks)


def _joint(fields: Mapping[str, Any]) -> Joint:
    limit = fields["limit"]
    hinge = None if limit["hinge"] is None else tuple(limit["hinge"])
    return Joint(
        name=fields["name"],
        role=fields["role"],
        parent=fields["parent"],
        head=tuple(fields["head"]),
        tail=tuple(fields["tail"]),
        limit=Limit(limit["swing_deg"], limit["twist_deg"], hinge, tuple(limit["hinge_deg"])),
    )


def _text(words: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(words).encode(), np.uint8)
