"""An upload's body, in chunks as they come: length -> type -> first bytes -> the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.requests import ClientDisconnect, Request

from serve.contracts.errors import (
    BodyTooLargeError,
    InvalidRequestError,
    MalformedBodyError,
    UnsupportedMediaTypeError,
)
from serve.edges.bodies import BODY_TIMEOUT_S
from serve.edges.upload_types import HEAD_BYTES, UploadType

__all__ = ["LEAST_BYTES_A_SECOND", "beginning_well", "in_time", "refuse_byte_count", "refuse_length"]

LEAST_BYTES_A_SECOND = 64 * 1024  # on average; who is slower holds a connection for hours


def refuse_length(request: Request, limit_bytes: int) -> None:
    """Judge the length that the client declares, before a byte of the body is read.

    Raises:
        BodyTooLargeError: It is more than the limit.
        InvalidRequestError: It is nothing.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        refuse_byte_count(int(declared[:20]), limit_bytes)


def refuse_byte_count(byte_count: int, limit_bytes: int) -> None:
    """Judge how many bytes a client says that it will send.

    Raises:
        BodyTooLargeError: They are more than the limit.
        InvalidRequestError: They are none.
    """
    if byte_count > limit_bytes:
        raise BodyTooLargeError(
            f"the body has {byte_count} bytes, and the limit is {limit_bytes:,}; send less, or have the "
            "operator raise GALATEA_MAX_UPLOAD_MB"
        )
    if byte_count == 0:
        raise _empty()


async def in_time(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The body as it comes.

    Only the time that the client takes is counted, not what the store needs in between.

    Raises:
        MalformedBodyError: It stopped coming, comes too slowly, or the client has left.
    """
    loop = asyncio.get_running_loop()
    waited_s, byte_count = 0.0, 0
    while True:
        asked_at = loop.time()
        left_s = BODY_TIMEOUT_S + byte_count / LEAST_BYTES_A_SECOND - waited_s
        try:
            async with asyncio.timeout(min(BODY_TIMEOUT_S, left_s)):
                chunk = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise MalformedBodyError(
                f"the body stopped after {byte_count:,} bytes, or comes more slowly than "
                f"{LEAST_BYTES_A_SECOND // 1024} KiB a second; check Content-Length, then send it again"
            ) from None
        except ClientDisconnect:
            raise MalformedBodyError(
                "the connection closed before the whole body came; send it again"
            ) from None
        waited_s += loop.time() - asked_at
        byte_count += len(chunk)
        if chunk:
            yield chunk


async def beginning_well(chunks: AsyncIterator[bytes], kind: UploadType) -> AsyncIterator[bytes]:
    """The same chunks, if they begin as the type demands; nothing is given before that is known.

    Raises:
        InvalidRequestError: There are none.
        UnsupportedMediaTypeError: They are plainly of another type.
    """
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    if not head:
        raise _empty()
    if not kind.begins_well(head[:HEAD_BYTES]):
        raise UnsupportedMediaTypeError(
            f"the body is no {kind.media_type}: it begins with {head[:12]!a}; send the type that it is"
        )
    yield head
    async for chunk in chunks:
        yield chunk


def _empty() -> InvalidRequestError:
    return InvalidRequestError("the body is empty; send the bytes of the asset as they are, not as a form")
