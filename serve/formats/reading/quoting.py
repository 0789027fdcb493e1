"""Words of a file inside our own sentences: quoted, and no longer than a reader of them can bear."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["few", "quoted"]

_LONGEST = 80
_MOST = 10


def quoted(text: str) -> str:
    """The text's first 80 characters in quotes, what cannot be printed escaped."""
    return ascii(text[:_LONGEST])


def few(sentences: Iterable[str]) -> tuple[str, ...]:
    """The first ten different ones, and how many more there are."""
    distinct = tuple(dict.fromkeys(sentences))
    if len(distinct) <= _MOST:
        return distinct
    return (*distinct[:_MOST], f"There are {len(distinct) - _MOST} more warnings of this kind.")
