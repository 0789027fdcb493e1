"""From the request's guidance scale to a model's own.

Users know scales around 7.5 from image diffusion. Each model has a scale of its own at which its results are
best; the request's default meets it, and the two grow together.

Source: Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022), in the form
`without_text + weight * (with_text - without_text)`.
"""

from __future__ import annotations

from serve.models.parts_flow import PARTS_FLOW_GUIDANCE

__all__ = ["DEFAULT_GUIDANCE_SCALE", "MAX_GUIDANCE_SCALE", "model_guidance"]

DEFAULT_GUIDANCE_SCALE = 7.5
MAX_GUIDANCE_SCALE = 20.0


def model_guidance(guidance_scale: float, optimum: float = PARTS_FLOW_GUIDANCE) -> float:
    """The weight of the text for a model.

    Args:
        guidance_scale: The request's, 0 to `MAX_GUIDANCE_SCALE`.
        optimum: The model's best weight, above 1; that of the house model by default.

    Returns:
        1 at scale 0 (the text alone, without a push), `optimum` at the default scale, and linear between and
        beyond.

    Raises:
        ValueError: The scale is out of its range.
    """
    if not 0.0 <= guidance_scale <= MAX_GUIDANCE_SCALE:
        raise ValueError(f"guidance_scale is {guidance_scale}; it must be 0 to {MAX_GUIDANCE_SCALE}")
    return 1.0 + (optimum - 1.0) * guidance_scale / DEFAULT_GUIDANCE_SCALE
