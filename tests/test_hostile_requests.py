"""Nonsense on raw connections to the served application: each gets a problem or a close; nothing stays."""

import json
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from tests.served import Served, new_settings, remove_folder

KEY = "Authorization: Bearer first-key-1"
JSON = "Content-Type: application/json"
OBJ = "Content-Type: model/obj"
CHUNKED = "Transfer-Encoding: chunked"
CLOSE = "Connection: close"
GOOD = b'{"prompt": "a lamp", "quality": "draft"}'
TARGET = "/v1/text-to-3d"
Answer = namedtuple("Answer", "status head body problem sent_count")


@pytest.fixture(scope="module")
def service():
    served = Served(new_settings(api_keys="ann:first-key-1"))
    try:
        served.until_ready()
        served.client.headers["Authorization"] = "Bearer first-key-1"
        yield served
        assert served.is_ready()
        assert "Traceback" not in served.log.read_text()
    finally:
        served.close()
        remove_folder(served.settings.data_dir)


def head(method, target, *lines, version="1.1", host="Host: localhost"):
    return "\r\n".join([f"{method} {target} HTTP/{version}", *([host] * bool(host)), *lines, "", ""]).encode(
        "latin-1"
    )


def length(count):
    return f"Content-Length: {count}"


def ask(service, data, more=()):
    """The answer to these bytes, and how many of the pieces `more` the service took."""
    with socket.create_connection(("127.0.0.1", service.settings.http_port), timeout=30) as connection:
        sent_count, came = 0, b""
        try:
            connection.sendall(data)
            for piece in more:
                connection.sendall(piece)
                sent_count += len(piece)
        except OSError:
            pass  # it closes while we send; the answer is there all the same
        try:
            while piece := connection.recv(65_536):
                came += piece
        except ConnectionResetError:
            pass
    top, _, body = came.partition(b"\r\n\r\n")
    problem = json.loads(body) if b"problem+json" in top else {}
    return Answer(int(came.split()[1]) if came else 0, top.decode().lower(), body, problem, sent_count)


NO_REQUESTS = [
    b"\x00\xff hello\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    head("GET", "/" + "a" * 70_000),
    head("GET", "/healthz", version="9.9"),
    head("BREW", "/healthz"),
    head("CONNECT", "localhost:443"),
    head("GET", "/v1/jobs/\x01"),
    head("GET", "/v1/jobs/\xe4"),
    head("GET", "/v1/jobs", "Authorization: Bearer \x01"),
    head("GET", "/v1/jobs", "X : a"),
    head("GET", "/v1/jobs", "X: a", " folded"),
    head("POST", TARGET, KEY, JSON, "Content-Length: many"),
    head("POST", TARGET, KEY, JSON, "Content-Length: -5"),
    head("POST", TARGET, KEY, JSON, "Content-Length: " + "9" * 30),
    head("POST", TARGET, KEY, JSON, "Content-Length: 5", "Content-Length: 40") + GOOD,
    head("POST", TARGET, KEY, JSON, "Content-Length: 5", CHUNKED) + b"0\r\n\r\n",
    head("POST", TARGET, KEY, JSON, "Transfer-Encoding: gzip") + b"0\r\n\r\n",
    head("POST", TARGET, KEY, JSON, CHUNKED) + b"zz\r\n\r\n",
]


@pytest.mark.parametrize("data", NO_REQUESTS, ids=lambda data: repr(data[:40]))
def test_what_is_no_request_gets_a_problem_and_the_connection_closes(data, service):
    answer = ask(service, data)
    assert (answer.status, answer.problem["code"]) == (400, "malformed_request")
    assert "connection: close" in answer.head


# Bytes -> status, code.
REQUESTS = [
    (head("GET", "/healthz", CLOSE, host=""), 421, "misdirected"),
    (head("GET", "/healthz", CLOSE, "Host: second"), 421, "misdirected"),
    (head("GET", "/healthz", CLOSE, host="Host: a/b@c"), 421, "misdirected"),
    (head("GET", "/healthz", host="", version="1.0"), 421, "misdirected"),
    (head("OPTIONS", "*", CLOSE), 404, "route_missing"),
    (head("TRACE", "/v1/jobs", CLOSE), 405, "method_not_allowed"),
    (head("OPTIONS", "/v1/jobs", CLOSE), 405, "method_not_allowed"),
    (head("GET", "/v1/assets/..%2f..%2fledger.sqlite", KEY, CLOSE), 404, "route_missing"),
    (head("GET", "/v1/assets/../../ledger.sqlite", KEY, CLOSE), 404, "route_missing"),
    (head("GET", "/v1/assets/%00", KEY, CLOSE), 404, "artifact_missing"),
    (head("GET", "/v1/jobs/%ff%fe", KEY, CLOSE), 404, "job_missing"),
    (head("GET", "/v1/jobs/%zz", KEY, CLOSE), 404, "job_missing"),
    (head("GET", "/v1/jobs?status=%ff%fe", KEY, CLOSE), 422, "invalid_request"),
    (head("GET", "/v1/jobs?after=%00", KEY, CLOSE), 422, "invalid_request"),
    (head("GET", "/v1/jobs?limit=" + "9" * 5000, KEY, CLOSE), 422, "invalid_request"),
    (head("GET", "/v1/jobs?lamp=1", KEY, CLOSE), 422, "invalid_request"),
    (head("GET", "/v1/jobs", "Authorization: Bearer \xe4\xff", CLOSE), 401, "unauthenticated"),
    (head("POST", TARGET, KEY, JSON, "Expect: 100-continue", length(10**8)), 413, "body_too_large"),
    (head("POST", TARGET, KEY, JSON, CLOSE, length(60_000)) + b"[" * 60_000, 400, "malformed_body"),
    (head("POST", TARGET, KEY, JSON, CLOSE, length(3)) + b'{"\xff', 400, "malformed_body"),
]


