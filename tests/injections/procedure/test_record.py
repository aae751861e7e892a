"""What was really done is judged, kept, and restarts every clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from injections.assessment.superseding import Superseded
from injections.booking.cancel import cancel
from injections.models import Call, Injection
from injections.patient import merge
from injections.patient.injections import correct_injection, withdraw_injection
from injections.procedure.next_dates import rest_until
from injections.procedure.record import record_procedure
from injections.procedure.values import Done, Procedure
from injections.safety.gates import CHECKED_TODAY, CONSENT
from pht_clinic.errors import Forbidden, Invalid
from scheduling.clinic.people_and_rooms import save_room
from scheduling.models import Appointment, Message
from scheduling.states import WrongState
from tests.clinic import LONDON, Clinic, local

START = local("2026-03-10")
AFTER = START + timedelta(minutes=40)
GIVEN = Procedure(
    result="given",
    started_at=START,
    ended_at=START + timedelta(minutes=20),
    drug="triamcinolone",
    steroid=True,
    dose_mg=Decimal(40),
    strength_mg_ml=Decimal(40),
    volume_ml=Decimal(1),
    batch="T1234",
    expires_on=date(2027, 1, 31),
    local_anaesthetic={"drug": "lidocaine", "dose_mg": 20},
    consent=dict.fromkeys(CONSENT, True),
    checked_today=dict.fromkeys(CHECKED_TODAY, True),
)


def booked(clinic: Clinic) -> Appointment:
    appointment = clinic.book(clinic.fit_patient(), START).appointment
    assert appointment is not None
    return appointment


def give(appointment: Appointment, clinic: Clinic, **changes: object) -> Done:
    return record_procedure(appointment.pk, replace(GIVEN, **changes), by=clinic.radiologist, now=AFTER)  # type: ignore[arg-type]


def test_a_given_injection_ends_the_visit_and_names_the_next_dates(clinic: Clinic) -> None:
    """48 hours from the actual end; 3 and 4 months from the day; aftercare and flare check are planned."""
    done = give(booked(clinic), clinic)
    assert done.appointment.status == "fulfilled"
    assert done.rest_until == START + timedelta(hours=48, minutes=20)
    assert (done.review_from, done.clear_from) == (date(2026, 6, 10), date(2026, 7, 10))
    assert done.warnings == []
    assert done.assessment is not None
    kinds = set(Message.objects.filter(subject=f"patient:{done.injection.patient_id}").values_list("kind", flat=True))
    assert {"aftercare", "flare-check"} <= kinds
    assert [change.verb for change in done.appointment.changes.all()] == ["book", "arrive", "fulfil"]


def test_a_later_end_sends_a_booked_physiotherapy_back_to_review(clinic: Clinic) -> None:
    """Booked exactly 48 hours after the planned end, it lies inside the rest once the injection ended later."""
    appointment = booked(clinic)
    physio = clinic.book(appointment.patient, START + timedelta(hours=48, minutes=30), kind="physiotherapy").appointment
    assert physio is not None
    assert physio.status == "booked"
    done = give(appointment, clinic, ended_at=START + timedelta(minutes=35))
    assert [(one.status, one.verdict) for one in done.reassessed] == [("pending", "blocked")]


@pytest.mark.parametrize("check", [*CHECKED_TODAY])
def test_given_needs_every_check_of_today(clinic: Clinic, check: str) -> None:
    """One check not made, or answered no, and nothing can be recorded as given."""
    appointment = booked(clinic)
    for checks in ({**GIVEN.checked_today, check: False}, {k: v for k, v in GIVEN.checked_today.items() if k != check}):
        with pytest.raises(Invalid) as refused:
            give(appointment, clinic, checked_today=checks)
        assert [error.pointer for error in refused.value.errors] == [f"#/checked_today/{check}"]
    assert not Injection.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"result": "perhaps"}, "#/result"),
        ({"started_at": None}, "#/started_at"),
        ({"ended_at": AFTER + timedelta(seconds=1)}, "#/ended_at"),
        ({"ended_at": START}, "#/ended_at"),
        ({"side": "right"}, "#/confirm_site_change"),
        ({"site": "knee"}, "#/site"),
        ({"steroid": None}, "#/steroid"),
        ({"drug": " "}, "#/drug"),
        ({"dose_mg": None}, "#/dose_mg"),
        ({"dose_mg": Decimal(0)}, "#/dose_mg"),
        ({"expires_on": date(2026, 3, 9)}, "#/expires_on"),
        ({"rest_hours": 24}, "#/rest_reason"),
        ({"rest_hours": 73}, "#/rest_reason"),
        ({"rest_hours": 0}, "#/rest_hours"),
        ({"consent": {"explained": True}}, "#/consent/questions_answered"),
    ],
)
def test_a_record_that_cannot_be_names_its_field(clinic: Clinic, changes: dict, field: str) -> None:
    """Nothing of it is stored."""
    appointment = booked(clinic)
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic, **changes)
    assert field in [error.pointer for error in refused.value.errors]
    assert not Injection.objects.exists()
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_other_rest_hours_count_with_their_reason(clinic: Clinic) -> None:
    """72 hours need none; 96 do."""
    done = give(booked(clinic), clinic, rest_hours=96, rest_reason="Large partial tear")
    assert done.rest_until == START + timedelta(hours=96, minutes=20)


def test_a_critical_finding_on_what_was_really_injected_needs_a_code(clinic: Clinic) -> None:
    """Inside the tendon is critical: refused with the assessment, recorded with a coded reason."""
    appointment = booked(clinic)
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic, targets=("intratendinous",))
    assert [error.pointer for error in refused.value.errors] == ["#/reason_code"]
    assert "assessment" in refused.value.extra
    done = give(appointment, clinic, targets=("intratendinous",), reason_code="specialist-advice")
    assert done.assessment is not None
    assert done.assessment.verdict == "blocked"


def test_a_scan_and_injection_is_judged_after_its_scan(clinic: Clinic) -> None:
    """Booked without a report; as done, the report of the day must be there."""
    patient = clinic.patient()
    clinic.answer(patient)
    clinic.pathway(patient)
    appointment = clinic.book(patient, START, kind="scan-and-injection").appointment
    assert appointment is not None
    assert appointment.status == "booked"
    with pytest.raises(Invalid):
        give(appointment, clinic)
    clinic.now = AFTER
    clinic.report(patient, performed_on="2026-03-10")
    assert give(appointment, clinic).appointment.status == "fulfilled"


def test_not_given_needs_a_reason_and_leads_to_no_aftercare(clinic: Clinic) -> None:
    """Nothing was injected: no rest, no dates, no messages, no clock restarted."""
    appointment = booked(clinic)
    with pytest.raises(Invalid):
        record_procedure(appointment.pk, Procedure(result="not-given"), by=clinic.radiologist, now=AFTER)
    done = record_procedure(
        appointment.pk, Procedure(result="not-given", reason="Skin is broken"), by=clinic.radiologist, now=AFTER
    )
    assert (done.rest_until, done.review_from) == (None, None)
    assert not Message.objects.filter(subject=f"patient:{appointment.patient_id}").exists()
    assert clinic.book(appointment.patient, local("2026-03-12")).appointment


def test_a_complication_opens_a_call_that_blocks_the_next_booking(clinic: Clinic) -> None:
    """Until somebody has spoken to the patient and said what came of it."""
    appointment = booked(clinic)
    give(appointment, clinic, complications="Fainted for a moment")
    assert Call.objects.get().why == "complication"
    outcome = clinic.book(appointment.patient, local("2026-08-03"))
    assert outcome.refused
    assert "open-warning-sign" in [finding["rule"] for finding in outcome.assessment.findings]  # type: ignore[union-attr]


def test_doses_that_look_wrong_warn(clinic: Clinic) -> None:
    """1 ml at 40 mg/ml is not 80 mg."""
    assert give(booked(clinic), clinic, dose_mg=Decimal(80)).warnings


def test_only_a_radiologist_records_and_only_once(clinic: Clinic) -> None:
    """Reception is refused; a second record of the same visit is a conflict."""
    appointment = booked(clinic)
    with pytest.raises(Forbidden):
        record_procedure(appointment.pk, GIVEN, by=clinic.reception, now=AFTER)
    give(appointment, clinic)
    with pytest.raises(WrongState):
        give(appointment, clinic)


def test_a_corrected_injection_keeps_the_old_row_and_moves_the_verdicts(clinic: Clinic) -> None:
    """It was no steroid after all: the old row stays readable, the booking waits for the radiologist who had it."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    row = clinic.earlier_injection(patient, "2025-11-20").row
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    done = correct_injection(
        row.pk, reason="It was saline", changes={"steroid": False}, by=clinic.reception, now=clinic.now
    )
    assert Injection.objects.count() == 2
    assert list(Injection.objects.current()) == [done.row]
    assert [one.verdict for one in done.reassessed] == ["review"], "yes to steroid, and none recorded any more"
    with pytest.raises(Superseded):
        withdraw_injection(row.pk, reason="Twice", by=clinic.reception, now=clinic.now)


