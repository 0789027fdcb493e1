"""Identifiers that sort by the time they were made: ULIDs (https://github.com/ulid/spec), in lower case."""

from __future__ import annotations

import secrets

__all__ = ["is_identifier", "new_identifier"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_LENGTH = 26
_RANDOM_BITS = 80


def new_identifier(now_s: float) -> str:
    """26 characters: 48 bits of milliseconds and 80 random bits.

    Args:
        now_s: Seconds since 1970.
    """
    number = int(now_s * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))


def is_identifier(text: str) -> bool:
    """Whether `new_identifier` could have made it; what it could not have made need not be asked for."""
    return len(text) == _LENGTH and set(text) <= set(_ALPHABET)
