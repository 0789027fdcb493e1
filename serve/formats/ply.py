"""PLY, binary little endian: Z up, metres, sRGB colours on faces and on vertices.

Faces carry their part's colour exactly, or what a texture or the corners' colours say in their middle. For
viewers that know no face colours, vertices carry the mean colour of their corners in the part that most of
their faces belong to (the first part on a tie). Splitting the vertices at the borders of parts would have
kept the colours sharp there too, but opened the surface.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.formats.axes import z_up
from serve.formats.checks import check_writable
from serve.formats.color import srgb_bytes
from serve.formats.sampling import corner_colors, face_colors
from serve.geometry.mesh import PartMesh, vertex_normals

__all__ = ["write_ply"]

_VERTEX = np.dtype([("position", "<f4", 3), ("normal", "<f4", 3), ("color", "u1", 3)])
_FACE = np.dtype([("corner_count", "u1"), ("corners", "<i4", 3), ("color", "u1", 3)])

_HEADER = """ply
format binary_little_endian 1.0
comment Galatea: Z up, metres, sRGB
element vertex {vertex_count}
property float x
property float y
property float z
property float nx
property float ny
property float nz
property uchar red
property uchar green
property uchar blue
element face {face_count}
property list uchar int vertex_indices
property uchar red
property uchar green
property uchar blue
end_header
"""


def write_ply(mesh: PartMesh, *, name: str) -> bytes:
    """The whole asset as one closed surface with colours.

    Args:
        mesh: The asset.
        name: Checked like every format's; PLY has no place for it.

    Returns:
        The file's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    check_writable(mesh, name)
    vertices = np.zeros(len(mesh.vertices), _VERTEX)
    vertices["position"] = z_up(mesh.vertices)
    vertices["normal"] = z_up(vertex_normals(mesh.vertices, mesh.faces))
    vertices["color"] = srgb_bytes(_vertex_colors(mesh))
    faces = np.zeros(len(mesh.faces), _FACE)
    faces["corner_count"] = 3
    faces["corners"] = mesh.faces
    faces["color"] = srgb_bytes(face_colors(mesh))
    header = _HEADER.format(vertex_count=len(vertices), face_count=len(faces))
    return header.encode("ascii") + vertices.tobytes() + faces.tobytes()


def _vertex_colors(mesh: PartMesh) -> NDArray[np.float64]:
    """Linear RGB [V, 3]: the mean over the corners whose face is of the vertex' part; black where none is."""
    counted = _majority_part(mesh)[mesh.faces] == mesh.face_part[:, None]
    vertices, colors = mesh.faces[counted], corner_colors(mesh)[counted]
    counts = np.bincount(vertices, minlength=len(mesh.vertices))
    sums = [np.bincount(vertices, colors[:, axis], len(mesh.vertices)) for axis in range(3)]
    return np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]


def _majority_part(mesh: PartMesh) -> NDArray[np.intp]:
    """The part that owns most faces around each vertex, [V]."""
    part_count = len(mesh.surfaces)
    cells = mesh.faces.astype(np.int64) * part_count + mesh.face_part[:, None]
    votes = np.bincount(cells.ravel(), minlength=len(mesh.vertices) * part_count)
    winners: NDArray[np.intp] = votes.reshape(len(mesh.vertices), part_count).argmax(axis=1)
    return winners
