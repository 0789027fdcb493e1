"""Stages small enough to see through, for tests of what runs stages: no engine, a few bytes, a gate."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from serve.contracts.plan import Plan, StageCall
from serve.contracts.requests import Priority
from serve.contracts.stage import Blob, Context, Done, Event, Params, Progress, StageSpec, Toolbox
from serve.ledger import NewJob

__all__ = ["Gate", "Note", "new_job", "plan_of", "spec_of"]

TEXT = "text/plain"


class Note(Params):
    """A word that makes the key."""

    word: str = ""


def spec_of(
    name: str,
    run: Callable[..., Any],
    *,
    accepts: Mapping[str, str] | None = None,
    returns: Mapping[str, str] | None = None,
    kind: str = "async",
) -> StageSpec:
    """A stage that runs this function."""
    return StageSpec(
        name=name,
        version=1,
        kind=kind,  # type: ignore[arg-type]
        resource="cpu",
        accepts=accepts or {},
        returns=returns or {"out": "text"},
        params=Note,
        run=run,
        example=lambda: ({}, Note()),
    )


class Gate:
    """A stage that counts its runs and, if it is closed, waits to be let through.

    Args:
        name: Of the stage.
        closed: Whether runs wait for `open`.
    """

    def __init__(self, name: str = "gate", *, closed: bool = False) -> None:
        self.name = name
        self.begun: list[str] = []  # words, in the order in which runs began
        self.ended: Counter[str] = Counter()
        self.opened = asyncio.Event()
        if not closed:
            self.opened.set()

    def spec(self, **options: Any) -> StageSpec:
        """The stage."""
        return spec_of(self.name, self.run, **options)

    async def run(
        self, inputs: Mapping[str, bytes], params: Note, context: Context, tools: Toolbox
    ) -> AsyncIterator[Event]:
        """Begin, wait, end."""
        self.begun.append(params.word)
        yield Progress(0.5)
        await self.opened.wait()
        tools.check()
        self.ended[params.word] += 1
        yield Done({"out": Blob(f"{self.name} {params.word}".encode(), TEXT)})

    async def until_begun(self, count: int = 1) -> None:
        """Wait until so many runs have begun."""
        async with asyncio.timeout(30):
            while len(self.begun) < count:
                await asyncio.sleep(0.01)


def plan_of(*calls: tuple[str, str, Mapping[str, str]], result: str) -> Plan:
    """A plan: (stage, word, inputs) in order; a call is named by its stage."""
    return Plan(
        calls=tuple(
            StageCall(name=stage, stage=stage, params={"word": word}, inputs=inputs)
            for stage, word, inputs in calls
        ),
        results={"out": result},
        main="out",
    )


def new_job(plan: Plan, **options: Any) -> NewJob:
    """A job of the tenant `local`."""
    given: dict[str, Any] = {
        "tenant": "local",
        "operation": "toy",
        "request": {},
        "plan": plan,
        "seed": 0,
        "priority": Priority.NORMAL,
        "estimate_s": 1.0,
        "weight": float(len(plan.calls)),
    }
    return NewJob(**(given | options))
