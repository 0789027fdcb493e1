"""A real, headless chromium, driven by playwright-core in a process of node (`tests/browser.mjs`)."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.parts import require, tell_version

__all__ = ["PHONE", "Browser", "Page", "browsing", "pages_of", "require_chromium"]

_TESTS = Path(__file__).parent
_HOW = "install node and Debian's chromium, then `npm ci --prefix tests`"
PHONE = {"viewport": {"width": 390, "height": 844}, "isMobile": True, "hasTouch": True}


def require_chromium(browser: Browser | None = None) -> None:
    """Skip where there is none; tell its version where it runs."""
    driven = shutil.which("node") is not None and (_TESTS / "node_modules/playwright-core").is_dir()
    require("chromium", driven and _program() is not None, _HOW)
    if browser is not None:
        tell_version("chromium", browser.version)


def _program() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


class Browser:
    """One chromium; each page has a context, and so a session, of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", "browser.mjs", str(_program())],
            cwd=_TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._ids = count(1)
        self.version: str = self._answer()

    def open(self, url: str, **options: Any) -> Page:
        """A new page; options are those of playwright's contexts, and `blind`, which takes WebGL away."""
        page = Page(self, next(self._ids), url)
        options = {"viewport": {"width": 1000, "height": 640}} | options
        self.call(page.id, "open", url, options)
        return page

    def call(self, page_id: int, action: str, *given: Any) -> Any:
        """Do something with a page, and wait until it is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"page": page_id, "do": action, "with": given}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the browser has died"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@contextmanager
def pages_of(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages: at which address, with which options of the browser's context; closes them all."""
    pages: list[Page] = []

    def open_(url: str, **options: Any) -> Page:
        pages.append(browser.open(url, **options))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser for as long as it is needed."""
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()


class Page:
    """A page of the studio, asked and touched as a user would. Selectors are playwright's."""

    def __init__(self, browser: Browser, page_id: int, url: str) -> None:
        self._browser = browser
        self.id = page_id
        self.origin = "/".join(url.split("/")[:3])

    def _do(self, action: str, *given: Any) -> Any:
        return self._browser.call(self.id, action, *given)

    def goto(self, url: str) -> None:
        self._do("goto", url)

    def fill(self, selector: str, text: str) -> None:
        self._do("fill", selector, text)

    def select(self, selector: str, value: str) -> None:
        self._do("select", selector, value)

    def click(self, selector: str) -> None:
        self._do("click", selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self._do("press", key)

    def type(self, text: str) -> None:
        self._do("type", text)

    def hover(self, x: float, y: float) -> None:
        self._do("hover", x, y)

    def release(self) -> None:
        """Answer the requests that wait since the page was opened: those of the option `held`, a pattern."""
        self._do("release")

    def until(self, expression: str) -> None:
        """Wait until the expression of JavaScript is true."""
        self._do("until", expression)

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript."""
        return self._do("ask", expression)

    def text(self, selector: str) -> str:
        return str(self.ask(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def until_text(self, selector: str, part: str) -> None:
        """Wait until the element shows this text."""
        chosen, wanted = json.dumps(selector), json.dumps(part)
        self.until(f"document.querySelector({chosen})?.innerText.includes({wanted})")

    def make(self, prompt: str, quality: str = "draft", *, accepted: bool = True) -> None:
        """Type a sentence and press Enter; once it is accepted the address names the job."""
        before = json.dumps(self.ask("location.href"))
        self.click(f"[name=quality][value={quality}]")
        self.fill("#prompt", prompt)
        self.press("Enter")
        if accepted:
            self.until(f"location.href !== {before}")

    def until_shown(self, kind: str = "asset") -> None:
        """Wait until the stage shows a sketch (`preview`), an `asset` or a dropped `file`."""
        self.until(f"document.querySelector('canvas').dataset.shown === {json.dumps(kind)}")

    def until_done(self) -> None:
        self.until("document.querySelector('.rail')?.dataset.status === 'completed'")
        self.until_shown()

    def picture(self, selector: str = "canvas") -> NDArray[np.uint8]:
        """What is seen of an element: (height, width, 3)."""
        data = base64.b64decode(self._do("picture", selector))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def screen(self) -> bytes:
        """The whole page, as a PNG."""
        return base64.b64decode(self._do("screen"))

    def drop(self, selector: str, name: str, data: bytes) -> None:
        """Drop a file on an element."""
        self._do("drop", selector, name, base64.b64encode(data).decode())

    def choose(self, selector: str, name: str, data: bytes) -> None:
        """Choose a file, as the dialog of an input would."""
        self._do("choose", selector, name, base64.b64encode(data).decode())

    def saved(self, selector: str) -> tuple[str, bytes]:
        """Name and bytes of the file that a click downloads."""
        name, data = self._do("saved", selector)
        return str(name), base64.b64decode(data)

    def serious_faults(self) -> list[str]:
        """What axe-core calls serious or critical."""
        return list(self._do("axe"))

    def requests(self) -> list[str]:
        """All requests so far, `GET http://...`; addresses that begin with `blob:` leave the page never."""
        return list(self._do("seen")["requests"])

    def close(self) -> None:
        """Close it, and see that it broke no rule of its own, and asked nobody but its service."""
        faults, violations = self._do("seen")["faults"], self.ask("window.violations")
        allowed = (f"{self.origin}/", f"blob:{self.origin}/")
        strangers = [request for request in self.requests() if not request.split(" ")[1].startswith(allowed)]
        self._do("close")
        assert (faults, violations, strangers) == ([], [], [])
