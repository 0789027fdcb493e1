"""The Python client and assets: downloads whole and right or not at all, uploads, links."""

import asyncio
import hashlib
import io
import tracemalloc

import numpy as np
import pytest

from galatea_client import (
    AsyncGalatea,
    DigestMismatchError,
    GalateaError,
    InvalidRequestError,
    Retries,
    UnreachableError,
    UnsupportedError,
)
from tests.client_ways import CuttingProxy, ask, clients, served
from tests.http_service import finish_next

DATA = b"glTF" + np.random.default_rng(3).bytes(3_000_000)
DIGEST = hashlib.sha256(DATA).hexdigest()
GLB = "model/gltf-binary"


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def folder(tmp_path):
    """Where downloads go: nothing else is there."""
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads"


async def made(client, service):
    """A completed job whose main asset is DATA."""
    job = await ask(client, "text_to_3d", prompt="a lamp")
    await finish_next(service.http.service, DATA)
    return await ask(client, "wait", job)


async def test_an_asset_is_read_downloaded_and_saved(make_http, make_client, wire, folder):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        done = await made(client, service)
        assert (done.main.digest, done.main.bytes) == (DIGEST, len(DATA))
        assert await ask(client, "read", done.main) == DATA
        assert await ask(client, "read", DIGEST) == DATA
        place = folder / "lamp.glb"
        place.write_bytes(b"the old one")
        assert await ask(client, "download", done.main, place) == place
        assert place.read_bytes() == DATA
        assert (await ask(client, "save", done.job_id, str(folder / "saved.glb"))) == done
        assert (folder / "saved.glb").read_bytes() == DATA
        assert sorted(path.name for path in folder.iterdir()) == ["lamp.glb", "saved.glb"]


async def test_a_download_goes_on_where_the_connection_broke(make_http, make_client, wire, folder):
    async with served(make_http()) as service:
        done = await made(make_client(service.url(wire)), service)
        proxy = CuttingProxy(
            service.ports[wire], np.random.default_rng(1), [500_000, 100, 1_000_000, 700_000, 5_000]
        )
        async with proxy.listening() as port:
            client = make_client(service.url(wire, port))
            await ask(client, "download", done.main, folder / "lamp.glb")
        assert (folder / "lamp.glb").read_bytes() == DATA
        assert proxy.cut_count == 5


async def test_bytes_that_are_not_the_assets_are_never_kept(make_http, make_client, wire, folder):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        done = await made(client, service)
        [stored] = folder.parent.glob(f"store-*/artifacts/*/{DIGEST}")
        (folder / "lamp.glb").write_bytes(b"the old one")
        for changed in (
            DATA[:-1] + bytes([DATA[-1] ^ 1]),
            DATA[:-1000],
            DATA[:1_000_000] + bytes(1000) + DATA[1_001_000:],
        ):
            stored.write_bytes(changed)
            with pytest.raises(GalateaError) as caught:
                await ask(client, "download", done.main, folder / "lamp.glb")
            assert caught.value.code in ("digest_mismatch", "artifact_tampered", "unreachable")
            with pytest.raises(GalateaError):
                await ask(client, "read", done.main)
            assert [path.read_bytes() for path in folder.iterdir()] == [b"the old one"]


async def test_somebody_between_who_changes_bytes_is_noticed(make_client, folder):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = make_client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(DigestMismatchError, match=r"5 bytes.*nothing was kept"):
            await ask(client, "download", DIGEST, folder / "lamp.glb")
        assert await ask(client, "read", hashlib.sha256(b"hello").hexdigest()) == b"hello"
    assert list(folder.iterdir()) == []


async def test_a_place_that_cannot_be_written_is_an_os_error(make_http, make_client, wire, folder):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        done = await made(client, service)
        for place, kind in [(folder, IsADirectoryError), (folder / "none" / "x.glb", FileNotFoundError)]:
            with pytest.raises(kind):
                await ask(client, "download", done.main, place)
        assert list(folder.iterdir()) == []


async def test_an_upload_from_anything_is_the_same_asset(make_http, make_client, wire, folder):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        path = folder / "lamp.glb"
        path.write_bytes(DATA)
        pieces = [DATA[start : start + 1_100_000] for start in range(0, len(DATA), 1_100_000)]
        uploaded = [
            await ask(client, "upload", path),
            await ask(client, "upload", str(path)),
            await ask(client, "upload", DATA, GLB),
            await ask(client, "upload", io.BytesIO(DATA), GLB),
            await ask(client, "upload", iter(pieces), GLB),
        ]
        with path.open("rb") as file:
            uploaded.append(await ask(client, "upload", file))
        assert {(asset.digest, asset.bytes, asset.media_type) for asset in uploaded} == {
            (DIGEST, len(DATA), GLB)
        }
        assert await ask(client, "read", uploaded[0]) == DATA


