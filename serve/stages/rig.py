"""A mesh gets a skeleton; where whole parts move, it comes apart between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.errors import InvalidRequestError
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays
from serve.motion.arrays import rig_to_arrays
from serve.motion.parting import take_apart
from serve.motion.rigging import first_rig
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
    try:
        rig = first_rig(mesh, params.kinds, check=tools.check)
    except InvalidRequestError as error:
        raise InvalidRequestError(
            f"motion.preset: it cannot move so: {error.message}; film another, or take a motion for all: "
            "spin, bounce",
            "motion.preset",
        ) from None
    rig, mesh = take_apart(rig, mesh)
    outputs = {"rig": rig_to_arrays(rig), "mesh": mesh_to_arrays(mesh)}
    yield Done({name: Blob(pack(arrays), TENSORS_MEDIA_TYPE) for name, arrays in outputs.items()})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, RigParams(kinds=("biped", "parts"))


SPEC = StageSpec(
    name="rig",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh"},
    returns={"rig": "rig", "mesh": "mesh"},
    params=RigParams,
    run=_run,
    example=_example,
    weight=1.0,
)
