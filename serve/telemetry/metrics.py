"""The service's metrics: one table, one row each, in a registry of our own.

Labels take few values: route templates and never paths, rows of our own tables and never what a client sent.
A process counts what it did itself; sums over processes are the scraper's.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

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
]

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for

REGISTRY = CollectorRegistry()

_ANSWER_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_WORK_BUCKETS_S = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_600)

# The build, always 1.
BUILD_INFO = Gauge("galatea_build_info", "The build, always 1", ["version"], registry=REGISTRY)

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

# Read from the ledger at each scrape, so equal in all processes: take the maximum. `priority` is the class.
QUEUE_DEPTH = Gauge("galatea_queue_depth", "Jobs that wait", ["priority"], registry=REGISTRY)
QUEUE_OLDEST_SECONDS = Gauge(
    "galatea_queue_oldest_seconds",
    "Seconds that the oldest waiting job has waited",
    ["priority"],
    registry=REGISTRY,
)
QUEUE_RUNNING = Gauge("galatea_queue_running", "Jobs that run", ["priority"], registry=REGISTRY)

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
