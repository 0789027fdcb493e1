"""What a command that runs until a signal comes says to whoever started it.

Progress goes to standard error. The one line that says what is served goes to standard output, for programs.
"""

from __future__ import annotations

import sys

from deployments.layout import http_address
from serve.settings import Settings

__all__ = ["announce", "announce_service", "say"]


def say(line: str) -> None:
    """Tell how it goes on."""
    sys.stderr.write(f"galatea: {line}\n")
    sys.stderr.flush()


def announce(line: str) -> None:
    """Tell that it serves, and where."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def announce_service(settings: Settings) -> None:
    """Tell where both wires of the service are, by the settings."""
    wires = http_address(settings)
    if settings.grpc_port:
        wires += f", gRPC on port {settings.grpc_port}"
    announce(f"galatea serves {wires}  (docs at /docs; Ctrl-C stops)")
