"""What was played of some of the invented people before the demo opens, each act at the time that it is said of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from injections.booking.book import book
from injections.booking.request import BookingRequest
from injections.patient.injections import EarlierInjection, record_injection
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.visit.arrival import arrive, no_show
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.demo.life import acts
from pht_clinic.demo.life.cast import Comer
from pht_clinic.demo.life.company import PARTS_OF_STAFF, staff
from pht_clinic.demo.life.stage import Present, Stage
from pht_clinic.demo.stories.people import Invented
from pht_clinic.periods import wall_to_utc
from scheduling.messages.bounces.opt_out import opt_out
from scheduling.messages.bounces.reading import HeardNews
from scheduling.messages.bounces.take_in import take_in
from scheduling.models import Appointment, MailNews, Message, Patient, Practitioner

_TODAY: Final = timedelta(days=5)
"""When those who come today phoned."""


@dataclass(frozen=True, slots=True)
class Play:
    """How somebody's past goes, and how long ago it begins."""

    ago: timedelta
    goes: Callable[[Stage], None]


def play(person: Invented, patient: Patient, *, began: datetime, present: datetime) -> None:
    """Play what this person's `past` names, from their registration up to the present."""
    comer = Comer(1, person.nhs_number, person.given_name, person.family_name, patient.date_of_birth, began.date(), "")
    chance = Random(person.serial)  # nosec B311  # noqa: S311 - a course, no secret
    stage = Stage(comer, staff(0), chance, began, present, patient)
    with suppress(Present):
        PLAYS[person.past].goes(stage)


def _overridden(stage: Stage) -> None:
    """Ten weeks after an injection elsewhere one was asked for, and a radiologist overrode; it helped."""
    given = clock.local_date(stage.now) - timedelta(days=70)
    told = EarlierInjection(
        site=acts.SITES[0], side=stage.person.side, given=given.isoformat(), steroid=True, origin="elsewhere"
    )
    record_injection(stage.patient.pk, told, by=stage.staff.reception, now=stage.now)
    acts.answer(stage, steroid_injection_last_12_months="yes")
    acts.refer(stage)
    why = "Cannot sit at work, and asks for it before a long flight."
    visit = acts.booked(stage, "injection", stage.staff.injects, in_days=6, override_reason=why)
    if visit is None:
        return
    stage.until(stage.now + timedelta(hours=5))
    said = "Talked through: two and a half months, severe pain at night. Knows the risk to the tendon."
    coded = "benefit-outweighs-risk"
    acts.decided(stage, visit, "override", said, reason_code=coded)
    _is_here(stage, visit)
    acts.recovers(stage, visit, acts.injected(stage, visit, reason_code=coded, reason="As decided."))


def _missed(stage: Stage) -> None:
    """Two visits that nobody came to, and one cancelled three hours before."""
    acts.answer(stage)
    acts.refer(stage)
    for _ in range(2):
        visit = acts.booked(stage, "injection", stage.staff.injects, in_days=7)
        if visit is None:
            return
        stage.until(visit.start_at + timedelta(minutes=25))
        no_show(visit.pk, by=stage.staff.reception, now=stage.now)
        stage.days(2)
    visit = acts.booked(stage, "injection", stage.staff.injects, in_days=7)
    if visit is not None:
        stage.until(visit.start_at - timedelta(hours=3))
        acts.cancelled(stage, visit)
        stage.days(1)


def _unreached(stage: Stage) -> None:
    """The confirmation came back, and the one before it was answered: only what is about a visit, please."""
    acts.answer(stage)
    acts.refer(stage)
    opt_out(stage.patient, how=Patient.OptedOut.LINK, now=stage.now)
    acts.booked(stage, "injection", stage.staff.injects, in_days=9)
    stage.days(1)
    sent = Message.objects.of_patient(stage.patient.pk).filter(status=Message.State.SENT).latest("sent_at")
    news = HeardNews(
        kind=MailNews.Kind.BOUNCED,
        key=f"demo-{sent.uid}",
        at=stage.now,
        uid=sent.uid,
        said="550 5.1.1 no such mailbox",
        marks_address=True,
    )
    take_in(news, now=stage.now, real_now=stage.now)


