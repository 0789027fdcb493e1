"""An upload over gRPC: the first message is its head, all others are its bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf.message import Message
from pydantic import BaseModel, ConfigDict, Field

from serve.contracts.errors import BodyTooLargeError, InvalidRequestError, MalformedBodyError
from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.contracts.requests import parse_request
from serve.edges.grpc_convert import fields_of

__all__ = ["MAX_PIECE_BYTES", "UploadHead", "checked_piece", "head_of", "pieces_of"]

MAX_PIECE_BYTES = 2**20
"""Of one message; its frame is counted."""


class UploadHead(BaseModel):
    """What is uploaded."""

    model_config = ConfigDict(extra="forbid")

    media_type: str
    bytes: int | None = Field(None, ge=0)


def checked_piece(data: bytes) -> bytes:
    """The bytes of one message, if they are not too many.

    Raises:
        BodyTooLargeError: They are more than `MAX_PIECE_BYTES`.
    """
    if len(data) > MAX_PIECE_BYTES:
        raise BodyTooLargeError(
            f"a message has {len(data):,} bytes, and the limit of one is {MAX_PIECE_BYTES:,}; send the asset "
            "in smaller pieces, such as 256 KiB"
        )
    return data


async def head_of(messages: AsyncIterator[Message]) -> UploadHead:
    """The first message.

    Raises:
        InvalidRequestError: There is none, it is no head, or a field of it is wrong.
    """
    async for first in messages:
        if isinstance(first, pb.UploadAssetRequest) and first.HasField("head"):
            return parse_request(UploadHead, fields_of(first.head))
        break
    raise InvalidRequestError("head: is missing; send it as the first message", "head")


async def pieces_of(messages: AsyncIterator[Message], byte_count: int | None) -> AsyncIterator[bytes]:
    """The bytes of all other messages.

    Args:
        messages: Those after the head.
        byte_count: How many bytes the head promised.

    Raises:
        MalformedBodyError: A message holds none, or there are fewer or more than promised.
    """
    came_count = 0
    async for message in messages:
        if not isinstance(message, pb.UploadAssetRequest) or not message.HasField("data"):
            raise MalformedBodyError("a message after the head holds no data; send the bytes in pieces")
        came_count += len(message.data)
        yield message.data
    if byte_count not in (None, came_count):
        raise MalformedBodyError(
            f"{came_count:,} bytes came, and the head promised {byte_count:,}; send it again"
        )
