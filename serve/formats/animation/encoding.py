"""An asset that moves as one GLB."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from serve.formats.animation.animated import Animation, Influences, JointTree
from serve.formats.animation.checks import check_animatable
from serve.formats.animation.document import FIRST_JOINT_NODE, Rigged, rigged_document
from serve.formats.animation.following import stored_influences
from serve.formats.animation.tracks import TrackWriter
from serve.formats.checks import check_writable
from serve.formats.glb import glb_of, pictures_inside
from serve.formats.gltf_binary import Binary
from serve.geometry.mesh import PartMesh

__all__ = ["encode_animated_glb"]


def encode_animated_glb(
    mesh: PartMesh,
    tree: JointTree,
    influences: Influences,
    animations: Sequence[Animation],
    *,
    name: str,
    compressed: bool = False,
    check: Callable[[], None] = lambda: None,
) -> bytes:
    """The asset with its joints and clips; materials, textures and vertices are those of `write_glb`.

    Readers that play nothing show the rest pose. Weights are stored in 16 bits; keys that interpolation gives
    back are left out, within the tolerances of `serve.formats.animation.tracks`. An animation says in its
    `extras` whether it `loops`, and how fast its asset would go over the ground (`travel_m_s`).

    Args:
        mesh: The asset.
        tree: Its joints in their rest pose.
        influences: What its vertices follow.
        animations: What the joints do; their names are unique. One pose that is the rest pose is left out.
        name: The root node's name.
        compressed: With EXT_meshopt_compression; `serve.formats.quantization` states the tolerances.
        check: Called before the keys of each track are chosen; raises to stop.

    Returns:
        The file's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, a name is unfit for a file, or the arrays are no
            animated mesh (see `serve.formats.animation.checks`).
    """
    check_writable(mesh, name)
    check_animatable(len(mesh.vertices), tree, influences, animations)
    binary = Binary(compressed=compressed)
    rigged = Rigged(mesh, tree, *stored_influences(influences))
    document = rigged_document(rigged, name, binary, pictures_inside(binary), compressed=compressed)
    lower, upper = mesh.bounds
    tracks = TrackWriter(tree, FIRST_JOINT_NODE, float((upper - lower).max()), binary, check)
    written = [entry for animation in animations if (entry := tracks.animation(animation)) is not None]
    if written:
        document["animations"] = written
    return glb_of(document | {"buffers": binary.buffers()}, bytes(binary.data))
