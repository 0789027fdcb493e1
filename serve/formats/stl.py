"""STL, binary: Z up, geometry only.

The format names no unit. Galatea writes metres, as everywhere; most slicers take the numbers for millimetres
and offer to scale by 1000 on import.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from serve.formats.axes import z_up
from serve.formats.checks import check_writable
from serve.geometry.mesh import PartMesh

__all__ = ["write_stl"]

# Must not begin with "solid", by which readers know the text form.
_HEADER = b"Galatea binary STL, Z up, metres".ljust(80)
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(mesh: PartMesh, *, name: str) -> bytes:
    """The whole asset as loose triangles; shared corners are equal to the bit.

    Args:
        mesh: The asset.
        name: Checked like every format's; the header is constant.

    Returns:
        The file's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    check_writable(mesh, name)
    corners = z_up(mesh.vertices)[mesh.faces]
    facets = np.zeros(len(corners), _FACET)
    facets["normal"] = _facet_normals(corners)
    facets["corners"] = corners
    return _HEADER + struct.pack("<I", len(facets)) + facets.tobytes()


def _facet_normals(corners: NDArray[np.float32]) -> NDArray[np.float64]:
    """Unit normals [F, 3] of triangles [F, 3, 3]; zero where a triangle has no area, as the format allows."""
    exact = corners.astype(np.float64)
    normals = np.cross(exact[:, 1] - exact[:, 0], exact[:, 2] - exact[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return normals / np.where(lengths > 0.0, lengths, 1.0)
