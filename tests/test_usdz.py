"""USDZ: opened again by USD itself, and held to its own validators."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from pxr import Usd, UsdGeom, UsdShade, UsdValidation

from serve.formats import write
from serve.formats.archive import archive
from serve.formats.usdz import write_usdz
from serve.geometry.creases import corner_normals
from tests.format_corpus import CORPUS, GLASS, OPEN, WOOD, colored, halves, maps, textured, unzipped


@pytest.fixture
def open_usdz(tmp_path):
    """Write bytes to a file and open the scene in it; its prims live as long as the test."""
    stages = []

    def open_it(data: bytes) -> Usd.Stage:
        path = tmp_path / f"{hashlib.sha256(data).hexdigest()[:16]}.usdz"
        path.write_bytes(data)
        stages.append(Usd.Stage.Open(str(path)))
        return stages[-1]

    return open_it


def faults(stage: Usd.Stage) -> list[str]:
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    found = UsdValidation.ValidationContext(validators).Validate(stage)
    return [f"{error.GetName()}: {error.GetMessage()}" for error in found]


def meshes(stage: Usd.Stage) -> list[UsdGeom.Mesh]:
    return [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]


def surface(mesh: UsdGeom.Mesh) -> UsdShade.Shader:
    material, _ = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()
    return material.ComputeSurfaceSource()[0]


def source(shader: UsdShade.Shader, name: str) -> tuple[UsdShade.Shader, str]:
    connection = shader.GetInput(name).GetConnectedSources()[0][0]
    return UsdShade.Shader(connection.source.GetPrim()), connection.sourceName


@pytest.mark.parametrize("name", [*CORPUS, *OPEN])
def test_usds_own_validators_find_nothing(name, open_usdz):
    assert faults(open_usdz(write("usdz", (CORPUS | OPEN)[name](), name="asset"))) == []


def test_the_validators_do_find_what_is_wrong(open_usdz):
    files = unzipped(write("usdz", CORPUS["textured"](), name="asset"))
    assert any(
        "aligned" in fault or "alignment" in fault for fault in faults(open_usdz(archive(files, alignment=1)))
    )


@pytest.mark.parametrize("name", ["three slices", "textured", "vertex colours", "300 parts"])
def test_usd_opens_the_same_closed_solid(name, open_usdz):
    mesh = CORPUS[name]()
    points, corners, offset = [], [], 0
    for part in meshes(open_usdz(write("usdz", mesh, name="asset"))):
        points.append(np.asarray(part.GetPointsAttr().Get()))
        corners.append(np.asarray(part.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3) + offset)
        offset += len(points[-1])
        assert set(part.GetFaceVertexCountsAttr().Get()) == {3}
    places, numbers = np.unique(np.concatenate(points), axis=0, return_inverse=True)
    back = trimesh.Trimesh(places, numbers.reshape(-1)[np.concatenate(corners)], process=False)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert back.is_watertight
    assert (len(back.vertices), len(back.faces)) == (len(mesh.vertices), len(mesh.faces))
    assert back.volume == pytest.approx(solid.volume, rel=1e-5)


def test_the_scene_is_in_metres_with_y_up_and_a_prim_for_each_part(open_usdz):
    stage = open_usdz(write("usdz", halves(), name="window"))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert stage.GetDefaultPrim().GetPath() == "/window"
    assert [str(part.GetPath()) for part in meshes(stage)] == ["/window/Parts/seat", "/window/Parts/pane"]
    (size,) = {
        tuple(UsdGeom.BBoxCache(0, ["default"]).ComputeWorldBound(stage.GetPseudoRoot()).GetRange().GetSize())
    }
    assert size == (1.0, 2.0, 3.0)


def test_plain_parts_have_their_numbers_and_glass_its_opacity(open_usdz):
    wood, glass = map(surface, meshes(open_usdz(write("usdz", halves(), name="window"))))
    for shader, look in ((wood, WOOD), (glass, GLASS)):
        assert tuple(shader.GetInput("diffuseColor").Get()) == pytest.approx(look.base_color)
        for name in ("roughness", "metallic", "opacity"):
            assert shader.GetInput(name).Get() == pytest.approx(getattr(look, name))


def test_textures_are_read_as_gltf_reads_them(open_usdz):
    data = write("usdz", CORPUS["textured"](), name="stool")
    shader = surface(meshes(open_usdz(data))[0])
    reads = {
        name: source(shader, name)
        for name in ("diffuseColor", "occlusion", "roughness", "metallic", "normal")
    }
    assert {name: output for name, (_, output) in reads.items()} == {
        "diffuseColor": "rgb",
        "occlusion": "r",
        "roughness": "g",
        "metallic": "b",
        "normal": "rgb",
    }
    spaces = {name: texture.GetInput("sourceColorSpace").Get() for name, (texture, _) in reads.items()}
    assert spaces.pop("diffuseColor") == "sRGB"
    assert set(spaces.values()) == {"raw"}
    normal = reads["normal"][0]
    assert tuple(normal.GetInput("scale").Get()) == (2, 2, 2, 1)
    assert tuple(normal.GetInput("bias").Get()) == (-1, -1, -1, 0)
    paths = {name: texture.GetInput("file").Get().path for name, (texture, _) in reads.items()}
    assert paths["roughness"] == "textures/orm_0.png"
    assert set(paths.values()) == set(unzipped(data)) - {"stool.usdc"}


def test_coordinates_have_v_upwards_and_normals_are_the_renderers(open_usdz):
    mesh = CORPUS["textured"]()
    parts = meshes(open_usdz(write("usdz", mesh, name="stool")))
    normals = corner_normals(mesh.vertices, mesh.faces)
    for index, part in enumerate(parts):
        mine = mesh.face_part == index
        st = np.asarray(UsdGeom.PrimvarsAPI(part).GetPrimvar("st").Get())
        np.testing.assert_allclose(st, mesh.corner_uv[mine].reshape(-1, 2) * [1, -1] + [0, 1], atol=1e-6)
        np.testing.assert_array_equal(np.asarray(part.GetNormalsAttr().Get()), normals[mine].reshape(-1, 3))
        assert part.GetNormalsInterpolation() == "faceVarying"
        assert part.GetSubdivisionSchemeAttr().Get() == "none"


def test_colours_of_corners_reach_the_material(open_usdz):
    mesh = colored(halves())
    part = meshes(open_usdz(write("usdz", mesh, name="window")))[0]
    colors = np.asarray(part.GetDisplayColorPrimvar().Get())
    np.testing.assert_array_equal(colors, mesh.corner_color[mesh.face_part == 0].reshape(-1, 3))
    reader, _ = source(surface(part), "diffuseColor")
    assert reader.GetInput("varname").Get() == "displayColor"


def test_names_that_usd_forbids_are_changed_and_shown_as_they_were(open_usdz):
    mesh = halves()
    surfaces = (replace(mesh.surfaces[0], name="left-leg.1"), replace(mesh.surfaces[1], name="left.leg-1"))
    stage = open_usdz(write("usdz", replace(mesh, surfaces=surfaces), name="3-legs"))
    assert stage.GetDefaultPrim().GetDisplayName() == "3-legs"
    parts = [part.GetPrim() for part in meshes(stage)]
    assert [part.GetName() for part in parts] == ["left_leg_1", "left_leg_1_2"]
    assert [part.GetDisplayName() for part in parts] == ["left-leg.1", "left.leg-1"]


def test_the_archive_is_laid_out_as_the_specification_says():
    data = write("usdz", textured(halves(), (maps(64),)), name="window")
    with zipfile.ZipFile(io.BytesIO(data)) as entries:
        infos = entries.infolist()
        assert infos[0].filename == "window.usdc"
        for info in infos:
            assert info.compress_type == zipfile.ZIP_STORED
            with entries.open(info) as file:
                assert data.index(file.read()) % 64 == 0


def test_usd_is_loaded_when_the_first_file_is_written_and_not_before():
    program = "import sys; import serve.formats, serve.stages; sys.exit('pxr' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_another_process_writes_the_same_bytes():
    program = (
        "import hashlib; from serve.formats import write; from tests.format_corpus import CORPUS; "
        "print(hashlib.sha256(write('usdz', CORPUS['mixed'](), name='ball')).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    assert hashlib.sha256(write_usdz(CORPUS["mixed"](), name="ball")).hexdigest() == other
