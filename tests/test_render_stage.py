import io

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from serve.artifacts import TENSORS_MEDIA_TYPE, pack
from serve.contracts.errors import CancelledJobError
from serve.contracts.stage import Context, Done
from serve.geometry.arrays import mesh_to_arrays
from serve.stages.render import SPEC, RenderParams
from tests.render_scenes import make_maps, make_sphere, make_wall
from tests.toolboxes import Toolbox


async def render(host, mesh, **params):
    inputs = {"mesh": await host.store.put(pack(mesh_to_arrays(mesh)), TENSORS_MEDIA_TYPE)}
    context = Context("0" * 64, "job")
    events = [event async for event in host.call(SPEC, RenderParams(**params), inputs, context)]
    assert isinstance(events[-1], Done)
    data = await host.store.get(events[-1].outputs["picture"])
    return np.asarray(Image.open(io.BytesIO(data)))


async def test_one_view_is_a_picture_and_more_are_a_strip(make_host):
    host, mesh = make_host(fake=True), make_sphere()
    assert (await render(host, mesh, size=32, sample_count=1)).shape == (32, 32, 3)
    assert (await render(host, mesh, size=32, sample_count=1, view_count=8)).shape == (32, 256, 3)


async def test_a_texture_reaches_the_picture(make_host):
    wall = make_wall(maps=make_maps([(200, 10, 10)]))
    picture = await render(make_host(fake=True), wall, size=32, azimuth_deg=0, elevation_deg=0)
    red, green, _ = picture[12:20, 12:20].mean(axis=(0, 1))
    assert red > 100 and red > 3 * green


@pytest.mark.parametrize("check_count", [0, 3])
def test_a_cancelled_turn_says_why_it_ended(check_count):
    inputs = {"mesh": pack(mesh_to_arrays(make_sphere()))}
    params = RenderParams(size=16, sample_count=1, view_count=6)
    with pytest.raises(CancelledJobError, match="changed their mind"):
        list(SPEC.run(inputs, params, Context("0" * 64, "job"), Toolbox(check_count)))


def test_a_strip_wider_than_a_browser_shows_is_refused():
    RenderParams(size=2048, view_count=8)
    with pytest.raises(ValidationError, match="9 views of 2048 px are wider than 16384 px"):
        RenderParams(size=2048, view_count=9)
