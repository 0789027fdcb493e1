"""How a caller and a worker talk: one connection a call, one JSON object a line.

    caller -> worker    a call, a hello or a ping
    worker -> caller    of a call: any number of progress and checkpoint, at last one done or problem

A caller that has heard enough closes its half, or vanishes: the worker then stops the stage, waits for its
thread, and only then closes. So the end of the stream means that the stage has ended, and an end without
`done` or `problem` means that the worker died.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from deployments.frames import Frame
from serve.contracts.errors import GalateaError

__all__ = ["MAX_FRAME_BYTE_COUNT", "read_frame", "write_frame"]

MAX_FRAME_BYTE_COUNT = 4 * 2**20
"""Largest line: big data goes through the store, and the largest plan fragments stay far below this."""

_T = TypeVar("_T")


async def read_frame(reader: asyncio.StreamReader, of: TypeAdapter[_T]) -> _T | None:
    """The next frame; None at the end of the stream, also where that tears a frame.

    Args:
        reader: Made with a limit of MAX_FRAME_BYTE_COUNT.
        of: `ASK` or `REPLY`.

    Raises:
        ConnectionError: The connection broke.
        GalateaError: The frame is too large, or not one of these.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise GalateaError(
            f"a frame is longer than {MAX_FRAME_BYTE_COUNT:,} bytes; store it instead"
        ) from None
    try:
        return of.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise GalateaError(
            f"a frame is not understood ({first['msg']} at {first['loc']}); run one version on both sides"
        ) from None


async def write_frame(writer: asyncio.StreamWriter, frame: Frame) -> None:
    """Send a frame; waits while the other side reads slowly.

    Raises:
        ConnectionError: The connection broke.
        GalateaError: The frame is too large.
    """
    line = frame.model_dump_json().encode() + b"\n"
    if len(line) > MAX_FRAME_BYTE_COUNT:
        raise GalateaError(
            f"a {type(frame).__name__} takes {len(line):,} bytes and the limit is {MAX_FRAME_BYTE_COUNT:,}; "
            "put large values into an artifact"
        )
    writer.write(line)
    await writer.drain()
