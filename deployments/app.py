"""The service as a Ray Serve application: an ingress, orchestrators, and deployments that run stages.

What scales lives in `configs/*.yaml`: replicas, CPUs and GPUs, autoscaling. What the service is lives in the
settings, which are environment variables everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ray import serve as ray_serve

from deployments.actors import Ingress, Orchestrating, Stages
from serve.contracts.errors import InvalidRequestError
from serve.settings import Settings
from serve.stages import STAGES

if TYPE_CHECKING:
    from ray.serve import Application

__all__ = ["CONFIGS", "Arguments", "application", "build", "read_config"]

CONFIGS = Path(__file__).parent / "configs"
# What Ray Serve raises for an option that it does not take; the last two for a policy that is not there.
_REFUSALS = (TypeError, ValueError, ImportError, AttributeError)


class Arguments(BaseModel):
    """The `args` of a configuration.

    Args:
        places: Resource of a stage -> name of the deployment that runs such stages.
        slots: Kind of stage -> how many one orchestrator runs at once. More than there are replicas, or their
            autoscaler would never see work waiting.
        max_jobs: Most jobs of one orchestrator at once.
        drain_s: How long a drained orchestrator lets stages come to their end or to a checkpoint; less than
            its `graceful_shutdown_timeout_s`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    places: Mapping[str, str]
    slots: Mapping[str, int]
    max_jobs: int = Field(ge=1)
    drain_s: float = Field(5.0, ge=0)


def application(arguments: Mapping[str, Any]) -> Application:
    """What `serve deploy` builds; each replica reads the settings of its environment.

    Args:
        arguments: As `Arguments` has them. Ray would read the type from the signature, but not from a string,
            as which the annotations of this module are kept.

    Raises:
        InvalidRequestError: Some stage has no place to run.
        pydantic.ValidationError: An argument is wrong.
    """
    return build(None, Arguments.model_validate(arguments))


def build(
    settings: Settings | None,
    arguments: Arguments,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Application:
    """The graph of deployments.

    Args:
        settings: Of the service, for every replica; None where each reads its environment. Ray keeps what it
            is given here, secrets too.
        arguments: Of the configuration.
        options: Name of a deployment -> its options; without them `serve deploy` takes them from the file.

    Raises:
        InvalidRequestError: Some stage has no place to run, there are options of a deployment that is none,
            or Ray Serve does not take one of them.
    """
    homeless = {spec.resource for spec in STAGES.values()} - set(arguments.places)
    if homeless:
        raise InvalidRequestError(f"args.places: no deployment for {sorted(homeless)}; name one", "places")
    given = options or {}
    known = {"ingress", "orchestrator", *arguments.places.values()}
    if unknown := set(given) - known:
        raise InvalidRequestError(
            f"deployments: {sorted(unknown)} is not of this application, which has {sorted(known)}; "
            "correct the name, or name it in args.places",
            "deployments",
        )

    def deployment(kind: type, name: str) -> Any:
        return _deployment(kind, name, given.get(name, {}))

    stages = {
        name: deployment(Stages, name).bind(
            settings, sorted(resource for resource, place in arguments.places.items() if place == name)
        )
        for name in sorted(set(arguments.places.values()))
    }
    common = {"settings": settings, "stages": stages, "places": arguments.places}
    orchestrators = deployment(Orchestrating, "orchestrator").bind(
        **common, slots=arguments.slots, max_jobs=arguments.max_jobs, drain_s=arguments.drain_s
    )
    return deployment(Ingress, "ingress").bind(**common, orchestrators=orchestrators)


def _deployment(kind: type, name: str, options: Mapping[str, Any]) -> Any:
    """One deployment with its options.

    Raises:
        InvalidRequestError: Ray Serve does not take them.
    """
    bare = ray_serve.deployment(kind, name=name)
    try:
        return bare.options(**options)
    except _REFUSALS as error:
        # Alone, an option that is wrong names itself; else it is two that exclude each other.
        why = "; ".join(_refused(bare, options)) or _words(error)
        raise InvalidRequestError(
            f"deployments: {name}: {why}; correct the configuration", "deployments"
        ) from None


def _refused(bare: Any, options: Mapping[str, Any]) -> Iterator[str]:
    """Each option that Ray Serve does not take whatever the others are, and why."""
    for option, value in options.items():
        try:
            bare.options(**{option: value})
        except _REFUSALS as error:
            yield f"{option}: {_words(error)}"


def _words(error: Exception) -> str:
    """What the error says, without Pydantic's frame around it."""
    if isinstance(error, ValidationError):
        return "; ".join(found["msg"].rstrip(".") for found in error.errors())
    return str(error).rstrip(".")


def read_config(path: Path) -> tuple[Arguments, dict[str, dict[str, Any]]]:
    """A Ray Serve configuration of this application: its arguments, and each deployment's options by name.

    Raises:
        InvalidRequestError: It is none.
    """
    try:
        [found] = yaml.safe_load(path.read_text())["applications"]
        options = {
            entry["name"]: {option: value for option, value in entry.items() if option != "name"}
            for entry in found["deployments"]
        }
        return Arguments.model_validate(found["args"]), options
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise InvalidRequestError(
            f"{path} is no configuration of this application: {error}; begin with one of "
            f"{', '.join(sorted(file.name for file in CONFIGS.glob('*.yaml')))}",
            "config",
        ) from None
