"""What HTTP costs here without any service behind it: the baseline of `benchmarks.jobs`.

uvicorn benchmarks.jobs_noop:app --port 8001 --no-access-log
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

__all__ = ["app"]

app = FastAPI(title="Nothing")


@app.post("/noop")
async def post(body: dict[str, Any]) -> dict[str, int]:
    """Read a JSON object and answer one."""
    return {"count": len(body)}


@app.get("/noop")
async def get() -> dict[str, int]:
    """Answer a JSON object."""
    return {"count": 0}
