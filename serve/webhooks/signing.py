"""Signatures of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec 1.0)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from math import floor

from standardwebhooks import Webhook

from serve.contracts.errors import InvalidRequestError

__all__ = ["Signer"]

_PREFIX = "whsec_"
_LEAST_BYTE_COUNT, _MOST_BYTE_COUNT = 24, 64  # the specification's bounds of a symmetric secret
_NAME = "GALATEA_WEBHOOK_SECRET"


class Signer:
    """Signs messages with every secret, so that receivers can change from one to the next in their own time.

    Args:
        secrets: `whsec_<base64>`, or several by commas, the newest first.

    Raises:
        InvalidRequestError: A secret is malformed; the message does not show it.
    """

    def __init__(self, secrets: str) -> None:
        given = [secret.strip() for secret in secrets.split(",")]
        self._keys = [Webhook(_decoded(secret, place)) for place, secret in enumerate(given, 1)]

    def headers(self, message_id: str, at: datetime, body: str) -> Mapping[str, str]:
        """The three headers of an attempt.

        Args:
            message_id: The same at every attempt.
            at: The time of the attempt, in UTC.
            body: As it is sent.
        """
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(floor(at.timestamp())),
            "webhook-signature": " ".join(key.sign(message_id, at, body) for key in self._keys),
        }


def _decoded(secret: str, place: int) -> bytes:
    try:
        if not secret.startswith(_PREFIX):
            raise ValueError(f"does not begin with {_PREFIX}")
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed(place, str(error)) from None
    if not _LEAST_BYTE_COUNT <= len(key) <= _MOST_BYTE_COUNT:
        raise _malformed(place, f"holds {len(key)} bytes, not {_LEAST_BYTE_COUNT} to {_MOST_BYTE_COUNT}")
    return key


def _malformed(place: int, why: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{_NAME}: secret {place} {why}; make one with `echo whsec_$(openssl rand -base64 32)`", _NAME
    )
