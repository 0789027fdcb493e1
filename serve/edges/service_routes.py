"""What operators ask over HTTP: models, health, readiness, metrics, and pages for people."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, Gauge
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from serve.contracts.errors import LedgerError, NotReadyError, UnauthenticatedError
from serve.contracts.requests import Priority
from serve.contracts.views import HealthView, ModelList, ReadyView
from serve.edges.answers import json_answer
from serve.edges.backstage import Backstage
from serve.edges.front import page_policy
from serve.edges.openapi import add_reading
from serve.edges.pages import STYLE, docs_page
from serve.edges.presenter import model_view
from serve.edges.problems import documented, problem_answer
from serve.models import MODELS
from serve.telemetry.metrics import QUEUE_DEPTH, QUEUE_OLDEST_SECONDS, QUEUE_RUNNING, exposition

__all__ = ["ServiceRoutes"]

_log = logging.getLogger(__name__)
_CHECKS_TIMEOUT_S = 5.0


class ServiceRoutes:
    """The routes that concern no job.

    Args:
        backstage: What they stand on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage

    def add_to(self, app: FastAPI) -> None:
        """Register them."""
        keyed, unready = documented(UnauthenticatedError), documented(NotReadyError)
        add_reading(
            app,
            "/v1/models",
            self.models,
            operation_id="listModels",
            summary="The models that this service runs.",
            view=ModelList,
            errors=keyed,
        )
        add_reading(
            app,
            "/healthz",
            self.health,
            operation_id="checkHealth",
            summary="Whether the process lives.",
            view=HealthView,
            errors={},
        )
        add_reading(
            app,
            "/readyz",
            self.ready,
            operation_id="checkReadiness",
            summary="Whether every part answers.",
            view=ReadyView,
            errors=unready,
        )
        pages: dict[str, Callable[..., Any]] = {
            "/docs": self.docs,
            "/metrics": self.metrics,
            "/openapi.json": self.document,
        }
        for path, page in pages.items():
            app.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)

    async def models(self, request: Request) -> Response:
        """Names, tensors, licences, and the digests of the weights that are loaded."""
        self._backstage.tenant(request)
        digests = self._backstage.service.models()
        models = ModelList(models=tuple(model_view(spec, digests.get(spec.name)) for spec in MODELS))
        return json_answer(models)

    async def health(self, request: Request) -> Response:
        """Asks nothing: a process that answers lives."""
        view = HealthView(status="alive", version=request.app.version)
        return json_answer(view)

    async def ready(self) -> Response:
        """Asks every part; 503 tells which is not well, and why."""
        try:
            async with asyncio.timeout(_CHECKS_TIMEOUT_S):
                parts = dict(await self._backstage.service.checks())
        except TimeoutError:
            parts = {"checks": f"no answer within {_CHECKS_TIMEOUT_S:g} s"}
        if self._backstage.keys:  # others may read this: what names hosts and paths stays in the log
            _log_wrong(parts)
            parts = {name: what and "is not well; see the log" for name, what in parts.items()}
        wrong = [f"{name}: {what}" for name, what in sorted(parts.items()) if what is not None]
        if wrong:
            return problem_answer(NotReadyError("; ".join(wrong)), parts=parts)
        return json_answer(ReadyView(status="ready", parts=parts))

    async def metrics(self) -> Response:
        """The Prometheus text format; needs no key, for no label tells of a tenant."""
        gauges = (QUEUE_DEPTH, QUEUE_OLDEST_SECONDS, QUEUE_RUNNING)
        try:
            queue = await self._backstage.calls(self._backstage.service.ledger.queue.counts)
        except (LedgerError, NotReadyError):
            for gauge in gauges:
                _set(gauge, dict.fromkeys(Priority, math.nan))  # better no number than an old one
        else:
            for gauge, counts in zip(gauges, (queue.depth, queue.oldest_s, queue.running), strict=True):
                _set(gauge, counts)
        return Response(exposition(), 200, {"Cache-Control": "no-store"}, CONTENT_TYPE_LATEST)

    async def docs(self, request: Request) -> Response:
        """The OpenAPI document as a page."""
        return _page(docs_page(request.app.openapi()))

    async def document(self, request: Request) -> Response:
        """The OpenAPI document."""
        return JSONResponse(request.app.openapi())


def _log_wrong(parts: Mapping[str, str | None]) -> None:
    for name, what in sorted(parts.items()):
        if what is not None:
            _log.warning("not ready: %s: %s", name, what)


def _set(gauge: Gauge, counts: Mapping[Priority, float]) -> None:
    for priority, count in counts.items():
        gauge.labels(priority.value).set(count)


def _page(html: str) -> Response:
    return HTMLResponse(html, headers={"Content-Security-Policy": page_policy(STYLE)})
