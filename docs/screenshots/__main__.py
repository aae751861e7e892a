"""Makes every picture of this folder anew: `make screenshots`, about 90 seconds on a quiet machine.

It starts a demo of its own on a free port, with a small past and its data in a folder that is gone afterwards, walks
where `pictures.py` says, and writes small PNG files and the story as one animated picture.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
CHECKOUT: Final = FOLDER.parents[1]
sys.path[:0] = [str(FOLDER), str(CHECKOUT)]

import font_roboto  # noqa: E402
from pictures import PICTURES, STORY, WIDE  # noqa: E402
from PIL import Image, ImageDraw, ImageFont  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from walk import Walk  # noqa: E402

from pht_clinic.demo.services import free_port  # noqa: E402
from tests.chromium import find  # noqa: E402

PEOPLE: Final = "40"
OPEN_SECONDS, PLAYED_SECONDS = 300, 240
COLOURS: Final = 96
STORY_SIZE, STORY_BAND, STORY_SECONDS = (960, 600), 48, 4
TOO_LARGE: Final = 1_000_000
_ADDRESS: Final = re.compile(r"http://localhost:(\d+)/")


class CannotBeMade(RuntimeError):
    """A picture or the demo is not there; the words say why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A demo that runs: where, and its folder."""

    port: int
    inbox_port: int
    var: Path

    @property
    def sign_ins(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.var / "sign-ins.json").read_text(encoding="utf-8"))
        return found


@contextmanager
def demo() -> Iterator[Running]:
    """A demo with a small past, ended at the end. Raises: CannotBeMade."""
    with tempfile.TemporaryDirectory(prefix="pht-pictures-") as folder:
        Path(folder).chmod(0o711)  # the database's user looks for its data in it
        var, port = Path(folder) / "var", free_port()
        given = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        command = [sys.executable, "-m", "pht_clinic.demo", "--stop-with-parent", "--var", str(var)]
        log = Path(folder) / "demo.log"
        with log.open("w") as said:
            env = {**given, "PORT": str(port), "DEMO_PEOPLE": PEOPLE}
            child = subprocess.Popen(  # noqa: S603 - the demo of this checkout
                command, cwd=CHECKOUT, env=env, stdout=said, stderr=subprocess.STDOUT
            )
            try:
                yield _opened(child, log, port, var)
            finally:
                child.send_signal(signal.SIGTERM)
                child.wait(60)


def _opened(child: subprocess.Popen[bytes], log: Path, port: int, var: Path) -> Running:
    """Once it is open and its past is played; a past that takes longer is left to come."""
    began = time.monotonic()
    while not (inbox := _inbox_of(log, port)) or not _answers(port):
        if child.poll() is not None or time.monotonic() - began > OPEN_SECONDS:
            raise CannotBeMade(f"The demo did not open:\n{log.read_text()[-2000:]}")
        time.sleep(1)
    while "past year is there" not in log.read_text() and time.monotonic() - began < PLAYED_SECONDS:
        time.sleep(1)
    return Running(port, inbox, var)


def _inbox_of(log: Path, port: int) -> int:
    """The port of its mails, which it says beside the clinic's; 0 while it has not said it."""
    ports = {int(found) for found in _ADDRESS.findall(log.read_text())} - {port}
    return next(iter(sorted(ports)), 0)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=5) as answer:  # nosec B310  # our own demo
            return bool(answer.status == 200)
    except OSError:
        return False


def shot(page: Page, height: int) -> Image.Image:
    """What the window shows, made so high."""
    width = (page.viewport_size or {"width": WIDE[0]})["width"]
    page.set_viewport_size({"width": width, "height": height})
    return Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")


def written(image: Image.Image, name: str) -> Path:
    """As a PNG of few colours, which letters and flat faces need no more of."""
    file = FOLDER / f"{name}.png"
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    return file


def frame(image: Image.Image, words: str) -> Image.Image:
    """One frame of the story: the page above, the words in a band below."""
    width, height = STORY_SIZE
    framed = Image.new("RGB", (width, height + STORY_BAND), "#12222f")
    framed.paste(image.resize(STORY_SIZE, Image.Resampling.LANCZOS), (0, 0))
    font = ImageFont.truetype(font_roboto.Roboto, 22)
    ImageDraw.Draw(framed).text((20, height + STORY_BAND // 2), words, fill="white", font=font, anchor="lm")
    return framed


def main(only: list[str]) -> int:
    """All pictures, or those named; 1 where one cannot be made, with why."""
    with demo() as running, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--font-render-hinting=none"]
        browser = playwright.chromium.launch(executable_path=find(), args=flags)
        walk = Walk(
            browser,
            f"http://localhost:{running.port}/",
            f"http://localhost:{running.inbox_port}/",
            running.sign_ins,
            running.var,
        )
        for picture in PICTURES:
            if not only or picture.name in only:
                _say(written(shot(picture.way(walk), picture.height), picture.name))
        if not only or "story" in only:
            _say(_story(walk))
        browser.close()
    return 0


def _story(walk: Walk) -> Path:
    file = FOLDER / "story.webp"
    frames = [frame(shot(scene.way(walk), 800), scene.words) for scene in STORY]
    frames[0].save(
        file, save_all=True, append_images=frames[1:], duration=STORY_SECONDS * 1000, loop=1, quality=80, method=6
    )
    if file.stat().st_size > TOO_LARGE:
        raise CannotBeMade(f"{file.name} is larger than {TOO_LARGE} bytes.")
    return file


def _say(file: Path) -> None:
    print(f"{file.relative_to(CHECKOUT)}  {file.stat().st_size // 1000} kB", flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
