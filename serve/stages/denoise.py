"""Noise becomes the codes of a part set, one engine call a step: steps of different jobs meet in a batch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, Progress, StageSpec, Toolbox
from serve.geometry.part_code import CODE_SIZE
from serve.geometry.parts import MAX_PART_COUNT
from serve.models.guidance import model_guidance
from serve.models.minilm_text import TEXT_TOKEN_COUNT, TEXT_WIDTH
from serve.models.parts_flow import PARTS_FLOW

__all__ = ["SPEC", "DenoiseParams", "starting_noise"]


class DenoiseParams(Params):
    """How to sample.

    Args:
        step_count: Euler steps from noise to shape.
        guidance_scale: The request's; mapped to the model's own by `model_guidance`.
    """

    step_count: int = Field(ge=1, le=256)
    guidance_scale: float = Field(ge=0, le=20)


def starting_noise(seed: int) -> NDArray[np.float32]:
    """Gaussian noise float32 [MAX_PART_COUNT, CODE_SIZE], by the seed alone (Philox, Salmon 2011)."""
    generator = np.random.Generator(np.random.Philox(key=[seed, 0x6E6F697365]))
    return generator.standard_normal((MAX_PART_COUNT, CODE_SIZE), dtype=np.float32)


async def _run(
    inputs: Mapping[str, bytes], params: DenoiseParams, context: Context, tools: Toolbox
) -> AsyncIterator[Event]:
    """Euler steps of the flow, with classifier-free guidance (Ho and Salimans 2022) of the clean code."""
    text = unpack(inputs["text"])
    weight = np.float32(model_guidance(params.guidance_scale))
    noisy = starting_noise(context.seed)
    for step in range(params.step_count):
        time = step / params.step_count
        rows = {
            "parts": np.stack([noisy, noisy]),
            "time": np.full((2, *_TIME_SHAPE), time, np.float32),
            "tokens": text["tokens"],
            "mask": text["mask"],
        }
        wanted, unwanted = (await tools.infer(PARTS_FLOW.name, rows))["clean"]
        clean = unwanted + weight * (wanted - unwanted)
        # x moves along (x1 - x) / (1 - t) for 1 / steps; the last step lands on the clean code itself.
        share = np.float32(1.0 / (params.step_count - step))
        noisy = (noisy + share * (clean - noisy)).astype(np.float32)
        yield Progress((step + 1) / params.step_count)
    yield Done({"code": Blob(pack({"code": noisy}), TENSORS_MEDIA_TYPE)})


_TIME_SHAPE = next(tensor.shape for tensor in PARTS_FLOW.inputs if tensor.name == "time")


def _example() -> tuple[Mapping[str, bytes], Params]:
    tokens = np.linspace(-1.0, 1.0, 2 * TEXT_TOKEN_COUNT * TEXT_WIDTH, dtype=np.float32)
    mask = np.zeros((2, TEXT_TOKEN_COUNT), np.float32)
    mask[0, :6] = 1.0
    arrays = {"tokens": tokens.reshape(2, TEXT_TOKEN_COUNT, TEXT_WIDTH), "mask": mask}
    return {"text": pack(arrays)}, DenoiseParams(step_count=3, guidance_scale=7.5)


SPEC = StageSpec(
    name="denoise",
    version=1,
    kind="async",
    resource="engine",
    accepts={"text": "text"},
    returns={"code": "code"},
    params=DenoiseParams,
    run=_run,
    example=_example,
    model=PARTS_FLOW.name,
    draws=True,
    weight=0.15,
)
