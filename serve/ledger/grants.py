"""Which tenant may read which artifact."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.artifacts import ArtifactRef
from serve.ledger.database import Database, utc_now
from serve.ledger.schema import asset_grants
from serve.ledger.statements import insert_or

__all__ = ["Grants", "grant"]


class Grants:
    """Grants of artifacts to tenants; a digest without one does not exist for the tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tenant: str, digest: str) -> ArtifactRef | None:
        """The artifact, if the tenant may read it.

        Raises:
            LedgerError: The database cannot be reached.
        """
        query = sa.select(asset_grants.c.media_type, asset_grants.c.byte_count).where(
            asset_grants.c.tenant == tenant, asset_grants.c.digest == digest
        )
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return row and ArtifactRef(digest=digest, media_type=row.media_type, byte_count=row.byte_count)

    def add(self, tenant: str, ref: ArtifactRef) -> None:
        """Let the tenant read the artifact; one that it has already is renewed.

        Raises:
            LedgerError: The database cannot be written.
        """
        self._database.write(lambda connection: grant(connection, tenant, [ref]))


def grant(connection: Connection, tenant: str, refs: Iterable[ArtifactRef]) -> None:
    """Grant artifacts in a transaction of the caller's."""
    for ref in sorted(refs, key=lambda ref: ref.digest):  # in one order: two at once must not deadlock
        insert = insert_or(connection, asset_grants).values(
            tenant=tenant, granted_at=utc_now(), **ref.model_dump()
        )
        renewed = {"media_type": insert.excluded.media_type, "granted_at": utc_now()}
        connection.execute(insert.on_conflict_do_update(index_elements=["tenant", "digest"], set_=renewed))
