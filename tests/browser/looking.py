"""What every page must be, in a real browser: accessible, narrow enough, quiet, with links that say where they lead.

`problems` looks at a page wide and light, then narrow and dark; a list of sentences, empty when nothing is wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Page

AXE: Final = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 800}

RUN_AXE: Final = """async ([where, rules]) => {
  const options = {resultTypes: ["violations"], preload: false, iframes: false, ...rules};
  const found = await axe.run(where === null ? document : {include: window[where]}, options);
  return found.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]);
}"""
BY_TAGS: Final[dict[str, Any]] = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"color-contrast": {"enabled": False}},
}
BY_WIDTH: Final[dict[str, Any]] = {
    "runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
}
"""What depends on the width; the rest is the same page."""
CONTRAST: Final[dict[str, Any]] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}

# Axe's dearest rule sees each look of a text once: its colour, size, weight and shadow, whether it is of something
# disabled or hidden from readers (which axe lets pass), and whatever it stands on. The elements of looks that are not
# yet `known` are left in `window.fresh`; what comes back are those looks.
FRESH: Final = """(known) => {
  const grounds = new Map([[null, ""]]);
  const ground = (one) => {
    if (!grounds.has(one)) {
      const {backgroundColor, backgroundImage, opacity, position} = getComputedStyle(one);
      const own = [backgroundColor, backgroundImage, opacity, position].join();
      grounds.set(one, ground(one.parentElement) + (own === "rgba(0, 0, 0, 0),none,1,static" ? "" : `${own} / `));
    }
    return grounds.get(one);
  };
  const looks = new Set();
  window.fresh = [...document.querySelectorAll("body *")].filter((one) => {
    const says = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!says && !one.matches("input") || !one.checkVisibility()) return false;
    const {color, fontSize, fontWeight, textShadow} = getComputedStyle(one);
    const isExempt = one.closest(":disabled, [aria-disabled=true], [aria-hidden=true]") !== null;
    const look = [color, fontSize, fontWeight, textShadow, isExempt, ground(one)].join();
    return !known.includes(look) && looks.add(look);
  });
  return [...looks];
}"""

# What axe does not ask: one heading of the first rank, a title of the page's own, links whose words lead to one place,
# nothing named twice, no order of the focus but that of the text, a way past the navigation.
STRUCTURE: Final = """() => {
  const said = [];
  const words = (one) => one.textContent.replace(/\\s+/g, " ").trim();
  const headings = [...document.querySelectorAll("h1")].map(words);
  if (headings.length !== 1 || !headings[0]) said.push(`first headings: ${JSON.stringify(headings)}`);
  if (!/^(Error: )?\\S.* – \\S/.test(document.title)) said.push(`title: ${document.title}`);
  const targets = {};
  for (const link of document.querySelectorAll("a[href]")) {
    const name = link.getAttribute("aria-label") || words(link);
    if (!name) said.push(`a link without words: ${link.outerHTML}`);
    (targets[name] ??= new Set()).add(link.href);
  }
  for (const [name, all] of Object.entries(targets))
    if (all.size > 1) said.push(`“${name}” leads to ${[...all].join(" and ")}`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) said.push(`id ${id} is there twice`);
  for (const one of document.querySelectorAll("[tabindex]"))
    if (one.tabIndex > 0) said.push(`an order of its own: ${one.outerHTML.slice(0, 120)}`);
  for (const one of document.querySelectorAll("[style]")) said.push(`a style inline: ${one.outerHTML.slice(0, 120)}`);
  const skip = document.querySelector("a[href]");
  const leads = skip?.getAttribute("href") === "#main" && document.querySelector("main#main");
  if (!leads) said.push("no way to the content");
  return said;
}"""

# The focus is given as a key would give it; where it is must show.
FOCUS: Final = """() => {
  const said = [];
  const before = document.activeElement;
  for (const one of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")) {
    if (one.disabled || !one.checkVisibility() || one.type === "hidden") continue;
    one.focus({focusVisible: true, preventScroll: true});
    const style = getComputedStyle(one);
    if (document.activeElement !== one) said.push(`takes no focus: ${one.outerHTML.slice(0, 120)}`);
    else if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
      said.push(`the focus does not show: ${one.outerHTML.slice(0, 120)}`);
  }
  document.activeElement?.blur();
  before?.focus({preventScroll: true});
  return said;
}"""

# What sticks out to the right of the window, unless it scrolls in a frame of its own that the keyboard reaches.
TOO_WIDE: Final = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const out = [...document.querySelectorAll("body *")].filter((one) =>
    one.getBoundingClientRect().right > page.clientWidth + 1 && !one.closest(".scroll-x *"));
  const worst = out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" · ");
  return [`${page.scrollWidth - page.clientWidth} pixels too wide: ${worst}`];
}"""


def listen(page: Page) -> list[str]:
    """What the page's console complains of from now on: errors, refused content, failed requests for its parts."""
    said: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # a refused form is itself an answer of 4xx, and the browser says so of every page
        is_the_page_itself = "Failed to load resource" in message.text and message.location["url"] == page.url
        if message.type in ("error", "warning") and not is_the_page_itself:
            said.append(f"console: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    return said


def problems(page: Page) -> list[str]:
    """What is wrong with the page that stands there now; afterwards it stands as it did."""
    page.wait_for_load_state()
    before = page.viewport_size
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    found = [f"wide, {one}" for one in [*axe(page, BY_TAGS), *contrast(page), *page.evaluate(TOO_WIDE)]]
    found += page.evaluate(STRUCTURE) + page.evaluate(FOCUS)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # no colour on its way to another
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found += [f"narrow and dark, {one}" for one in [*axe(page, BY_WIDTH), *contrast(page), *page.evaluate(TOO_WIDE)]]
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)
    return found


def axe(page: Page, rules: dict[str, Any], where: str | None = None) -> list[str]:
    """What axe finds against these rules. It is read into the pages that are looked at alone: that takes its time."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [f"{rule}: {nodes}" for rule, nodes in page.evaluate(RUN_AXE, [where, rules])]


_seen: set[str] = set()


def contrast(page: Page) -> list[str]:
    """Text that is too pale, of a look that no page of this run had before and that nobody complained of."""
    fresh = page.evaluate(FRESH, [*_seen])
    found = axe(page, CONTRAST, "fresh") if fresh else []
    if not found:
        _seen.update(fresh)
    return found
