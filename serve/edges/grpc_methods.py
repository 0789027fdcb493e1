"""What each gRPC method does: a row for every operation, and the others, which HTTP has as routes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from pydantic import BaseModel, ConfigDict, Field

from serve.contracts.errors import RangeUnsatisfiableError
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.requests import parse_request
from serve.contracts.views import ModelList
from serve.edges.backstage import Backstage, preferred_wait_s
from serve.edges.granted import granted_asset
from serve.edges.grpc_uploads import head_of, pieces_of
from serve.edges.grpc_views import (
    asset_message,
    event_message,
    job_message,
    models_message,
    page_message,
    request_arm,
)
from serve.edges.job_desk import JobDesk, ListQuery, checked_job_id
from serve.edges.presenter import asset_view, model_view
from serve.edges.upload_desk import UploadDesk
from serve.edges.upload_types import upload_type
from serve.edges.uploads import refuse_byte_count
from serve.models import MODELS
from serve.operations import OPERATIONS, Operation

__all__ = ["Call", "GrpcMethods", "method_name"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Args:
        tenant: Who asks.
        fields: What is asked, as JSON would have it.
        metadata: Name -> all values that came.
        trailers: What is told beside the answer.
    """

    tenant: str
    fields: Mapping[str, Any]
    metadata: Mapping[str, Sequence[str]]
    trailers: dict[str, str] = field(default_factory=dict)

    @property
    def wait_s(self) -> float | None:
        """As over HTTP: `prefer: wait=N`."""
        return preferred_wait_s(self.metadata.get("prefer", ()))


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JobQuery(_Query):
    """Which job."""

    job_id: str


class WatchQuery(JobQuery):
    """Which job, and the last event that the client has."""

    after: int = Field(0, ge=0)


class ModelsQuery(_Query):
    """All models."""


class DownloadQuery(_Query):
    """Which bytes of which asset."""

    digest: str
    start: int = Field(0, ge=0)
    stop: int | None = Field(None, ge=0)


class GrpcMethods:
    """The methods.

    Args:
        backstage: What they stand on.
        base_url: Where HTTP is served: links lead there.
    """

    def __init__(self, backstage: Backstage, base_url: str) -> None:
        self._backstage = backstage
        self._base_url = base_url
        self._desk = JobDesk(backstage)
        self._uploads = UploadDesk(backstage)
        self.unary: dict[str, Callable[[Call], Awaitable[Message]]] = {
            "CancelJob": self.cancel_job,
            "GetJob": self.get_job,
            "ListJobs": self.list_jobs,
            "ListModels": self.list_models,
            **{method_name(operation): self._submission(operation) for operation in OPERATIONS},
        }
        self.inflows: dict[str, Callable[[Call, AsyncIterator[Message]], Awaitable[Message]]] = {
            "UploadAsset": self.upload_asset,
        }
        self.streams: dict[str, Callable[[Call], AsyncGenerator[Message, None]]] = {
            "DownloadAsset": self.download_asset,
            "WatchJob": self.watch_job,
        }

    def _submission(self, operation: Operation) -> Callable[[Call], Awaitable[Message]]:
        """The method of one operation."""

        async def submit(call: Call) -> Message:
            job, created = await self._desk.submit(
                operation,
                call.fields,
                tenant=call.tenant,
                idempotency_keys=call.metadata.get("idempotency-key", ()),
                wait_s=call.wait_s,
                traceparent=next(iter(call.metadata.get("traceparent", ())), ""),
            )
            if not created:
                call.trailers["idempotency-replayed"] = "true"
            return job_message(self._desk.view(job, self._base_url))

        return submit

    async def get_job(self, call: Call) -> Message:
        """A job as it stands; `prefer: wait=N` waits for its end."""
        query = parse_request(JobQuery, call.fields)
        job = await self._desk.read(call.tenant, query.job_id, call.wait_s)
        return job_message(self._desk.view(job, self._base_url))

    async def cancel_job(self, call: Call) -> Message:
        """The job, which has ended now."""
        query = parse_request(JobQuery, call.fields)
        job = await self._desk.cancel(call.tenant, query.job_id)
        return job_message(self._desk.view(job, self._base_url))

    async def list_jobs(self, call: Call) -> Message:
        """The tenant's jobs, the newest first."""
        query = parse_request(ListQuery, call.fields)
        return page_message(await self._desk.page(call.tenant, query, self._base_url))

    async def list_models(self, call: Call) -> Message:
        """The models that this service runs."""
        parse_request(ModelsQuery, call.fields)
        digests = self._backstage.service.models()
        views = tuple(model_view(spec, digests.get(spec.name)) for spec in MODELS)
        return models_message(ModelList(models=views))

    async def watch_job(self, call: Call) -> AsyncGenerator[Message, None]:
        """What happened to the job after an event, and what happens from now on."""
        query = parse_request(WatchQuery, call.fields)
        job_id = checked_job_id(query.job_id)
        events = await self._backstage.feed.watch(call.tenant, job_id, query.after, self._base_url)
        async with aclosing(events):
            async for event in events:
                yield event_message(event)

    async def upload_asset(self, call: Call, messages: AsyncIterator[Message]) -> Message:
        """The same bytes again are the same asset."""
        head = await head_of(messages)
        kind = upload_type(head.media_type)
        if head.bytes is not None:
            refuse_byte_count(head.bytes, self._uploads.limit_bytes)
        ref, _ = await self._uploads.store(call.tenant, kind, pieces_of(messages, head.bytes))
        return asset_message(asset_view(ref, self._base_url))

    async def download_asset(self, call: Call) -> AsyncGenerator[Message, None]:
        """The bytes in pieces; a damaged asset ends with an error and never whole."""
        query = parse_request(DownloadQuery, call.fields)
        ref = await granted_asset(self._backstage, call.tenant, query.digest)
        stop = ref.byte_count if query.stop is None else min(query.stop, ref.byte_count)
        if query.start >= stop and (query.start, stop) != (0, ref.byte_count):
            raise RangeUnsatisfiableError(
                f"the bytes from {query.start:,} to {stop:,} are none of this asset, which has "
                f"{ref.byte_count:,}; ask for others"
            )
        async for piece in await self._backstage.service.store.stream(ref, query.start, stop):
            yield pb.DownloadAssetResponse(data=piece)


def method_name(operation: Operation) -> str:
    """The method of an operation: `text-to-3d` -> `TextTo3d`, `3d-to-video` -> `ThreeDToVideo`."""
    return "".join(word.capitalize() for word in request_arm(operation.name).split("_"))
