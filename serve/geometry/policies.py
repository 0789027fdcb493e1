"""What an asset must be like for its purpose: one table of policies and their checks.

A check reads nothing but the measures, so that whoever has a report can judge it anew by another policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from serve.contracts.acceptance import Acceptance, AcceptanceCheck, AcceptancePolicy, Measures

__all__ = ["POLICIES", "Check", "judge"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be asked of an asset.

    Args:
        name: As reports and `docs/acceptance.md` have it.
        asks: What must be so, a clause.
        found: What is so, a clause.
        passes: Whether that is good enough.
        applies: Whether it can be asked of this asset at all.
    """

    name: str
    asks: str
    found: Callable[[Measures], str]
    passes: Callable[[Measures], bool]
    applies: Callable[[Measures], bool] = lambda measures: True


_LEAST_SIZE_M, _MOST_SIZE_M = 1e-3, 1e3
_MOST_OVERLAP = 1e-3
_MOST_SLIVERS = 0.25
_MOST_CROSSINGS_IN_PRINT = 0.01


def _size_m(measures: Measures) -> float:
    bounds = measures.bounds_m
    return max(high - low for low, high in zip(bounds.lower, bounds.upper, strict=True))


def _overlap(measures: Measures) -> float:
    return measures.texture.overlap if measures.texture else 0.0


def _crossings(measures: Measures) -> str:
    how = measures.self_intersection_method.value
    return f"{measures.self_intersection_count:,} pairs of faces cross ({how} count)"


_DEGENERATE_FACES = Check(
    "degenerate_faces",
    "none may be",
    lambda m: f"{m.degenerate_face_count:,} faces have no area",
    lambda m: m.degenerate_face_count == 0,
)
_DUPLICATE_FACES = Check(
    "duplicate_faces",
    "none may be",
    lambda m: f"{m.duplicate_face_count:,} faces repeat another",
    lambda m: m.duplicate_face_count == 0,
)
_MANIFOLD = Check(
    "manifold",
    "none may be",
    lambda m: (
        f"{m.nonmanifold_edge_count:,} edges have more than two faces, "
        f"and {m.nonmanifold_vertex_count:,} corners join pieces that nothing else joins"
    ),
    lambda m: m.nonmanifold_edge_count == m.nonmanifold_vertex_count == 0,
)
_OUTWARD = Check(
    "outward",
    "every face must show its front to the outside",
    lambda m: (
        f"{m.misoriented_edge_count:,} edges lie between faces that disagree on which side is out, "
        f"and {m.inverted_component_count:,} closed pieces are turned inside out"
    ),
    lambda m: m.misoriented_edge_count == m.inverted_component_count == 0,
)
_SELF_INTERSECTIONS = Check(
    "self_intersections", "none may", _crossings, lambda m: m.self_intersection_count == 0
)
_FEW_SELF_INTERSECTIONS = Check(
    "self_intersections",
    f"at most {_MOST_CROSSINGS_IN_PRINT:.0%} of the number of faces may",
    _crossings,
    lambda m: m.self_intersection_count <= _MOST_CROSSINGS_IN_PRINT * m.face_count,
)
_SIZE = Check(
    "size",
    f"it must be from {_LEAST_SIZE_M:g} to {_MOST_SIZE_M:,.0f} m",
    lambda m: f"the longest side is {_size_m(m):.4g} m",
    lambda m: _LEAST_SIZE_M <= _size_m(m) <= _MOST_SIZE_M,
)
_SLIVERS = Check(
    "slivers",
    f"at most {_MOST_SLIVERS:.0%} of them may be",
    lambda m: f"{m.sliver_face_count:,} of {m.face_count:,} faces are 100 times as long as high",
    lambda m: m.sliver_face_count <= _MOST_SLIVERS * m.face_count,
)
_TEXTURE_OVERLAP = Check(
    "texture_overlap",
    f"at most {_MOST_OVERLAP:.1%} of it may be",
    lambda m: f"{_overlap(m):.2%} of the texture in use belongs to several faces",
    lambda m: _overlap(m) <= _MOST_OVERLAP,
    lambda m: m.texture is not None and m.texture.size_px > 0,
)
_VOLUME = Check(
    "volume",
    "it must enclose one",
    lambda m: (
        "the surface is not closed" if m.volume_m3 is None else f"the volume inside is {m.volume_m3:.4g} m3"
    ),
    lambda m: m.volume_m3 is not None and m.volume_m3 > 0.0,
)
_WATERTIGHT = Check(
    "watertight",
    "all must have two that agree",
    lambda m: (
        f"{m.boundary_edge_count:,} edges have one face, {m.nonmanifold_edge_count:,} more than two, "
        f"and {m.misoriented_edge_count:,} two that disagree"
    ),
    lambda m: m.watertight,
)

POLICIES: dict[AcceptancePolicy, tuple[Check, ...]] = {
    AcceptancePolicy.STRICT: (
        _DEGENERATE_FACES,
        _DUPLICATE_FACES,
        _MANIFOLD,
        _OUTWARD,
        _SELF_INTERSECTIONS,
        _SIZE,
        _SLIVERS,
        _TEXTURE_OVERLAP,
        _VOLUME,
        _WATERTIGHT,
    ),
    AcceptancePolicy.GAME: (_DEGENERATE_FACES, _DUPLICATE_FACES, _OUTWARD, _SIZE, _TEXTURE_OVERLAP),
    AcceptancePolicy.PRINT: (_FEW_SELF_INTERSECTIONS, _OUTWARD, _SIZE, _VOLUME, _WATERTIGHT),
    AcceptancePolicy.SIM: (
        _DEGENERATE_FACES,
        _DUPLICATE_FACES,
        _OUTWARD,
        _SIZE,
        _SLIVERS,
        _VOLUME,
        _WATERTIGHT,
    ),
}
"""Policy -> its checks; besides them, every policy asks that a limit of faces be met where there is one."""


def judge(measures: Measures, policy: AcceptancePolicy, poly_count: int | None = None) -> Acceptance:
    """The measures with the policy's verdict on them.

    Args:
        measures: Of the asset.
        policy: What it is for.
        poly_count: Most faces that were asked for; None where none were.
    """
    checks = [*POLICIES[policy], *([] if poly_count is None else [_budget(poly_count)])]
    answers = tuple(
        AcceptanceCheck(
            name=check.name,
            passed=check.passes(measures),
            message=f"{check.found(measures)}; {check.asks}",
        )
        for check in sorted(checks, key=lambda check: check.name)
        if check.applies(measures)
    )
    values = {name: getattr(measures, name) for name in Measures.model_fields}
    accepted = all(answer.passed for answer in answers)
    return Acceptance(**values, policy=policy, accepted=accepted, checks=answers)


def _budget(poly_count: int) -> Check:
    return Check(
        "budget",
        f"at most {poly_count:,} were asked for",
        lambda m: f"there are {m.face_count:,} faces",
        lambda m: m.face_count <= poly_count,
    )
