"""The seam between a stage and a neural network."""

from __future__ import annotations

from typing import Protocol

from serve.engines.terms import ANY_TERMS, Terms
from serve.models.spec import Arrays, ModelSpec

__all__ = ["Engine"]


class Engine(Protocol):
    """Runs models; many callers at once, whose rows it may put into one execution."""

    async def infer(self, spec: ModelSpec, inputs: Arrays, terms: Terms = ANY_TERMS) -> Arrays:
        """Run the model on the rows of `inputs`.

        Args:
            spec: The model.
            inputs: One array for each input of the spec, all with the same first axis: rows, 1 to
                `max_batch_count`.
            terms: How urgent it is, and until when.

        Returns:
            One array for each output of the spec, with as many rows, in the same order.

        Raises:
            serve.contracts.errors.EngineInputError: The inputs break the spec.
            serve.contracts.errors.EngineError: The model cannot be loaded or run.
            serve.contracts.errors.DeadlineExceededError: The deadline passed.
        """
        ...

    def numeric_class(self, spec: ModelSpec) -> str:
        """What decides the last bits of results: runtime and version, provider, architecture, precision."""
        ...

    def digest(self, spec: ModelSpec) -> str:
        """SHA-256 of the weights, hexadecimal."""
        ...

    def close(self) -> None:
        """Let go of models and connections; safe to call twice."""
        ...
