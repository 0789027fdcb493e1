"""One attempt: look the receiver up, judge its addresses, post, and say what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from ssl import SSLContext

import httpx

from serve.webhooks.addresses import Resolver, is_public
from serve.webhooks.schedule import retry_after_s

__all__ = ["Answer", "Sender"]

_TIMEOUT_S = 10.0
_CONNECT_TIMEOUT_S = 3.0  # of one address, so that another of the name gets its turn
_GONE = 410
_LOOKUP_COUNT = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt.

    Args:
        error: None when the receiver took it.
        final: Whether another attempt is pointless.
        wait_s: Seconds that the receiver asks us to wait.
    """

    error: str | None = None
    final: bool = False
    wait_s: float = 0.0


class Sender:
    """Posts to receivers.

    Args:
        resolver: Finds the addresses of a name; called in a thread.
        private_addresses: Whether receivers may lie at addresses that are not public.
        tls: Whom to trust; by default the usual authorities.
    """

    def __init__(self, resolver: Resolver, *, private_addresses: bool, tls: SSLContext | None = None) -> None:
        self._resolver = resolver
        self._private_addresses = private_addresses
        self._tls = tls or httpx.create_ssl_context()
        # Its own threads: a name server that hangs must not hold the ledger's calls.
        self._lookups = ThreadPoolExecutor(_LOOKUP_COUNT, thread_name_prefix="webhook-lookup")

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """Post once; redirects are not followed, proxies not used, the answer's body not read."""
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                parsed = httpx.URL(url)
                if not _is_usable(parsed):
                    return Answer("the URL is none of http or https with a host and a port", final=True)
                addresses = await self._addresses(parsed)
                if not self._private_addresses and not all(is_public(address) for address in addresses):
                    # Which address it is stays unsaid: a tenant could map a private network by it.
                    return Answer("the host leads to an address that is not public", final=True)
                return await self._post_to_one(addresses, parsed, headers, body)
        except httpx.InvalidURL:
            return Answer("the URL is malformed", final=True)
        except TimeoutError:
            return Answer(f"no answer within {_TIMEOUT_S:.0f} s")
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            return Answer(f"{type(error).__name__}: {error}".rstrip(": "))  # a time-out says no more

    def close(self) -> None:
        """Free the threads; a lookup under way is not waited for."""
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _addresses(self, url: httpx.URL) -> list[str]:
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii").strip("[]")
        loop = asyncio.get_running_loop()
        found = list(await loop.run_in_executor(self._lookups, self._resolver, host, port))
        if not found:
            raise OSError(f"{host} has no address")
        return found

    async def _post_to_one(
        self, addresses: list[str], url: httpx.URL, headers: Mapping[str, str], body: str
    ) -> Answer:
        """Post to the first address that takes a connection."""
        for address in addresses[:-1]:
            try:
                return await self._post_to(address, url, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post_to(addresses[-1], url, headers, body)

    async def _post_to(self, address: str, url: httpx.URL, headers: Mapping[str, str], body: str) -> Answer:
        """Connect to the address, and speak to the name: in `Host`, SNI and the certificate's check."""
        # A client of its own: a kept connection could serve another name at the same address.
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
        ) as client:
            request = client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body.encode(),
                headers={
                    "host": url.netloc.decode("ascii"),
                    "content-type": "application/json",
                    "user-agent": "galatea",
                    "connection": "close",
                    **headers,
                },
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            response = await client.send(request, stream=True)
            try:
                return _answer(response)
            finally:
                await response.aclose()


def _is_usable(url: httpx.URL) -> bool:
    return url.scheme in ("http", "https") and bool(url.host) and (url.port or 1) < 2**16


def _answer(response: httpx.Response) -> Answer:
    if response.is_success:
        return Answer()
    return Answer(
        f"the receiver answered {response.status_code}",
        final=response.status_code == _GONE,
        wait_s=retry_after_s(response.headers.get("retry-after"), datetime.now(UTC)),
    )
