"""Which assets a tenant may have, for both wires."""

from __future__ import annotations

from serve.contracts.artifacts import ArtifactRef, is_digest
from serve.contracts.errors import ArtifactMissingError
from serve.edges.backstage import Backstage

__all__ = ["asset_missing", "granted_asset"]


async def granted_asset(backstage: Backstage, tenant: str, digest: str) -> ArtifactRef:
    """What the digest names; another tenant's asset is as missing as one that never was.

    Raises:
        ArtifactMissingError: The tenant may have no asset of this digest.
        LedgerError: The ledger cannot be read.
    """
    if not is_digest(digest):
        raise asset_missing(digest)
    ref = await backstage.calls(backstage.service.ledger.grants.find, tenant, digest)
    if ref is None:
        raise asset_missing(digest)
    return ref


def asset_missing(digest: str) -> ArtifactMissingError:
    """The refusal of a digest that names nothing."""
    return ArtifactMissingError(f"there is no asset {digest[:64]!a}; take the url that its job tells")
