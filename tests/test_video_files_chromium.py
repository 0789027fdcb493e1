"""Chromium plays the films: it seeks to any frame, and a canvas has that frame's colours."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from serve.contracts.video import Codec, Container
from tests.browser import Page, browsing, pages_of, require_chromium
from tests.video_judges import COLORS, HEIGHT, WIDTH, encode, marks_of, patches_of, require_video

PLAYED = [
    (Codec.H264, Container.MP4),
    (Codec.AV1, Container.MP4),
    (Codec.AV1, Container.WEBM),
    (Codec.VP9, Container.WEBM),
    (Codec.VP9, Container.MP4),
]
FPS = 24000 / 1001
# A film comes as a blob, which can be seeked whatever the server knows of ranges.
PAGE = b"""<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body><script>
window.show = async (name, codec, times) => {
  const video = document.createElement("video");
  const seen = (event) => new Promise((done, failed) => {
    video.addEventListener(event, done, { once: true });
    video.addEventListener("error", () => failed(new Error(video.error.message)), { once: true });
  });
  const blob = await (await fetch(name)).blob();
  const loaded = seen("loadeddata");
  video.src = URL.createObjectURL(blob);
  document.body.replaceChildren(video);
  await loaded;
  const [width, height] = [video.videoWidth, video.videoHeight];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const frames = [];
  for (const time of times) {
    const shown = new Promise((done) => video.requestVideoFrameCallback(done)); // `seeked` may come before it
    video.currentTime = time;
    await shown;
    context.drawImage(video, 0, 0);
    frames.push(canvas.toDataURL("image/png").split(",")[1]);
  }
  const playable = video.canPlayType(`${blob.type}; codecs="${codec}"`);
  return { frames, duration: video.duration, size: [width, height], playable };
};
</script>"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page that shows the films of a little server."""
    require_chromium()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Films)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with browsing() as browser, pages_of(browser) as open_:
            require_chromium(browser)
            yield open_(f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Films(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.strip("/")
        if not name:
            self._answer(PAGE, "text/html")
            return
        codec, container = name.split(".")
        film = encode(Codec(codec), Container(container))
        self._answer(film.data, film.media_type)

    def _answer(self, data: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Keep silent."""


@pytest.mark.parametrize(("codec", "container"), PLAYED)
def test_chromium_seeks_to_every_frame_and_shows_its_colours(codec, container, page):
    require_video()
    require_chromium()
    asked = [17, 3, 29, 24]
    times = [(index + 0.5) / FPS for index in asked]
    given = [f"{codec.value}.{container.value}", encode(codec, container).codec, times]
    shown = page.ask(f"window.show(...{json.dumps(given)})")
    assert shown["size"] == [WIDTH, HEIGHT]
    assert shown["playable"] == "probably"
    assert shown["duration"] == pytest.approx(30 / FPS, abs=0.002)
    frames = [np.asarray(Image.open(io.BytesIO(base64.b64decode(png)))) for png in shown["frames"]]
    assert [marks_of(frame) for frame in frames] == asked
    for frame in frames:
        np.testing.assert_allclose(patches_of(frame), COLORS, atol=2)
