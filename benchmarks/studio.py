"""What the studio weighs, how fast it is, and what open tabs cost the service: writes `benchmarks/studio.md`.

A real chromium with software rendering (no graphics card), on the same cores as the service that it asks.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.machine import commit, machine
from serve.edges.studio_files import studio_files
from tests.browser import Browser, Page, browsing
from tests.served import Served, serving

__all__ = ["main"]

TABLE = Path(__file__).parent / "studio.md"
ROUND_COUNT = 5
IDLE_S = 20
TAB_COUNTS = (0, 10)
PROMPTS = (
    "a red mushroom",
    "a blue mug",
    "a green armchair",
    "a yellow bus",
    "a white rabbit",
    "a purple bed",
)
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_LONG_TASKS = """new Promise((resolve) => {
  const found = [];
  new PerformanceObserver((list) => found.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: 'longtask', buffered: true });
  setTimeout(() => resolve(found), 300);
})"""
_FETCHED = "performance.getEntriesByType('resource').map((entry) => [entry.name, entry.encodedBodySize])"


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit showed.

    Args:
        paint_ms: From the request of the page to its first words.
        long_tasks_ms: Each task of the page's thread that took more than 50 ms.
        sketch_s: From Enter to the sketch on the stage; None where the asset was there before it was drawn.
        asset_s: From Enter to the asset on the stage.
    """

    paint_ms: float
    long_tasks_ms: Sequence[float]
    sketch_s: float | None
    asset_s: float


def visit(browser: Browser, served: Served, prompt: str) -> Visit:
    """Open the page, type, and wait for the thing."""
    page = browser.open(served.url)
    page.until("document.querySelector('canvas').dataset.frames && document.querySelector('.frame, .hint')")
    page.until("performance.getEntriesByName('first-contentful-paint').length")
    paint_ms, long_tasks_ms = page.ask(_PAINT), page.ask(_LONG_TASKS)
    page.make(prompt, "medium")
    page.until_done()
    page.until("window.shown.at(-1)[0] === 'asset'")
    shown_ms = {kind: at_ms for kind, _, at_ms in page.ask("window.shown")}  # the last of each kind
    entered_ms = page.ask("window.enteredMs")
    page.close()
    sketch_s = (shown_ms["preview"] - entered_ms) / 1000 if "preview" in shown_ms else None
    return Visit(paint_ms, long_tasks_ms, sketch_s, (shown_ms["asset"] - entered_ms) / 1000)


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of CPU that processes have used so far (proc_pid_stat(5), utime and stime)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle_cost(browser: Browser, served: Served, tab_count: int) -> tuple[float, int]:
    """Share of a core that the service uses while tabs lie open, and how much they ask meanwhile."""
    tabs = [browser.open(served.url) for _ in range(tab_count)]
    for tab in tabs:
        tab.until_shown("asset")
    time.sleep(2)
    pids = [served.process.pid, *served.pids().values()]
    asked_before, before_s, begun = _asked(tabs), cpu_s(pids), time.perf_counter()
    time.sleep(IDLE_S)
    share = (cpu_s(pids) - before_s) / (time.perf_counter() - begun)
    asked = _asked(tabs) - asked_before
    for tab in tabs:
        tab.close()
    return share, asked


def _asked(tabs: Sequence[Page]) -> int:
    return sum(len(tab.requests()) for tab in tabs)


def weight(browser: Browser, served: Served) -> int:
    """Bytes of everything that a first visit fetches of the page itself, as it travels."""
    page = browser.open(served.url)
    page.until_shown("asset")
    fetched = page.ask(_FETCHED)
    page.close()
    return sum(byte_count for name, byte_count in fetched if "/studio/" in name)


def gzipped(ending: str = "") -> int:
    """Bytes of all files that end so, gzipped where they are."""
    files = {name: file for name, file in studio_files().items() if name.endswith(ending)}
    return sum(len(file.bodies.get("gzip", file.bodies["identity"])) for file in files.values())


def main() -> None:
    """Measure, and write the table."""
    head = f"{machine()}. Commit {commit()}."
    with serving(sync_workers=0, threads=0) as served, browsing() as browser:
        visit(browser, served, "a red apple")  # warms the service, and the browser's code
        visits = [visit(browser, served, prompt) for prompt in PROMPTS[:ROUND_COUNT]]
        fetched = weight(browser, served)
        idle = [(count, *idle_cost(browser, served, count)) for count in TAB_COUNTS]
        version = browser.version
    TABLE.write_text(_document(head, version, visits, fetched, idle), encoding="utf-8")


def _document(
    head: str, version: str, visits: Sequence[Visit], fetched: int, idle: Sequence[tuple[int, float, int]]
) -> str:
    paint = sorted(one.paint_ms for one in visits)
    longest = [max(one.long_tasks_ms, default=0) for one in visits]
    counts = [len(one.long_tasks_ms) for one in visits]
    sketch = [one.sketch_s for one in visits if one.sketch_s is not None]
    asset = sorted(one.asset_s for one in visits)
    rows = [
        ("everything there is, gzipped", f"{gzipped() / 1000:,.0f} kB"),
        ("fetched by a first visit that shows a GLB, as it travels (Brotli)", f"{fetched / 1000:,.0f} kB"),
        ("of which typefaces", f"{gzipped('.woff2') / 1000:,.0f} kB"),
        ("first contentful paint, median", f"{median(paint):,.0f} ms"),
        ("first contentful paint, slowest", f"{paint[-1]:,.0f} ms"),
        ("long tasks of a visit, median count", f"{median(counts):.0f}"),
        ("longest task of a visit, median", f"{median(longest):,.0f} ms"),
        (f"from Enter to the sketch, median of {len(sketch)}", f"{median(sketch):.2f} s"),
        ("from Enter to the asset, median", f"{median(asset):.2f} s"),
        ("from Enter to the asset, slowest", f"{asset[-1]:.2f} s"),
    ]
    lines = [
        "# The studio",
        "",
        head,
        f"Chromium {version}, headless, 1000 x 640, rendering in software on the",
    ]
    lines += [
        "same cores as the service; quality `medium`, prompts that the cache does not have, services warm,"
    ]
    lines += [
        f"{len(visits)} visits. Made by `python -m benchmarks.studio`.",
        "",
        "| figure | value |",
        "|---|---|",
    ]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += [
        "",
        f"## Tabs that lie open, for {IDLE_S} s",
        "",
        "| tabs | service's CPU, of one core | requests |",
    ]
    lines += ["|---|---|---|"]
    lines += [f"| {count} | {share:.1%} | {asked} |" for count, share, asked in idle]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
