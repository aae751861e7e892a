"""What the desk, the radiologist and the patient do in a course, each by its use case at the stage's time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from injections.answers.measures import Measure
from injections.answers.outcomes import SaidOutcome, record_outcome
from injections.answers.pathway import set_pathway
from injections.answers.screening import answer_screening
from injections.assessment.open_calls import open_calls_about
from injections.booking.book import book
from injections.booking.cancel import Why, cancel
from injections.booking.request import BookingRequest
from injections.imaging.reports import add_report
from injections.patient_link.recovery import Answers, answer_recovery
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.review.decide import DecisionRequest, decide
from injections.safety.gates import CHECKED_TODAY, CONSENT
from injections.safety.questions import QUESTIONS
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import fulfil
from injections.visit_kinds import KINDS
from injections.worklists.close_call import close_call
from injections.worklists.physiotherapy import arrange_physiotherapy
from pht_clinic import clock
from pht_clinic.demo.life.stage import Stage
from pht_clinic.demo.life.times import Times
from pht_clinic.demo.patients import REFERRED
from pht_clinic.people.actors import PATIENT
from scheduling.models import Appointment

AREA: Final = "ischial-tuberosity"
SITES: Final = ("hamstring-origin", "ischiogluteal-bursa")
BATCH: Final = "M2231"


def answer(stage: Stage, **remarkable: str) -> None:
    """All questions, "no" to all but these; and how it is."""
    by, now, side = stage.staff.reception, stage.now, stage.person.side
    screening = {
        "answers": dict.fromkeys(QUESTIONS, "no") | remarkable,
        "onset": "gradual",
        "main_pain_site": "sit-bone",
        "pain_side": side,
        **({"blood_thinner_kind": "doac"} if "blood_thinner" in remarkable else {}),
        **({"diabetes_poorly_controlled": "no"} if "diabetes" in remarkable else {}),
    }
    answer_screening(stage.patient.pk, screening=screening, area=AREA, side=side, by=by, now=now)
    sitting = stage.chance.randint(4, 9)
    measure = Measure(pain_sitting=sitting, pain_walking=sitting - 3, pain_running=9, strength="weaker")
    record_outcome(stage.patient.pk, SaidOutcome(measure=measure, area=AREA, side=side), by=by, now=now)


def refer(stage: Stage, *, scanned_days_ago: int | None = 14) -> None:
    """What the letter says: the pathway so far, and a scan so many days ago, or none."""
    set_pathway(
        stage.patient.pk, pathway=REFERRED, area=AREA, side=stage.person.side, by=stage.staff.reception, now=stage.now
    )
    if scanned_days_ago is not None:
        report(stage, scanned_days_ago)


def report(stage: Stage, days_ago: int) -> None:
    """The radiologist's report of an ultrasound scan."""
    scan = {
        "modality": "ultrasound",
        "area": AREA,
        "side": stage.person.side,
        "performed_on": (clock.local_date(stage.now) - timedelta(days=days_ago)).isoformat(),
        "tendinopathy": "yes",
        "bursitis": "yes" if stage.happens(0.5) else "no",
        "tear": "none",
        "other_diagnosis": "none",
    }
    add_report(stage.patient.pk, report=scan, by=stage.staff.radiologist, now=stage.now)


def booked(stage: Stage, kind: str, times: Times, *, in_days: int, site: str = SITES[0]) -> Appointment | None:
    """A visit on the first free time from so many days on; None where it is refused or the diary is full."""
    wanted = KINDS[kind]
    from_on = clock.local_date(stage.now) + timedelta(days=in_days)
    start = times.first_free(from_on, minutes=wanted.minutes + wanted.room_buffer_minutes)
    if start is None:
        return None
    ask = BookingRequest(
        patient_id=stage.patient.pk,
        kind=kind,
        start=start,
        practitioner_id=times.practitioner.pk,
        site=site if wanted.injects else None,
        side=stage.person.side if wanted.injects else None,
    )
    return book(ask, by=stage.staff.reception, now=stage.now).appointment


