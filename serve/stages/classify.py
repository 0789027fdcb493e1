"""Which category a prompt means, and whether the house model knows it at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping

import numpy as np

from serve.artifacts import pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.models.minilm_text import TEXT_WIDTH
from serve.models.prompt_domain import CATEGORY_NAMES, PROMPT_DOMAIN

__all__ = ["SPEC", "ClassifyParams"]


class ClassifyParams(Params):
    """None: the text says it all."""


def _outside_warning(category: str) -> str:
    article = "an" if category[0] in "aeiou" else "a"
    return (
        "the prompt is far from what the house model knows: this is its nearest thing, "
        f"{article} {category}; "
        f"it knows {len(CATEGORY_NAMES)} categories, which `galatea categories` lists"
    )


async def _run(
    inputs: Mapping[str, bytes], params: ClassifyParams, context: Context, tools: Toolbox
) -> AsyncIterator[Event]:
    """The likeliest category, even where "none of these" is likelier still: then with a warning."""
    del params, context
    pooled = unpack(inputs["text"])["pooled"][:1]
    logits = (await tools.infer(PROMPT_DOMAIN.name, {"pooled": pooled}))["category_logits"][0]
    known = int(np.argmax(logits)) < len(CATEGORY_NAMES)
    category = CATEGORY_NAMES[int(np.argmax(logits[: len(CATEGORY_NAMES)]))]
    document = json.dumps({"category": category, "known": known}, sort_keys=True).encode()
    warnings = () if known else (_outside_warning(category),)
    yield Done({"category": Blob(document, "application/json")}, warnings)


def _example() -> tuple[Mapping[str, bytes], Params]:
    pooled = np.linspace(-1.0, 1.0, 2 * TEXT_WIDTH, dtype=np.float32).reshape(2, TEXT_WIDTH)
    pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
    return {"text": pack({"pooled": pooled})}, ClassifyParams()


SPEC = StageSpec(
    name="classify",
    version=1,
    kind="async",
    resource="engine",
    accepts={"text": "text"},
    returns={"category": "category"},
    params=ClassifyParams,
    run=_run,
    example=_example,
    model=PROMPT_DOMAIN.name,
    weight=0.01,
)
