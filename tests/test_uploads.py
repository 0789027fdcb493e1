"""Uploads: what is taken, what is refused and when, and that nothing of the rest stays."""

import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from serve.edges.upload_types import UPLOAD_TYPES
from serve.retention import Retention
from tests.http_service import GLB, listening

ROOT = Path(__file__).resolve().parents[1]
MIB = 2**20
MESH = b"glTF" + GLB
KEYS = "ann:ann-s-own-key,bob:bob-s-own-key"
BINARY = {"content-type": "model/gltf-binary"}
BEGINNINGS = {
    "application/x-bvh": b"HIERARCHY\nROOT Hips\n",
    "application/x-ply": b"ply\nformat ascii 1.0\n",
    "application/zip": b"PK\x03\x04rest",
    "image/jpeg": b"\xff\xd8\xff\xe0rest",
    "image/png": b"\x89PNG\r\n\x1a\nrest",
    "image/vnd.radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n",
    "image/webp": b"RIFF\x10\0\0\0WEBPrest",
    "model/gltf+json": b'\xef\xbb\xbf {"asset": {"version": "2.0"}}',
    "model/gltf-binary": b"glTF\x02\0\0\0",
    "model/obj": b"\n# a cube\nv 0 0 0\n",
    "model/stl": bytes(84),
}


@pytest.fixture
def database_kind():
    return "sqlite"


def kept(folder):
    """Names of all files that the stores under a folder hold."""
    return sorted(path.name for path in folder.glob("store-*/**/*") if path.is_file())


async def generated(chunk_count, chunk=bytes(MIB)):
    yield b"glTF"
    for _ in range(chunk_count):
        yield chunk


def head(*headers, kind="model/gltf-binary"):
    lines = ["POST /v1/assets HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", *headers, "", ""]
    return "\r\n".join(lines).encode()


