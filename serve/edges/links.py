"""Links to assets that need no API key: signed by this service, and good for a while.

A link names a tenant, a digest and a time, and carries an HMAC-SHA256 of them (RFC 2104). It lends the right
to read this one asset as that tenant, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode

from serve.contracts.errors import LinkRefusedError, StorageError
from serve.settings import Settings

__all__ = ["Links"]

_SECRET_BYTES = 32
_EXPIRES = re.compile(r"[1-9][0-9]{0,11}")


class Links:
    """Signs and checks.

    Args:
        settings: Where the secret is. Without one of their own, services share it by their data folder alone.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def query(self, tenant: str, digest: str, expires_at_s: int) -> str:
        """What follows the `?` of a link.

        Args:
            tenant: Whose right it lends.
            digest: Of the asset.
            expires_at_s: When it ends, seconds since 1970.

        Raises:
            StorageError: The secret can neither be read nor made.
        """
        signature = self._signature(tenant, digest, str(expires_at_s))
        return urlencode({"tenant": tenant, "expires": expires_at_s, "signature": signature})

    def tenant(self, digest: str, query: Mapping[str, str]) -> str:
        """Whose right a link lends.

        Args:
            digest: Of the asset that it is shown for.
            query: Its parameters.

        Raises:
            LinkRefusedError: It has expired, or we did not sign it so.
            StorageError: The secret can neither be read nor made.
        """
        tenant, expires = query.get("tenant", ""), query.get("expires", "")
        expected = self._signature(tenant, digest, expires)
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
            raise LinkRefusedError("the link is not one of this service's; ask its owner for a new one")
        if not _EXPIRES.fullmatch(expires) or int(expires) <= datetime.now(UTC).timestamp():
            raise LinkRefusedError("the link has expired; ask its owner for a new one")
        return tenant

    def _signature(self, tenant: str, digest: str, expires: str) -> str:
        # JSON keeps the parts apart; "read" stands for GET and HEAD.
        signed = json.dumps(["galatea link 1", "read", digest, tenant, expires])
        return hmac.new(self._secret, signed.encode(), hashlib.sha256).hexdigest()

    @cached_property
    def _secret(self) -> bytes:
        if self._settings.link_secret:
            return self._settings.link_secret.encode()
        file = self._settings.folder / "link-secret"
        try:
            return _kept(file)
        except OSError as error:
            raise StorageError(
                f"cannot keep the secret of links in {file}: {error.strerror}; make room, or set "
                "GALATEA_LINK_SECRET"
            ) from None


def _kept(file: Path) -> bytes:
    """The secret in a file, which is drawn by the first process that asks; the others wait for nobody.

    Raises:
        OSError: It can neither be read nor made.
        StorageError: Something else is in the file.
    """
    if not file.exists():
        _draw(file)
    secret = file.read_bytes()
    if len(secret) != _SECRET_BYTES:
        raise StorageError(
            f"{file} holds {len(secret)} bytes and not {_SECRET_BYTES}; delete it, and all links end"
        )
    return secret


def _draw(file: Path) -> None:
    """Whole or not at all, and never over one that is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(secrets.token_bytes(_SECRET_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        os.link(fresh, file)
    except FileExistsError:
        pass  # another process was first; its secret counts
    finally:
        fresh.unlink(missing_ok=True)
