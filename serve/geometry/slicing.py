"""Cuts long work into slices of a fraction of a second, so that who no longer wants it can say so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

__all__ = ["slices_of"]

_LONG_S, _SHORT_S = 0.4, 0.1


def slices_of(
    count: int, check: Callable[[], None], *, first_count: int, most_count: int | None = None
) -> Iterator[slice]:
    """Slices that together make up `count` items, in order; each is worked on before the next is asked for.

    How many items a slice has follows from how long the last one took, so results must not depend on it.

    Args:
        count: Of items.
        check: Called before each slice; may raise.
        first_count: Items of the first slice, at least 1.
        most_count: Items of a slice at most; all of them without.
    """
    size, start = first_count, 0
    while start < count:
        check()
        began_s = time.monotonic()
        yield slice(start, min(start + size, count))
        start += size
        took_s = time.monotonic() - began_s
        if took_s > _LONG_S:
            size = max(1, size // 2)
        elif took_s < _SHORT_S:
            size = min(2 * size, most_count or count)
