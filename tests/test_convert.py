"""A mesh of the user's: uploaded, repaired, textured and written in other formats; or refused in words."""

import io
import json
import zipfile

import numpy as np
import pytest
import trimesh

from serve.contracts.errors import NotAcceptableError, UnreadableMeshError
from serve.contracts.requests import parse_request
from serve.operations import CONVERT
from tests.http_service import finish_next

TWO = {"api_keys": "ann:first-key-1,bob:second-key-2"}


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def make_conversion(make_local):
    """Each call converts bytes with the given fields: the result, and a function that reads its assets."""

    async def make(data, **fields):
        local = await make_local(fake=True)
        ref = await local.store.put(data, "application/octet-stream")
        request = parse_request(CONVERT.request, {"asset": ref.digest} | fields)
        result = await local.make(CONVERT, request, assets={ref.digest: ref})

        async def read(name):
            return await local.store.get(result.assets[name])

        return result, read

    return make


def two_boxes():
    """A red box on a blue one, with vertex colours; millimetres, Z up."""
    lower = trimesh.creation.box((40, 40, 20)).subdivide().subdivide().subdivide()
    upper = trimesh.creation.box((20, 20, 20)).subdivide().subdivide().subdivide()
    upper.apply_translation((0, 0, 25))
    lower.visual.vertex_colors = (20, 40, 200, 255)
    upper.visual.vertex_colors = (200, 30, 20, 255)
    return trimesh.util.concatenate([lower, upper])


def ply_of(mesh):
    return mesh.export(file_type="ply")


async def test_a_scan_in_millimetres_becomes_a_textured_asset_in_metres(make_conversion):
    result, read = await make_conversion(
        ply_of(two_boxes()), unit_m=0.001, poly_count=500, texture_size=512, pivot="bottom", lod_count=1
    )
    found = result.acceptance
    assert found.watertight
    assert found.component_count == 2
    assert 490 <= found.face_count <= 500
    assert found.texture.size_px == 512
    assert np.subtract(found.bounds_m.upper, found.bounds_m.lower) == pytest.approx(
        (0.04, 0.045, 0.04), rel=0.02
    )
    assert found.bounds_m.lower[1] == pytest.approx(0.0, abs=1e-6)
    scene = trimesh.load(io.BytesIO(await read("glb")), file_type="glb")
    picture = next(iter(scene.geometry.values())).visual.material.baseColorTexture
    assert picture.size == (512, 512)
    texels = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    for color in ((200, 30, 20), (20, 40, 200)):
        assert (np.abs(texels - color).max(axis=1) <= 3).mean() > 0.1
    coarse = trimesh.load(io.BytesIO(await read("glb_lod1")), file_type="glb")
    assert 0.98 * 250 <= sum(len(mesh.faces) for mesh in coarse.geometry.values()) <= 250
    assert json.loads(await read("acceptance")) == found.model_dump(mode="json")


async def test_a_broken_solid_is_mended_and_printable(make_conversion):
    ball = trimesh.creation.icosphere(subdivisions=4)
    broken = ball.copy()
    broken.update_faces(np.arange(len(ball.faces)) >= 8)  # holes
    broken.faces[:200] = broken.faces[:200, ::-1]  # turned inside out
    result, read = await make_conversion(
        broken.export(file_type="stl"), formats=["stl", "glb"], fill_holes="all", policy="print"
    )
    assert result.acceptance.accepted
    assert any("hole" in warning for warning in result.warnings)
    mended = trimesh.load(io.BytesIO(await read("stl")), file_type="stl")
    assert mended.is_watertight
    assert mended.volume == pytest.approx(ball.volume, rel=0.02)


async def test_what_cannot_be_made_fit_fails_with_the_reasons(make_conversion):
    cloth = trimesh.creation.box((1, 1, 1))
    cloth.update_faces(np.arange(len(cloth.faces)) < 2)
    with pytest.raises(NotAcceptableError, match="watertight"):
        await make_conversion(cloth.export(file_type="stl"), policy="print")
    result, _ = await make_conversion(cloth.export(file_type="stl"))
    assert not result.acceptance.watertight


async def test_a_soup_becomes_solid_by_remeshing(make_conversion):
    first, second = trimesh.creation.box((1, 1, 1)), trimesh.creation.icosphere(radius=0.6)
    second.apply_translation((0.5, 0.3, 0.2))
    soup = trimesh.util.concatenate([first, second])
    result, _ = await make_conversion(
        soup.export(file_type="stl"), remesh_resolution=48, poly_count=2000, policy="print", up_axis="y"
    )
    assert result.acceptance.component_count == 1
    union = soup.split()
    assert (
        max(piece.volume for piece in union)
        < result.acceptance.volume_m3
        < sum(piece.volume for piece in union)
    )


async def test_every_format_comes_of_one_file(make_conversion):
    result, read = await make_conversion(
        ply_of(two_boxes()),
        formats=["glb", "gltf", "obj", "ply", "stl", "usdz"],
        texture_size=256,
        name="two-boxes",
        compression="meshopt",
    )
    assert {"glb", "gltf", "obj", "ply", "stl", "usdz", "picture", "turntable"} <= set(result.assets)
    for name in ("gltf", "obj"):
        entries = zipfile.ZipFile(io.BytesIO(await read(name))).namelist()
        assert any(entry.startswith("two-boxes.") for entry in entries)
    assert b"EXT_meshopt_compression" in await read("glb")


async def test_the_same_file_gives_the_same_bytes(make_conversion):
    data = ply_of(two_boxes())
    first, _ = await make_conversion(data, poly_count=300)
    second, _ = await make_conversion(data, poly_count=300)
    assert first.assets == second.assets


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 bytes"),
        (b"a letter to a friend\n" * 50, "no mesh"),
        (b"glTF" + bytes(100), "GLB"),
        (ply_of(two_boxes())[:2000], "PLY"),
        (b"solid nothing\nendsolid nothing\n", "no faces"),
    ],
)
async def test_what_holds_no_mesh_is_refused_in_words(make_conversion, data, words):
    with pytest.raises(UnreadableMeshError) as caught:
        await make_conversion(data)
    assert words.lower() in caught.value.message.lower()


async def test_somebody_elses_file_does_not_exist(make_http):
    http = make_http(**TWO)
    http.grant("1" * 64, "ann")
    fields = {"asset": "1" * 64}
    async with http.client("first-key-1") as ann, http.client("second-key-2") as bob:
        theirs = await bob.post(CONVERT.path, json=fields)
        nobodys = await bob.post(CONVERT.path, json={"asset": "2" * 64})
        assert [answer.status_code for answer in (theirs, nobodys)] == [404, 404]
        assert theirs.json()["code"] == "artifact_missing"
        assert theirs.json()["field"] == "asset"
        accepted = await ann.post(CONVERT.path, json=fields)
        assert accepted.status_code == 202
        job_id, _ = await finish_next(http.service)
        assert accepted.json()["job_id"] == job_id
