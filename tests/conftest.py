"""Factories that more than one test file needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from deployments.inprocess import InProcess
from serve.artifacts import ArtifactStore, open_store
from serve.contracts.requests import TextTo3dRequest, parse_request
from serve.engines.fake import EngineFake
from serve.engines.onnx import EngineOnnx
from tests.parts import parts_of, shortfalls

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a report carry the part its test used, from a worker to the summary."""
    report = yield
    if report.when == "call" and report.passed:
        report.user_properties.extend(("part", part) for part in parts_of(item.nodeid))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests passed with each real part."""
    passed = terminalreporter.stats.get("passed", [])
    parts = [value for report in passed for name, value in report.user_properties if name == "part"]
    counts, below = shortfalls(parts)
    for part, count in sorted(counts.items()):
        terminalreporter.write_line(f"real part {part}: {count} tests passed")
    if below and os.environ.get("GALATEA_TEST_REQUIRE") == "all" and whole_run(terminalreporter.config):
        for sentence in below:
            terminalreporter.write_line(f"real part {sentence}", red=True)
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED


def whole_run(config: pytest.Config) -> bool:
    """Whether all tests were asked for, and not a file or a name of them."""
    return config.args == config.getini("testpaths") and not config.option.keyword
