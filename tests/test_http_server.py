"""The edge behind a real server: what only a connection can show."""

import asyncio
import hashlib
import json

import httpx
import pytest

from serve.edges.bodies import MAX_BODY_BYTES
from tests.http_service import finish_next, listening

PATH = "/v1/text-to-3d"


@pytest.fixture
def database_kind():
    return "sqlite"


async def converse(port, *pieces):
    """Send pieces over one connection; the status, the head and the document of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        body = await reader.readexactly(length)
        return int(head.split()[1]), head, json.loads(body)
    finally:
        writer.close()


def post(headers, body=b""):
    head = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(head).encode() + body


async def test_a_chunked_body_over_the_limit_is_refused_while_it_comes(make_http):
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    async with listening(make_http().app) as port:
        status, head, problem = await converse(
            port, post(["Transfer-Encoding: chunked"]), chunk * (MAX_BODY_BYTES // 4096 + 2)
        )  # and never an end
    assert (status, problem["code"]) == (413, "body_too_large")
    assert "connection: close" in head


async def test_a_chunked_body_under_the_limit_is_read(make_http):
    body = b'{"prompt": "a lamp"}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    async with listening(make_http().app) as port:
        status, _, job = await converse(port, post(["Transfer-Encoding: chunked"]), chunks)
    assert (status, job["request"]["prompt"]) == (202, "a lamp")


async def test_a_declared_length_over_the_limit_is_refused_before_the_body(make_http):
    async with listening(make_http().app) as port:
        for length in (MAX_BODY_BYTES + 1, 10**18):
            status, _, problem = await converse(port, post([f"Content-Length: {length}"]))
            assert (status, problem["code"]) == (413, "body_too_large")


async def test_a_body_shorter_than_declared_makes_no_job(make_http):
    http = make_http()
    async with listening(http.app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(["Content-Length: 500"], b'{"prompt": "a lamp"}'))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/v1/jobs")).json()["jobs"] == []


async def test_a_body_longer_than_declared_is_not_taken_for_another_request(make_http):
    async with listening(make_http().app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(["Content-Length: 5"], b'{"prompt": "a lamp"}'))
        answered = await reader.read()  # until the server closes
        writer.close()
        assert answered.startswith(b"HTTP/1.1 400 ")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/v1/jobs")).json()["jobs"] == []


async def test_one_connection_serves_many_requests_refused_ones_among_them(make_http):
    async with (
        listening(make_http().app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        statuses = [
            (await client.post(PATH, json=body)).status_code
            for body in ({"prompt": "a lamp"}, {"prompt": ""}, {"prompt": "a lamp"}, {"lamp": 1})
        ]
        assert statuses == [202, 422, 202, 422]
        assert (await client.get("/v1/jobs", headers={"host": "evil.example"})).status_code == 421
        assert len((await client.get("/v1/jobs")).json()["jobs"]) == 2


async def test_a_large_asset_streams_whole_and_in_parts(make_http):
    data = hashlib.shake_256(b"a large asset").digest(9_000_001)
    http = make_http()
    async with listening(http.app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await client.post(PATH, json={"prompt": "a lamp"})
        job_id, _ = await finish_next(http.service, data)
        address = (await client.get(f"/v1/jobs/{job_id}")).json()["download_url"]
        assert address.startswith(f"http://127.0.0.1:{port}/")
        assert (await client.get(address)).content == data
        parts = [
            (await client.get(address, headers={"range": f"bytes={start}-{start + 2_999_999}"})).content
            for start in range(0, len(data), 3_000_000)
        ]
        assert b"".join(parts) == data
        assert (await client.head(address)).headers["content-length"] == str(len(data))
        assert (await client.get("/healthz")).status_code == 200  # HEAD left nothing on the connection


async def test_a_reader_that_leaves_in_the_middle_harms_nobody(make_http):
    http = make_http()
    async with listening(http.app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await client.post(PATH, json={"prompt": "a lamp"})
        _, asset = await finish_next(http.service, bytes(20_000_000))
        async with client.stream("GET", f"/v1/assets/{asset.digest}") as answer:
            async for _ in answer.aiter_raw(1000):
                break
        assert (await client.get("/healthz")).status_code == 200


async def test_an_asset_that_was_damaged_on_the_disk_is_never_delivered_whole(make_http, tmp_path, caplog):
    http = make_http()
    async with listening(http.app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await client.post(PATH, json={"prompt": "a lamp"})
        _, asset = await finish_next(http.service, bytes(3_000_000))
        [file] = tmp_path.glob(f"store-*/artifacts/*/{asset.digest}")
        file.write_bytes(bytes(2_999_999) + b"x")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"/v1/assets/{asset.digest}")
        assert (await client.get("/healthz")).status_code == 200
    assert "delete it and make it again" in caplog.text


async def test_those_who_wait_do_not_hold_up_the_stop(make_http):
    http = make_http()
    async with listening(http.app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        waiting = asyncio.create_task(
            client.post(PATH, json={"prompt": "a lamp"}, headers={"prefer": "wait=60"}, timeout=90)
        )
        while not http.nudges:
            await asyncio.sleep(0.01)
        http.app.state.backstage.waits.close()
        answer = await waiting
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
