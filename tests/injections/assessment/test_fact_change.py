"""One change of facts, however much it writes, judges each open booking of its patient once."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from time import monotonic
from typing import Any

import psycopg
import pytest
from django.db import connection

from injections.assessment import outdated, reassess, verdict
from injections.assessment.fact_change import fact_about, fact_if_free
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.imaging.reports import correct_report, withdraw_report
from injections.merging.merge import merge_patients
from injections.models import Assessment, Call, ImagingReport, Injection, PlannedActivity
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection, withdraw_injection
from injections.patient_link.recovery import Answers, answer_recovery
from injections.safety.policy import DEFAULT
from injections.worklists.close_call import close_call
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Busy, Conflict, Missing
from pht_clinic.people.actors import PATIENT
from scheduling.diary.locks import LOCK_TIMEOUT_MS
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, START, give

HOUR = timedelta(hours=1)


@dataclass
class Case:
    """A patient with a visit that was treated and two open bookings, 2 and 4 months after it."""

    clinic: Clinic
    patient: Patient
    treated: Appointment
    coming: list[Appointment]

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.clinic.reception, "now": self.clinic.now}

    @property
    def doctor(self) -> dict[str, Any]:
        return {"by": self.clinic.radiologist, "now": self.clinic.now}


@pytest.fixture
def case(clinic: Clinic) -> Case:
    patient = clinic.fit_patient()
    treated = booked(clinic, patient, START)
    give(treated, clinic)
    clinic.now = AFTER + HOUR
    coming = [booked(clinic, patient, local(day)) for day in ("2026-05-12", "2026-07-14")]
    return Case(clinic, patient, treated, coming)


def booked(clinic: Clinic, patient: Patient, start: Any) -> Appointment:
    found = clinic.book(patient, start, override_reason="Asked for").appointment
    assert found is not None
    return found


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The occasion of each time that open bookings are judged again."""
    found: list[str] = []
    judge_again = reassess.patients

    def noted(changed: Any, *, occasion: str, **values: Any) -> Any:
        found.append(occasion)
        return judge_again(changed, occasion=occasion, **values)

    monkeypatch.setattr(reassess, "patients", noted)
    return found


def warned(case: Case, **values: Any) -> None:
    """The patient answers by link that something is wrong, which puts them on the call list as well."""
    said = Answers(**{"question": "flare-check", "signs": ("calf",), **values})
    answer_recovery(case.treated.pk, said, by=PATIENT, now=case.clinic.now)


def phoned(case: Case) -> None:
    call = Call.objects.get(why=Call.Why.WARNING_SIGN)
    close_call(
        call.pk, reached="patient", spoke_to="Robin", said="A plaster", by=case.clinic.radiologist, now=case.clinic.now
    )


def merged(case: Case) -> None:
    twin = Patient.objects.exclude(pk=case.patient.pk).get()
    merge_patients(twin.pk, into_id=case.patient.pk, by=case.clinic.manager, now=case.clinic.now)


def off(case: Case) -> None:
    withdraw_activity(PlannedActivity.objects.get().pk, **case.who)


def planned(case: Case) -> None:
    plan_activity(case.patient.pk, kind="sport", start=local("2026-05-13"), **case.who)


def seen(case: Case) -> None:
    case.clinic.report(case.patient, tear="avulsion")


def report() -> int:
    """The newest that stands."""
    return ImagingReport.objects.current().order_by("-pk").values_list("pk", flat=True)[0]


def given() -> int:
    return Injection.objects.current().get().pk


