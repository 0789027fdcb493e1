"""Bad input over gRPC: each gets a problem with words that help, the same as over HTTP."""

import json

import grpc
import pytest

from serve.contracts.jobs import Problem
from serve.edges.bodies import MAX_BODY_BYTES
from tests.grpc_service import LAMP, all_of, calling, encoded, refused

PATH = "/v1/text-to-3d"
NOBODY = "0" * 26

# Fields that are refused -> code, words of the detail. Each goes over both wires.
BAD_FIELDS = [
    ({}, "invalid_request", ["prompt", "missing"]),
    ({"quality": "draft"}, "invalid_request", ["prompt", "missing"]),
    ({"prompt": ""}, "invalid_request", ["empty"]),
    ({"prompt": " \n\t"}, "invalid_request", ["empty"]),
    ({"prompt": "a\0lamp"}, "invalid_request", ["U+0000", "remove"]),
    ({"prompt": "a\x07lamp"}, "invalid_request", ["U+0007"]),
    ({"prompt": "a\x7f"}, "invalid_request", ["U+007F"]),
    ({"prompt": "x" * 1001}, "invalid_request", ["1,001", "1,000"]),
    ({"prompt": "ä" * 20_000}, "invalid_request", ["20,000", "1,000"]),
    ({"prompt": "a", "negative_prompt": "x" * 1001}, "invalid_request", ["negative_prompt", "1,001"]),
    ({"prompt": "a", "negative_prompt": "\x1b"}, "invalid_request", ["negative_prompt", "U+001B"]),
    ({"prompt": "a", "format": "unspecified"}, "invalid_request", ["format", "'unspecified'", "glb"]),
    ({"prompt": "a", "format": 99}, "invalid_request", ["format", "99"]),
    ({"prompt": "a", "format": "fbx"}, "unsupported_format", ["fbx", "glb"]),
    ({"prompt": "a", "format": "fbx"}, "unsupported_format", ["fbx", "glb"]),
    ({"prompt": "a", "quality": "unspecified"}, "invalid_request", ["quality", "medium"]),
    ({"prompt": "a", "quality": 5}, "invalid_request", ["quality", "5", "medium"]),
    ({"prompt": "a", "quality": -1}, "invalid_request", ["quality", "-1"]),
    ({"prompt": "a", "priority": "unspecified"}, "invalid_request", ["priority", "batch"]),
    ({"prompt": "a", "priority": 2**31 - 1}, "invalid_request", ["priority", "2147483647"]),
    ({"prompt": "a", "poly_count": 0}, "invalid_request", ["poly_count", "100", "500,000"]),
    ({"prompt": "a", "poly_count": -1}, "invalid_request", ["poly_count", "-1"]),
    ({"prompt": "a", "poly_count": 99}, "invalid_request", ["poly_count", "99"]),
    ({"prompt": "a", "poly_count": 500_001}, "invalid_request", ["poly_count", "500001"]),
    ({"prompt": "a", "poly_count": 150.5}, "invalid_request", ["poly_count", "150.5"]),
    ({"prompt": "a", "poly_count": 1e300}, "invalid_request", ["poly_count", "1e+300"]),
    ({"prompt": "a", "texture_size": 1000}, "invalid_request", ["texture_size", "take 256"]),
    ({"prompt": "a", "texture_size": 128}, "invalid_request", ["texture_size", "128"]),
    ({"prompt": "a", "texture_size": 8192}, "invalid_request", ["texture_size", "4,096"]),
    ({"prompt": "a", "guidance_scale": -0.5}, "invalid_request", ["guidance_scale", "-0.5"]),
    ({"prompt": "a", "guidance_scale": 20.5}, "invalid_request", ["guidance_scale", "20"]),
    ({"prompt": "a", "guidance_scale": float("nan")}, "malformed_body", ["NaN"]),
    ({"prompt": "a", "guidance_scale": float("inf")}, "malformed_body", ["Infinity"]),
    ({"prompt": "a", "seed": -2}, "invalid_request", ["seed", "-2"]),
    ({"prompt": "a", "seed": 2**53}, "invalid_request", ["seed", "9007199254740992"]),
    ({"prompt": "a", "seed": 0.5}, "invalid_request", ["seed", "0.5"]),
    ({"prompt": "a", "deadline_s": 0}, "invalid_request", ["deadline_s", "0"]),
    ({"prompt": "a", "deadline_s": -0.0}, "invalid_request", ["deadline_s", "-0.0"]),
    ({"prompt": "a", "deadline_s": 86_401}, "invalid_request", ["86401", "86400"]),
    ({"prompt": "a", "deadline_s": float("-inf")}, "malformed_body", ["-Infinity"]),
    ({"prompt": "a", "webhook_url": ""}, "invalid_request", ["webhook_url", "http or https"]),
    ({"prompt": "a", "webhook_url": "file:///etc/passwd"}, "invalid_request", ["http or https"]),
    ({"prompt": "a", "webhook_url": "https://a:b@c.example/"}, "invalid_request", ["password"]),
    ({"prompt": "a", "webhook_url": "https://a.example/ä"}, "invalid_request", ["percent-encode"]),
    ({"prompt": "a", "webhook_url": "https://a.example/" + "x" * 2000}, "invalid_request", ["2,018"]),
    ({"prompt": "a", "webhook_url": "https://a.example/"}, "invalid_request", ["WEBHOOK_SECRET"]),
    ({"prompt": "", "poly_count": 3, "seed": -9, "quality": 9}, "invalid_request", ["; ", "seed"]),
    ({"prompt": "a", "field 111": None}, "invalid_request", ["field 111", "no such field"]),
    ({"prompt": "x" * MAX_BODY_BYTES}, "body_too_large", ["65,536"]),
]

