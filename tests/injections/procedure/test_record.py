"""What was really done is judged, kept, and restarts every clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from injections.models import Call, Incident, Injection
from injections.procedure.record import record_procedure
from injections.procedure.values import Done, Procedure
from injections.review.decide import CallOpen
from injections.safety.gates import CHECKED_TODAY, CONSENT
from injections.visit.arrival import arrive
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.clinic.people_and_rooms import save_room
from scheduling.models import Appointment, Message
from scheduling.states import WrongState
from tests.clinic import Clinic, local

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

BESIDES = {"site": "ischiogluteal-bursa", "confirm_site_change": True, "reason_code": "as-found"}
"""Into another place than booked."""


def booked(clinic: Clinic) -> Appointment:
    appointment = clinic.book(clinic.fit_patient(), START).appointment
    assert appointment is not None
    return appointment


def queued(appointment: Appointment) -> bool:
    """Whether anything still waits to be said of the visit to come."""
    return Message.objects.filter(subject=f"appointment:{appointment.pk}", status="queued").exists()


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


@pytest.mark.parametrize("result", ["given", "part-given"])
def test_what_was_injected_is_kept_with_its_assessment_and_audited(clinic: Clinic, result: str) -> None:
    """Part of it counts like all of it. What was still to be said of the visit is withdrawn."""
    appointment = booked(clinic)
    assert queued(appointment)
    done = give(appointment, clinic, result=result, **BESIDES)
    row = Injection.objects.get()
    assert (row.status, row.site, row.side, row.targets) == (result, "ischiogluteal-bursa", "left", ["peritendinous"])
    assert row.assessment is not None
    assert (row.assessment.occasion, row.assessment.verdict) == ("procedure", "clear")
    assert done.assessment == row.assessment
    entry = Entry.objects.get(verb="procedure-recorded")
    assert (entry.subject, entry.detail) == (f"appointment:{appointment.pk}", {"result": result})
    assert entry.patient_ids == [appointment.patient_id]
    assert not queued(appointment)
    assert done.rest_until is not None


def test_where_nothing_else_is_said_it_was_given_where_it_was_booked(clinic: Clinic) -> None:
    """Site, side and target as booked; said otherwise, the ones that were said."""
    first, second = (
        clinic.book(clinic.fit_patient(name), START + wait, targets=("bursa",)).appointment
        for name, wait in (("Birch", timedelta()), ("Cole", timedelta(hours=1)))
    )
    assert first is not None
    assert second is not None
    as_booked = give(first, clinic).injection
    assert (as_booked.site, as_booked.side, as_booked.targets) == ("hamstring-origin", "left", ["bursa"])
    changes = {"side": "right", "targets": ("peritendinous",), "confirm_site_change": True, "reason_code": "other"}
    otherwise = give(second, clinic, **changes).injection
    assert (otherwise.site, otherwise.side, otherwise.targets) == ("hamstring-origin", "right", ["peritendinous"])


@pytest.mark.parametrize(
    ("result", "code", "is_refused"),
    [
        ("not-given", "no-consent", False),
        ("not-given", "as-found", False),
        ("not-given", "tired", True),
        ("given", "no-consent", True),
    ],
)
def test_a_code_belongs_to_its_result(clinic: Clinic, result: str, code: str, is_refused: bool) -> None:
    """Why it did not go ahead is no reason for what was out of the ordinary; the other way round it was taken before
    there were codes of its own.
    """
    visit = booked(clinic)
    if is_refused:
        with pytest.raises(Invalid) as refused:
            give(visit, clinic, result=result, reason_code=code, reason="So it was")
        assert [one.pointer for one in refused.value.errors] == ["#/reason_code"]
    else:
        assert give(visit, clinic, result=result, reason_code=code).injection.reason_code == code


def test_a_later_end_is_judged_before_the_physiotherapy_that_was_there_first(clinic: Clinic) -> None:
    """The visit asked for last bears what stands between the two: recording it needs a coded reason."""
    patient = clinic.fit_patient()
    assert clinic.book(patient, START + timedelta(hours=48, minutes=30), kind="physiotherapy").appointment
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    assert appointment.status == "booked"
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic, ended_at=START + timedelta(minutes=35))
    findings = refused.value.extra["assessment"]["findings"]  # type: ignore[index]
    assert [one["rule"] for one in findings if one["severity"] == "critical"] == ["rest-window"]
    assert give(appointment, clinic, ended_at=START + timedelta(minutes=30)).appointment.status == "fulfilled"


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


def test_a_record_that_cannot_be_names_every_field_and_stores_nothing(clinic: Clinic) -> None:
    """What was typed wrong and what was not asked, together."""
    appointment = booked(clinic)
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic, drug=" ", consent={"explained": True})
    assert [error.pointer for error in refused.value.errors] == ["#/drug", "#/consent/questions_answered"]
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
    """Nothing was injected: no assessment, no rest, no dates, no messages, no call, no clock restarted."""
    appointment = booked(clinic)
    who = {"by": clinic.radiologist, "now": AFTER}
    with pytest.raises(Invalid):
        record_procedure(appointment.pk, Procedure(result="not-given"), **who)  # type: ignore[arg-type]
    done = record_procedure(appointment.pk, Procedure(result="not-given", reason="Skin is broken"), **who)  # type: ignore[arg-type]
    assert (done.rest_until, done.review_from, done.clear_from) == (None, None, None)
    assert (done.assessment, done.warnings) == (None, [])
    row = done.injection
    assert (row.status, row.given, row.site, row.side) == ("not-given", "2026-03-10", "hamstring-origin", "left")
    assert (row.reason, row.reason_code, row.drug, row.batch, row.rest_reason) == ("Skin is broken", "", "", "", "")
    assert not Message.objects.filter(subject=f"patient:{appointment.patient_id}").exists()
    assert not Call.objects.exists()
    assert clinic.book(appointment.patient, local("2026-03-12")).appointment


def test_a_red_flag_at_the_visit_waits_for_its_call_unless_nothing_is_given(clinic: Clinic) -> None:
    """A coded reason is not enough while somebody still has to speak to the patient about it."""
    appointment = booked(clinic)
    arrive(appointment.pk, by=clinic.reception, now=START)
    clinic.now = START
    clinic.answer(appointment.patient, {"fever": "yes"})
    with pytest.raises(CallOpen):
        give(appointment, clinic, reason_code="other")
    appointment.refresh_from_db()
    assert appointment.status == "arrived"
    not_given = Procedure(result="not-given", reason="Feverish")
    done = record_procedure(appointment.pk, not_given, by=clinic.radiologist, now=AFTER)
    assert done.appointment.status == "fulfilled"


def test_a_complication_opens_a_call_that_blocks_the_next_booking(clinic: Clinic) -> None:
    """Until somebody has spoken to the patient and said what came of it."""
    appointment = booked(clinic)
    give(appointment, clinic, complications="Fainted for a moment")
    assert Call.objects.get().why == "complication"
    outcome = clinic.book(appointment.patient, local("2026-08-03"))
    assert outcome.refused
    assert "open-warning-sign" in [finding["rule"] for finding in outcome.assessment.findings]  # type: ignore[union-attr]


def test_only_a_radiologist_records_and_only_once(clinic: Clinic) -> None:
    """Reception is refused; a second record of the same visit is a conflict."""
    appointment = booked(clinic)
    with pytest.raises(Forbidden):
        record_procedure(appointment.pk, GIVEN, by=clinic.reception, now=AFTER)
    give(appointment, clinic)
    with pytest.raises(WrongState):
        give(appointment, clinic)


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
    changes = replace(
        GIVEN, started_at=began, ended_at=ended, confirm_day_change=True, reason="It went on past midnight"
    )
    done = record_procedure(appointment.pk, changes, by=clinic.radiologist, now=ended + timedelta(minutes=5))
    assert (done.injection.given, done.review_from) == (given, review_from)


# -- The truth is recorded, with its reason ---------------------------------------------------------------

AS_FOUND = {"reason_code": "as-found", "reason": "Read on the box afterwards"}


def test_h19_a_batch_that_had_expired_is_recorded_with_its_reason_as_an_incident(clinic: Clinic) -> None:
    """NEE7: refused at its field without a reason; with one the expiry date stays as it was."""
    appointment = booked(clinic)
    expired = {"expires_on": date(2026, 3, 9)}
    with pytest.raises(Invalid) as refused:
        give(appointment, clinic, **expired)
    assert [error.pointer for error in refused.value.errors] == ["#/expires_on"]
    assert not Incident.objects.exists()
    done = give(appointment, clinic, **expired, **AS_FOUND)
    assert done.injection.expires_on == date(2026, 3, 9)
    assert done.incident == Incident.objects.get()
    (what,) = done.incident.what
    assert what["pointer"] == "#/expires_on"
    assert "expired" in what["detail"]
    assert (done.incident.reason_code, done.incident.reason) == ("as-found", "Read on the box afterwards")
    assert (done.incident.patient, done.incident.injection) == (appointment.patient, done.injection)
    assert done.incident.recorded_by_id == clinic.radiologist.user_id


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"checked_today": {**GIVEN.checked_today, "skin_whole": False}}, "#/checked_today/skin_whole"),
        ({"checked_today": {}}, "#/checked_today/well"),
        ({"consent": {"explained": True, "questions_answered": False}}, "#/consent/questions_answered"),
        ({"checked_at": START - timedelta(days=1)}, "#/checked_today"),
        ({"dose_mg": Decimal(120), "volume_ml": Decimal(3)}, "#/dose_mg"),
        ({"volume_ml": Decimal(2)}, "#/volume_ml"),
        ({"targets": ("intratendinous",)}, "#/reason_code"),
        (BESIDES, "#/site"),
    ],
)
def test_h19_what_happened_all_the_same_is_recorded_as_an_incident(
    clinic: Clinic, changes: dict[str, object], pointer: str
) -> None:
    appointment = booked(clinic)
    with pytest.raises(Invalid):
        give(appointment, clinic, **changes | {"reason_code": ""})
    done = give(appointment, clinic, **changes | AS_FOUND)
    assert done.incident is not None
    assert pointer in [one["pointer"] for one in done.incident.what]


def test_nothing_out_of_the_ordinary_is_no_incident(clinic: Clinic) -> None:
    done = give(booked(clinic), clinic)
    assert done.incident is None
    assert not Incident.objects.exists()


def test_h18_the_checks_say_when_they_were_made_and_by_whom(clinic: Clinic) -> None:
    """Recorded two months late: by whoever saw them, on the day itself."""
    appointment = booked(clinic)
    seen = {"checked_at": START - timedelta(minutes=5), "checks_seen_by": "Sister Okafor"}
    late = replace(GIVEN, **seen)  # type: ignore[arg-type]
    row = record_procedure(appointment.pk, late, by=clinic.radiologist, now=AFTER + timedelta(days=61)).injection
    assert (row.checked_at, row.checks_seen_by) == (START - timedelta(minutes=5), "Sister Okafor")


def test_the_checks_of_the_day_are_those_of_whoever_records(clinic: Clinic) -> None:
    row = give(booked(clinic), clinic).injection
    assert (row.checked_at, row.checks_seen_by) == (START, clinic.radiologist.name)
