"""Where a store lies: a folder, memory or a bucket, opened from one line of text."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store, from_url

from serve.contracts.errors import StorageError

__all__ = ["open_place", "storage_error"]

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_YES = ("1", "true", "yes", "on")
_MAX_RETRY_COUNT = 5
_RETRY_TIMEOUT = timedelta(seconds=30)  # obstore's own is three minutes, and clients wait for the answer


def open_place(place: str) -> tuple[ObjectStore, str, Path | None]:
    """What holds the objects at a place, its name in messages, and its folder if it is one, which is made.

    Args:
        place: A folder's path, `file:///folder`, `memory://`, or a bucket as obstore knows it:
            `s3://bucket/prefix` with endpoint and credentials from the environment (`AWS_...`).

    Raises:
        StorageError: The folder cannot be made, or the URL is not understood.
    """
    scheme = urlsplit(place).scheme
    try:
        if scheme in ("", "file"):
            folder = Path(unquote(urlsplit(place).path) if scheme else place).expanduser().resolve()
            return LocalStore(folder, mkdir=True), str(folder), folder
        if scheme == "memory":
            return MemoryStore(), place, None
        return _open_s3(place) if scheme == "s3" else from_url(place), place.rstrip("/"), None
    except (BaseError, OSError, ValueError) as error:
        raise storage_error("open", place, error) from error


def _open_s3(place: str) -> ObjectStore:
    """Keys and assets do not cross a network in the clear unless somebody said that they may.

    Raises:
        StorageError: The endpoint has no TLS, and nobody said so.
    """
    endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), "")
    plain = endpoint.lower().startswith("http://")
    if plain and os.environ.get("AWS_ALLOW_HTTP", "").lower() not in _YES:
        raise StorageError(
            f"cannot open {place}: the endpoint {endpoint} is not encrypted; give one with https, or set "
            "AWS_ALLOW_HTTP=true where the network between is yours alone"
        )
    return S3Store.from_url(
        place,
        client_options={"allow_http": plain},
        retry_config={"max_retries": _MAX_RETRY_COUNT, "retry_timeout": _RETRY_TIMEOUT},
    )


def storage_error(verb: str, where: str, error: Exception) -> StorageError:
    """What obstore or the disk says, as one of our errors.

    Args:
        verb: What was tried: `write`.
        where: On what.
        error: What came of it.
    """
    # After the first paragraph obstore prints the internals of its Rust error.
    cause = str(error).split("\n\n")[0]
    return StorageError(
        f"cannot {verb} {where}: {cause}; check that the place is there, that this process may write to it "
        "and that it has room, then try again"
    )
