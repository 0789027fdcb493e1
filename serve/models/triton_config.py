"""Triton's `config.pbtxt`, written from a ModelSpec.

Source: Triton Inference Server, "Model Configuration" (the ModelConfig message).
"""

from __future__ import annotations

from serve.models.spec import ModelSpec, TensorSpec

__all__ = ["config_pbtxt"]

_TRITON_DTYPES = {
    "bool": "TYPE_BOOL",
    "float16": "TYPE_FP16",
    "float32": "TYPE_FP32",
    "float64": "TYPE_FP64",
    "int32": "TYPE_INT32",
    "int64": "TYPE_INT64",
    "int8": "TYPE_INT8",
    "uint8": "TYPE_UINT8",
}

# Long enough for requests that arrive together to meet, short beside one step of any model here.
_QUEUE_DELAY_US = 500


def config_pbtxt(spec: ModelSpec) -> str:
    """The text of the model's `config.pbtxt`.

    It names no `instance_group`: a group of kind GPU does not load on a machine without one,
    and Triton picks the right kind by itself.

    Raises:
        KeyError: A tensor's dtype has no Triton name.
    """
    blocks = [
        f'# Generated from serve/models/{spec.name}.py: do not edit.\nname: "{spec.name}"',
        'backend: "onnxruntime"',
        f"max_batch_size: {spec.max_batch_count}",
        _tensors("input", spec.inputs),
        _tensors("output", spec.outputs),
        f"version_policy {{ specific {{ versions: [ {spec.version} ] }} }}",
        _dynamic_batching(spec.max_batch_count),
    ]
    return "\n".join(blocks) + "\n"


def _tensors(kind: str, tensors: tuple[TensorSpec, ...]) -> str:
    return f"{kind} [\n" + ",\n".join(_tensor(tensor) for tensor in tensors) + "\n]"


def _tensor(tensor: TensorSpec) -> str:
    # A tensor with one number a row has no axis after the batch; Triton wants at least one axis.
    shape = tensor.shape or (1,)
    reshape = "" if tensor.shape else ", reshape: { shape: [ ] }"
    dims = ", ".join(str(size) for size in shape)
    dtype = _TRITON_DTYPES[tensor.dtype]
    return f'  {{ name: "{tensor.name}", data_type: {dtype}, dims: [ {dims} ]{reshape} }}'


def _dynamic_batching(max_batch_count: int) -> str:
    halves = {max_batch_count // 4, max_batch_count // 2, max_batch_count} - {0}
    preferred = ", ".join(str(size) for size in sorted(halves))
    return (
        "dynamic_batching {\n"
        f"  preferred_batch_size: [ {preferred} ]\n"
        f"  max_queue_delay_microseconds: {_QUEUE_DELAY_US}\n"
        "}"
    )
