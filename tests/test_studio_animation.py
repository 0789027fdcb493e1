"""The studio plays animated files: a real browser, files dropped on its stage."""

from __future__ import annotations

import numpy as np
import pytest

from serve.formats import write
from tests.animated_assets import arm
from tests.browser import pages_of, require_chromium
from tests.format_corpus import halves
from tests.served import serving

PLAY, TIME, PLACE, CLIP = ".player button", ".player input", ".player .place", ".player select"


@pytest.fixture(scope="module")
def service():
    with serving(engine="fake") as served:
        yield served


@pytest.fixture(scope="module")
def open_page(browser, service):
    """Opens the studio; options are those of the browser's context. Pages are dear: tests share them."""
    with pages_of(browser) as open_:

        def opened(**options):
            page = open_(service.url, **options)
            page.until("document.querySelector('.invitation')")
            return page

        yield opened


@pytest.fixture(scope="module")
def calm_page(open_page):
    """A page of somebody who asked their system for calm."""
    return open_page()


@pytest.fixture
def show(request):
    """Drops a file on the calm page's stage, and gives the page once it stands there."""
    require_chromium()
    page = request.getfixturevalue("calm_page")
    require_chromium(request.getfixturevalue("browser"))
    return lambda data: drop(page, data)


def drop(page, data):
    page.ask("delete document.querySelector('canvas').dataset.shown")
    page.drop(".stage", "puppet.glb", data)
    page.until_shown("file")
    return page


def frames(page):
    return int(page.ask("document.querySelector('canvas').dataset.frames"))


def settled(page):
    """The canvas once it draws no more."""
    last = -1
    while last != (now := frames(page)):
        last = now
        page.ask("new Promise((resolve) => setTimeout(resolve, 400))")
    return page.picture()


def record(page):
    """Note the time at each change of it, in `seen`."""
    text = f"document.querySelector('{PLACE}')"
    note = f"new MutationObserver(() => seen.push(parseFloat({text}.innerText)))"
    page.ask(f"window.seen = []; {note}.observe({text}, {{ subtree: true, characterData: true }})")


def differing(one, other):
    return int((np.abs(one.astype(int) - other).max(axis=2) > 40).sum())


def test_a_moving_file_waits_and_a_slider_leads_through_its_time(show):
    page = show(arm().glb())
    assert page.text(PLAY) == "Play"
    assert page.text(PLACE) == "0.00 of 1.50 s"
    first = settled(page)
    page.fill(TIME, "0.6")
    page.until_text(PLACE, "0.60 of 1.50 s")
    assert differing(settled(page), first) > 1_000
    assert page.ask(f"document.querySelector('{TIME}').getAttribute('aria-valuetext')") == "0.60 of 1.50 s"
    assert page.serious_faults() == []


def test_keys_play_pause_and_go_a_frame_on(show):
    page = show(arm().glb())
    page.ask("document.querySelector('canvas').focus()")
    page.press(".", ".", ",")
    page.until_text(PLACE, "0.03 of")
    record(page)
    page.press(" ")
    page.until_text(PLAY, "Pause")
    page.until("seen.length > 3")
    page.press(" ")
    page.until_text(PLAY, "Play")
    paused = page.text(PLACE)
    settled(page)
    assert page.text(PLACE) == paused


def test_another_clip_is_chosen_by_its_name_and_ends_where_it_does_not_loop(show):
    page = show(arm().glb())
    page.select(CLIP, "nod")
    page.until_text(PLACE, "0.00 of 0.50 s")
    page.click(PLAY)
    page.until_text(PLACE, "0.50 of 0.50 s")
    page.until_text(PLAY, "Play")
    settled(page)
    record(page)
    page.click(PLAY)
    page.until("seen.includes(0)")


def test_the_pointer_finds_parts_where_the_motion_took_them(show):
    page = show(arm().glb(compressed=True))
    names = []
    for instant_s in ("0", "0.6"):
        page.fill(TIME, instant_s)
        settled(page)
        names.append(parts_under(page))
    assert names[0] != names[1]
    assert {"seat", "frame"} < {*names[0], *names[1]} <= {"seat", "frame", "pane", ""}


def parts_under(page):
    """The parts' names at places down the middle of the stage."""
    box = "document.querySelector('canvas').getBoundingClientRect()"
    x, y, width, height = page.ask(f"(({{ x, y, width, height }}) => [x, y, width, height])({box})")
    found = []
    for share in np.linspace(0.25, 0.65, 7):
        page.hover(x + width / 2, y + share * height)
        settled(page)
        found.append(page.text(".stage .part"))
    return found


def test_a_still_file_has_no_player_and_neither_has_who_sees_nothing(show, open_page):
    show(arm().glb())
    still = show(write("glb", halves(), name="window"))
    assert still.ask("document.querySelector('.player')") is None
    blind = open_page(blind=True)
    blind.drop(".stage", "puppet.glb", arm().glb())
    blind.until_text(".blind", "no WebGL")
    assert blind.ask("document.querySelector('.player')") is None


def test_for_all_others_it_plays_at_once_begins_anew_and_makes_way(open_page):
    require_chromium()
    page = drop(open_page(reducedMotion="no-preference"), arm().glb())
    assert page.text(PLAY) == "Pause"
    record(page)
    page.until("seen.some((time, index) => index && time < seen[index - 1])")
    assert max(page.ask("seen")) <= 1.5
    drop(page, write("glb", halves(), name="window"))
    page.until("!document.querySelector('.player')")
    settled(page)
