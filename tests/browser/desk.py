"""Somebody at a browser: goes, fills, chooses, presses, reads; with the mouse, or by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

# What has the focus: the words somebody would call it by, its name and value in a form, and whether the focus shows.
FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels[0] ? one.labels[0].textContent : one.textContent;
  return {
    words: (label || one.value || "").replace(/\\s+/g, " ").trim(), name: one.name || "", value: one.value || "",
    type: one.type || "", shown: one.selectedOptions ? one.selectedOptions[0]?.textContent : "",
    is_inside: !!one.closest("main"), outline: getComputedStyle(one).outlineStyle,
  };
}"""
MOST_STOPS = 250
Focus = dict[str, Any]


@dataclass
class Desk:
    """One person at a window of their own; `by_keys` they never touch the mouse."""

    page: Page
    base: str
    by_keys: bool = False

    @property
    def main(self) -> Locator:
        """The page without its frame."""
        return self.page.locator("main")

    def go(self, path: str) -> Desk:
        self.page.goto(self.base + path)
        return self

    def press(self, name: str) -> None:
        """Press the first button of that name."""
        if self.by_keys:
            self.tab_to(name)
            self.enter()
        else:
            self.main.get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        """Follow the first link of that name."""
        if self.by_keys:
            self.tab_to(name)
            self.enter()
        else:
            self.main.get_by_role("link", name=name).first.click()

    def choose(self, **choices: str) -> None:
        """Tick answers by the names of their fields."""
        self.page.wait_for_load_state()
        for name, value in choices.items():
            if self.by_keys:
                self._choose_by_keys(name, value)
            else:
                self.page.locator(f"input[name={name}][value='{value}']").check()

    def fill(self, **values: str) -> None:
        """Type into fields by their names; a date as 2026-03-10, a time as 09:20.

        The page is loaded by then: before, what a page does by itself about a change is not set up yet.
        """
        self.page.wait_for_load_state()
        for name, value in values.items():
            if self.by_keys:
                self._fill_by_keys(name, value)
            else:
                self.main.locator(f"[name={name}]").fill(value)

    def pick(self, **values: str) -> None:
        """Choose from lists by the words shown."""
        self.page.wait_for_load_state()
        for name, label in values.items():
            if not self.by_keys:
                self.main.locator(f"select[name={name}]").select_option(label=label)
                continue
            self._tab(lambda one, name=name: one["name"] == name, name)
            self.page.keyboard.type(label)
            assert self.page.evaluate(FOCUSED)["shown"].startswith(label)

    def untick(self, name: str) -> None:
        """Take the tick out of a box."""
        if self.by_keys:
            self._tab(lambda one: one["name"] == name, name)
            self.page.keyboard.press("Space")
        else:
            self.main.locator(f"input[name={name}]").uncheck()
        expect(self.main.locator(f"input[name={name}]")).not_to_be_checked()

    def open(self, name: str) -> None:
        """Unfold what is folded under these words."""
        if self.by_keys:
            self.tab_to(name)
            self.page.keyboard.press("Enter")
        else:
            self.main.locator("summary", has_text=name).first.click()

    def says(self, *words: str) -> None:
        for text in words:
            expect(self.main).to_contain_text(text, ignore_case=False)

    def has_error(self, *words: str) -> None:
        """A refused form: the title says it first, the summary names it and has the focus."""
        self.says("There is a problem", *words)
        assert self.page.title().startswith("Error: ")
        expect(self.page.locator(".error-summary")).to_be_focused()

    def tab_to(self, wanted: str, *, typing: str = "") -> None:
        """Press Tab until what has the focus starts with these words."""
        self._tab(lambda one: one["is_inside"] and one["words"].startswith(wanted), wanted)
        if typing:
            self.page.keyboard.type(typing)

    def enter(self) -> None:
        """Follow or press what has the focus, to the next page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _tab(self, is_wanted: Callable[[Focus], bool], what: str) -> Focus:
        focus: Focus = self.page.evaluate(FOCUSED)
        for _ in range(MOST_STOPS):
            if is_wanted(focus):
                assert focus["outline"] != "none", f"the focus on {what!r} cannot be seen"
                return focus
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(FOCUSED)
        raise AssertionError(f"{what!r} cannot be reached; the last was {focus}")

    def _fill_by_keys(self, name: str, value: str) -> None:
        at = self._tab(lambda one: one["name"] == name, name)
        for keys in _ways_to_type(at["type"], value):
            for key in ("ControlOrMeta+A", *["ArrowLeft"] * 3):
                self.page.keyboard.press(key)
            if at["type"] not in ("date", "time"):
                self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.type(keys)
            if self.main.locator(f"[name={name}]").input_value() == value:
                return
        raise AssertionError(f"{value!r} cannot be typed into {name!r}")

    def _choose_by_keys(self, name: str, value: str) -> None:
        """Of radios, Tab finds the group and the arrows the answer; boxes are stops of their own."""
        at = self._tab(lambda one: one["name"] == name and (one["type"] == "radio" or one["value"] == value), name)
        for _ in range(MOST_STOPS):
            if at["value"] == value:
                break
            self.page.keyboard.press("ArrowDown")
            at = self.page.evaluate(FOCUSED)
        if not self.page.evaluate("document.activeElement.checked"):
            self.page.keyboard.press("Space")
        assert self.page.evaluate("[document.activeElement.value, document.activeElement.checked]") == [value, True]


def _ways_to_type(kind: str, value: str) -> list[str]:
    """The keys for a value: browsers ask for the parts of a date or time in the order of their own language."""
    if kind == "date":
        year, month, day = value.split("-")
        return [day + month + year, month + day + year]
    if kind == "time":
        hour, minute = value.split(":")
        return [f"{(int(hour) + 11) % 12 + 1:02}{minute}{'PM' if int(hour) >= 12 else 'AM'}", hour + minute]
    return [value]
