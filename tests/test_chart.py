"""helm/galatea: rendered by a real Helm, and held against the code that it deploys."""

import os
import re
import shutil
import subprocess
import sys
from math import ceil
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from deployments.app import CONFIGS
from serve.models import MODELS
from serve.settings import Settings
from tests.charts import CHART, render, rendering
from tests.helm_program import HELM

ROOT = CHART.parents[1]
pytestmark = pytest.mark.usefixtures("helm")
VALUES = {"default": (), "laptop": ("--values", str(CHART / "values-laptop.yaml"))}
# Those that the chart sets by itself, those that are secret, and those that mean nothing in a cluster.
FIXED = {
    *("data_dir", "engine", "grpc_port", "http_host", "http_port", "log_json", "metrics_dir"),
    *("store_url", "triton_url"),
}
SECRET = {"api_keys", "database_url", "link_secret", "webhook_secret"}
OF_ONE_MACHINE = {
    "blender_python",
    "sync_workers",
    "triton_grpc_port",
    "triton_home",
    "triton_http_port",
    "triton_metrics_port",
}


@pytest.fixture(params=VALUES)
def chart(request, helm):
    """The chart with each of its values files."""
    return render(*VALUES[request.param])


def values_of(name):
    return yaml.safe_load((CHART / name).read_text())


def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("arguments", VALUES.values(), ids=VALUES)
def test_helm_lint_finds_nothing(arguments):
    done = subprocess.run(
        [HELM, "lint", "--strict", CHART, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("nonsense=1", "'nonsense' not allowed"),
        ("settings.no_such=1", "'no_such' not allowed"),
        ("settings.api_keys=a:b", "'api_keys' not allowed"),
        ("ray.pools.edge.cpu=1", "'cpu' not allowed"),
        ("ray.pools.more.cpus=1", "'more' not allowed"),
        ("triton.replicas=0", "minimum"),
        ("image.tag=latest", "/image/tag"),
        ("store.url=/data", "/store/url"),
        ("secrets.database.name=", "/secrets/database/name"),
        ("serve.overrides.stages-gpu.num_replicas=1", "there is no such deployment"),
    ],
)
def test_values_that_mean_nothing_are_refused(given, complaint):
    done = rendering("--set", given)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_the_chart_deploys_the_configuration_of_the_repository():
    source = (CONFIGS / "production.yaml").read_text()
    assert (CHART / "files" / "production.yaml").read_text() == source, (
        "copy deployments/configs/production.yaml"
    )
    assert render().serve_config() == yaml.safe_load(source)


def test_an_override_changes_one_option_of_one_deployment():
    given = "serve.overrides.stages-warp.autoscaling_config.max_replicas=3"
    changed, source = render("--set", given).serve_config(), render().serve_config()
    [warp] = (entry for entry in source["applications"][0]["deployments"] if entry["name"] == "stages-warp")
    warp["autoscaling_config"]["max_replicas"] = 3
    assert changed == source


def test_the_settings_are_the_programs_own(chart):
    data = chart.one("ConfigMap", "settings")["data"]
    given = {name.removeprefix("GALATEA_").lower() for name in data if name.startswith("GALATEA_")}
    assert given <= set(Settings.model_fields)
    assert not given & SECRET
    Settings(**{name.removeprefix("GALATEA_").lower(): value for name, value in data.items()})
    for container in chart.containers():
        for variable in container.get("env", []):
            if variable["name"].startswith("GALATEA_"):
                assert variable["name"].removeprefix("GALATEA_").lower() in SECRET
                assert "secretKeyRef" in variable["valueFrom"]


def test_every_other_setting_may_be_given_as_a_value():
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    offered = set(schema["properties"]["settings"]["properties"])
    assert offered == set(Settings.model_fields) - FIXED - SECRET - OF_ONE_MACHINE


def test_folders_of_the_settings_are_mounted(chart):
    data = chart.one("ConfigMap", "settings")["data"]
    for container in chart.containers():
        if "envFrom" in container:
            mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert {data["GALATEA_DATA_DIR"], data["GALATEA_METRICS_DIR"], "/tmp"} <= mounted


