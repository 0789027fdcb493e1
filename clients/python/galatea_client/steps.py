"""What a flow asks for: the steps between its decisions.

A flow is a generator that holds one behaviour of the client, such as waiting with retries. It does nothing
itself: it yields steps and is sent their outcomes, or has their `GalateaError` thrown into it. So each
behaviour is written once, and is driven alike in a thread or in an event loop, over HTTP or gRPC
(`drivers.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from galatea_client.bodies import Body

__all__ = ["Ask", "Call", "Do", "Emit", "Flow", "Open", "Pause", "Read", "Step"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the service, the same for both wires.

    Args:
        method: Its name in `galatea.proto`, or that of an operation, such as `text-to-3d`.
        fields: What is asked, as JSON has it.
        idempotency_key: The same key is the same job.
        wait_s: Seconds that the service may wait for the job's end before it answers.
        body: The bytes of an upload.
    """

    method: str
    fields: Mapping[str, Any]
    idempotency_key: str | None = None
    wait_s: int | None = None
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Make a call; its outcome is the answer's fields."""

    call: Call


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a call that answers with a stream, in place of the one that was open before."""

    call: Call


@dataclass(frozen=True, slots=True)
class Read:
    """The next item of the open stream: an event's fields, or bytes; None at its end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Do:
    """Call a function that may block, such as writing a file; its outcome is what it returns."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Emit:
    """Hand this to whoever iterates over the flow."""

    value: Any


Step: TypeAlias = Ask | Open | Read | Pause | Do | Emit
Flow: TypeAlias = Generator[Step, Any, T]
"""Yields steps, is sent their outcomes, returns a T."""
