"""How the parts of the service speak of big data: by the digest of its bytes, never by the bytes."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ArtifactRef", "Digest", "digest_of", "is_digest"]

_DIGEST = re.compile(r"[0-9a-f]{64}")

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 lowercase hex digits")]


class ArtifactRef(BaseModel):
    """What a stage hands on in place of bytes.

    Args:
        digest: SHA-256 of the bytes.
        media_type: What the bytes are: `model/gltf-binary`.
        byte_count: How many there are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: Digest
    media_type: str = Field(min_length=1)
    byte_count: int = Field(ge=0)


def digest_of(data: bytes) -> str:
    """SHA-256 of the bytes, 64 lowercase hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Whether the text has the form of a digest."""
    return _DIGEST.fullmatch(text) is not None
