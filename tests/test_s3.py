"""The store in a bucket of a real S3 server, and the service on it."""

import asyncio
import hashlib
import os

import httpx
import obstore
import pytest

from serve.artifacts import StoredArtifact, open_store
from serve.contracts.artifacts import ArtifactRef, digest_of
from serve.contracts.errors import (
    ArtifactMissingError,
    ArtifactTamperedError,
    BodyTooLargeError,
    MalformedBodyError,
    StorageError,
)
from serve.retention import Retention
from tests.http_service import GLB, finish_next, listening
from tests.parts import require
from tests.seaweed import HOW, SeaweedServer, find_weed
from tests.served import serving

MIB = 2**20
LARGE = hashlib.shake_256(b"a large asset").digest(12 * MIB + 1)
BINARY = {"content-type": "model/gltf-binary"}


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture(scope="module")
def started():
    """The server of this module, from the first test that needs it."""
    server = SeaweedServer() if find_weed() else None
    yield server
    if server:
        server.remove()


@pytest.fixture
def seaweed(started, monkeypatch):
    require("seaweedfs", started is not None, HOW)
    for name, value in started.environment.items():
        monkeypatch.setenv(name, value)
    return started


@pytest.fixture
def make_store(seaweed):
    """Each call opens an empty store of its own; so the fixtures that stand on this one are in the bucket."""
    return lambda: open_store(seaweed.new_place())


async def pieces(data, size=100_000):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def objects_of(store):
    """Paths of all objects of a store."""
    return sorted([one["path"] async for listing in obstore.list(store._objects) for one in listing])


async def listed(store):
    return [
        one
        for number in range(256)
        async for listing in store.list_artifacts(f"{number:02x}")
        for one in listing
    ]


@pytest.mark.parametrize("data", [b"", b"a chair", LARGE], ids=["nothing", "little", "much"])
async def test_what_is_put_is_got(data, make_store):
    store = make_store()
    ref = await store.put(data, "model/stl")
    assert await store.get(ref) == await store.get(ref.digest) == data
    assert await store.holds(ref)
    assert await objects_of(store) == [f"artifacts/{ref.digest[:2]}/{ref.digest}"]


async def test_what_was_never_put_is_missing(make_store):
    store, digest = make_store(), digest_of(b"never put")
    assert not await store.exists(digest)
    with pytest.raises(ArtifactMissingError, match=digest):
        await store.get(digest)
    with pytest.raises(ArtifactMissingError, match=digest):
        await store.stream(ArtifactRef(digest=digest, media_type="model/stl", byte_count=9))


async def test_a_changed_object_is_found_and_healed_by_writing_again(make_store):
    store = make_store()
    ref = await store.put(b"a chair", "model/stl")
    await obstore.put_async(store._objects, f"artifacts/{ref.digest[:2]}/{ref.digest}", b"a ch4ir")
    with pytest.raises(ArtifactTamperedError, match=ref.digest):
        await store.get(ref)
    with pytest.raises(ArtifactTamperedError, match=ref.digest):
        async for _ in await store.stream(ref):
            pass
    await store.put(b"a chair", "model/stl")
    assert await store.get(ref) == b"a chair"


async def test_an_artifact_streams_whole_and_in_part(make_store):
    store = make_store()
    ref = await store.put(LARGE, "model/stl")
    assert b"".join([chunk async for chunk in await store.stream(ref)]) == LARGE
    part = await store.stream(ref, 5 * MIB - 1, 6 * MIB)
    assert b"".join([chunk async for chunk in part]) == LARGE[5 * MIB - 1 : 6 * MIB]


@pytest.mark.parametrize("data", [b"a chair", LARGE], ids=["one part", "many parts"])
async def test_a_stream_is_stored_under_its_digest_and_nothing_else_stays(data, make_store):
    store = make_store()
    ref = await store.put_stream(pieces(data), "model/stl", len(data))
    assert (ref.digest, ref.byte_count) == (digest_of(data), len(data))
    assert await store.get(ref) == data
    assert await objects_of(store) == [f"artifacts/{ref.digest[:2]}/{ref.digest}"]
    with pytest.raises(BodyTooLargeError):
        await store.put_stream(pieces(data), "model/stl", len(data) - 1)
    assert len(await objects_of(store)) == 1


async def test_a_stream_that_breaks_off_leaves_no_object_and_no_part_of_one(seaweed, make_store):
    async def broken():
        async for piece in pieces(LARGE):
            yield piece
        raise MalformedBodyError("the client has left")

    store = make_store()
    with pytest.raises(MalformedBodyError):
        await store.put_stream(broken(), "model/stl", len(LARGE) * 2)
    assert (await objects_of(store), seaweed.unfinished_count()) == ([], 0)