def test_a_corrected_date_of_our_own_injection_moves_its_rest(clinic: Clinic) -> None:
    """It was given the day before: the end moves with it, and so does what depends on it; a month is not enough."""
    done = give(booked(clinic), clinic)
    with pytest.raises(Invalid):
        correct_injection(
            done.injection.pk, reason="Wrong day", changes={"given": "2026-03"}, by=clinic.radiologist, now=AFTER
        )
    corrected = correct_injection(
        done.injection.pk, reason="Wrong day", changes={"given": "2026-03-09"}, by=clinic.radiologist, now=AFTER
    ).row
    assert isinstance(corrected, Injection)
    assert done.injection.ended_at is not None
    assert corrected.ended_at == done.injection.ended_at - timedelta(days=1)
    assert (corrected.drug, corrected.batch) == ("triamcinolone", "T1234")


@pytest.mark.parametrize(
    ("wall", "minutes", "day", "started", "ended"),
    [
        ("01:30", 20, "2026-03-29", "2026-03-29T01:30+00:00", "2026-03-29T01:50+00:00"),
        ("00:50", 20, "2026-03-29", "2026-03-29T00:50+00:00", "2026-03-29T01:10+00:00"),
        ("01:50", 20, "2025-10-26", "2025-10-26T00:50+00:00", "2025-10-26T01:10+00:00"),
        ("10:00", 30, "2025-07-01", "2025-07-01T09:00+00:00", "2025-07-01T09:30+00:00"),
    ],
)
def test_a_time_carried_to_a_day_without_it_stands_an_hour_later(
    wall: str, minutes: int, day: str, started: str, ended: str, clinic: Clinic
) -> None:
    """01:30 never comes on 29 March 2026: it is 02:30 by summer time then. However long it took stays as it was."""
    done = give(booked(clinic), clinic)
    at = local("2026-03-10", wall)
    row = Injection.objects.get(pk=done.injection.pk)
    values = {one.attname: getattr(row, one.attname) for one in Injection._meta.concrete_fields if not one.primary_key}
    times = {"started_at": at, "ended_at": at + timedelta(minutes=minutes)}
    row = Injection.objects.create(**values | times | {"supersedes_id": row.pk})
    corrected = correct_injection(
        row.pk, reason="Wrong day", changes={"given": day}, by=clinic.radiologist, now=local("2026-04-01")
    ).row
    assert isinstance(corrected, Injection)
    assert corrected.started_at == datetime.fromisoformat(started)
    assert corrected.ended_at == datetime.fromisoformat(ended)


