"""`galatea film`: files in, films out, and sentences where that cannot be."""

import json
import zipfile

import pytest
import trimesh

SMALL = ("--codec", "png", "--width", "32", "--height", "32", "--fps", "5", "--duration-s", "0.6")


@pytest.fixture
def crate(tmp_path):
    """A file with a mesh."""
    path = tmp_path / "old crate.stl"
    trimesh.creation.box((0.3, 0.2, 0.4)).export(path)
    return path


def test_a_file_becomes_a_film_with_all_that_belongs_to_it(galatea, crate, tmp_path):
    code, out, err = galatea("film", crate, *SMALL, "--motion", "bounce", "--out", "made")
    assert code == 0, err
    names = {path.name.removeprefix("old-crate.") for path in (tmp_path / "made").iterdir()}
    assert names == {"zip", "glb", "poster.png", "film.json", "camera.json", "manifest.json"}
    assert "frames" in out
    with zipfile.ZipFile(tmp_path / "made/old-crate.zip") as album:
        assert sum(name.endswith(".png") for name in album.namelist()) == 3
    told = json.loads((tmp_path / "made/old-crate.film.json").read_text())
    assert (told["frame_count"], told["fps"]) == (3, 5.0)


def test_the_film_may_be_named(galatea, crate, tmp_path):
    code, _, err = galatea("film", crate, *SMALL, "--out", "films/crate.zip")
    assert code == 0, err
    assert (tmp_path / "films/crate.zip").is_file()
    assert (tmp_path / "films/crate.poster.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("gone.stl",), 64, ["gone.stl", "No such file"]),
        (("old crate.stl", "--motion", "walk"), 64, ["motion.preset", "biped"]),
        (("old crate.stl", "--duration-s", "1e9"), 64, ["duration_s", "120"]),
        (("old crate.stl", "--bvh", "old crate.stl"), 64, ["motion.preset", "biped"]),
        (("old crate.stl", "--environment", "old crate.stl"), 64, ["Radiance"]),
        (("old crate.stl", "--color", "#ffffff"), 64, ["background"]),
    ],
)
def test_what_cannot_be_filmed_is_refused_in_words(galatea, crate, arguments, exit_code, words):
    code, _, err = galatea("film", *SMALL, *arguments)
    assert code == exit_code, err
    for word in words:
        assert word in err
