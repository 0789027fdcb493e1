"""The content-addressed store: artifacts by the digest of their bytes, stage results by the stage's key.

Layout, the same on a disk and in a bucket, spread over 256 folders each:

    artifacts/<first 2 digits>/<digest>
    results/<first 2 digits>/<key>.json

Every write appears under its final name whole or not at all (obstore writes beside it and renames). Nothing
is synced to the disk: what a power cut tears, `get` and `get_result` find out, and writing it again heals it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from serve.contracts.artifacts import ArtifactRef, digest_of, is_digest
from serve.contracts.errors import (
    ArtifactMissingError,
    ArtifactTamperedError,
    InvalidRequestError,
    StorageError,
)

__all__ = ["ArtifactStore", "open_store"]

_log = logging.getLogger(__name__)


class ArtifactStore:
    """Artifacts and stage results in one place; many callers at once, in one process or in many.

    Args:
        objects: The folder, bucket or memory that holds them.
        place: Its name in messages.
        folder: Where it lies on this host, if it does.
    """

    def __init__(self, objects: ObjectStore, place: str, folder: Path | None = None) -> None:
        self._objects = objects
        self._place = place
        self._folder = folder

    async def put(self, data: bytes, media_type: str) -> ArtifactRef:
        """Store the bytes; the same bytes again are the same artifact.

        They are written even where the digest exists already: that heals a damaged copy.

        Raises:
            StorageError: The store cannot be written.
        """
        digest = await asyncio.to_thread(digest_of, data)
        await self._write(_artifact_path(digest), data)
        return ArtifactRef(digest=digest, media_type=media_type, byte_count=len(data))

    async def get(self, artifact: ArtifactRef | str) -> bytes:
        """The bytes of a reference or a digest, verified.

        Raises:
            ArtifactMissingError: The store does not hold them.
            ArtifactTamperedError: What it holds has another digest.
            InvalidRequestError: The text is no digest.
            StorageError: The store cannot be read.
        """
        digest = artifact.digest if isinstance(artifact, ArtifactRef) else artifact
        data = await self._read(_artifact_path(digest))
        if data is None:
            raise ArtifactMissingError(f"no artifact {digest} in {self._place}: make it again")
        found = await asyncio.to_thread(digest_of, data)
        if found != digest:
            raise ArtifactTamperedError(
                f"artifact {digest} in {self._place} holds {len(data)} bytes with the digest {found}: "
                "delete it and make it again"
            )
        return data

    async def exists(self, digest: str) -> bool:
        """Whether the store holds bytes under this digest; they are not read.

        Raises:
            InvalidRequestError: The text is no digest.
            StorageError: The store cannot be read.
        """
        path = _artifact_path(digest)
        with self._failures("look for", path):
            try:
                await obstore.head_async(self._objects, path)
            except FileNotFoundError:
                return False
        return True

    async def put_result(self, key: str, document: bytes) -> None:
        """Store what the stage run of this key gave, a small JSON document.

        Store the artifacts it names before it.

        Raises:
            InvalidRequestError: The key is no SHA-256.
            StorageError: The store cannot be written.
        """
        await self._write(_result_path(key), document)

    async def get_result(self, key: str) -> bytes | None:
        """What the stage run of this key gave; None where nothing whole is stored, and the stage must run.

        Raises:
            InvalidRequestError: The key is no SHA-256.
            StorageError: The store cannot be read.
        """
        document = await self._read(_result_path(key))
        if document is None or _is_json(document):
            return document
        _log.warning("the result of %s in %s is torn (%d bytes): ignored", key, self._place, len(document))
        return None

    async def _write(self, path: str, data: bytes) -> None:
        with self._failures("write", path):
            await obstore.put_async(self._objects, path, data)

    async def _read(self, path: str) -> bytes | None:
        with self._failures("read", path):
            try:
                found = await obstore.get_async(self._objects, path)
            except FileNotFoundError:
                return None
            return bytes(await found.bytes_async())

    @contextmanager
    def _failures(self, verb: str, path: str) -> Iterator[None]:
        try:
            self._check_folder()
            yield
        except (BaseError, OSError) as error:
            raise _storage_error(verb, f"{self._place}/{path}", error) from error

    def _check_folder(self) -> None:
        """An unmounted disk looks like an empty folder or none: obstore would quietly make a new one."""
        if self._folder is not None and not self._folder.is_dir():
            raise NotADirectoryError(f"the folder {self._folder} has vanished")


def open_store(place: str) -> ArtifactStore:
    """Open the store at a place, and make the folder where there is none.

    Args:
        place: A folder's path, `file:///folder`, `memory://`, or a bucket as obstore knows it: `s3://bucket/prefix`
            with credentials from the environment.

    Raises:
        StorageError: The folder cannot be made, or the URL is not understood.
    """
    scheme = urlsplit(place).scheme
    try:
        if scheme in ("", "file"):
            folder = Path(unquote(urlsplit(place).path) if scheme else place).expanduser().resolve()
            return ArtifactStore(LocalStore(folder, mkdir=True), str(folder), folder)
        objects = MemoryStore() if scheme == "memory" else from_url(place)
        return ArtifactStore(objects, place.rstrip("/"))
    except (BaseError, OSError, ValueError) as error:
        raise _storage_error("open", place, error) from error


def _storage_error(verb: str, where: str, error: Exception) -> StorageError:
    # After the first paragraph obstore prints the internals of its Rust error.
    cause = str(error).split("\n\n")[0]
    return StorageError(
        f"cannot {verb} {where}: {cause}; check that the place is there, that this process may write to it "
        "and that it has room, then try again"
    )


def _artifact_path(digest: str) -> str:
    return f"artifacts/{_checked(digest, 'digest')[:2]}/{digest}"


def _result_path(key: str) -> str:
    return f"results/{_checked(key, 'key')[:2]}/{key}.json"


def _checked(digest: str, field: str) -> str:
    """Refuse what is no digest: it becomes a path."""
    if not is_digest(digest):
        raise InvalidRequestError(f"{digest!r} is no {field}: give 64 lowercase hexadecimal digits", field)
    return digest


def _is_json(document: bytes) -> bool:
    try:
        json.loads(document)
    except ValueError:
        return False
    return True
