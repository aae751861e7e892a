"""What is recorded of patients, several tables in one statement: each row with what comes along."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.facts.patient_rows import CURRENT, Part, Records, one_of
from injections.merging.merge import merge_patients
from injections.models import Injection, Screening
from injections.patient.injections import correct_injection, withdraw_injection
from pht_clinic.people.actors import PATIENT
from pht_clinic.people.models import User
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local


def test_each_row_comes_with_who_recorded_it_and_what_lies_beside_it(clinic: Clinic) -> None:
    """A user by name and address; nobody, where the patient did it, and nothing, where there is no such row."""
    patient = clinic.fit_patient()
    Screening.objects.create(patient=patient, content={}, recorded_at=clinic.now, answered_by=PATIENT.name)
    place = {"practitioner_id": clinic.practitioner.pk, "room_id": clinic.room.pk}
    talk = clinic.book(patient, local("2026-03-10", "09:00"), kind="follow-up", **place).appointment
    injection = clinic.book(patient, local("2026-03-10", "10:00")).appointment
    other = clinic.book(patient, local("2026-03-20"), kind="physiotherapy").appointment
    records = Records(
        screenings=Part(Screening, who=("recorded_by",), extra={"length": "length(row.answered_by)"}),
        visits=Part(Appointment, where=one_of("kind", ("follow-up", "injection")), beside=("injection_request",)),
        patients=Part(Patient, of="id"),
    )
    found = list(records.of([patient.pk]))
    assert {one.patient_id for one in found} == {patient.pk}
    rows = {part: [one.row for one in found if one.part == part] for part in ("screenings", "visits", "patients")}
    asked, told = rows["screenings"]
    shown = ("pk", "name", "email")
    reception = User.objects.get(pk=clinic.reception.user_id)
    assert [one.length for one in (asked, told)] == [len(one.answered_by) for one in (asked, told)]
    assert rows["visits"] == [talk, injection] != [talk, other]
    without, beside = rows["visits"]
    with CaptureQueriesContext(connection) as queries:
        assert [getattr(asked.recorded_by, name) for name in shown] == [getattr(reception, name) for name in shown]
        assert not hasattr(without, "injection_request")
        assert beside.injection_request.site == "hamstring-origin"
        assert told.recorded_by is None
    assert not queries
    assert rows["patients"] == [patient]


def test_what_stands_is_neither_corrected_nor_withdrawn(clinic: Clinic) -> None:
    """The correction in place of what it corrects. Rows of the record kept and the one merged into it are theirs."""
    kept, twin, other = (clinic.patient(name) for name in ("Kept", "Twin", "Other"))
    who = {"by": clinic.reception, "now": clinic.now}
    first, wrong = (clinic.earlier_injection(kept, day).row for day in ("2025-01", "2025-02"))
    clinic.earlier_injection(twin, "2025-03")
    clinic.earlier_injection(other, "2025-04")
    correct_injection(first.pk, reason="The letter", changes={"given": "2025-05"}, **who)  # type: ignore[arg-type]
    withdraw_injection(wrong.pk, reason="Not theirs", **who)  # type: ignore[arg-type]
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    standing, all_of_them = Records(rows=Part(Injection, where=CURRENT)), Records(rows=Part(Injection))
    for asked in ([kept.pk], [twin.pk], [twin.pk, kept.pk]):
        assert [(one.patient_id, one.row.given) for one in standing.of(asked)] == [
            (kept.pk, "2025-03"),
            (kept.pk, "2025-05"),
        ]
    assert len(list(all_of_them.of([kept.pk]))) == 5
    assert [one.patient_id for one in standing.of([other.pk])] == [other.pk]
    assert list(standing.of([])) == []
