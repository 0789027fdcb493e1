"""Addresses to listen on: what cannot be had is said in words, with the setting that chooses another."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from serve.contracts.errors import NotReadyError
from serve.settings import Settings

__all__ = ["Address", "http_of", "wires_of"]

_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where something listens.

    Args:
        host: A name or an address, IPv4 or IPv6.
        port: 0 takes a free one.
        choice: What to do to have another: `choose another with GALATEA_HTTP_PORT`.
    """

    host: str
    port: int
    choice: str

    def listen(self, *, share: bool = False) -> socket.socket:
        """A listening socket.

        Args:
            share: Whether other processes of this user listen there too; the kernel divides what comes.

        Raises:
            NotReadyError: The address cannot be had.
        """
        with self._taken():
            return socket.create_server(
                (self.host, self.port), family=self._family, backlog=_BACKLOG, reuse_port=share
            )

    def reserve(self) -> socket.socket:
        """A socket that keeps the port for those who will share it, and does not listen itself.

        Until one of them listens, the kernel still lets in a stranger that sets SO_REUSEADDR.

        Raises:
            NotReadyError: The address cannot be had.
        """
        self.listen().close()  # alone at first: a port that others share would be shared with them
        reserved = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            with self._taken():
                reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                reserved.bind((self.host, self.port))
        except NotReadyError:
            reserved.close()
            raise
        return reserved

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    @contextmanager
    def _taken(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = str(error.strerror).partition(" (")[0]  # Python adds the address once more
            raise NotReadyError(
                f"cannot listen on {self.host}:{self.port}: {why}; stop what uses it, or {self.choice}"
            ) from None


def http_of(settings: Settings) -> Address:
    """Where HTTP is served."""
    return _wire(settings, "HTTP", settings.http_port)


def wires_of(settings: Settings) -> list[Address]:
    """Where the service listens: HTTP, and gRPC unless it is switched off."""
    grpc = [_wire(settings, "GRPC", settings.grpc_port)] if settings.grpc_port else []
    return [http_of(settings), *grpc]


def _wire(settings: Settings, wire: str, port: int) -> Address:
    choice = f"choose another with GALATEA_HTTP_HOST and GALATEA_{wire}_PORT"
    return Address(settings.http_host, port, choice)