def test_large_numbers_stay_whole(tmp_path):
    (tmp_path / "values.yaml").write_text("settings: {max_queued: 1000000, lease_s: 2.5}")
    data = render("--values", str(tmp_path / "values.yaml")).one("ConfigMap", "settings")["data"]
    assert (data["GALATEA_MAX_QUEUED"], data["GALATEA_LEASE_S"]) == ("1000000", "2.5")


def test_other_settings_make_other_pods():
    before, after = render(), render("--set", "settings.log_level=debug")
    assert before.pool("cpu")["template"] != after.pool("cpu")["template"]
    assert before.one("Deployment", "triton") == after.one("Deployment", "triton")


def test_no_secret_is_in_the_chart(chart):
    assert not [document for document in chart.documents if document["kind"] == "Secret"]
    for container in chart.containers():
        for variable in container.get("env", []):
            if re.search("TOKEN|SECRET|PASSWORD|DATABASE_URL|API_KEYS", variable["name"]):
                assert set(variable) == {"name", "valueFrom"}


def test_ray_asks_everybody_for_its_token(chart):
    cluster = chart.one("RayService")["spec"]["rayClusterConfig"]
    assert cluster["authOptions"] == {"mode": "token", "secretName": "galatea-ray-token"}
    ray = [container for container in chart.containers() if container["name"] == "ray"]
    assert len(ray) == 4
    for container in ray:
        environment = {variable["name"]: variable for variable in container["env"]}
        assert environment["RAY_AUTH_MODE"]["value"] == "token"
        assert environment["RAY_AUTH_TOKEN"]["valueFrom"]["secretKeyRef"]["key"] == "auth_token"


def test_every_container_is_confined_and_has_its_share(chart):
    for pod in chart.pods():
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"]
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        # A Service called galatea-http would otherwise set GALATEA_HTTP_PORT to an address.
        assert pod["spec"]["enableServiceLinks"] is False
    for container in chart.containers():
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"]
        assert not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]


def test_images_and_versions_are_pinned_to_the_projects(chart):
    for container in chart.containers():
        _, _, tag = container["image"].rpartition(":")
        assert re.fullmatch(r"\d+\.\d+\.\d+", tag), container["image"]
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{about["appVersion"]}"' in project
    cluster = chart.one("RayService")["spec"]["rayClusterConfig"]
    assert cluster["rayVersion"] == pins()["ray"]


def test_the_services_find_the_edge_and_nothing_else(chart):
    for wire, port in {"http": 8000, "grpc": 8001}.items():
        service = chart.one("Service", f"galatea-{wire}")["spec"]
        found = [
            pod
            for pod in chart.pods()
            if service["selector"].items() <= pod.get("metadata", {}).get("labels", {}).items()
        ]
        assert found == [chart.pool("edge")["template"]]
        [container] = found[0]["spec"]["containers"]
        assert {"name": wire, "containerPort": port} in container["ports"]
        assert service["ports"][0]["targetPort"] == wire


def test_ray_puts_the_ingress_where_the_services_look(chart):
    found = {entry["name"]: entry for entry in chart.serve_config()["applications"][0]["deployments"]}
    selector = found["ingress"]["ray_actor_options"]["label_selector"]
    assert selector == chart.pool("edge")["labels"]


def test_probes_ask_what_each_pod_answers_for(chart):
    [edge] = chart.pool("edge")["template"]["spec"]["containers"]
    assert edge["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": 8000}
    # KubeRay adds probes of Ray's proxies, which are off, where a pod has none of its own.
    assert all(
        "readinessProbe" in container for container in chart.containers() if container["name"] == "ray"
    )
    [test] = chart.one("Pod", "ready")["spec"]["containers"]
    assert test["args"][-1] == "http://release-galatea-http:8000/readyz"


