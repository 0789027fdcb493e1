"""Figures made of blocks, with skeletons and skins: what motions are tried on, whose every size is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from serve.geometry.mesh import PartMesh, Surface
from serve.motion.skeleton import Joint, Limit, Skeleton
from serve.motion.skin import Rig, Skin

_TRIANGLES = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7]]
_SIDES = np.array([*_TRIANGLES, [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]])
KNEE = Limit(hinge=(1.0, 0.0, 0.0), hinge_deg=(0.0, 150.0))
FREE = Limit()
ELBOW = Limit(hinge=(1.0, 0.0, 0.0), hinge_deg=(-150.0, 0.0))
BIRD_KNEE = Limit(hinge=(1.0, 0.0, 0.0), hinge_deg=(-120.0, 0.0))


def blocks(boxes):
    """One box for each joint: ((low), (high)); corners x fastest, then y, then z."""
    corners = np.array([[(k & 1), (k >> 1) & 1, k >> 2] for k in range(8)], np.float64)
    vertices = [np.asarray(low) + corners * (np.asarray(high) - np.asarray(low)) for low, high in boxes]
    faces = [_SIDES + 8 * k for k in range(len(boxes))]
    surfaces = tuple(Surface(f"part_{k}", "plastic", (0.5, 0.4, 0.3), 0.5, 0.0) for k in range(len(boxes)))
    parts = np.repeat(np.arange(len(boxes), dtype=np.int32), 12)
    return PartMesh(
        np.concatenate(vertices).astype(np.float32), np.concatenate(faces).astype(np.int32), parts, surfaces
    )


def build(kind, joints, boxes):
    """A rig whose every box follows the joint of the same place, and its mesh."""
    owners = np.repeat(np.arange(len(boxes), dtype=np.int32), 8)
    skin_joints = np.zeros((len(owners), 4), np.int32)
    skin_joints[:, 0] = owners
    weights = np.zeros((len(owners), 4), np.float32)
    weights[:, 0] = 1.0
    return Rig(Skeleton(kind, tuple(joints)), Skin(skin_joints, weights)), blocks(boxes)


def turned_left(rig, mesh):
    """The same after a quarter turn to its left: it looks to +X."""

    def turn(point):
        x, y, z = point
        return (z, y, -x)

    joints = []
    for joint in rig.skeleton.joints:
        limit = (
            joint.limit if joint.limit.hinge is None else replace(joint.limit, hinge=turn(joint.limit.hinge))
        )
        joints.append(replace(joint, head=turn(joint.head), tail=turn(joint.tail), limit=limit))
    vertices = np.stack(turn(mesh.vertices.T), axis=1)
    return Rig(Skeleton(rig.skeleton.kind, tuple(joints)), rig.skin), replace(mesh, vertices=vertices)


def excess_deg(limit, bone, turns):
    """By how much quaternions [K, 4] go beyond a limit, [K], by SciPy: 0 within it."""
    taken, along = Rotation.from_quat(turns), np.asarray(bone, float) / np.linalg.norm(bone)
    if limit.hinge is not None:
        about = taken.as_rotvec(degrees=True) @ limit.hinge
        aside = (Rotation.from_rotvec(np.outer(about, limit.hinge), degrees=True).inv() * taken).magnitude()
        low, high = limit.hinge_deg
        return np.degrees(aside) + np.maximum(np.maximum(low - about, about - high), 0.0)
    ends = taken.apply(along)
    swing_rad = np.arctan2(np.linalg.norm(np.cross(along, ends), axis=1), ends @ along)
    axes = np.cross(along, ends) / np.maximum(np.linalg.norm(np.cross(along, ends), axis=1), 1e-30)[:, None]
    twist = Rotation.from_rotvec(swing_rad[:, None] * axes).inv() * taken
    beyond = np.degrees([swing_rad, twist.magnitude()]) - [[limit.swing_deg], [limit.twist_deg]]
    return np.maximum(beyond, 0.0).max(axis=0)


def around(low, high, thick):
    """A box around a bone."""
    low, high = np.minimum(low, high), np.maximum(low, high)
    return low - np.asarray(thick) / 2.0, high + np.asarray(thick) / 2.0


class _Blocks:
    """Collects the joints of a figure and a box around each; all sizes times `scale`."""

    def __init__(self, scale):
        self.scale, self.joints, self.boxes = scale, [], []

    def add(self, role, parent, bone, thick, *, limit=FREE, box=None):
        """A joint, named by its role, from the first end of a bone to the other; `parent` is a role."""
        head, tail = np.multiply(bone, self.scale)
        at = next((k for k, joint in enumerate(self.joints) if joint.role == parent), -1)
        self.joints.append(Joint(role, role, at, tuple(head), tuple(tail), limit))
        own = around(head, tail, np.multiply(thick, self.scale))
        self.boxes.append(own if box is None else np.multiply(box, self.scale))


def biped(scale=1.0, arms_out=False):
    """A man of 1.8 m times scale, feet to the front, arms down or stretched out."""
    man = _Blocks(scale)
    man.add("hips", "", ((0, 0.95, 0), (0, 1.1, 0)), (0.3, 0.1, 0.2))
    man.add("spine", "hips", ((0, 1.1, 0), (0, 1.3, 0)), (0.26, 0.1, 0.16))
    man.add("chest", "spine", ((0, 1.3, 0), (0, 1.5, 0)), (0.34, 0.1, 0.2))
    man.add("neck", "chest", ((0, 1.5, 0), (0, 1.6, 0)), 0.08)
    man.add("head", "neck", ((0, 1.6, 0), (0, 1.75, 0)), (0.16, 0.1, 0.2))
    for side, x in (("left", 1.0), ("right", -1.0)):
        way = np.array([x, 0.0, 0.0]) if arms_out else np.array([0.0, -1.0, 0.0])
        shoulder, elbow, wrist, tip = ((x * 0.23, 1.45, 0.0) + far * way for far in (0.0, 0.3, 0.58, 0.7))
        man.add(f"upper_arm.{side}", "chest", (shoulder, elbow), 0.08)
        # Elbows fold to the front.
        elbows = Limit(hinge=(0.0, -x, 0.0), hinge_deg=(0.0, 150.0)) if arms_out else ELBOW
        man.add(f"lower_arm.{side}", f"upper_arm.{side}", (elbow, wrist), 0.07, limit=elbows)
        man.add(f"hand.{side}", f"lower_arm.{side}", (wrist, tip), 0.06)
        hip, knee, ankle, toes = (
            (x * 0.1, *rest) for rest in ((0.92, 0), (0.5, 0.01), (0.09, 0), (0.04, 0.16))
        )
        man.add(f"upper_leg.{side}", "hips", (hip, knee), 0.11)
        man.add(f"lower_leg.{side}", f"upper_leg.{side}", (knee, ankle), 0.09, limit=KNEE)
        sole = ((x * 0.1 - 0.05, 0.0, -0.07), (x * 0.1 + 0.05, 0.1, 0.18))
        man.add(f"foot.{side}", f"lower_leg.{side}", (ankle, toes), 0.1, box=sole)
    return build("biped", man.joints, man.boxes)


def quadruped(scale=1.0):
    """A dog of 0.7 m times scale; its legs end in paws without joints."""
    dog = _Blocks(scale)
    dog.add("hips", "", ((0, 0.45, -0.3), (0, 0.45, -0.1)), (0.2, 0.18, 0.05))
    dog.add("spine", "hips", ((0, 0.45, -0.1), (0, 0.45, 0.1)), (0.18, 0.17, 0.02))
    dog.add("chest", "spine", ((0, 0.45, 0.1), (0, 0.47, 0.3)), (0.2, 0.2, 0.05))
    dog.add("neck", "chest", ((0, 0.5, 0.3), (0, 0.6, 0.38)), (0.1, 0.08, 0.08))
    dog.add("head", "neck", ((0, 0.62, 0.4), (0, 0.62, 0.55)), (0.13, 0.12, 0.1))
    dog.add("tail", "hips", ((0, 0.5, -0.32), (0, 0.56, -0.44)), 0.04)
    dog.add("tail.2", "tail", ((0, 0.56, -0.44), (0, 0.64, -0.54)), 0.04)
    for side, x in (("left", 0.08), ("right", -0.08)):
        for end, trunk, z, limit in (("front", "chest", 0.25, ELBOW), ("hind", "hips", -0.25, KNEE)):
            top, bend, tip = (x, 0.42, z), (x, 0.22, z), (x, 0.025, z)
            dog.add(f"{end}_upper_leg.{side}", trunk, (top, bend), (0.07, 0.05, 0.08))
            dog.add(f"{end}_lower_leg.{side}", f"{end}_upper_leg.{side}", (bend, tip), 0.05, limit=limit)
    return build("quadruped", dog.joints, dog.boxes)


def bird(scale=1.0):
    """A bird of 1 m span times scale, its wings out, with legs."""
    robin = _Blocks(scale)
    robin.add("body", "", ((0, 0.3, -0.12), (0, 0.3, 0.14)), 0.1)
    robin.add("head", "body", ((0, 0.37, 0.18), (0, 0.38, 0.28)), (0.08, 0.08, 0.02))
    robin.add("tail", "body", ((0, 0.3, -0.15), (0, 0.29, -0.3)), (0.1, 0.02, 0.02))
    for side, x in (("left", 1.0), ("right", -1.0)):
        first, second, tip = (x * 0.05, 0.33, 0), (x * 0.25, 0.34, 0), (x * 0.5, 0.33, -0.03)
        robin.add(f"wing.{side}", "body", (first, second), (0.0, 0.02, 0.16))
        robin.add(f"wing.{side}.2", f"wing.{side}", (second, tip), (0.0, 0.015, 0.12))
        hip, knee, foot = (x * 0.04, 0.26, 0), (x * 0.04, 0.14, 0), (x * 0.04, 0.02, 0)
        robin.add(f"upper_leg.{side}", "body", (hip, knee), 0.03)
        robin.add(f"lower_leg.{side}", f"upper_leg.{side}", (knee, foot), 0.02, limit=BIRD_KNEE)
    return build("bird", robin.joints, robin.boxes)


def snake(link_count=12, length_m=1.2):
    """A chain along Z, its head to the front; the root is the head."""
    step = length_m / link_count
    joints, boxes = [], []
    for k in range(link_count):
        head, tail = (0.0, 0.04, -step * k), (0.0, 0.04, -step * (k + 1))
        joints.append(Joint(f"link_{k}", "link" if k == 0 else f"link.{k + 1}", k - 1, head, tail))
        boxes.append(around(np.array(head), np.array(tail), (0.08, 0.08, 0.0)))
    return build("chain", joints, boxes)


def wheel(radius_m, centre, joint, parts):
    """The corners of a drum along X with 16 sides."""
    angles = np.arange(16) * np.pi / 8.0
    rim = np.stack([np.zeros(16), radius_m * np.cos(angles), radius_m * np.sin(angles)], axis=1) + centre
    parts.append((np.concatenate([rim + np.array([x, 0, 0]) for x in (-0.04, 0.04)]), joint))


def car(radii_m=(0.15, 0.15)):
    """A body on four wheels, the front ones of the first radius; it drives to +Z."""
    joints = [Joint("body", "body", -1, (0, 0.3, 0), (0, 0.3, 0.3))]
    parts = [(np.asarray(blocks([((-0.3, 0.2, -0.6), (0.3, 0.5, 0.6))]).vertices), 0)]
    for radius_m, z in zip(radii_m, (0.4, -0.4), strict=True):
        for side, x in (("left", 0.34), ("right", -0.34)):
            centre = (x, radius_m, z)
            joints.append(Joint(f"wheel_{side}_{z:g}", "wheel", 0, centre, (x + 0.05, radius_m, z)))
            wheel(radius_m, np.array(centre), len(joints) - 1, parts)
    vertices = np.concatenate([points for points, _ in parts]).astype(np.float32)
    owners = np.concatenate([np.full(len(points), joint, np.int32) for points, joint in parts])
    count = len(vertices) // 4 * 4 - 2
    faces = np.stack([np.arange(count), np.arange(count) + 1, np.arange(count) + 2], axis=1).astype(np.int32)
    surfaces = (Surface("body", "plastic", (0.5, 0.1, 0.1), 0.5, 0.0),)
    mesh = PartMesh(vertices, faces, np.zeros(len(faces), np.int32), surfaces)
    skin_joints, weights = np.zeros((len(owners), 4), np.int32), np.zeros((len(owners), 4), np.float32)
    skin_joints[:, 0], weights[:, 0] = owners, 1.0
    return Rig(Skeleton("vehicle", tuple(joints)), Skin(skin_joints, weights)), mesh


def stack_of_parts():
    """Four blocks that stand on each other, two of them around one middle."""
    boxes = [
        ((-0.3, 0, -0.3), (0.3, 0.2, 0.3)),
        ((-0.1, 0.2, -0.1), (0.1, 0.6, 0.1)),
        ((-0.3, 0.6, -0.2), (0.2, 0.9, 0.2)),
        ((-0.2, 0.65, -0.1), (0.1, 0.85, 0.1)),
    ]
    roles = ("body", "link", "link.2", "link.3")
    joints = [
        Joint(role, role, k - 1, (0, 0.2 * k + 0.05, 0), (0, 0.2 * k + 0.2, 0))
        for k, role in enumerate(roles)
    ]
    return build("parts", joints, boxes)


def block(low=(-0.2, 0.0, -0.3), high=(0.3, 0.8, 0.3)):
    """One box of one joint."""
    return build("rigid", [Joint("body", "body", -1, (0.05, 0.1, 0.0), (0.05, 0.5, 0.0))], [(low, high)])


def lying(joint):
    """The joint of a leg, turned to the front about its hip's height."""
    head, tail = ((x, 0.92, 0.92 - y) for x, y, _ in (joint.head, joint.tail))
    return Joint(joint.name, joint.role, joint.parent, head, tail, joint.limit)