async def answer_of(reader):
    """Status, head and document of the next answer on a connection."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(text.partition("content-length: ")[2].partition("\r\n")[0])
    return int(text.split()[1]), text, json.loads(await reader.readexactly(length))


async def test_what_is_uploaded_can_be_read_and_is_told_by_its_digest(make_http):
    http = make_http()
    async with http.client() as client:
        answer = await client.post("/v1/assets", content=MESH, headers=BINARY)
        asset = answer.json()
        assert answer.status_code == 201
        assert asset == {
            "digest": hashlib.sha256(MESH).hexdigest(),
            "media_type": "model/gltf-binary",
            "bytes": len(MESH),
            "url": f"http://127.0.0.1:8000/v1/assets/{asset['digest']}",
        }
        assert answer.headers["location"] == asset["url"]
        got = await client.get(asset["url"], headers={"range": "bytes=1-3"})
        assert (got.status_code, got.content) == (206, b"lTF")
        assert (await client.get(asset["url"])).content == MESH


async def test_the_same_bytes_again_are_the_same_asset(make_http, tmp_path):
    async with make_http().client() as client:
        answers = [await client.post("/v1/assets", content=MESH, headers=BINARY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    assert kept(tmp_path) == [hashlib.sha256(MESH).hexdigest()]


async def test_an_upload_is_its_tenants_alone(make_http):
    http = make_http(api_keys=KEYS)
    async with http.client("ann-s-own-key") as ann, http.client("bob-s-own-key") as bob:
        address = (await ann.post("/v1/assets", content=MESH, headers=BINARY)).json()["url"]
        assert (await bob.get(address)).status_code == 404
        assert (await bob.post("/v1/assets", content=MESH, headers=BINARY)).status_code == 201
        assert (await bob.get(address)).content == MESH
    async with http.client() as nobody:
        assert (await nobody.post("/v1/assets", content=MESH, headers=BINARY)).status_code == 401


@pytest.mark.parametrize("row", UPLOAD_TYPES, ids=lambda row: row.ext)
async def test_a_type_is_taken_under_all_its_names_and_bytes_of_another_are_not(row, make_http):
    async with make_http().client() as client:
        for name in (row.media_type, *row.aliases, row.media_type.upper() + "; q=1"):
            answer = await client.post(
                "/v1/assets", content=BEGINNINGS[row.media_type], headers={"content-type": name}
            )
            assert answer.status_code in (200, 201), answer.text
            assert answer.json()["media_type"] == row.media_type
        got = await client.get(answer.json()["url"])
        assert got.headers["content-disposition"].endswith(f'.{row.ext}"')
        for media_type, beginning in BEGINNINGS.items():
            if media_type != row.media_type:
                answer = await client.post(
                    "/v1/assets", content=beginning, headers={"content-type": row.media_type}
                )
                assert (answer.status_code, answer.json().get("code")) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/html"},
        {"content-type": "multipart/form-data; boundary=x"},
        BINARY | {"content-encoding": "gzip"},
    ],
)
async def test_other_types_forms_and_compressed_bodies_are_refused(headers, make_http, tmp_path):
    async with make_http().client() as client:
        answer = await client.post("/v1/assets", content=MESH, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert kept(tmp_path) == []


async def nothing():
    for chunk in (b"", b""):
        yield chunk


@pytest.mark.parametrize("body", [lambda: b"", nothing], ids=["declared", "found"])
async def test_an_empty_body_is_refused(body, make_http):
    async with make_http().client() as client:
        answer = await client.post("/v1/assets", content=body(), headers=BINARY)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_declared_length_over_the_limit_is_refused_before_the_body(make_http, tmp_path):
    async with listening(make_http(max_upload_mb=1).app) as port:
        for length in (MIB + 1, 10**18):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head(f"Content-Length: {length}", "Expect: 100-continue"))
            status, text, problem = await answer_of(reader)  # no byte of the body was sent
            assert (status, problem["code"]) == (413, "body_too_large")
            assert "connection: close" in text
            assert await reader.read() == b""
            writer.close()
    assert kept(tmp_path) == []


def told_while_sending(port, chunks):
    """What the server says to a client that goes on sending, until it closes."""
    answered = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        with suppress(OSError):
            for chunk in chunks:
                connection.sendall(chunk)
        with suppress(OSError):
            while received := connection.recv(65_536):
                answered += received
    return answered


async def test_a_body_without_a_length_is_refused_when_it_passes_the_limit(make_http, tmp_path):
    async with listening(make_http(max_upload_mb=8).app) as port:
        chunks = [head("Transfer-Encoding: chunked"), b"4\r\nglTF\r\n"]
        chunks += [b"100000\r\n" + bytes(MIB) + b"\r\n"] * 9  # and never an end
        answered = await asyncio.to_thread(told_while_sending, port, chunks)
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in answered
    assert await is_empty(tmp_path)


async def test_a_body_just_as_long_as_the_limit_is_taken(make_http):
    body = b"glTF" + bytes(MIB - 4)
    async with make_http(max_upload_mb=1).client() as client:
        assert (await client.post("/v1/assets", content=body, headers=BINARY)).status_code == 201


async def is_empty(folder):
    """Whether the stores hold nothing in the end: the disk is told in a thread, after the answer."""
    for _ in range(500):
        if not kept(folder):
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.parametrize("sent", [100_000, 7 * MIB], ids=["little", "much"])
async def test_a_client_that_leaves_in_the_middle_leaves_nothing(sent, make_http, tmp_path):
    http = make_http()
    async with listening(http.app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(f"Content-Length: {8 * MIB}") + b"glTF" + bytes(sent))
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()
        await writer.wait_closed()
        assert await is_empty(tmp_path)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answer = await client.post("/v1/assets", content=MESH, headers=BINARY)
    assert answer.status_code == 201
    assert kept(tmp_path) == [answer.json()["digest"]]


async def test_a_client_that_stops_is_told_and_let_go(make_http, tmp_path, monkeypatch):
    monkeypatch.setattr("serve.edges.uploads.BODY_TIMEOUT_S", 0.1)
    async with listening(make_http().app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(f"Content-Length: {MIB}") + b"glTF")
        status, _, problem = await answer_of(reader)
        writer.close()
    assert (status, problem["code"]) == (400, "malformed_body")
    assert "stopped after 4 bytes" in problem["detail"]
    assert await is_empty(tmp_path)


async def test_a_client_that_drips_is_let_go_although_it_never_stops(make_http, monkeypatch):
    monkeypatch.setattr("serve.edges.uploads.BODY_TIMEOUT_S", 0.3)
    async with listening(make_http().app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(f"Content-Length: {MIB}") + b"glTF")
        answer = asyncio.create_task(answer_of(reader))
        while not answer.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        writer.close()
    assert (await answer)[0] == 400


async def test_who_asks_first_is_told_to_go_on(make_http):
    async with listening(make_http().app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(f"Content-Length: {len(MESH)}", "Expect: 100-continue"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(MESH)
        assert (await answer_of(reader))[0] == 201
        writer.write(head(f"Content-Length: {len(MESH)}") + MESH)  # the connection serves on
        assert (await answer_of(reader))[0] == 200
        writer.close()


async def test_many_at_once_are_all_taken(make_http, tmp_path):
    bodies = [b"glTF" + bytes([number]) * (100_000 + number) for number in range(40)]
    http = make_http()
    async with listening(http.app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answers = await asyncio.gather(
            *(client.post("/v1/assets", content=body, headers=BINARY) for body in bodies * 2)
        )
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert kept(tmp_path) == sorted(hashlib.sha256(body).hexdigest() for body in bodies)


async def test_a_store_that_has_vanished_is_told(make_http, tmp_path):
    http = make_http()
    [folder] = tmp_path.glob("store-*")
    folder.rmdir()
    async with http.client() as client:
        answer = await client.post("/v1/assets", content=MESH, headers=BINARY)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_failed")


async def test_what_a_crash_left_of_uploads_is_collected_and_what_still_comes_is_not(make_http, tmp_path):
    http = make_http()
    [folder] = tmp_path.glob("store-*")
    (folder / "uploads").mkdir()
    for name in ("a" * 64, "b" * 64 + "#1"):
        (folder / "uploads" / name).write_bytes(b"glTF")
        os.utime(folder / "uploads" / name, (1e9, 1e9))
    (folder / "uploads" / ("c" * 64 + "#1")).write_bytes(b"glTF")
    service = http.service
    collected = await Retention(service.ledger, service.store, service.settings, owner="a-test").collect()
    assert collected.leftovers == 2
    assert [name for name in kept(tmp_path) if name != "clock"] == ["c" * 64 + "#1"]


async def test_the_documents_list_what_may_be_uploaded(make_http):
    async with make_http().client() as client:
        document = (await client.get("/openapi.json")).json()
        page = (await client.get("/docs")).text
    upload = document["paths"]["/v1/assets"]["post"]
    assert sorted(upload["requestBody"]["content"]) == [row.media_type for row in UPLOAD_TYPES]
    assert "POST /v1/assets" in page
    assert "model/gltf-binary" in page


SERVER = """
import asyncio, sys
from pathlib import Path
from serve.artifacts import open_store
from serve.edges.http_edge import Service, create_app
from serve.ledger import migrate, open_ledger
from serve.settings import Settings
from tests.http_service import listening

