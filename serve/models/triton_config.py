"""Triton's `config.pbtxt`, written from a ModelSpec: one file for the C++ backend and for ours.

It names nothing of the machine, so that it loads with and without a GPU, and nothing of a release, so that
it loads in old and new servers.

Source: Triton Inference Server, "Model Configuration" (the ModelConfig message).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from serve.models.spec import ModelSpec, TensorSpec

__all__ = ["PRIORITY_COUNT", "WEIGHTS_PARAMETER", "config_pbtxt", "write_config"]

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

# Says which weights the file was written for; our backend refuses to load others.
WEIGHTS_PARAMETER = "weights_sha256"

# As many as jobs have classes: 1 is interactive, 2 normal, 3 batch.
PRIORITY_COUNT = 3
_NORMAL = 2

# Long enough for requests that arrive together to meet, short beside one step of any model here.
_QUEUE_DELAY_US = 500

# Calls that may wait, in batches of calls of one row. Denoising calls have two, so this is twice as many
# batches of theirs: seconds on a CPU. More would only wait longer than they take to come again.
_QUEUED_BATCH_COUNT = 4

# Seconds in the queue after which a call of this priority is refused. A call's own deadline can shorten it.
# One denoising step is milliseconds on a GPU: so long a wait means that the server is behind, and the
# sooner an interactive caller learns that, the sooner it is sent to another one.
_QUEUE_TIMEOUT_S = {1: 10, 2: 30, 3: 120}

# Rows of the warm-up: the fewest that a CPU engine executes. Memory and kernels are there for the first call.
_WARM_ROW_COUNT = 2


def config_pbtxt(spec: ModelSpec, weights_sha256: str) -> str:
    """The text of the model's `config.pbtxt`.

    Args:
        spec: The model.
        weights_sha256: Of its ONNX file, hexadecimal.

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
        _instance_group(),
        _dynamic_batching(spec.max_batch_count),
        _warm_up(spec),
        f'parameters {{ key: "{WEIGHTS_PARAMETER}" value {{ string_value: "{weights_sha256}" }} }}',
    ]
    return "\n".join(blocks) + "\n"


def write_config(spec: ModelSpec, folder: Path) -> None:
    """Write the configuration beside the weights, whose digest it takes.

    Args:
        spec: The model.
        folder: Its folder in a model repository.

    Raises:
        OSError: The weights cannot be read, or the file not written.
    """
    weights = folder / str(spec.version) / "model.onnx"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (folder / "config.pbtxt").write_text(config_pbtxt(spec, digest), encoding="utf-8")


def _tensors(kind: str, tensors: tuple[TensorSpec, ...]) -> str:
    return f"{kind} [\n" + ",\n".join(_tensor(tensor) for tensor in tensors) + "\n]"


def _tensor(tensor: TensorSpec) -> str:
    # A tensor with one number a row has no axis after the batch; Triton wants at least one axis.
    reshape = "" if tensor.shape else ", reshape: { shape: [ ] }"
    dtype = _TRITON_DTYPES[tensor.dtype]
    return f'  {{ name: "{tensor.name}", data_type: {dtype}, dims: {_dims(tensor.shape or (1,))}{reshape} }}'


def _dims(shape: tuple[int, ...]) -> str:
    return f"[ {', '.join(str(size) for size in shape)} ]"


def _instance_group() -> str:
    """Two instances for each device, of which one executes: while it does, the next batch is taken.

    With one, and a queue that has levels or limits, the batcher of Triton 2.51 now and then misses the end of
    an execution and wakes half a second late; with two it was never seen to (600 calls of one caller; the
    same wait is told of in triton-inference-server/server, issue 8870).

    No kind: the server takes a GPU where there is one. Each execution takes the one token of its device, if
    the server was started with `--rate-limit=execution_count`: that is meant for CPUs, where models that
    execute at once only slow each other down. On a GPU leave it off, or give the device more tokens.
    """
    limit = 'rate_limiter { resources [ { name: "device", count: 1 } ] }'
    return f"instance_group [ {{ count: 2, {limit} }} ]"


def _dynamic_batching(max_batch_count: int) -> str:
    halves = {max_batch_count // 4, max_batch_count // 2, max_batch_count} - {0}
    preferred = ", ".join(str(size) for size in sorted(halves))
    others = [priority for priority in _QUEUE_TIMEOUT_S if priority != _NORMAL]
    policies = [
        f"  priority_queue_policy {{ key: {priority} value {_queue_policy(priority, max_batch_count)} }}"
        for priority in others
    ]
    lines = [
        "dynamic_batching {",
        f"  preferred_batch_size: [ {preferred} ]",
        f"  max_queue_delay_microseconds: {_QUEUE_DELAY_US}",
        f"  priority_levels: {PRIORITY_COUNT}",
        f"  default_priority_level: {_NORMAL}",
        f"  default_queue_policy {_queue_policy(_NORMAL, max_batch_count)}",
        *policies,
        "}",
    ]
    return "\n".join(lines)


def _queue_policy(priority: int, max_batch_count: int) -> str:
    """Refuse, with UNAVAILABLE, what does not fit; refuse what has waited too long."""
    timeout_us = _QUEUE_TIMEOUT_S[priority] * 1_000_000
    return (
        f"{{ timeout_action: REJECT, default_timeout_microseconds: {timeout_us}, "
        f"allow_timeout_override: true, max_queue_size: {_QUEUED_BATCH_COUNT * max_batch_count} }}"
    )


def _warm_up(spec: ModelSpec) -> str:
    """Zeros, as `serve.models.spec.example_rows` has them: an index that is drawn could be none."""
    inputs = [
        f'  inputs {{ key: "{tensor.name}" value {{ data_type: {_TRITON_DTYPES[tensor.dtype]}, '
        f"dims: {_dims(spec.example_shape(tensor) or (1,))}, zero_data: true }} }}"
        for tensor in spec.inputs
    ]
    head = f'model_warmup {{\n  name: "example"\n  batch_size: {min(_WARM_ROW_COUNT, spec.max_batch_count)}'
    return "\n".join([head, *inputs, "}"])
