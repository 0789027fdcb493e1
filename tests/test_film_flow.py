"""Films from request to file: what comes out, what is kept when a run ends early, and what is refused."""

import asyncio
import io
import json
import zipfile

import numpy as np
import pytest
import trimesh
from PIL import Image

from serve.contracts.errors import InvalidRequestError, UnreadableMeshError
from serve.contracts.requests import parse_request
from serve.contracts.stage import Context
from serve.formats.video import unpack_frames
from serve.operations import THREE_D_TO_VIDEO
from serve.stages import STAGES
from serve.stages.aim import example_aimed
from tests.toolboxes import Toolbox

SMALL = {"codec": "png", "width": 48, "height": 32, "fps": 10, "duration_s": 0.5, "quality": "draft"}


@pytest.fixture
def make_film(make_local):
    """Each call films bytes with the given fields: the result, and a function that reads its assets."""

    async def make(data, *, local=None, listen=lambda event: None, **fields):
        local = local or await make_local(fake=True)
        ref = await local.store.put(data, "application/octet-stream")
        request = parse_request(THREE_D_TO_VIDEO.request, SMALL | {"asset": ref.digest} | fields)
        result = await local.make(THREE_D_TO_VIDEO, request, listen, assets={ref.digest: ref})

        async def read(name):
            return await local.store.get(result.assets[name])

        return result, read

    return make


def two_boxes():
    """A red box on a blue one, which stand out from what is around them; OBJ has no colours, so PLY."""
    lower = trimesh.creation.box((0.4, 0.4, 0.2))
    upper = trimesh.creation.box((0.2, 0.2, 0.2))
    upper.apply_translation((0, 0, 0.2))
    lower.visual.vertex_colors = (20, 40, 200, 255)
    upper.visual.vertex_colors = (200, 30, 20, 255)
    return trimesh.util.concatenate([lower, upper]).export(file_type="ply")


def pictures_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as album:
        names = sorted(name for name in album.namelist() if name.endswith(".png"))
        return [np.asarray(Image.open(io.BytesIO(album.read(name))).convert("RGB")) for name in names]


async def test_a_turntable_shows_the_asset_from_all_sides_and_tells_what_it_is(make_film):
    result, read = await make_film(two_boxes())
    frames = pictures_of(await read("zip"))
    assert len(frames) == result.film.frame_count == 5
    assert result.film.duration_s == 0.5
    assert (result.film.width, result.film.height) == (48, 32)
    for frame in frames:
        red, blue = (
            (frame.argmax(axis=2) == channel) & (np.ptp(frame.astype(int), axis=2) > 60) for channel in (0, 2)
        )
        assert red.sum() > 20
        assert blue.sum() > 40
        assert np.nonzero(red)[0].mean() < np.nonzero(blue)[0].mean()  # the red one is on top
    assert len({frame.tobytes() for frame in frames}) == 5
    path = json.loads(await read("camera"))
    assert len(path["frames"]) == 5
    poster = np.asarray(Image.open(io.BytesIO(await read("poster"))).convert("RGB"))
    assert (poster == frames[0]).all()
    scene = trimesh.load(io.BytesIO(await read("glb")), file_type="glb")
    assert scene.extents == pytest.approx((0.4, 0.4, 0.4), rel=0.02)
    assert json.loads(await read("film")) == result.film.model_dump(mode="json")


async def test_what_bounces_moves_in_the_film_and_in_its_file(make_film):
    result, read = await make_film(two_boxes(), motion={"preset": "bounce"}, camera={"move": "still"})
    frames = pictures_of(await read("zip"))
    red = [((frame.argmax(axis=2) == 0) & (np.ptp(frame.astype(int), axis=2) > 60)) for frame in frames]
    heights = [np.nonzero(mask)[0].mean() for mask in red]
    assert max(heights) - min(heights) > 3
    animation = json.loads((await read("glb"))[20:].split(b"\0")[0].rpartition(b"}")[0] + b"}")["animations"]
    assert animation[0]["name"] == "bounce"
    assert result.warnings == ()


