"""glTF 2.0, as GLB, as JSON with its buffers inside, or in an archive: a piece for each node and material.

Cameras, lights, animations, morph targets and emission are no mesh and are left out; a skin is left in the
pose that the file has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.formats.reading.files import ALONE, Files
from serve.formats.reading.gltf_document import GltfDocument, open_glb, open_gltf
from serve.formats.reading.gltf_json import Record
from serve.formats.reading.gltf_materials import GltfMaterials
from serve.formats.reading.gltf_nodes import Placed, placed_nodes, transform
from serve.formats.reading.gltf_primitives import Primitive, read_primitive
from serve.formats.reading.gltf_skins import joint_matrices, skin_positions
from serve.formats.reading.limits import LIMITS, Tally
from serve.formats.reading.pieces import Loose, Piece
from serve.geometry.materials import MATERIALS

__all__ = ["read_glb", "read_gltf"]

_REMEDY = "reduce it before it is sent"
_WORDS = frozenset(material.name for material in MATERIALS)


def read_glb(data: bytes, files: Files = ALONE) -> Loose:
    """The scene of a GLB.

    Raises:
        UnreadableMeshError: The file is damaged, too large, or asks for what is not here.
    """
    return _Reader(open_glb(data, files)).read()


def read_gltf(data: bytes, files: Files = ALONE) -> Loose:
    """The scene of a `.gltf` file.

    Raises:
        UnreadableMeshError: The file is damaged, too large, or asks for what is not here.
    """
    return _Reader(open_gltf(data, files)).read()


class _Reader:
    def __init__(self, document: GltfDocument) -> None:
        self._document = document
        self._materials = GltfMaterials(document)
        self._primitives: dict[int, list[Primitive | None]] = {}
        self._faces = Tally(LIMITS.face_count, "faces", _REMEDY)
        self._vertices = Tally(LIMITS.vertex_count, "vertices", _REMEDY)
        self._parts = Tally(LIMITS.part_count, "parts", "join some before it is sent")
        self._read = Tally(3 * LIMITS.vertex_count, "values in its meshes", _REMEDY)
        self._warnings: list[str] = []

    def read(self) -> Loose:
        """Everything in the scene."""
        placed = placed_nodes(self._document)
        matrices = {place.index: place.matrix for place in placed}
        pieces = [
            piece for place in placed if "mesh" in place.node for piece in self._pieces(place, matrices)
        ]
        return Loose(tuple(pieces), "y", (*self._warnings, *self._materials.warnings))

    def _pieces(self, place: Placed, matrices: dict[int, NDArray[np.float64]]) -> list[Piece]:
        mesh = self._document.item("meshes", place.node.whole("mesh"))
        if "EXT_mesh_gpu_instancing" in place.node.record("extensions"):
            self._warnings.append("Of nodes that are shown many times over, one each was kept.")
        name = place.node.text("name") or mesh.text("name")
        word = _word(place.node)
        pieces = []
        for primitive in self._read_mesh(place.node.whole("mesh"), mesh):
            if primitive is None:
                self._warnings.append("Points and lines of the glTF file were left out.")
                continue
            self._count(primitive)
            pieces.append(self._piece(name, word, primitive, place, matrices))
        return pieces

    def _read_mesh(self, index: int, mesh: Record) -> list[Primitive | None]:
        """Once, however many nodes show it."""
        if index not in self._primitives:
            self._primitives[index] = []
            for row in mesh.records("primitives"):
                primitive = read_primitive(self._document, row)
                self._primitives[index].append(primitive)
                # Any number of primitives may show the same few bytes.
                self._read.add(len(primitive.positions) + 3 * len(primitive.faces) if primitive else 1)
        return self._primitives[index]

    def _count(self, primitive: Primitive) -> None:
        self._faces.add(len(primitive.faces))
        self._vertices.add(len(primitive.positions))
        self._parts.add(1)

    def _piece(
        self,
        name: str,
        word: str | None,
        primitive: Primitive,
        place: Placed,
        matrices: dict[int, NDArray[np.float64]],
    ) -> Piece:
        material = self._materials.look(primitive.material)
        faces = primitive.faces
        positions = self._stand(primitive, place, matrices)
        if np.linalg.det(place.matrix[:3, :3]) < 0 and "skin" not in place.node:
            faces = faces[:, ::-1]
        uv = material.coordinates(primitive.uvs)
        color = self._color(primitive, material.look.base_color, is_textured=material.look.maps is not None)
        return Piece(
            name,
            positions,
            faces,
            material.look,
            corner_color=None if color is None else color[faces].astype(np.float32),
            corner_uv=None if uv is None else uv[faces],
            material=word,
        )

    def _stand(
        self, primitive: Primitive, place: Placed, matrices: dict[int, NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        if "skin" in place.node and primitive.joints is not None:
            joints = joint_matrices(self._document, place.node.whole("skin"), matrices)
            return skin_positions(primitive.positions, *primitive.joints, joints)
        return transform(primitive.positions, place.matrix)

    def _color(
        self, primitive: Primitive, factor: tuple[float, float, float], *, is_textured: bool
    ) -> NDArray[np.float64] | None:
        """Absolute colours of the vertices; white ones say nothing, and a texture leaves no room."""
        if primitive.color is None or (primitive.color >= 1.0).all():
            return None
        if is_textured:
            self._warnings.append("Vertex colours of textured parts were left out.")
            return None
        return np.asarray(np.clip(np.nan_to_num(primitive.color), 0, 1) * np.array(factor))


def _word(node: Record) -> str | None:
    """The material that our own writer names in a node's extras, where anything may stand."""
    extras = node.anything("extras")
    word = extras.get("material") if isinstance(extras, dict) else None
    return word if isinstance(word, str) and word in _WORDS else None
