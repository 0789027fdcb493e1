"""The service's metrics: one table, one row each, in a registry of our own.

Labels take few values: route templates and never paths, rows of our own tables and never what a client sent.
A process counts what it did itself. Where `GALATEA_METRICS_DIR` names a folder, the processes of a host count
in files there, and any of them can tell the sums; sums over hosts are the scraper's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

_FOLDER = os.environ.get("GALATEA_METRICS_DIR")
if _FOLDER:
    # The library decides when it is imported where its numbers live. Set here and not by whoever starts us:
    # other programs that inherit our environment, Ray's own, would put theirs there too.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _FOLDER

from prometheus_client import (  # noqa: E402
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

__all__ = [
    "BUILD_INFO",
    "ENGINE_BATCH_ROWS",
    "GRPC_CALLS",
    "GRPC_SECONDS",
    "HTTP_REQUESTS",
    "HTTP_SECONDS",
    "JOBS_ENDED",
    "JOBS_SUBMITTED",
    "JOB_SECONDS",
    "METRICS",
    "QUEUE_DEPTH",
    "QUEUE_OLDEST_SECONDS",
    "QUEUE_RUNNING",
    "REGISTRY",
    "STAGE_RUNS",
    "STAGE_SECONDS",
    "exposition",
]

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for

REGISTRY = CollectorRegistry()

_ANSWER_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_WORK_BUCKETS_S = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_600)

# The build, always 1.
BUILD_INFO = Gauge(
    "galatea_build_info", "The build, always 1", ["version"], registry=REGISTRY, multiprocess_mode="max"
)

# `model` is a row of MODELS. A Triton server counts its own: `EngineTriton.statistics`.
ENGINE_BATCH_ROWS = Histogram(
    "galatea_engine_batch_rows",
    "Rows that this process's engine executed together",
    ["model"],
    buckets=(1, 2, 4, 8, 16, 32, 64),
    registry=REGISTRY,
)

# `method` is one of the service's own; `code` is the status by its name.
GRPC_CALLS = Counter("galatea_grpc_calls", "gRPC calls answered", ["method", "code"], registry=REGISTRY)
GRPC_SECONDS = Histogram(
    "galatea_grpc_seconds",
    "Seconds from a call's message to the end of its answer",
    ["method"],
    buckets=_ANSWER_BUCKETS_S,
    registry=REGISTRY,
)

# `route` is a template or `none`; `method` is a known one or `other`; `status` is the answer's code.
HTTP_REQUESTS = Counter(
    "galatea_http_requests", "HTTP requests answered", ["route", "method", "status"], registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "galatea_http_seconds",
    "Seconds from a request's head to the end of its answer",
    ["route", "method"],
    buckets=_ANSWER_BUCKETS_S,
    registry=REGISTRY,
)

# `operation` is a row of OPERATIONS; `state` is completed, failed or cancelled.
JOBS_SUBMITTED = Counter("galatea_jobs_submitted", "Jobs accepted", ["operation"], registry=REGISTRY)
JOBS_ENDED = Counter(
    "galatea_jobs_ended",
    "Jobs ended by a transaction of this process",
    ["operation", "state"],
    registry=REGISTRY,
)
JOB_SECONDS = Histogram(
    "galatea_job_seconds",
    "Seconds from a job's claim to its end in this process",
    ["operation", "state"],
    buckets=_WORK_BUCKETS_S,
    registry=REGISTRY,
)

# `stage` is a row of STAGES; `outcome` is ran, reused (found done), waited (another ran it) or failed.
STAGE_RUNS = Counter("galatea_stage_runs", "Stages of jobs", ["stage", "outcome"], registry=REGISTRY)
STAGE_SECONDS = Histogram(
    "galatea_stage_seconds",
    "Seconds that a stage took where it ran",
    ["stage"],
    buckets=_WORK_BUCKETS_S,
    registry=REGISTRY,
)

# Read from the ledger at each scrape, so equal in all processes: the newest counts. `priority` is the class.
QUEUE_DEPTH = Gauge(
    "galatea_queue_depth",
    "Jobs that wait",
    ["priority"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
QUEUE_OLDEST_SECONDS = Gauge(
    "galatea_queue_oldest_seconds",
    "Seconds that the oldest waiting job has waited",
    ["priority"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
QUEUE_RUNNING = Gauge(
    "galatea_queue_running",
    "Jobs that run",
    ["priority"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)

# Sorted by name.
METRICS: tuple[Counter | Gauge | Histogram, ...] = (
    BUILD_INFO,
    ENGINE_BATCH_ROWS,
    GRPC_CALLS,
    GRPC_SECONDS,
    HTTP_REQUESTS,
    HTTP_SECONDS,
    JOB_SECONDS,
    JOBS_ENDED,
    JOBS_SUBMITTED,
    QUEUE_DEPTH,
    QUEUE_OLDEST_SECONDS,
    QUEUE_RUNNING,
    STAGE_RUNS,
    STAGE_SECONDS,
)


def exposition() -> bytes:
    """All metrics in Prometheus' text format: of this process or, with a common folder, of all its host's."""
    if _FOLDER is None:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    registry.register(_Common(_FOLDER))
    return generate_latest(registry)


class _Common:
    """What all processes have counted, with our words beside it: the library keeps numbers alone."""

    def __init__(self, folder: str) -> None:
        self._numbers = MultiProcessCollector(None, path=folder)  # type: ignore[no-untyped-call]

    def collect(self) -> Iterator[Metric]:
        words = {row._name: row._documentation for row in METRICS}
        for family in self._numbers.collect():  # type: ignore[no-untyped-call]
            family.documentation = words[family.name]
            yield family
