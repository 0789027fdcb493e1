"""A prompt and its opposite become token vectors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache

import numpy as np
from pydantic import Field
from tokenizers import Tokenizer

from serve.artifacts import TENSORS_MEDIA_TYPE, pack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.models.minilm_text import MINILM_TEXT, TEXT_TOKEN_COUNT

__all__ = ["SPEC", "EncodeTextParams"]


class EncodeTextParams(Params):
    """Two texts.

    Args:
        prompt: What to make.
        negative_prompt: What to stay away from; empty means nothing in particular.
    """

    prompt: str
    negative_prompt: str = Field("")


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(MINILM_TEXT.weights_path.parents[1] / "tokenizer.json"))


def _cut_warning(name: str, text: str) -> str | None:
    """A sentence for a text that is longer than the model reads."""
    tokenizer = _tokenizer()
    encoding = tokenizer.encode(text)
    if not encoding.overflowing:
        return None
    last = max(end for _, end in encoding.offsets)
    return (
        f"the model reads {TEXT_TOKEN_COUNT - 2} word pieces: it read the {name} up to "
        f"{text[max(0, last - 24) : last]!r} and not what follows"
    )


async def _run(
    inputs: Mapping[str, bytes], params: EncodeTextParams, context: Context, tools: Toolbox
) -> AsyncIterator[Event]:
    del inputs, context
    texts = {"prompt": params.prompt, "negative prompt": params.negative_prompt}
    encodings = _tokenizer().encode_batch(list(texts.values()))
    ids = np.array([encoding.ids for encoding in encodings], np.int64)
    mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
    encoded = await tools.infer(MINILM_TEXT.name, {"input_ids": ids, "attention_mask": mask})
    tokens = np.where(mask[:, :, None] > 0, encoded["tokens"], 0.0).astype(np.float32)
    if not params.negative_prompt:
        mask[1] = 0  # no text at all, which the flow was trained to understand, and not the empty sentence
    arrays = {"tokens": tokens, "mask": mask.astype(np.float32), "pooled": encoded["pooled"]}
    found = (_cut_warning(name, text) for name, text in texts.items())
    blob = Blob(pack(arrays), TENSORS_MEDIA_TYPE)
    yield Done({"text": blob}, tuple(warning for warning in found if warning))


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {}, EncodeTextParams(prompt="a tall red lamp with a blue stand", negative_prompt="wood")


SPEC = StageSpec(
    name="encode_text",
    version=1,
    kind="async",
    resource="engine",
    accepts={},
    returns={"text": "text"},
    params=EncodeTextParams,
    run=_run,
    example=_example,
    model=MINILM_TEXT.name,
    weight=0.05,
)
