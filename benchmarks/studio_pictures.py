"""Takes the pictures of the studio for the README, from a real service in a real chromium."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser import PHONE, Page, browsing
from tests.served import Served, serving

__all__ = ["main"]

PICTURES = Path(__file__).resolve().parents[1] / "docs/pictures"
MOST_BYTES = 300_000
FILM = {"quality": "medium", "duration_s": 2, "motion": {"preset": "wave"}, "camera": {"move": "still"}}
DESK = {"viewport": {"width": 1360, "height": 850}}
# Seed and sentence; the last is on the stage.
THINGS = (
    (7, "a golden trophy with a black base"),
    (3, "a pink bicycle with a black saddle"),
    (5, "a green tractor with a yellow cab"),
    (1, "a silver rocket with red fins"),
    (2, "a fairy-tale castle with four towers"),
    (4, "a black lighthouse with white stripes"),
    (1, "a brown teddy bear with a red bow"),
)


def save(page: Page, name: str) -> None:
    """Keep the page as it looks, in few enough bytes."""
    file = PICTURES / f"{name}.png"
    Image.open(io.BytesIO(page.screen())).convert("RGB").save(file, optimize=True)
    assert file.stat().st_size < MOST_BYTES, f"{file} has {file.stat().st_size:,} bytes"


def filmed(served: Served, thing: dict[str, Any]) -> str:
    """Id of a film of the thing."""
    asked = FILM | {"asset": thing["result"]["assets"]["glb"]["digest"]}
    answer = served.client.post("/v1/3d-to-video", json=asked).raise_for_status()
    return str(served.wait(answer.json()["job_id"])["job_id"])


def main() -> None:
    """Make the things, look at the page in light, in dark and on a phone, then film the last."""
    with serving(sync_workers=0, threads=0) as served, browsing() as browser:
        for seed, prompt in THINGS:
            thing = served.wait(served.submit(prompt=prompt, seed=seed, quality="medium"))
        light = browser.open(served.url, colorScheme="light", **DESK)
        light.until_done()
        light.ask("document.fonts.ready.then(() => null)")
        light.hover(655, 300)  # an arm
        light.ask("new Promise((resolve) => setTimeout(resolve, 1500))")
        save(light, "studio")
        dark = browser.open(served.url, colorScheme="dark", **DESK)
        dark.until_done()
        dark.click("[data-job]:nth-of-type(1) >> nth=3")
        dark.until_done()
        dark.click("text=Story")
        dark.until_text(".story", "parts_flow")
        dark.ask("new Promise((resolve) => setTimeout(resolve, 1500))")
        save(dark, "studio-dark")
        phone = browser.open(served.url, colorScheme="light", deviceScaleFactor=1.5, **PHONE)
        phone.until_done()
        phone.ask("new Promise((resolve) => setTimeout(resolve, 1500))")
        save(phone, "studio-phone")
        film = browser.open(f"{served.url}/?job={filmed(served, thing)}", colorScheme="light", **DESK)
        film.until("document.querySelector('video')?.readyState >= 2")
        film.ask("document.querySelector('video').currentTime = 0.5")
        film.click("[aria-controls=drawer-film]")
        film.ask("new Promise((resolve) => setTimeout(resolve, 1500))")
        save(film, "studio-film")
        for page in (light, dark, phone, film):
            page.close()


if __name__ == "__main__":
    main()
