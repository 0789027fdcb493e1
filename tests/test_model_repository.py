"""The model repository, the ModelSpecs and the Triton configurations say the same."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

import onnx
import pytest
from onnx import numpy_helper

from serve import models
from serve.models import MODELS
from serve.models.spec import MODEL_REPOSITORY, ModelSpec, TensorSpec
from serve.models.triton_config import config_pbtxt

_ONNX_DTYPES = {"float32": onnx.TensorProto.FLOAT, "int64": onnx.TensorProto.INT64}


@pytest.fixture(params=MODELS, ids=lambda spec: spec.name)
def spec(request) -> ModelSpec:
    return request.param


@pytest.fixture(scope="module")
def graph_of():
    graphs: dict[str, onnx.ModelProto] = {}

    def graph(spec: ModelSpec) -> onnx.ModelProto:
        if spec.name not in graphs:
            graphs[spec.name] = onnx.load(spec.weights_path)
        return graphs[spec.name]

    return graph


def test_models_are_sorted_and_each_has_one_file_and_one_folder():
    names = [spec.name for spec in MODELS]
    assert names == sorted(set(names))
    assert set(MODELS) == {spec for stem in files() for spec in specs_in(stem)}
    assert set(names) == {path.name for path in MODEL_REPOSITORY.iterdir() if path.is_dir()}


def files() -> list[str]:
    return sorted(path.stem for path in Path(models.__file__).parent.glob("*.py") if path.stem != "__init__")


def specs_in(stem: str) -> list[ModelSpec]:
    """The specs that the file defines; a file has one, named as the file, or none."""
    module = importlib.import_module(f"serve.models.{stem}")
    return [value for value in vars(module).values() if isinstance(value, ModelSpec) and value.name == stem]


def test_the_committed_triton_configuration_is_the_generated_one(spec):
    committed = (MODEL_REPOSITORY / spec.name / "config.pbtxt").read_text(encoding="utf-8")
    weights = hashlib.sha256(spec.weights_path.read_bytes()).hexdigest()
    assert committed == config_pbtxt(spec, weights)


def test_the_weights_lie_in_the_version_folder_and_carry_a_notice(spec):
    assert spec.weights_path.is_file()
    assert (MODEL_REPOSITORY / spec.name / "NOTICE").read_text(encoding="utf-8").strip()
    assert spec.licence and spec.source


def test_the_graph_has_the_tensors_of_the_spec(spec, graph_of):
    graph = graph_of(spec).graph
    assert [described(value) for value in graph.input] == [expected(tensor) for tensor in spec.inputs]
    assert [described(value) for value in graph.output] == [expected(tensor) for tensor in spec.outputs]


def described(value: onnx.ValueInfoProto) -> tuple[str, int, tuple[int, ...]]:
    """Name, ONNX dtype and sizes after the batch axis, -1 where the graph has a name for the size."""
    batch, *sizes = value.type.tensor_type.shape.dim
    assert batch.dim_param == "batch"
    return (
        value.name,
        value.type.tensor_type.elem_type,
        tuple(-1 if size.dim_param else size.dim_value for size in sizes),
    )


def expected(tensor: TensorSpec) -> tuple[str, int, tuple[int, ...]]:
    return tensor.name, _ONNX_DTYPES[tensor.dtype], tensor.shape


def test_no_graph_needs_a_session_option_that_triton_does_not_pass(spec, graph_of):
    assert "DequantizeLinear" not in {node.op_type for node in graph_of(spec).graph.node}


def test_no_graph_quantises_by_what_else_is_in_the_batch(spec, graph_of):
    operators = {node.op_type for node in graph_of(spec).graph.node}
    assert not operators & {"DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM"}


def test_no_graph_sums_over_a_middle_axis(spec, graph_of):
    # ONNX Runtime takes another order there when a batch has fewer rows than there are threads.
    graph = graph_of(spec).graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type.startswith("Reduce"):
            assert numpy_helper.to_array(constants[node.input[1]]).tolist() == [-1], node.name


def test_no_graph_tells_where_it_was_made(spec, graph_of):
    graph = graph_of(spec).graph
    for noted in (graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        assert not noted.doc_string and not noted.metadata_props


def test_the_committed_weights_fit_the_budget_of_64_megabytes():
    assert sum(spec.weights_path.stat().st_size for spec in MODELS) <= 64e6


def test_a_changed_spec_changes_the_configuration(spec):
    one_less = ModelSpec(
        spec.name,
        spec.version,
        spec.summary,
        spec.inputs,
        spec.outputs,
        spec.max_batch_count - 1,
        spec.licence,
        spec.source,
    )
    assert config_pbtxt(one_less, "a" * 64) != config_pbtxt(spec, "a" * 64)
    assert config_pbtxt(spec, "a" * 64) != config_pbtxt(spec, "b" * 64)


def test_a_tensor_without_further_axes_is_reshaped_for_triton():
    timestep = TensorSpec("timestep", "float32", (), "in [0, 1]")
    spec = ModelSpec("steps", 3, "A test.", (timestep,), (timestep,), 2, "MIT", "here")
    text = config_pbtxt(spec, "a" * 64)
    assert '{ name: "timestep", data_type: TYPE_FP32, dims: [ 1 ], reshape: { shape: [ ] } }' in text
    assert "preferred_batch_size: [ 1, 2 ]" in text
    assert "versions: [ 3 ]" in text


def test_a_configuration_names_no_kind_of_device_so_that_it_loads_on_every_machine(spec):
    assert "KIND_" not in config_pbtxt(spec, "a" * 64)