def test_merged_records_count_together(clinic: Clinic) -> None:
    """An injection recorded on the duplicate counts for the patient who remains."""
    patient, twin = clinic.fit_patient("Dean"), clinic.patient("Deane")
    clinic.earlier_injection(twin, "2026-02")
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    merged = merge.merge_patients(twin.pk, into_id=patient.pk, by=clinic.manager, now=clinic.now)
    assert [(one.verdict, one.status) for one in merged.reassessed] == [("blocked", "pending")]
    with pytest.raises(Invalid):
        clinic.book(twin, local("2026-03-11"))
    cancel(appointment.pk, reason="As the verdict says", by=clinic.reception, now=clinic.now)


def test_a_room_without_ultrasound_on_the_day_needs_a_coded_reason(clinic: Clinic) -> None:
    """Its machine was taken away after the visit was booked there."""
    appointment = booked(clinic)
    save_room(clinic.room.pk, {"has_ultrasound": False}, confirm=True, by=clinic.manager, now=clinic.now)
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic)
    findings = refused.value.extra["assessment"]["findings"]  # type: ignore[index]
    assert [one["rule"] for one in findings if one["severity"] == "critical"] == ["ultrasound-guidance"]
    done = give(appointment, clinic, reason_code="other")
    assert done.assessment is not None
    assert done.assessment.verdict == "blocked"


