"""The store on a real disk: what it keeps, what it refuses, and what it says when the disk fails."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from pydantic import ValidationError

from serve.artifacts import ArtifactStore, metadata_of, open_store, pack, unpack
from serve.contracts.artifacts import ArtifactRef, digest_of, is_digest
from serve.contracts.errors import (
    ArtifactMissingError,
    ArtifactTamperedError,
    InvalidRequestError,
    StorageError,
)

ROOT = Path(__file__).resolve().parents[1]
NOBODY = 65534


@pytest.fixture(params=["folder", "file URL", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    folder = tmp_path / "a store"
    places = {"folder": str(folder), "file URL": folder.as_uri(), "memory": "memory://"}
    return open_store(places[request.param])


def file_of(folder: Path, ref: ArtifactRef) -> Path:
    return folder / "artifacts" / ref.digest[:2] / ref.digest


def run_child(code: str, *arguments: str | Path) -> str:
    """Run code in a process of its own, which may then limit or demote itself."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout


async def test_what_is_put_is_got_by_reference_and_by_digest(store):
    ref = await store.put(b"a chair", "model/gltf-binary")
    assert ref == ArtifactRef(
        digest=hashlib.sha256(b"a chair").hexdigest(), media_type="model/gltf-binary", byte_count=7
    )
    assert await store.get(ref) == await store.get(ref.digest) == b"a chair"


async def test_whoever_is_cancelled_while_a_piece_is_awaited_may_close_the_chunks(store, tmp_path):
    awaited = asyncio.Event()

    async def stalling():
        yield bytes(400_000)
        awaited.set()
        await asyncio.Event().wait()

    chunks = stalling()
    writing = asyncio.create_task(store.put_stream(chunks, "model/stl", 10**6))
    await awaited.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await chunks.aclose()
    while [path for path in tmp_path.rglob("*") if path.is_file()]:
        await asyncio.sleep(0.01)  # what was written is taken back in a thread of the store's


@pytest.mark.parametrize("data", [b"", bytes(12_000_000)], ids=["nothing", "12 MB"])
async def test_no_bytes_and_many_bytes_are_artifacts_too(store, data):
    assert await store.get(await store.put(data, "application/octet-stream")) == data


async def test_exists_tells_what_is_there(store):
    ref = await store.put(b"here", "text/plain")
    assert await store.exists(ref.digest)
    assert not await store.exists(digest_of(b"elsewhere"))


async def test_a_missing_artifact_is_an_error_that_names_it(store):
    with pytest.raises(ArtifactMissingError, match=digest_of(b"never put")):
        await store.get(digest_of(b"never put"))


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
async def test_what_is_no_digest_never_becomes_a_path(store, text):
    for call in (store.get(text), store.exists(text)):
        with pytest.raises(InvalidRequestError, match="64 lowercase"):
            await call


async def test_the_layout_on_disk_is_the_documented_one(tmp_path):
    store = open_store(str(tmp_path))
    ref = await store.put(b"a chair", "model/gltf-binary")
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"artifacts/{ref.digest[:2]}/{ref.digest}"]


async def test_many_writers_of_the_same_bytes_leave_one_whole_artifact(tmp_path):
    data = b"the same mesh " * 100_000
    stores = [open_store(str(tmp_path)) for _ in range(8)]
    refs = await asyncio.gather(*(store.put(data, "model/stl") for store in stores))
    assert len(set(refs)) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file_of(tmp_path, refs[0])]
    assert await stores[0].get(refs[0]) == data


async def test_a_changed_byte_is_found_and_healed_by_writing_again(tmp_path):
    store = open_store(str(tmp_path))
    ref = await store.put(b"a chair", "model/gltf-binary")
    file_of(tmp_path, ref).write_bytes(b"a ch4ir")
    with pytest.raises(ArtifactTamperedError, match=ref.digest):
        await store.get(ref)
    await store.put(b"a chair", "model/gltf-binary")
    assert await store.get(ref) == b"a chair"


async def test_torn_bytes_are_not_held(tmp_path):
    store = open_store(str(tmp_path))
    ref = await store.put(b"a chair", "model/gltf-binary")
    assert await store.holds(ref)
    file_of(tmp_path, ref).write_bytes(b"a ch")
    assert await store.exists(ref.digest)
    assert not await store.holds(ref)


async def test_a_vanished_folder_is_a_storage_error_and_is_not_made_anew(tmp_path):
    folder = tmp_path / "mounted"
    store = open_store(str(folder))
    ref = await store.put(b"a chair", "model/gltf-binary")
    shutil.rmtree(folder)
    for call in (store.put(b"x", "text/plain"), store.get(ref), store.exists(ref.digest)):
        with pytest.raises(StorageError, match=r"mounted.* has vanished; check"):
            await call
    assert not folder.exists()


async def test_a_file_in_the_way_is_a_storage_error_with_its_cause(tmp_path):
    store = open_store(str(tmp_path))
    (tmp_path / "artifacts").write_text("not a folder")
    with pytest.raises(StorageError, match=r"cannot write .*artifacts.*Not a directory"):
        await store.put(b"a chair", "model/gltf-binary")


@pytest.mark.parametrize("place", ["/dev/null/store", "gopher://store"])
def test_a_place_that_cannot_be_opened_says_so(place):
    with pytest.raises(StorageError, match=f"cannot open {place}"):
        open_store(place)


