"""What every plan must be: each input given by an earlier call, with the content that its stage accepts."""

from __future__ import annotations

from collections.abc import Mapping

from serve.contracts.errors import InvalidRequestError
from serve.contracts.plan import ASSET, Plan
from serve.contracts.stage import StageSpec
from serve.stages import STAGES

__all__ = ["check_fragment", "check_plan", "plan_weight", "spare_calls"]

_FILE = "file"  # what an asset of the store holds, as stages name it


def plan_weight(plan: Plan, stages: Mapping[str, StageSpec] = STAGES) -> float:
    """The stages' usual shares of a job's time, together."""
    return sum(stages[call.stage].weight for call in plan.calls)


def spare_calls(plan: Plan, stages: Mapping[str, StageSpec] = STAGES) -> frozenset[str]:
    """Calls that are only there to be looked at: a preview that no other call and no result needs."""
    sources = {source for call in plan.calls for source in call.inputs.values()} | set(plan.results.values())
    needed = {source.partition(".")[0] for source in sources}
    return frozenset(
        call.name for call in plan.calls if call.name not in needed and stages[call.stage].preview is not None
    )


def check_plan(plan: Plan, stages: Mapping[str, StageSpec] = STAGES) -> None:
    """Check that every call's inputs are given by earlier calls, with the content that its stage accepts.

    Raises:
        InvalidRequestError: They are not; the message names the call.
    """
    given = _given(plan, {f"{ASSET}.{digest}": _FILE for digest in plan.assets}, stages)
    unknown = sorted(source for source in plan.results.values() if source not in given)
    if unknown or plan.main not in plan.results:
        raise InvalidRequestError(f"the plan's results {unknown or plan.main} come from no call", "plan")


def check_fragment(spec: StageSpec, fragment: Plan, stages: Mapping[str, StageSpec] = STAGES) -> None:
    """Check the plan that a stage expands to: it may use that stage's own outputs as `self.<output>`.

    Raises:
        InvalidRequestError: A call does not fit, or a result is not what the stage promises.
    """
    own = {f"self.{output}": kind for output, kind in spec.returns.items() if output not in fragment.results}
    given = _given(fragment, own, stages)
    for output, source in fragment.results.items():
        if given.get(source) != spec.returns.get(output):
            raise InvalidRequestError(
                f"the fragment of {spec.name} gives {output} as {given.get(source, 'missing')} "
                f"from {source}; the stage promises {spec.returns.get(output, 'no such output')}",
                "plan",
            )


def _given(plan: Plan, known: Mapping[str, str], stages: Mapping[str, StageSpec]) -> dict[str, str]:
    """What the plan's calls give, `call.output` -> content, with what was known before."""
    given = dict(known)
    for call in plan.calls:
        spec = stages.get(call.stage)
        if spec is None:
            raise InvalidRequestError(f"call {call.name}: no stage is called {call.stage!r}", "plan")
        places = {name: spec.input_of(name) for name in call.inputs}
        if None in places.values() or not spec.needs <= set(places.values()):
            raise InvalidRequestError(
                f"call {call.name}: has inputs {sorted(call.inputs)} and needs {sorted(spec.accepts)}",
                "plan",
            )
        for name, source in call.inputs.items():
            kind = spec.accepts[places[name] or name]
            if given.get(source) != kind:
                raise InvalidRequestError(
                    f"call {call.name}: input {name} is {given.get(source, 'missing')} from {source}; "
                    f"{call.stage} accepts {kind}",
                    "plan",
                )
        given.update({f"{call.name}.{output}": kind for output, kind in spec.returns.items()})
    return given
