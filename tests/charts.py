"""The chart as Helm renders it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests import helm_program
from tests.helm_program import HELM
from tests.parts import require

__all__ = ["CHART", "Rendered", "render", "rendering", "require_helm"]

CHART = Path(__file__).parents[1] / "helm" / "galatea"
_PODS = {
    "Deployment": lambda spec: [spec["template"]],
    "Pod": lambda spec: [{"spec": spec}],
    "RayService": lambda spec: [
        group["template"]
        for group in (
            spec["rayClusterConfig"]["headGroupSpec"],
            *spec["rayClusterConfig"]["workerGroupSpecs"],
        )
    ],
}


class Rendered:
    """Documents of one rendering.

    Args:
        documents: All of them.
    """

    def __init__(self, documents: Sequence[Mapping[str, Any]]) -> None:
        self.documents = documents

    def one(self, kind: str, name: str = "galatea") -> Any:
        """The document of this kind whose name ends so."""
        [found] = (
            document
            for document in self.documents
            if document["kind"] == kind and document["metadata"]["name"].endswith(name)
        )
        return found

    def pods(self) -> Iterator[Any]:
        """Templates of all pods, also of those that KubeRay makes."""
        for document in self.documents:
            if document["kind"] in _PODS:
                yield from _PODS[document["kind"]](document["spec"])

    def containers(self) -> Iterator[Any]:
        """Of all pods, those that run before the others too."""
        for pod in self.pods():
            yield from [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]

    def pool(self, name: str) -> Any:
        """A worker group of Ray."""
        groups = self.one("RayService")["spec"]["rayClusterConfig"]["workerGroupSpecs"]
        [found] = (group for group in groups if group["groupName"] == name)
        return found

    def serve_config(self) -> Any:
        """What KubeRay hands to Ray Serve."""
        return yaml.safe_load(self.one("RayService")["spec"]["serveConfigV2"])


def require_helm() -> None:
    """Go on with Helm, which is installed where that is possible."""
    with suppress(SystemExit, subprocess.CalledProcessError):
        helm_program.install()
    require("helm", helm_program.is_here(), helm_program.HOW)


def rendering(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of `helm template`, however it ends."""
    line = [HELM, "template", "release", CHART, "--namespace", "galatea", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def render(*arguments: str) -> Rendered:
    """The documents; arguments are `helm template`'s."""
    done = rendering(*arguments)
    assert done.returncode == 0, done.stderr
    return Rendered([document for document in yaml.safe_load_all(done.stdout) if document])
