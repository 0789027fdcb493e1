"""The content-addressed store, and arrays as bytes for it."""

from __future__ import annotations

from serve.artifacts.store import ArtifactStore, StoredArtifact, open_store
from serve.artifacts.tensors import TENSORS_MEDIA_TYPE, metadata_of, pack, unpack

__all__ = [
    "TENSORS_MEDIA_TYPE",
    "ArtifactStore",
    "StoredArtifact",
    "metadata_of",
    "open_store",
    "pack",
    "unpack",
]
