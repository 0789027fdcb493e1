"""Ray Serve's autoscaler asks our policies: thin, for what they decide is in `serve.policies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from serve.policies.orchestrators import Load, Wishes, orchestrator_count

__all__ = ["LedgerPolicy", "ScalingContext", "autoscaling_stats"]


class ScalingContext(Protocol):
    """What is used of `ray.serve.config.AutoscalingContext`."""

    target_num_replicas: int
    aggregated_metrics: Mapping[str, Mapping[Any, float]] | None
    policy_state: dict[str, Any]


class LedgerPolicy:
    """Scales orchestrators by the queue that they report: a pull loop has no ongoing requests to go by.

    Args:
        jobs_each: See `serve.policies.orchestrators.Wishes`.
        longest_wait_s: The same.
        slack: The same.
    """

    def __init__(self, jobs_each: float, longest_wait_s: float, slack: float = 0.2) -> None:
        self._wishes = Wishes(jobs_each, longest_wait_s, slack)

    def __call__(self, context: ScalingContext) -> tuple[int, dict[str, Any]]:
        """The count that is wanted; as many as there are while nobody has reported."""
        reported = context.aggregated_metrics or {}
        if not all(reported.get(name) for name in autoscaling_stats(Load(0, 0, 0))):
            return context.target_num_replicas, context.policy_state
        # Every replica reports the same ledger; the newest to join may still have an old reading.
        load = Load(**{name: max(reported[name].values()) for name in autoscaling_stats(Load(0, 0, 0))})
        return orchestrator_count(load, context.target_num_replicas, self._wishes), context.policy_state


def autoscaling_stats(load: Load) -> dict[str, float]:
    """The load as a replica reports it."""
    return {"queued": load.queued, "running": load.running, "oldest_s": load.oldest_s}
