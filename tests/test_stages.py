"""Every stage: registered, documented, dry-run on its example, and the same bytes each time."""

import asyncio
import inspect
import json
from pathlib import Path

import pytest

import serve.stages
from deployments.host import StageHost
from serve.artifacts import ArtifactStore
from serve.contracts.errors import CancelledJobError
from serve.contracts.stage import Context, Done, Progress, StageSpec
from serve.models import MODELS
from serve.stages import STAGES
from tests.toolboxes import Toolbox

GOLDEN = Path(__file__).with_name("golden.json")

SPECS = pytest.mark.parametrize("spec", STAGES.values(), ids=lambda spec: spec.name)


async def outputs_of(spec: StageSpec, host: StageHost, seed: int = 3) -> dict[str, str]:
    data, params = spec.example()
    inputs = {name: await host.store.put(blob, "application/octet-stream") for name, blob in data.items()}
    events = [event async for event in host.call(spec, params, inputs, Context("0" * 64, "job", seed=seed))]
    assert isinstance(events[-1], Done)
    shares = [event.share for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    return {name: ref.digest for name, ref in events[-1].outputs.items()}


def test_the_table_is_the_folder():
    files = {path.stem for path in Path(serve.stages.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(STAGES)
    assert list(STAGES) == sorted(STAGES)


@SPECS
def test_a_stage_says_what_it_is(spec):
    module = inspect.getmodule(spec.run)
    assert module.__name__ == f"serve.stages.{spec.name}"
    assert module.__doc__
    assert spec.params.__doc__
    assert (spec.model is not None) == (spec.resource == "engine") == (spec.kind == "async")
    assert spec.model is None or spec.model in {model.name for model in MODELS}


@SPECS
async def test_dry_run_on_the_example(spec, make_host):
    """What a stage returns is what it declares, twice the same."""
    host = make_host(fake=True)
    data, params = spec.example()
    given = {spec.input_of(name) for name in data}
    assert spec.needs <= given <= set(spec.accepts)
    assert isinstance(params, spec.params)
    first = await outputs_of(spec, host)
    assert set(first) == set(spec.returns)
    assert await outputs_of(spec, make_host(fake=True)) == first


@SPECS
async def test_only_a_stage_that_draws_depends_on_the_seed(spec, make_host):
    host = make_host(fake=True)
    assert (await outputs_of(spec, host, seed=1) != await outputs_of(spec, host, seed=2)) == spec.draws


@SPECS
async def test_other_bytes_need_a_new_version(spec, make_host):
    """Golden digests by numeric class; `python -m tests.golden` writes them after a version has grown."""
    host = make_host()
    golden = json.loads(GOLDEN.read_text()).get(host.numeric_class(spec))
    if golden is None:
        pytest.skip(f"no golden digests for the numeric class {host.numeric_class(spec)}")
    assert await outputs_of(spec, host) == golden[f"{spec.name}/{spec.version}"]


def test_what_a_stage_accepts_is_returned_by_another_or_sent_by_a_client():
    returned = {kind for spec in STAGES.values() for kind in spec.returns.values()} | {"file"}
    for spec in STAGES.values():
        assert set(spec.accepts.values()) <= returned


@SPECS
def test_a_cancelled_stage_ends_with_the_reason(spec):
    data, params = spec.example()
    stream = spec.run(data, params, Context("0" * 64, "job"), Toolbox(0))

    async def drain():
        return [event async for event in stream]

    with pytest.raises(CancelledJobError):
        asyncio.run(drain()) if spec.kind == "async" else list(stream)


async def test_outputs_lie_in_the_store_before_done(make_host):
    host = make_host(fake=True)
    store: ArtifactStore = host.store
    for digest in (await outputs_of(STAGES["export"], host)).values():
        assert (await store.get(digest))[:4] == b"glTF"
