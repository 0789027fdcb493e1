"""Where `galatea generate` puts an asset, its picture and its manifest, whoever made them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from serve.contracts.errors import OutputUnwritableError
from serve.contracts.requests import TextTo3dRequest
from serve.formats import format_of
from serve.planning import asset_name

__all__ = ["check_writable", "paths_for", "report", "write_whole"]


def paths_for(request: TextTo3dRequest, out: Path) -> dict[str, Path]:
    """Asset name -> path, in a folder that can be written.

    Args:
        request: Tells the format and, by its prompt, the name.
        out: A folder, or the asset's own path if it ends in the format's extension.

    Raises:
        OutputUnwritableError: The folder cannot be written.
    """
    ext = format_of(request.format.value).file_ext
    is_file = out.suffix.lower() == f".{ext}" and not out.is_dir()
    asset = out if is_file else out / f"{asset_name(request.prompt)}.{ext}"
    check_writable(asset.parent)
    return {
        request.format.value: asset,
        "picture": asset.with_suffix(".png"),
        "manifest": asset.with_suffix(".manifest.json"),
    }


def check_writable(folder: Path) -> None:
    """Make the folder if it is missing, and see whether files can be made there.

    Raises:
        OutputUnwritableError: They cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputUnwritableError(
            f"cannot write into {folder}: {error.strerror}; choose another folder with --out", "out"
        ) from None


def write_whole(data: bytes, path: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        OutputUnwritableError: It cannot be written.
    """
    half_written = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        half_written.write_bytes(data)
        half_written.replace(path)
    except OSError as error:
        half_written.unlink(missing_ok=True)
        raise OutputUnwritableError(
            f"cannot write {path}: {error.strerror}; make room or choose another folder with --out", "out"
        ) from None


def report(
    prompt: str,
    *,
    seed: int,
    warnings: tuple[str, ...],
    cached: list[bool],
    paths: Mapping[str, Path],
    wall_s: float,
) -> None:
    """Say what was made, how, and where it is.

    Args:
        prompt: What was asked.
        seed: Of the asset.
        warnings: Whole sentences.
        cached: For every stage, whether it was found and not run.
        paths: The files.
        wall_s: Seconds from the request to the last file.
    """
    for warning in warnings:
        print(f"warning: {warning}")
    reused = f", {sum(cached)} of {len(cached)} stages from the cache" if any(cached) else ""
    print(f"made {prompt!r} with seed {seed} in {wall_s:.1f} s{reused}")
    for name, path in paths.items():
        print(f"  {name:<9} {path}  ({path.stat().st_size / 1024:,.0f} KB)")
