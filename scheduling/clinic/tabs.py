"""What else managers keep of the clinic: pages of other apps, beside those of this one."""

from __future__ import annotations

from django.urls import reverse

_MORE: dict[str, str] = {}


def add_tab(page: str, words: str) -> None:
    """List a page of another app, by the name of its address; from `ready()`."""
    _MORE[page] = words


def more_tabs() -> list[tuple[str, str]]:
    """Addresses and words, in the order in which they were added."""
    return [(reverse(page), words) for page, words in _MORE.items()]
