"""glTF 2.0 as several files in a ZIP, for those who want to open the textures and read the JSON."""

from __future__ import annotations

from serve.formats.archive import archive
from serve.formats.checks import check_writable
from serve.formats.gltf_binary import Binary
from serve.formats.gltf_document import build_document, json_text
from serve.formats.pictures import Picture
from serve.geometry.mesh import PartMesh

__all__ = ["write_compressed_gltf", "write_gltf"]


def write_gltf(mesh: PartMesh, *, name: str) -> bytes:
    """A ZIP that holds `NAME.gltf`, `NAME.bin` and, for a textured asset, `textures/`.

    Args:
        mesh: The asset.
        name: The name of the files and of the root node.

    Returns:
        The archive's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    return _write(mesh, name, compressed=False)


def write_compressed_gltf(mesh: PartMesh, *, name: str) -> bytes:
    """The same with EXT_meshopt_compression; `serve.formats.quantization` states the tolerances.

    Raises:
        InvalidRequestError: As `write_gltf`.
    """
    return _write(mesh, name, compressed=True)


def _write(mesh: PartMesh, name: str, *, compressed: bool) -> bytes:
    check_writable(mesh, name)
    binary = Binary(compressed=compressed)
    pictures: dict[str, bytes] = {}

    def place(stem: str, picture: Picture) -> dict[str, object]:
        path = f"textures/{stem}.{picture.ext}"
        pictures[path] = picture.data
        return {"uri": path}

    document = build_document(mesh, name, binary, place, compressed=compressed)
    text = json_text(document | {"buffers": binary.buffers(uri=f"{name}.bin")})
    return archive({f"{name}.gltf": text, f"{name}.bin": bytes(binary.data), **pictures})
