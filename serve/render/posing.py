"""Bends a mesh that is on the device already, frame by frame.

The BVHs are refit: their trees stay as they were built, and only the boxes grow or shrink (Wald, Boulos and
Shirley, ACM TOG 2007). Corners that share a normal in the mesh as it was built share one in every frame, so
that creases neither come nor go while the mesh bends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError
from serve.render.kernels.pose import place_corners, share_normals, share_tangents
from serve.render.scene import Scene, enclose

__all__ = ["Posing", "prepare_posing"]


@dataclass(frozen=True, slots=True)
class _Groups:
    """Corners that share a value: group g owns corners[first[g]:first[g + 1]]; int arrays on the device."""

    first: wp.array
    corners: wp.array

    @property
    def count(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Posing:
    """What a scene's bending needs and no pose changes.

    Args:
        scene: What is bent.
        used: int64, the vertices that faces have.
        corner_vertices: int [3F] on the device: the vertex of each corner.
        area_normals: vec3d [F] on the device: room for the kernels.
        smooth: Corners of one normal.
        textured: Corners of one tangent; None where no normal map asks for tangents.
    """

    scene: Scene
    used: NDArray[np.int64]
    corner_vertices: wp.array
    area_normals: wp.array
    smooth: _Groups
    textured: _Groups | None

    def pose(self, vertices: NDArray[np.float32]) -> None:
        """Bend the scene; what it was before leaves no trace.

        Args:
            vertices: float32 [V, 3], metres.

        Raises:
            InvalidRequestError: They are of another shape, or not finite.
        """
        scene = self.scene
        _check_vertices(vertices, len(scene.points))
        scene.points.assign(np.ascontiguousarray(vertices, dtype=np.float32))
        for mesh in scene.meshes:
            mesh.refit()
        enclose(scene.view, vertices[self.used])
        self._shade()

    def _shade(self) -> None:
        view, points = self.scene.view, self.scene.points
        corners, normals = view.corner_points, view.corner_normals
        _launch(
            place_corners, len(self.area_normals), [points, self.corner_vertices, corners, self.area_normals]
        )
        smooth = [self.smooth.first, self.smooth.corners]
        _launch(share_normals, self.smooth.count, [*smooth, self.area_normals, normals])
        if self.textured is not None:
            looks = self.scene.looks
            textured = [self.textured.first, self.textured.corners, corners, normals]
            _launch(share_tangents, self.textured.count, [*textured, looks.corner_uv, looks.corner_tangents])


def prepare_posing(scene: Scene) -> Posing:
    """Find out which corners go together in a scene as it was uploaded."""
    device, flat = scene.points.device, scene.faces.reshape(-1)
    labels = _labels({"vertex": flat, "normal": scene.view.corner_normals.numpy()})
    textured, uv, tangents = None, scene.looks.corner_uv, scene.looks.corner_tangents
    if uv is not None and tangents is not None:
        rows = {"normal": labels, "uv": uv.numpy(), "sign": tangents.numpy()[:, 3]}
        textured = _grouped(_labels(rows), device)
    return Posing(
        scene,
        np.unique(flat).astype(np.int64),
        wp.array(flat, dtype=wp.int32, device=device),
        wp.zeros(len(scene.faces), dtype=wp.vec3d, device=device),
        _grouped(labels, device),
        textured,
    )


def _labels(columns: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    """A label int64 [N] for each row; rows that are equal to the bit share one."""
    row = np.dtype([(name, column.dtype, column.shape[1:]) for name, column in columns.items()])
    rows = np.zeros(len(next(iter(columns.values()))), row)
    for name, column in columns.items():
        rows[name] = column
    _, labels = np.unique(rows.view(f"V{row.itemsize}"), return_inverse=True)
    return np.asarray(labels.reshape(-1), np.int64)


def _grouped(labels: NDArray[np.int64], device: Any) -> _Groups:
    first = np.concatenate([[0], np.cumsum(np.bincount(labels))])
    corners = np.argsort(labels, kind="stable")
    return _Groups(
        *(wp.array(values.astype(np.int32), dtype=wp.int32, device=device) for values in (first, corners))
    )


def _check_vertices(vertices: NDArray[np.float32], count: int) -> None:
    if vertices.shape != (count, 3):
        raise InvalidRequestError(
            f"vertices of shape {vertices.shape} do not bend a mesh of {count}", "vertices"
        )
    if not np.isfinite(vertices).all():
        raise InvalidRequestError("a bent vertex is not finite: the motion has lost it", "vertices")


def _launch(kernel: wp.Kernel, count: int, inputs: list[wp.array]) -> None:
    wp.launch(kernel, dim=count, inputs=inputs, device=inputs[0].device)
