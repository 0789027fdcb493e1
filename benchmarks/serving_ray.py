"""A small Ray of a benchmark's own, with as little in it as there can be."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["SMALL_ACTOR", "small_ray"]

SMALL_ACTOR = {"ray_actor_options": {"num_cpus": 0}, "max_ongoing_requests": 1000}
_OBJECT_STORE_BYTES = 96 * 2**20
# Before Ray is imported; as `galatea run` has it.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AUTH_MODE": "token",
}


@contextmanager
def small_ray(http_port: int | None = None) -> Iterator[None]:
    """A Ray of one node and its Serve, for this process; nothing of it stays.

    Args:
        http_port: Of Ray's HTTP proxy, on loopback; without one there is no proxy.
    """
    os.environ.update(_ENVIRONMENT | {"RAY_AUTH_TOKEN": secrets.token_hex(32)})
    import ray
    from ray import serve as ray_serve

    wires: dict[str, Any] = {"proxy_location": "Disabled"}
    if http_port:
        wires = {
            "proxy_location": "HeadOnly",
            "http_options": {"host": "127.0.0.1", "port": http_port},
            "logging_config": {"enable_access_log": False},
        }
    with TemporaryDirectory(prefix="galatea-ray-", ignore_cleanup_errors=True) as folder:
        ray.init(
            address="local",
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
            logging_level=logging.WARNING,
            log_to_driver=False,
            _temp_dir=folder,
            _node_ip_address="127.0.0.1",
        )
        try:
            ray_serve.start(**wires)
            yield
        finally:
            ray.shutdown()
