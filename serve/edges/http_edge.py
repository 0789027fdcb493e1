"""HTTP: the application, put together.

A request passes `front` (hosts, headers, metrics), then its route: the job routes, made from OPERATIONS; the
asset routes; the routes of the service itself; the studio's. Whatever is raised becomes a problem document.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from serve.edges.asset_routes import AssetRoutes
from serve.edges.backstage import Backstage, Service
from serve.edges.event_routes import EventRoutes
from serve.edges.front import Front
from serve.edges.job_routes import JobRoutes
from serve.edges.link_routes import LinkRoutes
from serve.edges.openapi import describe
from serve.edges.problems import add_handlers
from serve.edges.service_routes import ServiceRoutes
from serve.edges.studio_routes import StudioRoutes
from serve.edges.upload_routes import UploadRoutes
from serve.telemetry.metrics import BUILD_INFO

__all__ = ["Service", "create_app"]

_DESCRIPTION = (
    "Assets from sentences. A `POST` answers with a job; read it until it has ended, or ask with "
    "`Prefer: wait=30` to be answered then. Every `url` is absolute, under the host that the request named. "
    "Every error is an `application/problem+json` document (RFC 9457); its `code` tells which."
)


def create_app(service: Service) -> FastAPI:
    """The HTTP application.

    Args:
        service: The parts it stands on; they stay the caller's to close.

    Returns:
        The application. Call `app.state.backstage.let_go()` when the process begins to stop: the server
        waits for all answers, and clients that wait for jobs or watch them would hold it up.

    Raises:
        InvalidRequestError: The settings must not be served: malformed API keys, or none for an address that
            other machines can reach.
    """
    backstage = Backstage(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        yield
        backstage.close()

    app = FastAPI(
        title="Galatea",
        version=version("galatea"),
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.backstage = backstage
    app.add_middleware(Front, any_host=bool(backstage.keys))
    add_handlers(app)
    for routes in (
        JobRoutes(backstage),
        EventRoutes(backstage),
        AssetRoutes(backstage),
        LinkRoutes(backstage),
        UploadRoutes(backstage),
        ServiceRoutes(backstage),
        StudioRoutes(backstage),
    ):
        routes.add_to(app)
    describe(app, with_keys=bool(backstage.keys))
    BUILD_INFO.labels(app.version).set(1)
    return app
