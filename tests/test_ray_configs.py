"""The Ray Serve configurations: read by Ray's own schema and by ours; no Ray is started."""

import math

import pytest
import yaml
from ray.serve import Application
from ray.serve._private.api import call_user_app_builder_with_args_if_necessary
from ray.serve.config import ProxyLocation
from ray.serve.schema import ServeDeploySchema

from deployments.app import CONFIGS, application, build, read_config
from deployments.scaling import LedgerPolicy
from serve.contracts.errors import InvalidRequestError
from serve.stages import STAGES

FILES = sorted(CONFIGS.glob("*.yaml"))
pytestmark = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def deployments(path):
    """Name of each deployment in the file -> Ray's reading of it."""
    [application] = ServeDeploySchema.model_validate(yaml.safe_load(path.read_text())).applications
    return {entry.name: entry for entry in application.deployments}


def test_ray_takes_the_file(path):
    schema = ServeDeploySchema.model_validate(yaml.safe_load(path.read_text()))
    [application] = schema.applications
    assert (application.name, application.import_path) == ("galatea", "deployments.app:application")
    assert schema.proxy_location == ProxyLocation.Disabled, "the ingress replicas listen by themselves"


def test_every_stage_has_a_place_and_every_place_is_made(path):
    arguments, options = read_config(path)
    assert {spec.resource for spec in STAGES.values()} == set(arguments.places)
    assert {spec.kind for spec in STAGES.values()} == set(arguments.slots)
    assert set(options) == {"ingress", "orchestrator", *arguments.places.values()}


def test_the_graph_is_built_with_the_options_of_the_file(path):
    arguments, options = read_config(path)
    build(None, arguments, options)
    with pytest.raises(InvalidRequestError, match="places"):
        build(None, arguments.model_copy(update={"places": {}}), options)


def test_ray_builds_the_graph_from_the_arguments_of_the_file(path):
    """As `serve deploy` and KubeRay have it done, with what the file says and not with our types."""
    [found] = yaml.safe_load(path.read_text())["applications"]
    assert isinstance(call_user_app_builder_with_args_if_necessary(application, found["args"]), Application)


def test_what_waits_for_a_stage_is_never_refused(path):
    """A refused call fails its job, so an orchestrator may have no more of them than a queue takes."""
    arguments, options = read_config(path)
    for spec in STAGES.values():
        limit = options[arguments.places[spec.resource]].get("max_queued_requests", math.inf)
        assert limit > arguments.slots[spec.kind], spec.name


def test_a_rolling_update_starts_the_new_before_it_stops_the_old(path):
    assert all(entry.max_surge_percent > 0 for entry in deployments(path).values())


def test_an_orchestrator_is_asked_for_no_more_jobs_than_it_takes(path):
    arguments, options = read_config(path)
    scaling = options["orchestrator"].get("autoscaling_config")
    if scaling is None:
        assert options["orchestrator"]["num_replicas"] >= 1
        return
    assert scaling["policy"]["policy_function"] == f"{LedgerPolicy.__module__}:{LedgerPolicy.__name__}"
    LedgerPolicy(**scaling["policy"]["policy_kwargs"])
    assert scaling["policy"]["policy_kwargs"]["jobs_each"] <= arguments.max_jobs
    assert scaling["min_replicas"] >= 1, "without any, nobody would read the ledger"
