"""Uploads as both wires offer them: stored by digest, granted to whoever sent them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from serve.contracts.artifacts import ArtifactRef
from serve.edges.backstage import Backstage
from serve.edges.upload_types import UploadType
from serve.edges.uploads import beginning_well

__all__ = ["UploadDesk"]

_MIB = 2**20
_SLOT_COUNT = 16  # uploads at once, each of which holds some megabytes of memory; the others wait unread


class UploadDesk:
    """Where a wire brings what is uploaded.

    Args:
        backstage: What it stands on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._slots = asyncio.Semaphore(_SLOT_COUNT)
        self.limit_bytes = backstage.service.settings.max_upload_mb * _MIB

    async def store(
        self, tenant: str, kind: UploadType, chunks: AsyncIterator[bytes]
    ) -> tuple[ArtifactRef, bool]:
        """Store bytes as they come, in flat memory; the same bytes again are the same asset.

        Args:
            tenant: Whose asset it will be.
            kind: What it should be.
            chunks: The bytes; what reading them raises comes through.

        Returns:
            The asset, and whether the tenant had it already.

        Raises:
            BodyTooLargeError: There are more than `limit_bytes`.
            InvalidRequestError: There are none.
            UnsupportedMediaTypeError: They are plainly of another type.
            StorageError: The store cannot be written.
            LedgerError: The ledger cannot be written.
        """
        store, grants = self._backstage.service.store, self._backstage.service.ledger.grants
        async with self._slots:
            ref = await store.put_stream(beginning_well(chunks, kind), kind.media_type, self.limit_bytes)
        known = await self._backstage.calls(grants.find, tenant, ref.digest)
        await self._backstage.writes(grants.add, tenant, ref)
        return ref, known is not None
