"""Previews: something to look at, told and granted before the job ends."""

import asyncio
import dataclasses
import io
from contextlib import asynccontextmanager

import numpy as np
import pytest
import trimesh

from compile.house.captions import draw_caption
from compile.house.categories import CATEGORIES
from compile.house.category import build_shape
from deployments.host import StageHost
from deployments.local import local_over
from deployments.ownership import owned_by
from serve.artifacts import pack
from serve.contracts.errors import EngineInputError
from serve.contracts.jobs import ENDED
from serve.contracts.stage import Context
from serve.edges.presenter import job_event
from serve.execution import Orchestrator
from serve.fields.repair import repair_contacts
from serve.geometry.arrays import parts_to_arrays
from serve.planning import spare_calls
from serve.stages import STAGES
from tests.ledger_samples import acquire, running, stage_result
from tests.toolboxes import Toolbox
from tests.toy_stages import Gate, new_job, plan_of, spec_of

TOLD = ["queued", "started", "stage_started", "preview", "stage_finished", "finished"]


@pytest.fixture
def make_service(make_ledger, make_store):
    """Each call opens an orchestrator over a ledger and a store of its own."""

    @asynccontextmanager
    async def make(gate):
        stages = {gate.name: dataclasses.replace(gate.spec(), preview="out")}
        ledger, store = make_ledger(), make_store()
        host = StageHost(None, store, owned=owned_by(ledger), stages=stages)
        given = {
            "owner": "a",
            "version": "0",
            "slots": {"async": 8, "sync": 1},
            "max_jobs": 8,
            "lease_s": 5.0,
        }
        async with Orchestrator(ledger, host, store, stages=stages, **given) as orchestrator:
            claiming = asyncio.create_task(orchestrator.run())
            yield ledger
            await orchestrator.drain()
            await claiming
        host.close()

    return make


async def until_ended(ledger, job_id):
    async with asyncio.timeout(30):
        while (await asyncio.to_thread(ledger.jobs.states, [job_id]))[job_id] not in ENDED:
            await asyncio.sleep(0.01)
    return ledger.events.read(job_id)


async def test_all_who_want_a_stage_are_told_of_its_preview_once(make_service):
    gate = Gate(closed=True)
    plan = plan_of(("gate", "x", {}), result="gate.out")
    async with make_service(gate) as ledger:
        waiting = [ledger.jobs.submit(new_job(plan)).job.job_id for _ in range(2)]
        async with asyncio.timeout(30):
            while [len(ledger.events.read(job_id)) for job_id in waiting] != [3, 3]:
                await asyncio.sleep(0.01)
        gate.opened.set()
        late = [await until_ended(ledger, job_id) for job_id in waiting]
        late.append(await until_ended(ledger, ledger.jobs.submit(new_job(plan)).job.job_id))
    assert gate.ended == {"x": 1}
    assert [event.kind for event in late[0]] == [event.kind for event in late[1]] == TOLD
    assert [event.kind for event in late[2]] == ["queued", "started", "preview", "stage_finished", "finished"]
    for events in late:
        [preview] = [job_event(event, "http://localhost") for event in events if event.kind == "preview"]
        ref = ledger.grants.find("local", preview.asset.digest)
        assert (preview.stage, preview.asset.bytes) == ("gate", ref.byte_count)
        assert preview.asset.url == f"http://localhost/v1/assets/{ref.digest}"
    assert ledger.grants.find("acme", ref.digest) is None


def test_a_preview_is_granted_as_soon_as_it_is_told(make_ledger):
    ledger = make_ledger()
    job = running(ledger)
    run, result = acquire(ledger, job), stage_result()
    ledger.runs.finish("k", run.fence, result, preview="mesh")
    assert [event.kind for event in ledger.events.read(job.job_id)][-2:] == ["preview", "stage_finished"]
    assert ledger.grants.find("acme", result.outputs["mesh"].digest) == result.outputs["mesh"]


def test_a_stage_that_leaves_its_preview_to_a_fragment_tells_none(make_ledger):
    ledger = make_ledger()
    job = running(ledger)
    run = acquire(ledger, job)
    ledger.runs.finish("k", run.fence, stage_result(), preview="picture")
    assert "preview" not in [event.kind for event in ledger.events.read(job.job_id)]


@pytest.mark.parametrize("name", sorted(CATEGORIES)[::3])
def test_a_sketch_is_a_small_closed_asset_of_the_shapes_own_size(name):
    rng = np.random.default_rng([13, len(name), ord(name[0])])
    shape = build_shape(CATEGORIES[name], draw_caption(rng, category=name).wish, rng)
    inputs = {"parts": pack(parts_to_arrays(repair_contacts(shape)))}
    spec = STAGES["sketch"]
    [done] = spec.run(inputs, spec.params(), Context("0" * 64, "job"), Toolbox())
    blob = done.outputs[spec.preview]
    assert blob.media_type == "model/gltf-binary"
    scene = trimesh.load(io.BytesIO(blob.data), file_type="glb")
    mesh = scene.to_geometry()
    assert 50 <= len(mesh.faces) <= 600
    np.testing.assert_allclose(mesh.extents.max(), 2.0, atol=0.25)  # what `build_shape` gives


async def test_a_preview_that_fails_is_a_warning_and_no_failure(make_ledger, make_store):
    async def break_down(inputs, params, context, tools):
        raise EngineInputError("there is nothing to see")
        yield

    look = dataclasses.replace(spec_of("look", break_down), accepts={"of": "text"}, preview="out")
    gate = Gate()
    stages = {gate.name: gate.spec(), "look": look}
    plan = plan_of(("gate", "a", {}), ("look", "b", {"of": "gate.out"}), result="gate.out")
    host = StageHost(None, make_store(), stages=stages)
    async with local_over(make_ledger(), host, owner="a", lease_s=5.0) as local:
        claimed = await asyncio.to_thread(local.ledger.jobs.submit_claimed, new_job(plan), "a", 5.0)
        result = await local.orchestrator.run_claimed(claimed, lambda event: None)
    host.close()
    assert result.warnings == ("there was nothing to look at before the end: look: there is nothing to see",)
    assert [stage.stage for stage in result.stages] == ["gate"]


def test_a_preview_is_spare_only_where_nothing_is_made_of_it():
    stages = {"gate": Gate().spec(), "look": dataclasses.replace(Gate("look").spec(), preview="out")}
    assert spare_calls(plan_of(("gate", "", {}), ("look", "", {}), result="gate.out"), stages) == {"look"}
    assert not spare_calls(plan_of(("gate", "", {}), ("look", "", {}), result="look.out"), stages)
    used = plan_of(("look", "", {}), ("gate", "", {"of": "look.out"}), result="gate.out")
    assert not spare_calls(used, stages)
