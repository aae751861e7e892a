"""The lines of an export: all that is held of patients, each once, in the shape of the API, in steps of any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.answers.screening import answer_screening
from injections.doors.records.leaving.ask import texts
from injections.doors.records.leaving.kinds import ELSEWHERE, KINDS, types
from injections.doors.records.leaving.read import count, header, read, steps
from injections.doors.records.leaving.wanted import WantedRecords
from injections.merging.merge import merge_patients
from injections.models import PlannedActivity
from injections.patient.keeping.held import HELD
from injections.procedure.record import record_procedure
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import GIVEN
from tests.trials.test_sec01_access import fill

pytestmark = pytest.mark.django_db


def lines_of(clinic: Clinic, patient_id: int | None = None, *, limit: int = 2_000) -> list[dict[str, Any]]:
    wanted = WantedRecords.now(form="jsonl", patient_id=patient_id, now=clinic.now)
    return [line for step in steps(wanted, limit) for line in step.lines]


def of_type(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] == name]


def test_every_table_that_holds_something_of_a_patient_is_a_type_of_line_or_says_why_not() -> None:
    """Control: the reasons are of tables that there are and that no type is read from."""
    held = {label for label, one in HELD.items() if one.paths and not one.not_copied}
    read_here = {kind.model._meta.label for kind in KINDS}
    assert held - read_here == set(ELSEWHERE)


def test_each_line_names_only_what_stands_before_it(world: World) -> None:
    """But what took its place, and the visit that an outcome is about."""
    lines = lines_of(fill(world).clinic)
    seen: set[tuple[str, str]] = set()
    named = {"patient": "patient", "appointment": "appointment", "practitioner": "practitioner", "room": "room"}
    for line in lines:
        if line["type"] == "patient":
            seen.add(("patient", line["id"]))
        for name, type_ in named.items():
            number = line.get(name)
            if isinstance(number, str) and number.isdigit():
                assert (type_, number) in seen, line
        assert line["type"] != "merged-record" or ("patient", line["merged_into"]) in seen
        seen.add((line["type"], line["id"]))
    assert {"patient", "appointment", "injection", "screening", "waiting-wish"} <= {one for one, _ in seen}
    assert [line["type"] for line in lines] == sorted((line["type"] for line in lines), key=list(types()).index)


@pytest.mark.parametrize("name", ["report", "allergy", "condition"])
def test_a_line_is_what_the_api_answers(world: World, name: str) -> None:
    """With its type and whose it is; what only a writing answer carries is in none."""
    fill(world)
    patient = Patient.objects.earliest("pk")
    path = {"report": "reports", "allergy": "allergies", "condition": "conditions"}[name]
    answered = world.reception.get(f"/patients/{patient.pk}/{path}/").json()["results"]
    assert answered
    mine = [line for line in of_type(lines_of(world.clinic), name) if line["patient"] == str(patient.pk)]
    assert json.loads(json.dumps(mine)) == [{"type": name, **one} for one in reversed(answered)]


def test_patients_and_visits_are_what_the_api_answers_too(world: World) -> None:
    fill(world)
    lines = lines_of(world.clinic)
    for name, path, besides in (("patient", "patients", {"patient"}), ("appointment", "appointments", {"series"})):
        line = of_type(lines, name)[0]
        answered = world.reception.get(f"/{path}/{line['id']}/").json()
        shown = json.loads(json.dumps({one: line[one] for one in line.keys() - besides - {"type"}}))
        assert shown == {one: answered[one] for one in shown}


def test_steps_of_any_size_read_the_same_lines_each_once(world: World) -> None:
    clinic = fill(world).clinic
    whole = lines_of(clinic)
    assert lines_of(clinic, limit=7) == whole
    assert len({(line["type"], line["id"]) for line in whole}) == len(whole)
    wanted = WantedRecords.now(form="jsonl", now=clinic.now)
    assert count(wanted) == sum(step.rows for step in steps(wanted, 7))


def test_what_is_recorded_meanwhile_stands_in_no_file_that_was_begun(clinic: Clinic) -> None:
    """Not even of somebody who was there."""
    patient = clinic.fit_patient()
    wanted = WantedRecords.now(form="jsonl", now=clinic.now)
    clinic.earlier_injection(patient, "2020-01")
    clinic.earlier_injection(clinic.patient("Later"), "2020-02")
    lines = [line for step in steps(wanted, 2_000) for line in step.lines]
    assert [line["id"] for line in of_type(lines, "patient")] == [str(patient.pk)]
    assert not of_type(lines, "injection")
    assert len(of_type(lines_of(clinic), "injection")) == 2, "control"


def test_what_was_injected_here_stands_in_full_and_as_another_clinic_records_it(clinic: Clinic) -> None:
    """Whatever hangs on the procedure stays with it; what was not given is no injection."""
    patient = clinic.fit_patient()
    visit = clinic.book(patient, local("2026-03-10")).appointment
    clinic.now = local("2026-03-10", "10:30")
    record_procedure(visit.pk, GIVEN, by=clinic.radiologist, now=clinic.now)
    lines = lines_of(clinic)
    [procedure], [injection] = of_type(lines, "procedure"), of_type(lines, "injection")
    assert (procedure["origin"], procedure["appointment"], procedure["batch"]) == ("own", str(visit.pk), "T1234")
    assert injection["id"] == procedure["id"]
    assert (injection["origin"], injection["given"]) == ("elsewhere", "2026-03-10")
    assert injection["note"] == "Given at PHT Clinic."
    assert "consent" not in injection
    assert {name: injection[name] for name in ("site", "side", "steroid", "drug", "dose_mg")} == {
        name: procedure[name] for name in ("site", "side", "steroid", "drug", "dose_mg")
    }


def test_facts_of_a_merged_record_are_of_who_stands(clinic: Clinic) -> None:
    stands, other = clinic.patient("Stand"), clinic.patient("Standish", date_of_birth=date(1971, 1, 1))
    clinic.earlier_injection(other, "2020-01")
    merge_patients(other.pk, into_id=stands.pk, by=clinic.manager, now=clinic.now)
    for lines in (lines_of(clinic), lines_of(clinic, stands.pk)):
        assert [line["id"] for line in of_type(lines, "patient")] == [str(stands.pk)]
        assert [(line["id"], line["patient"]) for line in of_type(lines, "merged-record")] == [
            (str(other.pk), str(stands.pk))
        ]
        assert [line["patient"] for line in of_type(lines, "injection")] == [str(stands.pk)]


def test_one_patient_is_everything_of_theirs_and_nothing_of_anybody_else(world: World) -> None:
    """Nor of the clinic's own; every line of theirs in the clinic's file is in it."""
    clinic = fill(world).clinic
    patient = Patient.objects.filter(injections__isnull=False).earliest("pk")
    mine = lines_of(clinic, patient.pk)
    assert mine == [line for line in lines_of(clinic) if line.get("patient") == str(patient.pk)]
    assert len({line["type"] for line in mine}) > 10
    others = Patient.objects.exclude(pk=patient.pk).values_list("family_name", flat=True)
    text = json.dumps(mine)
    assert not [name for name in others if f'"{name}"' in text]


def test_an_answer_says_who_gave_it_where_they_are_several(clinic: Clinic) -> None:
    patient = clinic.patient()
    said = {"answers": {"fever": "no", "diabetes": "yes", "numbness": None}}
    givers = {"fever": "carer"}
    answer_screening(patient.pk, screening=said, answered_by=givers, by=clinic.reception, now=clinic.now)
    [line] = of_type(lines_of(clinic), "screening")
    assert line["answers"] == {"fever": "no", "diabetes": "yes"}
    assert line["answered_by"] == {"fever": "carer", "diabetes": "patient"}
    assert (line["area"], line["side"]) == (None, None)


def test_a_plan_that_is_off_stands_no_more(clinic: Clinic) -> None:
    patient = clinic.patient()
    values = {"kind": "sport", "start_at": local("2026-05-01"), "recorded_at": clinic.now, "patient": patient}
    PlannedActivity.objects.create(**values)
    PlannedActivity.objects.create(**values, withdrawn_at=clinic.now)
    assert [line["stands"] for line in of_type(lines_of(clinic), "activity")] == [True, False]


def test_the_header_says_what_it_is_and_of_when(clinic: Clinic) -> None:
    wanted = WantedRecords.now(form="jsonl", now=clinic.now)
    assert header(wanted) == {
        "type": "export",
        "format": "pht-clinic/1",
        "clinic": "PHT Clinic",
        "made_at": clinic.now.isoformat(),
        "patient": None,
        "left_out": {"erased": 0},
    }


def test_each_line_of_the_file_is_one_object_whatever_was_typed(clinic: Clinic) -> None:
    """Ends of lines, those of Unicode too, are in no text as they are."""
    typed = "one\ntwo\r\u2028three\u2029\x85four\tfive"
    Patient.objects.filter(pk=clinic.patient().pk).update(needs=typed)
    text = "".join(texts(WantedRecords.now(form="jsonl", now=clinic.now)))
    lines: Iterator[dict[str, Any]] = (json.loads(line) for line in text.splitlines())
    assert [line["needs"] for line in lines if line["type"] == "patient"] == [typed]


def test_a_step_costs_no_query_more_with_more_rows(world: World) -> None:
    clinic = fill(world).clinic

    def queries() -> int:
        wanted = WantedRecords.now(form="jsonl", now=clinic.now)
        with CaptureQueriesContext(connection) as captured:
            step = read(wanted, 0, 2_000)
        assert step.next_place is None
        return len(captured)

    before = queries()
    for number in range(3):
        patient = clinic.fit_patient(f"More{number}")
        clinic.known(patient)
        clinic.earlier_injection(patient, "2020-01")
        clinic.book(patient, local(f"2026-03-{24 + number}"))
    assert queries() == before
