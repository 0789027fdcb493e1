"""The server's side: the repository as it is, round robin, traces, claims that are checked."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial

import grpc
import numpy as np
import onnx
import pytest
from google.protobuf import text_format
from google.protobuf.json_format import MessageToJson
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc

from deployments.triton.program import trace_options
from serve.contracts.errors import EngineError
from serve.engines.triton import EngineTriton
from serve.models import MODELS
from serve.models.prompt_domain import PROMPT_DOMAIN
from serve.models.spec import MODEL_REPOSITORY
from serve.models.triton_config import write_config
from serve.telemetry import configure_traces, tracer
from tests.collector import running_collector
from tests.served import until
from tests.triton import RealTriton, counted, random_rows, settled


@pytest.fixture
def ask(triton):
    """Triton's own client, of the run's server or of another."""
    channels = []

    def stub(url=None):
        channels.append(grpc.insecure_channel(url or triton.url))
        return service_pb2_grpc.GRPCInferenceServiceStub(channels[-1])

    yield stub
    for channel in channels:
        channel.close()


@pytest.fixture
def make_engine():
    made = []

    def make(url, **options):
        made.append(EngineTriton(url, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture(scope="module")
def collector():
    with running_collector() as running:
        yield running


@pytest.fixture(scope="module")
def other_server(tmp_path_factory, collector):
    """Of the smallest model alone, with traces, and without a word on its runtime."""
    at_once = "--trace-config=opentelemetry,bsp_schedule_delay=200"  # milliseconds
    options = ("--id=triton", *trace_options(collector.url), at_once)
    server = RealTriton(tmp_path_factory.mktemp("other") / "log", options, (PROMPT_DOMAIN,))
    server.begin()
    yield server
    server.end()


@pytest.fixture
def other_triton(triton, request):
    return request.getfixturevalue("other_server")


def config_in_repository(spec):
    text = (MODEL_REPOSITORY / spec.name / "config.pbtxt").read_text()
    return text_format.Parse(text, model_config_pb2.ModelConfig())


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.name)
def test_the_repository_is_served_as_it_is(spec, ask):
    assert ask().ModelReady(service_pb2.ModelReadyRequest(name=spec.name)).ready
    served = ask().ModelConfig(service_pb2.ModelConfigRequest(name=spec.name)).config
    expected = config_in_repository(spec)
    for field in ("backend", "max_batch_size", "input", "output", "dynamic_batching", "model_warmup"):
        assert getattr(served, field) == getattr(expected, field), field
    assert served.parameters == expected.parameters
    [group] = served.instance_group
    assert group.count == 2
    assert group.kind == model_config_pb2.ModelInstanceGroup.KIND_CPU


def test_weights_that_are_not_those_of_the_configuration_are_not_loaded(other_triton, ask):
    config = config_in_repository(MODELS[1])
    config.parameters["weights_sha256"].string_value = "a" * 64
    asked = service_pb2.RepositoryModelLoadRequest(model_name=config.name)
    asked.parameters["config"].string_param = MessageToJson(config, preserving_proto_field_name=True)
    with pytest.raises(grpc.RpcError, match=f"written for weights of digest {'a' * 64}"):
        ask(other_triton.url).RepositoryModelLoad(asked)


async def test_one_channel_uses_every_server_behind_a_name_and_goes_on_with_those_that_live(
    triton, other_triton, make_engine
):
    servers = [triton, other_triton]
    name = "ipv4:" + ",".join(server.url for server in servers)
    engine, own = make_engine(name), [make_engine(server.url) for server in servers]
    before = [await settled(one, PROMPT_DOMAIN) for one in own]
    rows = random_rows(PROMPT_DOMAIN, 2)
    expected = await own[0].infer(PROMPT_DOMAIN, rows)
    await engine.infer(PROMPT_DOMAIN, rows)
    for _ in range(10):
        outputs = await engine.infer(PROMPT_DOMAIN, rows)
        np.testing.assert_array_equal(outputs["category_logits"], expected["category_logits"])
    for one, earlier in zip(own, before, strict=True):
        await counted(one, PROMPT_DOMAIN, earlier, 6)
    other_triton.kill()
    for _ in range(10):
        await engine.infer(PROMPT_DOMAIN, rows)
    other_triton.begin()
    await own[1].infer(PROMPT_DOMAIN, rows)
    ran = await settled(own[1], PROMPT_DOMAIN)
    for _ in range(300):
        await engine.infer(PROMPT_DOMAIN, rows)
        if (await own[1].statistics(PROMPT_DOMAIN)).since(ran).row_count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the server that came back is not used again")


async def test_the_callers_trace_goes_on_inside_the_server(other_triton, make_engine, collector):
    engine = make_engine(other_triton.url)

    def is_complete(trace_id):
        return collector.spans(trace_id).keys() >= {"InferRequest", "prompt_domain", "compute"}

    end = configure_traces("test", collector.url)
    try:
        for _ in range(10):  # Triton sends each batch of spans once: on a busy machine one may be lost
            with tracer().start_as_current_span("caller") as span:
                await engine.infer(PROMPT_DOMAIN, random_rows(PROMPT_DOMAIN, 2))
                trace_id = f"{span.get_span_context().trace_id:032x}"
            if await asyncio.to_thread(until, partial(is_complete, trace_id), 5):
                break
    finally:
        end()
    spans = collector.spans(trace_id)
    assert is_complete(trace_id), (spans.keys(), other_triton.log.read_text())
    assert spans["InferRequest"].parent_span_id == spans["caller"].span_id


async def test_a_server_that_comes_back_with_other_weights_ends_the_stage(triton, make_engine, tmp_path):
    folder = tmp_path / "models" / PROMPT_DOMAIN.name
    shutil.copytree(MODEL_REPOSITORY / PROMPT_DOMAIN.name, folder)
    server = RealTriton(tmp_path / "log", models=(PROMPT_DOMAIN,), repository=folder.parent)
    server.begin()
    try:
        engine, rows = make_engine(server.url), random_rows(PROMPT_DOMAIN, 2)
        digest = engine.digest(PROMPT_DOMAIN)
        expected = await engine.infer(PROMPT_DOMAIN, rows)
        server.kill()
        assert engine.digest(PROMPT_DOMAIN) == digest
        waiting = asyncio.create_task(engine.infer(PROMPT_DOMAIN, rows))
        other = onnx.load(folder / "1" / "model.onnx")
        other.doc_string = "other bytes"
        onnx.save(other, folder / "1" / "model.onnx")
        write_config(PROMPT_DOMAIN, folder)
        await asyncio.to_thread(server.begin)
        with pytest.raises(EngineError, match="came back with other weights or another runtime") as caught:
            await waiting
        assert caught.value.retryable
        outputs = await engine.infer(PROMPT_DOMAIN, rows)
        np.testing.assert_array_equal(outputs["category_logits"], expected["category_logits"])
        assert engine.digest(PROMPT_DOMAIN) != digest
    finally:
        server.end()


def test_a_server_that_does_not_say_its_runtime_is_no_source_of_reproducible_results(
    other_triton, make_engine
):
    engine = make_engine(other_triton.url)
    with pytest.raises(EngineError, match="calls itself 'triton', which names no runtime: start it with"):
        engine.numeric_class(PROMPT_DOMAIN)
