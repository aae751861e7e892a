"""News of a visit for its patient: the words that the patient's answers change, and what is told by phone first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F, JSONField, Value
from django.db.models.expressions import CombinedExpression

from injections.facts.answers import KnownAnswers, known_answers
from injections.facts.history import History
from injections.facts.policy import effective_policy
from injections.messages import consent
from injections.messages.risks import RISKS_VERSION
from injections.models import Call, Screening
from injections.safety.beside import DIABETES_TYPE, TYPE_1
from injections.safety.codes import YES
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.people.actors import Actor
from scheduling.messages import outbox, plan, together
from scheduling.messages.drafts import News, news_in
from scheduling.models import Appointment, Message, Patient
from scheduling.states import Status

PHONE_FIRST = "Phone first: a red flag is open."
IS_HERE = "The patient is here for another visit: tell them at reception."
_RISKS = {"confirmed": {"risks_version": RISKS_VERSION}}
"""Which text of the risks it gives; no other message prints one."""
_PHONED_FIRST = frozenset({"delayed", "declined"})
"""What a mail must not say to somebody whom a clinician is still to speak to."""


def announce(news: News, *, appointment: Appointment, by: Actor, now: datetime, history: History | None = None) -> None:
    """Tell the outbox the news about an appointment, in the transaction of the change; `draft` says what is in it."""
    outbox.announce(_whole(news, appointment, history, now=now), appointment=appointment, by=by, now=now)
    if appointment.asked_at != now or appointment.revision > 1:
        consent.hold_back_again(appointment)


def announce_together(kind: str, changes: Sequence[tuple[Appointment, News]], *, by: Actor, now: datetime) -> None:
    """The same of several visits of one series, in one message; `kind` is one of `plan.TOGETHER`."""
    together.announce(kind, _whole_of_each(changes, now=now), by=by, now=now)
    for visit, _ in changes:
        consent.hold_back_again(visit)


def draft_together(
    kind: str, changes: Sequence[tuple[Appointment, News]], *, by: Actor, now: datetime
) -> Message | None:
    """The message by which `announce_together` would tell these changes, unstored; None where the patient knows."""
    return together.draft(kind, _whole_of_each(changes, now=now), by=by, now=now).message


def _whole_of_each(changes: Sequence[tuple[Appointment, News]], *, now: datetime) -> list[tuple[Appointment, News]]:
    return [(visit, _whole(one, visit, None, now=now)) for visit, one in changes]


def draft(
    news: News, *, appointment: Appointment, by: Actor, now: datetime, history: History | None = None
) -> Message | None:
    """The message by which `announce` would tell this news, unstored: what a page shows before the change is made.

    None where the patient knows it already. `appointment` is the visit as it would stand.
    """
    whole = _whole(news, appointment, history, now=now)
    return news_in(outbox.what_follows(whole, appointment=appointment, by=by, now=now))


def _whole(news: News, appointment: Appointment, history: History | None, *, now: datetime) -> News:
    """With what is printed beside the visit: whether reminders ask the questions about the patient's health once more,
    and which lines on how to prepare apply (`said_before`); and with whether it is told by phone.

    With the patient's `history` at hand the answers are not read again.
    """
    whole = replace(news, phone_first=_phone_first(news.kind, appointment, now=now))
    if not (plan.stands(news.kind) and KINDS[appointment.kind].injects):
        return whole
    answers = present_answers(appointment, history)
    values = {"ask_again": _grow_stale(answers, appointment), **said_before(answers[0])}
    return replace(whole, values={**news.values, **values}, values_of=_RISKS)


def _phone_first(kind: str, appointment: Appointment, *, now: datetime) -> str:
    """Why this news is told by a person: while a call about a red flag is open, so are a delay and a decline, and
    whoever is in the clinic hears at the desk of other visits of that day; or "".
    """
    if kind in _PHONED_FIRST and _red_flag_is_open(appointment.patient):
        return PHONE_FIRST
    return IS_HERE if _is_here(appointment, now=now) else ""


def _is_here(appointment: Appointment, *, now: datetime) -> bool:
    """Whether the patient has arrived for another visit of the same local day, which is today. One query, of today."""
    today = clock.local_date(now)
    if clock.local_date(appointment.start_at) != today:
        return False
    arrived = Appointment.objects.of_patient(appointment.patient.kept_id).filter(status=Status.ARRIVED)
    begins = arrived.exclude(pk=appointment.pk).values_list("start_at", flat=True)
    return any(clock.local_date(start_at) == today for start_at in begins)


def red_flag_opened(patient: Patient) -> None:
    """A call about a red flag is opened: of what waits, a delay and a decline are told by phone now."""
    rows = Message.objects.of_patient(patient.kept_id).filter(kind__in=_PHONED_FIRST, status=Message.State.QUEUED)
    rows.update(status=Message.State.SKIPPED, phone_task=True, reason=PHONE_FIRST, channel=Patient.Contact.PHONE)


def _red_flag_is_open(patient: Patient) -> bool:
    calls = Call.objects.of_patient(patient.kept_id).filter(closed_at__isnull=True, why=Call.Why.RED_FLAG)
    return calls.exists()


def answers_grow_stale(appointment: Appointment) -> bool:
    """Whether the answers that count for this injection visit are missing, or will be too old at its start.

    Boundary: answers given exactly 14 × 24 hours before the start are too old, as in `screening-stale`.
    """
    return _grow_stale(present_answers(appointment), appointment)


def _grow_stale(answers: Iterable[KnownAnswers], appointment: Appointment) -> bool:
    valid = timedelta(hours=effective_policy().screening_valid_hours)
    times = [known.oldest.at if known.oldest else None for known in answers]
    return any(at is None or appointment.start_at - at >= valid for at in times)


def present_answers(appointment: Appointment, history: History | None = None) -> list[KnownAnswers]:
    """The answers that count for an injection visit: those for each of the `places` of its request."""
    rows = list(history.screenings if history else Screening.objects.of_patient(appointment.patient.kept_id))
    return [known_answers(rows, area, side) for area, side in appointment.injection_request.places]


def answered(patient: Patient, *, now: datetime) -> None:
    """New answers are there: reminders that still wait ask for them again only if they will be too old after all,
    and print the lines that these answers call for.
    """
    rows = Message.objects.filter(patient=patient, kind__in=plan.REMINDERS, status=Message.State.QUEUED)
    for row in rows.select_related("appointment__injection_request", "appointment__patient"):
        if row.appointment is not None and "ask_again" in row.values:
            answers = present_answers(row.appointment)
            changed = {"ask_again": _grow_stale(answers, row.appointment), **said_before(answers[0])}
            set_it = CombinedExpression(F("values"), "||", Value(changed, JSONField()))
            Message.objects.filter(pk=row.pk, status=Message.State.QUEUED).update(values=set_it)


def said_before(answers: KnownAnswers) -> dict[str, object]:
    """Which lines on how to prepare apply: on diabetes unless the answer is "no", on blood thinners after a "yes"."""
    return {"diabetes": may_have_diabetes(answers), "thinner": answers.value("blood_thinner") == YES}


def has_type_1(answers: KnownAnswers) -> bool:
    """Whether the patient says that their diabetes is of type 1."""
    return bool(answers.value("diabetes") == YES and answers.value(DIABETES_TYPE) == TYPE_1)


def may_have_diabetes(answers: KnownAnswers) -> bool:
    """Unknown is not "no": only a plain "no" leaves a sentence out."""
    return bool(answers.value("diabetes") != "no")
