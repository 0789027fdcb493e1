"""A stage run on its way in this process, and a job that waits for another process's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.jobs import Problem
from serve.contracts.results import StageResult
from serve.contracts.stage import Params, StageSpec
from serve.ledger import RunView

__all__ = ["Listen", "Outcome", "ReadyCall", "Run", "Wait", "Watched"]

Listen = Callable[[float], None]
Outcome = Literal["ran", "reused", "waited"]


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """A stage of a job that has its inputs.

    Args:
        name: Of the call in the job's plan.
        key: The stage key.
        seed: 0 for a stage that draws nothing.
        weight: Its share beside the other stages of the job.
        deadline_at: Unix time, seconds, of the job's deadline; None without one.
    """

    name: str
    key: str
    spec: StageSpec
    params: Params
    inputs: Mapping[str, ArtifactRef]
    seed: int
    weight: float
    deadline_at: float | None = None


@dataclass(eq=False, slots=True)
class Run:
    """A run of this process.

    Args:
        key: The stage key.
        fence: Goes with every write for it.
        urgency: Rank and tag of the most urgent job that waits for it.
        outcome: Its result, or its error; None when it was taken away, and the ledger should be asked again.
        task: Sees it to its end.
        progress: 0 to 1.
        told: What the ledger knows of the progress.
        listeners: Told of the progress.
        writing: Its end or its next fence is being written: what the ledger says of it is our own doing.
        stopping: It was told to stop.
        winding_up: It should stop once it has a checkpoint: this process is being drained.
    """

    key: str
    fence: int
    urgency: tuple[int, float]
    outcome: asyncio.Future[StageResult | None]
    task: asyncio.Task[None] | None = None
    progress: float = 0.0
    told: float = 0.0
    listeners: set[Listen] = field(default_factory=set)
    writing: bool = False
    stopping: bool = False
    winding_up: bool = False

    def tell(self, share: float) -> None:
        """Say how far it is to the jobs of this process that wait for it."""
        self.progress = max(self.progress, share)
        for listen in self.listeners:
            listen(self.progress)

    def settle(self, result: StageResult | None) -> None:
        """Give the outcome, unless there is one."""
        if not self.outcome.done():
            self.outcome.set_result(result)

    def stop(self) -> None:
        """Cancel it, once: its stage is stopped and waited for, and a second cancel would break that off."""
        if self.task is not None and not self.stopping:
            self.stopping = True
            self.task.cancel()


@dataclass(eq=False, slots=True)
class Wait:
    """A job that waits for another process's run.

    Args:
        key: The stage key.
        job_id: Who waits.
        fence: Of the run; under another it is another run.
        listen: Told of the progress.
        over: Done when the run is over: with its error, or with None, and the ledger should be asked again.
    """

    key: str
    job_id: str
    fence: int
    listen: Listen
    over: asyncio.Future[Problem | None]

    def look(self, view: RunView | None, problem: Problem | None) -> None:
        """Act on how the run stands."""
        if self.over.done():
            return
        if problem is not None or view is None or view.state != "running" or view.fence != self.fence:
            self.over.set_result(problem)
        else:
            self.listen(view.progress)


@dataclass(frozen=True, slots=True)
class Watched:
    """What this process asks the poller about, at one moment."""

    runs: tuple[Run, ...]
    waits: tuple[Wait, ...]

    @property
    def keys(self) -> list[str]:
        """Of all of them, each once."""
        return sorted({run.key for run in self.runs} | {wait.key for wait in self.waits})
