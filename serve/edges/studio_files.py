"""The studio's built files: read once, with the copies that are compressed already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["LICENCES", "StudioFile", "index_html", "studio_files"]

LICENCES = "LICENSES.txt"
_WEB = files("serve.edges") / "web"
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}
# Content-Encoding -> how the copy is called; the smallest first.
_COPIES = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True, slots=True)
class StudioFile:
    """A file of the page.

    Args:
        media_type: For `Content-Type`.
        etag: Of the plain bytes, in quotes.
        bodies: Content-Encoding -> bytes, the smallest first; `identity` is always there, and last.
    """

    media_type: str
    etag: str
    bodies: dict[str, bytes]


def index_html() -> str:
    """The page itself, with places for the formats, and for the examples that it shows without JavaScript."""
    return (_WEB / "index.html").read_text(encoding="utf-8")


def studio_files() -> dict[str, StudioFile]:
    """Name below `/studio/` -> file: only what was built is there, so no name can lead elsewhere."""
    found = {entry.name: entry for entry in (_WEB / "studio").iterdir()}
    plain = {name: entry for name, entry in found.items() if name.rpartition(".")[2] in _MEDIA_TYPES}
    read = {name: _read(name, entry, found) for name, entry in plain.items()}
    return read | {LICENCES: _read(LICENCES, _WEB / LICENCES, {})}


def _read(name: str, entry: Traversable, found: dict[str, Traversable]) -> StudioFile:
    identity = entry.read_bytes()
    copies = {
        coding: found[name + ending].read_bytes()
        for coding, ending in _COPIES.items()
        if name + ending in found
    }
    return StudioFile(
        media_type=_MEDIA_TYPES[name.rpartition(".")[2]],
        etag=f'"{hashlib.sha256(identity).hexdigest()[:32]}"',
        bodies={**copies, "identity": identity},
    )
