"""Heads of requests, on a real server: they end, in bytes and in time, or the connection does."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import uvicorn

from deployments import heads
from deployments.heads import BoundedHeads


async def _app(scope, receive, send):
    assert scope["type"] == "http"
    body = b""
    while (event := await receive()).get("more_body"):
        body += event["body"]
    body += event.get("body", b"")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


async def _endless(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a beginning", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


@asynccontextmanager
async def _server(app=_app):
    config = uvicorn.Config(app, http=BoundedHeads, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def _until_closed(reader):
    async with asyncio.timeout(30):
        return await reader.read()


async def test_bodies_and_kept_connections_pass():
    async with _server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for size in (0, 3_000_000, 5):
            head = f"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n".encode()
            writer.write(head + bytes(size))
            answer = await reader.readuntil(b"\r\n0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
            assert str(size).encode() in answer
        writer.close()


async def test_a_head_without_an_end_is_cut_off():
    async with _server() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
        sent_count = 0
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"x-more: " + b"y" * 1_000 + b"\r\n")
                sent_count += 1_010
                await writer.drain()
                await asyncio.sleep(0)
                assert sent_count < 8_000_000, "it goes on and on"
        writer.close()


async def test_whoever_sends_no_head_is_let_go(monkeypatch):
    monkeypatch.setattr(heads, "_HEAD_TIMEOUT_S", 0.3)
    async with _server() as port:
        silent, slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        slow[1].write(b"GET / HTTP/1.1\r\nhost")
        assert await _until_closed(silent[0]) == b""
        assert await _until_closed(slow[0]) == b""
        for _, writer in (silent, slow):
            writer.close()


async def test_what_is_no_request_gets_a_problem():
    async with _server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n: nameless\r\n\r\n")
        top, _, body = (await _until_closed(reader)).partition(b"\r\n\r\n")
        writer.close()
    assert top.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in top
    assert json.loads(body)["code"] == "malformed_request"


async def test_no_refusal_is_written_into_an_answer():
    async with _server(_endless) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"a beginning")
        writer.write(b"nonsense\r\n\r\n")
        assert b"400" not in await _until_closed(reader)
        writer.close()
