"""Telling a patient that a copy is ready: a link to their own page, by the same outbox as everything else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from injections.letters.read import record_changed_at
from injections.models import ClinicalLetter, Injection
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.diary.read import the
from scheduling.messages import drafts, hours, outbox, words
from scheduling.messages.kinds import kind_of
from scheduling.messages.plan import Planned
from scheduling.messages.recipients import route_of
from scheduling.models import Appointment, Message

KIND: Final = "clinical-letter"
_FOR: Final = timedelta(days=14)
OUTDATED: Final = "There is a newer letter, or the record has been corrected since. This letter is no longer sent."
_IN_VAIN = (Message.State.CANCELLED, Message.State.FAILED)


class NotForSending(Conflict):
    """This letter is printed and handed over, or another one is sent in its place."""

    code = "not-for-sending"


def patients_copy(appointment: Appointment) -> ClinicalLetter | None:
    """The newest copy for the patient of what stands; None once the record was corrected or withdrawn."""
    return newest_standing(appointment, ClinicalLetter.Kind.PATIENT_COPY)


def newest_standing(appointment: Appointment, kind: str) -> ClinicalLetter | None:
    """The newest letter of this kind about what stands; None once anything that was injected at that visit was
    corrected or withdrawn. Two queries.
    """
    rows = ClinicalLetter.objects.filter(appointment=appointment, kind=kind, injection__in=Injection.objects.given())
    newest, changed_at = rows.order_by("-version").first(), record_changed_at(appointment.pk)
    return newest if newest and changed_at and newest.recorded_at >= changed_at else None


def messages_about(letter: ClinicalLetter) -> list[Message]:
    """What was or will be sent of this letter to its patient, newest first."""
    return list(Message.objects.filter(subject=_subject(letter)).order_by("-pk"))


def check_may_send(letter: ClinicalLetter, *, by: Actor) -> None:
    """Raise Forbidden or NotForSending unless this letter may be made known to its patient by email or text message."""
    check_permitted("send-letter", by)
    if letter.kind != ClinicalLetter.Kind.PATIENT_COPY:
        raise NotForSending("Only the patient’s copy is sent to the patient, as a link.")
    check_newest(letter)
    route = route_of(letter.patient.kept)
    if not route.recipient:
        raise NotForSending(f"{route.why or 'The patient gets letters.'} Print the letter.")
    if any(row.status not in _IN_VAIN for row in messages_about(letter)):
        raise NotForSending("The link to this letter has been sent, or is waiting to be sent.")


def check_newest(letter: ClinicalLetter) -> None:
    """Raise NotForSending unless it is the newest letter of its kind about what stands."""
    if newest_standing(letter.appointment, letter.kind) != letter:
        raise NotForSending(OUTDATED)


def send_letter(letter_id: int, *, by: Actor, now: datetime) -> None:
    """Plan the mail with the link, for the hours in which mails go out. Raises: Forbidden, Missing, NotForSending."""
    found = the(ClinicalLetter, letter_id)
    with use_case():
        appointment, _ = lock_appointment(found.appointment_id)
        check_may_send(found, by=by)
        due_at = hours.next_open(now, clock.zone())
        day = clock.local_date(appointment.start_at)
        row = drafts.row_for(
            kind_of(KIND),
            Planned(KIND, due_at, due_at + _FOR),
            drafts.About(
                patient=appointment.patient,
                appointment=appointment,
                subject=_subject(found),
                occasion=f"version:{found.version}",
            ),
            values={"visit_day": words.day(day), "visit_on": words.full_date(day)},
            now=now,
        )
        outbox.post([row])
        subject = f"clinicalletter:{found.pk}"
        record("letter-sent", by=by, now=now, patients=[appointment.patient_id], subject=subject)


def _subject(letter: ClinicalLetter) -> str:
    return f"letter:{letter.pk}"
