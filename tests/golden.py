"""`python -m tests.golden`: write the digests of every stage's example for this machine's numeric classes."""

import asyncio
import json

from deployments.host import StageHost
from serve.artifacts import open_store
from serve.engines.onnx import EngineOnnx
from serve.stages import STAGES
from tests.test_stages import GOLDEN, outputs_of


async def write_golden() -> None:
    """Add this machine's digests to those of others."""
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    host = StageHost(EngineOnnx(thread_count=1), open_store("memory://"))
    fresh: dict[str, dict[str, dict[str, str]]] = {}
    for spec in STAGES.values():
        rows = fresh.setdefault(host.numeric_class(spec), {})
        rows[f"{spec.name}/{spec.version}"] = await outputs_of(spec, host)
    host.close()
    GOLDEN.write_text(json.dumps(golden | fresh, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    asyncio.run(write_golden())
