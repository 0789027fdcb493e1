"""Triton's backend `onnxruntime`, in Python: the same models and configurations as with the C++ one.

It runs inside Triton's stub process, in an environment of its own (NumPy 1, nothing of Galatea). Beside it
lies a copy of `serve/engines/onnx_options.py`, so its sessions are those of `EngineOnnx`, and its bits too.

Source: triton-inference-server/backend, docs/python_based_backends.md.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray
from onnx_options import CPU_PROVIDER, padded, runtime_errors, runtime_name, session_options

__all__ = ["TritonPythonModel"]

# As `deployments.triton.program` and `serve.models.triton_config` call them.
_RUNTIME_VARIABLE = "GALATEA_TRITON_RUNTIME"
_THREADS_VARIABLE = "GALATEA_TRITON_THREADS"
_WEIGHTS_PARAMETER = "weights_sha256"

_Arrays = Mapping[str, NDArray[np.generic]]


class TritonPythonModel:
    """One instance of one model; Triton calls its methods from one thread."""

    @staticmethod
    def auto_complete_config(config: Any) -> Any:
        """Leave the configuration as it is: it is generated and complete."""
        return config

    def initialize(self, arguments: Mapping[str, str]) -> None:
        """Open the weights.

        Raises:
            TritonModelException: They are not those of the configuration, or the runtime is not the one
                that the server says it has.
        """
        config = json.loads(arguments["model_config"])
        folder = Path(arguments["model_repository"], arguments["model_version"])
        weights = folder / (config["default_model_filename"] or "model.onnx")
        _check_weights(weights, config)
        thread_count = int(os.environ.get(_THREADS_VARIABLE, "0"))
        self._session = onnxruntime.InferenceSession(
            str(weights), session_options(onnxruntime, thread_count), providers=[CPU_PROVIDER]
        )
        _check_runtime(self._session.get_providers()[0])
        self._inputs = [tensor["name"] for tensor in config["input"]]
        self._outputs = [tensor["name"] for tensor in config["output"]]

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Run the requests, which Triton has batched, in one execution.

        One that is cancelled in the queue does not come here. To ask again now is a round trip to the server
        for each request, and no execution gets shorter by one row.

        Returns:
            A response for each, in their order: outputs, or an error of its own.
        """
        return self._answers([self._arrays(request) for request in requests])

    def _arrays(self, request: Any) -> _Arrays:
        return {name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self._inputs}

    def _answers(self, calls: Sequence[_Arrays]) -> list[Any]:
        """All in one execution; where that fails each alone, so that one bad request harms no other."""
        try:
            return [_response(outputs) for outputs in self._run(calls)]
        except runtime_errors() as error:
            if len(calls) == 1:
                return [pb_utils.InferenceResponse(error=pb_utils.TritonError(str(error)))]
            return [answer for call in calls for answer in self._answers([call])]

    def _run(self, calls: Sequence[_Arrays]) -> list[_Arrays]:
        """The outputs of each call, of its own rows alone."""
        stops = np.cumsum([len(call[self._inputs[0]]) for call in calls])
        joined = {name: np.concatenate([call[name] for call in calls]) for name in self._inputs}
        outputs = self._session.run(self._outputs, {name: padded(array) for name, array in joined.items()})
        rows = [np.split(array[: stops[-1]], stops[:-1]) for array in outputs]
        return [dict(zip(self._outputs, split, strict=True)) for split in zip(*rows, strict=True)]


def _check_weights(weights: Path, config: Mapping[str, Any]) -> None:
    expected = config["parameters"].get(_WEIGHTS_PARAMETER, {}).get("string_value")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if expected != found:
        raise pb_utils.TritonModelException(
            f"{config['name']}: config.pbtxt was written for weights of digest {expected}, and {weights} has "
            f"{found}; write it again with `serve.models.triton_config.write_config`"
        )


def _check_runtime(provider: str) -> None:
    """Compare with what the server tells its clients, which decides the keys of their results."""
    told = os.environ.get(_RUNTIME_VARIABLE, "")
    found = runtime_name(onnxruntime.__version__, provider, told.rpartition("/")[2])
    if told != found:
        raise pb_utils.TritonModelException(
            f"the server says that it runs {told!r} and this is {found!r}; start it with `galatea triton`"
        )


def _response(outputs: _Arrays) -> Any:
    return pb_utils.InferenceResponse(
        [pb_utils.Tensor(name, np.ascontiguousarray(array)) for name, array in outputs.items()]
    )
