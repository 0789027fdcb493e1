"""A manifest run again: what cannot be repeated is remembered, and what differs is explained."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from pydantic import ValidationError

from serve.artifacts import ArtifactStore
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import ArtifactMissingError, InvalidRequestError
from serve.contracts.plan import Plan
from serve.contracts.results import Manifest, ManifestStage
from serve.contracts.stage import Context, Done, Event, Params, StageSpec
from serve.execution.seam import Seam
from serve.planning import check_plan, spare_calls

__all__ = ["Recorded", "check_params", "differences"]

_DECIDING = ("version", "params", "model", "numeric_class", "seed")  # inputs are other stages' outputs


class Recorded:
    """A seam whose `recorded` stages give what the manifest says that they gave.

    Args:
        seam: Runs all the others.
        manifest: Of the asset that is made again.
        store: Must still hold the recorded outputs.
    """

    def __init__(self, seam: Seam, manifest: Manifest, store: ArtifactStore) -> None:
        self._seam = seam
        self._store = store
        self._outputs = {_asked(stage.stage, stage.params, stage.inputs): stage for stage in manifest.stages}

    def numeric_class(self, spec: StageSpec) -> str:
        """See `serve.execution.Seam.numeric_class`."""
        return self._seam.numeric_class(spec)

    def model(self, spec: StageSpec) -> str | None:
        """See `serve.execution.Seam.model`."""
        return self._seam.model(spec)

    async def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncGenerator[Event, None]:
        """See `serve.execution.Seam.call`.

        Raises:
            ArtifactMissingError: An output that was recorded is not in the store any more.
            InvalidRequestError: The manifest does not tell what the stage gave.
        """
        if spec.recorded:
            yield await self._remembered(spec, params, inputs)
            return
        async with aclosing(self._seam.call(spec, params, inputs, context)) as events:  # type: ignore[type-var]
            async for event in events:
                yield event

    async def _remembered(self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef]) -> Done:
        digests = {name: ref.digest for name, ref in inputs.items()}
        stage = self._outputs.get(_asked(spec.name, params.model_dump(mode="json"), digests))
        if stage is None:
            raise InvalidRequestError(
                f"stage {spec.name} cannot be repeated, and the manifest does not tell what it gave "
                "for these inputs",
                "manifest",
            )
        for name, ref in stage.outputs.items():
            if not await self._store.holds(ref):
                raise ArtifactMissingError(
                    f"stage {spec.name} cannot be repeated, and its recorded {name} ({ref.digest}) is not in "
                    "this store: replay where the asset was made"
                )
        return Done(stage.outputs)


def _asked(stage: str, params: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    return repr((stage, sorted(params.items()), sorted(inputs.items())))


def check_params(plan: Plan, stages: Mapping[str, StageSpec]) -> None:
    """Check a plan that comes from outside: its calls fit each other, and their parameters are in range.

    Raises:
        InvalidRequestError: One does not; the message names the call.
    """
    check_plan(plan, stages)
    for call in plan.calls:
        try:
            stages[call.stage].params.model_validate(dict(call.params))
        except ValidationError as error:
            item = error.errors()[0]
            where = ".".join(str(part) for part in item["loc"])
            raise InvalidRequestError(f"call {call.name}: {where}: {item['msg']}", "manifest") from None


def differences(before: Manifest, after: Manifest, stages: Mapping[str, StageSpec]) -> tuple[str, ...]:
    """Which stages gave other bytes, each with the reason, in the plan's order; empty when none did.

    A stage whose inputs already differed is no news: only where a difference begins is told. A preview that
    only one of the two has is none.
    """
    was = {stage.call: stage for stage in before.stages}
    spare = spare_calls(after.plan, stages)
    told = []
    for new in after.stages:
        old = was.get(new.call)
        if old is None and new.call not in spare:
            told.append(f"{new.call}: the manifest does not tell what it gave")
        elif old is not None and old.inputs == new.inputs and _digests(old) != _digests(new):
            told.append(f"{new.call}: {_reason(old, new)}")
    return tuple(told)


def _digests(stage: ManifestStage) -> dict[str, str]:
    return {name: ref.digest for name, ref in stage.outputs.items()}


def _reason(old: ManifestStage, new: ManifestStage) -> str:
    changed = [name for name in _DECIDING if getattr(old, name) != getattr(new, name)]
    if not changed:
        return "nothing that decides its bytes differs; the manifest was altered, or this is a bug: report it"
    return "; ".join(
        f"its {name.replace('_', ' ')} was {getattr(old, name)} and is {getattr(new, name)} here"
        for name in changed
    )
