"""Conditional and partial GET, as pure functions (RFC 9110, sections 8.8, 13 and 14)."""

from __future__ import annotations

import re

from serve.contracts.errors import RangeUnsatisfiableError

__all__ = ["chosen_range", "matches_etag"]

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def matches_etag(header: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names this ETag, by the weak comparison that it asks for.

    Args:
        header: Its value; None where it was not sent.
        etag: Of what is asked for, with its quotes.
    """
    if header is None:
        return False
    return header.strip() == "*" or etag in _ETAG.findall(header)


def chosen_range(
    header: str | None, if_range: str | None, etag: str, byte_count: int
) -> tuple[int, int] | None:
    """First byte and the byte after the last that `Range` asks for; None to send the whole.

    A unit that we do not know, a malformed range, several ranges and an `If-Range` of something else are
    answered by the whole, which the RFC allows for each.

    Args:
        header: The value of `Range`; None where it was not sent.
        if_range: The value of `If-Range`; a date never matches, for nothing here has one.
        etag: Of what is asked for, with its quotes.
        byte_count: Its length.

    Raises:
        RangeUnsatisfiableError: The range lies outside.
    """
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None or (if_range is not None and if_range.strip() != etag):
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if first and last and int(first) > int(last):
        return None
    start = int(first) if first else max(0, byte_count - int(last))
    stop = min(int(last) + 1, byte_count) if first and last else byte_count
    if start >= stop:
        raise RangeUnsatisfiableError(
            f"the range {found[0]!r} lies outside the asset, which has {byte_count:,} bytes; ask for less"
        )
    return start, stop
