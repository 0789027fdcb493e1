"""The words that a caller and a worker say to each other; `deployments.wire` says in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import GalateaError
from serve.contracts.jobs import Problem
from serve.contracts.plan import Plan
from serve.contracts.results import Cost
from serve.contracts.stage import Checkpoint, Context, Done, Event, Params, Progress, StageSpec

__all__ = [
    "ASK",
    "REPLY",
    "About",
    "Ask",
    "Call",
    "Frame",
    "Hello",
    "Ping",
    "Pong",
    "Reply",
    "StageAbout",
    "StageProblem",
    "Unfit",
    "call_of",
    "event_of",
    "reply_of",
]


class Frame(BaseModel):
    """One line."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageAbout(Frame):
    """A stage where it runs: see `serve.execution.Seam`."""

    numeric_class: str
    model: str | None


class Call(Frame):
    """Run a stage.

    Args:
        stage: Its name.
        version: Of the stage as the caller knows it.
        expects: What its key was made of: a worker of another kind, as there are while new ones are rolled
            out, must not run it.
        params: As JSON.
        inputs: Input name -> what the store holds.
        context: Of the run.
    """

    kind: Literal["call"] = "call"
    stage: str
    version: int
    expects: StageAbout
    params: Mapping[str, Any]
    inputs: Mapping[str, ArtifactRef]
    context: Context


class Hello(Frame):
    """Say who you are."""

    kind: Literal["hello"] = "hello"


class Ping(Frame):
    """Say that you live."""

    kind: Literal["ping"] = "ping"


class Pong(Frame):
    """It lives."""

    kind: Literal["pong"] = "pong"


class About(Frame):
    """The answer to a hello.

    Args:
        pid: Of the worker.
        stages: Those that it runs.
    """

    kind: Literal["about"] = "about"
    pid: int
    stages: Mapping[str, StageAbout]


class StageProgress(Frame):
    """See `serve.contracts.stage.Progress`."""

    kind: Literal["progress"] = "progress"
    share: float


class StageCheckpoint(Frame):
    """See `serve.contracts.stage.Checkpoint`."""

    kind: Literal["checkpoint"] = "checkpoint"
    state: ArtifactRef


class StageDone(Frame):
    """See `serve.contracts.stage.Done`."""

    kind: Literal["done"] = "done"
    outputs: Mapping[str, ArtifactRef]
    warnings: tuple[str, ...]
    fragment: Plan | None
    cost: Cost


class Unfit(Frame):
    """This worker runs the stage otherwise than the caller expects; nothing was run.

    Args:
        version: Of the stage here; None where it is not known here.
        about: The stage here.
    """

    kind: Literal["unfit"] = "unfit"
    version: int | None
    about: StageAbout | None


class StageProblem(Frame):
    """The stage failed."""

    kind: Literal["problem"] = "problem"
    problem: Problem


Ask = Annotated[Call | Hello | Ping, Field(discriminator="kind")]
Reply = Annotated[
    About | Pong | StageCheckpoint | StageDone | StageProblem | StageProgress | Unfit,
    Field(discriminator="kind"),
]
ASK: TypeAdapter[Ask] = TypeAdapter(Ask)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)


def call_of(
    spec: StageSpec,
    params: Params,
    inputs: Mapping[str, ArtifactRef],
    context: Context,
    expects: StageAbout,
) -> Call:
    """The frame that asks for a run."""
    return Call(
        stage=spec.name,
        version=spec.version,
        expects=expects,
        params=params.model_dump(mode="json"),
        inputs=inputs,
        context=context,
    )


def reply_of(event: Event) -> Frame:
    """The frame that tells of an event whose bytes the store holds.

    Raises:
        pydantic.ValidationError: The event still holds bytes.
    """
    if isinstance(event, Progress):
        return StageProgress(share=event.share)
    if isinstance(event, Checkpoint):
        return StageCheckpoint.model_validate({"state": event.state})
    return StageDone.model_validate(
        {"outputs": event.outputs, "warnings": event.warnings, "fragment": event.fragment, "cost": event.cost}
    )


def event_of(frame: Reply) -> Event:
    """The event that a frame tells of.

    Raises:
        GalateaError: It tells of none.
    """
    if isinstance(frame, StageProgress):
        return Progress(frame.share)
    if isinstance(frame, StageCheckpoint):
        return Checkpoint(frame.state)
    if isinstance(frame, StageDone):
        return Done(frame.outputs, frame.warnings, frame.fragment, frame.cost)
    raise GalateaError(f"a worker answered a call with {frame.kind!r}; run the same version on both sides")
