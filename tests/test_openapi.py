"""The OpenAPI document, held against the served application by schemathesis: all checks, all operations."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from serve.contracts.galatea.v1 import galatea_pb2 as pb
from serve.edges.upload_types import EXAMPLE_OBJ
from tests.served import Served, new_settings, remove_folder

FOLDER = Path(__file__).parent
USERS = json.loads((FOLDER / "schemathesis_users.json").read_text())["auth"]
HEADERS = {
    user["name"]: {header["name"]: header["value"] for header in user["fixedHeaders"]} for user in USERS
}
PHASES = {"examples", "coverage", "fuzzing", "stateful"}


@pytest.fixture
def database_kind():
    return "sqlite"


def operations_of(document):
    """Operation id -> operation."""
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }


def test_operations_are_named_as_grpc_names_its_methods(make_http):
    named = set(operations_of(make_http().app.openapi()))
    methods = {
        name[0].lower() + name[1:]
        for name in pb.DESCRIPTOR.services_by_name["GalateaService"].methods_by_name
    }
    assert methods <= named
    assert named - methods == {"checkHealth", "checkReadiness", "linkAsset"}  # HTTP's alone


def test_every_link_leads_to_an_operation_and_its_parameters(make_http):
    operations = operations_of(make_http().app.openapi())
    links = [
        link
        for operation in operations.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert links
    for link in links:
        target = operations[link["operationId"]]
        assert set(link["parameters"]) <= {parameter["name"] for parameter in target["parameters"]}
        assert ("requestBody" in link) <= ("requestBody" in target)


def test_without_api_keys_the_document_asks_for_none(make_http):
    operations = operations_of(make_http().app.openapi())
    assert {name: row["security"] for name, row in operations.items() if "security" in row} == {
        "downloadAsset": [{}, {"link-tenant": [], "link-expires": [], "link-signature": []}]
    }


@pytest.fixture(scope="module")
def service():
    """One `galatea run` with two tenants, each of whom has the asset of the document's examples."""
    keys = [f"{name}:{headers['Authorization'].split()[1]}" for name, headers in HEADERS.items()]
    served = Served(new_settings(api_keys=",".join(keys), webhook_secret="whsec_" + "c2VjcmV0" * 4))
    try:
        served.until_ready()
        for headers in HEADERS.values():
            obj = headers | {"Content-Type": "model/obj"}
            served.client.post("/v1/assets", content=EXAMPLE_OBJ, headers=obj).raise_for_status()
        yield served
    finally:
        served.close()
        remove_folder(served.settings.data_dir)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="the same cases every time"),
        pytest.param(["--max-examples", "200"], id="many", marks=pytest.mark.full),
    ],
)
def test_the_service_is_what_its_document_says(options, service, tmp_path):
    report = check(service, tmp_path / "report.json", *options)
    operations = {
        f"{method.upper()} {path}"
        for path, methods in service.client.get("/openapi.json").json()["paths"].items()
        for method in methods
    }
    counts = report["operations"]
    assert (counts["total"], counts["tested"], counts["skipped"]) == (len(operations), len(operations), 0)
    assert {name: phase["status"] for name, phase in report["phases"].items()} == dict.fromkeys(
        PHASES, "success"
    )
    accepted = {
        operation: sum(rate["accepted"] for rate in phases.values())
        for operation, phases in report["valid_rates"].items()
    }
    assert {operation for operation, count in accepted.items() if count} == operations
    assert service.is_ready()
    log = service.log.read_text()
    assert "Traceback" not in log, log[max(0, log.index("Traceback") - 600) :][:3_000]


def check(service, report, *options):
    """The report of schemathesis, which must have found nothing."""
    ran = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", FOLDER / "schemathesis.toml"),
            *("run", f"{service.url}/openapi.json", "--no-color", "--report-json-path", report),
            *options,
        ],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(report.read_text())
