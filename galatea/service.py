"""A running service, asked by the client that product backends use; its errors become this program's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import galatea_client
from galatea_client import DigestMismatchError, Galatea, Retries, UnreachableError
from serve.contracts.errors import ArtifactTamperedError, GalateaError, NotReadyError
from serve.contracts.jobs import Problem, error_of

__all__ = ["asking"]

_RETRIES = Retries(refused=False, queue_full=False)  # who sits before a terminal wants to know at once


@contextmanager
def asking(url: str, api_key: str | None = None) -> Iterator[Galatea]:
    """The service at this URL, over HTTP or gRPC.

    Raises:
        GalateaError: The service does not answer, or refused what was asked; or the job failed.
    """
    try:
        with Galatea(url, api_key, retries=_RETRIES) as service:
            yield service
    except galatea_client.GalateaError as error:
        raise _ours(error) from None


def _ours(error: galatea_client.GalateaError) -> GalateaError:
    if error.code == "invalid_url":
        return NotReadyError(f"{error.detail}; correct --url")
    if isinstance(error, UnreachableError):
        what, _, _ = error.detail.rpartition("; ")
        return NotReadyError(f"{what}; start it with `galatea run`, or correct --url")
    if isinstance(error, DigestMismatchError):
        return ArtifactTamperedError(error.detail)
    return error_of(Problem.model_validate(error.problem.model_dump()))
