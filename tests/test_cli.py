"""The command line as a user meets it: files, sentences, exit codes, and no trace of Python."""

import contextlib
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
import trimesh

from galatea.recipes import RECIPES
from serve.models import MODELS
from serve.models.prompt_domain import CATEGORY_NAMES
from tests.parts import require

TESTS = Path(__file__).resolve().parent


def test_a_lamp_is_sound_red_and_blue(galatea, tmp_path):
    code, out, err = galatea("generate", "a tall red lamp with a blue stand", "--seed", "1", "--out", "made")
    assert code == 0, err
    folder = tmp_path / "made"
    for ext in ("glb", "png", "manifest.json"):
        assert str(Path("made") / f"a-tall-red-lamp-with-a-blue-stand.{ext}") in out
    scene = trimesh.load(folder / "a-tall-red-lamp-with-a-blue-stand.glb")
    mesh = scene.to_mesh()
    mesh.merge_vertices(merge_tex=True)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert 1_000 < len(mesh.faces) <= 10_000
    assert mesh.extents[1] == pytest.approx(max(mesh.extents))
    colors = [geometry.visual.to_color().main_color[:3] / 255.0 for geometry in scene.geometry.values()]
    assert any(red > 2 * max(green, blue) for red, green, blue in colors)
    assert any(blue > 2 * max(red, green) for red, green, blue in colors)


@pytest.mark.node
def test_generated_assets_pass_the_khronos_validator(galatea, tmp_path):
    present = shutil.which("node") is not None and (TESTS / "node_modules/gltf-validator").is_dir()
    require("gltf-validator", present, "install node, then `npm ci --prefix tests`")
    prompts = ("a tall red lamp with a blue stand", "a green glass bottle", "a castle with four towers")
    for prompt in prompts:
        assert galatea("generate", prompt, "--seed", "1", "--out", "made", "--quality", "draft")[0] == 0
    paths = sorted(str(path) for path in tmp_path.glob("made/*.glb"))
    command = ["node", str(TESTS / "validate_gltf.mjs"), *paths]
    reports = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    assert len(reports) == len(prompts)
    for report in reports:
        assert report["issues"]["messages"] == []


def test_a_prompt_outside_gives_the_nearest_thing_and_says_so(galatea):
    code, out, _ = galatea(
        "generate", "quarterly revenue report", "--quality", "draft", "--poly-count", "500"
    )
    assert code == 0
    assert "warning: the prompt is far from what the house model knows" in out
    assert any(f" {name};" in out for name in CATEGORY_NAMES)


def test_a_long_prompt_says_where_reading_stopped(galatea):
    code, out, _ = galatea("generate", "a red lamp " + "with a very blue stand " * 20, "--quality", "draft")
    assert code == 0
    assert "it read the prompt up to" in out


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ([""], 64, ["prompt", "empty"]),
        (["x" * 10_000], 64, ["10,000", "1,000"]),
        (["lamp", "--poly-count", "-1"], 64, ["poly_count", "-1", "500,000"]),
        (["lamp", "--poly-count", str(10**9)], 64, ["poly_count", "1000000000"]),
        (["lamp", "--format", "gltx"], 2, ["gltx", "glb"]),
        (["lamp", "--quality", "best"], 2, ["best", "ultra"]),
        (["lamp", "--format", "fbx"], 64, ["fbx", "glb"]),
        (["lamp", "--seed", "-5"], 64, ["seed", "-5"]),
        (["lamp", "--guidance-scale", "nan"], 64, ["guidance_scale", "nan"]),
        (["lamp", "--deadline-s", "0.001"], 75, ["deadline", "more time"]),
    ],
)
def test_bad_input_is_refused_in_words(galatea, tmp_path, arguments, exit_code, words):
    code, _, err = galatea("generate", *arguments, "--out", "made")
    assert code == exit_code, err
    for word in words:
        assert word in err
    assert not list(tmp_path.glob("made/*.glb"))


