"""Names from foreign files, made fit for ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["fit_names"]

_LENGTH = 56  # of 64, so that a number finds room behind
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def fit_names(names: Iterable[str]) -> list[str]:
    """Names of letters, digits, `.`, `_` and `-`, each once: `Stuhl: Füße` becomes `Stuhl_Fusse`.

    What has nothing left is a `part`; a second `leg` is `leg_2`.
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    return [_unique(_fit(name), taken, counts) for name in names]


def _fit(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return _UNFIT.sub("_", plain).strip("._-")[:_LENGTH] or "part"


def _unique(name: str, taken: set[str], counts: dict[str, int]) -> str:
    unique = name
    while unique in taken:
        counts[name] = counts.get(name, 1) + 1
        unique = f"{name}_{counts[name]}"
    taken.add(unique)
    return unique
