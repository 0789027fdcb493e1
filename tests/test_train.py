"""Training: a run that was killed ends with the weights of one that was not."""

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest

from tests.parts import require

SCRIPT = """
import sys
from pathlib import Path
from compile.house.network import FlowSize
from compile.house.train import Recipe, train
recipe = Recipe(step_count=40, batch_size=4, size=FlowSize(width=32, block_count=1, head_count=2))
train(recipe, Path(sys.argv[1]), compiled=False, save_every_s=0.0)
"""


@pytest.fixture
def make_corpus(tmp_path):
    """Each call writes the same 32 captions, encoded, into a folder of its own."""

    def make(name):
        from compile.house.captions import draw_caption
        from compile.house.corpus import write_corpus

        rng = np.random.default_rng(5)
        write_corpus([draw_caption(rng) for _ in range(32)], tmp_path / name)
        return tmp_path / name

    return make


def start(folder):
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], start_new_session=True)


def children(pid):
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [int(line) for line in found.split()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().split(") ")[1][0] != "Z"


def test_killed_and_started_again_it_ends_with_the_same_weights(make_corpus):
    require("torch", find_spec("torch") is not None, "pip install 'galatea[compile]'")
    import torch

    whole, killed = make_corpus("whole"), make_corpus("killed")
    assert start(whole).wait(timeout=120) == 0
    process = start(killed)
    while not (killed / "train.pt").exists():
        assert process.poll() is None
        time.sleep(0.01)
    workers = children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert torch.load(killed / "train.pt", weights_only=True)["step"] < 40
    for _ in range(300):
        if not any(map(alive, workers)):
            break
        time.sleep(0.1)
    assert not any(map(alive, workers)), "the killed trainer left its worker behind"
    assert start(killed).wait(timeout=120) == 0
    first, second = (torch.load(folder / "train.pt", weights_only=True) for folder in (whole, killed))
    assert first["step"] == second["step"] == 40
    for name, value in first["average"].items():
        assert torch.equal(value, second["average"][name]), name
