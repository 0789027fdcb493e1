"""Equal bytes within a numeric class: whatever the batch mates, the position, the threads, the process."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from serve.contracts.results import Manifest
from serve.contracts.stage import Context
from serve.stages import STAGES

SEED_COUNT = 200


async def codes_of(host, text, seeds, mate_count):
    """Digest of the drawn code by seed, `mate_count` seeds at once."""
    spec = STAGES["denoise"]
    params = spec.params(step_count=6, guidance_scale=7.5)
    free = asyncio.Semaphore(mate_count)

    async def draw(seed):
        async with free:
            context = Context("0" * 64, f"job-{seed}", seed=seed)
            events = [event async for event in host.call(spec, params, {"text": text}, context)]
        return events[-1].outputs["code"].digest

    return dict(zip(seeds, await asyncio.gather(*map(draw, seeds)), strict=True))


async def text_of(host):
    spec = STAGES["encode_text"]
    params = spec.params(prompt="a tall red lamp with a blue stand")
    events = [event async for event in host.call(spec, params, {}, Context("0" * 64, "job"))]
    return events[-1].outputs["text"]


async def test_200_seeds_alone_and_in_changing_company(make_host, make_store):
    """Alone on one thread; 32 at a time on two; in reverse, 7 at a time: other mates and other positions."""
    store = make_store()
    single, double = make_host(threads=1, store=store), make_host(threads=2, store=store)
    text = await text_of(single)
    assert await text_of(double) == text
    seeds = list(range(SEED_COUNT))
    alone = await codes_of(single, text, seeds, 1)
    assert len(set(alone.values())) == SEED_COUNT
    crowded = await codes_of(double, text, seeds, 32)
    reverse = await codes_of(double, text, seeds[::-1], 7)
    assert max(double.engine.batch_counts) >= 32, "the seeds never met in a batch: nothing was tested"
    differing = [seed for seed in seeds if not alone[seed] == crowded[seed] == reverse[seed]]
    assert differing == []


async def assets_of(local, make_request, seed):
    result = await local.text_to_3d(make_request(seed=seed))
    return {name: ref.digest for name, ref in result.assets.items()}


async def test_an_empty_store_and_other_threads_give_the_same_assets(make_local, make_request):
    first, second = await make_local(threads=1), await make_local(threads=2)
    together = await asyncio.gather(*(assets_of(second, make_request, seed) for seed in range(4)))
    for seed, assets in enumerate(together):
        assert await assets_of(first, make_request, seed) == assets


def run_cli(folder: Path, data: Path, *options: str) -> None:
    command = [
        sys.executable,
        "-m",
        "galatea",
        "generate",
        "a tall red lamp with a blue stand",
        "--out",
        str(folder),
    ]
    environment = {"GALATEA_DATA_DIR": str(data), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    subprocess.run([*command, *options], check=True, env=environment, capture_output=True, timeout=240)


def test_separate_processes_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        run_cli(tmp_path / name, tmp_path / f"data-{name}", "--seed", "5", "--quality", "draft")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 5
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    manifest = next((tmp_path / "a").glob("*.manifest.json"))
    assert Manifest.model_validate(json.loads(manifest.read_text())).request["seed"] == 5


@pytest.mark.parametrize("field", ["seed", "guidance_scale", "negative_prompt", "quality", "prompt"])
async def test_every_control_acts(field, make_local, make_request):
    other = {
        "seed": 2,
        "guidance_scale": 15.0,
        "negative_prompt": "red",
        "quality": "medium",
        "prompt": "a short green lamp",
    }[field]
    local = await make_local()
    first = await local.text_to_3d(make_request())
    second = await local.text_to_3d(make_request(**{field: other}))
    assert first.assets["glb"].digest != second.assets["glb"].digest