CHANGES: dict[str, tuple[Callable[[Case], Any], int]] = {
    "screening-answered": (lambda case: case.clinic.answer(case.patient, {"fever": "yes"}), 2),
    "pathway-recorded": (lambda case: case.clinic.pathway(case.patient, suspected_avulsion="yes"), 2),
    "report-recorded": (lambda case: case.clinic.report(case.patient, tear="avulsion"), 2),
    "report-corrected": (lambda case: correct_report(report(), reason="x", changes={"tear": "none"}, **case.doctor), 2),
    "report-withdrawn": (lambda case: withdraw_report(report(), reason="x", **case.doctor), 2),
    "injection-recorded": (lambda case: case.clinic.earlier_injection(case.patient, "2026-03-09"), 2),
    "injection-corrected": (
        lambda case: correct_injection(given(), reason="x", changes={"given": "2026-03-09"}, **case.doctor),
        2,
    ),
    "injection-withdrawn": (lambda case: withdraw_injection(given(), reason="x", **case.doctor), 2),
    "activity-planned": (planned, 1),
    "activity-withdrawn": (off, 1),
    "patient-corrected": (
        lambda case: correct_patient(case.patient.pk, changes={"date_of_birth": date(2015, 5, 1)}, **case.who),
        2,
    ),
    "patients-merged": (merged, 2),
    "recovery-answered": (warned, 2),
    "call-closed": (phoned, 2),
    "cancel": (lambda case: cancel(case.coming[0].pk, reason="x", **case.who), 1),
    "move": (
        lambda case: move(case.coming[0].pk, MoveRequest(start=local("2026-08-11"), override_reason="x"), **case.who),
        2,
    ),
}
"""By the occasion: the change, and how many of the two bookings it makes a difference to."""
BEFORE: dict[str, Callable[[Case], Any]] = {
    "activity-withdrawn": planned,
    "call-closed": warned,
    "report-corrected": seen,
    "report-withdrawn": seen,
    "patients-merged": lambda case: case.clinic.earlier_injection(case.clinic.patient("Twin"), "2026-03-09"),
}
"""What there must be before that can change."""


@pytest.mark.parametrize("occasion", CHANGES)
def test_one_change_judges_each_open_booking_once(case: Case, passes: list[str], occasion: str) -> None:
    """Some write several rows, open a call and judge whom to phone: the bookings are judged after all of it."""
    BEFORE.get(occasion, lambda case: None)(case)
    case.clinic.now += HOUR
    before = Assessment.objects.order_by("-pk").values_list("pk", flat=True)[0]
    passes.clear()
    change, count = CHANGES[occasion]
    change(case)
    assert passes == [occasion]
    stored = Counter(Assessment.objects.filter(pk__gt=before).values_list("appointment_id", flat=True))
    assert (len(stored), set(stored.values())) == (count, {1})


def test_a_procedure_with_a_complication_judges_each_booking_once(clinic: Clinic, passes: list[str]) -> None:
    """Itself too: what was really done is judged, the call is opened, then come the others."""
    patient = clinic.fit_patient()
    visit, coming = (booked(clinic, patient, start) for start in (START, local("2026-05-12")))
    passes.clear()
    give(visit, clinic, complications="A faint")
    assert passes == ["procedure-recorded"]
    [own] = visit.assessments.filter(at=AFTER)
    [other] = coming.assessments.filter(at=AFTER)
    assert (own.occasion, other.occasion) == ("procedure", "procedure-recorded")
    assert "open-warning-sign" in {finding["rule"] for finding in other.findings}


def test_two_visits_without_an_outcome_judge_a_booking_once(clinic: Clinic, passes: list[str]) -> None:
    """Both are counted by it."""
    patient = clinic.fit_patient()
    coming = booked(clinic, patient, local("2026-05-12"))
    over = [booked(clinic, patient, START + number * HOUR) for number in range(2)]
    Appointment.objects.filter(pk__in=[visit.pk for visit in over]).update(status="booked", pending_since=None)
    passes.clear()
    assert outdated.count_as_given(now=START + 6 * HOUR) == 2
    assert passes == ["counted-as-given"]
    assert coming.assessments.filter(occasion="counted-as-given").count() == 1
    told = Entry.objects.filter(verb="counted-as-given").values_list("subject", flat=True)
    assert set(told) == {f"appointment:{visit.pk}" for visit in over}