def decided(stage: Stage, visit: Appointment, outcome: str, reason: str, **more: Any) -> None:
    """The radiologist who did not ask decides."""
    told = DecisionRequest(outcome=outcome, reason=reason, **more)
    decide(visit.pk, told, by=stage.staff.colleague, now=stage.now)


def calls_closed(stage: Stage, said: str) -> None:
    """Somebody speaks to the patient about every open call."""
    for call in open_calls_about(stage.patient.pk):
        close_call(
            call.pk, reached="patient", spoke_to="the patient", said=said, by=stage.staff.radiologist, now=stage.now
        )


def cancelled(stage: Stage, visit: Appointment) -> None:
    """The patient phones."""
    code = stage.chance.choice(["cannot-come", "unwell", "another-time", "no-longer-needed"])
    cancel(visit.pk, reason=Why("", "patient", code), tell_patient=True, by=stage.staff.reception, now=stage.now)


def comes(stage: Stage, visit: Appointment) -> bool:
    """The day of the visit: the patient is there in time, or does not come at all. Raises: Present."""
    stage.until(visit.start_at - timedelta(minutes=8))
    if stage.happens(0.05):
        stage.until(visit.start_at + timedelta(minutes=20))
        no_show(visit.pk, by=stage.staff.reception, now=stage.now)
        return False
    arrive(visit.pk, by=stage.staff.reception, now=stage.now)
    return True


def injected(stage: Stage, visit: Appointment) -> datetime:
    """The radiologist injects and records; when it ended. Raises: Present."""
    kind = KINDS[visit.kind]
    ended_at = visit.start_at + timedelta(minutes=kind.minutes - 8)
    stage.until(ended_at + timedelta(minutes=4))
    if kind.includes_scan:
        report(stage, 0)
    done = Procedure(
        result="given",
        started_at=visit.start_at + timedelta(minutes=6),
        ended_at=ended_at,
        drug="Methylprednisolone acetate 40 mg/ml",
        steroid=True,
        dose_mg=Decimal(40),
        strength_mg_ml=Decimal(40),
        volume_ml=Decimal(1),
        batch=BATCH,
        expires_on=clock.local_date(stage.present) + timedelta(days=400),
        consent=dict.fromkeys(CONSENT, True),
        checked_today=dict.fromkeys(CHECKED_TODAY, True),
    )
    record_procedure(visit.pk, done, by=stage.staff.radiologist, now=stage.now)
    return ended_at


def ended(stage: Stage, visit: Appointment) -> None:
    """A visit without an injection is over. Raises: Present."""
    stage.until(visit.start_at + timedelta(minutes=KINDS[visit.kind].minutes))
    fulfil(visit.pk, by=stage.staff.reception, now=stage.now)


def recovers(stage: Stage, visit: Appointment, ended_at: datetime) -> None:
    """The patient answers by link, on day 4 and after six weeks; some never do. Raises: Present."""
    pain = stage.chance.randint(1, 5)
    stage.until(ended_at + timedelta(days=4, hours=stage.chance.randint(2, 20)))
    if stage.happens(0.85):
        said = Answers(question="day-4", pain=pain + 1, change="better" if pain < 4 else "same")
        answer_recovery(visit.pk, said, by=PATIENT, now=stage.now)
    stage.until(ended_at + timedelta(days=9))
    arrange_physiotherapy(
        visit.pk, note="Goes on with the own physiotherapist", by=stage.staff.reception, now=stage.now
    )
    stage.until(ended_at + timedelta(days=43))
    if stage.happens(0.7):
        late = Measure(pain_sitting=pain, pain_walking=max(0, pain - 2), strength="same" if pain < 4 else "weaker")
        said = Answers(question="recovery-6wk", pain=pain, change="better" if pain < 4 else "same", measure=late)
        answer_recovery(visit.pk, said, by=PATIENT, now=stage.now)
        calls_closed(stage, "Goes on with the exercises; looks again in six weeks.")
