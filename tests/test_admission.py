"""Admission: who may ask, and what becomes of a request."""

import asyncio

import pytest

from serve.admission import LOCAL_TENANT, admit, is_loopback, read_api_keys
from serve.contracts.errors import (
    IdempotencyConflictError,
    InvalidRequestError,
    QueueFullError,
    UnauthenticatedError,
    UnsupportedFormatError,
)
from serve.operations import OPERATIONS
from serve.settings import Settings

[OPERATION] = [row for row in OPERATIONS if row.name == "text-to-3d"]
LAMP = {"prompt": "a lamp", "quality": "draft"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"


@pytest.fixture
def make_settings(tmp_path):
    return lambda **given: Settings(data_dir=tmp_path, **given)


@pytest.fixture
def make_admit(make_ledger, make_settings):
    """Each call makes a ledger of its own; what it gives admits into that."""

    def make(**given):
        ledger = make_ledger()

        def one(fields=LAMP, key=None, tenant=LOCAL_TENANT):
            settings = make_settings(**given)
            return admit(ledger, settings, OPERATION, fields, tenant=tenant, idempotency_key=key)

        one.ledger = ledger
        return one

    return make


def test_without_keys_everybody_is_the_local_tenant(make_settings):
    keys = read_api_keys(make_settings())
    assert not keys
    assert keys.tenant(None) == keys.tenant("whatever") == LOCAL_TENANT


def test_a_key_tells_its_tenant_and_a_tenant_may_have_two(make_settings):
    keys = read_api_keys(make_settings(api_keys="ann:first-key-1, bob:second-key , ann:third-key-3"))
    assert [keys.tenant(key) for key in ("first-key-1", "second-key", "third-key-3")] == ["ann", "bob", "ann"]


@pytest.mark.parametrize(
    "key", [None, "", "first-key-", "first-key-12", "FIRST-KEY-1", "ann:first-key-1", "\ud800"]
)
def test_every_other_key_is_nobodys(key, make_settings):
    with pytest.raises(UnauthenticatedError):
        read_api_keys(make_settings(api_keys="ann:first-key-1")).tenant(key)


@pytest.mark.parametrize(
    ("api_keys", "words"),
    [
        ("", "entry 1 names no tenant"),
        ("only-a-key-here", "entry 1, of only-a-key-here, has no key"),
        (":secret-key-1", "entry 1 names no tenant"),
        ("ann:secret-key-1,", "entry 2 names no tenant"),
        ("Ann:secret-key-1", "entry 1 names no tenant"),
        ("ann bob:secret-key-1", "entry 1 names no tenant"),
        ("public:secret-key-1", "not 'public'"),
        ("ann:short", "8 to 256"),
        ("ann:secret key 1", "entry 1, of ann, has no key"),
        ("ann:secret:key-1", "without comma and colon"),
        ("ann:secret-key-1,bob:secret-key-1", "entry 2 gives bob the key of ann"),
    ],
)
def test_malformed_keys_are_refused_and_never_shown(api_keys, words, make_settings):
    with pytest.raises(InvalidRequestError, match=words) as caught:
        read_api_keys(make_settings(api_keys=api_keys))
    assert caught.value.field == "GALATEA_API_KEYS"
    assert "secret" not in caught.value.message


def test_an_address_that_others_reach_needs_keys(make_settings):
    with pytest.raises(InvalidRequestError, match=r"GALATEA_HTTP_HOST='0\.0\.0\.0'"):
        read_api_keys(make_settings(http_host="0.0.0.0"))
    assert read_api_keys(make_settings(http_host="0.0.0.0", api_keys="ann:secret-key-1"))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_loopback_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_everything_else_is_not_loopback(host):
    assert not is_loopback(host)


def test_a_job_has_everything_resolved(make_admit):
    admitted = make_admit()
    job = admitted({"prompt": " a  lamp ", "priority": "batch", "deadline_s": 60}).job
    assert 0 <= job.request["seed"] < 2**32
    assert job.request["prompt"] == "a lamp"
    assert not {"priority", "deadline_s", "webhook_url"} & set(job.request)
    [claimed] = admitted.ledger.jobs.claim("test", 30, 1)
    assert claimed.seed == job.request["seed"]
    assert claimed.plan.main == "glb"
    assert 0 < claimed.remaining_s <= 60


def test_a_given_seed_is_kept(make_admit):
    assert make_admit()(LAMP | {"seed": 2**53 - 1}).job.request["seed"] == 2**53 - 1


def test_seeds_that_were_left_open_differ(make_admit):
    admitted = make_admit()
    assert len({admitted().job.request["seed"] for _ in range(10)}) == 10


def test_a_retry_without_a_seed_gives_the_first_job(make_admit):
    admitted = make_admit()
    first, again = admitted(key="k"), admitted(dict(reversed(LAMP.items())), key="k")
    assert (first.created, again.created) == (True, False)
    assert again.job == first.job


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"priority": "batch"}, {"deadline_s": 9}, {"format": "glb"}, {"prompt": "a lamb"}]
)
def test_the_same_key_with_other_fields_is_a_conflict(other, make_admit):
    admitted = make_admit()
    admitted(key="k")
    with pytest.raises(IdempotencyConflictError, match="'k'"):
        admitted(LAMP | other, key="k")