def test_the_pools_hold_all_that_serve_may_ask_for(chart):
    """Also while replicas of two versions stand side by side."""
    wanted = {}
    for entry in chart.serve_config()["applications"][0]["deployments"]:
        options = entry["ray_actor_options"]
        count = entry.get("autoscaling_config", {}).get("max_replicas") or entry["num_replicas"]
        count += ceil(count * entry["max_surge_percent"] / 100)
        cpus, gpus = wanted.get(options["label_selector"]["galatea.io/pool"], (0, 0))
        cpus += count * options["num_cpus"]
        gpus += count * options.get("num_gpus", 0)
        wanted[options["label_selector"]["galatea.io/pool"]] = (cpus, gpus)
    groups = chart.one("RayService")["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    assert set(wanted) == {group["groupName"] for group in groups}
    for group in groups:
        cpus, gpus = wanted[group["groupName"]]
        assert cpus <= group["maxReplicas"] * int(group["rayStartParams"]["num-cpus"]), group["groupName"]
        assert gpus <= group["maxReplicas"] * int(group["rayStartParams"]["num-gpus"]), group["groupName"]
        assert 1 <= group["minReplicas"] <= group["maxReplicas"]


def test_ray_counts_what_kubernetes_gives(chart):
    for group in chart.one("RayService")["spec"]["rayClusterConfig"]["workerGroupSpecs"]:
        [container] = group["template"]["spec"]["containers"]
        assert container["resources"]["requests"]["cpu"] == group["rayStartParams"]["num-cpus"]
        gpus = container["resources"]["limits"].get("nvidia.com/gpu", 0)
        assert gpus == int(group["rayStartParams"]["num-gpus"])


def test_nobody_is_given_up_before_it_is_idle_or_done(chart):
    deployments = chart.serve_config()["applications"][0]["deployments"]
    delays = [entry.get("autoscaling_config", {}).get("downscale_delay_s", 0) for entry in deployments]
    cluster = chart.one("RayService")["spec"]["rayClusterConfig"]
    assert cluster["autoscalerOptions"]["idleTimeoutSeconds"] > max(delays)
    longest_s = max(entry["graceful_shutdown_timeout_s"] for entry in deployments)
    for group in cluster["workerGroupSpecs"]:
        assert group["template"]["spec"]["terminationGracePeriodSeconds"] > longest_s


def test_triton_is_told_to_end_before_it_is_killed():
    pod = render().one("Deployment", "triton")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    [exit_s] = (int(line.rpartition("=")[2]) for line in container["args"] if "exit-timeout" in line)
    assert (
        container["lifecycle"]["preStop"]["sleep"]["seconds"] + exit_s < pod["terminationGracePeriodSeconds"]
    )
    assert container["livenessProbe"]["httpGet"]["path"] == "/v2/health/live"


def test_triton_loads_the_models_of_this_version_and_the_service_finds_it():
    chart = render()
    [container] = chart.one("Deployment", "triton")["spec"]["template"]["spec"]["containers"]
    loaded = {line.partition("=")[2] for line in container["args"] if line.startswith("--load-model")}
    assert loaded == {spec.name for spec in MODELS}
    service = chart.one("Service", "triton")
    assert service["spec"]["clusterIP"] == "None"
    url = chart.one("ConfigMap", "settings")["data"]["GALATEA_TRITON_URL"]
    port = {port["name"]: port["port"] for port in service["spec"]["ports"]}["grpc"]
    assert url == f"{service['metadata']['name']}.galatea.svc:{port}"


def test_the_head_brings_the_ledger_up_to_date_before_ray_starts(tmp_path):
    """Its own command, run here."""
    cluster = render().one("RayService")["spec"]["rayClusterConfig"]
    [migrate] = cluster["headGroupSpec"]["template"]["spec"]["initContainers"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    program, *arguments = migrate["command"]
    environment = {"PATH": path, "GALATEA_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.sqlite'}"}
    subprocess.run([shutil.which(program, path=path), *arguments], env=environment, check=True)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    assert "jobs" in sa.inspect(engine).get_table_names()
    engine.dispose()


def test_names_stay_within_kubernetes_limits():
    name = "r" * 53  # the longest that Helm takes
    line = [HELM, "template", name, CHART]
    documents = yaml.safe_load_all(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    assert max(len(document["metadata"]["name"]) for document in documents if document) <= 63 - len(
        "-head-svc"
    )
