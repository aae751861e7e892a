"""Sections of the batch check as they are sent and stored: read by the rules' parser, refused in the house's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from injections.safety.facts import PathwayFacts, Report, ScreeningFacts
from injections.safety.reading import parse
from injections.safety.reading.reader import Problem
from pht_clinic.errors import FieldError, Invalid

Section = TypeVar("Section")
MOST_NAMED = 100
"""Problems that one refusal names: more than any form has fields, and no answer many times as long as its request."""


def screening(content: object) -> ScreeningFacts:
    """A patient's answers. Raises: Invalid (with every problem and its pointer)."""
    return _read(parse.screening_of, content)


def pathway(content: object) -> PathwayFacts:
    """The way to the injection. Raises: Invalid (with every problem and its pointer)."""
    return _read(parse.pathway_of, content)


def report(content: object) -> Report:
    """An imaging report. Raises: Invalid (with every problem and its pointer)."""
    return _read(parse.report_of, content)


def _read(read: Callable[[object], Section], content: object) -> Section:
    try:
        return read(content)
    except parse.ParseError as error:
        raise Invalid(field_errors(error.problems)) from error


def field_errors(problems: Sequence[Problem]) -> list[FieldError]:
    """What the rules' parser found, as a refusal names it: no more than MOST_NAMED."""
    return [FieldError(problem.pointer, problem.detail) for problem in problems[:MOST_NAMED]]
