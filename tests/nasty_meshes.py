"""Meshes as the world sends them: sound ones to compare with, and broken ones of every kind, small and exact.

Each factory gives a `PartMesh`. The sound solids are closed, wind outward and have known volumes; the broken
ones are made from them by the one fault in their name. `SOUND`, `OPEN` and `BROKEN` list them by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serve.geometry.mesh import PartMesh, Surface

__all__ = [
    "BROKEN",
    "OPEN",
    "SOUND",
    "bow_tie",
    "box",
    "cloth",
    "crossing_boxes",
    "flipped",
    "flipped_and_torn",
    "hidden_indices",
    "inside_out",
    "joined",
    "mesh_of",
    "million_faces",
    "moebius_strip",
    "moved",
    "nested_shells",
    "one_triangle",
    "plain_surface",
    "soup",
    "sphere",
    "three_sheets",
    "torus",
    "two_colors",
    "two_cubes_on_a_corner",
    "two_cubes_on_an_edge",
    "with_a_bead",
    "with_a_loose_twin",
    "with_corner_data",
    "with_duplicate_faces",
    "with_duplicate_vertices",
    "with_holes",
    "with_loose_repeats",
    "with_nan_vertices",
    "with_near_duplicates",
    "with_zero_area_faces",
]

_BOX_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32,
)  # fmt: skip


def plain_surface(name: str = "body", color: tuple[float, float, float] = (0.5, 0.5, 0.5)) -> Surface:
    """A part of plastic."""
    return Surface(name, "plastic", color, 0.5, 0.0)


def mesh_of(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> PartMesh:
    """One part of these vertices and faces."""
    part = np.zeros(len(faces), np.int32)
    return PartMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32), part, (plain_surface(),))


def box(size: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> PartMesh:
    """12 faces around the origin; `size` in metres."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    return mesh_of(corners * size, _BOX_FACES)


def _quads(row_count: int, column_count: int, *, turn_rows: bool, turn_columns: bool) -> NDArray[np.int32]:
    """Two faces a cell of a grid of vertices, row-major; a turned direction closes upon itself."""
    rows = np.arange(row_count if turn_rows else row_count - 1)
    columns = np.arange(column_count if turn_columns else column_count - 1)
    row, column = (axis.reshape(-1) for axis in np.meshgrid(rows, columns, indexing="ij"))
    below, right = (row + 1) % row_count, (column + 1) % column_count
    a, b = row * column_count + column, row * column_count + right
    c, d = below * column_count + right, below * column_count + column
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)


def torus(major: float = 0.5, minor: float = 0.2, row_count: int = 32, column_count: int = 24) -> PartMesh:
    """A ring around Y; 2 * rows * columns faces."""
    around = np.linspace(0.0, 2.0 * np.pi, row_count, endpoint=False)[:, None]
    across = np.linspace(0.0, 2.0 * np.pi, column_count, endpoint=False)[None, :]
    reach = major + minor * np.cos(across)
    points = np.stack(
        np.broadcast_arrays(reach * np.cos(around), minor * np.sin(across), reach * np.sin(around)), axis=2
    )
    return mesh_of(points.reshape(-1, 3), _quads(row_count, column_count, turn_rows=True, turn_columns=True))


def sphere(radius: float = 0.5, ring_count: int = 16, column_count: int = 32) -> PartMesh:
    """A ball of rings, with a pole at each end; 2 * rings * columns faces."""
    heights = np.linspace(0.0, np.pi, ring_count + 2)[1:-1, None]
    turns = np.linspace(0.0, 2.0 * np.pi, column_count, endpoint=False)[None, :]
    rings = np.stack(
        np.broadcast_arrays(
            np.sin(heights) * np.sin(turns), np.cos(heights), np.sin(heights) * np.cos(turns)
        ),
        axis=2,
    ).reshape(-1, 3)
    sides = _quads(ring_count, column_count, turn_rows=False, turn_columns=True)[:, [0, 2, 1]]
    here, there = np.arange(column_count), (np.arange(column_count) + 1) % column_count
    last = (ring_count - 1) * column_count
    north, south = len(rings), len(rings) + 1
    caps = [np.stack([np.full(column_count, north), here, there], 1),
            np.stack([np.full(column_count, south), last + there, last + here], 1)]  # fmt: skip
    points = np.concatenate([rings, [[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]])
    return mesh_of(radius * points, np.concatenate([sides, *caps]))


def cloth(row_count: int = 20, column_count: int = 30, size_m: float = 1.0) -> PartMesh:
    """An open, gently waved sheet that faces up."""
    z, x = np.meshgrid(np.linspace(-0.5, 0.5, row_count), np.linspace(-0.5, 0.5, column_count), indexing="ij")
    points = np.stack([x, 0.05 * np.sin(6.0 * x) * np.cos(5.0 * z), z], axis=2).reshape(-1, 3)
    faces = _quads(row_count, column_count, turn_rows=False, turn_columns=False)[:, [0, 2, 1]]
    return mesh_of(size_m * points, faces)


def one_triangle() -> PartMesh:
    """The smallest mesh."""
    return mesh_of(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))


