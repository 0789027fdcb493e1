"""A mesh and the file made of it are measured, and judged by what the asset is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import unpack
from serve.contracts.acceptance import Acceptance, AcceptancePolicy
from serve.contracts.errors import NotAcceptableError
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays
from serve.geometry.inspection import measure
from serve.geometry.policies import judge
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "InspectParams"]


class InspectParams(Params):
    """By what to judge.

    Args:
        policy: What the asset is for.
        must_pass: Whether an asset that fails a check fails the stage.
        poly_count: Most faces that were asked for; None where none were.
    """

    policy: AcceptancePolicy = AcceptancePolicy.GAME
    must_pass: bool = False
    poly_count: int | None = Field(None, ge=1)


def _run(
    inputs: Mapping[str, bytes], params: InspectParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    measures = measure(mesh, len(inputs["asset"]), check=tools.check)
    report = judge(measures, params.policy, params.poly_count)
    verdict = f"Not accepted as {report.policy.value}: {_problems(report)}."
    if params.must_pass and not report.accepted:
        raise NotAcceptableError(f"{verdict} Repair the asset, or ask for another policy.", "policy")
    data = report.model_dump_json().encode()
    warnings = () if report.accepted else (verdict,)
    yield Done({"acceptance": Blob(data, "application/json")}, warnings)


def _problems(report: Acceptance) -> str:
    return ", ".join(f"{check.name} ({check.message})" for check in report.checks if not check.passed)


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh(), "asset": b"glTF"}, InspectParams()


SPEC = StageSpec(
    name="inspect",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh", "asset": "asset"},
    returns={"acceptance": "acceptance"},
    params=InspectParams,
    run=_run,
    example=_example,
    weight=0.03,
)