@pytest.mark.parametrize(("data", "status", "code"), REQUESTS, ids=lambda value: repr(value)[:50])
def test_a_hostile_request_gets_the_problem_that_it_has(data, status, code, service):
    answer = ask(service, data)
    assert (answer.status, answer.problem["code"]) == (status, code)


@pytest.mark.parametrize(
    "lines",
    [
        [f"x-{number}: 1" for number in range(3_000)],
        ["Expect: magic"],
        ["Connection: Upgrade, close", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
        ["Connection: Upgrade, close", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
    ],
    ids=lambda lines: lines[-1],
)
def test_what_is_odd_but_harmless_is_answered(lines, service):
    assert ask(service, head("GET", "/healthz", CLOSE, *lines)).status == 200


def test_half_a_request_is_let_go_without_a_word(service):
    with socket.create_connection(("127.0.0.1", service.settings.http_port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HT")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1_000) == b""


def test_pipelined_requests_are_answered_in_their_order(service):
    bad = head("POST", TARGET, KEY, JSON, length(1)) + b"{"
    data = head("GET", "/healthz") + head("GET", "/nothing") + bad + head("GET", "/healthz", CLOSE)
    body = ask(service, data).body
    places = [body.index(words) for words in (b'"alive"', b"route_missing", b"malformed_body")]
    assert places == sorted(places)
    assert body.count(b'"alive"') == 2  # a refused body that was read whole costs nobody the connection


def test_a_body_is_asked_for_where_the_client_waits_for_that(service):
    answer = ask(
        service, head("POST", TARGET, KEY, JSON, CLOSE, "Expect: 100-continue", length(len(GOOD))) + GOOD
    )
    assert (answer.status, answer.body.split()[1]) == (100, b"202")


UNREAD = [
    ([OBJ], "POST", "/v1/assets", 401),
    ([KEY, OBJ], "POST", "/nothing", 404),
    ([KEY, OBJ], "PUT", "/v1/assets", 405),
    ([KEY, "Content-Type: text/plain"], "POST", "/v1/assets", 415),
    ([KEY, OBJ, "Host: second"], "POST", "/v1/assets", 421),
    ([KEY], "GET", "/healthz", 200),
]


@pytest.mark.parametrize("framing", [length(10**8), CHUNKED])
@pytest.mark.parametrize("case", UNREAD, ids=lambda case: str(case[-1]))
def test_a_large_body_that_nobody_wants_is_not_read_to_its_end(case, framing, service):
    lines, method, target, status = case
    piece = (b"10000\r\n" if framing == CHUNKED else b"") + b"v 0 0 0\n" * 8192
    pieces = (piece + b"\r\n" * (framing == CHUNKED) for _ in range(1_500))
    answer = ask(service, head(method, target, *lines, framing), pieces)
    assert answer.status == status
    assert "connection: close" in answer.head
    assert answer.sent_count < 50 * 2**20  # of nearly 100 MB; the kernels' buffers take some


def test_refused_bodies_leave_no_memory_behind(service):
    before_kib = resident_kib(service)
    for _ in range(20):
        ask(service, head("POST", "/v1/assets", OBJ, length(10**8)), (bytes(2**20) for _ in range(100)))
    assert resident_kib(service) - before_kib < 50 * 1024


def resident_kib(service):
    status = Path(f"/proc/{service.pids()['service']}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_nothing_of_all_this_made_a_job_or_an_asset(service):
    jobs = service.client.get("/v1/jobs").json()["jobs"]
    assert {job["request"]["prompt"] for job in jobs} <= {"a lamp"}  # which was asked for
    assert list(service.settings.data_dir.glob("store/uploads/*")) == []