def _injected(stage: Stage) -> None:
    """Everything in order, and the injection on the clinic's last day before the present one."""
    for ago in range(1, 6):
        day = clock.local_date(stage.present) - timedelta(days=ago)
        for part in range(PARTS_OF_STAFF):
            stage.staff = staff(part)
            start = stage.staff.injects.first_free(day, minutes=KINDS["injection"].minutes)
            if start is not None and clock.local_date(start) == day:
                _injected_at(stage, start)
                return


def _injected_at(stage: Stage, start: datetime) -> None:
    acts.answer(stage)
    acts.refer(stage)
    visit = _booked_at(stage, "injection", stage.staff.injects.practitioner, start)
    if visit is not None:
        _is_here(stage, visit)
        acts.injected(stage, visit)
        stage.until(stage.present)


def _not_given(stage: Stage) -> None:
    """Here in time, and sent home: the skin was not whole."""
    acts.answer(stage)
    acts.refer(stage)
    visit = acts.booked(stage, "injection", stage.staff.injects, in_days=5)
    if visit is not None:
        _is_here(stage, visit)
        stage.until(visit.start_at + timedelta(minutes=10))
        told = Procedure(result="not-given", reason="A graze over the sit bone. Comes again once it has healed.")
        record_procedure(visit.pk, told, by=stage.staff.radiologist, now=stage.now)
        stage.until(stage.present)


def _delayed(stage: Stage) -> None:
    """A medicine to weigh: put off until the day after tomorrow, and nothing booked since."""
    acts.answer(stage, immunosuppressed="yes")
    acts.refer(stage)
    visit = acts.booked(stage, "injection", stage.staff.injects, in_days=7)
    if visit is not None:
        stage.until(stage.now + timedelta(hours=4))
        acts.calls_closed(stage, "Went through the answers.")
        until = clock.local_date(stage.present) + timedelta(days=2)
        said = "A course of another medicine has to be over first."
        acts.decided(stage, visit, "delay", said, delay_until=until)
        stage.until(stage.present)


def _today(kind: str, at: time) -> Callable[[Stage], None]:
    """A visit of this kind today at a local time, as far as it is by now."""

    def goes(stage: Stage) -> None:
        day = clock.local_date(stage.present)
        start = wall_to_utc(day, at, clock.zone(), fold=0)
        acts.answer(stage)
        acts.refer(stage)
        visit = _booked_at(stage, kind, _who_works(day, kind), start)
        if visit is None:
            return
        _is_here(stage, visit)
        if KINDS[kind].injects:
            acts.injected(stage, visit)
        else:
            acts.ended(stage, visit)
        stage.until(stage.present)

    return goes


def _who_works(day: date, kind: str) -> Practitioner:
    """Whoever takes such visits on this day of the week; of several the first by name."""
    works = Practitioner.objects.filter(kinds__contains=[kind], schedules__weekday=day.weekday())
    return works.order_by("name").distinct()[0]


def _booked_at(stage: Stage, kind: str, practitioner: Practitioner, start: datetime) -> Appointment | None:
    injects = KINDS[kind].injects
    ask = BookingRequest(
        patient_id=stage.patient.pk,
        kind=kind,
        start=start,
        practitioner_id=practitioner.pk,
        site=acts.SITES[0] if injects else None,
        side=stage.person.side if injects else None,
    )
    return book(ask, by=stage.staff.reception, now=stage.now).appointment


def _is_here(stage: Stage, visit: Appointment) -> None:
    """Raises: Present."""
    stage.until(visit.start_at - timedelta(minutes=8))
    arrive(visit.pk, by=stage.staff.reception, now=stage.now)


PLAYS: Final[Mapping[str, Play]] = {
    "overridden": Play(timedelta(days=175), _overridden),
    "missed": Play(timedelta(days=70), _missed),
    "unreached": Play(timedelta(days=2), _unreached),
    "injected": Play(timedelta(days=12), _injected),
    "not given": Play(timedelta(days=16), _not_given),
    "delayed": Play(timedelta(days=30), _delayed),
    "today at 9": Play(_TODAY, _today("physiotherapy", time(9, 20))),
    "today at 11": Play(_TODAY, _today("follow-up", time(11, 0))),
    "today at 14": Play(_TODAY, _today("injection", time(14, 10))),
    "today at 15": Play(_TODAY, _today("physiotherapy", time(15, 40))),
}
"""By what `Invented.past` names."""
