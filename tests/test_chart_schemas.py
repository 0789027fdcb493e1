"""The chart's documents as an API server would read them: no field that it does not know."""

import os
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.charts import CHART, render
from tests.test_chart import VALUES

# KubeRay's own schemas, which are not part of this repository.
CRDS = Path(os.environ.get("GALATEA_TEST_CRDS", CHART.parents[2] / "shared" / "data" / "crds"))


@pytest.fixture(params=VALUES)
def documents(request, helm):
    return render(*VALUES[request.param]).documents


def strict(schema):
    """The schema with every field that it does not name refused: the server would drop it without a word."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


@cache
def rayservice_schema():
    text = (CRDS / "ray.io_rayservices.yaml").read_text()
    versions = yaml.load(text, Loader=yaml.CSafeLoader)["spec"]["versions"]  # a megabyte of it
    [schema] = (version["schema"]["openAPIV3Schema"] for version in versions if version["name"] == "v1")
    # Names and numbers of these are the server's own.
    schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
    return strict(schema)


def test_kubernetes_knows_every_field(documents):
    own = [document for document in documents if document["apiVersion"] != "ray.io/v1"]
    assert {document["kind"] for document in own} >= {"ConfigMap", "Pod", "Service", "ServiceAccount"}
    for document in own:
        kubernetes_validate.validate(document, "1.37", strict=True)


def test_kuberay_knows_every_field(documents):
    if not CRDS.is_dir():
        pytest.skip("KubeRay's schemas are absent (name their folder with GALATEA_TEST_CRDS)")
    [service] = (document for document in documents if document["kind"] == "RayService")
    validator = jsonschema.Draft202012Validator(rayservice_schema())
    validator.validate(service)
    service["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]["hostname_"] = "x"
    with pytest.raises(jsonschema.ValidationError, match="hostname_"):
        validator.validate(service)
