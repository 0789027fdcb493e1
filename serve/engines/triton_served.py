"""What a Triton server says of a model that it serves: its runtime and its weights.

Both decide the keys of results, so neither is guessed. The runtime is the server's id (`tritonserver --id`):
`galatea triton` sets it and our backend refuses to load when it is not the truth; who starts NVIDIA's
container says there what it is. The weights' digest stands in the model's configuration, which is generated
with them; our backend compares it with the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from time import perf_counter

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from serve.contracts.errors import EngineError
from serve.engines.triton_channel import channel_options, grpc_target
from serve.models.spec import ModelSpec
from serve.models.triton_config import WEIGHTS_PARAMETER

__all__ = ["Served", "ServedModels", "ask_served"]

_RUNTIME = re.compile(r"[\w.+-]+-\d[\w.+-]*(/[\w.+-]+){2}")  # onnxruntime-1.31.1/CPUExecutionProvider/x86_64
_TIMEOUT_S = 5.0
_REPEATED_TIMEOUT_S = 0.5  # the loop waits meanwhile, and the last answer would do
_FRESH_S = 1.0  # shorter than any server takes to start again


@dataclass(frozen=True, slots=True)
class Served:
    """A model as a server has it.

    Args:
        runtime: Runtime and version, provider, architecture.
        weights_sha256: Hexadecimal.
    """

    runtime: str
    weights_sha256: str


def ask_served(url: str, spec: ModelSpec, timeout_s: float) -> Served:
    """Ask the server, in this thread, which takes about a millisecond.

    Raises:
        EngineError: It does not answer, does not serve the model, or does not say what it must.
    """
    with grpc.insecure_channel(grpc_target(url), options=channel_options()) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        try:
            server = stub.ServerMetadata(service_pb2.ServerMetadataRequest(), timeout=timeout_s)
            asked = service_pb2.ModelConfigRequest(name=spec.name, version=str(spec.version))
            config = stub.ModelConfig(asked, timeout=timeout_s).config
        except grpc.RpcError as error:
            raise EngineError(
                f"{spec.name}: Triton at {url} cannot be asked what it serves ({error.code().name}: "
                f"{error.details()}); start it with `galatea triton`, or correct GALATEA_TRITON_URL"
            ) from None
    if not _RUNTIME.fullmatch(server.name):
        raise EngineError(
            f"Triton at {url} calls itself {server.name!r}, which names no runtime: start it with "
            "`--id=RUNTIME-VERSION/PROVIDER/ARCHITECTURE`, such as "
            "`--id=onnxruntime-1.20.1/CUDAExecutionProvider/sm_90`, for that decides results to the last bit"
        )
    digest = config.parameters[WEIGHTS_PARAMETER].string_value
    if not digest:
        raise EngineError(
            f"{spec.name}: its config.pbtxt at {url} has no `{WEIGHTS_PARAMETER}`; serve the model "
            "repository of this version"
        )
    return Served(server.name, digest)


class ServedModels:
    """What a server serves, as it said within the last second, or before it went away.

    Args:
        url: Of the server.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: dict[ModelSpec, tuple[float, Served]] = {}
        self._doubted: set[ModelSpec] = set()

    def of(self, spec: ModelSpec) -> Served:
        """What the server says of the model.

        While it does not answer, what it said last: nothing is computed meanwhile, and the first result after
        that is checked.

        Raises:
            EngineError: It does not answer and never did, or does not say what it must.
        """
        asked_at_s, known = self._known.get(spec, (0.0, None))
        if known is None:
            return self._ask(spec, _TIMEOUT_S)
        if perf_counter() - asked_at_s < _FRESH_S:
            return known
        try:
            return self._ask(spec, _REPEATED_TIMEOUT_S)
        except EngineError:
            self._known[spec] = perf_counter(), known
            self._doubted.add(spec)
            return known

    def doubt(self, spec: ModelSpec) -> None:
        """The server was away: it may come back as another."""
        self._doubted.add(spec)

    def is_doubted(self, spec: ModelSpec) -> bool:
        """Whether a result should be checked before it is believed."""
        return spec in self._doubted

    def check(self, spec: ModelSpec) -> None:
        """Compare what the server serves now with what it said last.

        Raises:
            EngineError: It is another model, whose results do not belong under the keys that were made; or
                the server does not answer.
        """
        _, known = self._known.get(spec, (0.0, None))
        same = known is None or self._ask(spec, _TIMEOUT_S) == known
        self._doubted.discard(spec)
        if not same:
            raise EngineError(
                f"{spec.name}: Triton at {self._url} came back with other weights or another runtime; "
                "the stage must begin again"
            )

    def _ask(self, spec: ModelSpec, timeout_s: float) -> Served:
        served = ask_served(self._url, spec, timeout_s)
        self._known[spec] = perf_counter(), served
        return served
