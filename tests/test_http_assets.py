"""Assets over HTTP: whole, in part, not at all."""

import hashlib

import pytest

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import ArtifactTamperedError
from serve.edges.ranges import chosen_range, matches_etag
from serve.formats import FORMATS
from tests.http_service import GLB

SIZE = len(GLB)


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def make_asset(make_http):
    """Each call puts bytes into a service of its own, granted to everybody there."""

    async def make(data=GLB, media_type="model/gltf-binary"):
        http = make_http()
        ref = await http.service.store.put(data, media_type)
        http.service.ledger.grants.add("local", ref)
        return http, ref, f"/v1/assets/{ref.digest}"

    return make


async def test_an_asset_comes_whole_with_all_that_a_cache_needs(make_asset):
    http, ref, address = await make_asset()
    async with http.client() as client:
        answer = await client.get(address)
    assert (answer.status_code, answer.content) == (200, GLB)
    headers = {
        "accept-ranges": "bytes",
        "cache-control": "private, max-age=31536000, immutable",
        "content-disposition": f'attachment; filename="{ref.digest[:12]}.glb"',
        "content-length": str(SIZE),
        "content-type": "model/gltf-binary",
        "etag": f'"{ref.digest}"',
        "x-content-type-options": "nosniff",
    }
    assert headers.items() <= dict(answer.headers).items()


async def test_head_tells_the_same_without_the_bytes(make_asset):
    http, _, address = await make_asset()
    async with http.client() as client:
        got, head = await client.get(address), await client.head(address, headers={"range": "bytes=0-1"})
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize("row", [row for row in FORMATS if row.available], ids=lambda row: row.ext)
async def test_files_are_named_as_their_format_is(row, make_asset):
    http, ref, address = await make_asset(media_type=row.media_type)
    async with http.client() as client:
        answer = await client.get(address)
    assert answer.headers["content-type"] == row.media_type
    assert answer.headers["content-disposition"].endswith(f'{ref.digest[:12]}.{row.file_ext}"')


async def test_many_chunks_arrive_in_order(make_asset):
    data = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).digest() * 100 for n in range(1000))
    http, _, address = await make_asset(data)
    async with http.client() as client:
        assert (await client.get(address)).content == data
        part = await client.get(address, headers={"range": "bytes=262100-1048600"})
    assert part.content == data[262100:1048601]


async def test_an_empty_asset_is_answered(make_asset):
    http, _, address = await make_asset(b"")
    async with http.client() as client:
        answer = await client.get(address)
        assert (answer.status_code, answer.content) == (200, b"")
        answer = await client.get(address, headers={"range": "bytes=0-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */0")


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("Bytes=100-199", 100, 200),
        ("bytes= 5-6 ", 5, 7),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=7-99999", 7, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        ("bytes=-99999", 0, SIZE),
        ("bytes=0-", 0, SIZE),
    ],
)
async def test_a_range_gives_these_bytes(header, start, stop, make_asset):
    http, ref, address = await make_asset()
    async with http.client() as client:
        answer = await client.get(address, headers={"range": header, "if-range": f'"{ref.digest}"'})
    assert (answer.status_code, answer.content) == (206, GLB[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-1,4-5"},
        {"range": "bytes=5-2"},
        {"range": "bytes=-"},
        {"range": "bytes=a-b"},
        {"range": "bytes=0-" + "9" * 30},
        {"range": "items=0-1"},
        {"range": "bytes 0-1"},
        {"range": ""},
        {"range": "bytes=0-1", "if-range": '"other"'},
        {"range": "bytes=0-1", "if-range": "Mon, 23 Nov 2026 04:00:00 GMT"},
    ],
    ids=str,
)
async def test_what_is_no_single_range_of_these_bytes_gives_the_whole(headers, make_asset):
    http, _, address = await make_asset()
    async with http.client() as client:
        answer = await client.get(address, headers=headers)
    assert (answer.status_code, answer.content) == (200, GLB)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0"])
async def test_a_range_outside_is_a_416_that_tells_the_length(header, make_asset):
    http, _, address = await make_asset()
    async with http.client() as client:
        answer = await client.get(address, headers={"range": header})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert answer.json()["code"] == "range_unsatisfiable"


async def test_what_the_client_has_already_is_not_sent_again(make_asset):
    http, ref, address = await make_asset()
    async with http.client() as client:
        for known in (f'"{ref.digest}"', f'W/"{ref.digest}"', f'"x", "{ref.digest}"', "*"):
            answer = await client.get(address, headers={"if-none-match": known, "range": "bytes=0-1"})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == f'"{ref.digest}"'
        answer = await client.get(address, headers={"if-none-match": '"other"'})
        assert answer.status_code == 200


def test_etags_are_compared_whole():
    assert not matches_etag('"abcd"', '"abc"')
    assert not matches_etag("abc", '"abc"')
    assert not matches_etag(None, '"abc"')
    assert matches_etag('"x,y", W/"abc"', '"abc"')


@pytest.mark.parametrize("byte_count", [1, 2, 3, 10])
def test_a_range_never_leaves_the_asset(byte_count):
    for first in range(byte_count):
        for last in range(first, 15):
            start, stop = chosen_range(f"bytes={first}-{last}", None, '"x"', byte_count)
            assert (start, stop) == (first, min(last + 1, byte_count))


async def test_an_asset_without_its_bytes_is_missing(make_asset, tmp_path):
    http, ref, address = await make_asset()
    [file] = tmp_path.glob(f"store-*/artifacts/*/{ref.digest}")
    file.unlink()
    async with http.client() as client:
        for method in ("GET", "HEAD"):
            assert (await client.request(method, address)).status_code == 404


async def test_a_torn_asset_is_never_taken_for_whole(make_asset, tmp_path):
    http, ref, address = await make_asset(GLB * 1000)
    [file] = tmp_path.glob(f"store-*/artifacts/*/{ref.digest}")
    data = bytearray(file.read_bytes())
    file.write_bytes(data[:-1])
    async with http.client() as client:
        answer = await client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (500, "artifact_tampered")
    data[5] ^= 1
    file.write_bytes(data)
    received = b""
    with pytest.raises(ArtifactTamperedError, match="digest"):
        async for chunk in await http.service.store.stream(ref):
            received += chunk
    assert 0 < len(received) < len(data)


async def test_a_grant_of_another_length_is_no_promise(make_asset):
    http, ref, _ = await make_asset()
    longer = ArtifactRef(digest=ref.digest, media_type=ref.media_type, byte_count=SIZE + 1)
    http.service.ledger.grants.add("ann", longer)
    with pytest.raises(ArtifactTamperedError, match=f"has {SIZE} bytes and not {SIZE + 1}"):
        await http.service.store.stream(longer)
