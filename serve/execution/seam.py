"""Where stages run: in this process, in a child, behind a Ray handle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.stage import Context, Event, Params, StageSpec

__all__ = ["Seam"]


class Seam(Protocol):
    """The one way to a stage; what differs between a laptop and a cluster is which of these is handed in."""

    def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncIterator[Event]:
        """Run a stage: any number of Progress and Checkpoint, at last one Done; its bytes lie in the store.

        Closing the iterator, or cancelling the task that reads it, stops the stage and waits for it.

        Raises:
            WorkerLostError: The process that ran it died.
            GalateaError: The stage failed.
        """
        ...

    def numeric_class(self, spec: StageSpec) -> str:
        """What decides the last bits of this stage's results here."""
        ...

    def model(self, spec: StageSpec) -> str | None:
        """Name, version and weights' digest of the stage's model; None for a stage without one."""
        ...
