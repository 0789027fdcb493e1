"""`python -m benchmarks.determinism`: whole assets over 200 seeds, compared byte by byte.

The tests try 200 seeds of the drawn codes and a few whole assets; this tries 200 whole assets in minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.places import make_local
from serve.contracts.requests import TextTo3dRequest

_PROMPTS = (
    "a tall red lamp with a blue stand",
    "a small green chair",
    "a castle with three towers",
    "a teddy bear",
)


async def _assets(folder: str, threads: int, mate_count: int, seeds: list[int]) -> list[str]:
    """One line for each seed: the digests of the asset, the picture and the manifest."""
    free = asyncio.Semaphore(mate_count)

    async def one(seed: int) -> str:
        async with free:
            prompt = _PROMPTS[seed % len(_PROMPTS)]
            result = await local.text_to_3d(
                TextTo3dRequest.model_validate(
                    {"prompt": prompt, "quality": "draft", "poly_count": 2000, "seed": seed}
                )
            )
        return f"{seed} " + " ".join(f"{name}={ref.digest}" for name, ref in sorted(result.assets.items()))

    async with make_local(folder, "assets", threads) as local:
        return list(await asyncio.gather(*map(one, seeds)))


def _run(threads: int, mate_count: int, seed_count: int, backwards: bool) -> dict[str, str]:
    """A process of its own with an empty store; digests by seed."""
    command = [sys.executable, "-m", "benchmarks.determinism", "--worker"]
    options = ["--threads", str(threads), "--mates", str(mate_count), "--seeds", str(seed_count)]
    command += [*options, "--backwards"] if backwards else options
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(line.split(" ", 1) for line in out.splitlines() if "=" in line)


def _table(seed_count: int) -> str:
    rows = [
        ("alone, 1 thread", 1, 1, False),
        ("alone, 2 threads", 2, 1, False),
        ("16 at a time, 2 threads", 2, 16, False),
        ("16 at a time, 1 thread, seeds backwards", 1, 16, True),
    ]
    where = machine()
    reference: dict[str, str] = {}
    lines = []
    for name, threads, mates, backwards in rows:
        found = _run(threads, mates, seed_count, backwards)
        reference = reference or found
        differing = sum(found[seed] != reference[seed] for seed in reference)
        lines.append(f"| {name} | {len(found)} | {differing} |")
    return "\n".join(
        [
            "# Equal bytes over whole assets",
            "",
            f"{where}. Made by `python -m benchmarks.determinism`.",
            "",
            "GLB, picture and manifest of each seed (draft, 2,000 faces, four prompts), each row in a",
            "process of its own with an empty store, against the first row.",
            "",
            "| circumstances | seeds | differing |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def main() -> None:
    """Compare and write `benchmarks/determinism.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--mates", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--backwards", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.worker:
        table = _table(options.seeds)
        options.out.write_text(table)
        print(table)
        return
    seeds = list(range(options.seeds))[:: -1 if options.backwards else 1]
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(asyncio.run(_assets(folder, options.threads, options.mates, seeds))))


if __name__ == "__main__":
    main()
