"""The engine of production: a Triton server, asked over gRPC, with shared memory on one host.

Triton itself joins the rows of concurrent calls, those of other processes too: no micro-batcher is here.
"""

from __future__ import annotations

import asyncio
import ipaddress
from contextlib import suppress
from pathlib import Path

from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from serve.engines.shared_memory import SHARED_FOLDER
from serve.engines.statistics import ModelStatistics
from serve.engines.terms import ANY_TERMS, Terms, until_deadline
from serve.engines.triton_call import TritonCall
from serve.engines.triton_channel import channel_options, grpc_target
from serve.engines.triton_errors import galatea_error, is_busy, passes
from serve.engines.triton_segments import LentSegments
from serve.engines.triton_served import ServedModels
from serve.engines.validation import check_inputs
from serve.models.spec import Arrays, ModelSpec

__all__ = ["EngineTriton"]

_STATISTICS_TIMEOUT_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
# Measured on two cores: 256 KiB each way take 1.3 ms against 1.7 in a message, 16 MiB 39 against 114.
_SHARED_FROM_BYTES = 2**19


class EngineTriton:
    """Runs models on the servers behind one name; many callers at once, from one event loop at a time.

    A call that fails for a reason that passes (a server that is gone, a full queue, a model that is being
    loaded) is sent again, to the next server where there are several, for as long as `patience_s`. The
    servers of one name must serve the same; one that came back is asked whether it does.

    Args:
        url: `host:port` of gRPC; see `serve.engines.triton_channel.grpc_target`.
        patience_s: How long a call goes on trying.
        shared_from_bytes: Tensors of a call that are this large together go through shared memory.
        shared_folder: Where that is; used for a server on this host's loopback only.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float = 20.0,
        shared_from_bytes: int = _SHARED_FROM_BYTES,
        shared_folder: Path = SHARED_FOLDER,
    ) -> None:
        self.url = url
        self._patience_s = patience_s
        self._shared_from_bytes = shared_from_bytes
        self._segments = LentSegments(shared_folder) if _is_on_this_host(url) else None
        self._served = ServedModels(url)
        self._client: InferenceServerClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def shared_call_count(self) -> int:
        """Calls whose tensors went through shared memory."""
        return 0 if self._segments is None else self._segments.call_count

    async def infer(self, spec: ModelSpec, inputs: Arrays, terms: Terms = ANY_TERMS) -> Arrays:
        """Run the model; see `serve.engines.protocol.Engine.infer`."""
        call = TritonCall(spec, inputs, check_inputs(spec, inputs), terms)
        async with until_deadline(spec, terms):
            return await self._insist(call)

    def numeric_class(self, spec: ModelSpec) -> str:
        """What the server says of its runtime, and the precision of the activations.

        Raises:
            EngineError: It does not say.
        """
        return f"{self._served.of(spec).runtime}/{spec.outputs[0].dtype}"

    def digest(self, spec: ModelSpec) -> str:
        """SHA-256 of the weights, as the server's configuration of the model has it.

        Raises:
            EngineError: It does not say.
        """
        return self._served.of(spec).weights_sha256

    async def statistics(self, spec: ModelSpec) -> ModelStatistics:
        """What the server has executed of the model for everybody, since it was loaded.

        Raises:
            EngineError: It does not answer.
        """
        try:
            answer = await self._connected().get_inference_statistics(
                spec.name, str(spec.version), client_timeout=_STATISTICS_TIMEOUT_S
            )
        except InferenceServerException as error:
            raise galatea_error(spec, self.url, error) from None
        [model] = answer.model_stats
        counts = {batch.batch_size: batch.compute_infer.count for batch in model.batch_stats}
        return ModelStatistics(model.inference_count, model.inference_stats.fail.count, counts)

    def close(self) -> None:
        """Let go of the server; what is under way there is not waited for."""
        self._client = None
        if self._segments is not None:
            self._segments.close(self.url)

    def _connected(self) -> InferenceServerClient:
        """The one channel; it belongs to the loop in which it was opened."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client = InferenceServerClient(grpc_target(self.url), channel_args=channel_options())
            self._loop = loop
        return self._client

    async def _insist(self, call: TritonCall) -> Arrays:
        loop = asyncio.get_running_loop()
        begun, pause_s = loop.time(), _FIRST_PAUSE_S
        while True:
            try:
                outputs = await self._once(call)
                break
            except InferenceServerException as error:
                if not passes(error) or loop.time() + pause_s - begun > self._patience_s:
                    raise galatea_error(call.spec, self.url, error) from None
                if not is_busy(error):
                    self._served.doubt(call.spec)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        if self._served.is_doubted(call.spec):
            await asyncio.to_thread(self._served.check, call.spec)
        return outputs

    async def _once(self, call: TritonCall) -> Arrays:
        """Through shared memory if it is large and that works, else in a message."""
        client = self._connected()
        if self._segments is not None and call.size >= self._shared_from_bytes:
            outputs = await self._segments.send(client, call)
            if outputs is not None:
                return outputs
        return await call.send(client)


def _is_on_this_host(url: str) -> bool:
    """Whether the name is a loopback address: then there is one server, and it may see this host's memory."""
    host = url.rpartition(":")[0].strip("[]")
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
