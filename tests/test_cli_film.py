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


def test_a_camera_goes_through_the_keys_of_a_file(galatea, crate, tmp_path):
    keys = [{"time_s": time, "eye": [x, 1, 1], "target": [0, 0, 0]} for time, x in ((0, -1), (1, 1))]
    (tmp_path / "way.json").write_text(json.dumps({"move": "still", "fov_deg": 20, "keys": keys}))
    code, _, err = galatea("film", crate, *SMALL, "--camera", "way.json", "--move", "keyframes")
    assert code == 0, err
    frames = json.loads((tmp_path / "old-crate.camera.json").read_text())["frames"]
    assert frames[0]["eye"] == pytest.approx([-1, 1, 1])
    assert [frame["fov_deg"] for frame in frames] == pytest.approx([20] * 3)


def test_a_file_by_any_name_is_no_sentence(galatea, crate, tmp_path):
    (tmp_path / "crate").write_bytes(crate.read_bytes())
    code, _, err = galatea("film", "crate", *SMALL, "--motion", "walk")
    assert code == 64, err
    assert "motion.preset" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gone.stl",), ["gone.stl", "No such file"]),
        (("old crate.stl", "--motion", "walk"), ["motion.preset", "biped"]),
        (("old crate.stl", "--duration-s", "1e9"), ["duration_s", "120"]),
        (("old crate.stl", "--bvh", "old crate.stl"), ["motion.preset", "biped"]),
        (("old crate.stl", "--environment", "old crate.stl"), ["Radiance"]),
        (("old crate.stl", "--color", "#ffffff"), ["background", "kind color takes color"]),
        (
            ("old crate.stl", "--bvh", "old crate.stl", "--motion", "walk"),
            ["preset bvh", "both or neither"],
        ),
        (("old crate.stl", "--seed", "3"), ["seed", "is a file"]),
        (("old crate.stl", "--camera", "notes.txt"), ["notes.txt", "no JSON"]),
        (("old crate.stl", "--camera", "gone.json"), ["gone.json", "No such file"]),
    ],
)
def test_what_cannot_be_filmed_is_refused_in_words(galatea, crate, tmp_path, arguments, words):
    (tmp_path / "notes.txt").write_text("a file, and no sentence")
    code, _, err = galatea("film", *SMALL, *arguments)
    assert code == 64, err
    for word in words:
        assert word in err
