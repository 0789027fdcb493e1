"""A mesh gets a skeleton."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays
from serve.geometry.mesh import PartMesh
from serve.motion.arrays import rig_to_arrays
from serve.motion.rigging import build_rig, check_riggable
from serve.motion.skeleton import SkeletonKind
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "RigParams"]


class RigParams(Params):
    """Which body plans will do.

    Args:
        kinds: The best first; the first that fits the mesh is taken.
    """

    kinds: tuple[SkeletonKind, ...] = Field(("rigid",), min_length=1)


def _run(inputs: Mapping[str, bytes], params: RigParams, context: Context, tools: Toolbox) -> Iterator[Event]:
    del context
    tools.check()
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    rig = build_rig(mesh, _kind(mesh, params.kinds, tools), check=tools.check)
    yield Done({"rig": Blob(pack(rig_to_arrays(rig)), TENSORS_MEDIA_TYPE)})


def _kind(mesh: PartMesh, kinds: Sequence[SkeletonKind], tools: Toolbox) -> SkeletonKind:
    """The first plan that fits.

    Raises:
        InvalidRequestError: None does; the message says why.
    """
    if len(kinds) == 1:
        return kinds[0]
    found = check_riggable(mesh, check=tools.check)
    for kind in kinds:
        if kind in found.kinds:
            return kind
    why = "; ".join(f"no {kind}, for {found.reasons[kind]}" for kind in kinds)
    raise InvalidRequestError(
        f"motion.preset: the asset cannot move so: it is {why}; film another, or take a motion for anything: "
        "spin, bounce, explode",
        "motion.preset",
    )


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, RigParams(kinds=("biped", "parts"))


SPEC = StageSpec(
    name="rig",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh"},
    returns={"rig": "rig"},
    params=RigParams,
    run=_run,
    example=_example,
    weight=1.0,
)
