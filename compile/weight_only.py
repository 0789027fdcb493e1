"""torch -> ONNX with float32 arithmetic and small files: the weights are stored as int8 or float16.

Only constants are rounded. No scale depends on an activation, so a row's result does not depend on the rest
of its batch. The unfolding is `Cast` (and `Mul`), which ONNX Runtime folds into constants when it loads the
file; see `docs/decisions/0004-weight-only-int8.md`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from serve.models.spec import ModelSpec

__all__ = ["export_float32", "quantize_rows", "quantize_weights", "store_as_float16"]

_OPSET = 20
_FLOAT = onnx.TensorProto.FLOAT
# A shorter list of numbers saves less than the node that unfolds it costs.
_LEAST_HALF_COUNT = 1024


def export_float32(
    module: torch.nn.Module,
    spec: ModelSpec,
    examples: Sequence[torch.Tensor],
    axes: Mapping[int, Any],
) -> onnx.ModelProto:
    """The module as a float32 ONNX graph with the tensor names of the spec.

    Args:
        module: Its `forward` takes the spec's inputs, by these names and in this order.
        spec: The model.
        examples: One tensor for each input. With a batch of 1 the batch would be specialised; one tensor
            given twice would become one input.
        axes: The dynamic axes of every input: axis -> `torch.export.Dim`.
    """
    with warnings.catch_warnings():
        # The exporter warns of its own deprecated calls, and that the inputs share their axes (they should).
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(examples),
            dynamo=True,
            opset_version=_OPSET,
            input_names=[tensor.name for tensor in spec.inputs],
            output_names=[tensor.name for tensor in spec.outputs],
            dynamic_shapes={tensor.name: dict(axes) for tensor in spec.inputs},
            verbose=False,
        )
    assert program is not None
    return _without_notes(program.model_proto)


def _without_notes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Take out what the exporter noted about itself: stack traces and paths of the machine it ran on."""
    graph = model.graph
    del graph.value_info[:]
    for noted in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        noted.ClearField("doc_string")
        noted.ClearField("metadata_props")
    return model


def quantize_rows(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round each row to int8 with a scale of its own, symmetric around 0.

    Args:
        table: float32 [rows, width].

    Returns:
        Codes in [-127, 127], int8 [rows, width], and scales, float32 [rows]: `codes * scales[:, None]` is
        within half a scale of `table`.
    """
    peaks = np.abs(table).max(axis=1)
    scales = np.where(peaks > 0.0, peaks / 127.0, 1.0).astype(np.float32)
    return np.rint(table / scales[:, None]).astype(np.int8), scales


def quantize_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store every matrix of a `MatMul` and every table of a `Gather` as int8; activations stay float32.

    A matrix [in, out] has one scale per column (output channel). A table has one scale per row, and only the
    rows that were gathered are unfolded.

    Args:
        model: A float32 graph; left as it is.

    Returns:
        A new graph with the same inputs and outputs.
    """
    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    graph = quantized.graph
    weights = {tensor.name: tensor for tensor in graph.initializer if _is_float_matrix(tensor)}
    nodes = [made for node in graph.node for made in _quantized_node(node, weights, graph)]
    _replace_nodes(graph, nodes)
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def store_as_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store as float16 every large float32 weight that float16 holds exactly; nothing is rounded here.

    Args:
        model: A float32 graph, its weights rounded beforehand where they are to shrink; left as it is.

    Returns:
        A new graph with the same inputs, outputs and results.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    graph = halved.graph
    names = {tensor.name for tensor in graph.initializer if _is_worth_halving(tensor)}
    for tensor in graph.initializer:
        if tensor.name in names:
            halves = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(halves, _half_name(tensor.name)))
    casts = [_to_float(_half_name(name), name) for name in sorted(names)]
    _replace_nodes(graph, [*casts, *graph.node])
    onnx.checker.check_model(halved, full_check=True)
    return halved


def _replace_nodes(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """Give the graph these nodes, and drop the weights that none of them reads."""
    # Copies first: the list may hold nodes of this graph.
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    used = {name for node in copies for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:]
    graph.node.extend(copies)
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _is_float_matrix(tensor: onnx.TensorProto) -> bool:
    return tensor.data_type == _FLOAT and len(tensor.dims) == 2


def _is_worth_halving(tensor: onnx.TensorProto) -> bool:
    array = numpy_helper.to_array(tensor)
    if array.dtype != np.float32 or array.size < _LEAST_HALF_COUNT:
        return False
    with np.errstate(over="ignore"):
        return bool((array.astype(np.float16) == array).all())


def _half_name(name: str) -> str:
    return f"{name}.float16"


def _to_float(stored: str, unfolded: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [stored], [unfolded], f"{unfolded}_cast", to=_FLOAT)


def _quantized_node(
    node: onnx.NodeProto, weights: dict[str, onnx.TensorProto], graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    """The nodes that replace this one; the int8 tensors they read are added to the graph."""
    if node.op_type == "MatMul" and node.input[1] in weights:
        return _quantized_matmul(node, numpy_helper.to_array(weights[node.input[1]]), graph)
    if node.op_type == "Gather" and node.input[0] in weights:
        return _quantized_gather(node, numpy_helper.to_array(weights[node.input[0]]), graph)
    return [node]


def _quantized_matmul(
    node: onnx.NodeProto, matrix: NDArray[np.float32], graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    rows, name = node.input[0], node.input[1]
    row_codes, column_scales = quantize_rows(matrix.T)
    codes, scales = _store(graph, name, np.ascontiguousarray(row_codes.T), column_scales)
    return [
        *_unfolded(codes, scales, f"{name}.float", f"{node.name}_unfold"),
        helper.make_node("MatMul", [rows, f"{name}.float"], node.output, node.name),
    ]


def _quantized_gather(
    node: onnx.NodeProto, table: NDArray[np.float32], graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    name, indices, output = node.input[0], node.input[1], node.output[0]
    row_codes, row_scales = quantize_rows(table)
    # A second axis of 1 lets the gathered scales multiply the gathered rows.
    codes, scales = _store(graph, name, row_codes, row_scales[:, None])
    return [
        helper.make_node("Gather", [codes, indices], [f"{output}.int8"], f"{node.name}_codes", axis=0),
        helper.make_node("Gather", [scales, indices], [f"{output}.scale"], f"{node.name}_scales", axis=0),
        *_unfolded(f"{output}.int8", f"{output}.scale", output, node.name),
    ]


def _unfolded(codes: str, scales: str, output: str, node_name: str) -> list[onnx.NodeProto]:
    """`codes * scales` in float32."""
    return [
        helper.make_node("Cast", [codes], [f"{output}.codes"], f"{node_name}_cast", to=_FLOAT),
        helper.make_node("Mul", [f"{output}.codes", scales], [output], node_name),
    ]


def _store(
    graph: onnx.GraphProto, name: str, codes: NDArray[np.int8], scales: NDArray[np.float32]
) -> tuple[str, str]:
    names = f"{name}.int8", f"{name}.scale"
    graph.initializer.extend(
        numpy_helper.from_array(array, stored) for array, stored in zip((codes, scales), names, strict=True)
    )
    return names
