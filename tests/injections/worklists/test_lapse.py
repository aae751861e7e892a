"""New rules reach open bookings in steps; so does a visit that is over and of which nobody said what happened."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.assessment import outdated, verdict
from injections.booking.move import MoveRequest, move
from injections.models import Assessment
from injections.review.decide import DecisionRequest, decide
from injections.safety.policy import DEFAULT
from injections.visit.arrival import no_show
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message
from tests.clinic import Clinic, local


def test_new_rules_judge_every_open_booking_again_in_steps(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clinic that tightens the interval to 5 months: what was clear is questioned, some patients at each call."""
    for name in ("Birch", "Cole", "Dean"):
        patient = clinic.fit_patient(name)
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        clinic.earlier_injection(patient, "2025-11-02")
        assert clinic.book(
            patient, local("2026-03-10", {"Birch": "09:00", "Cole": "10:00"}.get(name, "11:00"))
        ).appointment
    assert set(Appointment.objects.values_list("status", flat=True)) == {"booked"}
    assert outdated.reassess_outdated(now=clinic.now) == 0
    stricter = DEFAULT.tightened({"repeat_review_months": 5})
    monkeypatch.setattr(verdict, "effective_policy", lambda: stricter)
    monkeypatch.setattr(outdated, "effective_policy", lambda: stricter)
    assert outdated.outdated_bookings(now=clinic.now).count() == 3
    assert outdated.reassess_outdated(now=clinic.now, at_most=2) == 2
    assert outdated.outdated_bookings(now=clinic.now).count() == 1
    assert outdated.reassess_outdated(now=clinic.now, at_most=2) == 1
    assert set(Appointment.objects.values_list("status", flat=True)) == {"pending"}
    assert outdated.reassess_outdated(now=clinic.now) == 0


SOON, IN_6_WEEKS = local("2026-03-10", "09:00"), local("2026-04-21", "09:00")


def booked_around(clinic: Clinic, name: str, hours: int = 0) -> tuple[Appointment, Appointment]:
    """A visit soon, overridden, asked for after one 6 weeks later, which therefore was clear and does not see it."""
    patient, later = clinic.fit_patient(name), timedelta(hours=hours)
    after = clinic.book(patient, IN_6_WEEKS + later).appointment
    soon = clinic.book(patient, SOON + later, override_reason="She cannot sit").appointment
    assert after is not None
    assert soon is not None
    decide(
        soon.pk,
        DecisionRequest(outcome="override", reason="The later one is given up", reason_code="specialist-advice"),
        by=clinic.radiologist,
        now=clinic.now,
    )
    soon.refresh_from_db()
    assert (soon.status, after.status) == ("booked", "booked")
    return soon, after


def test_a_visit_that_is_over_without_an_outcome_counts_for_a_booking_asked_for_before_it(clinic: Clinic) -> None:
    """Only from 2 h after its end, and only once; the patient is told that the later visit is being checked."""
    soon, after = booked_around(clinic, "Dean")
    ended = soon.end_at + timedelta(hours=2)
    assert outdated.count_as_given(now=ended - timedelta(minutes=1)) == 0
    assert outdated.count_as_given(now=ended) == 1
    after.refresh_from_db()
    assert after.status == "pending"
    judged = after.assessments.order_by("-pk")[0]
    assert (judged.occasion, judged.by) == ("counted-as-given", None)
    assert [one["rule"] for one in judged.findings if one["severity"] == "critical"] == ["repeat-interval"]
    assert Message.objects.filter(appointment=after, kind="provisional", status="queued").exists()
    entry = Entry.objects.get(verb="counted-as-given")
    assert (entry.actor_kind, entry.subject) == ("system", f"appointment:{soon.pk}")

    before = (Assessment.objects.count(), Entry.objects.count(), Message.objects.count())
    assert outdated.count_as_given(now=ended + timedelta(minutes=1)) == 0
    assert before == (Assessment.objects.count(), Entry.objects.count(), Message.objects.count())


def test_what_has_an_outcome_or_nothing_coming_beside_it_is_not_looked_at(clinic: Clinic) -> None:
    missed, _ = booked_around(clinic, "Birch")
    alone = clinic.book(clinic.fit_patient("Cole"), SOON + timedelta(hours=1)).appointment
    assert alone is not None
    no_show(missed.pk, by=clinic.reception, now=SOON + timedelta(minutes=30))
    with CaptureQueriesContext(connection) as queries:
        assert outdated.count_as_given(now=SOON + timedelta(hours=5)) == 0
    assert len(queries) <= 2
    assert not Entry.objects.filter(verb="counted-as-given").exists()


def test_visits_without_an_outcome_are_counted_in_steps(clinic: Clinic) -> None:
    for number, name in enumerate(("Birch", "Cole", "Dean")):
        booked_around(clinic, name, number)
    now = SOON + timedelta(hours=6)
    assert [outdated.count_as_given(now=now, at_most=2) for _ in range(3)] == [2, 1, 0]
    assert Appointment.objects.filter(start_at__gte=IN_6_WEEKS, status="pending").count() == 3


def test_a_visit_that_was_moved_after_it_was_counted_is_counted_on_its_new_day(clinic: Clinic) -> None:
    patient = clinic.fit_patient("Birch")
    soon, _ = clinic.book(patient, SOON).appointment, clinic.book(patient, SOON + timedelta(days=182))
    assert soon is not None
    over = timedelta(hours=5)
    assert outdated.count_as_given(now=SOON + over) == 1
    week = timedelta(days=7)
    move(soon.pk, MoveRequest(start=SOON + week), by=clinic.reception, now=SOON + over)
    assert [outdated.count_as_given(now=SOON + week + over) for _ in range(2)] == [1, 0]


def test_new_rules_that_change_no_finding_move_on_after_the_first_patients(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged is stored with the new version, else the same patients would take every turn."""
    for hour, name in ((9, "Birch"), (10, "Cole"), (11, "Dean")):
        assert clinic.book(clinic.fit_patient(name), local("2026-03-10", f"{hour:02}:00")).appointment
    before = list(Appointment.objects.order_by("pk").values_list("status", "revision"))
    stricter = DEFAULT.tightened({"repeat_review_months": 5})
    monkeypatch.setattr(verdict, "effective_policy", lambda: stricter)
    monkeypatch.setattr(outdated, "effective_policy", lambda: stricter)
    left = []
    for _ in range(3):
        assert outdated.reassess_outdated(now=clinic.now, at_most=1) == 1
        left.append(outdated.progress(now=clinic.now).waiting)
    assert left == [2, 1, 0]
    assert list(Appointment.objects.order_by("pk").values_list("status", "revision")) == before
