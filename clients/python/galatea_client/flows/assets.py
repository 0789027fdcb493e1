"""Assets: download with the digest checked, upload, link."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TypeVar

from galatea_client.bodies import Body
from galatea_client.errors import DigestMismatchError, GalateaError, problem
from galatea_client.flows.answers import document
from galatea_client.models import Asset, Link
from galatea_client.retries import Attempts, Patience, ask
from galatea_client.sinks import Sink
from galatea_client.steps import Ask, Call, Do, Flow, Open, Pause, Read
from galatea_client.texts import printable

__all__ = ["digest_of", "download", "link", "upload"]

T = TypeVar("T")


class _Intake:
    """What has come of an asset so far.

    Args:
        sink: Where it goes.
    """

    def __init__(self, sink: Sink[object]) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self.byte_count = 0

    def take(self, piece: bytes) -> None:
        """Take the next piece."""
        self._hash.update(piece)
        self._sink.write(piece)
        self.byte_count += len(piece)

    @property
    def digest(self) -> str:
        """Of all that has come."""
        return self._hash.hexdigest()


def digest_of(asset: Asset | str) -> str:
    """The digest of an asset, or the digest itself."""
    return asset if isinstance(asset, str) else asset.digest


def download(digest: str, sink: Sink[T], patience: Patience) -> Flow[T]:
    """The asset in the sink; a lost connection is taken up at the byte where it broke.

    Raises:
        DigestMismatchError: The bytes are not those of the digest; the sink keeps nothing.
        OSError: They cannot be written.
    """
    intake = _Intake(sink)
    try:
        yield Do(sink.open)
        yield from _receive(digest, intake, Attempts(patience))
        if intake.digest != digest:
            raise _mismatch(digest, intake)
        return (yield Do(sink.keep))  # type: ignore[no-any-return]
    finally:
        sink.discard()


def _receive(digest: str, intake: _Intake, attempts: Attempts) -> Flow[None]:
    while True:
        try:
            yield Open(Call("DownloadAsset", {"digest": digest, "start": intake.byte_count}))
            while (piece := (yield Read())) is not None:
                attempts.answered()
                yield Do(partial(intake.take, piece))
            return
        except GalateaError as error:
            if intake.digest == digest:
                return  # it was lost after the last byte
            pause_s = attempts.pause_s(error)
        yield Pause(pause_s)


def _mismatch(digest: str, intake: _Intake) -> DigestMismatchError:
    detail = (
        f"{intake.byte_count:,} bytes came for the asset {digest}, and they are others: their digest is "
        f"{intake.digest}; nothing was kept, try again"
    )
    return DigestMismatchError(problem("digest_mismatch", detail, retryable=True))


def upload(body: Body, media_type: str, patience: Patience) -> Flow[Asset]:
    """The stored asset; the same bytes again are the same asset, so a retry does no harm."""
    known = {} if body.byte_count is None else {"bytes": body.byte_count}
    call = Call("UploadAsset", {"media_type": printable("media_type", media_type), **known}, body=body)
    if body.repeatable:
        return document(Asset, (yield from ask(call, Attempts(patience))))
    return document(Asset, (yield Ask(call)))


def link(digest: str, expires_s: int, patience: Patience) -> Flow[Link]:
    """An address of the asset that needs no API key."""
    call = Call("CreateLink", {"digest": digest, "expires_s": expires_s})
    return document(Link, (yield from ask(call, Attempts(patience))))
