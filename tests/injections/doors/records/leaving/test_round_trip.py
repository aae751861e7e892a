"""What leaves one clinic comes into another and leaves it the same: docs/doors/records.md, followed to the letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import transaction

from injections.doors.records.coming.kinds import KINDS as COMING
from injections.doors.records.leaving.read import steps
from injections.doors.records.leaving.wanted import WantedRecords
from injections.patient.notes import add_note
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.injections.doors.records.coming.bringing import brought, json_lines, outcomes, said
from tests.scenarios.queries_world import Filled

pytestmark = pytest.mark.django_db
FORMAT: Final = (Path(__file__).resolve().parents[5] / "docs/doors/records.md").read_text(encoding="utf-8")
PATHS: Final = {
    "injection": "injections",
    "allergy": "allergies",
    "condition": "conditions",
    "report": "reports",
    "screening": "screening",
    "pathway": "pathway",
    "activity": "activities",
    "outcome": "outcomes",
    "death": "deceased",
}
BESIDES: Final = {"injection": {"confirm_new": True}}
"""What says that two lines of one file are two."""


def names_of_the_format() -> dict[str, list[str]]:
    """By type what an import takes, as the page's own table has it."""
    table = FORMAT.partition("## What a line of `record` holds")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z]+)` \| (.+) \| `\w+` \|$", table, re.M)
    found = {name: re.findall(r"`([a-z_]+)`", re.sub(r"[({][^)}]*[)}]", "", names)) for name, names in rows}
    beside = [*("onset", "injury_on", "main_pain_site", "pain_side", "diabetes_poorly_controlled", "surgery_on")]
    beside += ["next_event_on", "blood_thinner_kind", "blood_thinners", "diabetes_type", "inr", "inr_on"]
    found["screening"] = [*found["screening"], *beside]
    return found


NAMES: Final = names_of_the_format()


def lines_of(clinic: Clinic) -> list[dict[str, Any]]:
    wanted = WantedRecords.now(form="jsonl", now=clinic.now)
    return [line for step in steps(wanted, 2_000) for line in step.lines]


def is_taken(line: Mapping[str, Any]) -> bool:
    """Whether an import takes it, by the page."""
    is_after = line["type"] == "outcome" and line["appointment"] is not None
    return line["type"] in NAMES and line.get("stands") is not False and not is_after


def said_in(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in NAMES[line["type"]] if line.get(name) not in (None, "", [])}


def content(lines: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, dict[str, Any]]]:
    """Type, whose it is by their place among the patients, and what is said."""
    taken = [line for line in lines if is_taken(line)]
    places = {line["id"]: place for place, line in enumerate(one for one in taken if one["type"] == "patient")}
    return [(line["type"], places[line["patient"]], said_in(line)) for line in taken]


def bring_in(world: World, lines: Iterable[Mapping[str, Any]]) -> None:
    """Line by line through the API, the names of the table as they stand, and by the use case where it has none."""
    numbers: dict[str, str] = {}
    for line in filter(is_taken, lines):
        body = said_in(line) | BESIDES.get(line["type"], {})
        if line["type"] == "patient":
            response = world.radiologist.post("/patients/", {**body, "confirm_new": True})
            numbers[line["id"]] = response.json()["id"]
        elif line["type"] == "note":
            by = world.clinic.radiologist
            add_note(int(numbers[line["patient"]]), text=body["text"], by=by, now=world.clinic.now)
            continue
        else:
            method = "PUT" if line["type"] in ("screening", "pathway") else "POST"
            path = f"/patients/{numbers[line['patient']]}/{PATHS[line['type']]}/"
            response = world.radiologist.send(method, path, body)
        assert response.status_code in (200, 201), (line, response.content)


def exported(world: World, read: Callable[[Clinic], list[dict[str, Any]]] = lines_of) -> list[dict[str, Any]]:
    """The lines of a filled clinic, which is gone again: the other one is empty."""
    with transaction.atomic():
        filled = Filled(world.clinic)
        filled.more_of_the_first()
        world.clinic.now = local("2026-03-02", "16:00")
        lines = read(world.clinic)
        transaction.set_rollback(True)
    assert not Patient.objects.exists()
    world.at(local("2026-03-02", "16:00"))
    world.clinic.now = local("2026-03-02", "16:00")
    return lines


@pytest.mark.full_trial(one_in=2)
def test_what_was_exported_is_taken_as_it_stands_and_exported_again_the_same(world: World) -> None:
    """Patients who look alike, injections that resemble each other, corrected ones, a death, answers of several givers;
    what was injected here comes in as given elsewhere and leaves as the very same line.
    """
    first = exported(world)
    bring_in(world, first)
    second = lines_of(world.clinic)
    assert content(second) == content(first)
    assert {line["type"] for line in first if is_taken(line)} == set(NAMES)
    assert any(line["type"] == "injection" and line["note"].startswith("Given at") for line in second)
    assert [line for line in first if line["type"] == "procedure"]
    assert not [line for line in second if line["type"] in ("procedure", "appointment")]


@pytest.mark.full_trial
def test_an_import_of_the_file_leaves_the_same_of_every_type(world: World) -> None:
    """By the import itself, which reads the file as it was written. What is said twice of one patient comes in once,
    but for versions, which stand in their order; and the file a second time brings nothing.
    """
    first = exported(world)
    run = brought(world.clinic, json_lines(first))
    assert not set(outcomes(run)) & {"refused", "likely-duplicate"}, said(run)
    assert {"patient", *COMING} == set(NAMES)
    told = content(first)
    once = [one for place, one in enumerate(told) if one not in told[:place] or COMING[one[0]].versions]
    second = lines_of(world.clinic)
    assert content(second) == once
    assert {line["type"] for line in second if is_taken(line)} == set(NAMES)
    again = brought(world.clinic, json_lines(first))
    assert not set(outcomes(again)) & {"added", "refused", "likely-duplicate"}, said(again)
    assert lines_of(world.clinic) == second
