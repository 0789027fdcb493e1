"""Which stages a request needs: pure functions, no input or output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from serve.contracts.errors import InvalidRequestError, UnsupportedFormatError
from serve.contracts.plan import Plan, StageCall
from serve.contracts.quality import TIERS, Tier
from serve.contracts.requests import TextTo3dRequest
from serve.contracts.stage import StageSpec
from serve.formats import FORMATS
from serve.stages import STAGES

__all__ = ["asset_name", "check_fragment", "check_plan", "plan_text_to_3d", "plan_weight", "spare_calls"]


def asset_name(prompt: str) -> str:
    """What an asset of this prompt is called in files: `a-tall-red-lamp`; `asset` without any letter."""
    words = re.findall(r"[a-z0-9]+", prompt.lower())
    name = ""
    for word in words:
        if len(name) + len(word) > 39:
            break
        name = f"{name}-{word}" if name else word
    return name or "asset"


def _warnings(request: TextTo3dRequest, tier: Tier) -> tuple[str, ...]:
    found = []
    if "texture_size" in request.model_fields_set:
        found.append("texture_size has no effect yet: assets are coloured by part and have no textures")
    if "poly_count" in request.model_fields_set and request.poly_count > tier.max_face_count:
        found.append(
            f"poly_count {request.poly_count:,} is more than quality {request.quality.value} resolves: "
            f"it was cut to {tier.max_face_count:,}; ask for a higher quality"
        )
    return tuple(found)


def _call(stage: str, params: Mapping[str, Any] | None = None, **inputs: str) -> StageCall:
    return StageCall(name=stage, stage=stage, params=params or {}, inputs=inputs)


def plan_text_to_3d(request: TextTo3dRequest) -> Plan:
    """The stages from a sentence to a file and its picture; beside them a sketch, for those who watch.

    Raises:
        UnsupportedFormatError: This build cannot write the format.
    """
    row = next(row for row in FORMATS if row.ext == request.format.value)
    if not row.available:
        can = ", ".join(row.ext for row in FORMATS if row.available)
        raise UnsupportedFormatError(
            f"format: {row.ext} cannot be written by this build yet; use one of {can}",
            "format",
        )
    tier = TIERS[request.quality]
    texts = {"prompt": request.prompt, "negative_prompt": request.negative_prompt}
    sampling = {"step_count": tier.step_count, "guidance_scale": request.guidance_scale}
    faces = {"poly_count": min(request.poly_count, tier.max_face_count), "resolution": tier.resolution}
    file = {"format": row.ext, "name": asset_name(request.prompt)}
    picture = {"size": tier.picture_size, "sample_count": tier.sample_count}
    calls = (
        _call("encode_text", texts),
        _call("classify", text="encode_text.text"),
        _call("denoise", sampling, text="encode_text.text"),
        _call("assemble", code="denoise.code", category="classify.category"),
        _call("sketch", parts="assemble.parts"),
        _call("extract_mesh", {"resolution": tier.resolution}, parts="assemble.parts"),
        _call("decimate", faces, surface="extract_mesh.surface", parts="assemble.parts"),
        _call("export", file, mesh="decimate.mesh"),
        _call("render", picture, mesh="decimate.mesh"),
    )
    results = {row.ext: "export.asset", "picture": "render.picture"}
    return Plan(calls=calls, results=results, main=row.ext, warnings=_warnings(request, tier))


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
    given = _given(plan, {}, stages)
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
        if set(call.inputs) != set(spec.accepts):
            raise InvalidRequestError(
                f"call {call.name}: has inputs {sorted(call.inputs)} and needs {sorted(spec.accepts)}",
                "plan",
            )
        for name, source in call.inputs.items():
            if given.get(source) != spec.accepts[name]:
                raise InvalidRequestError(
                    f"call {call.name}: input {name} is {given.get(source, 'missing')} from {source}; "
                    f"{call.stage} accepts {spec.accepts[name]}",
                    "plan",
                )
        given.update({f"{call.name}.{output}": kind for output, kind in spec.returns.items()})
    return given
