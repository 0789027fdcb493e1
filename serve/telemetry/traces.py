"""Spans over OTLP/HTTP, or none at all: without an endpoint nothing is recorded and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracerProvider, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["configure_traces", "traceparent", "tracer", "under"]

_EXPORT_TIMEOUT_S = 5.0
_PROPAGATOR = TraceContextTextMapPropagator()


class _Current:
    """This process's provider; OpenTelemetry's own global can be set only once and never taken back."""

    provider: ClassVar[TracerProvider] = NoOpTracerProvider()


def tracer() -> Tracer:
    """The tracer as now configured: ask again for each span, rather than keep it from before."""
    return _Current.provider.get_tracer("galatea")


def traceparent() -> str:
    """The current span as other processes take it (W3C Trace Context, section 3.2); empty without one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


def under(parent: str) -> Context:
    """A context whose spans are children of this `traceparent`; what is none, or malformed, is no parent."""
    return _PROPAGATOR.extract({"traceparent": parent}, context=Context())


def configure_traces(service_name: str, otlp_endpoint: str | None) -> Callable[[], None]:
    """Send spans to a collector from now on.

    Args:
        service_name: The resource's `service.name`.
        otlp_endpoint: The collector's base URL, such as `http://collector:4318`; None records nothing.

    Returns:
        A function that sends what is left, waiting at most some seconds for a collector that does not answer,
        and ends tracing.
    """
    if otlp_endpoint is None:
        _Current.provider = NoOpTracerProvider()
        return _end
    # Lazy: the exporter costs a fifth of a second, which a laptop without a collector need not pay.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider as RecordingProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = RecordingProvider(resource=Resource.create({"service.name": service_name}))
    traces_url = f"{otlp_endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=traces_url, timeout=_EXPORT_TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _Current.provider = provider

    def shutdown() -> None:
        provider.shutdown()
        _end()

    return shutdown


def _end() -> None:
    _Current.provider = NoOpTracerProvider()
