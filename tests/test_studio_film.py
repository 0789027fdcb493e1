"""The studio makes films: a real browser, a service with real stages."""

from __future__ import annotations

import numpy as np
import pytest

from serve.formats import write
from tests.browser import PHONE
from tests.format_corpus import halves

SMALL = {"quality": "draft", "width": 160, "duration_s": 1, "fps": 12}
VIDEO, LOADED = "document.querySelector('video')", "document.querySelector('video')?.readyState >= 2"
LIVELY = {"reducedMotion": "no-preference"}


@pytest.fixture(scope="module")
def robot(service):
    """Id of a robot that is finished."""
    return service.wait(service.submit(prompt="a yellow robot", quality="draft", seed=1))["job_id"]


@pytest.fixture(scope="module")
def make_film(service, robot):
    """Each call films the robot, small and short, with what else is asked, and gives the job."""

    def make(**fields):
        asset = service.view(robot)["result"]["assets"]["glb"]["digest"]
        answer = service.client.post("/v1/3d-to-video", json=SMALL | {"asset": asset} | fields)
        return service.wait(answer.raise_for_status().json()["job_id"])

    return make


@pytest.fixture
def walk(make_film):
    return make_film(motion={"preset": "walk"}, camera={"move": "still", "azimuth_deg": 50})


def open_drawer(page):
    page.click("[aria-controls=drawer-film]")
    page.until("document.querySelector('.film .make:enabled')")


def fill_small(page):
    page.click(".film summary")
    for name, value in (("width", 160), ("duration_s", 1), ("fps", 12)):
        page.fill(f".film [name={name}]", str(value))


def until_filmed(page):
    page.until("document.querySelector('.rail')?.dataset.status === 'completed'")
    page.until(LOADED)


def job_of(page, service):
    return service.view(page.ask("new URLSearchParams(location.search).get('job')"))


def test_keys_alone_film_what_is_on_the_stage_from_where_it_is_seen(open_page, service, robot):
    page = open_page(f"/?job={robot}")
    page.until_done()
    page.ask("document.querySelector('canvas').focus()")
    page.press("0", *["ArrowRight"] * 3)
    page.ask("document.querySelector('[aria-controls=drawer-film]').focus()")
    page.press("Enter")
    page.until("document.activeElement.id === 'drawer-film'")
    page.press(*["Tab"] * 3)
    page.type("bo")  # a letter chooses in a list
    page.until("document.querySelector('.film [name=speed]')")
    page.ask("document.querySelector('.film summary').focus()")
    page.press("Enter", "Tab")
    page.type("160")
    page.press("Tab", "Tab")
    page.type("12")
    page.ask("document.querySelector('.film [name=duration_s]').select()")
    page.type("1")
    page.press("Enter")
    page.until("document.querySelector('.screen[data-made=false] canvas')?.width === 160")
    assert "a glimpse of the film" in page.ask("document.querySelector('.screen canvas').ariaLabel")
    until_filmed(page)
    asked = job_of(page, service)["request"]
    assert asked["motion"]["preset"] == "bounce"
    assert asked["camera"]["azimuth_deg"] == pytest.approx(32 + 30, abs=1)
    assert asked["camera"]["elevation_deg"] == pytest.approx(20, abs=1)
    page.ask("document.querySelector('[name=side]:checked').focus()")
    page.press("ArrowRight")
    page.until_shown()
    page.until("document.querySelector('.player')")


