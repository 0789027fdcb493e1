"""Text that should hold numbers, many of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import UnreadableMeshError

__all__ = ["numbers_of"]


def numbers_of(text: bytes, what: str) -> NDArray[np.float64]:
    """The numbers float64 [N] that stand in a text between white space.

    Args:
        text: ASCII; `nan` and `inf` are numbers.
        what: Of what, for the message: `STL vertices`.

    Raises:
        UnreadableMeshError: Something else stands there.
    """
    if not text.strip():  # of which NumPy makes -1
        return np.zeros(0)
    try:
        return np.fromstring(text, np.float64, sep=" ")
    except ValueError:
        raise UnreadableMeshError(f"the file's {what} are not all numbers: it is damaged") from None
