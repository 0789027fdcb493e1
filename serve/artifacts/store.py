"""The content-addressed store: artifacts by the digest of their bytes.

Layout, the same on a disk and in a bucket, spread over 256 folders each:

    artifacts/<first 2 digits>/<digest>
    uploads/<64 random digits>    what still comes, its digest not known yet; renamed when it is whole
    clock    an empty file: when it was written last is the time by the store's clock

Every write appears under its final name whole or not at all (obstore writes beside it and renames). Nothing
is synced to the disk: what a power cut tears, `holds` and `get` find out, and writing it again heals it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from serve.artifacts.intake import Intake
from serve.artifacts.leftovers import delete_leftovers
from serve.artifacts.places import open_place, storage_error
from serve.artifacts.streaming import CHUNK_BYTES, verified
from serve.contracts.artifacts import ArtifactRef, digest_of, is_digest
from serve.contracts.errors import (
    ArtifactMissingError,
    ArtifactTamperedError,
    InvalidRequestError,
)

__all__ = ["ArtifactStore", "StoredArtifact", "open_store"]

_log = logging.getLogger(__name__)

_CLOCK_PATH = "clock"
_LISTING_COUNT = 500
_UPLOADS = "uploads"
# The least that S3 takes for a part; what an upload holds in memory is this, times the parts on their way.
_PART_BYTES = 5 * 1024 * 1024
_PART_COUNT = 2
_RANGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """An artifact as a listing shows it.

    Args:
        digest: Its name.
        written_s: When it was last written, seconds since 1970 by the store's clock.
    """

    digest: str
    written_s: float


class ArtifactStore:
    """Artifacts in one place; many callers at once, in one process or in many.

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
        path = _artifact_path(digest)
        with self._failures("write", path):
            await obstore.put_async(self._objects, path, data, attributes=self._attributes(media_type))
        return ArtifactRef(digest=digest, media_type=media_type, byte_count=len(data))

    async def put_stream(
        self, chunks: AsyncIterator[bytes], media_type: str, limit_bytes: int
    ) -> ArtifactRef:
        """Store bytes as they come, in flat memory; what does not come whole leaves nothing.

        Args:
            chunks: The bytes, at least one. What reading them raises comes through, but for an `OSError`.
            media_type: What they are.
            limit_bytes: The most there may be.

        Raises:
            BodyTooLargeError: There are more.
            StorageError: The store cannot be written.
        """
        path = f"{_UPLOADS}/{secrets.token_hex(32)}"
        intake = Intake(limit_bytes)
        with self._failures("write", path):
            try:
                await obstore.put_async(  # takes back what it wrote when reading a piece raises
                    self._objects,
                    path,
                    intake.pieces(chunks),
                    attributes=self._attributes(media_type),
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PART_COUNT,
                )
            finally:
                await intake.end()  # whoever is cancelled here closes the chunks, which must be at rest
            await obstore.rename_async(self._objects, path, _artifact_path(intake.digest))
        return ArtifactRef(digest=intake.digest, media_type=media_type, byte_count=intake.byte_count)

    def _attributes(self, media_type: str) -> obstore.Attributes | None:
        """What a bucket tells those who download from it directly; a folder keeps none."""
        return {"Content-Type": media_type} if self._folder is None else None

    async def signed_url(self, artifact: ArtifactRef, expires_s: int) -> str | None:
        """An address where the store itself gives the artifact to whoever has it; None where it cannot.

        Args:
            artifact: Which; it need not be there.
            expires_s: Seconds for which the address holds.

        Raises:
            StorageError: There are no credentials to sign with.
        """
        if not isinstance(self._objects, S3Store | GCSStore | AzureStore):
            return None
        path = _artifact_path(artifact.digest)
        with self._failures("sign", path):
            return await obstore.sign_async(self._objects, "GET", path, timedelta(seconds=expires_s))

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

    async def stream(
        self, artifact: ArtifactRef, start: int = 0, stop: int | None = None
    ) -> AsyncIterator[bytes]:
        """Open an artifact, to read it in chunks; whatever can be told of it is told before the first.

        Args:
            artifact: Which.
            start: First byte.
            stop: The byte after the last; None reads to the end. Reading the whole verifies its digest, and
                the last chunk comes only if it is right.

        Returns:
            The chunks. Reading them raises StorageError or ArtifactTamperedError.

        Raises:
            ArtifactMissingError: The store does not hold it.
            ArtifactTamperedError: What it holds has another length.
            StorageError: The store cannot be read.
        """
        path = _artifact_path(artifact.digest)
        end = artifact.byte_count if stop is None else stop
        whole = (start, end) == (0, artifact.byte_count)
        first_end = end if self._folder else min(end, start + _RANGE_BYTES)
        with self._failures("read", path):
            try:
                all_at_once = (start, first_end) == (0, artifact.byte_count)
                options: obstore.GetOptions = {} if all_at_once else {"range": (start, first_end)}
                found = await obstore.get_async(self._objects, path, options=options)
            except FileNotFoundError:
                raise ArtifactMissingError(
                    f"no artifact {artifact.digest} in {self._place}: make it again"
                ) from None
        if found.meta["size"] != artifact.byte_count:
            raise ArtifactTamperedError(
                f"artifact {artifact.digest} in {self._place} has {found.meta['size']} bytes and not "
                f"{artifact.byte_count}: delete it and make it again"
            )
        chunks = self._chunks(found, path) if self._folder else self._ranges(found, path, first_end, end)
        return verified(chunks, artifact.digest, self._place) if whole else chunks

    async def _chunks(self, found: obstore.GetResult, path: str) -> AsyncIterator[bytes]:
        with self._failures("read", path):
            async for chunk in found.stream(CHUNK_BYTES):
                yield bytes(chunk)

    async def _ranges(
        self, found: obstore.GetResult, path: str, start: int, end: int
    ) -> AsyncIterator[bytes]:
        """The first range, then the others, each taken at once.

        A slow reader must not hold a connection to a bucket: that is cut after half a minute.
        """
        with self._failures("read", path):
            yield bytes(await found.bytes_async())
            for at in range(start, end, _RANGE_BYTES):
                stop = min(at + _RANGE_BYTES, end)
                yield bytes(await obstore.get_range_async(self._objects, path, start=at, end=stop))

    async def exists(self, digest: str) -> bool:
        """Whether the store has bytes under this digest; they are not read.

        Raises:
            InvalidRequestError: The text is no digest.
            StorageError: The store cannot be read.
        """
        return await self._size(digest) is not None

    async def holds(self, artifact: ArtifactRef) -> bool:
        """Whether the store has an artifact in its full length; its bytes are not read.

        Raises:
            StorageError: The store cannot be read.
        """
        return await self._size(artifact.digest) == artifact.byte_count

    async def _size(self, digest: str) -> int | None:
        path = _artifact_path(digest)
        with self._failures("look for", path):
            try:
                return int((await obstore.head_async(self._objects, path))["size"])
            except FileNotFoundError:
                return None

    async def clock(self) -> float:
        """The time by the store's own clock, seconds since 1970: that of a file written just now.

        Raises:
            StorageError: The store cannot be written.
        """
        with self._failures("write", _CLOCK_PATH):
            await obstore.put_async(self._objects, _CLOCK_PATH, b"")
            return await self._written_s(_CLOCK_PATH)

    async def list_artifacts(self, folder: str) -> AsyncGenerator[list[StoredArtifact], None]:
        """The artifacts whose digests begin with these two digits, a few hundred at a time.

        Raises:
            StorageError: The store cannot be read.
        """
        path = f"artifacts/{folder}/"
        with self._failures("list", path):
            async for listing in obstore.list(self._objects, path, chunk_size=_LISTING_COUNT):
                found = [(one["path"].rpartition("/")[2], one["last_modified"]) for one in listing]
                yield [StoredArtifact(name, at.timestamp()) for name, at in found if is_digest(name)]

    async def delete_untouched(self, digests: Iterable[str], before_s: float) -> int:
        """Delete those that nobody has written since a time, by the store's clock; returns how many.

        The time is looked at once more, right before each is deleted: whoever needs an artifact writes it
        again, even where it exists.

        Raises:
            InvalidRequestError: A text is no digest.
            StorageError: The store cannot be written.
        """
        deleted_count = 0
        for digest in digests:
            path = _artifact_path(digest)
            with self._failures("delete", path), suppress(FileNotFoundError):
                if await self._written_s(path) < before_s:
                    await obstore.delete_async(self._objects, path)
                    deleted_count += 1
        return deleted_count

    async def delete_leftovers(self, folder: str, before_s: float) -> int:
        """Delete what killed writers left in a folder before a time; returns how many files they were.

        Raises:
            StorageError: The store cannot be written.
        """
        if self._folder is None:
            return 0  # a bucket drops an upload that is not completed
        path = f"artifacts/{folder}"
        with self._failures("clean", path):
            return await asyncio.to_thread(delete_leftovers, self._folder / path, before_s)

    async def delete_uploads(self, before_s: float) -> int:
        """Delete uploads that were begun before a time and never became artifacts; returns how many.

        Raises:
            StorageError: The store cannot be written.
        """
        deleted_count = 0
        with self._failures("clean", _UPLOADS):
            async for listing in obstore.list(self._objects, f"{_UPLOADS}/", chunk_size=_LISTING_COUNT):
                old = [one["path"] for one in listing if one["last_modified"].timestamp() < before_s]
                if old:
                    await obstore.delete_async(self._objects, old)
                deleted_count += len(old)
            if self._folder is not None:
                deleted_count += await asyncio.to_thread(delete_leftovers, self._folder / _UPLOADS, before_s)
        return deleted_count

    async def _written_s(self, path: str) -> float:
        found = await obstore.head_async(self._objects, path)
        return float(found["last_modified"].timestamp())

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
            raise storage_error(verb, f"{self._place}/{path}", error) from error

    def _check_folder(self) -> None:
        """An unmounted disk looks like an empty folder or none: obstore would quietly make a new one."""
        if self._folder is not None and not self._folder.is_dir():
            raise NotADirectoryError(f"the folder {self._folder} has vanished")


def open_store(place: str) -> ArtifactStore:
    """Open the store at a place, as `open_place` reads it.

    Raises:
        StorageError: A folder cannot be made, or the URL is not understood.
    """
    return ArtifactStore(*open_place(place))


def _artifact_path(digest: str) -> str:
    return f"artifacts/{_checked(digest, 'digest')[:2]}/{digest}"


def _checked(digest: str, field: str) -> str:
    """Refuse what is no digest: it becomes a path."""
    if not is_digest(digest):
        raise InvalidRequestError(f"{digest!r} is no {field}: give 64 lowercase hexadecimal digits", field)
    return digest
