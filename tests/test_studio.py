"""The studio in a real browser: what a visitor does, against a service with the real engine."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import numpy as np
import pytest

from tests.browser import PHONE
from tests.served import serving

LAMP = "a tall red lamp with a blue stand"
KEY = "first-key-1"
DRAWERS = ["story", "service", "things", "help", "acceptance", "convert", "film"]


@pytest.fixture(scope="module")
def keyed():
    """One that asks for a key, and whose shapes mean nothing."""
    with serving(engine="fake", api_keys=f"ann:{KEY}") as served:
        served.client.headers["authorization"] = f"Bearer {KEY}"
        yield served


@pytest.fixture
def lamp(service):
    """Id of a lamp that is finished, made once."""
    view = service.wait(service.submit(prompt=LAMP, quality="draft", seed=1))
    return view["job_id"]


def coloured(picture):
    """How many pixels are of a strong colour, which the page's own are not."""
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    return int((spread > 90).sum())


def differing(one, other):
    return int((np.abs(one.astype(int) - other).max(axis=2) > 40).sum())


def settled(page):
    """The canvas once it draws no more."""
    frames = "document.querySelector('canvas').dataset.frames"
    page.ask(
        f"new Promise((resolve) => {{ let last = ''; const look = () => {frames} === last ? resolve()"
        f" : (last = {frames}, setTimeout(look, 300)); look(); }})"
    )
    return page.picture()


