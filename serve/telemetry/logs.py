"""One line for each log record, as text or as JSON, with the ids of the job, the stage and the trace in it.

Callers keep prompts below the level `info`: they are the users' own words.
"""

from __future__ import annotations

import json as json_format
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TextIO

from opentelemetry.trace import get_current_span

__all__ = ["LineFormatter", "bind", "configure_logs"]

# The packages whose records follow the configured level; others speak from `warning` upward.
_OURS = ("compile", "deployments", "galatea", "serve")

_NOTHING: Mapping[str, str] = MappingProxyType({})
_bound: ContextVar[Mapping[str, str]] = ContextVar("bound", default=_NOTHING)


@contextmanager
def bind(**ids: str) -> Iterator[None]:
    """Put ids into every line logged inside the block, by this task and by what it starts there.

    Tasks and `asyncio.to_thread` take them along; a bare `threading.Thread` does not.

    Args:
        ids: `job_id`, `stage` and the like; an inner block adds to the outer one's and overrides them.
    """
    token = _bound.set({**_bound.get(), **ids})
    try:
        yield
    finally:
        _bound.reset(token)


def configure_logs(level: str, *, json: bool, stream: TextIO | None = None) -> None:
    """Write log lines; calling it again replaces what it set before.

    Args:
        level: `debug`, `info`, `warning` or `error`, for this project's own records.
        json: One JSON object a line, for machines; else text, for people.
        stream: Where to; standard error by default.

    Raises:
        ValueError: There is no such level.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(json=json))
    root = logging.getLogger()
    for earlier in [known for known in root.handlers if isinstance(known.formatter, LineFormatter)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for package in _OURS:
        logging.getLogger(package).setLevel(level.upper())


class LineFormatter(logging.Formatter):
    """Formats in the thread that logs, where the ids are at hand."""

    def __init__(self, *, json: bool) -> None:
        super().__init__()
        self._json = json

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line; in text a traceback follows on lines of its own."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {
            "time": time,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_ids(),
        }
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if self._json:
            return json_format.dumps(fields | ({"exception": trace} if trace else {}))
        return _text(**fields) + (f"\n{trace}" if trace else "")


def _ids() -> dict[str, str]:
    ids = dict(sorted(_bound.get().items()))
    span = get_current_span().get_span_context()
    if span.is_valid:
        ids |= {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    return ids


def _text(time: str, level: str, logger: str, message: str, **ids: str) -> str:
    words = [time, level.upper(), f"{logger}:", message, *(f"{name}={value}" for name, value in ids.items())]
    # A message with a line break in it could pass for two records.
    return " ".join(words).replace("\r", "\\r").replace("\n", "\\n")
