"""A request's body: bytes -> text -> JSON -> an object of fields; each arrow has its own refusal.

JSON is read strictly (RFC 8259, and I-JSON of RFC 7493 where that leaves a choice): no member twice, no NaN,
no lone surrogate, since parsers differ on what they mean.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from serve.contracts.errors import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError

__all__ = [
    "BODY_TIMEOUT_S",
    "MAX_BODY_BYTES",
    "body_too_large",
    "no_number",
    "parse_object",
    "read_object",
    "refuse_compressed",
]

MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_S = 20.0
_MAX_DEPTH = 32
_MAX_SHOWN = 80


async def read_object(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body.

    Raises:
        UnsupportedMediaTypeError: The content type is another than `application/json`, or it is compressed.
        BodyTooLargeError: It is longer than `MAX_BODY_BYTES`; the rest is not read.
        MalformedBodyError: It is no JSON object, or stopped coming.
    """
    _check_type(request)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await _read(request)
    except TimeoutError:
        raise MalformedBodyError(
            f"the body did not come within {BODY_TIMEOUT_S:g} s; check Content-Length, then send it again"
        ) from None
    except ClientDisconnect:
        raise MalformedBodyError("the connection closed before the whole body came; send it again") from None
    return parse_object(body)


def _check_type(request: Request) -> None:
    given = request.headers.get("content-type", "")
    kind, _, parameters = given.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaTypeError(
            f"the content type {given[:_MAX_SHOWN]!r} is not read here; send JSON in UTF-8 with the header "
            "'Content-Type: application/json'"
        )
    refuse_compressed(request)


def refuse_compressed(request: Request) -> None:
    """Bodies are read as they are: a limit of bytes would mean nothing for a compressed one.

    Raises:
        UnsupportedMediaTypeError: The request names a content encoding.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise UnsupportedMediaTypeError(
            f"the content encoding {encoding[:_MAX_SHOWN]!r} is not read here; send the body as it is"
        )


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
        raise body_too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
    return bytes(body)


def body_too_large() -> BodyTooLargeError:
    """The refusal of more than `MAX_BODY_BYTES`."""
    return BodyTooLargeError(f"the body is longer than {MAX_BODY_BYTES:,} bytes, the limit; send less")


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object that these bytes are.

    Raises:
        MalformedBodyError: They are none.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_members, parse_constant=no_number, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"the body is no UTF-8: byte {error.start} is wrong; encode it so") from None
    except json.JSONDecodeError as error:
        raise MalformedBodyError(
            f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError as error:  # of Python itself: a number of thousands of digits
        raise MalformedBodyError(f"the body holds a number that is too long: {error}") from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(value, dict):
        raise MalformedBodyError(
            f"the body is a JSON {_kind(value)} and not an object; send the fields of the request as one"
        )
    _check(value, _MAX_DEPTH)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MalformedBodyError(f"the body has the member {twice[:_MAX_SHOWN]!a} twice; send it once")
    return members


def no_number(word: str) -> NoReturn:
    """Refuse NaN and the infinities."""
    raise MalformedBodyError(f"the body holds {word}, which is no number; send one or leave it out")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise MalformedBodyError(f"the body holds {digits[:_MAX_SHOWN]}, which is beyond every number")
    return number


def _check(value: Any, depth: int) -> None:
    """Refuse what would trip those who come later: deep nesting, text that UTF-8 cannot carry."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise MalformedBodyError("the body holds a lone surrogate (\\ud800 to \\udfff); send whole pairs")
        return
    if not isinstance(value, dict | list):
        return
    if depth == 0:
        raise _too_deep()
    for child in (*value, *value.values()) if isinstance(value, dict) else value:
        _check(child, depth - 1)


def _too_deep() -> MalformedBodyError:
    return MalformedBodyError(f"the body nests deeper than {_MAX_DEPTH} levels; send flat fields")


def _kind(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