async def test_an_async_iterable_is_for_event_loops(make_http, wire):
    async def pieces():
        for start in range(0, len(DATA), 1_100_000):
            yield DATA[start : start + 1_100_000]

    async with served(make_http()) as service:
        async for make in clients("loop"):
            assert (await ask(make(service.url(wire)), "upload", pieces(), GLB)).digest == DIGEST
        async for make in clients("threads"):
            with pytest.raises(TypeError, match="AsyncGalatea"):
                await ask(make(service.url(wire)), "upload", pieces(), GLB)


async def test_an_upload_that_is_left_ends_and_stores_nothing(make_http, wire, folder):
    async def endless():
        while True:
            yield b"glTF" + bytes(100_000)
            await asyncio.sleep(0.02)

    async with served(make_http()) as service, AsyncGalatea(service.url(wire)) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.upload(endless(), GLB), 0.3)
        while [path for path in folder.parent.glob("store-*/**/*") if path.is_file()]:
            await asyncio.sleep(0.01)


async def test_a_lost_upload_is_sent_again_where_that_can_be(make_http, make_client, wire):
    async with served(make_http()) as service:
        # Within the answer: a call that is cut while gRPC connects, 61 bytes, is sent again by itself.
        answer_bytes = [20, 20] if wire == "http" else [120, 120]
        for source, lost in [(DATA, False), (iter([DATA]), True)]:
            proxy = CuttingProxy(service.ports[wire], np.random.default_rng(1), list(answer_bytes))
            async with proxy.listening() as port:
                client = make_client(service.url(wire, port))
                if lost:
                    with pytest.raises(UnreachableError):
                        await ask(client, "upload", source, GLB)
                else:
                    assert (await ask(client, "upload", source, GLB)).digest == DIGEST
                    assert proxy.cut_count == 2


async def test_the_error_of_a_source_is_the_callers_and_nothing_is_stored(
    make_http, make_client, wire, folder
):
    def broken():
        yield DATA[:1_000_000]
        raise KeyError("the shelf is empty")

    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        with pytest.raises(KeyError, match="shelf"):
            await ask(client, "upload", broken(), GLB)
        with pytest.raises(FileNotFoundError):
            await ask(client, "upload", folder / "none.glb")
        with pytest.raises(TypeError, match="int"):
            await ask(client, "upload", 17, GLB)
        with pytest.raises(InvalidRequestError, match="media_type"):
            await ask(client, "upload", b"glTF")
        while [path for path in folder.parent.glob("store-*/**/*") if path.is_file()]:
            await asyncio.sleep(0.01)


async def test_an_upload_that_is_refused_says_why(make_http, make_client, wire):
    async with served(make_http(max_upload_mb=1)) as service:
        client = make_client(service.url(wire), retries=Retries(attempt_count=4, first_pause_s=0.01))
        for source, kind, code in [
            (DATA, GLB, "body_too_large"),
            (iter([DATA]), GLB, "body_too_large"),
            (b"GIF8", GLB, "unsupported_media_type"),
            (b"GIF8", "image/gif", "unsupported_media_type"),
            (b"", GLB, "invalid_request"),
        ]:
            with pytest.raises(InvalidRequestError) as caught:
                await ask(client, "upload", source, kind)
            assert caught.value.code == code


async def test_what_is_large_goes_up_and_down_in_flat_memory(make_http, make_client, wire, folder):
    byte_count = 64_000_000
    with (folder / "large.glb").open("wb") as file:
        file.write(b"glTF")
        file.truncate(byte_count)
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        await ask(client, "models")
        tracemalloc.start()
        asset = await ask(client, "upload", folder / "large.glb")
        await ask(client, "download", asset, folder / "again.glb")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert asset.bytes == (folder / "again.glb").stat().st_size == byte_count
        assert peak < byte_count / 3


async def test_a_link_needs_no_key_and_is_made_over_http_alone(make_http, make_client, wire):
    async with served(make_http(api_keys="ann:first-key-1")) as service:
        client = make_client(service.url(wire), "first-key-1")
        done = await made(client, service)
        if wire == "grpc":
            with pytest.raises(UnsupportedError, match="http://"):
                await ask(client, "link", done.main)
            return
        link = await ask(client, "link", done.main, expires_s=60)
        async with service.http.client() as anybody:
            assert (await anybody.get(link.url)).content == DATA
        with pytest.raises(InvalidRequestError, match="expires_s"):
            await ask(client, "link", done.main, expires_s=0)
