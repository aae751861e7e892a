"""Somebody at a window whose clicks and keys are counted: all but what is typed into a field, and Tab."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Locator

from tests.browser.desk import FOCUSED, MOST_STOPS, Desk


@dataclass
class Counted:
    """One person at a desk. `done` is what was pressed, in order; a click is the words of what was clicked."""

    desk: Desk
    done: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.done)

    def click(self, where: Locator, *, leads_on: bool = False) -> None:
        """One click; with `leads_on` it opens another page."""
        self.done.append(f"click: {' '.join((where.text_content() or '').split())[:40]}")
        if leads_on:
            with self.desk.page.expect_navigation():
                where.click()
        else:
            where.click()

    def key(self, name: str, *, leads_on: bool = False) -> None:
        """One key to where the focus is. Tab is not counted."""
        if name != "Tab":
            self.done.append(name)
        if leads_on:
            with self.desk.page.expect_navigation():
                self.desk.page.keyboard.press(name)
        else:
            self.desk.page.keyboard.press(name)

    def type(self, text: str) -> None:
        """Letters into the field that has the focus."""
        self.desk.page.keyboard.type(text)

    def tab_to(self, words: str) -> None:
        """Tab until what has the focus, anywhere on the page, starts with these words or has them as its value."""
        for _ in range(MOST_STOPS):
            said = self.desk.page.evaluate(FOCUSED)
            if said["words"].startswith(words) or said["value"] == words:
                return
            self.key("Tab")
        raise AssertionError(f"{words}: cannot be reached")
