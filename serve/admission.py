"""Who asks, and may they: from fields to a job in the queue. Both wires come through here.

`admit` blocks on the ledger; async code calls it in a thread.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import ArtifactMissingError, InvalidRequestError, UnauthenticatedError
from serve.contracts.plan import ASSET, Plan
from serve.contracts.requests import JobRequest, parse_request
from serve.keys import canonical_json
from serve.ledger import Ledger
from serve.ledger.records import NewJob, QueueLimits, Submitted
from serve.operations import Operation
from serve.planning import plan_weight
from serve.settings import Settings

__all__ = ["LOCAL_TENANT", "ApiKeys", "admit", "is_loopback", "new_job", "read_api_keys", "with_assets"]

LOCAL_TENANT = "local"
_RESERVED_TENANTS = {"public"}  # the cache scope of what the operator shares with all
_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_API_KEY = re.compile(r"[!-+\--9;-~]{8,256}")  # visible ASCII without comma and colon
_IDEMPOTENCY_KEY = re.compile(r"[ -~]{1,255}")
_DRAWN_SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Who may ask.

    Args:
        tenants: SHA-256 of a key -> whose it is; empty where everybody is the tenant `local`.
    """

    tenants: Mapping[bytes, str]

    def __bool__(self) -> bool:
        """Whether keys are asked for."""
        return bool(self.tenants)

    def tenant(self, key: str | None) -> str:
        """Whose key it is.

        Its digest is compared with all of them: the time tells nothing about which came near.

        Raises:
            UnauthenticatedError: There is no key, or nobody's.
        """
        if not self.tenants:
            return LOCAL_TENANT
        if key is None:
            raise UnauthenticatedError("no API key was given; send the header 'Authorization: Bearer <key>'")
        given = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        found = [tenant for known, tenant in self.tenants.items() if hmac.compare_digest(known, given)]
        if not found:
            raise UnauthenticatedError("this API key is unknown; check it, or ask the operator for one")
        return found[0]


def read_api_keys(settings: Settings) -> ApiKeys:
    """The keys of the settings; call it before anything is served.

    Raises:
        InvalidRequestError: They are malformed, or there are none for an address that others can reach.
    """
    if settings.api_keys is None:
        if not is_loopback(settings.http_host):
            raise InvalidRequestError(
                f"GALATEA_HTTP_HOST={settings.http_host!r} can be reached from other machines, and there are "
                "no API keys; set GALATEA_API_KEYS=tenant:key, or serve on 127.0.0.1",
                "GALATEA_HTTP_HOST",
            )
        return ApiKeys({})
    tenants: dict[bytes, str] = {}
    for position, entry in enumerate(settings.api_keys.split(","), 1):
        tenant, _, key = entry.strip().partition(":")
        _check_entry(position, tenant, key)
        digest = hashlib.sha256(key.encode()).digest()
        if tenants.setdefault(digest, tenant) != tenant:
            raise _bad_keys(f"entry {position} gives {tenant} the key of {tenants[digest]}")
    return ApiKeys(tenants)


def _check_entry(position: int, tenant: str, key: str) -> None:
    """Refuse a malformed entry; no message holds a key."""
    if not _TENANT.fullmatch(tenant) or tenant in _RESERVED_TENANTS:
        raise _bad_keys(
            f"entry {position} names no tenant: that is 1 to 63 of a-z, 0-9, '-' and '_', and not 'public'"
        )
    if not _API_KEY.fullmatch(key):
        raise _bad_keys(
            f"entry {position}, of {tenant}, has no key: that is 8 to 256 visible ASCII characters without "
            "comma and colon"
        )


def _bad_keys(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"GALATEA_API_KEYS: {what}; write tenant:key,tenant:key", "GALATEA_API_KEYS")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host: a name or an address, IPv6 in brackets or not."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


