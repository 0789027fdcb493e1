"""gRPC's messages, made from the description of the wire that comes with this client.

They live in a pool of their own: a program may hold other generated copies of `galatea.proto`, older or
newer, beside this client. Values are converted as protobuf's JSON mapping does, with field names as they are
written, whole doubles as ints, and enums by their names without the prefix in lower case; what is not set is
absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from galatea_client.errors import GalateaError, InvalidRequestError, NotFoundError, problem

__all__ = ["SERVICE_NAME", "fields_of", "message_of", "method_of", "parse", "problem_fields"]

SERVICE_NAME = "galatea.v1.GalateaService"
_MAX_EXACT = 2**53  # beyond it a double is no longer every whole number


def _service() -> Any:
    pool = DescriptorPool()
    described = FileDescriptorSet.FromString(files("galatea_client").joinpath("galatea.binpb").read_bytes())
    for file in described.file:
        pool.Add(file)
    return pool.FindServiceByName(SERVICE_NAME)


_SERVICE = _service()
_METHODS: Mapping[str, MethodDescriptor] = _SERVICE.methods_by_name


def method_of(name: str) -> MethodDescriptor:
    """The method of a call: `GetJob`, or `3d-to-video`, which is `ThreeDToVideo`.

    Raises:
        NotFoundError: There is none.
    """
    words = re.sub("^3d", "three-d", name).split("-")  # a name of protobuf begins with a letter
    full = "".join(word[:1].upper() + word[1:] for word in words)
    if full not in _METHODS:
        detail = f"gRPC has no {full}; use http://, or a newer galatea-client"
        raise NotFoundError(problem("route_missing", detail, status=404))
    return _METHODS[full]


def parse(descriptor: Any, data: bytes) -> Any:
    """The fields of the message that these bytes are.

    Raises:
        GalateaError: They are none.
    """
    try:
        return fields_of(GetMessageClass(descriptor).FromString(data))
    except DecodeError:
        detail = f"the answer is no {descriptor.full_name}: is that Galatea?"
        raise GalateaError(problem("unreadable_answer", detail)) from None


def problem_fields(data: bytes) -> Any:
    """The fields of the Problem that these bytes are."""
    return parse(_SERVICE.file.message_types_by_name["Problem"], data)


def fields_of(message: Message) -> dict[str, Any]:
    """What is set in the message, with its unions as the documents have them."""
    fields: dict[str, Any] = {}
    for field, value in message.ListFields():
        union = field.containing_oneof
        if union is None or union.name.startswith("_"):  # which is how `optional` is described
            fields[field.name] = _read(field, value)
        elif union.name == "kind":
            fields |= {"kind": field.name, **_read(field, value)}
        else:
            fields[union.name] = _read(field, value)
    return fields


def _read(field: FieldDescriptor, value: Any) -> Any:
    if not field.is_repeated:
        return _read_one(field, value)
    if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.GetOptions().map_entry:
        inner = field.message_type.fields_by_name["value"]
        return {key: _read_one(inner, item) for key, item in value.items()}
    return [_read_one(field, item) for item in value]


def _read_one(field: FieldDescriptor, value: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return fields_of(value)
    if field.type == FieldDescriptor.TYPE_ENUM:
        known = field.enum_type.values_by_number.get(value)
        return str(value) if known is None else known.name.removeprefix(_prefix(field.enum_type)).lower()
    if field.type == FieldDescriptor.TYPE_DOUBLE and value.is_integer() and abs(value) <= _MAX_EXACT:
        return int(value)
    return value


def message_of(descriptor: Any, fields: Mapping[str, Any], within: str = "") -> Message:
    """The message with these fields.

    Args:
        descriptor: Of the message.
        fields: Its fields; None is not set.
        within: Where the message stands in another, with a dot at its end.

    Raises:
        InvalidRequestError: A field is not one of the message, or its value is of another type.
    """
    message = GetMessageClass(descriptor)()
    for name, value in fields.items():
        field, path = descriptor.fields_by_name.get(name), f"{within}{name}"
        if field is None:
            raise _refusal(path, f"no such field; there are {', '.join(sorted(descriptor.fields_by_name))}")
        try:
            _set(message, field, value, path)
        except (TypeError, ValueError, OverflowError) as error:
            raise _refusal(path, f"{value!r:.80} is not allowed: {error}") from None
    return message


def _set(message: Message, field: FieldDescriptor, value: Any, path: str) -> None:
    if value is None:
        return
    if field.is_repeated:
        if isinstance(value, str | Mapping):
            raise TypeError("it must be a list")
        items = [_written(field, item, f"{path}.{index}") for index, item in enumerate(value)]
        getattr(message, field.name).extend(items)
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        getattr(message, field.name).CopyFrom(_written(field, value, path))
    else:
        setattr(message, field.name, _written(field, value, path))


def _written(field: FieldDescriptor, value: Any, path: str) -> Any:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        if not isinstance(value, Mapping):
            raise TypeError("it must be a mapping of fields")
        return message_of(field.message_type, value, f"{path}.")
    return _number_of(field, value) if field.type == FieldDescriptor.TYPE_ENUM else value


def _number_of(field: FieldDescriptor, name: Any) -> int:
    prefix = _prefix(field.enum_type)
    value = field.enum_type.values_by_name.get(f"{prefix}{name}".upper())
    if value is None or value.number == 0:
        raise ValueError(f"it must be {', '.join(_names(field.enum_type, prefix))}")
    return int(value.number)


def _names(enum: EnumDescriptor, prefix: str) -> Iterator[str]:
    return (value.name.removeprefix(prefix).lower() for value in enum.values if value.number)


def _prefix(enum: EnumDescriptor) -> str:
    return str(enum.values_by_number[0].name).removesuffix("UNSPECIFIED")


def _refusal(field: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(problem("invalid_request", f"{field}: {what}", status=422, field=field))
