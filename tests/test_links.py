"""Links: whom they let in, and for how long; every other is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from serve.contracts.errors import LinkRefusedError, StorageError
from serve.edges.links import Links
from serve.settings import Settings
from tests.http_service import GLB

KEYS = "ann:ann-s-own-key,bob:bob-s-own-key"
DIGEST = "0123456789abcdef" * 4
LATER_S = 4_102_444_800  # the year 2100


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def make_link(make_http):
    """Each call makes a service with an asset of ann's, and asks it for a link as ann."""

    async def make(body=None, **settings):
        http = make_http(api_keys=KEYS, **settings)
        ref = await http.service.store.put(GLB, "model/gltf-binary")
        http.service.ledger.grants.add("ann", ref)
        async with http.client("ann-s-own-key") as ann:
            answer = await ann.post(f"/v1/assets/{ref.digest}/links", json=body or {})
        return http, ref, answer

    return make


def changed(url, **query):
    """The address with other parameters; None takes one away."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query)) | query
    kept = {name: value for name, value in given.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


async def test_a_link_lets_anybody_read_without_a_key(make_link):
    http, _, answer = await make_link({"expires_s": 60})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    left = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
    assert timedelta() < left <= timedelta(seconds=60)
    async with http.client() as anybody:
        url = answer.json()["url"]
        assert (await anybody.get(url)).content == GLB
        assert (await anybody.get(url, headers={"range": "bytes=1-2"})).content == GLB[1:3]
        assert (await anybody.head(url)).headers["content-length"] == str(len(GLB))
        assert (await anybody.get(changed(url, signature=None))).status_code == 401


async def test_a_page_of_any_origin_may_show_what_a_link_names_but_not_what_a_key_opens(make_link):
    http, ref, answer = await make_link()
    headers = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    async with http.client("ann-s-own-key") as ann:
        for conditional in ({}, {"if-none-match": f'"{ref.digest}"'}):
            by_link = await ann.get(answer.json()["url"], headers=conditional)
            assert headers.items() <= dict(by_link.headers).items()
            by_key = await ann.get(f"/v1/assets/{ref.digest}", headers=conditional)
            assert "access-control-allow-origin" not in by_key.headers
            assert by_key.headers["cross-origin-resource-policy"] == "same-origin"


async def test_an_hour_is_the_default(make_link):
    _, _, answer = await make_link()
    left = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=55) < left <= timedelta(hours=1)


@pytest.mark.parametrize(
    "change",
    [
        {"tenant": "bob"},
        {"tenant": None},
        {"expires": str(LATER_S)},
        {"expires": None},
        {"expires": "nan"},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "ü"},
    ],
    ids=str,
)
async def test_a_changed_link_is_refused(change, make_link):
    http, _, answer = await make_link()
    async with http.client("ann-s-own-key") as ann:  # a good key beside it helps nothing
        for method in ("GET", "HEAD"):
            refused = await ann.request(method, changed(answer.json()["url"], **change))
            assert refused.status_code == 403
        refused = await ann.get(changed(answer.json()["url"], **change))
        assert refused.json()["code"] == "link_refused"


async def test_a_link_opens_its_own_asset_alone(make_link):
    http, ref, answer = await make_link()
    other = await http.service.store.put(b"another", "model/stl")
    http.service.ledger.grants.add("ann", other)
    url = answer.json()["url"]
    async with http.client() as anybody:
        refused = await anybody.get(url.replace(ref.digest, other.digest))
        assert refused.status_code == 403
        query = urlsplit(url).query
        assert (await anybody.get(f"/v1/models?{query}")).status_code == 401
        assert (await anybody.post(f"/v1/assets/{ref.digest}/links?{query}", json={})).status_code == 401


async def test_an_expired_link_is_refused(make_link):
    http, ref, _ = await make_link()
    query = Links(http.service.settings).query("ann", ref.digest, 1_000_000_000)
    async with http.client() as anybody:
        refused = await anybody.get(f"/v1/assets/{ref.digest}?{query}")
    assert (refused.status_code, refused.json()["code"]) == (403, "link_refused")
    assert "expired" in refused.json()["detail"]


async def test_a_link_lends_no_more_than_its_tenant_has(make_link):
    http, ref, _ = await make_link()
    query = Links(http.service.settings).query("bob", ref.digest, LATER_S)
    async with http.client() as anybody:
        assert (await anybody.get(f"/v1/assets/{ref.digest}?{query}")).status_code == 404
    async with http.client("bob-s-own-key") as bob:
        assert (await bob.post(f"/v1/assets/{ref.digest}/links", json={})).status_code == 404


@pytest.mark.parametrize("value", [0, 86_401, -1, 1.5, "60", True, None])
async def test_times_out_of_range_are_refused(value, make_link):
    _, _, answer = await make_link({"expires_s": value})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["field"] == "expires_s"


async def test_a_link_signed_by_another_secret_is_refused(make_link):
    http, ref, _ = await make_link()
    query = Links(Settings(link_secret="x" * 32)).query("ann", ref.digest, LATER_S)
    async with http.client() as anybody:
        assert (await anybody.get(f"/v1/assets/{ref.digest}?{query}")).status_code == 403


def test_services_with_the_same_secret_take_each_others_links(tmp_path):
    one, other = (Links(Settings(data_dir=tmp_path / name, link_secret="s" * 32)) for name in "ab")
    assert other.tenant(DIGEST, dict(parse_qsl(one.query("ann", DIGEST, LATER_S)))) == "ann"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_drawn_once_and_kept_for_this_user_alone(tmp_path):
    settings = Settings(data_dir=tmp_path / "new")
    with ThreadPoolExecutor(8) as threads:
        queries = list(threads.map(lambda _: Links(settings).query("ann", DIGEST, LATER_S), range(40)))
    assert len(set(queries)) == 1
    [file] = settings.folder.iterdir()
    assert (file.name, file.stat().st_mode & 0o777, len(file.read_bytes())) == ("link-secret", 0o600, 32)
    file.unlink()
    with pytest.raises(LinkRefusedError):  # a new secret ends all links
        Links(settings).tenant(DIGEST, dict(parse_qsl(queries[0])))


def test_a_secret_that_cannot_be_kept_or_is_damaged_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="GALATEA_LINK_SECRET"):
        Links(Settings(data_dir=tmp_path / "file")).query("ann", DIGEST, LATER_S)
    (tmp_path / "link-secret").write_bytes(b"short")
    with pytest.raises(StorageError, match="holds 5 bytes"):
        Links(Settings(data_dir=tmp_path)).query("ann", DIGEST, LATER_S)


def test_the_parts_of_a_signature_do_not_run_together(tmp_path):
    links = Links(Settings(data_dir=tmp_path))
    one = dict(parse_qsl(links.query("ann", DIGEST, LATER_S)))
    with pytest.raises(LinkRefusedError):
        links.tenant(DIGEST + "a", one | {"tenant": "nn"})
