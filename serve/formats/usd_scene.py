"""A USD scene of an asset, as the bytes of a crate file (`.usdc`).

Points are shared between faces, so that a closed surface stays closed; normals, coordinates and colours stand
at the corners (`faceVarying`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Kind, Sdf, Tf, Usd, UsdGeom, UsdShade, Vt

from serve.formats.parts import WrittenPart, looks_of
from serve.formats.usd_materials import define_material
from serve.geometry.creases import corner_normals
from serve.geometry.mesh import PartMesh

__all__ = ["scene_bytes"]


def scene_bytes(
    mesh: PartMesh, parts: tuple[WrittenPart, ...], picture_paths: Mapping[tuple[int, str], str], name: str
) -> bytes:
    """The scene `/NAME` with `Parts` and `Materials` under it.

    Args:
        mesh: The asset.
        parts: Its parts that own faces.
        picture_paths: (texture, map) -> path beside the scene.
        name: The asset's.
    """
    with tempfile.TemporaryDirectory(prefix="galatea-usd-") as folder:
        path = Path(folder) / "scene.usdc"
        stage = Usd.Stage.CreateNew(str(path))
        _fill(stage, mesh, parts, picture_paths, name)
        stage.GetRootLayer().Save()
        return path.read_bytes()


def _fill(
    stage: Usd.Stage,
    mesh: PartMesh,
    parts: tuple[WrittenPart, ...],
    picture_paths: Mapping[tuple[int, str], str],
    name: str,
) -> None:
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = _named(UsdGeom.Xform.Define(stage, f"/{_identifier(name, set())}").GetPrim(), name)
    stage.SetDefaultPrim(root)
    Usd.ModelAPI(root).SetKind(Kind.Tokens.component)
    materials = {}
    scope = UsdGeom.Scope.Define(stage, root.GetPath().AppendChild("Materials")).GetPath()
    taken: set[str] = set()
    for material_name, look in looks_of(parts).items():
        path = scope.AppendChild(_identifier(material_name, taken))
        maps = {
            kind: picture for (texture, kind), picture in picture_paths.items() if texture == look.texture
        }
        materials[material_name] = define_material(stage, path, look, maps)
    folder = UsdGeom.Xform.Define(stage, root.GetPath().AppendChild("Parts")).GetPath()
    normals, taken = corner_normals(mesh.vertices, mesh.faces), set()
    for part in parts:
        path = folder.AppendChild(_identifier(part.surface.name, taken))
        prim = _define_part(UsdGeom.Mesh.Define(stage, path), mesh, part, normals)
        UsdShade.MaterialBindingAPI.Apply(_named(prim, part.surface.name)).Bind(materials[part.material_name])


def _define_part(
    usd: UsdGeom.Mesh, mesh: PartMesh, part: WrittenPart, normals: NDArray[np.float32]
) -> Usd.Prim:
    used, places = np.unique(mesh.faces[part.face_indices], return_inverse=True)
    points = mesh.vertices[used].astype(np.float32)
    usd.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    usd.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(part.face_indices), 3, np.int32)))
    usd.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(places.reshape(-1).astype(np.int32)))
    usd.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([points.min(axis=0), points.max(axis=0)])))
    usd.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    usd.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(normals[part.face_indices].reshape(-1, 3)))
    usd.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    _add_coordinates(usd, mesh, part)
    _add_colors(usd, mesh, part)
    return usd.GetPrim()


def _add_coordinates(usd: UsdGeom.Mesh, mesh: PartMesh, part: WrittenPart) -> None:
    if mesh.corner_uv is None:
        return
    u, v = mesh.corner_uv[part.face_indices].reshape(-1, 2).T
    upright = np.ascontiguousarray(np.stack([u, np.float32(1.0) - v], axis=1))
    kind = Sdf.ValueTypeNames.TexCoord2fArray
    st = UsdGeom.PrimvarsAPI(usd).CreatePrimvar("st", kind, UsdGeom.Tokens.faceVarying)
    st.Set(Vt.Vec2fArray.FromNumpy(upright))


def _add_colors(usd: UsdGeom.Mesh, mesh: PartMesh, part: WrittenPart) -> None:
    """What viewers without materials show; the material reads it where the corners have colours."""
    if part.look.takes_colors and mesh.corner_color is not None:
        colors = usd.CreateDisplayColorPrimvar(UsdGeom.Tokens.faceVarying)
        colors.Set(Vt.Vec3fArray.FromNumpy(mesh.corner_color[part.face_indices].reshape(-1, 3)))
    else:
        usd.CreateDisplayColorPrimvar(UsdGeom.Tokens.constant).Set([Gf.Vec3f(*part.surface.base_color)])


def _identifier(name: str, taken: set[str]) -> str:
    """A name that USD allows and that no sibling has."""
    stem = identifier = str(Tf.MakeValidIdentifier(name))
    number = 2
    while identifier in taken:
        identifier = f"{stem}_{number}"
        number += 1
    taken.add(identifier)
    return identifier


def _named(prim: Usd.Prim, name: str) -> Usd.Prim:
    """The prim, with its real name for people where USD's rules changed it."""
    if prim.GetName() != name:
        prim.SetDisplayName(name)
    return prim