def moebius_strip(count: int = 48) -> PartMesh:
    """A band with one side: no winding of it is consistent."""
    turn = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    rims = []
    for side in (-0.15, 0.15):
        reach = 0.5 + side * np.cos(turn / 2)
        rims.append(np.stack([reach * np.cos(turn), side * np.sin(turn / 2), reach * np.sin(turn)], 1))
    i, j = np.arange(count), (np.arange(count) + 1) % count
    low_j, high_j = np.where(j == 0, count, j), np.where(j == 0, 0, j + count)
    faces = np.concatenate([np.stack([i, i + count, high_j], 1), np.stack([i, high_j, low_j], 1)])
    return mesh_of(np.concatenate(rims), faces)


def three_sheets() -> PartMesh:
    """Three squares like the pages of an open book: they share the edge of their spine."""
    spine = [[0.0, 0, 0], [0, 1, 0]]
    outer = [[np.cos(a), y, np.sin(a)] for a in (0.0, 2.1, 4.2) for y in (0.0, 1.0)]
    faces = [face for i in (2, 4, 6) for face in ([0, i, i + 1], [0, i + 1, 1])]
    return mesh_of(np.array(spine + outer), np.array(faces))


def bow_tie() -> PartMesh:
    """Two triangles that share a vertex and nothing more."""
    points = np.array([[0.0, 0, 0], [1, 0.5, 0], [1, -0.5, 0], [-1, -0.5, 0], [-1, 0.5, 0]])
    return mesh_of(points, np.array([[0, 2, 1], [0, 4, 3]]))


def moved(mesh: PartMesh, offset: tuple[float, float, float], scale: float = 1.0) -> PartMesh:
    """The mesh scaled about the origin and then moved."""
    return replace(mesh, vertices=(mesh.vertices * scale + np.array(offset)).astype(np.float32))


def joined(*meshes: PartMesh) -> PartMesh:
    """Meshes without corner data as one; each keeps its parts, renamed `part_0`, `part_1`, ..."""
    vertex_offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    part_offsets = np.cumsum([0] + [len(mesh.surfaces) for mesh in meshes])
    surfaces = [surface for mesh in meshes for surface in mesh.surfaces]
    return PartMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.faces + o for m, o in zip(meshes, vertex_offsets, strict=False)]).astype(np.int32),
        np.concatenate([m.face_part + o for m, o in zip(meshes, part_offsets, strict=False)]).astype(
            np.int32
        ),
        tuple(replace(surface, name=f"part_{index}") for index, surface in enumerate(surfaces)),
    )


def two_cubes_on_an_edge() -> PartMesh:
    """Two cubes whose edge along Y is one: four faces meet there."""
    return _merged(box(), moved(box(), (1.0, 0.0, 1.0)))


def two_cubes_on_a_corner() -> PartMesh:
    """Two cubes that share one vertex."""
    return _merged(box(), moved(box(), (1.0, 1.0, 1.0)))


def _merged(first: PartMesh, second: PartMesh) -> PartMesh:
    """Both as one part, vertices at equal places being one."""
    both = joined(first, second)
    vertices, place = np.unique(both.vertices, axis=0, return_inverse=True)
    return mesh_of(vertices, place.reshape(-1)[both.faces])


def crossing_boxes() -> PartMesh:
    """Two boxes that cross, a part each, neither along the other's axes."""
    turned = box((0.5, 2.0, 0.4))
    angle = 0.5
    spin = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return joined(box(), replace(turned, vertices=(turned.vertices @ spin.T).astype(np.float32)))


