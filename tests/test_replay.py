"""`galatea replay`: the same bytes, or a clear reason."""

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from deployments.host import StageHost
from deployments.local import local_over
from galatea.making import Order, make_here
from galatea.replay import replay_manifest
from serve.contracts.errors import ArtifactMissingError, InvalidRequestError, ReplayDiffersError
from serve.contracts.results import Manifest
from serve.contracts.stage import Blob, Done
from serve.execution.replay import Recorded, check_params, differences
from serve.operations import TEXT_TO_3D
from serve.stages import STAGES
from tests.toy_stages import Gate, new_job, plan_of, spec_of

FIELDS = {"prompt": "a small red lamp", "quality": "draft", "seed": 3}
PLAN = plan_of(("dice", "", {}), ("gate", "w", {"of": "dice.out"}), result="gate.out")
TOYS = {name: Gate(name).spec() for name in ("dice", "gate")}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """An asset made here: path of its manifest."""
    monkeypatch.setenv("GALATEA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GALATEA_ENGINE", "fake")
    make_here(Order(TEXT_TO_3D, FIELDS, "lamp", tmp_path / "lamp.glb"))
    return tmp_path / "lamp.manifest.json"


def altered(path, change):
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return path


def test_an_asset_is_made_again_to_the_byte_and_nothing_comes_from_the_cache(made, tmp_path, capsys):
    replay_manifest(made, tmp_path / "again.glb")
    assert (tmp_path / "again.glb").read_bytes() == (tmp_path / "lamp.glb").read_bytes()
    assert "the same bytes, in each of 12 stages" in capsys.readouterr().out


def test_an_altered_seed_is_found_out_at_the_stage_that_draws(made):
    def reseed(manifest):
        for stage in manifest["stages"]:
            if stage["seed"] is not None:
                stage["seed"] = 4

    with pytest.raises(ReplayDiffersError, match=r"other bytes here: denoise: nothing that decides"):
        replay_manifest(altered(made, reseed), None)


def test_another_build_is_named_as_the_reason(made):
    def age(manifest):
        sketch = next(stage for stage in manifest["stages"] if stage["call"] == "sketch")
        sketch |= {"version": 0, "numeric_class": "abacus"}
        sketch["outputs"]["sketch"]["digest"] = "0" * 64

    with pytest.raises(ReplayDiffersError) as refusal:
        replay_manifest(altered(made, age), None)
    assert "sketch: its version was 0 and is 2 here; its numeric class was abacus" in str(refusal.value)
    assert "render" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no manifest that this version reads: it: Invalid JSON"),
        ("[]", "is no manifest"),
        ('{"galatea": "1"}', "operation: Field required"),
        (" " * (16 * 2**20 + 1), "more than 16,777,216 bytes"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, text, why):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(InvalidRequestError, match=why):
        replay_manifest(path, None)


def test_a_plan_from_outside_is_checked_before_anything_runs(made):
    def swell(manifest):
        manifest["plan"]["calls"][5]["params"]["resolution"] = 10**9

    manifest = Manifest.model_validate_json(altered(made, swell).read_text())
    with pytest.raises(InvalidRequestError, match=r"call extract_mesh: resolution: .* less than or equal"):
        check_params(manifest.plan, STAGES)


@pytest.fixture
def make_dice(make_ledger, make_store):
    """A stage that gives other bytes at each run, marked as such, and another that works on them."""
    store, count = make_store(), itertools.count()

    async def roll(inputs, params, context, tools):
        yield Done({"out": Blob(f"rolled {next(count)}".encode(), "text/plain")})

    async def use(inputs, params, context, tools):
        yield Done({"out": Blob(inputs["of"] + b", used", "text/plain")})

    @asynccontextmanager
    async def make(before=None):
        stages = {
            "dice": replace(spec_of("dice", roll), recorded=True),
            "gate": spec_of("gate", use, accepts={"of": "text"}),
        }
        host = StageHost(None, store, stages=stages)
        seam = Recorded(host, before, store) if before else host
        async with local_over(make_ledger(), host, owner="a", lease_s=5.0, seam=seam) as local:
            yield local
        host.close()

    return make


async def run(local):
    result = await local.run(new_job(PLAN))
    return Manifest.model_validate_json(await local.store.get(result.assets["manifest"]))


async def test_what_cannot_be_repeated_is_taken_from_the_manifest(make_dice):
    async with make_dice() as local:
        before = await run(local)
    async with make_dice() as local:
        other = await run(local)
    async with make_dice(before) as local:
        after = await run(local)
    assert differences(before, after, TOYS) == ()
    (told,) = differences(before, other, TOYS)  # what follows from a difference is none of its own
    assert told.startswith("dice: nothing that decides its bytes differs")


async def test_a_recorded_output_that_the_store_has_lost_is_named(make_dice):
    async with make_dice() as local:
        before = await run(local)
    lost = before.stages[0].outputs["out"].model_copy(update={"digest": "1" * 64})
    dice = before.stages[0].model_copy(update={"outputs": {"out": lost}})
    async with make_dice(before.model_copy(update={"stages": (dice, *before.stages[1:])})) as local:
        with pytest.raises(ArtifactMissingError, match=r"cannot be repeated.*1{64}.*replay where"):
            await asyncio.wait_for(run(local), 30)


async def test_a_manifest_that_tells_nothing_of_a_recorded_stage_is_refused(make_dice):
    async with make_dice() as local:
        before = await run(local)
    async with make_dice(before.model_copy(update={"stages": ()})) as local:
        with pytest.raises(InvalidRequestError, match="does not tell what it gave"):
            await run(local)
    assert differences(before.model_copy(update={"stages": ()}), before, TOYS)
