"""The JSON of a glTF document, in which nothing is trusted: every value is asked for by type and range."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.limits import LIMITS, at_most

__all__ = ["Record", "parse_document"]

_LARGEST = 1e100  # number: beyond are typing errors, and overflows


def parse_document(text: bytes) -> Record:
    """The document.

    Raises:
        UnreadableMeshError: It is no JSON object, too large, or nested without end.
    """
    at_most(LIMITS.json_bytes, len(text), "bytes of JSON", "keep its buffers in binary form")
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise UnreadableMeshError(
            "the glTF document is nested too deep: it is no document of a mesh"
        ) from None
    except ValueError as error:  # of JSON, of UTF-8, of integers with thousands of digits
        raise UnreadableMeshError(
            f"the glTF document is no JSON ({str(error)[:120]}): it is damaged"
        ) from None
    if not isinstance(document, dict):
        raise UnreadableMeshError("the glTF document is no JSON object: it is damaged")
    return Record(document, "glTF")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


class Record:
    """A JSON object, and where in the document it stands.

    Args:
        values: The object.
        path: For messages: `nodes[3]`.
    """

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        self._values, self.path = values, path

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def keys(self) -> list[str]:
        """Its keys."""
        return list(self._values)

    def refuse(self, key: str, wish: str) -> UnreadableMeshError:
        """The error to raise about a value."""
        shown = repr(self._values.get(key))[:60]
        return UnreadableMeshError(f"{self.path}.{key} is {shown}, not {wish}: the file is damaged")

    def anything(self, key: str) -> Any:
        """A value as it stands; None where there is none."""
        return self._values.get(key)

    def record(self, key: str) -> Record:
        """An object; an empty one where there is none."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self.refuse(key, "an object")
        return Record(value, f"{self.path}.{key}")

    def records(self, key: str) -> list[Record]:
        """A list of objects; an empty one where there is none."""
        values = self._values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.refuse(key, "a list of objects")
        return [Record(value, f"{key}[{index}]") for index, value in enumerate(values)]

    def texts(self, key: str) -> list[str]:
        """A list of texts; an empty one where there is none."""
        values = self._values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.refuse(key, "a list of texts")
        return values

    def text(self, key: str) -> str:
        """A text; an empty one where there is none."""
        value = self._values.get(key, "")
        if not isinstance(value, str):
            raise self.refuse(key, "a text")
        return value

    def flag(self, key: str) -> bool:
        """A truth; false where there is none."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self.refuse(key, "true or false")
        return value

    def whole(self, key: str, otherwise: int | None = None, *, below: int = 2**40) -> int:
        """A whole number from 0 on.

        Args:
            key: Its key.
            otherwise: Where there is none; None if there must be one.
            below: What it must stay under, such as the length of the list that it counts.
        """
        value = self._values.get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
            raise self.refuse(key, f"a whole number from 0 to {below - 1:,}")
        return value

    def wholes(self, key: str, *, below: int) -> list[int]:
        """A list of whole numbers; an empty one where there is none."""
        values = self._values.get(key, [])
        if not isinstance(values, list):
            raise self.refuse(key, "a list")
        entries = Record({str(place): value for place, value in enumerate(values)}, f"{self.path}.{key}")
        return [entries.whole(place, below=below) for place in entries.keys]

    def number(self, key: str, otherwise: float) -> float:
        """A finite number."""
        value = self._values.get(key, otherwise)
        if not _is_number(value):
            raise self.refuse(key, "a number")
        return float(value)

    def share(self, key: str, otherwise: float) -> float:
        """A number, cut to [0, 1]."""
        return min(max(self.number(key, otherwise), 0.0), 1.0)

    def numbers(self, key: str, otherwise: tuple[float, ...]) -> tuple[float, ...]:
        """As many finite numbers as `otherwise` has."""
        values = self._values.get(key, otherwise)
        right = isinstance(values, list | tuple) and len(values) == len(otherwise)
        if not right or not all(_is_number(value) for value in values):
            raise self.refuse(key, f"{len(otherwise)} numbers")
        return tuple(float(value) for value in values)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST
