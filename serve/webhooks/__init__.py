"""Telling other services of a job's end: signed, tried for three days, and then kept as dead letters."""

from __future__ import annotations

from serve.webhooks.addresses import Resolver, is_public
from serve.webhooks.delivery import Webhooks
from serve.webhooks.schedule import retry_delay_s
from serve.webhooks.signing import Signer

__all__ = ["Resolver", "Signer", "Webhooks", "is_public", "retry_delay_s"]