async def test_the_clock_lists_and_deletes_by_the_stores_own_time(make_store):
    store = make_store()
    before_s = await store.clock()
    ref = await store.put(b"a chair", "model/stl")
    [found] = await listed(store)
    assert isinstance(found, StoredArtifact)
    assert found.digest == ref.digest
    assert found.written_s >= before_s - 1
    assert await store.delete_untouched([ref.digest], before_s - 1) == 0
    assert await store.delete_untouched([ref.digest, digest_of(b"gone")], before_s + 3600) == 1
    assert await listed(store) == []


async def test_uploads_that_never_ended_are_deleted(make_store):
    store = make_store()
    await obstore.put_async(store._objects, "uploads/" + "a" * 64, b"a half")
    now_s = await store.clock()
    assert await store.delete_uploads(now_s - 3600) == 0
    assert await store.delete_uploads(now_s + 3600) == 1
    assert await objects_of(store) == ["clock"]


async def test_an_endpoint_without_tls_must_be_allowed(seaweed, monkeypatch):
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(StorageError, match="AWS_ALLOW_HTTP=true"):
        open_store("s3://galatea/x")


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ("s3://galatea/x", "AWS_SECRET_ACCESS_KEY", "another"),
        ("s3://of-another/x", "AWS_REGION", "us-east-1"),
    ],
    ids=["wrong key", "another's bucket"],
)
async def test_a_bucket_that_does_not_let_us_in_is_told(place, name, value, seaweed, monkeypatch):
    monkeypatch.setenv(name, value)
    store = open_store(place)
    with pytest.raises(StorageError, match=f"cannot write {place}"):
        await store.put(b"a chair", "model/stl")
    with pytest.raises(StorageError, match=f"cannot write {place}"):
        await store.put_stream(pieces(LARGE), "model/stl", len(LARGE))


async def test_an_upload_is_read_back_whole_and_in_part(make_http):
    body = b"glTF" + LARGE
    async with (
        listening(make_http().app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        answer = await client.post("/v1/assets", content=pieces(body), headers=BINARY)
        assert (answer.status_code, answer.json()["digest"]) == (201, digest_of(body))
        address = answer.json()["url"]
        assert (await client.post("/v1/assets", content=body, headers=BINARY)).status_code == 200
        assert (await client.get(address)).content == body
        part = await client.get(address, headers={"range": f"bytes={7 * MIB}-"})
        assert (part.status_code, part.content) == (206, body[7 * MIB :])
        assert (await client.head(address)).headers["content-length"] == str(len(body))


async def test_a_link_is_the_buckets_own(make_http):
    http = make_http()
    async with http.client() as client:
        asset = (await client.post("/v1/assets", content=b"glTF" + GLB, headers=BINARY)).json()
        links = [
            (await client.post(f"/v1/assets/{asset['digest']}/links", json={"expires_s": seconds})).json()
            for seconds in (60, 1)
        ]
    good, short = (link["url"] for link in links)
    assert good.startswith(os.environ["AWS_ENDPOINT_URL"])
    async with httpx.AsyncClient() as anybody:
        answer = await anybody.get(good)
        assert (answer.status_code, answer.content) == (200, b"glTF" + GLB)
        assert answer.headers["content-type"] == "model/gltf-binary"
        path, _, query = good.partition("?")
        last = "1" if query[-1] != "1" else "2"
        changed = [good[:-1] + last, good.replace("X-Amz-Expires=60", "X-Amz-Expires=86400"), path]
        changed.append(good.replace(asset["digest"], digest_of(b"another")))
        for url in changed:
            assert url != good
            assert (await anybody.get(url)).status_code == 403
        await asyncio.sleep(2.5)
        assert (await anybody.get(short)).status_code == 403


async def test_retention_forgets_in_a_bucket_what_nothing_names(make_http):
    http = make_http()
    service = http.service
    async with http.client() as client:
        await client.post("/v1/text-to-3d", json={"prompt": "a lamp"})
    _, asset = await finish_next(service)
    collected = await Retention(service.ledger, service.store, service.settings, owner="a-test").collect()
    assert (collected.artifacts, collected.leftovers) == (0, 0)  # all too young
    assert await service.store.get(asset) == GLB


def test_a_sentence_becomes_an_asset_in_the_bucket(seaweed):
    with serving(store_url=seaweed.new_place()) as served:
        view = served.wait(served.submit())
        assert view["status"] == "completed", view
        data = served.download(view)
        assert data.startswith(b"glTF")
        digest = view["download_url"].rpartition("/")[2]
        link = served.client.post(f"/v1/assets/{digest}/links", json={}).json()["url"]
        assert link.startswith(seaweed.environment["AWS_ENDPOINT_URL"])
        assert httpx.get(link).content == data
        assert list(served.settings.data_dir.glob("store*")) == []
