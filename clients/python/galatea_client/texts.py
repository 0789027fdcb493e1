"""Texts that travel in headers."""

from __future__ import annotations

from galatea_client.errors import InvalidRequestError, problem

__all__ = ["printable"]


def printable(field: str, text: str) -> str:
    """The text, which is visible ASCII, as headers of both wires ask for.

    Raises:
        InvalidRequestError: It is not.
    """
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    detail = f"{field}: holds what no header may hold; give visible ASCII, without blanks around it"
    raise InvalidRequestError(problem("invalid_request", detail, field=field))
