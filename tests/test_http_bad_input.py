"""Bad input over HTTP: each gets a problem document with words that help, and nothing is lost."""

import json

import pytest

from serve.contracts.errors import ERRORS
from serve.contracts.jobs import Problem
from serve.edges.bodies import MAX_BODY_BYTES

PATH = "/v1/text-to-3d"
GOOD = b'{"prompt": "a lamp"}'
NOBODY = "0" * 26

# Body -> status, code, words of the detail.
BODIES = [
    (b"", 400, "malformed_body", ["no JSON", "line 1"]),
    (b"{", 400, "malformed_body", ["no JSON", "column 2"]),
    (b"prompt=lamp", 400, "malformed_body", ["no JSON"]),
    (b"{'prompt': 'a lamp'}", 400, "malformed_body", ["no JSON"]),
    (GOOD + b"x", 400, "malformed_body", ["Extra data"]),
    (b"\xef\xbb\xbf" + GOOD, 400, "malformed_body", ["BOM"]),
    (b"\xff\xfe{\x00}\x00", 400, "malformed_body", ["UTF-8", "byte 0"]),
    (b'{"prompt": "a l\xe4mp"}', 400, "malformed_body", ["UTF-8", "byte 15"]),
    (b"[]", 400, "malformed_body", ["array", "object"]),
    (b"null", 400, "malformed_body", ["null", "object"]),
    (b'"lamp"', 400, "malformed_body", ["string", "object"]),
    (b"7", 400, "malformed_body", ["number", "object"]),
    (b"true", 400, "malformed_body", ["boolean", "object"]),
    (b'{"prompt": "a", "prompt": "b"}', 400, "malformed_body", ["'prompt' twice"]),
    (b'{"prompt": "a", "guidance_scale": NaN}', 400, "malformed_body", ["NaN"]),
    (b'{"prompt": "a", "deadline_s": -Infinity}', 400, "malformed_body", ["-Infinity"]),
    (b'{"prompt": "a", "deadline_s": 1e999}', 400, "malformed_body", ["1e999"]),
    (b'{"prompt": "a", "seed": ' + b"9" * 5000 + b"}", 400, "malformed_body", ["number that is too long"]),
    (b'{"prompt": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "malformed_body", ["32 levels"]),
    (b"[" * 60_000, 400, "malformed_body", ["32 levels"]),
    (b'{"a":' * 10_000, 400, "malformed_body", ["32 levels"]),
    (b'{"prompt": "\\ud800"}', 400, "malformed_body", ["lone surrogate"]),
    (b'{"\\udfff": 1, "prompt": "a"}', 400, "malformed_body", ["lone surrogate"]),
    (b'{"prompt": "a\\u0000lamp"}', 422, "invalid_request", ["U+0000", "remove"]),
    (b"{}", 422, "invalid_request", ["prompt", "missing"]),
    (b'{"prompt": ""}', 422, "invalid_request", ["empty"]),
    (b'{"prompt": null}', 422, "invalid_request", ["prompt", "None"]),
    (b'{"prompt": {"a": [1]}}', 422, "invalid_request", ["prompt", "string"]),
    (json.dumps({"prompt": "x" * 1001}).encode(), 422, "invalid_request", ["1,001", "1,000"]),
    (b'{"prompt": "a", "colour": "red"}', 422, "invalid_request", ["colour", "no such field"]),
    (b'{"prompt": "a", "' + b"x" * 5000 + b'": 1}', 422, "invalid_request", ["xxx...", "no such field"]),
    (
        json.dumps({str(n): 1 for n in range(4000)}).encode(),
        422,
        "invalid_request",
        ["fields more are wrong"],
    ),
    (b'{"prompt": "a", "poly_count": 99}', 422, "invalid_request", ["99", "100", "500,000"]),
    (b'{"prompt": "a", "poly_count": 1.5}', 422, "invalid_request", ["1.5"]),
    (
        b'{"prompt": "a", "poly_count": ' + b"9" * 4000 + b"}",
        422,
        "invalid_request",
        ["poly_count", "999..."],
    ),
    (b'{"prompt": "a", "guidance_scale": ' + b"9" * 4000 + b"}", 422, "invalid_request", ["guidance_scale"]),
    (b'{"prompt": "a", "texture_size": 1000}', 422, "invalid_request", ["take 256"]),
    (b'{"prompt": "a", "seed": 9007199254740992}', 422, "invalid_request", ["seed"]),
    (b'{"prompt": "a", "quality": "best"}', 422, "invalid_request", ["best", "medium"]),
    (b'{"prompt": "a", "format": "blend"}', 422, "invalid_request", ["blend", "glb"]),
    (b'{"prompt": "a", "format": "fbx"}', 422, "unsupported_format", ["fbx", "glb"]),
    (b'{"prompt": "a", "priority": "urgent"}', 422, "invalid_request", ["urgent", "batch"]),
    (b'{"prompt": "a", "deadline_s": 0}', 422, "invalid_request", ["deadline_s", "0"]),
    (b'{"prompt": "a", "deadline_s": -60}', 422, "invalid_request", ["deadline_s", "-60"]),
    (b'{"prompt": "a", "deadline_s": 86401}', 422, "invalid_request", ["86401", "86400"]),
    (b'{"prompt": "a", "webhook_url": "file:///etc/passwd"}', 422, "invalid_request", ["http or https"]),
    (b'{"prompt": "a", "webhook_url": "https://a.example/"}', 422, "invalid_request", ["WEBHOOK_SECRET"]),
    (b'{"prompt": "' + b"x" * MAX_BODY_BYTES + b'"}', 413, "body_too_large", ["65,536"]),
]

# Method, address, headers -> status, code, words of the detail.
REQUESTS = [
    ("POST", PATH, {"content-type": ""}, 415, "unsupported_media_type", ["application/json"]),
    ("POST", PATH, {"content-type": "text/plain"}, 415, "unsupported_media_type", ["'text/plain'"]),
    (
        "POST",
        PATH,
        {"content-type": "application/x-www-form-urlencoded"},
        415,
        "unsupported_media_type",
        ["form"],
    ),
    (
        "POST",
        PATH,
        {"content-type": "application/json; charset=latin-1"},
        415,
        "unsupported_media_type",
        ["UTF-8"],
    ),
    ("POST", PATH, {"content-encoding": "gzip"}, 415, "unsupported_media_type", ["'gzip'"]),
    ("POST", PATH, {"idempotency-key": ""}, 422, "invalid_request", ["Idempotency-Key", "255"]),
    ("POST", PATH, {"idempotency-key": "x" * 256}, 422, "invalid_request", ["256", "255"]),
    ("POST", PATH, {"idempotency-key": b"\xe4"}, 422, "invalid_request", ["printable ASCII"]),
    (
        "POST",
        PATH,
        [("idempotency-key", "a"), ("idempotency-key", "b")],
        422,
        "invalid_request",
        ["more than once"],
    ),
    ("POST", "/v1/text-to-4d", {}, 404, "route_missing", ["/v1/text-to-4d", "/docs"]),
    ("POST", PATH + "/", {}, 404, "route_missing", ["/docs"]),
    ("GET", "/v1/%00%ff", {}, 404, "route_missing", ["/docs"]),
    ("GET", PATH, {}, 405, "method_not_allowed", ["GET", "POST"]),
    ("PUT", "/v1/jobs", {}, 405, "method_not_allowed", ["PUT", "GET, HEAD"]),
    ("PATCH", f"/v1/jobs/{NOBODY}", {}, 405, "method_not_allowed", ["DELETE, GET, HEAD"]),
    ("BREW", "/v1/jobs", {}, 405, "method_not_allowed", ["BREW"]),
    ("GET", f"/v1/jobs/{NOBODY}", {}, 404, "job_missing", [NOBODY, "/v1/jobs"]),
    ("DELETE", f"/v1/jobs/{NOBODY}", {}, 404, "job_missing", [NOBODY]),
    ("GET", "/v1/jobs/42", {}, 404, "job_missing", ["'42'"]),
    ("GET", f"/v1/jobs/{NOBODY}%0a", {}, 404, "job_missing", [NOBODY]),
    ("GET", "/v1/jobs/%00", {}, 404, "job_missing", ["x00"]),
    ("GET", "/v1/jobs/" + "x" * 5000, {}, 404, "job_missing", ["xxx"]),
    ("GET", "/v1/jobs/%F0%9F%92%A9", {}, 404, "job_missing", ["no job"]),
    ("GET", "/v1/jobs?limit=0", {}, 422, "invalid_request", ["limit", "'0'"]),
    ("GET", "/v1/jobs?limit=201", {}, 422, "invalid_request", ["limit", "200"]),
    ("GET", "/v1/jobs?limit=many", {}, 422, "invalid_request", ["limit", "many"]),
    ("GET", "/v1/jobs?limit=" + "9" * 5000, {}, 422, "invalid_request", ["limit"]),
    ("GET", "/v1/jobs?status=done", {}, 422, "invalid_request", ["done", "completed"]),
    ("GET", "/v1/jobs?operation=text-to-4d", {}, 422, "invalid_request", ["text-to-4d"]),
    ("GET", "/v1/jobs?after=%00", {}, 422, "invalid_request", ["after"]),
    ("GET", "/v1/jobs?after=xyz", {}, 422, "invalid_request", ["after", "xyz"]),
    ("GET", "/v1/jobs?before=xyz", {}, 422, "invalid_request", ["before"]),
    ("GET", "/v1/assets/" + "a" * 64, {}, 404, "artifact_missing", ["aaaa"]),
    ("GET", "/v1/assets/" + "A" * 64, {}, 404, "artifact_missing", ["AAAA"]),
    ("GET", "/v1/assets/lamp.glb", {}, 404, "artifact_missing", ["lamp.glb"]),
    ("GET", "/v1/assets/..%2f..%2fledger.sqlite", {}, 404, "route_missing", ["/docs"]),
    ("GET", "/v1/assets/%00", {}, 404, "artifact_missing", ["x00"]),
    ("HEAD", "/v1/assets/" + "a" * 64, {}, 404, "artifact_missing", []),
    ("GET", "/", {"host": "evil.example"}, 421, "misdirected", ["evil.example", "localhost"]),
    ("GET", "/healthz", {"host": "localhost.evil.example:8000"}, 421, "misdirected", ["localhost"]),
    ("GET", "/healthz", {"host": "10.0.0.1"}, 421, "misdirected", ["10.0.0.1"]),
    ("GET", "/healthz", {"host": "localhost/x"}, 421, "misdirected", ["one Host header"]),
    ("GET", "/healthz", {"host": ""}, 421, "misdirected", ["one Host header"]),
    (
        "GET",
        "/healthz",
        [("host", "localhost"), ("host", "localhost")],
        421,
        "misdirected",
        ["one Host header"],
    ),
]


@pytest.fixture
def database_kind():
    return "sqlite"


def check(answer, status, code, words):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = Problem.model_validate_json(answer.content)
    [kind] = [kind for kind in ERRORS if kind.code == code]
    assert (problem.code, problem.status, kind.http_status) == (code, status, status)
    assert problem.type == f"urn:galatea:error:{code}"
    assert len(problem.detail) < 2000
    assert [word for word in words if word not in problem.detail] == [], problem.detail
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_every_bad_body_is_refused_with_words(make_http):
    http = make_http()
    async with http.client() as client:
        for body, *expected in BODIES:
            answer = await client.post(PATH, content=body, headers={"content-type": "application/json"})
            check(answer, *expected)
        assert (await client.get("/v1/jobs")).json()["jobs"] == []
    assert http.nudges == []


async def test_every_bad_request_is_refused_with_words(make_http):
    http = make_http()
    async with http.client() as client:
        for method, address, headers, *expected in REQUESTS:
            usual = [("content-type", "application/json")]
            given = list(headers.items()) if isinstance(headers, dict) else headers
            names = {name for name, _ in given}
            sent = [pair for pair in usual if pair[0] not in names] + given
            answer = await client.request(
                method, address, content=GOOD if method == "POST" else b"", headers=sent
            )
            check(answer, *expected) if method != "HEAD" else None
            assert answer.status_code == expected[0]
        assert (await client.get("/v1/jobs")).json()["jobs"] == []


async def test_a_refused_method_names_those_that_are_taken(make_http):
    async with make_http().client() as client:
        assert (await client.put("/v1/jobs")).headers["allow"] == "GET, HEAD"
        assert (await client.get(PATH)).headers["allow"] == "POST"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong-key-1",
        "Basic Zmlyc3Qta2V5LTE=",
        "first-key-1",
        "Bearer first-key-1 x",
    ],
)
async def test_without_a_known_key_nothing_of_v1_is_answered(given, make_http):
    async with make_http(api_keys="ann:first-key-1").client() as client:
        headers = {} if given is None else {"authorization": given}
        for method, address in [
            ("POST", PATH),
            ("GET", "/v1/jobs"),
            ("GET", f"/v1/jobs/{NOBODY}"),
            ("DELETE", f"/v1/jobs/{NOBODY}"),
            ("GET", "/v1/assets/" + "a" * 64),
            ("GET", "/v1/models"),
        ]:
            answer = await client.request(method, address, headers=headers)
            check(answer, 401, "unauthenticated", ["API key"])
            assert answer.headers["www-authenticate"] == 'Bearer realm="galatea"'
        assert (await client.get("/healthz", headers=headers)).status_code == 200


