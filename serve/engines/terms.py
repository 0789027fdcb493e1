"""On what terms a caller asks an engine: how urgent it is, and until when the answer is of use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from serve.contracts.errors import DeadlineExceededError
from serve.models.spec import ModelSpec

__all__ = ["ANY_TERMS", "Terms", "until_deadline"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Plain data about one call; an engine that has no use for some of it ignores that.

    Args:
        rank: 0 is interactive, 1 normal, 2 batch.
        deadline_at: Unix time, seconds, from which on nobody wants the result; None for no such time.
        call_id: For logs: whose call it is.
    """

    rank: int = 1
    deadline_at: float | None = None
    call_id: str = ""

    @property
    def remaining_s(self) -> float | None:
        """Seconds to the deadline, negative once it has passed."""
        return None if self.deadline_at is None else self.deadline_at - datetime.now(UTC).timestamp()


ANY_TERMS = Terms()


@asynccontextmanager
async def until_deadline(spec: ModelSpec, terms: Terms) -> AsyncIterator[None]:
    """Cancel what is awaited in the block when the deadline comes.

    Raises:
        DeadlineExceededError: It came.
    """
    try:
        async with asyncio.timeout(terms.remaining_s) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise DeadlineExceededError(
            f"{spec.name}: the deadline passed before the model had answered; give the job more time"
        ) from None