FULL_DISK = """
import asyncio, resource, signal, sys
from serve.artifacts import open_store
from serve.contracts.errors import StorageError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    asyncio.run(open_store(sys.argv[1]).put(bytes(int(sys.argv[2])), "model/stl"))
except StorageError as error:
    print(error)
"""


def run_survivor(*arguments):
    """As `run_child`; one that a signal ended is run again.

    Under this limit the process itself is killed now and then, in native code. What is asked here is what a
    writer says who lives; what a killed one leaves has a test of its own.
    """
    for _ in range(4):
        try:
            return run_child(*arguments)
        except subprocess.CalledProcessError as error:
            if error.returncode >= 0:
                raise
            shutil.rmtree(Path(arguments[1]) / "artifacts", ignore_errors=True)
    raise AssertionError("killed by a signal four times")


@pytest.mark.parametrize("byte_count", [1_000_000, 12_000_000], ids=["one write", "in chunks"])
def test_a_write_that_ends_half_way_is_told_and_leaves_nothing(tmp_path, byte_count):
    """The kernel cuts the write off at 100,000 bytes, as it does when the disk is full."""
    told = run_survivor(FULL_DISK, tmp_path, str(byte_count))
    assert told.startswith(f"cannot write {tmp_path}/artifacts/")
    assert "File too large" in told
    assert "then try again" in told
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


FORBIDDEN = """
import asyncio, os, sys
from serve.artifacts import open_store
from serve.contracts.errors import StorageError

async def write_as_nobody():
    await open_store("memory://").put(b"a chair", "model/stl")  # imports what nobody may not read
    store = open_store(sys.argv[1])
    if os.geteuid() == 0:  # nothing is forbidden to root
        os.setuid(int(sys.argv[2]))
    try:
        await store.put(b"a chair", "model/stl")
    except StorageError as error:
        os.write(1, str(error).encode())

asyncio.run(write_as_nobody())
"""


def test_a_folder_that_may_not_be_written_is_told_with_its_cause():
    # Not under tmp_path, which another user cannot even enter.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        told = run_child(FORBIDDEN, folder, str(NOBODY))
    assert told.startswith(f"cannot write {folder}/artifacts/")
    assert "Permission denied" in told


ENDLESS = """
import asyncio, sys
from serve.artifacts import open_store

async def write_on():
    store = open_store(sys.argv[1])
    for number in range(1_000_000):
        await store.put(number.to_bytes(8, "big") * 500_000, "model/stl")
        print(number, flush=True)

asyncio.run(write_on())
"""


def test_a_killed_writer_leaves_only_whole_artifacts(tmp_path):
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        for _ in range(4):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
    finished = [path for path in (tmp_path / "artifacts").rglob("*") if is_digest(path.name)]
    assert len(finished) >= 4
    assert [path for path in finished if digest_of(path.read_bytes()) != path.name] == []


@pytest.mark.parametrize(
    "change",
    [{"digest": "0" * 63}, {"digest": "G" * 64}, {"byte_count": -1}, {"media_type": ""}, {"url": "x"}],
)
def test_a_malformed_reference_is_refused(change):
    with pytest.raises(ValidationError):
        ArtifactRef.model_validate(
            {"digest": digest_of(b"a chair"), "media_type": "model/stl", "byte_count": 1} | change
        )


NUMBERS = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(endianness="<"),
    arrays_of.unsigned_integer_dtypes(endianness="<"),
    arrays_of.floating_dtypes(endianness="<", sizes=(16, 32, 64)),
)
ARRAYS = arrays_of.arrays(NUMBERS, arrays_of.array_shapes(min_dims=0, min_side=0, max_side=4))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.dictionaries(st.text(min_size=1, max_size=8), ARRAYS, max_size=4))
def test_tensors_come_back_with_their_bits_whatever_the_order_they_came_in(arrays):
    arrays.pop("__metadata__", None)
    packed = pack(arrays)
    assert pack(dict(reversed(arrays.items()))) == packed
    back = unpack(packed)
    assert list(back) == sorted(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()


def test_tensors_keep_the_values_of_views_and_other_byte_orders():
    grid = np.arange(6, dtype=np.float32).reshape(2, 3)
    back = unpack(pack({"turned": grid.T, "every other": grid[:, ::2], "big": grid.astype(">f4")}))
    np.testing.assert_array_equal(back["turned"], grid.T)
    np.testing.assert_array_equal(back["every other"], grid[:, ::2])
    np.testing.assert_array_equal(back["big"], grid)


def test_metadata_comes_back_and_its_order_is_no_part_of_the_bytes():
    metadata = {f"key {number}": "é\n" * number for number in range(9)}
    packed = pack({"x": np.zeros(3)}, metadata)
    assert metadata_of(packed) == metadata
    assert pack({"x": np.zeros(3)}, dict(reversed(metadata.items()))) == packed
    assert metadata_of(pack({"x": np.zeros(3)})) == {}


@pytest.mark.parametrize("cut", [0, 7, 8, 40, -1], ids=lambda cut: f"cut at {cut}")
def test_torn_tensors_are_told_apart(cut):
    packed = pack({"x": np.arange(10.0)}, {"unit": "m"})
    for torn in (packed[:cut], packed[:cut] + b"\xff" * 9):
        with pytest.raises(ArtifactTamperedError, match="no tensors"):
            unpack(torn)
        with pytest.raises(ArtifactTamperedError, match="no tensors"):
            metadata_of(torn)


def test_text_is_no_tensor():
    with pytest.raises(TypeError, match="str32"):
        pack({"word": np.array(["x"])})