def admit(
    ledger: Ledger,
    settings: Settings,
    operation: Operation,
    fields: Mapping[str, Any],
    *,
    tenant: str,
    idempotency_key: str | None = None,
    traceparent: str = "",
) -> Submitted:
    """Put a job into the queue, or find the one that this key made before.

    Args:
        ledger: Where the queue is.
        settings: Its limits, and whether webhooks can be signed.
        operation: What is asked for.
        fields: The request as the client gave it.
        tenant: Whose job it will be.
        idempotency_key: Of the client; the same key and fields again give the same job for 24 hours.
        traceparent: Of the span that submits it; the job's spans are its children.

    Raises:
        InvalidRequestError: A field or the key is malformed or out of range.
        UnsupportedFormatError: This build cannot make what is asked for.
        ArtifactMissingError: The request names an asset that the tenant may not read.
        IdempotencyConflictError: The key came before, with other fields.
        QueueFullError: Too many jobs wait.
        LedgerError: The ledger cannot be written; there is no job.
    """
    if idempotency_key is not None and not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise InvalidRequestError(
            f"Idempotency-Key: has {len(idempotency_key)} characters or one that is not printable ASCII; "
            "give 1 to 255, such as a UUID",
            "Idempotency-Key",
        )
    request = parse_request(operation.request, fields)
    if request.webhook_url is not None and settings.webhook_secret is None:
        raise InvalidRequestError(
            "webhook_url: this service cannot sign webhooks; leave it out, or have the operator set "
            "GALATEA_WEBHOOK_SECRET",
            "webhook_url",
        )
    job = new_job(operation, request, tenant, idempotency_key)
    plan = with_assets(job.plan, lambda digest: ledger.grants.find(tenant, digest))
    for ref in plan.assets.values():
        ledger.grants.add(tenant, ref)  # renewed: the bytes outlive the job
    job = replace(job, plan=plan, traceparent=traceparent)
    return ledger.jobs.submit(job, QueueLimits(settings.max_queued, settings.max_queued_per_tenant))


def new_job(
    operation: Operation, request: JobRequest, tenant: str, idempotency_key: str | None = None
) -> NewJob:
    """The job that a request makes, with everything resolved that it left open.

    Raises:
        UnsupportedFormatError: This build cannot make what is asked for.
    """
    asked = request.asset_fields()
    wish = asked.get("text_to_3d") or asked  # what draws: the request, or the wish within it
    seed = int(wish.get("seed", 0))
    if seed < 0:
        seed = wish["seed"] = secrets.randbelow(_DRAWN_SEEDS)
    plan = operation.plan(request)
    return NewJob(
        tenant=tenant,
        operation=operation.name,
        request=asked,
        plan=plan,
        seed=seed,
        priority=request.priority,
        estimate_s=operation.estimate_s(request),
        weight=plan_weight(plan),
        deadline_s=request.deadline_s,
        idempotency_key=idempotency_key,
        request_digest=_request_digest(request),
        webhook_url=request.webhook_url,
    )


def with_assets(plan: Plan, find: Callable[[str], ArtifactRef | None]) -> Plan:
    """The plan with all assets that its calls name.

    Args:
        plan: As it was planned from the request.
        find: Digest -> the asset, if the tenant may read it.

    Raises:
        ArtifactMissingError: It may not, or there is none.
    """
    sources = {source for call in plan.calls for source in call.inputs.values()}
    digests = sorted(source.removeprefix(f"{ASSET}.") for source in sources if source.startswith(f"{ASSET}."))
    found = {digest: find(digest) for digest in digests}
    assets = {digest: ref for digest, ref in found.items() if ref is not None}
    for digest in found.keys() - assets.keys():
        raise ArtifactMissingError(
            f"asset: you have none with digest {digest}; upload it first: POST /v1/assets", "asset"
        )
    return plan.model_copy(update={"assets": assets})


def _request_digest(request: JobRequest) -> str:
    """SHA-256 of the fields that the client set: a seed that was drawn, or a new default, changes nothing."""
    return hashlib.sha256(canonical_json(request.model_dump(mode="json", exclude_unset=True))).hexdigest()
