"""Assets that move, made by hand, bending or not; and where their vertices should be, by SciPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import trimesh
from scipy.spatial.transform import Rotation, Slerp

from serve.formats import animation as animated
from serve.formats.parts import written_parts
from serve.geometry.mesh import PartMesh
from tests.format_corpus import GLASS, METAL, WOOD, asset, maps, textured

__all__ = ["MOVING", "Moving", "arm", "corners_at", "explosion", "still", "turning"]


@dataclass(frozen=True)
class Moving:
    """What `encode_animated_glb` takes."""

    mesh: PartMesh
    tree: animated.JointTree
    influences: animated.Influences
    animations: tuple[animated.Animation, ...]

    def glb(self, **options) -> bytes:
        given = (self.mesh, self.tree, self.influences, self.animations)
        return animated.encode_animated_glb(*given, name="puppet", **options)


def still(tree, times_s, name="clip", **given):
    """An animation of the rest pose; `given` names the tracks that are other than at rest."""
    shape = (len(times_s), len(tree.names))
    tracks = {
        "translation": np.broadcast_to(tree.offsets, (*shape, 3)).astype(np.float32),
        "rotation": np.tile(np.float32([0, 0, 0, 1]), (*shape, 1)),
        "scale": np.ones((*shape, 3), np.float32),
    }
    return animated.Animation(name, np.float32(times_s), loops=True, **tracks | given)


def turning(joint_count, key_count, seed=7, largest_rad=0.6):
    """Smooth turns float32 [K, J, 4] that begin where they end."""
    rng = np.random.default_rng(seed)
    phase = np.linspace(0.0, 2.0 * np.pi, key_count)[:, None, None]
    angles = largest_rad * np.sin(phase + rng.uniform(0, 6, (joint_count, 3)))
    quaternions = Rotation.from_rotvec(angles.reshape(-1, 3)).as_quat().reshape(key_count, joint_count, 4)
    # Half of them with the other sign: the same turns, but the long way round for who does not look.
    return (quaternions * rng.choice([-1.0, 1.0], (key_count, 1, 1))).astype(np.float32)


def arm(joint_count=5, key_count=46, mesh=None) -> Moving:
    """A bar along Y of three materials that bends between joints in a chain, which turn, move and grow."""
    bar = trimesh.creation.box((0.2, 1.0, 0.3)).subdivide().subdivide().subdivide()
    mesh = mesh or asset(bar, WOOD, METAL, GLASS)
    heads = np.stack(
        [np.zeros(joint_count), np.linspace(-0.5, 0.4, joint_count), np.zeros(joint_count)], axis=1
    )
    index = np.arange(joint_count, dtype=np.int32)
    parents = np.where(index < 6, index - 1, 0).astype(
        np.int32
    )  # those beyond a short chain hang on the root
    tree = animated.JointTree(tuple(f"link.{index}" for index in range(joint_count)), parents, heads)
    times_s = np.linspace(0.0, 1.5, key_count)
    wave = np.sin(times_s * 4 * np.pi / 3)[:, None, None]
    moves = (tree.offsets + 0.05 * wave).astype(np.float32)
    sizes = np.broadcast_to(1.0 + 0.1 * wave, (key_count, joint_count, 3)).astype(np.float32)
    bend = still(
        tree, times_s, "bend", translation=moves, scale=sizes, rotation=turning(joint_count, key_count)
    )
    some = key_count // 3 + 1
    nod = still(tree, times_s[:some], "nod", rotation=turning(joint_count, some, seed=8, largest_rad=1.2))
    return Moving(mesh, tree, _near(mesh, heads), (bend, replace(nod, loops=False)))


def _near(mesh, heads) -> animated.Influences:
    """Each vertex follows the four joints that are nearest."""
    distances = np.linalg.norm(mesh.vertices[:, None] - heads, axis=2)
    joints = np.argsort(distances, axis=1)[:, :4].astype(np.int32)
    weights = np.exp(-12.0 * np.take_along_axis(distances, joints, axis=1))
    return animated.Influences(joints, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32))


def explosion() -> Moving:
    """A ball in three slices that fly apart and turn, none of which bends; the lowest is the root's."""
    ball = trimesh.creation.icosphere(subdivisions=3).apply_translation((0.3, 1.2, -0.4))
    pieces = [_slice(ball, part) for part in range(3)]
    joined = trimesh.util.concatenate(pieces)
    counts = [len(piece.faces) for piece in pieces]
    faces_part = np.repeat(np.arange(3, dtype=np.int32), counts)
    mesh = PartMesh(
        joined.vertices.astype(np.float32), joined.faces.astype(np.int32), faces_part, (WOOD, METAL, GLASS)
    )
    heads = np.array([piece.vertices.mean(axis=0) for piece in pieces])
    tree = animated.JointTree(("base", "middle", "top"), np.int32([-1, 0, 0]), heads)
    vertex_part = np.repeat(np.arange(3, dtype=np.int32), [len(piece.vertices) for piece in pieces])
    joints = np.stack([vertex_part, *np.zeros((3, len(vertex_part)), np.int32)], axis=1)
    times_s = np.linspace(0.0, 2.0, 61)
    away = np.array([[0, 0, 0], [0.5, 0.2, 0], [0, 0.8, 0.4]]) * np.sin(times_s)[:, None, None]
    moves = (tree.offsets + away).astype(np.float32)
    apart = still(tree, times_s, "apart", translation=moves, rotation=turning(3, 61))
    return Moving(mesh, tree, animated.Influences(joints, np.float32(joints * 0 + [1, 0, 0, 0])), (apart,))


