"""How a Triton server is reached: gRPC's name for it, and the options of a channel."""

from __future__ import annotations

from typing import Any

__all__ = ["channel_options", "grpc_target"]


def grpc_target(url: str) -> str:
    """The target of a channel.

    Args:
        url: `host:port`, or a target with a scheme of gRPC's own: `dns:///name:port`,
            `ipv4:10.0.0.1:8001,10.0.0.2:8001`.

    Returns:
        A target that is resolved to all addresses of the name, not to one.
    """
    return url if url.startswith(("dns:", "ipv4:", "ipv6:", "unix:")) else f"dns:///{url}"


def channel_options() -> list[tuple[str, Any]]:
    """Options of a channel to one server or to many.

    Calls go round the addresses of the name, so that one channel uses every server behind a headless
    service. A server that is silent (stopped, or cut off) is noticed by pings, and one that comes back is
    found within two seconds; without these options it takes minutes.

    Source: gRPC core, `grpc_types.h` and `channel_arg_names.h`.
    """
    return [
        ("grpc.lb_policy_name", "round_robin"),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.dns_min_time_between_resolutions_ms", 2_000),
    ]
