"""The committed house model, its export and its guidance."""

from __future__ import annotations

import asyncio
import importlib.util

import numpy as np
import onnx
import pytest

from serve.engines.onnx import EngineOnnx
from serve.engines.onnx_options import CPU_PROVIDER
from serve.engines.onnx_session import open_session
from serve.geometry.part_code import CODE_SIZE
from serve.geometry.parts import MAX_PART_COUNT
from serve.models.guidance import DEFAULT_GUIDANCE_SCALE, MAX_GUIDANCE_SCALE, model_guidance
from serve.models.minilm_text import TEXT_TOKEN_COUNT
from serve.models.parts_flow import PARTS_FLOW, PARTS_FLOW_GUIDANCE
from tests.parts import require


def drawn_rows(seed=0):
    """64 rows of inputs; their texts have 0, 1, 2 ... tokens."""
    generator = np.random.default_rng(seed)
    rows = {
        tensor.name: generator.standard_normal((64, *tensor.shape), np.float32)
        for tensor in PARTS_FLOW.inputs
    }
    rows["time"] = generator.random(64, np.float32)
    token_counts = np.arange(64)[:, None] % (TEXT_TOKEN_COUNT + 1)
    rows["mask"] = (np.arange(TEXT_TOKEN_COUNT) < token_counts).astype(np.float32)
    return rows


ROWS = drawn_rows()


@pytest.fixture(scope="module")
def clean_of():
    """Runs the committed graph itself, without the engine's padding, on these rows and so many threads."""
    sessions = {}

    def clean(rows, thread_count=1):
        if thread_count not in sessions:
            sessions[thread_count] = open_session(
                PARTS_FLOW, PARTS_FLOW.weights_path, (CPU_PROVIDER,), thread_count
            )
        return sessions[thread_count].run(["clean"], rows)[0]

    return clean


@pytest.fixture(scope="module")
def all_clean(clean_of):
    return clean_of(ROWS)


def chosen(indices):
    return {name: array[indices] for name, array in ROWS.items()}


def orders(row_count):
    """Three choices of so many rows: the first ones, the last ones backwards, and drawn ones."""
    drawn = np.random.default_rng(row_count).permutation(64)[:row_count]
    return np.arange(row_count), np.arange(64)[::-1][:row_count], drawn


def test_the_spec_has_the_sizes_of_the_part_code():
    assert PARTS_FLOW.inputs[0].shape == PARTS_FLOW.outputs[0].shape == (MAX_PART_COUNT, CODE_SIZE)


@pytest.mark.parametrize("row_count", [1, 2, 3, 7, 16, 32, 33, 64])
def test_a_row_has_the_same_bits_whatever_its_mates_and_its_place(row_count, clean_of, all_clean):
    for indices in orders(row_count):
        np.testing.assert_array_equal(clean_of(chosen(indices)), all_clean[indices])


@pytest.mark.parametrize("row_count", [1, 2, 3, 7, 33, 64])
@pytest.mark.parametrize("thread_count", [2, 3, 8])
def test_threads_do_not_change_a_bit(thread_count, row_count, clean_of, all_clean):
    indices = orders(row_count)[2]
    np.testing.assert_array_equal(clean_of(chosen(indices), thread_count), all_clean[indices])


def test_what_stands_in_the_padding_changes_nothing(clean_of, all_clean):
    padding = ROWS["mask"][:8, :, None] == 0.0
    rows = chosen(slice(8))
    rows["tokens"] = np.where(padding, 7.5, rows["tokens"]).astype(np.float32)
    np.testing.assert_array_equal(clean_of(rows), all_clean[:8])


def test_the_text_and_the_time_and_the_parts_all_matter(clean_of):
    rows = chosen(slice(20, 22))
    first = clean_of(rows)
    for name in ("parts", "time", "tokens", "mask"):
        changed = {**rows, name: rows[name] * np.float32(0.5)}
        assert np.abs(clean_of(changed) - first).max() > 1e-3, name


async def test_steps_of_several_requests_share_an_execution_without_changing_a_bit(all_clean):
    engine = EngineOnnx(thread_count=1)
    pairs = [slice(start, start + 2) for start in (0, 10, 40)]
    outputs = await asyncio.gather(*(engine.infer(PARTS_FLOW, chosen(pair)) for pair in pairs))
    assert engine.batch_counts == {6: 1}
    for pair, output in zip(pairs, outputs, strict=True):
        np.testing.assert_array_equal(output["clean"], all_clean[pair])
    engine.close()


