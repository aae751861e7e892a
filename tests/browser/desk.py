"""Somebody at a browser: goes, fills, chooses, presses, reads; with the mouse, or by keys alone."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

# What has the focus, by the words somebody would call it by, and whether that shows.
FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels[0] ? one.labels[0].textContent : one.textContent;
  const outline = getComputedStyle(one).outlineStyle;
  return [(label || one.value || "").replace(/\\s+/g, " ").trim(), outline];
}"""
MOST_STOPS = 120


@dataclass
class Desk:
    """One person at a window of their own."""

    page: Page
    base: str

    @property
    def main(self) -> Locator:
        """The page without its frame."""
        return self.page.locator("main")

    def go(self, path: str) -> Desk:
        self.page.goto(self.base + path)
        return self

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press the first button of that name."""
        self.main.get_by_role("button", name=name, exact=exact).first.click()

    def follow(self, name: str, *, exact: bool = False) -> None:
        """Follow the first link of that name."""
        self.main.get_by_role("link", name=name, exact=exact).first.click()

    def choose(self, **choices: str) -> None:
        """Tick answers by the names of their fields."""
        for name, value in choices.items():
            self.page.locator(f"input[name={name}][value='{value}']").check()

    def fill(self, **values: str) -> None:
        """Type into fields by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def pick(self, **values: str) -> None:
        """Choose from lists by the words shown."""
        for name, label in values.items():
            self.page.locator(f"main select[name={name}]").select_option(label=label)

    def says(self, *words: str) -> None:
        for text in words:
            expect(self.main).to_contain_text(text, ignore_case=False)

    def is_silent_on(self, *words: str) -> None:
        for text in words:
            expect(self.main).not_to_contain_text(text, ignore_case=False)

    def has_error(self, *words: str) -> None:
        """A refused form: the title says it first, the summary names it and has the focus, nothing is saved."""
        self.says("There is a problem", *words)
        assert self.page.title().startswith("Error: ")
        if self.page.evaluate("typeof htmx") == "object":
            expect(self.page.locator("[data-focus]").first).to_be_focused()

    def tab_to(self, wanted: str, *, typing: str = "") -> None:
        """Press Tab until what has the focus starts with these words."""
        words = ""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            words, outline = self.page.evaluate(FOCUSED)
            if words.startswith(wanted):
                assert outline != "none", f"the focus on {words!r} cannot be seen"
                if typing:
                    self.page.keyboard.press("ControlOrMeta+A")
                    self.page.keyboard.type(typing)
                return
        raise AssertionError(f"{wanted!r} cannot be reached; the last was {words!r}")

    def tick(self, *wanted: str) -> None:
        """Tab to boxes and answers, one after another, and choose them by the space bar."""
        for one in wanted:
            self.tab_to(one)
            self.page.keyboard.press("Space")

    def enter(self) -> None:
        """Follow or press what has the focus, to the next page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
