"""What all routes share: the service's parts, who asks, under which address, and waiting."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from serve.admission import read_api_keys
from serve.artifacts import ArtifactStore
from serve.contracts.jobs import ENDED, JobState
from serve.edges.calls import Calls
from serve.edges.feed import Feed
from serve.edges.links import Links
from serve.edges.waits import Waits
from serve.ledger import Ledger
from serve.ledger.records import JobRecord
from serve.settings import Settings

__all__ = ["MAX_WAIT_S", "Backstage", "Service", "asked_wait_s", "preferred_wait_s"]

MAX_WAIT_S = 60.0
_BEARER = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)
_WAIT = re.compile(r'\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?:;.*)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that an edge stands on; who starts the process puts them together.

    Args:
        settings: The environment.
        ledger: Jobs.
        store: Assets.
        models: Asks for model name -> digest of the weights that are loaded.
        checks: Asks every part of the service: part -> None when well, else what is wrong with it.
        nudge: Told in the loop that the ledger has changed: a job came, or was cancelled.
    """

    settings: Settings
    ledger: Ledger
    store: ArtifactStore
    models: Callable[[], Mapping[str, str]]
    checks: Callable[[], Awaitable[Mapping[str, str | None]]]
    nudge: Callable[[], None]


class Backstage:
    """The service as routes use it.

    Args:
        service: Its parts.

    Raises:
        InvalidRequestError: The settings must not be served.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.keys = read_api_keys(service.settings)
        self.calls = Calls()
        self.writes = Calls()  # apart: where the ledger takes no writes for a while, it can still be read
        self.waits = Waits(self._states)
        self.links = Links(service.settings)
        self.feed = Feed(service.ledger, self.calls, shared=bool(self.keys))

    def tenant(self, request: Request) -> str:
        """Who asks over HTTP; see `tenant_of`."""
        return self.tenant_of(request.headers.get("authorization", ""))

    def tenant_of(self, authorization: str) -> str:
        """Who asks, by the value of `authorization`.

        Raises:
            UnauthenticatedError: Nobody whom we know.
        """
        found = _BEARER.fullmatch(authorization.strip())
        return self.keys.tenant(found[1] if found else None)

    @staticmethod
    def base_url(request: Request) -> str:
        """Scheme and host by which the client reached us; the host was checked before."""
        return f"{request.scope['scheme']}://{request.headers['host']}{request.scope.get('root_path', '')}"

    async def waited(self, job: JobRecord, wait_s: float | None) -> JobRecord:
        """The job as it stands when it has ended or the time is over."""
        if not wait_s or job.state in ENDED:
            return job
        await self.waits.ended(job.job_id, wait_s)
        return await self.calls(self.service.ledger.jobs.get, job.tenant, job.job_id)

    async def _states(self, job_ids: Collection[str]) -> Mapping[str, JobState]:
        return await self.calls(self.service.ledger.jobs.states, job_ids)

    def let_go(self) -> None:
        """Let everybody go who waits or watches, and nobody begin: the process is about to stop."""
        self.waits.close()
        self.feed.close()

    def close(self) -> None:
        """Let everybody go, and take no more calls."""
        self.let_go()
        self.calls.close()
        self.writes.close()


def asked_wait_s(request: Request) -> float | None:
    """Seconds that `Prefer: wait` asks for over HTTP; see `preferred_wait_s`."""
    return preferred_wait_s(request.headers.getlist("prefer"))


def preferred_wait_s(headers: Iterable[str]) -> float | None:
    """Seconds that the values of `prefer` ask for, at most `MAX_WAIT_S`; None where they do not.

    A preference that is not understood is ignored, as RFC 7240 (section 2) demands.
    """
    for header in headers:
        for preference in header.split(","):
            if found := _WAIT.fullmatch(preference):
                return min(float(found[1]), MAX_WAIT_S)
    return None
