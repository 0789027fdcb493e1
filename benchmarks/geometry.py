"""`python -m benchmarks.geometry`: every step on a mesh beside the tools that one would take instead.

pymeshlab (GPL) and open3d are no part of Galatea's environment; where they are missing, the tables say so.
To have them, measure in an environment of its own:

    python -m venv /tmp/geometry && /tmp/geometry/bin/pip install -c constraints.txt -e '.[cpu,dev]'
    /tmp/geometry/bin/pip install pymeshlab open3d && /tmp/geometry/bin/python -m benchmarks.geometry
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.geometry_decimate import decimate_table
from benchmarks.geometry_files import compression_table, read_table, write_table
from benchmarks.geometry_inspect import inspect_table
from benchmarks.geometry_jobs import jobs_tables
from benchmarks.geometry_shapes import clean_table, remesh_table, smooth_table
from benchmarks.geometry_sizes import sizes_section
from benchmarks.geometry_textures import bake_table, unwrap_table
from benchmarks.machine import commit, machine, versions

_HEAD = """\
# Geometry

{where}. Commit {commit}. Made by `python -m benchmarks.geometry{quick}`.

Beside {tools}.
Each time is the median of up to five runs, after a run on a small mesh that is not counted, from a tool's own
mesh in memory to a result in memory; one judge looks at all results. pymeshlab (GPL) and open3d are no part
of Galatea's environment: `benchmarks/geometry.py` says how to have them.
"""
_TOOLS = ("trimesh", "fast-simplification", "xatlas", "pymeshlab", "open3d")
_WARM_FACE_COUNT = 1_000


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How much is measured: faces, cells of `remesh` by faces, categories."""

    face_counts: tuple[int, ...]
    cells: dict[int, int]
    category_count: int


_FULL = _Sizes((20_000, 200_000), {20_000: 96, 200_000: 192}, 40)
_QUICK = _Sizes((2_000, 8_000), {2_000: 48}, 4)
_WARM = _Sizes((_WARM_FACE_COUNT,), {_WARM_FACE_COUNT: 32}, 1)

_STEPS: dict[str, Callable[[_Sizes], str]] = {
    "clean": lambda sizes: clean_table(sizes.face_counts),
    "smooth": lambda sizes: smooth_table(sizes.face_counts),
    "decimate": lambda sizes: decimate_table(sizes.face_counts),
    "remesh": lambda sizes: remesh_table(sizes.cells),
    "unwrap": lambda sizes: unwrap_table(sizes.face_counts),
    "bake": lambda sizes: bake_table(sizes.face_counts),
    "inspect": lambda sizes: inspect_table(sizes.face_counts),
    "write": lambda sizes: write_table(sizes.face_counts),
    "read": lambda sizes: read_table(sizes.face_counts),
    "compress": lambda sizes: compression_table(sizes.face_counts),
}
_PARTS = [*_STEPS, "jobs", "sizes"]


def _jobs() -> str:
    with tempfile.TemporaryDirectory() as folder:
        return jobs_tables(folder)


def _sections(parts: Sequence[str], sizes: _Sizes) -> list[str]:
    sections = []
    for part in parts:
        begun = perf_counter()
        if part in _STEPS:
            _STEPS[part](_WARM)
            sections.append(_STEPS[part](sizes))
        else:
            sections.append(_jobs() if part == "jobs" else sizes_section(sizes.category_count))
        print(f"{part}: {perf_counter() - begun:.0f} s", file=sys.stderr)
    return sections


def main() -> None:
    """Measure and write `benchmarks/geometry.md`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--quick", action="store_true", help="a quick try, whose numbers say little")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    options = parser.parse_args()
    head = _HEAD.format(
        where=machine(), commit=commit(), tools=versions(_TOOLS), quick=" --quick" if options.quick else ""
    )
    sections = _sections(options.parts, _QUICK if options.quick else _FULL)
    options.out.write_text("\n".join([head, *sections]))
    print(options.out.read_text())


if __name__ == "__main__":
    main()