def test_keys_of_different_tenants_do_not_meet(make_admit):
    admitted = make_admit()
    assert admitted(key="k", tenant="ann").job.job_id != admitted(key="k", tenant="bob").job.job_id


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\0b", "ä", "\x7f"])
def test_a_malformed_idempotency_key_is_refused(key, make_admit):
    with pytest.raises(InvalidRequestError, match="1 to 255"):
        make_admit()(key=key)


def test_the_longest_key_of_printable_characters_is_taken(make_admit):
    admitted = make_admit()
    key = ("".join(map(chr, range(32, 127))) * 3)[:255]
    assert admitted(key=key).job.job_id == admitted(key=key).job.job_id


def test_a_webhook_needs_a_secret_to_sign_it(make_admit):
    fields = LAMP | {"webhook_url": "https://example.com/hook"}
    with pytest.raises(InvalidRequestError, match="GALATEA_WEBHOOK_SECRET") as caught:
        make_admit()(fields)
    assert caught.value.field == "webhook_url"
    assert make_admit(webhook_secret=SECRET)(fields).created


def test_what_cannot_be_planned_makes_no_job(make_admit):
    admitted = make_admit()
    with pytest.raises(UnsupportedFormatError):
        admitted(LAMP | {"format": "fbx"})
    assert admitted.ledger.jobs.claim("test", 30, 1) == []


def test_a_full_queue_says_when_to_come_again(make_admit):
    admitted = make_admit(max_queued=3, max_queued_per_tenant=2)
    admitted(tenant="ann"), admitted(tenant="ann", key="k")
    with pytest.raises(QueueFullError) as caught:
        admitted(tenant="ann")
    assert caught.value.retry_after_s > 0
    assert caught.value.predicted_start_s > 0
    assert not admitted(tenant="ann", key="k").created  # a retry is no new job
    admitted(tenant="bob")
    with pytest.raises(QueueFullError):
        admitted(tenant="eve")


async def test_a_thousand_retries_with_a_hundred_keys_make_a_hundred_jobs(make_http):
    http = make_http()
    keys = [f"key-{number % 100}" for number in range(1000)]

    async def send(client, mine):
        return [
            await client.post(OPERATION.path, json=LAMP, headers={"Idempotency-Key": key}) for key in mine
        ]

    async with http.client() as client:
        rows = await asyncio.gather(*(send(client, keys[start::20]) for start in range(20)))
    answers = [answer for row in rows for answer in row]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 100
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 100
    assert len(http.nudges) == 100
    assert len(http.service.ledger.jobs.claim("test", 30, 1000)) == 100