def test_a_sentence_becomes_a_sketch_and_then_a_thing_that_turns(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    page.make("a big red apple", "medium")
    page.until_done()
    changes = page.ask("window.shown.map(([kind, status]) => [kind, status])")
    assert changes == [["asset", "completed"], ["preview", "running"], ["asset", "completed"]]
    shown = settled(page)
    assert coloured(shown) > 5_000
    page.ask("document.querySelector('canvas').focus()")
    page.press(*["ArrowRight"] * 4)
    assert differing(settled(page), shown) > 500
    states = page.ask("[...document.querySelectorAll('.rail li')].map((item) => item.dataset.state)")
    assert set(states) == {"done"} and len(states) > 9


def test_an_idle_page_draws_nothing_and_asks_nothing(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    settled(page)
    frames, requests = page.ask("document.querySelector('canvas').dataset.frames"), page.requests()
    page.ask("new Promise((resolve) => setTimeout(resolve, 1500))")
    assert page.ask("document.querySelector('canvas').dataset.frames") == frames
    assert page.requests() == requests


def test_a_link_leads_to_its_job_and_back_goes_back(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    assert page.ask("document.querySelector('#prompt').value") == LAMP
    page.click("text=Share")
    page.until_text(".possession", "Link copied")
    assert page.ask("navigator.clipboard.readText()").endswith(f"/?job={lamp}")
    page.make("a yellow rubber duck")
    page.until_done()
    assert lamp not in page.ask("location.href")
    page.ask("history.back()")
    page.until(f"document.querySelector('#prompt').value === {json.dumps(LAMP)}")
    page.until_done()


def test_a_job_is_followed_through_the_death_of_the_service(open_page, service):
    page = open_page()
    page.until("document.querySelector('.frame, .hint')")
    page.make("a red chair with white legs", "medium")
    page.until_shown("preview")
    service.kill_everything()
    page.until_text(".status", "out of reach")
    service.start()
    service.until_ready()
    page.until_done()
    streams = [request for request in page.requests() if request.endswith("/events")]
    assert len(streams) >= 2
    assert " stages" in page.text(".status")


def test_a_job_can_be_cancelled(open_page):
    page = open_page(reducedMotion="no-preference")
    page.until("document.querySelector('.frame, .hint')")
    page.make("a castle with four round towers", "ultra")
    page.until("document.querySelector('.rail [data-state=running]')")
    page.click("text=Cancel")
    page.until_text(".status", "Cancelled")
    assert page.text("[role=alert]") == ""
    page.until("document.querySelector('.rail').getAnimations({ subtree: true }).length === 0")


def test_errors_are_told_in_words(open_page):
    page = open_page("/?job=01m83re60n9e27j5dapdmaeyzk")
    page.until_text("[role=alert]", "01m83re60n9e27j5dapdmaeyzk")
    page.fill("[name=seed]", "9999999999999999")
    page.make(LAMP, accepted=False)
    page.until_text("[role=alert]", "seed")
    page.fill("[name=seed]", "")
    page.make(LAMP)
    page.until_done()
    assert page.text("[role=alert]") == ""


def test_a_hostile_prompt_is_text(open_page):
    hostile = (
        "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> a red cube"
    )
    page = open_page()
    page.until("document.querySelector('.frame, .hint')")
    page.make(hostile)
    page.until_done()
    page.click("text=Story")
    page.until_text("blockquote", hostile)
    assert page.ask("document.title") == "Galatea"
    assert page.ask("document.querySelectorAll('[onerror], [src=x]').length") == 0


def test_another_format_comes_from_the_cache_but_for_the_export(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    name, data = page.saved("[aria-label='Download OBJ']")
    assert name == "a-tall-red-lamp-with-a-blue-stand.zip"
    assert any(entry.endswith(".obj") for entry in zipfile.ZipFile(io.BytesIO(data)).namelist())
    page.until_text(".note", "from the cache")
    name, data = page.saved("[aria-label='Download GLB']")
    assert (name, data[:4]) == ("a-tall-red-lamp-with-a-blue-stand.glb", b"glTF")


def test_a_job_of_another_format_is_shown_from_its_own_file(open_page, service):
    for file_format in ("gltf", "obj", "ply", "stl"):
        job = service.wait(service.submit(prompt=LAMP, quality="draft", seed=1, format=file_format))
        page = open_page(f"/?job={job['job_id']}")
        page.until_done()
        page.until_text(".measures", "faces")


def test_the_story_tells_stages_models_and_keys(open_page, service, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    page.click("text=Story")
    page.until_text(".story", "parts_flow 1")
    assert page.ask("document.querySelectorAll('.story li').length") == len(
        service.view(lamp)["result"]["report"]
    )
    assert "seed 1" in page.text(".story")
    name, data = page.saved("text=Download the manifest")
    assert (name.endswith(".manifest.json"), json.loads(data)["operation"]) == (True, "text-to-3d")


def test_the_service_tells_its_queue_models_and_parts(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    page.click("text=Service")
    page.until_text("#drawer-service", "interactive")
    told = page.text("#drawer-service")
    assert all(
        word in told for word in ("parts_flow 1", "ledger", "well", "from the cache", "every 10 seconds")
    )


def test_parts_are_named_where_they_are_pointed_at(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    before = settled(page)
    page.ask("document.querySelector('.measures button').focus()")
    assert differing(settled(page), before) > 20
    y, x = np.argwhere(before.max(axis=2).astype(int) - before.min(axis=2) > 150)[0]
    left, top = page.ask(
        "(({ left, top }) => [left, top])(document.querySelector('canvas').getBoundingClientRect())"
    )
    page.hover(left + int(x), top + int(y) + 2)
    page.until("document.querySelector('.part')?.innerText")


def test_a_dropped_mesh_is_shown_and_sent_nowhere(open_page):
    page = open_page()
    page.until("document.querySelector('.frame, .hint')")
    page.until("document.querySelector('canvas').dataset.frames")
    requests = page.requests()
    corners = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    faces = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    floats = [[0.0] * 3 + [float(value) for corner in face for value in corners[corner]] for face in faces]
    stl = bytes(80) + struct.pack("<I", 4) + b"".join(struct.pack("<12fH", *row, 0) for row in floats)
    page.drop(".stage", "tetrahedron.stl", stl)
    page.until_shown("file")
    page.until_text(".measures", "4 faces")
    sent = [request for request in page.requests()[len(requests) :] if not request.startswith("GET ")]
    assert sent == []


def test_keys_alone_are_enough(open_page, lamp):
    page = open_page(f"/?job={lamp}")
    page.until_done()
    page.press("/")
    assert page.ask("document.activeElement.id") == "prompt"
    page.type("a blue mug")
    page.press("Enter")
    page.until("document.querySelector('.rail')?.dataset.status !== 'completed'")
    page.until_done()
    page.press("Escape", "?")
    page.until("document.activeElement.id === 'drawer-help'")
    page.press("Escape")
    page.until("document.querySelector('#drawer-help').hidden")
    page.ask("document.querySelector('.frame').focus()")
    page.press("ArrowDown", "Enter")
    page.until("document.querySelectorAll('.frame')[1].getAttribute('aria-current') === 'true'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_drawer(scheme, open_page, lamp):
    page = open_page(f"/?job={lamp}", colorScheme=scheme)
    page.until_done()
    assert page.serious_faults() == []
    for drawer in DRAWERS:
        page.click(f"[aria-controls=drawer-{drawer}]")
        page.until(f"document.querySelector('#drawer-{drawer}').innerText.length > 80")
        assert page.serious_faults() == []
        page.press("Escape")


def test_a_phone_scrolls_in_no_drawer_sideways(open_page, lamp):
    page = open_page(f"/?job={lamp}", **PHONE)
    page.until_done()
    for drawer in ("", *DRAWERS):
        if drawer:
            page.click(f"[aria-controls=drawer-{drawer}]")
            page.until(f"!document.querySelector('#drawer-{drawer}').hidden")
        assert page.ask("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
        page.press("Escape")


def test_without_webgl_there_is_the_picture_with_words(open_page, lamp):
    page = open_page(f"/?job={lamp}", blind=True)
    page.until("document.querySelector('.blind img')?.naturalWidth > 0")
    assert LAMP in page.ask("document.querySelector('.blind img').alt")
    assert "no WebGL" in page.text(".blind")


def test_without_javascript_the_page_tells_how_to_ask(open_page, service):
    page = open_page(javaScriptEnabled=False)
    assert page.picture("main.plain").shape[0] > 200


def test_a_service_with_keys_asks_for_one_and_forgets_it_with_the_tab(open_page, keyed):
    page = open_page(url=keyed.url)
    page.until("document.querySelector('dialog').open")
    page.fill("[name=key]", KEY)
    page.press("Enter")
    page.until("document.querySelector('.hint, .frame')")
    page.make("a lamp")
    page.until("document.querySelector('.rail')?.dataset.status === 'completed'")
    page.until("document.querySelector('.frame img')?.naturalWidth > 0")
    assert page.ask("Object.values(localStorage)") == []


def test_a_long_history_is_read_as_it_is_looked_through(open_page, keyed):
    ids = [keyed.submit(prompt=f"lamp {number}", priority="batch") for number in range(70)]
    for job_id in ids:
        keyed.client.delete(f"/v1/jobs/{job_id}")
    page = open_page(url=keyed.url)
    page.fill("[name=key]", KEY)
    page.press("Enter")
    page.until("document.querySelectorAll('.frame').length > 5")
    assert len([request for request in page.requests() if "/v1/jobs?" in request]) == 2  # one without the key
    to_the_end = "document.querySelector('.filmstrip ol').scrollTo(0, 1e6)"
    page.until(f"({to_the_end}, document.querySelector('[data-job=\"{ids[0]}\"]'))")
    assert page.ask("document.querySelectorAll('.frame').length") < 30


def test_what_a_quick_visitor_types_outlives_the_start(open_page, lamp):
    page = open_page(held="**/v1/models")
    page.until("document.querySelector('.frame')")
    page.fill("#prompt", "a thing of my own")
    page.release()
    page.until_shown()
    assert page.ask("document.querySelector('#prompt').value") == "a thing of my own"