def test_a_folder_that_cannot_be_written_is_named(galatea, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, _, err = galatea("generate", "lamp", "--out", "file/below")
    assert code == 73
    assert "file/below" in err
    assert "--out" in err


def test_a_data_folder_that_cannot_be_made_is_named(galatea, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, _, err = galatea("generate", "lamp", data=tmp_path / "file" / "data")
    assert code == 74
    assert "data" in err


def test_a_malformed_setting_is_named(galatea, monkeypatch):
    monkeypatch.setenv("GALATEA_THREADS", "many")
    code, _, err = galatea("generate", "lamp")
    assert code == 64
    assert "GALATEA_THREADS='many'" in err


def test_an_engine_that_there_is_not_is_said(galatea, monkeypatch):
    monkeypatch.setenv("GALATEA_ENGINE", "tensorflow")
    code, _, err = galatea("run")
    assert code == 64
    assert "GALATEA_ENGINE='tensorflow': Input should be 'onnx', 'triton' or 'fake'" in err


def test_a_store_out_of_room_is_said_and_leaves_nothing_half(galatea, tmp_path):
    """RLIMIT_FSIZE stands for a full disk: the kernel refuses the write in the middle."""
    limits = ("sh", "-c", "ulimit -f 40; trap '' XFSZ; exec \"$@\"", "sh")
    code, _, err = galatea("generate", "lamp", "--quality", "draft", "--out", "made", limits=limits)
    assert code == 74, err
    assert "store" in err
    assert not list(tmp_path.glob("made/*"))


def await_stages(process, data, count):
    """Wait until the ledger has so many finished stages, while the process lives."""
    database = f"file:{data / 'ledger.sqlite'}?mode=ro"
    for _ in range(3000):
        assert process.poll() is None, process.communicate()
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(connect(database)) as ledger:
            (done,) = ledger.execute("SELECT count(*) FROM stage_runs WHERE state = 'done'").fetchone()
            if done >= count:
                return
        time.sleep(0.02)
    raise AssertionError("the stages never came")


def reused_count(out):
    """How many stages the command line says it found in the cache."""
    return int(re.search(r"(\d+) of \d+ stages from the cache", out)[1])


def connect(database):
    return sqlite3.connect(database, uri=True)


def test_killed_in_the_middle_the_next_run_goes_on_at_once(galatea, tmp_path, monkeypatch):
    """The dead process's leases would last for an hour; its lock shows its death now."""
    monkeypatch.setenv("GALATEA_LEASE_S", "3600")
    process = galatea("generate", "a green castle", "--quality", "high", "--seed", "4", wait=False)
    await_stages(process, tmp_path / "data", 5)
    process.kill()
    process.communicate(timeout=60)
    code, out, err = galatea("generate", "a green castle", "--quality", "high", "--seed", "4")
    assert code == 0, err
    assert reused_count(out) >= 5


def test_interrupted_it_says_so_and_goes_on_from_what_it_had(galatea, tmp_path):
    process = galatea("generate", "a green castle", "--quality", "high", "--seed", "3", wait=False)
    await_stages(process, tmp_path / "data", 6)  # up to extract_mesh
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "cancelled" in err
    assert "Traceback" not in err
    code, out, err = galatea(
        "generate", "a green castle", "--quality", "high", "--seed", "3", "--deadline-s", "200"
    )
    assert code == 0, err
    assert reused_count(out) >= 5


def test_doctor_finds_everything_here(galatea):
    code, out, _ = galatea("doctor")
    assert code == 0
    for name in ("python", "onnxruntime", "warp", "weights", "data"):
        assert f"ok       {name}" in out


def test_doctor_says_what_is_missing_and_how_to_get_it(galatea, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, out, _ = galatea("doctor", data=tmp_path / "file")
    assert code == 1
    assert "MISSING  data" in out
    assert "GALATEA_DATA_DIR" in out


def test_categories_lists_what_the_model_knows(galatea):
    code, out, _ = galatea("categories")
    assert code == 0
    assert [line.split("  ")[0].strip() for line in out.splitlines()] == list(CATEGORY_NAMES)


def test_every_model_has_a_recipe(galatea):
    assert set(RECIPES) == {spec.name for spec in MODELS}
    code, _, err = galatea("compile", "gpt")
    assert code == 64
    assert "minilm_text" in err


def test_the_manifest_is_json_with_the_seed(galatea, tmp_path):
    galatea("generate", "a mug", "--quality", "draft", "--out", "mug.glb")
    assert (tmp_path / "mug.glb").exists()
    assert json.loads((tmp_path / "mug.manifest.json").read_text())["request"]["seed"] >= 0