def nested_shells() -> PartMesh:
    """A hollow box: its outer shell winds outward, its void inward, and a solid box floats in the void."""
    void = flipped(box((0.8, 0.8, 0.8)))
    shells = joined(box(), void, box((0.3, 0.3, 0.3)))
    return replace(shells, face_part=np.zeros(len(shells.faces), np.int32), surfaces=(plain_surface(),))


def flipped(mesh: PartMesh, share: float = 1.0) -> PartMesh:
    """The mesh with a share of its faces turned over; corner data go with their corners."""
    chosen = np.random.default_rng(7).random(len(mesh.faces)) < share
    order = np.where(chosen[:, None], [0, 2, 1], [0, 1, 2])
    rows = np.arange(len(mesh.faces))[:, None]
    return replace(
        mesh,
        faces=mesh.faces[rows, order],
        corner_color=None if mesh.corner_color is None else mesh.corner_color[rows, order],
        corner_uv=None if mesh.corner_uv is None else mesh.corner_uv[rows, order],
    )


def inside_out() -> PartMesh:
    """A torus that winds inward all over."""
    return flipped(torus())


def with_holes(mesh: PartMesh | None = None, hole_count: int = 6, ring_count: int = 1) -> PartMesh:
    """The mesh without the faces around some vertices that are far apart.

    Args:
        mesh: Closed; a torus without one.
        hole_count: How many.
        ring_count: How far each hole reaches, in rings of faces.
    """
    mesh = mesh or torus()
    gone = np.zeros(len(mesh.vertices), bool)
    gone[np.linspace(0, len(mesh.vertices), hole_count, endpoint=False).astype(int)] = True
    for _ in range(ring_count - 1):
        gone[mesh.faces[gone[mesh.faces].any(axis=1)]] = True
    return _faces_where(mesh, ~gone[mesh.faces].any(axis=1))


def _faces_where(mesh: PartMesh, keep: NDArray[np.bool_]) -> PartMesh:
    return replace(
        mesh,
        faces=mesh.faces[keep],
        face_part=mesh.face_part[keep],
        corner_color=None if mesh.corner_color is None else mesh.corner_color[keep],
        corner_uv=None if mesh.corner_uv is None else mesh.corner_uv[keep],
    )


def flipped_and_torn() -> PartMesh:
    """A ball with a third of its faces turned over and six holes."""
    return with_holes(flipped(sphere(), 0.33))


def soup(mesh: PartMesh | None = None) -> PartMesh:
    """The mesh with three vertices for each face, as an STL file has it."""
    mesh = mesh or torus()
    faces = np.arange(mesh.faces.size, dtype=np.int32).reshape(-1, 3)
    return replace(mesh, vertices=mesh.vertices[mesh.faces].reshape(-1, 3), faces=faces)


def with_duplicate_vertices() -> PartMesh:
    """A ball cut along every ring into vertices at equal places."""
    ball = sphere()
    twice = np.concatenate([ball.vertices, ball.vertices])
    second = ball.faces + np.where(np.arange(len(ball.faces)) % 2, len(ball.vertices), 0)[:, None]
    return replace(ball, vertices=twice, faces=second.astype(np.int32))


def with_near_duplicates(spread_m: float = 1e-7) -> PartMesh:
    """A soup whose vertices are off by rounding."""
    loose = soup(sphere())
    noise = np.random.default_rng(3).uniform(-spread_m, spread_m, loose.vertices.shape)
    return replace(loose, vertices=(loose.vertices + noise).astype(np.float32))


def with_duplicate_faces() -> PartMesh:
    """A torus with every tenth face there twice, and every twentieth a third time, turned over."""
    ring = torus()
    again, over = ring.faces[::10], ring.faces[::20, [0, 2, 1]]
    return mesh_of(ring.vertices, np.concatenate([ring.faces, again, over]))


def with_a_loose_twin() -> PartMesh:
    """A sphere of which one face hangs loose, there twice on three vertices of its own."""
    ball = sphere()
    count, corners = len(ball.vertices), ball.vertices[ball.faces[100]]
    twin = np.array([[count, count + 1, count + 2]] * 2)
    faces = np.concatenate([np.delete(ball.faces, 100, axis=0), twin])
    return mesh_of(np.concatenate([ball.vertices, corners]), faces)


def with_loose_repeats() -> PartMesh:
    """A torus with every tenth face once more, on vertices of its own, and half of those turned over."""
    ring = torus()
    again = np.concatenate([ring.faces[::20], ring.faces[10::20, ::-1]])
    return joined(ring, mesh_of(ring.vertices[again].reshape(-1, 3), np.arange(again.size).reshape(-1, 3)))


