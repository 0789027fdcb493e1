"""An artifact in chunks, never whole in memory; a whole one is verified on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

from serve.contracts.errors import ArtifactTamperedError

__all__ = ["CHUNK_BYTES", "verified"]

CHUNK_BYTES = 256 * 1024


async def verified(chunks: AsyncIterator[bytes], digest: str, place: str) -> AsyncIterator[bytes]:
    """The chunks, the last of them only when all together have the digest: nobody takes torn bytes for whole.

    Raises:
        ArtifactTamperedError: They have another digest.
    """
    found = hashlib.sha256()
    held = b""
    async for chunk in chunks:
        await asyncio.to_thread(found.update, chunk)
        if held:
            yield held
        held = chunk
    if found.hexdigest() != digest:
        raise ArtifactTamperedError(
            f"artifact {digest} in {place} has bytes of the digest {found.hexdigest()}: delete it and make "
            "it again"
        )
    if held:
        yield held
