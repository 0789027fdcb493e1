"""What the service tells about itself: logs and traces."""

from __future__ import annotations

from serve.telemetry.logs import bind, configure_logs
from serve.telemetry.traces import configure_traces, traceparent, tracer, under

__all__ = ["bind", "configure_logs", "configure_traces", "traceparent", "tracer", "under"]
