"""The models the service knows, one ModelSpec a file."""

from __future__ import annotations

from serve.models.minilm_text import MINILM_TEXT
from serve.models.parts_flow import PARTS_FLOW
from serve.models.prompt_domain import PROMPT_DOMAIN
from serve.models.spec import ModelSpec

__all__ = ["MODELS"]

# Sorted by name; a test compares it with the files of this folder and with the model repository.
MODELS: tuple[ModelSpec, ...] = (MINILM_TEXT, PARTS_FLOW, PROMPT_DOMAIN)
