"""Codes become parts in metres that touch each other and stand on the ground."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import numpy as np

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.fields.repair import repair_contacts
from serve.geometry.arrays import parts_to_arrays
from serve.geometry.part_code import decode_parts, encode_parts
from serve.geometry.parts import Part, PartSet
from serve.models.prompt_domain import CATEGORY_LENGTHS_M

__all__ = ["SPEC", "AssembleParams", "example_parts"]


class AssembleParams(Params):
    """None: the codes and the category say it all."""


def _run(
    inputs: Mapping[str, bytes], params: AssembleParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del params, context
    drawn = decode_parts(unpack(inputs["code"])["code"]).normalized()
    tools.check()
    category = json.loads(inputs["category"])["category"]
    shape = repair_contacts(drawn).scaled_to(CATEGORY_LENGTHS_M[category])
    yield Done({"parts": Blob(pack(parts_to_arrays(shape)), TENSORS_MEDIA_TYPE)})


def example_parts() -> PartSet:
    """A small stool: a seat of red wood on a blue metal post, which overlap."""
    seat = Part("seat", "cylinder", np.array([0.0, 0.5, 0.0]), np.array([0.3, 0.05, 0.3]),
                color=(0.8, 0.1, 0.1), material="wood")  # fmt: skip
    post = Part("pole", "box", np.array([0.0, 0.25, 0.0]), np.array([0.06, 0.25, 0.06]),
                color=(0.1, 0.3, 0.8), material="metal")  # fmt: skip
    return PartSet((seat, post))


def _example() -> tuple[Mapping[str, bytes], Params]:
    category = json.dumps({"category": "stool", "known": True}).encode()
    code = encode_parts(example_parts().normalized())
    return {"code": pack({"code": code}), "category": category}, AssembleParams()


SPEC = StageSpec(
    name="assemble",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"code": "code", "category": "category"},
    returns={"parts": "parts"},
    params=AssembleParams,
    run=_run,
    example=_example,
    weight=0.05,
)
