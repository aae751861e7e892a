"""A file on its way: read in whatever form, gone on with after a kill, judged once at its end, withdrawn as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.assessment import outdated
from injections.doors.records.coming import line, runs, steps
from injections.doors.records.coming.runs import Stage
from injections.models import Assessment, ColumnNames, ImportLine, ImportPart, Injection, RecordImport, UnjudgedPatient
from injections.patient.notes import add_note
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Busy, Conflict, Invalid
from pht_clinic.web.csv_reading import Unreadable
from scheduling.models import Patient
from tests.clinic import Clinic, local
from tests.injections.doors.records.coming.bringing import (
    ANN,
    PATIENTS,
    begun,
    brought,
    json_lines,
    outcomes,
    read,
    worked,
)

pytestmark = pytest.mark.django_db
BOB = "Bob,Oak,1955-07-30,,\r\n"
NAMES = ("Thistlewood", "Quarmby", "Fenwick", "Ollerton", "Bracegirdle", "Yarrow")
SOME = "".join(f"Ann,{name},19{40 + 7 * at}-0{1 + at}-1{at},,\r\n" for at, name in enumerate(NAMES))


@pytest.mark.parametrize(
    "content",
    [
        (PATIENTS + ANN).encode(),
        b"\xef\xbb\xbf" + (PATIENTS + ANN).encode(),
        (PATIENTS + ANN).replace(",", ";").encode(),
        (PATIENTS + ANN).replace(",", "\t").encode(),
        (PATIENTS + ANN).replace("\r\n", "\n").encode(),
        b"Given name,Family Name,Date of birth,NHS number,E-mail\n".replace(b"E-mail", b"Email")
        + b'"Ann",Example,2/4/1961,"999 000 0018",ann@mail.example\n\n',
    ],
    ids=["plain", "mark", "semicolon", "tab", "unix", "labels"],
)
def test_a_table_is_read_as_programs_write_it(clinic: Clinic, content: bytes) -> None:
    assert outcomes(brought(clinic, content)) == ["added"]
    patient = Patient.objects.get(family_name="Example")
    assert (patient.given_name, f"{patient.date_of_birth}", patient.nhs_number) == ("Ann", "1961-04-02", "9990000018")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty."),
        (b"\r\nAnn", "The first line is empty."),
        ("given_name,family_name\nAnn,B".encode("utf-16"), "The file is in UTF-16."),
        (b"given_name,family_name\nAnn,Oak\nAn\xefs,Oak\n", "Line 3 is not in UTF-8, at byte 3."),
        (b"given_name,family_name\nA\x00,Oak\n", "Line 2 holds a character that cannot be stored."),
        (b'given_name,family_name\n"Ann,Oak\n', "The row that begins on line 2 is no CSV"),
        (b"given_name,given_name\nAnn,Oak\n", "Two columns have the same name: given_name."),
        (b"a" * 100_001, "Line 1 is longer than 100,000 bytes."),
        (b",".join(b"%d" % n for n in range(201)), "The file has 201 columns."),
        (b'{"type": "export", "format": "pht-clinic/2"}\n', "The file is of the format pht-clinic/2."),
    ],
    ids=["empty", "no-header", "utf-16", "latin-1", "nul", "quote", "twice", "long", "wide", "version"],
)
def test_what_cannot_be_read_is_refused_as_a_whole_and_says_where(clinic: Clinic, content: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(clinic, content)
    assert why in refused.value.sentence
    assert not ImportPart.objects.exists()


def test_columns_are_named_once_and_known_the_next_time(clinic: Clinic) -> None:
    text = "Vorname,Nachname,geboren,Bemerkung\nAnn,Example,2.4.1961,x\n"
    run = read(clinic, text)
    assert run.stage == Stage.UNNAMED
    with pytest.raises(Conflict):
        runs.begin_tried(run.pk, Stage.BRINGING, by=clinic.manager, now=clinic.now)
    named = {"Vorname": "given_name", "Nachname": "family_name", "geboren": "date_of_birth"}
    who: dict[str, Any] = {"by": clinic.manager, "now": clinic.now}
    with pytest.raises(Invalid, match="family_name"):
        runs.name_columns(run.pk, rows="patient", columns=named | {"Bemerkung": "family_name"}, **who)
    runs.name_columns(run.pk, rows="patient", columns=named, **who)
    assert outcomes(worked(clinic, run, Stage.BRINGING)) == ["added"]
    again = read(clinic, text)
    assert (again.stage, again.columns) == (Stage.READY, named | {"Bemerkung": ""})
    assert ColumnNames.objects.count() == 1


def test_killed_in_the_middle_it_goes_on_after_the_last_whole_line(clinic: Clinic, monkeypatch: Any) -> None:
    """Dying at the third line leaves two, and each line comes once however often it is begun again."""
    run = read(clinic, PATIENTS + SOME)
    begun(clinic, run)
    take, seen = line.take, []

    def dies(one: Any, bringing: Any) -> Any:
        seen.append(one)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return take(one, bringing)

    with monkeypatch.context() as dying:
        dying.setattr(steps, "take", dies)
        with pytest.raises(KeyboardInterrupt):
            steps.step(run.pk, clock=lambda: clinic.now)
    assert ImportLine.objects.count() == Patient.objects.filter(given_name="Ann").count() == 2
    while steps.step(run.pk, clock=lambda: clinic.now):
        pass
    run.refresh_from_db()
    assert (run.stage, outcomes(run)) == (Stage.DONE, ["added"] * 6)
    assert Patient.objects.filter(given_name="Ann").count() == 6
    assert not ImportPart.objects.exists(), "the file is not kept any longer than it is needed"


def test_whoever_is_busy_is_waited_for_and_no_line_is_lost(clinic: Clinic, monkeypatch: Any) -> None:
    run = read(clinic, PATIENTS + SOME)
    begun(clinic, run)
    with monkeypatch.context() as busy:
        busy.setattr(steps, "take", lambda *_: (_ for _ in ()).throw(Busy()))
        assert not steps.step(run.pk, clock=lambda: clinic.now)
    assert not ImportLine.objects.exists()
    assert steps.work(seconds=5, clock=lambda: clinic.now) >= 3
    assert outcomes(run) == ["added"] * 6


def test_one_worker_has_a_file_at_a_time(clinic: Clinic) -> None:
    run = read(clinic, PATIENTS + SOME)
    begun(clinic, run)
    assert steps._leased(run.pk)
    assert not steps.step(run.pk, clock=lambda: clinic.now)
    assert steps.work(seconds=1, clock=lambda: clinic.now) == 0


def test_a_file_that_fails_keeps_the_others_from_nothing(clinic: Clinic, monkeypatch: Any) -> None:
    broken, whole = read(clinic, PATIENTS + ANN), read(clinic, PATIENTS + SOME)
    begun(clinic, broken)
    begun(clinic, whole)
    bring = steps._bring

    def fails(run: RecordImport, clock: Any) -> None:
        if run == broken:
            raise RuntimeError("a part that nobody can read")
        bring(run, clock)

    with monkeypatch.context() as failing:
        failing.setitem(steps._STEPS, Stage.BRINGING, fails)
        assert steps.work(seconds=20, clock=lambda: clinic.now) == 3
    whole.refresh_from_db()
    broken.refresh_from_db()
    assert (whole.stage, broken.stage, broken.leased_until) == (Stage.DONE, Stage.BRINGING, None)
    assert steps.work(seconds=20, clock=lambda: clinic.now) == 3, "it comes again with the next call"
    assert outcomes(broken) == ["added"]


def test_whoever_took_over_keeps_the_file(clinic: Clinic, monkeypatch: Any) -> None:
    """A step that took longer than its minute ends while somebody else has the file."""
    run = read(clinic, PATIENTS + SOME)
    begun(clinic, run)
    later = clinic.now + timedelta(days=3650)

    def is_slow(run: RecordImport, clock: Any) -> None:
        RecordImport.objects.filter(pk=run.pk).update(leased_until=later)

    monkeypatch.setitem(steps._STEPS, Stage.BRINGING, is_slow)
    assert steps.step(run.pk, clock=lambda: clinic.now)
    run.refresh_from_db()
    assert run.leased_until == later


def with_injections(patient: Patient) -> str:
    whose = {"nhs_number": patient.nhs_number or "", "given_name": patient.given_name}
    whose |= {"family_name": patient.family_name, "date_of_birth": f"{patient.date_of_birth}"}
    fact = {"type": "injection", **whose, "site": "hamstring-origin", "side": "left", "origin": "elsewhere"}
    days = ("2026-01-20", "2025-03-02", "2024-03-02")
    return json_lines(fact | {"given": day, "steroid": True} for day in days)


def test_open_bookings_are_judged_once_when_all_lines_are_in(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Birch")
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    assert visit.status == "booked"
    before = Assessment.objects.filter(appointment=visit).count()
    run = read(clinic, with_injections(patient))
    begun(clinic, run)
    assert steps.step(run.pk, clock=lambda: clinic.now)
    assert (outcomes(run), UnjudgedPatient.objects.count()) == (["added"] * 3, 1)
    assert Assessment.objects.filter(appointment=visit).count() == before
    while steps.step(run.pk, clock=lambda: clinic.now):
        pass
    visit.refresh_from_db()
    assert visit.status == "pending", "an injection of January speaks against one of March"
    assert Assessment.objects.filter(appointment=visit).count() == before + 1
    assert Entry.objects.filter(verb="facts-imported", patient_ids=[patient.pk]).count() == 1


def test_whom_a_dead_import_left_unjudged_a_task_judges(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Birch")
    visit = clinic.book(patient, local("2026-03-10")).appointment
    run = read(clinic, with_injections(patient))
    begun(clinic, run)
    steps.step(run.pk, clock=lambda: clinic.now)
    assert outdated.judge_noted(now=clinic.now + timedelta(minutes=15, seconds=-1)) == 0
    assert outdated.judge_noted(now=clinic.now + timedelta(minutes=15)) == 1
    assert outdated.judge_noted(now=clinic.now + timedelta(minutes=15)) == 0
    assert visit is not None
    visit.refresh_from_db()
    assert visit.status == "pending"


def test_withdrawn_it_is_as_if_it_had_not_come_but_for_what_was_used_since(clinic: Clinic) -> None:
    run = brought(clinic, PATIENTS + ANN + BOB)
    used = Patient.objects.get(family_name="Oak")
    add_note(used.pk, text="Rang today.", by=clinic.reception, now=clinic.now)
    run = worked(clinic, run, Stage.WITHDRAWING)
    assert run.stage == Stage.WITHDRAWN
    assert not Patient.objects.filter(family_name="Example").exists()
    assert [row.is_withdrawn for row in run.lines.all()] == [True, False]
    assert (
        run.lines.get(number=1).kept_because == "The record holds notes, which are kept even when they are withdrawn."
    )
    assert outcomes(brought(clinic, PATIENTS + ANN + BOB)) == ["added", "already-there"]
    assert Entry.objects.get(verb="registration-withdrawn").actor_name == clinic.manager.name


def test_withdrawn_facts_count_no_more_and_bookings_are_judged_without_them(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Birch")
    visit = clinic.book(patient, local("2026-09-10")).appointment
    run = brought(clinic, with_injections(patient).replace("2026-01-20", "2026-02-27"))
    run = worked(clinic, run, Stage.WITHDRAWING)
    assert not Injection.objects.current().filter(patient=patient).exists()
    assert Injection.objects.filter(patient=patient).count() == 6, "each is superseded, none is gone"
    assert not UnjudgedPatient.objects.exists()
    assert visit is not None
    with pytest.raises(Conflict):
        runs.begin_tried(run.pk, Stage.WITHDRAWING, by=clinic.manager, now=clinic.now)


def test_it_is_withdrawn_within_24_hours_to_the_second(clinic: Clinic) -> None:
    run = brought(clinic, PATIENTS + ANN)
    with pytest.raises(Conflict, match="within 24 hours"):
        runs.check_may_begin(run, Stage.WITHDRAWING, now=clinic.now + timedelta(hours=24, seconds=1))
    runs.check_may_begin(run, Stage.WITHDRAWING, now=clinic.now + timedelta(hours=24))