@pytest.mark.parametrize(
    ("given", "origin", "said"),
    [
        ("2026-03-10", "own", ["210 mg of lidocaine on one day is above 200 mg."]),
        ("2026-03-09", "own", []),
        ("2026-03-10", "elsewhere", []),
    ],
)
def test_the_lidocaine_of_the_day_is_what_was_given_here_on_that_day(
    clinic: Clinic, given: str, origin: str, said: list[str]
) -> None:
    """Yesterday's is not added to today's."""
    appointment = booked(clinic)
    Injection.objects.create(
        patient=appointment.patient,
        site="other-site",
        side="right",
        given=given,
        steroid=False,
        origin=origin,
        recorded_at=clinic.now,
        recorded_on=clinic.now.date(),
        local_anaesthetic={"drug": "lidocaine", "dose_mg": 110},
    )
    assert give(appointment, clinic, local_anaesthetic={"drug": "lidocaine", "dose_mg": 100}).warnings == said


@pytest.mark.parametrize(
    ("ended_at", "until"),
    [
        (datetime(2026, 3, 28, 14, tzinfo=LONDON), local("2026-03-30", "15:00")),
        (datetime(2026, 10, 24, 14, tzinfo=LONDON), local("2026-10-26", "13:00")),
        (datetime(2026, 3, 10, 14, tzinfo=LONDON), local("2026-03-12", "14:00")),
    ],
)
def test_the_rest_is_counted_in_hours_that_pass_over_a_change_of_the_clock(ended_at: datetime, until: datetime) -> None:
    """48 hours by a watch, not by the clock on the wall."""
    assert rest_until(Injection(ended_at=ended_at)) == until


@pytest.mark.parametrize(
    ("started_at", "given", "review_from"),
    [
        ("2026-03-10T23:50:00+00:00", "2026-03-10", date(2026, 6, 10)),
        ("2026-03-11T00:10:00+00:00", "2026-03-11", date(2026, 6, 11)),
        ("2026-06-30T22:50:00+00:00", "2026-06-30", date(2026, 9, 30)),
        ("2026-06-30T23:10:00+00:00", "2026-07-01", date(2026, 10, 1)),
    ],
)
def test_it_was_given_on_the_local_day_on_which_it_really_began(
    clinic: Clinic, started_at: str, given: str, review_from: date
) -> None:
    """Not on the day it was booked for; in summer the day begins at 23:00 UTC."""
    began = datetime.fromisoformat(started_at)
    appointment = clinic.book(
        clinic.fit_patient(), local(f"{began:%Y-%m}-{'10' if began.month == 3 else '30'}")
    ).appointment
    assert appointment is not None
    ended = began + timedelta(minutes=20)
    changes = replace(GIVEN, started_at=began, ended_at=ended)
    done = record_procedure(appointment.pk, changes, by=clinic.radiologist, now=ended + timedelta(minutes=5))
    assert (done.injection.given, done.review_from) == (given, review_from)


def test_a_batch_may_be_used_on_its_last_day(clinic: Clinic) -> None:
    assert give(booked(clinic), clinic, expires_on=date(2026, 3, 10)).appointment.status == "fulfilled"
