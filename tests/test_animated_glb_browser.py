"""Animated GLB in a real browser: three.js loads it with its textures, moves it, and draws it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.animated_assets import MOVING, corners_at
from tests.browser import browsing, pages_of, require_chromium
from tests.parts import require

ROOT = Path(__file__).resolve().parents[1]
THREE = ROOT / "studio/node_modules/three"


class _Folder(SimpleHTTPRequestHandler):
    """Three.js, a page that uses it, and one asset."""

    def __init__(self, *given, asset, **named):
        self.asset = asset
        super().__init__(*given, **named)

    def translate_path(self, path):
        if path == "/asset.glb":
            return str(self.asset)
        if path.startswith("/three/"):
            return str(THREE / path.removeprefix("/three/"))
        return str(ROOT / "tests/three" / path.removeprefix("/"))

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def folder_of(asset):
    """Serves it on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Folder, asset=asset)) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with browsing() as browser:
        yield browser


@pytest.fixture
def play(request, tmp_path):
    """Opens a page with an asset on it."""
    require_chromium()
    require("three", THREE.is_dir(), "npm ci --prefix studio")
    browser = request.getfixturevalue("browser")
    require_chromium(browser)
    path = tmp_path / "asset.glb"
    with folder_of(path) as url, pages_of(browser) as open_:

        def opened(data):
            path.write_bytes(data)
            page = open_(f"{url}/page.html")
            page.until("window.ready")
            page.ask("load('/asset.glb')")
            return page

        yield opened


@pytest.mark.node
@pytest.mark.parametrize(
    ("name", "compressed"), [("textured", False), ("textured", True), ("flies apart", False)]
)
def test_a_browser_moves_and_draws_it(name, compressed, play):
    moving = MOVING[name]()
    animation = moving.animations[0]
    middle_s = 0.37 * float(animation.times_s[-1])
    page = play(moving.glb(compressed=compressed))
    pictures = []
    for time_s in (0.0, middle_s):
        if not compressed:
            (found,) = page.ask(f"posed('{animation.name}', [{time_s}])")
            for part, expected in corners_at(moving, animation, time_s).items():
                np.testing.assert_allclose(found[part], expected, atol=1e-5)
        page.ask(f"show('{animation.name}', {time_s})")
        pictures.append(page.picture())
    drawn = [int((picture.max(axis=2) > 40).sum()) for picture in pictures]
    assert min(drawn) > 4_000
    assert (np.abs(pictures[0].astype(int) - pictures[1]).max(axis=2) > 40).sum() > 1_000
