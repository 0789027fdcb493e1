"""From an answer's fields to its document."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from galatea_client.errors import GalateaError, problem

__all__ = ["document"]

_D = TypeVar("_D", bound=BaseModel)


def document(kind: type[_D] | TypeAdapter[_D], fields: Any) -> _D:
    """The document that these fields are.

    Raises:
        GalateaError: They are none, so who answered is not Galatea, or one that this client cannot read.
    """
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"the answer cannot be read: {where}: {first['msg']}; is that Galatea, and not much newer?"
        raise GalateaError(problem("unreadable_answer", detail)) from None
