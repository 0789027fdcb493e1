"""Decisions of the service as pure functions: the service asks them, and so may a simulation of it."""

from serve.policies.fair_share import RANKS, next_tag

__all__ = ["RANKS", "next_tag"]
