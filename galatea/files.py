"""Where the command line puts an asset, its pictures and its manifest, whoever made them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serve.contracts.errors import InvalidRequestError, OutputUnwritableError
from serve.formats import FORMATS, format_of

__all__ = ["check_writable", "fields_in", "paths_for", "read_upload", "write_whole"]

_ENDINGS = {
    "picture": "png",
    "turntable": "turntable.png",
    "acceptance": "acceptance.json",
    "manifest": "manifest.json",
    "poster": "poster.png",
    "film": "film.json",
    "camera": "camera.json",
    # Films are named by what they are.
    "mp4": "mp4",
    "webm": "webm",
    "gif": "gif",
    "zip": "zip",
}
_EXTS = {row.ext for row in FORMATS}
_MOST_JSON_BYTES = 2**20


def paths_for(names: Sequence[str], name: str, out: Path) -> dict[str, Path]:
    """Asset name -> path, in a folder that can be written.

    Args:
        names: Of the assets, the main one first: `glb`, `glb_lod1`, `picture` ...
        name: Of the files, without an extension.
        out: A folder, or the main file's own path if it ends in its format's extension.

    Raises:
        OutputUnwritableError: The folder cannot be written.
    """
    suffix = f".{_ending(names[0], names[:1])}"
    is_file = out.suffix.lower() == suffix and not out.is_dir()
    stem = out.with_suffix("") if is_file else out / name
    check_writable(stem.parent)
    formats = [asset for asset in names if asset in _EXTS]
    paths = {
        asset: stem.with_name(f"{stem.name}.{_ending(asset, formats)}") for asset in [*names, "manifest"]
    }
    return paths | ({names[0]: out} if is_file else {})


def _ending(asset: str, formats: Sequence[str]) -> str:
    """How the file of an asset ends: `lod1.glb`; `obj.zip` beside another ZIP."""
    if asset in _ENDINGS:
        return _ENDINGS[asset]
    ext, _, level = asset.partition("_")
    file_ext = format_of(ext).file_ext
    alone = sum(format_of(row).file_ext == file_ext for row in formats) == 1
    return ".".join(word for word in (level, "" if alone else ext, file_ext) if word)


def read_upload(path: Path, most_bytes: int | None) -> bytes:
    """The file's bytes.

    Args:
        path: Where it is.
        most_bytes: A limit; None for none.

    Raises:
        InvalidRequestError: It cannot be read, or is too large.
    """
    try:
        if most_bytes is not None and path.stat().st_size > most_bytes:
            raise InvalidRequestError(
                f"{path} has {path.stat().st_size:,} bytes; the limit is {most_bytes:,}; "
                "GALATEA_MAX_UPLOAD_MB moves it"
            )
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequestError(
            f"cannot read {path}: {error.strerror}; give a file that can be read"
        ) from None


def fields_in(path: Path) -> dict[str, Any]:
    """The fields that a file of JSON holds.

    Raises:
        InvalidRequestError: It cannot be read, or holds something else.
    """
    try:
        fields = json.loads(read_upload(path, _MOST_JSON_BYTES))
    except ValueError as error:
        raise InvalidRequestError(f"{path} is no JSON: {error}; give an object of fields") from None
    if not isinstance(fields, dict):
        raise InvalidRequestError(f"{path} holds a {type(fields).__name__}; give an object of fields")
    return fields


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