@pytest.fixture(scope="module")
def house_export():
    """The module that exports."""
    require("torch", importlib.util.find_spec("torch") is not None, "pip install -e '.[compile]'")
    import compile.house.export

    return compile.house.export


@pytest.fixture(scope="module")
def tiny_network(house_export):
    """A network of one narrow block with drawn weights, rounded as the export rounds them."""
    import torch

    from compile.house.network import FlowSize, PartsFlow

    network = PartsFlow(FlowSize(width=32, block_count=1, head_count=2))
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for weight in network.parameters():
            weight.normal_(0.0, 0.1, generator=generator)
    return house_export.round_to_float16(network.eval())


@pytest.fixture(scope="module")
def export_to(house_export, tiny_network, tmp_path_factory):
    """Runs the command on a checkpoint of the tiny network; gives the model's folder."""
    import torch

    checkpoint = tmp_path_factory.mktemp("checkpoint") / "train.pt"
    torch.save({"average": tiny_network.state_dict(), "size": tiny_network.size.as_dict()}, checkpoint)

    def export(repository):
        house_export.main(["--checkpoint", str(checkpoint), "--repository", str(repository)])
        return repository / PARTS_FLOW.name

    return export


@pytest.fixture(scope="module")
def exported(export_to, tmp_path_factory):
    return export_to(tmp_path_factory.mktemp("repository"))


def trained_clean(network, rows):
    import torch

    with torch.inference_mode():
        return network(*(torch.from_numpy(array) for array in rows.values())).numpy()


def test_the_command_writes_a_graph_that_computes_what_torch_does(exported, tiny_network):
    weights = exported / "1" / "model.onnx"
    served = open_session(PARTS_FLOW, weights, (CPU_PROVIDER,), 1).run(["clean"], ROWS)[0]
    trained = trained_clean(tiny_network, ROWS)
    assert np.abs(trained).max() > 0.3
    np.testing.assert_allclose(served, trained, rtol=0.0, atol=1e-5)
    made = sorted(str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file())
    assert made == ["1/model.onnx", "NOTICE", "config.pbtxt"]


def test_large_weights_are_stored_in_half_the_bytes(exported):
    graph = onnx.load(exported / "1" / "model.onnx").graph
    large = [tensor for tensor in graph.initializer if np.prod(tensor.dims) >= 1024]
    assert len(large) >= 12
    assert {tensor.data_type for tensor in large} == {onnx.TensorProto.FLOAT16}


def test_the_parity_check_sees_a_changed_weight(house_export, exported, tiny_network):
    model = onnx.load(exported / "1" / "model.onnx")
    assert house_export.parity_error(tiny_network, model) <= house_export.MAX_PARITY_ERROR
    bias = next(tensor for tensor in model.graph.initializer if tensor.name == "leave.bias")
    bias.CopyFrom(
        onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + np.float32(1e-4), bias.name)
    )
    assert house_export.parity_error(tiny_network, model) > house_export.MAX_PARITY_ERROR


def test_a_text_may_be_padded_to_any_length(tiny_network):
    rows = chosen(slice(0, 9))
    longer = trained_clean(tiny_network, rows)
    shorter = trained_clean(
        tiny_network, {**rows, "tokens": rows["tokens"][:, :8], "mask": rows["mask"][:, :8]}
    )
    np.testing.assert_allclose(shorter, longer, rtol=0.0, atol=1e-6)


@pytest.mark.full
def test_the_export_gives_the_same_bytes_again(exported, export_to, tmp_path):
    again = export_to(tmp_path)
    for name in ("1/model.onnx", "NOTICE", "config.pbtxt"):
        assert (again / name).read_bytes() == (exported / name).read_bytes(), name


def test_guidance_is_the_text_alone_at_0_and_the_models_optimum_at_the_default():
    assert model_guidance(0.0) == 1.0
    assert model_guidance(DEFAULT_GUIDANCE_SCALE) == PARTS_FLOW_GUIDANCE > 1.0


def test_guidance_grows_with_the_requests_scale():
    weights = [model_guidance(scale, optimum=1.5) for scale in np.linspace(0.0, MAX_GUIDANCE_SCALE, 41)]
    assert np.all(np.diff(weights) > 0.0)
    assert weights[-1] == pytest.approx(1.0 + 0.5 * 20.0 / 7.5)


@pytest.mark.parametrize("scale", [-0.1, 20.1, float("nan")])
def test_a_guidance_scale_out_of_range_is_refused(scale):
    with pytest.raises(ValueError, match=r"it must be 0 to 20\.0"):
        model_guidance(scale)
