"""Views as gRPC messages: the same documents, with the unions as oneofs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from serve.contracts.events import JobEvent
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.views import AssetView, JobPage, JobView, ModelList
from serve.edges.grpc_convert import message_of

__all__ = ["asset_message", "event_message", "job_message", "models_message", "page_message", "request_arm"]


def request_arm(operation: str) -> str:
    """The arm of `Job.request` for jobs of this operation: `text-to-3d` -> `text_to_3d`.

    A name of protobuf begins with a letter: `3d-to-video` -> `three_d_to_video`.
    """
    return re.sub("^3d", "three_d", operation.replace("-", "_"))


def job_message(view: JobView) -> pb.Job:
    """The job."""
    return message_of(pb.Job, _job_fields(view.model_dump(mode="json")))


def page_message(view: JobPage) -> pb.JobPage:
    """Some jobs."""
    fields = view.model_dump(mode="json")
    return message_of(pb.JobPage, fields | {"jobs": [_job_fields(job) for job in fields["jobs"]]})


def asset_message(view: AssetView) -> pb.Asset:
    """The asset."""
    return message_of(pb.Asset, view.model_dump(mode="json"))


def models_message(view: ModelList) -> pb.ModelList:
    """The models."""
    return message_of(pb.ModelList, view.model_dump(mode="json"))


def event_message(event: JobEvent) -> pb.JobEvent:
    """The event; its `kind` is the arm that is set."""
    fields = event.model_dump(mode="json")
    outer = {name: fields.pop(name) for name in ("seq", "at")}
    arm = fields.pop("kind")
    if "job" in fields:
        fields["job"] = _job_fields(fields["job"])
    return message_of(pb.JobEvent, outer | {arm: fields})


def _job_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The job with its request under the name of its operation."""
    rest = {name: value for name, value in fields.items() if name != "request"}
    return rest | {request_arm(fields["operation"]): fields["request"]}
