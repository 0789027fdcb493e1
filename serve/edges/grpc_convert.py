"""gRPC messages <-> plain fields, as JSON has them: the one pair of functions between the wires.

It follows the descriptors and the JSON mapping of protobuf, with what Pydantic needs: field names as they are
written, a double that is a whole number as an int, enums by their names without the prefix and in lower case;
a field that is not set is absent. Nothing is judged here but what JSON itself cannot say (NaN, infinity): a
number that is no enum value and a field that we do not know are handed on as they are, so that both wires
refuse them in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from serve.contracts.errors import MalformedBodyError
from serve.edges.bodies import no_number

__all__ = ["fields_of", "message_of", "parse_message"]

_M = TypeVar("_M", bound=Message)
_MAX_EXACT = 2**53  # beyond it a double is no longer every whole number
_UNSPECIFIED = "UNSPECIFIED"


def parse_message(kind: type[_M], data: bytes) -> _M:
    """The message that these bytes are.

    Raises:
        MalformedBodyError: They are none: cut off, of another type, or with text that is no UTF-8.
    """
    try:
        message: _M = kind.FromString(data)
    except DecodeError:
        name = kind.DESCRIPTOR.full_name
        raise MalformedBodyError(
            f"the body is no {name}, or holds text that is no UTF-8; encode it by galatea.proto"
        ) from None
    return message


def fields_of(message: Message) -> dict[str, Any]:
    """What is set in the message, as JSON would have it.

    Raises:
        MalformedBodyError: A number is NaN or infinite, which JSON cannot say.
    """
    known = {field.name: _read(field, value) for field, value in message.ListFields()}
    unknown = {f"field {field.field_number}": None for field in UnknownFieldSet(message)}
    return known | unknown


def message_of(kind: type[_M], fields: Mapping[str, Any]) -> _M:
    """The message with these fields; None is not set.

    Args:
        kind: Which message.
        fields: As JSON has them; each must be one of the message, of the right type.
    """
    message: _M = kind()
    _fill(message, fields)
    return message


def _read(field: FieldDescriptor, value: Any) -> Any:
    if not field.is_repeated:
        return _read_one(field, value)
    if _is_map(field):
        inner = field.message_type.fields_by_name["value"]
        return {key: _read_one(inner, value[key]) for key in sorted(value)}
    return [_read_one(field, item) for item in value]


def _read_one(field: FieldDescriptor, value: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return fields_of(value)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enum_name(field.enum_type, value)
    return _number(value) if field.type == FieldDescriptor.TYPE_DOUBLE else value


def _number(value: float) -> float | int:
    """The double as JSON would carry it: 7 and not 7.0; a negative zero stays what it is."""
    if not math.isfinite(value):
        no_number("NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity")
    whole = value.is_integer() and abs(value) <= _MAX_EXACT
    return int(value) if whole and (value or math.copysign(1.0, value) > 0) else value


def _enum_name(enum: EnumDescriptor, number: int) -> str | int:
    """`QUALITY_DRAFT` -> `draft`; the number itself where the enum has no such value."""
    value = enum.values_by_number.get(number)
    return number if value is None else str(value.name).removeprefix(_prefix(enum)).lower()


def _prefix(enum: EnumDescriptor) -> str:
    return str(enum.values_by_number[0].name).removesuffix(_UNSPECIFIED)


def _fill(message: Message, fields: Mapping[str, Any]) -> None:
    descriptor: Descriptor = message.DESCRIPTOR
    for name, value in fields.items():
        if value is None:
            continue
        field = descriptor.fields_by_name[name]
        if field.is_repeated:
            _fill_many(getattr(message, name), field, value)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            child = getattr(message, name)
            child.SetInParent()  # an empty one is set too
            _fill(child, value)
        else:
            setattr(message, name, _written(field, value))


def _fill_many(items: Any, field: FieldDescriptor, values: Any) -> None:
    if isinstance(values, Mapping):
        for key, value in values.items():
            _fill(items[key], value)
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        for value in values:
            _fill(items.add(), value)
    else:
        items.extend(_written(field, value) for value in values)


def _written(field: FieldDescriptor, value: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_ENUM:
        return field.enum_type.values_by_name[_prefix(field.enum_type) + value.upper()].number
    return value


def _is_map(field: FieldDescriptor) -> bool:
    return field.type == FieldDescriptor.TYPE_MESSAGE and bool(field.message_type.GetOptions().map_entry)
