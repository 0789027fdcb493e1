"""A small OTLP/HTTP receiver, for tests of traces."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

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
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing on standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def spans(self, trace_id: str | None = None) -> dict[str, Any]:
        """Name -> span; of one trace, given in hexadecimal, or of all."""
        scopes = [s for r in self.requests for resource in r.resource_spans for s in resource.scope_spans]
        found = [span for scope in scopes for span in scope.spans]
        return {span.name: span for span in found if trace_id in (None, span.trace_id.hex())}

    def service_name(self) -> str:
        attributes = self.requests[0].resource_spans[0].resource.attributes
        return {entry.key: entry.value.string_value for entry in attributes}["service.name"]


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
