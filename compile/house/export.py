"""`python -m compile.house.export`: the trained house model -> `model_repository/parts_flow/`.

One denoising step is exported; the loop over steps is the service's. The weights are rounded to float16
first, so that the file is half as large, and the graph is written only when it computes what the rounded
network does.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from compile.house.corpus import CORPUS_FOLDER
from compile.house.network import PartsFlow
from compile.house.train import load_trained
from compile.weight_only import export_float32, store_as_float16
from serve.models.parts_flow import PARTS_FLOW
from serve.models.spec import MODEL_REPOSITORY
from serve.models.triton_config import write_config

__all__ = ["MAX_PARITY_ERROR", "example_rows", "export_flow", "main", "parity_error", "round_to_float16"]

MAX_PARITY_ERROR = 1e-5

_PARITY_ROW_COUNT = 7

_NOTICE = """\
parts_flow: Galatea's house model, weights stored as float16

Trained by this repository's own recipe (compile/house) on shapes and captions that the recipe
generates; no outside data. The captions were encoded by minilm_text; see its NOTICE.

The weights are under the Apache License 2.0, as the rest of the repository:
https://www.apache.org/licenses/LICENSE-2.0

`python -m compile.house.corpus`, `python -m compile.house.train` and
`python -m compile.house.export` make them again.
"""


def round_to_float16(network: PartsFlow) -> PartsFlow:
    """Round every weight to the nearest float16, in place; the arithmetic stays float32."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.half())
    return network


def export_flow(network: PartsFlow) -> onnx.ModelProto:
    """The network as an ONNX graph with the names of `PARTS_FLOW`, large float16 weights stored as such.

    Args:
        network: In evaluation mode, its weights rounded by `round_to_float16`.
    """
    examples = [torch.from_numpy(array) for array in example_rows(4).values()]
    model = export_float32(network, PARTS_FLOW, examples, {0: torch.export.Dim("batch")})
    return store_as_float16(model)


def example_rows(row_count: int, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Drawn inputs of `PARTS_FLOW` with texts of 0, 1, 2 ... tokens, float32 [row_count, ...] each."""
    generator = np.random.default_rng(seed)
    shapes = {tensor.name: (row_count, *tensor.shape) for tensor in PARTS_FLOW.inputs}
    rows = {name: generator.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    token_counts = np.arange(row_count)[:, None] % (shapes["mask"][1] + 1)
    rows["time"] = generator.random(row_count, np.float32)
    rows["mask"] = (np.arange(shapes["mask"][1]) < token_counts).astype(np.float32)
    return rows


def parity_error(network: PartsFlow, model: onnx.ModelProto) -> float:
    """Largest absolute difference between the network's outputs and those of ONNX Runtime."""
    import onnxruntime

    rows = example_rows(_PARITY_ROW_COUNT)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (served,) = session.run(["clean"], rows)
    with torch.inference_mode():
        trained = network(*(torch.from_numpy(array) for array in rows.values())).numpy()
    return float(np.abs(served - trained).max())


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the model's folder: graph, notice and Triton configuration.

    Raises:
        ArithmeticError: The graph's outputs are further than `MAX_PARITY_ERROR` from the network's.
    """
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CORPUS_FOLDER / "train.pt")
    parser.add_argument("--repository", type=Path, default=MODEL_REPOSITORY)
    options = parser.parse_args(arguments)
    network = round_to_float16(load_trained(options.checkpoint))
    model = export_flow(network)
    error = parity_error(network, model)
    if not error <= MAX_PARITY_ERROR:
        raise ArithmeticError(f"the graph is off by {error:.2g}; at most {MAX_PARITY_ERROR:.0e} is allowed")
    weights = _write(model, options.repository / PARTS_FLOW.name)
    print(f"{weights}: {weights.stat().st_size / 1e6:.1f} MB, off by {error:.1e}")


def _write(model: onnx.ModelProto, folder: Path) -> Path:
    weights = folder / str(PARTS_FLOW.version) / PARTS_FLOW.weights_path.name
    weights.parent.mkdir(parents=True, exist_ok=True)
    weights.write_bytes(model.SerializeToString(deterministic=True))
    (folder / "NOTICE").write_text(_NOTICE, encoding="utf-8")
    write_config(PARTS_FLOW, folder)
    return weights


if __name__ == "__main__":
    main()
