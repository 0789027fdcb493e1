"""Links of the OpenAPI document: where an answer leads (OpenAPI 3.1.0, section 4.8.20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serve.edges.grpc_views import request_arm
from serve.operations import OPERATIONS

__all__ = ["add_links", "submission_id"]


@dataclass(frozen=True, slots=True)
class _Link:
    """A way from an answer to another operation.

    Args:
        name: Of the link.
        leads_to: The operation's id.
        description: One sentence.
        parameters: Its parameter -> where in the answer the value stands, or the value.
        body: What to send, if anything.
    """

    name: str
    leads_to: str
    description: str
    parameters: Mapping[str, str]
    body: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """As the document has it."""
        given = {
            "operationId": self.leads_to,
            "description": self.description,
            "parameters": dict(self.parameters),
        }
        return given if self.body is None else given | {"requestBody": dict(self.body)}


_JOB = {"job_id": "$response.body#/job_id"}
_ASSET = {"digest": "$response.body#/digest"}
_OF_A_JOB = (
    _Link("CancelJob", "cancelJob", "Ends it.", _JOB),
    _Link("GetJob", "getJob", "The job, once it has ended.", _JOB | {"Prefer": "wait=30"}),
    _Link("WatchJob", "watchJob", "What happens to it.", _JOB),
)
_MANIFEST = _Link(
    "DownloadManifest",
    "downloadAsset",
    "The provenance of a completed job.",
    {"digest": "$response.body#/result/manifest/digest"},
)
_OF_AN_ASSET = (
    _Link("DownloadAsset", "downloadAsset", "Its bytes.", _ASSET),
    _Link("ConvertAsset", "convert", "Other files of it.", {}, {"asset": "$response.body#/digest"}),
    _Link("LinkAsset", "linkAsset", "An address of it for others.", _ASSET, {"expires_s": 600}),
)


def submission_id(operation_name: str) -> str:
    """The id of an operation that submits jobs: `3d-to-video` -> `threeDToVideo`, as its gRPC method."""
    first, *others = request_arm(operation_name).split("_")
    return first + "".join(word.capitalize() for word in others)


# Operation -> what its successes lead to.
_LINKS: Mapping[str, Sequence[_Link]] = {
    **{submission_id(row.name): (*_OF_A_JOB, _MANIFEST) for row in OPERATIONS},
    "cancelJob": (_Link("GetJob", "getJob", "The job as it ended.", _JOB),),
    "getJob": (*_OF_A_JOB, _MANIFEST),
    "listJobs": (
        _Link("GetNewestJob", "getJob", "The first of them.", {"job_id": "$response.body#/jobs/0/job_id"}),
        _Link("ReadOn", "listJobs", "Those that follow.", {"after": "$response.body#/next"}),
    ),
    "uploadAsset": _OF_AN_ASSET,
}


def add_links(document: Mapping[str, Any]) -> None:
    """Write the links into the successes of a document's operations."""
    for methods in document["paths"].values():
        for operation in methods.values():
            links = {link.name: link.document() for link in _LINKS.get(operation["operationId"], ())}
            for status, answer in operation["responses"].items():
                if links and status.startswith("2"):
                    answer["links"] = links
