"""Stages called one after the other, without ledger, orchestrator or wire: the baseline of whole jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.plan import Plan
from serve.contracts.stage import Context, Done
from serve.execution import Seam
from serve.stages import STAGES

__all__ = ["run_plan", "run_stage"]

Outputs = dict[str, ArtifactRef]


async def run_stage(
    seam: Seam, stage: str, params: Mapping[str, Any], inputs: Mapping[str, ArtifactRef], seed: int = 0
) -> Outputs:
    """Run a stage in a place; its outputs by name."""
    spec = STAGES[stage]
    context = Context(key=f"{stage}-{seed}", job_id=f"job-{seed}", seed=seed)
    outputs: Outputs = {}
    async for event in seam.call(spec, spec.params.model_validate(params), inputs, context):
        if isinstance(event, Done):
            outputs = {name: ref for name, ref in event.outputs.items() if isinstance(ref, ArtifactRef)}
    return outputs


async def run_plan(seam: Seam, plan: Plan, seed: int, known: Mapping[str, ArtifactRef]) -> Outputs:
    """Run the stages of a plan one by one, but for those whose outputs are known.

    Returns:
        `call.output` -> what it is, of all stages.
    """
    found = dict(known)
    for call in plan.calls:
        if any(name.startswith(f"{call.name}.") for name in known):
            continue
        inputs = {name: found[source] for name, source in call.inputs.items()}
        outputs = await run_stage(seam, call.stage, call.params, inputs, seed)
        found |= {f"{call.name}.{name}": ref for name, ref in outputs.items()}
    return found
