"""The service itself over HTTP: hosts, models, health, readiness, metrics, pages, the OpenAPI document."""

import json
import math
import re
from html.parser import HTMLParser

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from serve.contracts import jobs, results, views
from serve.contracts.errors import InvalidRequestError
from serve.models import MODELS
from serve.models.prompt_domain import CATEGORY_NAMES
from serve.operations import OPERATIONS
from serve.telemetry.metrics import METRICS, REGISTRY
from tests.http_service import finish_next

PATH = "/v1/text-to-3d"


@pytest.fixture
def database_kind():
    return "sqlite"


def samples(text):
    """The series of the Prometheus text format."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:80", "[::1]", "[::1]:8000"]
)
async def test_loopback_hosts_are_served_without_keys(host, make_http):
    async with make_http().client() as client:
        answer = await client.post(PATH, json={"prompt": "a lamp"}, headers={"host": host})
    assert answer.status_code == 202
    assert answer.headers["location"].startswith(f"http://{host}/v1/jobs/")


async def test_with_keys_every_well_formed_host_is_served(make_http):
    http = make_http(api_keys="ann:first-key-1", http_host="0.0.0.0")
    async with http.client("first-key-1", host="galatea.example") as client:
        assert (await client.get("/v1/jobs")).status_code == 200
        assert (await client.get("/v1/jobs", headers={"host": "a b"})).status_code == 421


@pytest.mark.parametrize("given", [{"http_host": "0.0.0.0"}, {"http_host": "::"}, {"api_keys": "ann"}])
def test_settings_that_must_not_be_served_are_refused_at_once(given, make_http):
    with pytest.raises(InvalidRequestError, match="GALATEA_"):
        make_http(**given)


async def test_models_tell_what_runs(make_http):
    async with make_http().client() as client:
        models = views.ModelList.model_validate_json((await client.get("/v1/models")).content).models
    assert [model.name for model in models] == [spec.name for spec in MODELS]
    found = {model.name: model for model in models}
    assert found["parts_flow"].digest == "a" * 64
    assert found["minilm_text"].digest is None  # nothing loaded it
    assert found["prompt_domain"].categories == CATEGORY_NAMES
    assert found["prompt_domain"].outputs[0].shape == (len(CATEGORY_NAMES) + 1,)


async def test_readiness_names_every_part_that_is_not_well(make_http):
    parts = {"ledger": "the database does not answer", "store": None, "worker 1": "died twice"}
    async with make_http().client() as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    async with make_http(checks=parts).client() as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["parts"] == parts
        assert answer.json()["detail"] == "ledger: the database does not answer; worker 1: died twice"
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/healthz")).json()["status"] == "alive"


async def test_metrics_count_what_was_done(make_http):
    http = make_http()
    async with http.client() as client:
        before = samples((await client.get("/metrics")).text)
        for priority in ("batch", "batch", "interactive"):
            await client.post(PATH, json={"prompt": "a lamp", "priority": priority})
        http.service.ledger.jobs.claim("test", 30, 1)
        await client.get("/v1/jobs/nobody-1")
        await client.get("/v1/jobs/nobody-2")
        await client.request("BREW", "/coffee")
        after = samples((await client.get("/metrics")).text)
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    assert grown['galatea_jobs_submitted_total{operation="text-to-3d"}'] == 3
    assert grown['galatea_http_requests_total{method="POST",route="/v1/text-to-3d",status="202"}'] == 3
    assert grown['galatea_http_requests_total{method="GET",route="/v1/jobs/{job_id}",status="404"}'] == 2
    assert grown['galatea_http_requests_total{method="other",route="none",status="404"}'] == 1
    assert grown['galatea_http_seconds_count{method="POST",route="/v1/text-to-3d"}'] == 3
    assert after['galatea_queue_depth{priority="batch"}'] == 2
    assert after['galatea_queue_depth{priority="normal"}'] == 0
    assert after['galatea_queue_running{priority="interactive"}'] == 1
    assert after['galatea_queue_oldest_seconds{priority="batch"}'] >= 0
    assert [value for name, value in after.items() if name.startswith("galatea_build_info")] == [1]


async def test_metrics_without_a_ledger_give_no_old_numbers(make_http, tmp_path):
    http = make_http()
    async with http.client() as client:
        await client.get("/metrics")
        for file in tmp_path.glob("ledger-*"):
            file.unlink()
        http.service.ledger.database.engine.dispose()
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    queue = {name: value for name, value in samples(answer.text).items() if name.startswith("galatea_queue")}
    assert queue
    assert all(math.isnan(value) for value in queue.values())


def test_the_table_of_metrics_is_the_registry():
    names = [metric.describe()[0].name for metric in METRICS]
    assert names == sorted(names)
    assert sorted(metric.name for metric in REGISTRY.collect()) == names
    assert all(name.startswith("galatea_") for name in names)


class Page(HTMLParser):
    """What a page has: the addresses that it names, and its text."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self.tags, self.text = [], set(), ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data):
        self.text += data


async def test_pages_ask_nobody_else_and_their_links_lead_somewhere(make_http):
    async with make_http().client(host="localhost:8000") as client:
        for address, style in (("/", "style-src 'self'"), ("/docs", "style-src 'sha256-")):
            answer = await client.get(address)
            page = Page(answer.text)
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")  # which unpacks meshopt
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert style in answer.headers["content-security-policy"]
            assert page.addresses
            for link in page.addresses:
                assert (await client.get(link)).status_code == 200
        assert "curl -X POST http://localhost:8000/v1/text-to-3d" in Page((await client.get("/")).text).text


async def test_the_docs_name_every_address_and_every_field(make_http):
    async with make_http().client() as client:
        text = Page((await client.get("/docs")).text).text
        document = (await client.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in text
    for operation in OPERATIONS:
        assert [name for name in operation.request.model_fields if name not in text] == []


async def test_the_document_has_every_route_and_every_reference(make_http):
    http = make_http(api_keys="ann:first-key-1")
    document = http.app.openapi()
    shown = {
        (route.path, method)
        for route in http.app.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods
    }
    assert shown == {
        (path, method.upper()) for path, methods in document["paths"].items() for method in methods
    }
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]
    assert document["paths"]["/v1/jobs"]["get"]["security"] == [{"key": []}]
    assert "security" not in document["paths"]["/healthz"]["get"]


async def test_good_answers_are_what_the_document_says(make_http):
    http = make_http()
    kinds = {
        name: kind
        for module in (jobs, results, views)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }
    async with http.client() as client:
        posted = await client.post(PATH, json={"prompt": "a lamp"})
        job_id, _ = await finish_next(http.service)
        answers = [("post", PATH, posted)] + [
            ("get", template, await client.get(template.format(job_id=job_id)))
            for template in ("/v1/jobs", "/v1/jobs/{job_id}", "/v1/models", "/healthz", "/readyz")
        ]
        answers.append(("delete", "/v1/jobs/{job_id}", await client.delete(f"/v1/jobs/{job_id}")))
        document = (await client.get("/openapi.json")).json()
    for method, template, answer in answers:
        content = document["paths"][template][method]["responses"][str(answer.status_code)]["content"]
        name = content[answer.headers["content-type"]]["schema"]["$ref"].rpartition("/")[2]
        kinds[name].model_validate_json(answer.content)
        schema = document["components"]["schemas"][name]
        assert set(answer.json()) == set(schema["properties"])
        assert set(schema["required"]) <= set(answer.json())
