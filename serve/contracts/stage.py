"""What a stage is: a function of its inputs alone, and what the rest of the service must know of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import digits
from typing import Any, Literal, Protocol

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.plan import Plan
from serve.contracts.results import Cost

__all__ = [
    "Blob",
    "Checkpoint",
    "Context",
    "Done",
    "Event",
    "Params",
    "Progress",
    "RunStage",
    "Spread",
    "StageSpec",
    "Toolbox",
    "one_by_one",
]


class Params(BaseModel):
    """A stage's parameters: plain values, all part of its key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Blob:
    """What a stage gives for one output: the bytes, before the store has them."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a long stage could go on after a crash; only the newest is kept, until the stage is done.

    Args:
        state: Bytes inside a stage; past the seam, a reference to what the store holds.
    """

    state: Blob | ArtifactRef


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a stage that succeeded.

    Args:
        outputs: Output name -> bytes inside a stage; past the seam, references to what the store holds.
        warnings: What the user should know, whole sentences.
        fragment: More stages, known only now: its results give those outputs that `outputs` does not. Its
            calls may name `self.<output>` for what this stage gave.
        cost: What the run used; the place where it ran fills it in.
    """

    outputs: Mapping[str, Blob | ArtifactRef]
    warnings: tuple[str, ...] = ()
    fragment: Plan | None = None
    cost: Cost = field(default_factory=Cost)


Event = Progress | Checkpoint | Done


@dataclass(frozen=True, slots=True)
class Context:
    """Plain data about one run of one stage; it crosses processes.

    Args:
        key: The stage key.
        job_id: For logs and traces.
        fence: Of the run: grows with every claim of the key; who holds an older one may not write.
        seed: Of the stage's random numbers; 0 for a stage that draws none.
        traceparent: W3C trace context of the span around the run; empty without tracing.
        checkpoint: The newest of an earlier run of this key that died.
        rank: Of the most urgent job that waits for the run when it begins: 0 interactive, 1 normal, 2 batch.
        deadline_at: Unix time, seconds, of the end of the job that began the run; None without one.
    """

    key: str
    job_id: str
    fence: int = 0
    seed: int = 0
    traceparent: str = ""
    checkpoint: ArtifactRef | None = None
    rank: int = 1
    deadline_at: float | None = None


Spread = Callable[[Iterable[Callable[[], None]]], None]
"""Runs tasks that know nothing of each other, and returns when all have ended; see `Toolbox.spread`."""


def one_by_one(tasks: Iterable[Callable[[], None]]) -> None:
    """The plainest `Spread`: in this thread, in order."""
    for task in tasks:
        task()


class Toolbox(Protocol):
    """What a stage is handed by the place where it runs.

    Attributes:
        checkpoint: The bytes of the newest checkpoint of an earlier run that died; None to begin anew.
    """

    checkpoint: bytes | None

    async def infer(self, model: str, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Ask a model, after `check`: nothing is computed for a run that nobody wants any more.

        Args:
            model: Name of its ModelSpec.
            inputs: As `serve.engines.protocol.Engine.infer` takes them.

        Raises:
            EngineError: The model cannot be run.
            CancelledJobError: Somebody cancelled the run.
            DeadlineExceededError: Its time is up.
        """
        ...

    def check(self) -> None:
        """Return while the run is wanted; stages call it in every long loop.

        Raises:
            CancelledJobError: Somebody cancelled it.
            DeadlineExceededError: Its time is up.
        """
        ...

    def spread(self, tasks: Iterable[Callable[[], None]]) -> None:
        """Run the tasks of a sync stage on as many threads as this process lends, with a `check` before each.

        Returns when all have ended. The tasks run in any order and at once, so they must spend their time in
        code that frees the interpreter's lock, and each writes what no other reads.

        Raises:
            CancelledJobError, DeadlineExceededError: As `check`; and what a task raises. No task runs then.
        """
        ...


class RunStage(Protocol):
    """A stage's function: async stages give an async iterator, sync ones run in a worker thread."""

    def __call__(
        self, inputs: Mapping[str, bytes], params: Any, context: Context, tools: Toolbox
    ) -> AsyncIterator[Event] | Iterator[Event]:
        """Yield any number of Progress and at last one Done."""
        ...


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage as planning and execution see it.

    Args:
        name: The verb, also its file's name.
        version: Grows when its output's bytes change.
        kind: `async` waits for an engine; `sync` computes in a thread.
        resource: What it needs: `engine`, `cpu` or `warp` (CPU or CUDA by Warp).
        accepts: Input name -> what it holds; the names of `returns` of other stages. A name that ends in `?`
            may be left out; one that ends in `*` stands for one or more: `chunk*` for chunk0, chunk1 ...
        returns: Output name -> what it holds.
        params: Its parameters.
        run: Its function.
        example: A small input for the dry run and the golden digest: inputs by name, parameters.
        model: Name of the ModelSpec that it asks.
        draws: Whether its result depends on the job's seed.
        weight: Its usual share of a job's time, for the progress bar.
        preview: Name of an output to look at before the job ends: its watchers are told of it.
        recorded: It gives other bytes each time, as what asks a hosted model does: a replay takes those of
            the manifest.
        tool: Name and version of a program that decides its last bits too, such as a video encoder.
    """

    name: str
    version: int
    kind: Literal["async", "sync"]
    resource: Literal["engine", "cpu", "warp"]
    accepts: Mapping[str, str]
    returns: Mapping[str, str]
    params: type[Params]
    run: RunStage
    example: Callable[[], tuple[Mapping[str, bytes], Params]]
    model: str | None = None
    draws: bool = False
    weight: float = field(default=1.0)
    preview: str | None = None
    recorded: bool = False
    tool: Callable[[], str] | None = None

    def input_of(self, name: str) -> str | None:
        """The entry of `accepts` that an input of this name is given to; None where there is none."""
        if name.endswith(("?", "*")):
            return None
        row = f"{name.rstrip(digits)}*" if name[-1:].isdigit() else name
        return next((known for known in (name, f"{name}?", row) if known in self.accepts), None)

    @property
    def needs(self) -> frozenset[str]:
        """The entries of `accepts` that must be given."""
        return frozenset(name for name in self.accepts if not name.endswith("?"))
