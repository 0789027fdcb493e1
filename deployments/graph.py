"""The deployment graph in words, drawn from the code: `python -m deployments.graph` prints ARCHITECTURE.md's.

Whoever adds a stage, an operation or a deployment draws it again; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from serve.contracts.plan import ASSET
from serve.operations import OPERATIONS, Operation
from serve.stages import STAGES

__all__ = ["drawing"]


def drawing(places: Mapping[str, str]) -> str:
    """The deployments with their stages, and each operation's stages with what they wait for.

    Args:
        places: Resource of a stage -> name of the deployment that runs such stages.
    """
    lines = ["ingress -> orchestrator -> each of the deployments of stages", ""]
    width = max(map(len, places.values()))
    for place in sorted(set(places.values())):
        names = [spec.name for spec in STAGES.values() if places[spec.resource] == place]
        kinds = sorted({STAGES[name].kind for name in names})
        lines.append(f"{place:<{width}}  {'/'.join(kinds):<5}  {', '.join(names)}")
    for operation in OPERATIONS:
        lines += ["", f"{operation.name}:", *_stages(operation, places)]
    return "\n".join(lines) + "\n"


def _stages(operation: Operation, places: Mapping[str, str]) -> list[str]:
    plan = operation.plan(operation.request.model_validate(operation.example))
    width = max(len(call.name) for call in plan.calls)
    lines = []
    for call in plan.calls:
        before = sorted({source.partition(".")[0] for source in call.inputs.values()} - {ASSET})
        where = places[STAGES[call.stage].resource]
        lines.append(f"  {call.name:<{width}}  after {', '.join(before) or 'the request'}  ({where})")
    return lines


def main() -> None:
    """Print the graph of the cluster's configuration."""
    from deployments.app import CONFIGS, read_config

    arguments, _ = read_config(CONFIGS / "production.yaml")
    sys.stdout.write(drawing(arguments.places))


if __name__ == "__main__":
    main()
