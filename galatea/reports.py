"""What the command line says of an asset that was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Made", "report"]


@dataclass(frozen=True, slots=True)
class Made:
    """An asset and how it came about.

    Args:
        name: What it is called.
        seed: Of its random numbers.
        warnings: Whole sentences.
        cached: For every stage, whether it was found and not run.
        paths: Its files.
        wall_s: Seconds from the request to the last file.
    """

    name: str
    seed: int
    warnings: Sequence[str]
    cached: Sequence[bool]
    paths: Mapping[str, Path]
    wall_s: float


def report(made: Made, acceptance: Mapping[str, Any] | None, film: Mapping[str, Any] | None) -> None:
    """Say what was made, how, whether it is fit, and where it is.

    Args:
        made: What there is to say.
        acceptance: The asset's acceptance report as JSON.
        film: What the film measures, as JSON.
    """
    for warning in made.warnings:
        print(f"warning: {warning}")
    stages = made.cached
    reused = f", {sum(stages)} of {len(stages)} stages from the cache" if any(stages) else ""
    print(f"made {made.name} with seed {made.seed} in {made.wall_s:.1f} s{reused}")
    if acceptance:
        print(_verdict(acceptance))
    if film:
        print(_measures(film))
    for name, path in made.paths.items():
        print(f"  {name:<10} {path}  ({path.stat().st_size / 1024:,.0f} KB)")


def _verdict(acceptance: Mapping[str, Any]) -> str:
    """One line: faces, pieces, closed or not, and what the policy says."""
    failed = [check["name"] for check in acceptance["checks"] if not check["passed"]]
    verdict = f"fails {', '.join(failed)}" if failed else "accepted"
    closed = "watertight" if acceptance["watertight"] else "open"
    count = acceptance["component_count"]
    return (
        f"  {acceptance['face_count']:,} faces in {count:,} piece{'s' * (count != 1)}, {closed}; "
        f"{acceptance['policy']}: {verdict}"
    )


def _measures(film: Mapping[str, Any]) -> str:
    """One line: frames, seconds, size, coding."""
    return (
        f"  {film['frame_count']:,} frames in {film['duration_s']:g} s, {film['width']} x {film['height']}, "
        f"{film['codec']} at {film['bitrate_bps'] / 1000:,.0f} kbit/s"
    )
