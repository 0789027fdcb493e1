"""Segments of shared memory: made, lent to a real Triton server, given back, swept after a death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import grpc
import numpy as np
import pytest
from tritonclient.grpc import service_pb2, service_pb2_grpc

from serve.engines.shared_memory import SHARED_FOLDER, Segment, is_segment, sweep
from serve.engines.triton import EngineTriton
from serve.models.parts_flow import PARTS_FLOW
from tests.triton import random_rows

_DOOMED = """
import grpc, sys, time
from tritonclient.grpc import service_pb2, service_pb2_grpc
from serve.engines.shared_memory import Segment
segment = Segment(2**20)
stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(sys.argv[1]))
stub.SystemSharedMemoryRegister(service_pb2.SystemSharedMemoryRegisterRequest(
    name=segment.name, key=f"/{segment.name}", byte_size=segment.size))
print(segment.name, flush=True)
time.sleep(60)
"""


@pytest.fixture
def make_engine(triton):
    made = []

    def make(**options):
        made.append(EngineTriton(triton.url, patience_s=0.0, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def mapped_by_server(triton):
    """Names of the segments that the server has mapped."""

    def names():
        with grpc.insecure_channel(triton.url) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            status = stub.SystemSharedMemoryStatus(service_pb2.SystemSharedMemoryStatusRequest())
            return set(status.regions)

    return names


@pytest.fixture
def doomed(triton):
    """A segment that the server has mapped and whose process was killed a while ago."""
    process = subprocess.Popen([sys.executable, "-c", _DOOMED, triton.url], stdout=subprocess.PIPE, text=True)
    name = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    os.utime(SHARED_FOLDER / name, (1.0, 1.0))
    return name


def test_a_segment_holds_arrays_and_goes_with_its_owner(tmp_path):
    segment = Segment(2**16, tmp_path)
    array = np.arange(100, dtype=np.float32).reshape(4, 25)
    segment.write(array, 64)
    np.testing.assert_array_equal(segment.read("float32", (4, 25), 64), array)
    assert is_segment(segment.name)
    assert (tmp_path / segment.name).stat().st_mode & 0o077 == 0
    segment.close()
    assert not list(tmp_path.iterdir())


def test_no_room_is_an_error_and_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        Segment(2**62, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_sweep_takes_old_segments_that_nobody_holds_and_nothing_else(tmp_path):
    living = Segment(4096, tmp_path)
    dead, young = (tmp_path / f"galatea-1-{letter * 32}" for letter in "ab")
    foreign = tmp_path / "galatea-1-notes"
    for path in (dead, young, foreign):
        path.touch()
    for path in (dead, foreign, tmp_path / living.name):
        os.utime(path, (1.0, 1.0))
    assert sweep(tmp_path) == [dead.name]
    assert {path.name for path in tmp_path.iterdir()} == {living.name, young.name, foreign.name}
    living.close()


async def test_large_calls_go_through_shared_memory_with_the_same_bits(make_engine, mapped_by_server):
    shared, plain = make_engine(), make_engine(shared_from_bytes=2**40)
    for row_count in (64, 33, 64):
        rows = random_rows(PARTS_FLOW, row_count)
        outputs, expected = await shared.infer(PARTS_FLOW, rows), await plain.infer(PARTS_FLOW, rows)
        np.testing.assert_array_equal(outputs["clean"], expected["clean"])
    assert (shared.shared_call_count, plain.shared_call_count) == (3, 0)
    mine = {name for name in mapped_by_server() if name.startswith(f"galatea-{os.getpid()}-")}
    assert mine and mine <= {path.name for path in SHARED_FOLDER.iterdir()}
    shared.close()
    assert not mine & mapped_by_server()
    assert not mine & {path.name for path in SHARED_FOLDER.iterdir()}


async def test_small_calls_go_in_messages(make_engine):
    engine = make_engine()
    await engine.infer(PARTS_FLOW, random_rows(PARTS_FLOW, 2))
    assert engine.shared_call_count == 0


async def test_memory_that_the_server_cannot_see_is_not_used(make_engine, tmp_path):
    blind, plain = make_engine(shared_folder=tmp_path), make_engine(shared_from_bytes=2**40)
    rows = random_rows(PARTS_FLOW, 64)
    outputs, expected = await blind.infer(PARTS_FLOW, rows), await plain.infer(PARTS_FLOW, rows)
    np.testing.assert_array_equal(outputs["clean"], expected["clean"])
    assert blind.shared_call_count == 0
    assert not list(tmp_path.iterdir())


async def test_memory_of_that_name_that_is_another_is_not_used(make_engine, tmp_path):
    """As where two hosts, or two containers, have a file of the same name: only the probe can tell."""
    forged = make_engine(shared_folder=_Forger(tmp_path))
    rows = random_rows(PARTS_FLOW, 64)
    outputs = await forged.infer(PARTS_FLOW, rows)
    expected = await make_engine(shared_from_bytes=2**40).infer(PARTS_FLOW, rows)
    np.testing.assert_array_equal(outputs["clean"], expected["clean"])
    assert forged.shared_call_count == 0


class _Forger(type(SHARED_FOLDER)):
    """A folder beside the real one, where each new file gets a namesake in the real one."""

    def __truediv__(self, name):
        twin = SHARED_FOLDER / name
        if not twin.exists():
            twin.write_bytes(bytes(2**23))
            os.utime(twin, (1.0, 1.0))  # the next sweep takes it
        return SHARED_FOLDER.__class__(str(self)).joinpath(name)


async def test_what_a_dead_process_left_is_swept_here_and_at_the_server(
    doomed, make_engine, mapped_by_server
):
    assert doomed in mapped_by_server()
    assert (SHARED_FOLDER / doomed).exists()
    engine = make_engine()
    await engine.infer(PARTS_FLOW, random_rows(PARTS_FLOW, 64))
    assert engine.shared_call_count == 1
    assert doomed not in mapped_by_server()
    assert not (SHARED_FOLDER / doomed).exists()
