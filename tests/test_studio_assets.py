"""What the studio tells of an asset and makes of a file: a real browser, a service with real stages."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest

from tests.nasty_meshes import box, flipped_and_torn

LAMP = "a tall red lamp with a blue stand"
VERDICT, MEASURES = "#drawer-acceptance .said", "#drawer-acceptance > .pairs"


@pytest.fixture(scope="module")
def make_lamp(service):
    """Each call makes a small textured lamp, with what else is asked, and gives its job."""

    def make(**fields):
        chosen = {"prompt": LAMP, "quality": "draft", "seed": 1, "texture_size": 256} | fields
        return service.wait(service.submit(**chosen))

    return make


@pytest.fixture
def lamp(make_lamp):
    return make_lamp(lod_count=1)


@pytest.fixture(scope="module")
def unfit(service):
    """A job with a box that was torn and turned over in places, converted as it is."""
    headers = {"content-type": "model/stl"}
    asset = service.client.post("/v1/assets", content=stl_of(flipped_and_torn()), headers=headers).json()
    body = {"asset": asset["digest"], "repair": False}
    return service.wait(service.client.post("/v1/convert", json=body).json()["job_id"])


def stl_of(mesh):
    """A binary STL file."""
    corners = mesh.vertices[mesh.faces].astype("<f4")
    rows = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")])
    rows["corners"] = corners
    return bytes(80) + struct.pack("<I", len(rows)) + rows.tobytes()


def convert(page, name, data):
    """Choose a file and press Convert."""
    page.click("[aria-controls=drawer-convert]")
    page.choose("[type=file]", name, data)
    page.until(f"document.querySelector('.chooser strong')?.innerText === '{name}'")
    page.click(".convert .make")


def until_converted(page):
    page.until("new URLSearchParams(location.search).has('job')")
    page.until_done()


def test_a_result_comes_with_its_verdict_and_its_measures(open_page, lamp):
    page = open_page(f"/?job={lamp['job_id']}")
    page.until_done()
    report = lamp["result"]["acceptance"]
    assert page.text(".badge").strip() == "Passed:\nFit for games"
    page.click(".badge")
    page.until_text(VERDICT, "Fit for games")
    told = page.text(MEASURES)
    assert f"{report['face_count']:,} on {report['vertex_count']:,} corners" in told
    assert "watertight" in told
    page.click(".verdict summary")
    checks = page.text(".verdict .checks").casefold()
    assert all(check["message"].casefold() in checks for check in report["checks"])
    materials = page.ask("[...document.querySelectorAll('.materials li')].map((item) => item.innerText)")
    assert [text.split("\n")[0] for text in materials] == [row["name"] for row in report["materials"]]


def test_what_is_not_fit_says_what_fails(open_page, unfit):
    failed = [check["name"] for check in unfit["result"]["acceptance"]["checks"] if not check["passed"]]
    page = open_page(f"/?job={unfit['job_id']}")
    page.until_done()
    page.click(".badge")
    page.until_text(VERDICT, "Not fit for games")
    assert "open, " in page.text(MEASURES)
    shown = page.ask("[...document.querySelectorAll('.verdict > .checks h3')].map((item) => item.innerText)")
    assert [text.split("\n")[-1].replace(" ", "_") for text in shown] == failed != []


def test_the_texture_is_shown_as_it_lies_in_the_file(open_page, lamp):
    page = open_page(f"/?job={lamp['job_id']}")
    page.until_done()
    page.click(".badge")
    page.until("document.querySelectorAll('.atlas canvas').length >= 1")
    atlas = page.picture("[aria-label='Colour map']").reshape(-1, 3).astype(int)
    assert (np.ptp(atlas, axis=1) > 90).sum() > 200  # red and blue, as the lamp is


def test_clay_takes_the_colours_away_and_gives_them_back(open_page, lamp):
    page = open_page(f"/?job={lamp['job_id']}")
    page.until_done()

    def coloured():
        page.ask("new Promise((resolve) => setTimeout(resolve, 600))")
        return int((np.ptp(page.picture().astype(int), axis=2) > 90).sum())

    before = coloured()
    page.click("text=Clay")
    assert coloured() < before / 20
    page.click("text=Clay")
    assert coloured() > before * 0.9


def test_a_frame_turns_while_it_is_pointed_at(open_page, lamp):
    page = open_page(f"/?job={lamp['job_id']}", reducedMotion="no-preference")
    page.until_done()
    digest = lamp["result"]["assets"]["turntable"]["digest"]
    assert not any(digest in request for request in page.requests())
    page.ask("document.querySelector('.frame').focus()")
    strip = "document.querySelector('.frame .turntable')"
    page.until(f"{strip}?.naturalWidth === {strip}?.naturalHeight * 8")
    first = page.ask(f"getComputedStyle({strip}).transform")
    page.until(f"getComputedStyle({strip}).transform !== {first!r}")
    page.ask("document.querySelector('.frame').blur()")
    page.until(f"!{strip}")


def test_a_frame_stays_still_for_those_who_want_calm(open_page, lamp):
    page = open_page(f"/?job={lamp['job_id']}")
    page.until_done()
    page.ask("document.querySelector('.frame').focus()")
    page.ask("new Promise((resolve) => setTimeout(resolve, 300))")
    assert page.ask("document.querySelector('.turntable')") is None


@pytest.mark.parametrize("file_format", ["glb", "gltf"])
def test_a_packed_file_opens(open_page, make_lamp, file_format):
    job = make_lamp(format=file_format, compression="meshopt")
    page = open_page(f"/?job={job['job_id']}")
    page.until_done()
    page.until_text(".measures", f"{job['result']['acceptance']['face_count']:,} faces")


def test_what_the_page_cannot_show_it_shows_by_its_picture(open_page, make_lamp):
    job = make_lamp(format="usdz")
    page = open_page(f"/?job={job['job_id']}")
    page.until("document.querySelector('.blind img')?.naturalWidth > 0")
    assert "cannot show files of this format" in page.text(".blind")
    name, data = page.saved("[aria-label='Download USDZ']")
    assert (name.rpartition(".")[2], data[:2]) == ("usdz", b"PK")


def test_every_file_of_a_job_can_be_taken_home(open_page, service, lamp):
    page = open_page(f"/?job={lamp['job_id']}")
    page.until_done()
    page.click(".badge")
    name, data = page.saved("text=GLB, level 1")
    digest = lamp["result"]["assets"]["glb_lod1"]["digest"]
    assert name.endswith("-lod1.glb")
    assert data == service.client.get(f"/v1/assets/{digest}").content


def test_choices_beside_the_sentence_reach_the_service(open_page, service):
    page = open_page()
    page.until("document.querySelector('.frame, .hint')")
    page.click(".options summary")
    for name, value in {"format": "glb", "lod_count": "2", "texture_size": "0"}.items():
        page.select(f".line [name={name}]", value)
    page.fill(".options [name=poly_count]", "600")
    page.make("a green mug")
    page.until_done()
    job = service.view(page.ask("new URLSearchParams(location.search).get('job')"))
    asked = {name: job["request"][name] for name in ("lod_count", "texture_size", "poly_count")}
    assert asked == {"lod_count": 2, "texture_size": 0, "poly_count": 600}
    assert {"glb", "glb_lod1", "glb_lod2"} <= set(job["result"]["assets"])


def test_a_chosen_file_is_converted_to_the_chosen_formats(open_page, service):
    page = open_page()
    page.click("[aria-controls=drawer-convert]")
    page.click(".convert [value=obj]")
    page.fill("[name=longest_m]", "0.5")
    page.press("Escape")
    convert(page, "crate.stl", stl_of(box()))
    until_converted(page)
    page.until_text(".status", "crate: ")
    page.click(".badge")
    page.until_text(MEASURES, " \u00d7 ".join(["0.50"] * 3))
    job = service.view(page.ask("new URLSearchParams(location.search).get('job')"))
    assert job["request"]["formats"] == ["glb", "obj"]
    name, data = page.saved(".files >> text=OBJ")
    assert name == "crate.zip"
    assert any(entry.endswith(".obj") for entry in zipfile.ZipFile(io.BytesIO(data)).namelist())


def test_a_dropped_file_is_sent_once_it_is_converted(open_page):
    page = open_page()
    page.until("document.querySelector('.frame, .hint') && document.querySelector('canvas').dataset.frames")
    page.drop(".stage", "crate.stl", stl_of(box()))
    page.until_shown("file")
    page.until_text(".status", "on this machine alone")
    page.click(".possession >> text=Convert")
    assert not any("POST" in request for request in page.requests())
    page.click(".convert .make")
    until_converted(page)
    sent = [request.partition("/v1/")[2] for request in page.requests() if request.startswith("POST")]
    assert sent == ["assets", "convert"]


def test_a_finished_thing_can_be_reworked(open_page, service, lamp):
    page = open_page(f"/?job={lamp['job_id']}")
    page.until_done()
    page.click("text=Rework")
    page.fill(".convert [name=poly_count]", "500")
    page.click(".convert .make")
    page.until(f"location.search && !location.search.includes('{lamp['job_id']}')")
    page.until_done()
    job = service.view(page.ask("new URLSearchParams(location.search).get('job')"))
    assert job["result"]["acceptance"]["face_count"] <= 500


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("broken.glb", b"not a GLB at all", "model/gltf-binary"),
        ("cut.glb", b"glTF\x02\x00\x00\x00\xff\xff\xff\x7f", "GLB"),
        ("void.stl", bytes(84), "no faces"),
    ],
    ids=["of another kind", "cut short", "without faces"],
)
def test_a_hostile_file_is_refused_in_the_words_of_the_service(open_page, name, data, words):
    page = open_page()
    page.until("document.querySelector('.frame, .hint')")
    convert(page, name, data)
    page.until(f"document.querySelector('[role=alert]')?.innerText.includes({words!r})")
    assert page.ask("document.querySelectorAll('[role=alert]').length") == 1


def test_axe_finds_nothing_serious_where_a_check_fails(open_page, unfit):
    page = open_page(f"/?job={unfit['job_id']}", colorScheme="dark")
    page.until_done()
    page.click(".badge")
    page.ask("document.querySelectorAll('.drawer details').forEach((details) => (details.open = true))")
    assert page.serious_faults() == []
