"""Hostile and spoilt files are refused by the parsers, with reasons, and nothing else leaves them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from serve.contracts.errors import UnreadableMeshError
from serve.formats import write
from serve.formats.reading import LIMITS
from serve.formats.reading.parsing import parse
from tests.gltf_files import everything_in_gltf, png, tetrahedron
from tests.hostile_meshes import HOSTILE, TRIANGLE, ply, textured
from tests.nasty_meshes import box


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_it_is_refused_with_its_reason(kind):
    make, message = HOSTILE[kind]
    with pytest.raises(UnreadableMeshError, match=message) as caught:
        parse(make())
    assert len(caught.value.message) < 400


SEEDS: dict[str, Callable[[], bytes]] = {
    "glb": lambda: write("glb", box(), name="box"),
    "glb with a picture": lambda: textured(png(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))),
    "gltf": lambda: tetrahedron().gltf(),
    "obj": lambda: b"o a\n" + TRIANGLE + b"vt 0 0\nvt 1 0\nvt 0 1\nusemtl b\nf 1/1 2/2 3/3\nf -3 -2 -1\n",
    "ply": lambda: write("ply", box(), name="box"),
    "ply text": lambda: ply("ascii", 4, 2, b"0 0 0 1 0 0 1 1 0 0 1 0 3 0 1 2 4 0 1 2 3\n"),
    "stl": lambda: write("stl", box(), name="box"),
    "stl text": lambda: b"solid a\nfacet\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendfacet\nendsolid\n",
    "zip": lambda: write("obj", box(), name="box"),
}


def spoilt(data: bytes) -> list[bytes]:
    """Cut off at fifty places, and with one to eight bytes changed, two hundred times."""
    generator = np.random.default_rng(len(data))
    cut = [data[:place] for place in np.linspace(0, len(data) - 1, 50).astype(int).tolist()]
    changed = []
    for _ in range(200):
        noisy = bytearray(data)
        for place in generator.integers(0, len(data), generator.integers(1, 9)):
            noisy[place] = generator.integers(0, 256)
        changed.append(bytes(noisy))
    return cut + changed


@pytest.mark.parametrize("kind", list(SEEDS))
def test_spoilt_files_are_meshes_or_refused_and_nothing_else(kind):
    """250 files a format, by the parser itself: no other error may leave it, and no warning."""
    data = SEEDS[kind]()
    assert len(parse(data).mesh.faces) > 0
    outcomes: list[bool] = []
    before = resident_bytes()
    for file in spoilt(data):
        try:
            outcomes.append(len(parse(file).mesh.faces) > 0)
        except UnreadableMeshError:
            outcomes.append(False)
    assert False in outcomes
    assert resident_bytes() - before < 2**26


ODD = (
    None,
    -1,
    0,
    1,
    3,
    1e99,
    2**70,
    "x",
    "VEC3",
    [],
    {},
    [0],
    [1e300],
    True,
    5126,
    {"index": 0},
    [0, 0, 0, 0],
)


def places(value: object, path: tuple = ()) -> list[tuple]:
    """The paths of everything inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, entry in inner for place in places(entry, (*path, key)))]


def put(document: dict, path: tuple, value: object) -> None:
    *way, last = path
    for key in way:
        document = document[key]
    document[last] = value


def test_gltf_documents_with_odd_values_are_meshes_or_refused_and_nothing_else():
    """All that is read of a document, skin and sparse values too, in turn replaced by what should not be."""
    count = len(places(everything_in_gltf().document))
    generator = np.random.default_rng(11)
    refused = 0
    for index in generator.permutation((count - 1) * len(ODD))[:1_500].tolist():
        file = everything_in_gltf()
        put(file.document, places(file.document)[1 + index // len(ODD)], ODD[index % len(ODD)])
        try:
            parse(file.glb())
        except UnreadableMeshError:
            refused += 1
    assert 0 < refused < 1_500


def resident_bytes() -> int:
    """Memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_the_limits_stand_in_one_table_and_are_documented():
    """Where a reader of the docs looks for them."""
    page = Path(__file__).parents[1] / "docs/decisions/0016-a-reader-that-may-die.md"
    for name, value in asdict(LIMITS).items():
        assert f"`{name}`" in page.read_text(), (name, value)
