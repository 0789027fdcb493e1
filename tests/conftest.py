"""Factories that more than one test file needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from deployments.inprocess import InProcess
from serve.artifacts import ArtifactStore, open_store
from serve.contracts.requests import TextTo3dRequest, parse_request
from serve.engines.fake import EngineFake
from serve.engines.onnx import EngineOnnx

# No deadline: a busy machine is no failure. Derandomised: the same run everywhere.
settings.register_profile("galatea", deadline=None, derandomize=True)
settings.load_profile("galatea")


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[], ArtifactStore]:
    """Each call opens an empty store of its own."""
    count = iter(range(1000))
    return lambda: open_store(str(tmp_path / f"store-{next(count)}"))


@pytest.fixture
def make_seam(make_store: Callable[[], ArtifactStore]) -> Iterator[Callable[..., InProcess]]:
    """Each call makes a seam; `fake` gives it an EngineFake, `threads` goes to the real engine."""
    made: list[InProcess] = []

    def make(*, fake: bool = False, threads: int = 1, store: ArtifactStore | None = None) -> InProcess:
        engine = EngineFake() if fake else EngineOnnx(thread_count=threads)
        made.append(InProcess(engine, store or make_store()))
        return made[-1]

    yield make
    for seam in made:
        seam.close()


@pytest.fixture
def make_request() -> Callable[..., TextTo3dRequest]:
    """A cheap request: a lamp at draft quality with few faces; fields override."""

    def make(**fields: Any) -> TextTo3dRequest:
        given = {
            "prompt": "a tall red lamp with a blue stand",
            "quality": "draft",
            "poly_count": 2000,
            "seed": 1,
        }
        return parse_request(TextTo3dRequest, given | fields)

    return make
