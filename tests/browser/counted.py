"""A desk at which it is counted how much somebody does beside typing: every click, and every key but Tab and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.desk import FOCUSED, MOST_STOPS, Desk

# Counted in the page itself, so that nothing that is done there goes uncounted, whoever does it.
_COUNTER = """() => {
  const said = (what) => window.countedAtTheDesk && window.countedAtTheDesk(what);
  document.addEventListener("pointerdown", (event) => event.isTrusted && said("click"), true);
  document.addEventListener("keydown", (event) => {
    const isText = event.key.length === 1 && event.key !== " ";
    const isTypedInto = event.target.matches("textarea, input:not([type=radio]):not([type=checkbox])");
    const typesSpace = event.key === " " && isTypedInto;
    const isNothing = event.key === "Tab" || ["Shift", "Control", "Alt", "Meta"].includes(event.key);
    if (event.isTrusted && !isNothing && !typesSpace && !(isText && event.target.matches("input, textarea, select")))
      said(event.key);
  }, true);
}"""


@dataclass
class Counted:
    """`desk`, and what was done at it so far."""

    desk: Desk
    done: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, desk: Desk) -> Counted:
        """Count from now on, on every page that this window shows."""
        counted = cls(desk)
        page: Page = desk.page
        page.expose_function("countedAtTheDesk", counted._note)
        page.add_init_script(f"({_COUNTER})()")
        page.reload()
        counted.done.clear()
        return counted

    def _note(self, what: Any) -> None:
        self.done.append(str(what))

    @property
    def count(self) -> int:
        self.desk.page.evaluate("1")  # what was done has been heard of
        return len(self.done)

    def click(self, where: Locator) -> None:
        """One click, which opens another page."""
        with self.desk.page.expect_navigation():
            where.click()

    def key(self, name: str) -> None:
        """One key to where the focus is, which opens another page."""
        with self.desk.page.expect_navigation():
            self.desk.page.keyboard.press(name)

    def tab_to(self, words: str) -> None:
        """Tab until what has the focus, anywhere on the page, starts with these words or has them as its value."""
        for _ in range(MOST_STOPS):
            said = self.desk.page.evaluate(FOCUSED)
            if said["words"].startswith(words) or said["value"] == words:
                return
            self.desk.page.keyboard.press("Tab")
        raise AssertionError(f"{words}: cannot be reached")