# Metadata, which are HTTP's headers -> code, words of the detail.
BAD_METADATA = [
    ([("idempotency-key", "")], "invalid_request", ["Idempotency-Key", "255"]),
    ([("idempotency-key", "x" * 256)], "invalid_request", ["256", "255"]),
    ([("idempotency-key", "a"), ("idempotency-key", "b")], "invalid_request", ["more than once"]),
]

# Bytes that HTTP has otherwise -> code, words of the detail.
BAD_BYTES = [
    ("TextTo3d", b"\xff", "malformed_body", ["TextTo3dRequest"]),
    ("TextTo3d", b"\x52\x05abc", "malformed_body", ["TextTo3dRequest"]),
    ("TextTo3d", b"\x52\x02\xff\xfe", "malformed_body", ["UTF-8"]),
    ("TextTo3d", json.dumps(LAMP).encode(), "malformed_body", ["galatea.proto"]),
    ("TextTo3d", b"x" * (MAX_BODY_BYTES + 1), "body_too_large", ["65,536"]),
    ("GetJob", b"", "invalid_request", ["job_id", "missing"]),
    ("CancelJob", b"", "invalid_request", ["job_id", "missing"]),
    ("ListModels", b"\xf8\x06\x01", "invalid_request", ["field 111"]),
    ("ListJobs", b"\x08\x00", "invalid_request", ["status", "unspecified"]),
]

# Calls -> code, words of the detail.
BAD_CALLS = [
    ("GetJob", {"job_id": NOBODY}, "job_missing", [NOBODY]),
    ("GetJob", {"job_id": "42"}, "job_missing", ["'42'"]),
    ("GetJob", {"job_id": "\0"}, "job_missing", ["x00"]),
    ("GetJob", {"job_id": NOBODY + "\n"}, "job_missing", [NOBODY]),
    ("CancelJob", {"job_id": NOBODY}, "job_missing", [NOBODY]),
    ("ListJobs", {"limit": 0}, "invalid_request", ["limit", "200"]),
    ("ListJobs", {"limit": 201}, "invalid_request", ["limit", "200"]),
    ("ListJobs", {"limit": 1.5}, "invalid_request", ["limit", "1.5"]),
    ("ListJobs", {"operation": "text-to-4d"}, "invalid_request", ["operation", "text-to-4d"]),
    ("ListJobs", {"after": "xyz"}, "invalid_request", ["after", "xyz"]),
]
BAD_STREAMS = [
    ("WatchJob", {}, "invalid_request", ["job_id", "missing"]),
    ("WatchJob", {"job_id": NOBODY}, "job_missing", [NOBODY]),
    ("WatchJob", {"job_id": NOBODY, "after": -1}, "invalid_request", ["after", "-1"]),
    ("DownloadAsset", {}, "invalid_request", ["digest", "missing"]),
    ("DownloadAsset", {"digest": "a" * 64}, "artifact_missing", ["aaaa"]),
    ("DownloadAsset", {"digest": "../../ledger.sqlite"}, "artifact_missing", ["ledger.sqlite"]),
    ("DownloadAsset", {"digest": "a" * 64, "start": -1}, "invalid_request", ["start"]),
]


@pytest.fixture
def database_kind():
    return "sqlite"


