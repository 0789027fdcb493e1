"""`python -m benchmarks.render`: films by stage, our ray tracer beside other renderers, and what threads do.

Mitsuba 3, Newton, moderngl and Blender (`bpy`, GPL) are no part of Galatea's environment; where they are
missing, the tables say so. To have them, measure in an environment of its own:

    python -m venv /tmp/render && /tmp/render/bin/pip install -c constraints.txt -e '.[cpu,dev]'
    /tmp/render/bin/pip install -c constraints.txt mitsuba newton moderngl bpy
    apt-get install libegl1 libgl1-mesa-dri libllvm19
    DRJIT_LIBLLVM_PATH=/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1 /tmp/render/bin/python -m benchmarks.render

Mitsuba compiles by whatever LLVM it finds, and versions 14 and 15 abort on some processors with AVX-512 for
it. Blender complains of NumPy 2 when it starts, and renders. The references take most of the time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.machine import commit, machine, versions
from benchmarks.render_beside import beside_tables
from benchmarks.render_films import films_tables
from benchmarks.render_threads import threads_tables

_HEAD = """\
# Films and rendering

{where}. Commit {commit}. Made by `python -m benchmarks.render{quick}`.

Beside {tools}.
None of these is part of Galatea's environment: `benchmarks/render.py` says how to have them.
"""
_TOOLS = ("mitsuba", "bpy", "newton", "moderngl")


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How much is measured."""

    face_count: int
    side_px: int
    duration_s: float
    prompt_count: int
    reference_count: int
    frame_count: int


_FULL = _Sizes(10_000, 512, 4.0, 2, 1_024, 12)
_QUICK = _Sizes(2_000, 96, 0.3, 1, 64, 2)


def _films(sizes: _Sizes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return films_tables(folder, sizes.side_px, sizes.duration_s, sizes.prompt_count)


_PARTS: dict[str, Callable[[_Sizes], str]] = {
    "films": _films,
    "beside": lambda sizes: beside_tables(sizes.face_count, sizes.side_px, sizes.reference_count),
    "threads": lambda sizes: threads_tables(sizes.face_count, sizes.side_px, sizes.frame_count),
}


def _sections(parts: Sequence[str], sizes: _Sizes) -> list[str]:
    sections = []
    for part in parts:
        begun_s = perf_counter()
        sections.append(_PARTS[part](sizes))
        print(f"{part}: {perf_counter() - begun_s:.0f} s", file=sys.stderr)
    return sections


def main() -> None:
    """Measure and write `benchmarks/render.md`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--quick", action="store_true", help="a quick try, whose numbers say little")
    parser.add_argument("--parts", nargs="+", choices=list(_PARTS), default=list(_PARTS))
    options = parser.parse_args()
    head = _HEAD.format(
        where=machine(), commit=commit(), tools=versions(_TOOLS), quick=" --quick" if options.quick else ""
    )
    sections = _sections(options.parts, _QUICK if options.quick else _FULL)
    options.out.write_text("\n".join([head, *sections]))
    print(options.out.read_text())


if __name__ == "__main__":
    main()
