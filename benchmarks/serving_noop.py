"""The noop of `benchmarks.jobs` behind the HTTP proxy of a Ray of its own, whose port is the argument."""

from __future__ import annotations

import signal
import sys

from benchmarks.jobs_noop import app
from benchmarks.serving_ray import SMALL_ACTOR, small_ray

__all__ = ["main"]


class _Noop:
    """Nothing beside the application."""


def main(http_port: int) -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with small_ray(http_port):
        from ray import serve as ray_serve  # not before its environment is set

        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # Ray has put its own in place
        deployment = ray_serve.deployment(ray_serve.ingress(app)(_Noop), name="noop")
        ray_serve.run(deployment.options(**SMALL_ACTOR).bind(), name="noop", route_prefix="/")
        while True:
            signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]))
