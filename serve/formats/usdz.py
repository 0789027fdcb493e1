"""USDZ, Pixar's USD in a ZIP, for Apple's AR viewers: Y up, metres, a prim for each part.

The archive is written here and not by USD, which would put the time of writing into it. Its rules: the scene
comes first, nothing is compressed, and every file's bytes begin at a multiple of 64 (USDZ specification,
"Layout").
"""

from __future__ import annotations

from serve.formats.archive import archive
from serve.formats.checks import check_writable
from serve.formats.parts import Look, looks_of, written_parts
from serve.formats.pictures import encode_picture
from serve.geometry.mesh import PartMesh

__all__ = ["write_usdz"]

_ALIGNMENT = 64


def write_usdz(mesh: PartMesh, *, name: str) -> bytes:
    """An archive of `NAME.usdc` and, for a textured asset, `textures/`.

    Args:
        mesh: The asset.
        name: The file's and, as far as USD allows, the root prim's name.

    Returns:
        The archive's bytes, equal for equal input.

    Raises:
        InvalidRequestError: The mesh is empty or broken, or a name is unfit for a file.
    """
    from serve.formats.usd_scene import scene_bytes

    check_writable(mesh, name)
    parts = written_parts(mesh)
    pictures, paths = _pictures(mesh, looks_of(parts))
    scene = scene_bytes(mesh, parts, paths, name)
    return archive({f"{name}.usdc": scene, **pictures}, alignment=_ALIGNMENT)


def _pictures(mesh: PartMesh, looks: dict[str, Look]) -> tuple[dict[str, bytes], dict[tuple[int, str], str]]:
    """The archive's pictures by path, and the path of each map by texture and kind."""
    pictures: dict[str, bytes] = {}
    paths: dict[tuple[int, str], str] = {}
    for texture in dict.fromkeys(look.texture for look in looks.values() if look.texture >= 0):
        for kind in ("base_color", "orm", "normal"):
            texels = getattr(mesh.textures[texture], kind)
            if texels is not None:
                picture = encode_picture(texels)
                paths[texture, kind] = f"textures/{kind}_{texture}.{picture.ext}"
                pictures[paths[texture, kind]] = picture.data
    return pictures, paths
