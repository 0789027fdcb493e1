"""`galatea replay`: make an asset again from its manifest, and say whether the bytes are the same."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from pydantic import ValidationError

from galatea.files import check_writable, write_whole
from galatea.progress import ProgressBar
from serve.admission import LOCAL_TENANT
from serve.contracts.errors import InvalidRequestError, ReplayDiffersError
from serve.contracts.requests import Priority
from serve.contracts.results import Manifest
from serve.execution.replay import Recorded, check_params, differences
from serve.ledger import NewJob
from serve.planning import plan_weight
from serve.settings import Settings, read_settings
from serve.stages import STAGES
from serve.telemetry import configure_logs

__all__ = ["replay_manifest"]

_MOST_BYTES = 16 * 2**20  # a manifest has some kilobytes


def replay_manifest(path: Path, out: Path | None) -> None:
    """Run a manifest's stages here, none from the cache, and compare every output.

    Args:
        path: The manifest.
        out: Where the asset is written, whether its bytes are the same or not; None to write none.

    Raises:
        ReplayDiffersError: The bytes differ; the message says from which stage on, and why.
        InvalidRequestError: The file is no manifest that this build can run.
        GalateaError: A stage failed.
    """
    settings = read_settings()
    configure_logs(settings.log_level, json=settings.log_json)
    before = _read(path)
    if out is not None:
        check_writable(out.parent)
    after = asyncio.run(_replay(settings, before, out))
    different = differences(before, after, STAGES)
    if different:
        raise ReplayDiffersError(f"{path} gave other bytes here: {'; '.join(different)}")
    print(f"the same bytes, in each of {len(after.stages)} stages")


def _read(path: Path) -> Manifest:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InvalidRequestError(
            f"cannot read {path}: {error.strerror}; name a manifest", "manifest"
        ) from None
    if len(text) > _MOST_BYTES:
        raise InvalidRequestError(
            f"{path} has more than {_MOST_BYTES:,} bytes: that is no manifest", "manifest"
        )
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in item["loc"]) or "it"
        raise InvalidRequestError(
            f"{path} is no manifest that this version reads: {where}: {item['msg']}", "manifest"
        ) from None


async def _replay(settings: Settings, before: Manifest, out: Path | None) -> Manifest:
    from deployments.local import open_local

    check_params(before.plan, STAGES)
    # A ledger of its own remembers nothing: every stage really runs. The store is the usual one, for uploads.
    with tempfile.TemporaryDirectory(prefix="galatea-replay-") as folder:
        fresh = settings.model_copy(update={"database_url": f"sqlite:///{folder}/ledger.sqlite"})
        async with open_local(fresh, lambda host: Recorded(host, before, host.store)) as local:
            with ProgressBar() as bar:
                result = await local.run(_job(before), lambda event: bar.show(event.stage, event.progress))
            if out is not None:
                write_whole(await local.store.get(result.assets[result.main]), out)
            return Manifest.model_validate_json(await local.store.get(result.assets["manifest"]))


def _job(manifest: Manifest) -> NewJob:
    return NewJob(
        tenant=LOCAL_TENANT,
        operation=manifest.operation,
        request=manifest.request,
        plan=manifest.plan,
        seed=next((stage.seed for stage in manifest.stages if stage.seed is not None), 0),
        priority=Priority.NORMAL,
        estimate_s=0.0,
        weight=plan_weight(manifest.plan),
    )