def test_new_rules_judge_each_booking_once(case: Case, passes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stricter = DEFAULT.tightened({"repeat_review_months": 5})
    monkeypatch.setattr(verdict, "effective_policy", lambda: stricter)
    monkeypatch.setattr(outdated, "effective_policy", lambda: stricter)
    before = Assessment.objects.count()
    assert outdated.reassess_outdated(now=case.clinic.now) == 1
    assert passes == ["rules-applied"]
    assert Assessment.objects.count() - before == 2


def test_what_helped_is_judged_by_the_answer_that_says_so(case: Case) -> None:
    """Nobody has to phone because of it, and the radiologist still reads it at the open booking."""
    case.clinic.now = local("2026-05-05")
    warned(case, question="recovery-6wk", signs=(), pain=2, change="better")
    assert not Call.objects.exists()
    for visit in case.coming:
        newest = visit.assessments.latest("pk")
        [repeated] = [one["message"] for one in newest.findings if one["rule"] == "repeat-number"]
        assert (newest.occasion, repeated.endswith("It helped.")) == ("recovery-answered", True)


def test_a_call_that_is_no_fact_judges_nothing(case: Case, passes: list[str]) -> None:
    Call.objects.create(patient=case.patient, why=Call.Why.NOT_BETTER, say="Ask", opened_at=case.clinic.now)
    passes.clear()
    close_call(Call.objects.get().pk, reached="patient", spoke_to="Robin", said="Fine", **case.who)
    assert passes == []
    assert Entry.objects.get(verb="call-closed").patient_ids == [case.patient.pk]


def test_a_fact_is_about_somebody_who_is_known_and_kept(clinic: Clinic) -> None:
    twin, kept = clinic.patient("Twin"), clinic.patient("Kept")
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    with pytest.raises(Missing), fact_about(10**9):
        pass
    with pytest.raises(Conflict) as refused, fact_about(twin.pk):
        pass
    assert refused.value.extra == {"into": str(kept.pk)}
    merge = Entry.objects.get(verb="patients-merged")
    assert (merge.patient_ids, merge.subject) == (sorted([twin.pk, kept.pk]), "")


@pytest.fixture
def stored_apart(clinic: Clinic, owner_connection: psycopg.Connection) -> Iterator[int]:
    """A patient whom another connection sees too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(p)::text FROM scheduling_patient AS p WHERE id = %s", [clinic.patient("Ash").pk]
        )
        ((row,),) = cursor.fetchall()
    number = 10**9
    owner_connection.execute(
        "INSERT INTO scheduling_patient SELECT * FROM jsonb_populate_record(NULL::scheduling_patient, %s)",
        [json.dumps(json.loads(row) | {"id": number})],
    )
    yield number
    connection.close()  # and with it the lock that the test's transaction has
    owner_connection.execute("DELETE FROM scheduling_patient WHERE id = %s", [number])


def test_whoever_comes_again_does_not_wait_for_a_patient_somebody_else_has(
    clinic: Clinic, stored_apart: int, owner_connection: psycopg.Connection
) -> None:
    """They are told so at once; free, the patient is theirs, and others may still store what merely names them."""
    other = owner_connection
    with other.transaction():
        other.execute("SELECT FROM scheduling_patient WHERE id = %s FOR NO KEY UPDATE", [stored_apart])
        started = monotonic()
        with pytest.raises(Busy), fact_if_free(stored_apart):
            pass
        assert monotonic() - started < LOCK_TIMEOUT_MS / 1000 / 2
    with fact_if_free(stored_apart) as patient:
        assert patient.pk == stored_apart
        other.execute("SELECT FROM scheduling_patient WHERE id = %s FOR KEY SHARE NOWAIT", [stored_apart])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT FROM scheduling_patient WHERE id = %s FOR NO KEY UPDATE NOWAIT", [stored_apart])


def test_a_merged_record_is_never_free(clinic: Clinic) -> None:
    """Nor is one that nobody knows."""
    twin, kept = clinic.patient("Twin"), clinic.patient("Kept")
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    for number in (twin.pk, 10**9):
        with pytest.raises(Busy), fact_if_free(number):
            pass
    with fact_if_free(kept.pk) as patient:
        assert patient == kept


def test_a_cancelled_physiotherapy_sets_the_injection_free_that_it_stood_against(clinic: Clinic) -> None:
    """The injection was asked for after it and bore the finding; without it nothing stands."""
    patient = clinic.fit_patient()
    physio = clinic.book(patient, START + timedelta(days=1), kind="physiotherapy").appointment
    assert physio is not None
    injection = booked(clinic, patient, START)
    assert [one.verdict for one in injection.assessments.all()] == ["blocked"]
    cancel(physio.pk, reason="She asked for it", by=clinic.reception, now=clinic.now)
    newest = injection.assessments.latest("pk")
    assert (newest.occasion, newest.verdict, newest.findings) == ("cancel", "clear", [])


def test_a_cancelled_visit_is_judged_no_more(clinic: Clinic) -> None:
    """Its last verdict stays as it was."""
    patient = clinic.fit_patient()
    visit = booked(clinic, patient, START)
    cancel(visit.pk, reason="She asked for it", by=clinic.reception, now=clinic.now)
    before = list(visit.assessments.all())
    assert clinic.answer(patient, {"pregnant": "yes"}).reassessed == []
    assert list(visit.assessments.all()) == before