def with_zero_area_faces() -> PartMesh:
    """A torus with faces that name a vertex twice, and needles of three points on a line."""
    ring = torus()
    first = ring.faces[::16]
    points = np.concatenate([ring.vertices, [[2.0, 0, 0], [2.1, 0, 0], [2.3, 0, 0]]])
    count = len(ring.vertices)
    needles = [[count, count + 1, count + 2], [count, count + 2, count + 1]]
    return mesh_of(points, np.concatenate([ring.faces, first[:, [0, 1, 1]], needles]))


def with_nan_vertices() -> PartMesh:
    """A torus with a vertex that is no number, and two that are infinite."""
    ring = torus()
    vertices = ring.vertices.copy()
    vertices[5, 1], vertices[99, 0], vertices[200, 2] = np.nan, np.inf, -np.inf
    return replace(ring, vertices=vertices)


def hidden_indices() -> PartMesh:
    """A torus with faces that name vertices which do not exist."""
    ring = torus()
    wrong = np.array([[0, 1, 10**6], [-1, 0, 1], [2, 3, len(ring.vertices)]])
    return mesh_of(ring.vertices, np.concatenate([ring.faces, wrong]))


def with_a_bead() -> PartMesh:
    """A box of a metre with a crumb of two millimetres beside it."""
    return _as_one_part(joined(box(), moved(sphere(0.001, 4, 6), (0.8, 0.0, 0.0))))


def _as_one_part(mesh: PartMesh) -> PartMesh:
    return replace(mesh, face_part=np.zeros(len(mesh.faces), np.int32), surfaces=(plain_surface(),))


def two_colors(mesh: PartMesh | None = None) -> PartMesh:
    """The mesh in two parts: what lies left of its middle, and what lies right of it."""
    mesh = mesh or sphere(ring_count=40, column_count=80)
    right = mesh.vertices[mesh.faces].mean(axis=1)[:, 0] > float(mesh.vertices[:, 0].mean())
    surfaces = (plain_surface("left", (0.8, 0.05, 0.05)), plain_surface("right", (0.05, 0.1, 0.8)))
    return replace(mesh, face_part=right.astype(np.int32), surfaces=surfaces)


def with_corner_data(mesh: PartMesh) -> PartMesh:
    """The mesh with a colour and a texture coordinate at each corner that follow from the place alone."""
    points = mesh.vertices[mesh.faces]
    lower, upper = (np.nan_to_num(bound) for bound in mesh.bounds)
    shares = (points - lower) / np.maximum(upper - lower, 1e-9)
    return replace(
        mesh,
        corner_color=np.clip(shares, 0.0, 1.0).astype(np.float32),
        corner_uv=np.clip(shares[..., [0, 2]], 0.0, 1.0).astype(np.float32),
    )


def million_faces() -> PartMesh:
    """A torus of 1,000,000 faces."""
    return torus(row_count=1000, column_count=500)


SOUND: dict[str, Callable[[], PartMesh]] = {
    "box": box,
    "sphere": sphere,
    "torus": torus,
    "two_colors": two_colors,
}

OPEN: dict[str, Callable[[], PartMesh]] = {
    "cloth": cloth,
    "moebius_strip": moebius_strip,
    "one_triangle": one_triangle,
}

BROKEN: dict[str, Callable[[], PartMesh]] = {
    "bow_tie": bow_tie,
    "crossing_boxes": crossing_boxes,
    "flipped_and_torn": flipped_and_torn,
    "half_flipped": lambda: flipped(sphere(), 0.5),
    "hidden_indices": hidden_indices,
    "inside_out": inside_out,
    "nested_shells": nested_shells,
    "soup": soup,
    "three_sheets": three_sheets,
    "two_cubes_on_a_corner": two_cubes_on_a_corner,
    "two_cubes_on_an_edge": two_cubes_on_an_edge,
    "with_a_bead": with_a_bead,
    "with_a_loose_twin": with_a_loose_twin,
    "with_duplicate_faces": with_duplicate_faces,
    "with_duplicate_vertices": with_duplicate_vertices,
    "with_holes": with_holes,
    "with_loose_repeats": with_loose_repeats,
    "with_nan_vertices": with_nan_vertices,
    "with_near_duplicates": with_near_duplicates,
    "with_zero_area_faces": with_zero_area_faces,
}
