"""The loop: reuse, progress, failure, cancellation, deadlines, spans."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deployments.local import local_over
from serve.artifacts import open_store
from serve.contracts.errors import DeadlineExceededError, EngineError, StageMovedError
from serve.contracts.requests import TextTo3dRequest
from serve.contracts.results import Manifest
from serve.engines.fake import EngineFake
from serve.execution import JobEvent
from serve.keys import stage_key
from serve.planning import plan_text_to_3d
from serve.stages import STAGES
from serve.telemetry import traces


class SlowEngine(EngineFake):
    """An EngineFake whose flow steps wait to be let go, one at a time."""

    def __init__(self):
        super().__init__()
        self.started = asyncio.Event()
        self.gate = asyncio.Semaphore(0)

    async def infer(self, spec, inputs, terms):
        if spec.name == "parts_flow":
            self.call_counts["flow_started"] += 1
            self.started.set()
            await self.gate.acquire()
        return await super().infer(spec, inputs, terms)


class BrokenEngine(EngineFake):
    """An EngineFake whose flow fails."""

    async def infer(self, spec, inputs, terms):
        if spec.name == "parts_flow":
            raise EngineError("parts_flow: the device fell out")
        return await super().infer(spec, inputs, terms)


async def test_a_second_run_reuses_every_stage(make_local, make_request):
    local = await make_local()
    first = await local.text_to_3d(make_request())
    second = await local.text_to_3d(make_request())
    assert not any(stage.cached for stage in first.stages)
    assert all(stage.cached for stage in second.stages)
    assert second.assets == first.assets


async def test_another_format_reuses_all_but_the_export(make_local, make_request):
    local = await make_local()
    await local.text_to_3d(make_request())
    result = await local.text_to_3d(make_request(format="stl"))
    assert [stage.stage for stage in result.stages if not stage.cached] == ["export", "inspect"]


async def test_another_seed_reuses_only_the_text(make_local, make_request):
    local = await make_local()
    await local.text_to_3d(make_request())
    result = await local.text_to_3d(make_request(seed=2))
    assert {stage.stage for stage in result.stages if stage.cached} == {"encode_text", "classify"}


async def test_a_result_whose_artifact_is_gone_is_made_again(tmp_path, make_local, make_request):
    store = open_store(str(tmp_path / "shared"))
    local = await make_local(store=store)
    first = await local.text_to_3d(make_request())
    digest = first.assets["glb"].digest
    next(tmp_path.glob(f"shared/artifacts/*/{digest}")).unlink()
    second = await local.text_to_3d(make_request())
    assert [stage.stage for stage in second.stages if not stage.cached] == ["export"]
    assert second.assets["glb"].digest == digest


async def test_progress_rises_to_one_and_names_each_stage(make_local, make_request):
    events: list[JobEvent] = []
    request = make_request()
    await (await make_local()).text_to_3d(request, events.append)
    shares = [event.progress for event in events]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    finished = [event.stage for event in events if event.kind == "finished"]
    assert sorted(finished) == sorted(call.name for call in plan_text_to_3d(request).calls)
    assert sum(event.kind == "progress" for event in events) >= 6


async def test_the_seed_is_drawn_and_told_when_none_is_given(make_local, make_request):
    local = await make_local()
    seeds = {(await local.text_to_3d(make_request(seed=-1))).seed for _ in range(3)}
    assert len(seeds) == 3
    assert min(seeds) >= 0


async def test_the_manifest_tells_every_stage_and_holds_no_clock(make_local, make_request):
    local = await make_local()
    result = await local.text_to_3d(make_request())
    document = await local.store.get(result.assets["manifest"])
    manifest = Manifest.model_validate_json(document)
    assert manifest.request["seed"] == 1
    assert [stage.call for stage in manifest.stages] == [call.name for call in manifest.plan.calls]
    [export] = [stage for stage in manifest.stages if stage.stage == "export"]
    assert export.outputs["asset"] == result.assets["glb"]
    assert json.loads(document)["operation"] == "text-to-3d"
    again = await (await make_local()).text_to_3d(make_request())
    assert again.assets["manifest"] == result.assets["manifest"]


async def test_a_failure_is_the_stages_own_and_is_not_kept(make_host, make_local, make_request):
    host = make_host(engine=BrokenEngine())
    local = await make_local(host=host)
    with pytest.raises(EngineError, match="fell out"):
        await local.text_to_3d(make_request())
    host.engine = EngineFake()
    result = await local.text_to_3d(make_request())
    cached = {stage.stage for stage in result.stages if stage.cached}
    assert "encode_text" in cached
    assert "denoise" not in cached


async def test_a_stage_that_is_moved_meanwhile_runs_under_the_key_that_it_then_has(make_host, make_ledger):
    class Moving:
        """A seam behind which a new model is rolled out twice."""

        def __init__(self, host):
            self.host, self.count = host, 0

        def numeric_class(self, spec):
            return f"{self.host.numeric_class(spec)}/{self.count if spec.name == 'denoise' else 0}"

        def model(self, spec):
            return self.host.model(spec)

        async def call(self, spec, params, inputs, context):
            if spec.name == "denoise" and self.count < 2:
                self.count += 1
                raise StageMovedError("rolled out")
            async with aclosing(self.host.call(spec, params, inputs, context)) as events:
                async for event in events:
                    yield event

    host = make_host(fake=True)
    async with local_over(make_ledger(), host, owner="a", seam=Moving(host)) as local:
        result = await local.text_to_3d(TextTo3dRequest(prompt="a chair", quality="draft", seed=1))
    manifest = Manifest.model_validate_json(await host.store.get(result.assets["manifest"]))
    classes = {stage.call: stage.numeric_class.rpartition("/")[2] for stage in manifest.stages}
    assert classes["denoise"] == "2"
    assert classes["assemble"] == "0"


async def test_after_a_cancel_no_engine_call_starts(make_local, make_request):
    engine = SlowEngine()
    local = await make_local(engine=engine)
    task = asyncio.create_task(local.text_to_3d(make_request()))
    await engine.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(20):
        engine.gate.release()
        await asyncio.sleep(0.02)
    assert engine.call_counts["flow_started"] == 1


async def test_leaving_waits_for_the_thread_of_a_sync_stage(make_host, make_local, make_request):
    host = make_host()
    local = await make_local(host=host)
    rendering = asyncio.Event()

    def listen(event: JobEvent) -> None:
        if event.stage == "render":
            rendering.set()

    task = asyncio.create_task(local.text_to_3d(make_request(quality="ultra"), listen))
    await rendering.wait()
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    result = await local.text_to_3d(make_request())  # the thread is free again
    assert result.assets["glb"].byte_count > 0
    task = asyncio.create_task(local.text_to_3d(make_request(quality="ultra"), listen))
    rendering.clear()
    await rendering.wait()
    await local.orchestrator.drain()
    assert host._pools["warp"]._work_queue.empty()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_deadline_ends_the_job_and_says_how_far_it_came(make_local, make_request):
    local = await make_local(engine=SlowEngine())
    with pytest.raises(DeadlineExceededError, match=r"passed at \d+%"):
        await local.text_to_3d(make_request(deadline_s=0.2))


async def test_one_span_a_stage_under_the_jobs(make_local, make_request, monkeypatch):
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces._Current, "provider", provider)
    request = make_request()
    await (await make_local()).text_to_3d(request)
    names = [call.name for call in plan_text_to_3d(request).calls]
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert set(spans) == {"job text-to-3d", *(f"stage {name}" for name in names)}
    job = spans["job text-to-3d"]
    for name in names:
        assert spans[f"stage {name}"].parent.span_id == job.context.span_id
        assert len(spans[f"stage {name}"].attributes["galatea.key"]) == 64


BASE = {
    "scope": "a",
    "params": {"x": 1},
    "inputs": {"i": "0"},
    "model": "m/1/d",
    "numeric_class": "c",
    "seed": 1,
}


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "b"},
        {"params": {"x": 2}},
        {"inputs": {"i": "1"}},
        {"inputs": {"j": "0"}},
        {"model": "m/1/e"},
        {"model": None},
        {"numeric_class": "d"},
        {"seed": 2},
        {"seed": None},
    ],
)
def test_all_that_decides_the_bytes_is_in_the_key(change):
    spec = STAGES["denoise"]
    assert stage_key(spec, **(BASE | change)) != stage_key(spec, **BASE)


def test_name_and_version_are_in_the_key_and_order_is_not():
    spec = STAGES["denoise"]
    key = stage_key(spec, **BASE)
    assert stage_key(replace(spec, version=99), **BASE) != key
    assert stage_key(replace(spec, name="other"), **BASE) != key
    two = BASE | {"params": {"a": 1, "b": 2}}
    assert stage_key(spec, **two) == stage_key(spec, **(two | {"params": {"b": 2, "a": 1}}))