def _slice(ball, part):
    heights = ball.triangles_center[:, 1]
    edges = np.linspace(heights.min(), heights.max() + 1e-6, 4)
    chosen = np.flatnonzero((heights >= edges[part]) & (heights < edges[part + 1]))
    return ball.submesh([chosen], append=True)


def _painted() -> Moving:
    shape = textured(asset(trimesh.creation.icosphere(subdivisions=3), WOOD, METAL), (maps(64),))
    return arm(4, mesh=replace(shape, vertices=shape.vertices * np.float32(0.5)))


MOVING: dict[str, Callable[[], Moving]] = {
    "bends": arm,
    "bends, 300 joints": lambda: arm(300, 12),
    "flies apart": explosion,
    "textured": _painted,
}


def corners_at(moving: Moving, animation: animated.Animation, time_s: float) -> dict[str, np.ndarray]:
    """The corners of all faces by parts, float64 [3F, 3] each: linear blending in float64."""
    matrices = _joint_matrices(moving.tree, animation, time_s)
    weights = moving.influences.weights.astype(np.float64)
    weights /= weights.sum(axis=1, keepdims=True)
    blended = np.einsum("vk,vkij->vij", weights, matrices[moving.influences.joints])
    placed = np.concatenate([moving.mesh.vertices, np.ones((len(weights), 1))], axis=1)
    moved = np.einsum("vij,vj->vi", blended, placed)[:, :3]
    faces = {part.surface.name: moving.mesh.faces[part.face_indices] for part in written_parts(moving.mesh)}
    return {name: moved[corners].reshape(-1, 3) for name, corners in faces.items()}


def _joint_matrices(tree, animation, time_s):
    """From the rest pose to the pose at an instant, [J, 4, 4]."""
    placed = np.zeros((len(tree.names), 4, 4))
    for joint, parent in enumerate(tree.parents):
        local = np.eye(4)
        local[:3, :3] = _turn(animation, joint, time_s) * _at(animation, animation.scale, joint, time_s)
        local[:3, 3] = _at(animation, animation.translation, joint, time_s)
        placed[joint] = local if parent < 0 else placed[parent] @ local
    inverse = np.tile(np.eye(4), (len(placed), 1, 1))
    inverse[:, :3, 3] = -tree.heads
    return placed @ inverse


def _at(animation, track, joint, time_s):
    return np.array([np.interp(time_s, animation.times_s, track[:, joint, axis]) for axis in range(3)])


def _turn(animation, joint, time_s):
    turns = Rotation.from_quat(animation.rotation[:, joint])
    if len(animation.times_s) == 1:
        return turns[0].as_matrix()
    return Slerp(animation.times_s, turns)([np.clip(time_s, *animation.times_s[[0, -1]])])[0].as_matrix()
