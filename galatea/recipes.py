"""`galatea compile NAME`: the command that makes each model's weights."""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec

from serve.contracts.errors import EngineError, InvalidRequestError

__all__ = ["RECIPES", "run_recipe"]

# Model -> the modules that make it, in order. Each is a command of its own: `python -m MODULE --help`.
RECIPES: dict[str, tuple[str, ...]] = {
    "minilm_text": ("compile.text_encoder",),
    "parts_flow": ("compile.house.corpus", "compile.house.train", "compile.house.export"),
    "prompt_domain": ("compile.house.domain",),
}


def run_recipe(name: str) -> None:
    """Run a model's recipe with its defaults.

    Raises:
        InvalidRequestError: No model has this name.
        EngineError: The `compile` extra is not installed.
    """
    if name not in RECIPES:
        raise InvalidRequestError(f"no model is called {name!r}; there are {', '.join(RECIPES)}", "name")
    if find_spec("torch") is None:
        raise EngineError("making weights needs PyTorch: run `pip install 'galatea[compile]'`")
    for module in RECIPES[name]:
        print(f"running {module}", flush=True)
        sys.argv = [module]
        runpy.run_module(module, run_name="__main__")
