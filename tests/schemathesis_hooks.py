"""What schemathesis asks beside its own checks, and what keeps its jobs short (see schemathesis.toml)."""

from __future__ import annotations

import schemathesis
from schemathesis.core.parameters import ParameterLocation

from serve.contracts.jobs import ENDED
from serve.edges.upload_types import UPLOAD_TYPES
from serve.operations import OPERATIONS

__all__ = ["a_cancelled_job_has_ended", "before_call"]

_SUBMISSIONS = {row.path for row in OPERATIONS}
_DEADLINE_S = 0.5
_NOWHERE = "http://127.0.0.1:9/webhook"  # with API keys the service sends to no private address

schemathesis.serializer.alias([row.media_type for row in UPLOAD_TYPES], "application/octet-stream")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Give good jobs a short life, and let no webhook reach a stranger."""
    body = case.meta and case.meta.components.get(ParameterLocation.BODY)
    if case.operation.path not in _SUBMISSIONS or not body or not body.mode.is_positive:
        return
    case.body["deadline_s"] = min(case.body.get("deadline_s") or _DEADLINE_S, _DEADLINE_S)
    if case.body.get("webhook_url"):
        case.body["webhook_url"] = _NOWHERE


@schemathesis.check
def a_cancelled_job_has_ended(ctx, response, case):
    """DELETE answers when nothing of the job begins any more."""
    if case.operation.method.upper() == "DELETE" and response.status_code == 200:
        assert response.json()["status"] in ENDED