def run(params, inputs):
    spec = STAGES["render_frames"]
    *_, done = spec.run(inputs, spec.params(**params), Context("0" * 64, "job"), Toolbox())
    return unpack_frames(done.outputs["frames"].data)


def test_a_frame_is_the_same_whichever_chunk_it_is_taken_in():
    how = {"fps": 8.0, "width": 40, "height": 24, "quality": "draft"}
    inputs = example_aimed()
    whole = run(how | {"first": 0, "frame_count": 4}, inputs)
    parts = [run(how | {"first": first, "frame_count": count}, inputs) for first, count in ((0, 1), (1, 3))]
    assert (np.concatenate(parts) == whole).all()
    assert len({frame.tobytes() for frame in whole}) == 4


async def test_a_film_that_is_cut_off_goes_on_with_the_chunks_it_has(make_film, make_local):
    local = await make_local(fake=True)
    fields = {"duration_s": 2.5, "fps": 30, "width": 32, "height": 24, "local": local}
    seen = []

    def listen(event):
        seen.append(event)
        if event.kind == "finished" and event.stage.startswith("frames_"):
            task.cancel()

    task = asyncio.create_task(make_film(two_boxes(), listen=listen, **fields))
    with pytest.raises(asyncio.CancelledError):
        await task
    done = {event.stage for event in seen if event.kind == "finished" and event.stage.startswith("frames_")}
    result, _ = await make_film(two_boxes(), **fields)
    chunks = {row.stage: row.cached for row in result.stages if row.stage.startswith("frames_")}
    assert len(chunks) > len(done) > 0
    assert {name for name, cached in chunks.items() if cached} >= done
    assert not all(chunks.values())


async def test_those_who_watch_see_a_small_film_first_and_which_frames_are_done(make_film):
    seen = []
    result, _ = await make_film(two_boxes(), listen=seen.append)
    assert "frames_1-5_of_5" in {row.stage for row in result.stages}
    shares = [event.progress for event in seen]
    assert shares == sorted(shares)
    assert "peek" in {event.stage for event in seen}
    assert "preview" not in result.assets


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("walk", ["motion.preset", "biped", "spin"]),
        ("drive", ["motion.preset", "wheel"]),
        ("fly", ["no bird"]),
    ],
)
async def test_what_cannot_move_so_is_refused_with_the_reasons(make_film, preset, words):
    with pytest.raises(InvalidRequestError) as caught:
        await make_film(two_boxes(), motion={"preset": preset})
    for word in words:
        assert word in caught.value.message


async def test_no_mesh_and_an_empty_one_are_refused(make_film):
    for data in (b"v 0 0 0\n", b"solid nothing\nendsolid nothing\n", b"glTF"):
        with pytest.raises(UnreadableMeshError):
            await make_film(data)


async def test_a_camera_within_the_asset_still_shows_something_and_says_so(make_film):
    keys = [
        {"time_s": 0, "eye": [0, 0.1, 0], "target": [0, 0.1, 1]},
        {"time_s": 1, "eye": [0, 0.1, 0.01], "target": [0, 0.1, 1]},
    ]
    result, read = await make_film(two_boxes(), camera={"move": "keyframes", "keys": keys})
    assert any("inside" in warning for warning in result.warnings)
    assert len(pictures_of(await read("zip"))) == 5


async def test_what_turns_meanwhile_comes_round_and_loops(make_film):
    still = {"camera": {"move": "still"}, "duration_s": 1.2}
    _, read = await make_film(two_boxes(), motion={"preset": "bounce", "turns": 1}, **still)
    turning = json.loads((await read("glb"))[20:].split(b"\0")[0].rpartition(b"}")[0] + b"}")["animations"][0]
    assert turning["extras"]["loops"]
    assert "rotation" in {channel["target"]["path"] for channel in turning["channels"]}
    with pytest.raises(InvalidRequestError, match=r"motion.turns = 20 are too many"):
        await make_film(two_boxes(), motion={"preset": "bounce", "turns": 20})
