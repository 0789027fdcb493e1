"""The denoising of 16 jobs by both ways of `benchmarks.serving_batchers`, in a Ray of this process's own.

python -m benchmarks.serving_ray_batch REPEAT_COUNT FILE
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter

from benchmarks.denoising import Batching, Place, encode, here, measure_batching
from benchmarks.places import make_host
from benchmarks.serving_ray import SMALL_ACTOR, small_ray
from deployments.engines import thread_count
from deployments.host import StageHost
from serve.settings import read_settings

__all__ = ["IN_PROCESS", "ONE_CALL", "STEP_BY_STEP", "main", "measure_ray_batching"]

IN_PROCESS = "no Ray: EngineOnnx in the caller's process"
ONE_CALL = "one call a stage: the loop inside the replica"
STEP_BY_STEP = "one call a step: `@serve.batch`"
_FOUND: TypeAdapter[dict[str, Batching]] = TypeAdapter(dict[str, Batching])


def measure_ray_batching(repeat_count: int) -> dict[str, Batching]:
    """Measure in a process of its own, which ends with its Ray.

    Returns:
        Way to batch -> what was measured.
    """
    with TemporaryDirectory(prefix="galatea-") as folder:
        file = Path(folder) / "found.json"
        subprocess.run([sys.executable, "-m", __name__, str(repeat_count), str(file)], check=True)
        return _FOUND.validate_json(file.read_bytes())


def main(repeat_count: int, file: Path) -> None:
    """Measure here, and write what was found as JSON."""
    with small_ray(), TemporaryDirectory(prefix="galatea-") as folder:
        found = asyncio.run(_measure(folder, repeat_count))
    file.write_bytes(_FOUND.dump_json(found))


async def _measure(folder: str, repeat_count: int) -> dict[str, Batching]:
    from benchmarks.serving_batchers import EngineOverHandle, Looping, Stepping
    from deployments.ray_seam import RaySeam

    host, threads = make_host(folder, "store"), thread_count(read_settings())
    looping = await asyncio.to_thread(_deployed, Looping, f"{folder}/store", threads)
    stepping = await asyncio.to_thread(_deployed, Stepping, threads)
    seam = RaySeam({"stages": looping}, {"engine": "stages"})
    await seam.open()
    steps: StageHost = make_host(folder, "store", engine=EngineOverHandle(stepping))
    places = {
        ONE_CALL: Place(seam, lambda: _counts(looping)),
        STEP_BY_STEP: Place(steps, lambda: _counts(stepping)),
        IN_PROCESS: here(host),
    }
    found = await measure_batching(places, await encode(host), repeat_count)
    steps.close()
    host.close()
    return found


def _deployed(kind: type, *arguments: object) -> Any:
    """The handle of a deployment of one replica, which is ready."""
    from ray import serve as ray_serve

    deployment = ray_serve.deployment(kind, name=kind.__name__).options(**SMALL_ACTOR)
    return ray_serve.run(deployment.bind(*arguments), name=kind.__name__, route_prefix=None)


async def _counts(handle: Any) -> Counter[int]:
    counts: Counter[int] = await handle.counts.remote()
    return counts


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
