"""`galatea triton` as a user runs it: started, used, killed, ended."""

from __future__ import annotations

import json
import signal

import pytest

from serve.engines.triton import EngineTriton
from serve.models.parts_flow import PARTS_FLOW
from serve.models.spec import example_rows
from tests.kept_triton import KeptTriton
from tests.served import processes_of, serving, until
from tests.triton import real_environment


@pytest.fixture
def command():
    real_environment()
    command = KeptTriton()
    yield command
    command.close()


async def test_it_serves_heals_its_server_refuses_a_taken_port_and_ends_in_order(command):
    engine = EngineTriton(command.url, patience_s=60.0)
    rows = example_rows(PARTS_FLOW, 2)
    await engine.infer(PARTS_FLOW, rows)
    second = command.start(triton_http_port=int(command.announced()[3]))
    assert second.wait(60) == 69
    assert "choose another port with GALATEA_TRITON_HTTP_PORT" in command.log.read_text()
    command.kill_server()
    await engine.infer(PARTS_FLOW, rows)
    engine.close()
    command.process.send_signal(signal.SIGTERM)
    assert command.process.wait(60) == 0, command.log.read_text()
    assert until(lambda: not processes_of(command.folder), 30)


async def test_a_service_that_uses_it_makes_the_bytes_of_one_that_does_not_and_a_kill_leaves_nothing(
    command, make_local, make_request
):
    local = await make_local()
    expected = await local.text_to_3d(make_request())
    engine = EngineTriton(command.url)
    with serving(engine="triton", triton_url=command.url) as served:
        request = make_request().model_dump(mode="json", exclude_none=True)
        view = served.wait(served.submit(**request))
        stages = served.client.get(view["result"]["manifest"]["url"]).json()["stages"]
    assert view["status"] == "completed", view
    result = view["result"]
    assert result["assets"]["glb"]["digest"] == expected.assets["glb"].digest
    assert stages == json.loads(await local.store.get(expected.assets["manifest"]))["stages"]
    assert (await engine.statistics(PARTS_FLOW)).row_count >= 12  # six steps, with the text and without
    engine.close()
    command.process.kill()
    assert until(lambda: not processes_of(command.folder), 30)