async def serve():
    settings = Settings(data_dir=Path(sys.argv[1]))
    ledger = open_ledger(settings.database)
    migrate(ledger.database)
    async def checks():
        return {}
    service = Service(settings, ledger, open_store(settings.store), dict, checks, lambda: None)
    async with listening(create_app(service)) as port:
        print(port, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(serve())
"""


def peak_mib(pid):
    """The most memory that a process ever had."""
    [line] = [row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


async def test_300_mb_without_a_length_pass_in_flat_memory_and_are_refused_at_the_limit(tmp_path):
    environment = os.environ | {"GALATEA_MAX_UPLOAD_MB": "300"}
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1/assets"
        async with httpx.AsyncClient(timeout=60) as client:
            assert (await client.post(url, content=generated(12), headers=BINARY)).status_code == 201
            before = peak_mib(server.pid)
            with suppress(httpx.TransportError):  # the server may close before the client has sent all
                assert (await client.post(url, content=generated(301), headers=BINARY)).status_code == 413
            grown = peak_mib(server.pid) - before
            answer = await client.post(url, content=generated(12), headers=BINARY)
            assert (answer.status_code, answer.json()["bytes"]) == (200, 12 * MIB + 4)
        server.stdin.close()
    assert grown < 60
    assert [path.name for path in (tmp_path / "store").rglob("*") if path.is_file()] == [
        answer.json()["digest"]
    ]
