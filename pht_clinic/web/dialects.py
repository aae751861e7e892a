"""Addresses that are for programs, and how each kind of them says that something cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse

from pht_clinic.errors import Refusal
from pht_clinic.web import problem


@dataclass(frozen=True, slots=True)
class Dialect:
    """`say(status, detail=…, headers=…)` answers with a status, `of_refusal` to an expected "no"."""

    say: Callable[..., HttpResponse]
    of_refusal: Callable[[Refusal], HttpResponse]


PROBLEMS = Dialect(problem.problem, problem.of_refusal)
_SPOKEN: dict[str, Dialect] = {"/api/": PROBLEMS}


def speak(begins: str, dialect: Dialect) -> None:
    """Say that addresses which begin so are for programs, and speak this; other apps do so from `ready()`."""
    _SPOKEN[begins] = dialect


def dialect_of(path: str) -> Dialect | None:
    """What programs are answered in at this address; None of a page."""
    return next((dialect for begins, dialect in _SPOKEN.items() if path.startswith(begins)), None)


def is_for_programs(path: str) -> bool:
    """Whether no page is there."""
    return dialect_of(path) is not None