def test_a_film_plays_and_is_taken_home_and_turns_into_the_thing_that_moves(open_page, service, walk):
    page = open_page(f"/?job={walk['job_id']}", **LIVELY)
    until_filmed(page)
    told = page.ask(
        f"[{VIDEO}.duration, {VIDEO}.videoWidth, {VIDEO}.videoHeight, {VIDEO}.loop, {VIDEO}.muted]"
    )
    assert told == [1, 160, 160, True, True]
    page.until(f"{VIDEO}.currentTime > 0.2")
    assert _yellow(page.picture("video")) > 1_000
    assert "12 frames, 160 \u00d7 160, H.264" in page.ask("document.querySelector('.badge').textContent")
    for label, name in (("MP4", "mp4"), ("GLB", "glb"), ("Camera", "camera")):
        file, data = page.saved(f"[aria-label='Download {label}']")
        assert file.startswith("a-yellow-robot")
        assert data == service.client.get(f"/v1/assets/{walk['result']['assets'][name]['digest']}").content
    page.click(".sides [value=thing]")
    page.until_shown()
    page.until("document.querySelector('.player input').valueAsNumber > 0.1")
    page.until_text(".measures", "leg")
    page.click(".sides [value=film]")
    page.until(LOADED)
    assert page.ask("document.querySelector('.player')") is None


def _yellow(picture):
    red, green, blue = np.moveaxis(picture.astype(int), 2, 0)
    return int(((red - blue > 60) & (green - blue > 40)).sum())


def test_on_a_phone_who_asked_for_calm_starts_the_film_and_its_story_is_told(open_page, walk):
    page = open_page(f"/?job={walk['job_id']}", colorScheme="dark", **PHONE)
    until_filmed(page)
    left, right = page.ask(f"(({{left, right}}) => [left, right])({VIDEO}.getBoundingClientRect())")
    assert 0 <= left < right <= PHONE["viewport"]["width"] == page.ask("document.documentElement.scrollWidth")
    assert page.ask(f"{VIDEO}.paused && {VIDEO}.controls")
    page.until("document.querySelector('.frame[aria-current=true] img').naturalWidth === 160")
    assert page.serious_faults() == []
    page.click(".badge")
    page.until_text("#drawer-acceptance", "12, 12 a second")
    page.press("Escape")
    page.click("text=Story")
    page.until_text(".story", "Joints were put where its parts bend.")
    assert "frames 1\u201312 of 12" in page.text(".story").lower()
    assert page.text("blockquote") == "a yellow robot"
    page.press("Escape")
    page.click("[aria-controls=drawer-film]")
    chosen = "[...document.querySelectorAll('.film select')].map((choice) => choice.value).slice(0, 2)"
    page.until(f'JSON.stringify({chosen}) === \'["walk","still"]\'')  # the same again, if nobody changes it
    assert page.serious_faults() == []


def test_what_cannot_walk_says_why_and_can_be_filmed_otherwise(open_page):
    page = open_page()
    page.until("document.querySelector('.frame, .hint') && document.querySelector('canvas').dataset.frames")
    page.drop(".stage", "window.glb", write("glb", halves(), name="window"))
    page.until_shown("file")
    open_drawer(page)
    assert not any("POST" in request for request in page.requests())
    page.select(".film [name=preset]", "walk")
    page.until_text("#preset-hint", "two or four legs")  # before it is tried in vain
    assert page.serious_faults() == []
    fill_small(page)
    page.click(".film .make")
    page.until_text("[role=alert]", "cannot move so")
    page.until_shown("file")  # it still stands there
    open_drawer(page)
    page.select(".film [name=preset]", "")
    page.select(".film [name=codec]", "gif")
    page.click(".film .make")
    page.until("document.querySelector('.screen[data-made=true] canvas')?.width === 160")
    assert page.text("[role=alert]") == ""
    page.click(".screen >> text=Play")
    page.until("document.querySelector('.screen img')?.naturalWidth === 160")
    name, data = page.saved("[aria-label='Download GIF']")
    assert (name, data[:4]) == ("window.gif", b"GIF8")


def test_a_refusal_is_read_in_the_drawer(open_page, robot):
    page = open_page(f"/?job={robot}")
    page.until_done()
    open_drawer(page)
    page.fill(".film [name=duration_s]", "100")
    page.click(".film summary")
    page.fill(".film [name=fps]", "100")
    page.click(".film .make")
    page.until_text("#drawer-film [role=alert]", "10,000 frames; the limit is 3,600")