async def test_a_bug_is_a_problem_without_a_trace_and_stands_in_the_log(make_http, caplog):
    http = make_http()

    def broken():
        raise ZeroDivisionError("secret internals")

    http.app.add_api_route("/broken", broken, methods=["GET"])
    async with http.client() as client:
        answer = await client.get("/broken")
    check(answer, 500, "internal", ["bug", "log"])
    assert "secret" not in answer.text
    assert "secret internals" in caplog.text


async def test_a_ledger_that_is_gone_is_a_503_with_retry_after(make_http, tmp_path):
    http = make_http()
    for file in tmp_path.glob("ledger-*"):
        file.unlink()
    http.service.ledger.database.engine.dispose()
    async with http.client() as client:
        for method, address in [("POST", PATH), ("GET", "/v1/jobs"), ("GET", "/v1/assets/" + "a" * 64)]:
            answer = await client.request(method, address, json={"prompt": "a lamp"})
            check(answer, 503, "ledger_failed", ["ledger", "try again"])
            assert int(answer.headers["retry-after"]) > 0


async def test_a_full_queue_is_a_429_that_says_when(make_http):
    async with make_http(max_queued_per_tenant=1).client() as client:
        await client.post(PATH, json={"prompt": "a lamp"})
        answer = await client.post(PATH, json={"prompt": "a lamp"})
    check(answer, 429, "queue_full", [])
    problem = answer.json()
    assert int(answer.headers["retry-after"]) >= problem["retry_after_s"] > 0
    assert problem["predicted_start_s"] > 0
    assert problem["retryable"]


async def test_the_same_key_with_another_body_is_a_409(make_http):
    async with make_http().client() as client:
        headers = {"idempotency-key": "k"}
        first = await client.post(PATH, json={"prompt": "a lamp"}, headers=headers)
        answer = await client.post(PATH, json={"prompt": "a lamb"}, headers=headers)
    check(answer, 409, "idempotency_conflict", ["'k'", first.json()["job_id"]])
