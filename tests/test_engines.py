"""Engines: validation, ONNX Runtime in process, and the fake."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from serve.contracts.errors import ERRORS, DeadlineExceededError, EngineError, EngineInputError
from serve.engines.fake import EngineFake
from serve.engines.onnx import EngineOnnx
from serve.engines.terms import Terms
from serve.models.minilm_text import MINILM_TEXT
from serve.models.spec import ModelSpec, TensorSpec

# y = tanh(x W) + table[kind]: three numbers and a kind a row, any number of points.
POINTS = ModelSpec(
    name="points",
    version=1,
    summary="A model for tests.",
    inputs=(
        TensorSpec("kind", "int64", (), "0 to 4"),
        TensorSpec("x", "float32", (-1, 3), "points"),
    ),
    outputs=(TensorSpec("y", "float32", (-1, 8), "features"),),
    max_batch_count=8,
    licence="Apache-2.0",
    source="this file",
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """The ONNX file of `POINTS`."""
    generator = np.random.default_rng(3)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "matrix"], ["xw"]),
            helper.make_node("Tanh", ["xw"], ["t"]),
            helper.make_node("Gather", ["table", "kind"], ["row"]),
            helper.make_node("Add", ["t", "row"], ["y"]),
        ],
        "points",
        [
            helper.make_tensor_value_info("kind", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "count", 3]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "count", 8])],
        [
            numpy_helper.from_array(generator.normal(size=(3, 8)).astype(np.float32), "matrix"),
            numpy_helper.from_array(generator.normal(size=(5, 1, 8)).astype(np.float32), "table"),
        ],
    )
    path = tmp_path_factory.mktemp("weights") / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


@pytest.fixture
def engine_onnx(weights):
    """Makes engines and closes them."""
    made = []

    def engine(**options) -> EngineOnnx:
        made.append(EngineOnnx(**{"thread_count": 1, "weights_of": lambda spec: weights, **options}))
        return made[-1]

    yield engine
    for one in made:
        one.close()


@pytest.fixture(params=["onnx", "fake"])
def engine(request, engine_onnx):
    return engine_onnx() if request.param == "onnx" else EngineFake()


def points(row_count=1, seed=0, point_count=4):
    generator = np.random.default_rng(seed)
    return {
        "kind": generator.integers(0, 5, row_count),
        "x": generator.normal(size=(row_count, point_count, 3)).astype(np.float32),
    }


def with_value(value):
    x = points(3)["x"].copy()
    x[2, 1, 0] = value
    return {"x": x}


WRONG = {
    "missing": ({"x": None}, "input `x` is missing; given are ['kind']"),
    "unknown": ({"z": np.zeros(3)}, "input `z` is unknown; expected are ['kind', 'x']"),
    "dtype": ({"x": np.zeros((3, 4, 3))}, "input `x` has dtype float64; expected is float32"),
    "axes": ({"x": np.zeros((3, 3), np.float32)}, "input `x` has shape [3, 3]; expected is [rows, any, 3]"),
    "size": (
        {"x": np.zeros((3, 4, 2), np.float32)},
        "input `x` has shape [3, 4, 2]; expected is [rows, any, 3]",
    ),
    "no points": ({"x": np.zeros((3, 0, 3), np.float32)}, "input `x` has shape [3, 0, 3]"),
    "rows": ({"x": np.zeros((2, 4, 3), np.float32)}, "input `x` has 2 rows; wanted are the 3 of `kind`"),
    "NaN": (with_value(np.nan), "input `x` holds NaN or infinity in row 2"),
    "infinity": (with_value(-np.inf), "input `x` holds NaN or infinity in row 2"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
async def test_wrong_inputs_are_refused_by_name_value_and_expectation(engine, change, message):
    inputs = {name: array for name, array in {**points(3), **change}.items() if array is not None}
    with pytest.raises(EngineInputError) as caught:
        await engine.infer(POINTS, inputs)
    assert f"points: {message}" in str(caught.value)


def test_wrong_inputs_are_not_worth_a_retry_and_a_failed_engine_is():
    assert EngineInputError in ERRORS and not issubclass(EngineInputError, EngineError)
    assert not EngineInputError.retryable and EngineError.retryable


@pytest.mark.parametrize("row_count", [0, 9])
async def test_no_rows_and_too_many_rows_are_refused(engine, row_count):
    with pytest.raises(EngineInputError, match=f"input `kind` has {row_count} rows; expected are 1 to 8"):
        await engine.infer(POINTS, points(row_count))


@pytest.mark.parametrize("row_count", [1, 2, 8])
async def test_outputs_have_the_shape_and_dtype_of_the_spec(engine, row_count):
    outputs = await engine.infer(POINTS, points(row_count, point_count=6))
    assert list(outputs) == ["y"]
    assert outputs["y"].shape == (row_count, 6, 8)
    assert outputs["y"].dtype == np.float32


async def test_a_row_gives_the_same_bits_alone_in_a_batch_and_beside_other_calls(engine):
    inputs = points(8)
    together = (await engine.infer(POINTS, inputs))["y"]
    lone = [{name: array[row : row + 1] for name, array in inputs.items()} for row in range(8)]
    beside = await asyncio.gather(*(engine.infer(POINTS, row) for row in lone))
    for row in range(8):
        np.testing.assert_array_equal(beside[row]["y"][0], together[row])
        np.testing.assert_array_equal((await engine.infer(POINTS, lone[row]))["y"][0], together[row])


async def test_onnx_computes_what_the_graph_says(engine_onnx, weights):
    matrix, table = (numpy_helper.to_array(tensor) for tensor in onnx.load(weights).graph.initializer)
    inputs = points(5)
    outputs = await engine_onnx().infer(POINTS, inputs)
    np.testing.assert_allclose(
        outputs["y"], np.tanh(inputs["x"] @ matrix) + table[inputs["kind"]], atol=1e-6, rtol=0.0
    )


async def test_a_model_is_loaded_once_and_in_the_engines_thread(engine_onnx, weights):
    threads = []

    def weights_of(spec):
        threads.append(threading.current_thread().name)
        return weights

    one = engine_onnx(weights_of=weights_of)
    await asyncio.gather(*(one.infer(POINTS, points(3, seed)) for seed in range(20)))
    assert len(threads) == 1
    assert threads[0].startswith("engine-onnx")


async def test_calls_that_arrive_together_share_executions_of_whole_calls(engine_onnx):
    one = engine_onnx()
    await asyncio.gather(*(one.infer(POINTS, points(3, seed)) for seed in range(5)))
    assert one.batch_counts == {6: 2, 3: 1}


async def test_missing_weights_are_named_with_the_command_that_makes_them(engine_onnx, tmp_path):
    one = engine_onnx(weights_of=lambda spec: tmp_path / "none.onnx")
    for attempt in (lambda: one.infer(POINTS, points()), lambda: asyncio.to_thread(one.digest, POINTS)):
        with pytest.raises(EngineError, match=r"missing at .*none\.onnx; .*`galatea compile points`"):
            await attempt()


@pytest.mark.parametrize("keep", [0, 100])
async def test_corrupt_weights_are_an_engine_error_and_can_be_mended(engine_onnx, weights, tmp_path, keep):
    path = tmp_path / "model.onnx"
    path.write_bytes(weights.read_bytes()[:keep])
    one = engine_onnx(weights_of=lambda spec: path)
    with pytest.raises(EngineError, match=r"points: .*model\.onnx cannot be loaded"):
        await one.infer(POINTS, points())
    path.write_bytes(weights.read_bytes())
    assert (await one.infer(POINTS, points()))["y"].shape == (1, 4, 8)


async def test_weights_of_another_model_are_refused(engine_onnx):
    one = engine_onnx(weights_of=lambda spec: MINILM_TEXT.weights_path)
    with pytest.raises(EngineError, match=r"the graph's inputs are \['attention_mask', 'input_ids'\]"):
        await one.infer(POINTS, points())


async def test_a_provider_that_is_not_there_is_refused(engine_onnx):
    one = engine_onnx(providers=("NoSuchProvider",), architecture="sm_90")
    with pytest.raises(EngineError, match="no NoSuchProvider"):
        await one.infer(POINTS, points())
    with pytest.raises(EngineError, match="`architecture` must name the device"):
        EngineOnnx(providers=("CUDAExecutionProvider",))


async def test_a_failed_execution_names_the_model_and_leaves_the_engine_working(engine_onnx):
    one = engine_onnx()
    with pytest.raises(EngineError, match="points: the execution of 2 rows failed"):
        await one.infer(POINTS, {**points(2), "kind": np.array([0, 99])})
    assert (await one.infer(POINTS, points(2)))["y"].shape == (2, 4, 8)


async def test_a_deadline_takes_a_call_out_of_the_queue_and_harms_no_other(engine_onnx):
    one = engine_onnx()
    await one.infer(POINTS, points())
    now = datetime.now(UTC).timestamp()
    good, late = await asyncio.gather(
        one.infer(POINTS, points(3), Terms(deadline_at=now + 60.0)),
        one.infer(POINTS, points(2), Terms(deadline_at=now - 1.0)),
        return_exceptions=True,
    )
    assert good["y"].shape == (3, 4, 8)
    assert isinstance(late, DeadlineExceededError)
    assert "points: the deadline passed" in str(late)


async def test_a_closed_engine_refuses(engine_onnx):
    one = engine_onnx()
    await one.infer(POINTS, points())
    waiting = asyncio.create_task(one.infer(POINTS, points()))
    await asyncio.sleep(0)
    one.close()
    one.close()
    with pytest.raises(EngineError, match="closed"):
        await waiting
    with pytest.raises(EngineError, match="closed"):
        await one.infer(POINTS, points())


def test_the_digest_is_that_of_the_file_and_is_read_once(engine_onnx, weights, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(weights.read_bytes())
    one = engine_onnx(weights_of=lambda spec: path)
    expected = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert one.digest(POINTS) == expected
    path.unlink()
    assert one.digest(POINTS) == expected


def test_the_numeric_class_names_what_decides_the_bits_and_no_thread_count(engine_onnx):
    runtime, provider, architecture, precision = engine_onnx().numeric_class(POINTS).split("/")
    assert runtime.startswith("onnxruntime-1.")
    assert (provider, precision) == ("CPUExecutionProvider", "float32")
    assert architecture
    assert engine_onnx(thread_count=2).numeric_class(POINTS) == engine_onnx().numeric_class(POINTS)


def test_an_engine_serves_one_event_loop_after_another(engine_onnx):
    one = engine_onnx()
    first, second = (asyncio.run(one.infer(POINTS, points())) for _ in range(2))
    np.testing.assert_array_equal(first["y"], second["y"])


async def test_the_fake_depends_on_the_rows_bytes_the_model_and_nothing_else():
    inputs = points(2)
    first = (await EngineFake().infer(POINTS, inputs))["y"]
    again = (await EngineFake().infer(POINTS, {name: array.copy() for name, array in inputs.items()}))["y"]
    np.testing.assert_array_equal(first, again)
    assert -1.0 <= first.min() < -0.5 and 0.5 < first.max() < 1.0
    inputs["kind"][1] = (inputs["kind"][1] + 1) % 5
    changed = (await EngineFake().infer(POINTS, inputs))["y"]
    np.testing.assert_array_equal(changed[0], first[0])
    assert not np.array_equal(changed[1], first[1])
    assert not np.array_equal((await EngineFake().infer(replace(POINTS, version=2), inputs))["y"], changed)


async def test_the_fake_counts_calls_and_takes_its_time_from_the_sleep_it_is_given():
    slept = []

    async def sleep(duration_s):
        slept.append(duration_s)

    fake = EngineFake(latency_s=0.25, sleep=sleep)
    await asyncio.gather(*(fake.infer(POINTS, points()) for _ in range(3)))
    assert fake.call_counts == {"points": 3}
    assert slept == [0.25] * 3
    assert fake.numeric_class(POINTS) == "fake/float32"
    assert fake.digest(POINTS) != fake.digest(MINILM_TEXT)


async def test_the_fake_makes_integers_too():
    mask = ModelSpec(
        "mask", 1, "x", POINTS.inputs, (TensorSpec("on", "int64", (3,), "0 or 1"),), 8, "MIT", "here"
    )
    outputs = await EngineFake().infer(mask, points(4))
    assert outputs["on"].dtype == np.int64 and outputs["on"].shape == (4, 3)
    assert set(np.unique(outputs["on"])) == {0, 1}


async def test_the_committed_text_encoder_joins_callers_without_changing_a_bit(engine_onnx):
    one = engine_onnx(weights_of=lambda spec: spec.weights_path)
    generator = np.random.default_rng(11)
    calls = [
        {
            "input_ids": generator.integers(1000, 30000, (row_count, 32)),
            "attention_mask": np.ones((row_count, 32), np.int64),
        }
        for row_count in (1, 3, 2, 1)
    ]
    joined = await asyncio.gather(*(one.infer(MINILM_TEXT, inputs) for inputs in calls))
    assert one.batch_counts == {7: 1}
    for inputs, outputs in zip(calls, joined, strict=True):
        alone = await one.infer(MINILM_TEXT, inputs)
        for name in ("tokens", "pooled"):
            np.testing.assert_array_equal(outputs[name], alone[name])
