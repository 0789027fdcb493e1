"""The files that a mesh file may name: those in its own archive, and no others."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import unquote

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.quoting import quoted

__all__ = ["ALONE", "Files", "inner_path"]

_DRIVE = re.compile(r"[A-Za-z]:")


class Files(Protocol):
    """Where a mesh file finds what it names."""

    def find(self, path: str) -> bytes | None:
        """The file of a path relative to the mesh file's folder, as `inner_path` gives it; None for none."""
        ...


class _Alone:
    """A mesh file that came alone."""

    def find(self, path: str) -> bytes | None:
        """None."""
        del path
        return None


ALONE: Files = _Alone()


def inner_path(name: str, *, is_uri: bool = False) -> str:
    r"""A path that stays inside the archive.

    Args:
        name: As the file names it; `\` is taken for `/`.
        is_uri: Whether `%20` stands for a space, and a scheme may lead.

    Raises:
        UnreadableMeshError: It is absolute, leads upwards, or to another place.
    """
    path = (unquote(name) if is_uri else name).replace("\\", "/")
    remedy = "put everything into one ZIP archive and name it by relative paths"
    if is_uri and re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", name):
        raise UnreadableMeshError(f"the file asks for {quoted(name)}: nothing is fetched; {remedy}")
    if path.startswith("/") or _DRIVE.match(path):
        raise UnreadableMeshError(f"the file names the absolute path {quoted(name)}: {remedy}")
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if ".." in steps or any(ord(letter) < 32 for letter in path) or not steps:
        raise UnreadableMeshError(f"the file names the path {quoted(name)}, which leads out of it: {remedy}")
    return "/".join(steps)
