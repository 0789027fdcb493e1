"""Where webhooks go and where they must not: addresses, names that lie, certificates."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable

import pytest

from serve.ledger import DeliveryState, Ledger
from serve.webhooks import Webhooks, is_public
from tests.webhook_receiver import end_job, only, receiving, settings_of, sqlite_alone


@pytest.fixture
def ledger(make_ledger: Callable[[], Ledger]) -> Ledger:
    return make_ledger()


PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


def test_only_public_addresses_are_public():
    assert [address for address in PUBLIC if not is_public(address)] == []
    assert [address for address in NOT_PUBLIC if is_public(address)] == []


@sqlite_alone
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_a_shared_service_sends_nothing_to_its_own_host(ledger, host):
    async with receiving() as receiver:
        end_job(ledger, receiver.url.replace("127.0.0.1", host))
        await Webhooks(ledger, settings_of(api_keys="one:k"), owner="a").deliver_due()
    assert not receiver.received
    assert only(ledger).state is DeliveryState.DEAD
    assert only(ledger).last_error == "the host leads to an address that is not public"


@sqlite_alone
async def test_a_name_is_refused_when_any_of_its_addresses_is_private(ledger):
    end_job(ledger, "http://hook.test/")
    webhooks = Webhooks(
        ledger, settings_of(api_keys="one:k"), owner="a", resolver=lambda host, port: ["8.8.8.8", "10.0.0.1"]
    )
    await webhooks.deliver_due()
    assert only(ledger).last_error == "the host leads to an address that is not public"


@sqlite_alone
async def test_a_name_is_resolved_once_and_the_judged_address_is_the_one_that_is_called(ledger):
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with receiving() as receiver:
        end_job(ledger, receiver.url.replace("127.0.0.1", "hook.test"))
        settings = settings_of(api_keys="one:k", webhook_private_addresses=True)
        await Webhooks(ledger, settings, owner="a", resolver=rebinding).deliver_due()
    port = int(receiver.url.split(":")[2].split("/")[0])
    assert asked == [("hook.test", port)]
    assert receiver.received[0].headers["host"] == f"hook.test:{port}"


@sqlite_alone
async def test_another_address_of_the_name_is_tried_when_one_takes_no_connection(ledger):
    async with receiving() as receiver:
        end_job(ledger, receiver.url.replace("127.0.0.1", "hook.test"))
        webhooks = Webhooks(
            ledger, settings_of(), owner="a", resolver=lambda host, port: ["::1", "127.0.0.1"]
        )
        await webhooks.deliver_due()
    assert only(ledger).state is DeliveryState.DELIVERED


@sqlite_alone
@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("ftp://hook.test/", DeliveryState.DEAD),
        ("hook.test", DeliveryState.DEAD),
        ("http://", DeliveryState.DEAD),
        ("http://127.0.0.1:99999/", DeliveryState.DEAD),
        (f"http://{'a' * 70}.test/", DeliveryState.PENDING),
        ("http://127.0.0.1:1/", DeliveryState.PENDING),
        ("http://no-such-host.invalid/", DeliveryState.PENDING),
    ],
)
async def test_a_url_that_cannot_work_ends_with_a_reason(ledger, url, state):
    end_job(ledger, url)
    await Webhooks(ledger, settings_of(), owner="a").deliver_due()
    assert (only(ledger).state, bool(only(ledger).last_error)) == (state, True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with a key and a certificate for `hook.test`."""
    path = tmp_path_factory.mktemp("tls") / "hook.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    names = ["-subj", "/CN=hook.test", "-addext", "subjectAltName=DNS:hook.test", "-days", "2"]
    subprocess.run(
        [*command, *names, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    path.write_text(path.read_text() + (path.parent / f"{path.name}.crt").read_text())
    return str(path)


@sqlite_alone
@pytest.mark.parametrize(("host", "taken"), [("hook.test", True), ("other.test", False)])
async def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    ledger, certificate, host, taken
):
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate)
    async with receiving(tls=theirs) as receiver:
        end_job(ledger, receiver.url.replace("127.0.0.1", host))
        webhooks = Webhooks(
            ledger,
            settings_of(),
            owner="a",
            resolver=lambda host, port: ["127.0.0.1"],
            tls=ssl.create_default_context(cafile=certificate),
        )
        await webhooks.deliver_due()
    assert bool(receiver.received) is taken
    assert (only(ledger).state is DeliveryState.DELIVERED) is taken
