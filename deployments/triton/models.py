"""The models of one Triton server, one at a time: is it well, load it, load it again, let it go.

Triton itself drains nothing: a model that is unloaded answers what waits with an error. It heals nothing
either: a model whose process was killed stays loaded and fails every call.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import httpx
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from serve.contracts.errors import EngineError, NotReadyError
from serve.engines.terms import Terms
from serve.engines.triton_call import TritonCall
from serve.engines.triton_channel import channel_options, grpc_target
from serve.engines.triton_errors import STUB_IS_DEAD, galatea_error, is_unloaded
from serve.models.spec import ModelSpec, example_rows

__all__ = ["Endpoint", "Health", "TritonModels", "drain_and_unload", "open_models"]

_UNLOAD_TIMEOUT_S = 300.0
_ASK_TIMEOUT_S = 5.0
_POLL_S = 0.05
_QUIET_COUNT = 4  # looks in a row that find nothing pending; a call on its way shows in one of them


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server, not a name for many.

    Args:
        url: Host and port of gRPC.
        metrics_url: Of its metrics: `http://127.0.0.1:8012/metrics`.
    """

    url: str
    metrics_url: str


class Health(StrEnum):
    """What a tiny inference says of a model."""

    WELL = "well"
    SLOW = "slow"  # no answer in time, or a full queue: loading it again would only make it worse
    DEAD = "dead"  # its process was killed
    UNLOADED = "unloaded"
    LOADING = "loading"  # for ever, if its process dies meanwhile
    FAILING = "failing"  # it answers with an error of its own
    GONE = "gone"  # the server does not answer at all


class TritonModels:
    """What may be asked of the models of one server; see `open_models`.

    Args:
        endpoint: The server.
        client: Of it alone.
    """

    def __init__(self, endpoint: Endpoint, client: InferenceServerClient) -> None:
        self.endpoint = endpoint
        self._client = client

    async def health(self, spec: ModelSpec, timeout_s: float) -> Health:
        """Run two rows of zeros through the model, before all that waits."""
        call = TritonCall(spec, example_rows(spec, 2), 2, Terms(rank=0))
        try:
            async with asyncio.timeout(timeout_s):
                await call.send(self._client)
        except TimeoutError:
            return await self._slow_or_gone()
        except InferenceServerException as error:
            return await self._diagnosis(spec, error)
        except EngineError:
            return Health.FAILING
        return Health.WELL

    async def load(self, spec: ModelSpec, timeout_s: float) -> bool:
        """Load the model.

        Returns:
            Whether that came to an end. A model whose process dies while it is loaded is loading for ever,
            and whoever asks for it waits as long; only a new server helps.

        Raises:
            GalateaError: It cannot be loaded.
        """
        try:
            await self._client.load_model(spec.name, client_timeout=timeout_s)
        except InferenceServerException as error:
            if str(error.status()) == "StatusCode.DEADLINE_EXCEEDED":
                return False
            raise galatea_error(spec, self.endpoint.url, error) from None
        return True

    async def replace_dead(self, spec: ModelSpec, timeout_s: float) -> bool:
        """Load a model anew whose process was killed.

        To load it alone would do nothing, for nothing has changed in the repository. The dead one is left
        unloading, which it does for ever: its name is free at once.

        Returns:
            As `load`.

        Raises:
            GalateaError: It cannot be loaded.
        """
        await self._ask_to_unload(spec)
        return await self.load(spec, timeout_s)

    async def unload(self, spec: ModelSpec) -> None:
        """Unload the model and wait until it is gone; what executes comes to its end.

        Raises:
            GalateaError: The server does not answer.
            NotReadyError: It does not end.
        """
        await self._ask_to_unload(spec)
        try:
            async with asyncio.timeout(_UNLOAD_TIMEOUT_S):
                while await self._has_state(spec, {"READY", "UNLOADING"}):
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise NotReadyError(f"{spec.name} was not unloaded in {_UNLOAD_TIMEOUT_S:.0f} s") from None

    async def pending_count(self, spec: ModelSpec) -> int:
        """Calls that wait in the queue of the model.

        Raises:
            NotReadyError: The metrics cannot be read.
        """
        try:
            async with httpx.AsyncClient(timeout=_ASK_TIMEOUT_S) as http:
                text = (await http.get(self.endpoint.metrics_url)).raise_for_status().text
        except httpx.HTTPError as error:
            raise NotReadyError(f"{self.endpoint.metrics_url} cannot be read: {error!r}") from None
        labels = rf'model="{spec.name}",version="{spec.version}"'
        found = re.findall(rf"^nv_inference_pending_request_count{{{labels}}} (\d+)", text, re.MULTILINE)
        return int(found[0]) if found else 0

    async def _ask_to_unload(self, spec: ModelSpec) -> None:
        try:
            await self._client.unload_model(spec.name, client_timeout=_UNLOAD_TIMEOUT_S)
        except InferenceServerException as error:
            raise galatea_error(spec, self.endpoint.url, error) from None

    async def _has_state(self, spec: ModelSpec, states: set[str]) -> bool:
        try:
            index = await self._client.get_model_repository_index(client_timeout=_ASK_TIMEOUT_S)
        except InferenceServerException as error:
            raise galatea_error(spec, self.endpoint.url, error) from None
        return any(model.name == spec.name and model.state in states for model in index.models)

    async def _diagnosis(self, spec: ModelSpec, error: InferenceServerException) -> Health:
        status, message = str(error.status()), str(error.message())
        if STUB_IS_DEAD in message:
            return Health.DEAD
        if is_unloaded(error):
            return Health.LOADING if await self._has_state(spec, {"LOADING"}) else Health.UNLOADED
        if status in {"StatusCode.UNAVAILABLE", "StatusCode.DEADLINE_EXCEEDED", "StatusCode.CANCELLED"}:
            return await self._slow_or_gone()
        return Health.FAILING

    async def _slow_or_gone(self) -> Health:
        try:
            live = await self._client.is_server_live(client_timeout=_ASK_TIMEOUT_S)
        except InferenceServerException:
            return Health.GONE
        return Health.SLOW if live else Health.GONE


@asynccontextmanager
async def open_models(endpoint: Endpoint) -> AsyncIterator[TritonModels]:
    """Talk to one server about its models."""
    client = InferenceServerClient(grpc_target(endpoint.url), channel_args=channel_options())
    try:
        yield TritonModels(endpoint, client)
    finally:
        await client.close()


async def drain_and_unload(
    models: TritonModels, spec: ModelSpec, stop_sending: Callable[[], Awaitable[None]], timeout_s: float
) -> None:
    """Let a model go without an error for anybody.

    Args:
        models: Of the server.
        spec: The model.
        stop_sending: Turns every caller away from this server; returns when nobody sends any more.
        timeout_s: How long to wait for the calls that are there.

    Raises:
        NotReadyError: They did not come to an end, or the metrics cannot be read; the model stays loaded.
        GalateaError: It cannot be unloaded.
    """
    await stop_sending()
    try:
        async with asyncio.timeout(timeout_s):
            quiet_count = 0
            while quiet_count < _QUIET_COUNT:
                quiet_count = 0 if await models.pending_count(spec) else quiet_count + 1
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise NotReadyError(
            f"calls of {spec.name} still wait after {timeout_s:.0f} s: not unloaded"
        ) from None
    await models.unload(spec)