async def test_what_is_bad_is_refused_in_the_same_words_on_both_wires(make_http):
    http = make_http()
    async with http.client() as over_http, calling(http) as over_grpc:
        for fields, code, words in BAD_FIELDS:
            answer = await over_http.post(
                PATH,
                content=json.dumps(fields, ensure_ascii=False).encode(),
                headers={"content-type": "application/json"},
            )
            problem = await refused(over_grpc("TextTo3d", encoded(fields)), code, words)
            assert Problem.model_validate_json(answer.content) == problem
        for metadata, code, words in BAD_METADATA:
            answer = await over_http.post(PATH, json=LAMP, headers=metadata)
            problem = await refused(over_grpc("TextTo3d", LAMP, *metadata), code, words)
            assert Problem.model_validate_json(answer.content) == problem
        assert (await over_grpc("ListJobs", {})) == {}
    assert http.nudges == []


async def test_every_bad_call_is_refused_with_words(make_http):
    async with calling(make_http()) as client:
        for name, given, code, words in [*BAD_BYTES, *BAD_CALLS]:
            await refused(client(name, given), code, words)
        for name, given, code, words in BAD_STREAMS:
            await refused(all_of(client.stream(name, given)), code, words)
        await refused(client("TextTo3d", b"x" * 2_000_000), "body_too_large", ["65,536"])
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client("TextTo3d", b"x" * 5_000_000)  # the library's own refusal
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        await client("ListJobs", {})


@pytest.mark.parametrize(
    "address",
    ["/galatea.v1.GalateaService/TextTo4d", "/galatea.v2.GalateaService/TextTo3d", "/", "/" + "x" * 500],
)
async def test_an_unknown_method_is_refused_with_words_whatever_kind_of_call_it_is(address, make_http):
    async with calling(make_http(api_keys="ann:first-key-1")) as client:
        channel = client.channel
        for call in (
            channel.unary_unary(address)(b"x"),
            channel.stream_unary(address)(iter([b"x", b"y"])),
            channel.unary_stream(address)(b"x").read(),
            channel.stream_stream(address)(iter([b"x"])).read(),
        ):
            await refused(call, "route_missing", [address[:40], "galatea.proto"])


async def test_a_piece_of_an_upload_that_is_too_large_is_refused_with_words(make_http):
    async with calling(make_http()) as client:
        head = {"head": {"media_type": "model/gltf-binary"}}
        piece = {"data": b"glTF" + bytes(2**20)}
        await refused(client.upload(head, piece), "body_too_large", ["1,048,576", "smaller pieces"])
        await client.upload(head, {"data": b"glTF" + bytes(2**20 - 100)})


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong-key-1", "first-key-1"])
async def test_without_a_known_key_no_method_is_answered(given, make_http):
    metadata = [] if given is None else [("authorization", given)]
    async with calling(make_http(api_keys="ann:first-key-1")) as client:
        for name in ("TextTo3d", "GetJob", "CancelJob", "ListJobs", "ListModels"):
            await refused(client(name, b"\xff", *metadata), "unauthenticated", ["API key"])
        for name in ("WatchJob", "DownloadAsset"):
            await refused(all_of(client.stream(name, {}, *metadata)), "unauthenticated", ["API key"])
        if given is None:
            await refused(client.upload(), "unauthenticated", ["API key"])


async def test_a_full_queue_says_when(make_http):
    async with calling(make_http(max_queued_per_tenant=1)) as client:
        await client("TextTo3d", LAMP)
        problem = await refused(client("TextTo3d", LAMP), "queue_full", [])
    assert problem.retry_after_s > 0
    assert problem.predicted_start_s > 0


async def test_a_bug_is_told_without_its_insides_and_stands_in_the_log(make_http, caplog, monkeypatch):
    http = make_http()
    async with calling(http) as client:

        def broken(*_):
            raise ZeroDivisionError("secret internals")

        monkeypatch.setattr(http.app.state.backstage, "tenant_of", broken)
        problem = await refused(client("ListJobs", {}), "internal", ["bug", "log"])
    assert "secret" not in problem.detail
    assert "secret internals" in caplog.text


async def test_a_ledger_that_is_gone_may_be_tried_again(make_http, tmp_path):
    http = make_http(api_keys="ann:first-key-1")
    for file in tmp_path.glob("ledger-*"):
        file.unlink()
    http.service.ledger.database.engine.dispose()
    async with calling(http, "first-key-1") as client:
        problem = await refused(client("TextTo3d", LAMP), "ledger_failed", ["try again"])
    assert str(tmp_path) not in problem.detail
