"""A small OTLP/HTTP receiver, for tests of traces."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

__all__ = ["Collector", "running_collector"]


class Collector:
    """A small OTLP/HTTP receiver on a free loopback port."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.requests: list[ExportTraceServiceRequest] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.paths.append(self.path)
                collector.requests.append(_request(body, self.headers["Content-Type"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing on standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def spans(self, trace_id: str | None = None) -> dict[str, Span]:
        """Name -> the last span of this name; of one trace, given in hexadecimal, or of all."""
        return {span.name: span for span in self.every_span(trace_id)}

    def every_span(self, trace_id: str | None = None) -> list[Span]:
        """All of one trace, or of all."""
        scopes = [s for r in self.requests for resource in r.resource_spans for s in resource.scope_spans]
        found = [span for scope in scopes for span in scope.spans]
        return [span for span in found if trace_id in (None, span.trace_id.hex())]

    def service_name(self) -> str:
        attributes = self.requests[0].resource_spans[0].resource.attributes
        return {entry.key: entry.value.string_value for entry in attributes}["service.name"]


def _request(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """As protobuf, or as Triton sends it: JSON, whose ids are hexadecimal where protobuf has base64."""
    if "json" not in content_type:
        return ExportTraceServiceRequest.FromString(body)

    def to_base64(found: re.Match[str]) -> str:
        return f'"{found[1]}":"{base64.b64encode(bytes.fromhex(found[2])).decode()}"'

    text = re.sub(r'"(traceId|spanId|parentSpanId)"\s*:\s*"([0-9a-f]*)"', to_base64, body.decode())
    return json_format.Parse(text, ExportTraceServiceRequest(), ignore_unknown_fields=True)


@contextmanager
def running_collector() -> Iterator[Collector]:
    collector = Collector()
    thread = Thread(target=collector.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        thread.join()
        collector.server.server_close()
