"""Addresses to listen on: taken, shared, reserved, and said."""

import socket

import pytest

from deployments.ports import Address, http_of, wires_of
from serve.contracts.errors import NotReadyError
from serve.settings import Settings


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"])
def host(request):
    """Loopback of this machine, which may have no IPv6."""
    family, address = request.param
    try:
        with socket.socket(family) as probe:
            probe.bind((address, 0))
    except OSError as error:
        pytest.skip(f"nobody can listen on {address} here: {error.strerror}")
    return address


def port_of(listener):
    return listener.getsockname()[1]


def accepted(listener):
    """Whether somebody has connected."""
    listener.settimeout(5)
    connection, _ = listener.accept()
    connection.close()
    return True


def test_who_listens_is_reached(host):
    with Address(host, 0, "").listen() as listener, socket.create_connection((host, port_of(listener))):
        assert accepted(listener)


def test_a_taken_port_is_said_with_what_to_do(host):
    with Address(host, 0, "").listen() as listener:
        taken = Address(host, port_of(listener), "move")
        for ask in (taken.listen, taken.reserve, lambda: taken.listen(share=True)):
            with pytest.raises(NotReadyError) as caught:
                ask()
            said = f"cannot listen on {host}:{taken.port}: Address already in use; stop what uses it, or move"
            assert caught.value.message == said


def test_a_host_that_is_none_of_this_machine_is_said():
    with pytest.raises(NotReadyError, match=r"192\.0\.2\.1:0: Cannot assign requested address"):
        Address("192.0.2.1", 0, "").listen()


def test_a_reserved_port_is_for_those_who_share_it_and_takes_no_connections_itself(host):
    with Address(host, 0, "").reserve() as reserved:
        address = Address(host, port_of(reserved), "")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, address.port))
        with address.listen(share=True) as first, address.listen(share=True) as second:
            with pytest.raises(NotReadyError):
                address.reserve()
            for _ in range(64):
                socket.create_connection((host, address.port)).close()
            assert accepted(first), "the kernel divides connections among those who share"
            assert accepted(second)


def test_the_wires_of_the_service_name_the_settings_that_choose_others():
    wires = wires_of(Settings(http_port=1, grpc_port=2))
    assert [(wire.port, wire.choice.split()[-1]) for wire in wires] == [
        (1, "GALATEA_HTTP_PORT"),
        (2, "GALATEA_GRPC_PORT"),
    ]
    assert wires_of(Settings(http_port=1, grpc_port=0)) == [http_of(Settings(http_port=1))]
