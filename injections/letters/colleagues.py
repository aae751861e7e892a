"""A letter to the GP, referrer or physiotherapist, sent as an attachment to an address that a manager confirmed.

It is a message of the same outbox that names no patient: where it goes hangs on the confirmation alone. That is looked
at as it is sent, and once more as it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse

from injections.letters.addresses import check_stands, confirmed, standing
from injections.letters.pdf import letter_pdf
from injections.letters.read import find_letter
from injections.letters.send import OUTDATED, NotForSending, check_newest, newest_standing
from injections.models import ClinicalLetter, ConfirmedAddress
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid, why_not
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.diary.read import the
from scheduling.messages import hours, outbox, words
from scheduling.messages.kinds import Enclosure, MessageKind, Withheld, kind_of, register
from scheduling.models import Message
from scheduling.models.message import POST, TO_A_COLLEAGUE

KIND: Final = "letter-to-colleague"
FILE_NAME: Final = "letter.pdf"
"""It says nothing of anybody."""
_FOR: Final = timedelta(days=14)
_ON_ITS_WAY = (Message.State.QUEUED, Message.State.SENDING, Message.State.SENT)
_TRIED = (*_ON_ITS_WAY, Message.State.UNKNOWN)
_ASK: Final = "A manager confirms addresses. Until then, print the letter."


class AddressNotConfirmed(Conflict):
    """No manager has confirmed that this letter may go there."""

    code = "address-not-confirmed"


@dataclass(frozen=True, slots=True)
class GoesTo:
    """To which addresses a letter may be sent now; with none, `why_not` says why in a sentence."""

    addresses: tuple[ConfirmedAddress, ...] = ()
    why_not: str = ""


def register_kind() -> None:
    """Make it known to the outbox; called once, when the apps are ready."""
    words_of_it = "A letter about one of your patients"
    register(
        [
            MessageKind(
                KIND,
                "injections/mail/letter_to_colleague",
                words_of_it,
                frozenset(),
                withheld=_withheld,
                enclosure=_enclosure,
            )
        ],
        {KIND: "Letter to a colleague"},
    )


def sent_on(letter: ClinicalLetter) -> list[Message]:
    """What was or will be sent of this letter to colleagues, newest first. One query."""
    return list(Message.objects.filter(subject=_subject(letter)).order_by("-pk"))


def may_go_to(letter: ClinicalLetter, sent: Iterable[Message], *, by: Actor) -> GoesTo:
    """The confirmed addresses that a letter may be sent to and was not yet; `sent` is what `sent_on` found."""
    if why := why_not(_check_may_leave, letter, by=by):
        return GoesTo(why_not=why)
    known, why = _to_the_gp(letter) if letter.kind == ClinicalLetter.Kind.GP else _to_anybody()
    tried = {row.recipient for row in sent if row.status in _TRIED}
    free = tuple(one for one in known if one.email not in tried)
    if known and not free:
        why = _twice(known[0].email if len(known) == 1 else "every confirmed address")
    return GoesTo(free, why)


def _to_the_gp(letter: ClinicalLetter) -> tuple[list[ConfirmedAddress], str]:
    email = letter.patient.kept.gp_email
    if not email:
        return [], "No email address of the GP or referrer is on record. Print the letter."
    row = confirmed(email)
    return ([row], "") if row else ([], f"{email} is not confirmed. {_ASK}")


def _to_anybody() -> tuple[list[ConfirmedAddress], str]:
    rows = list(standing())
    return rows, "" if rows else f"No address is confirmed. {_ASK}"


def send_on_letter(letter_id: int, address_id: int | None, *, by: Actor, now: datetime) -> None:
    """Plan the mail that carries the letter, for the hours in which mails go out.

    Raises: Forbidden, Missing, Invalid (no address), NotForSending, AddressNotConfirmed, AddressWithdrawn.
    """
    check_permitted("send-letter", by)
    visit_id = find_letter(letter_id).appointment_id
    if address_id is None:
        raise Invalid.field("address", "Choose an address.")
    with use_case():
        lock_appointment(visit_id)
        # whoever withdraws it at this moment waits, or is waited for
        address = the(ConfirmedAddress.objects.select_for_update(), address_id)
        letter = find_letter(letter_id)
        earlier = sent_on(letter)
        check_may_send_on(letter, address, earlier, by=by)
        tasks = Message.objects.filter(subject=_subject(letter), recipient=address.email, phone_task=True)
        outbox.take_back(tasks, reason="Sent again.", now=now)
        due_at, kind = hours.next_open(now, clock.zone()), kind_of(KIND)
        row = Message(
            kind=kind.name,
            template=kind.template,
            subject=_subject(letter),
            occasion=f"address:{address.pk}:{len(earlier)}",
            recipient=address.email,
            values={"page": reverse("filed-letter", args=[letter.pk])},
            due_at=due_at,
            expires_at=due_at + _FOR,
            planned_at=now,
        )
        outbox.post([row])
        detail = {"kind": letter.kind, "version": letter.version, "address": address.pk}
        subject = f"clinicalletter:{letter.pk}"
        record("letter-sent-on", by=by, now=now, patients=[letter.patient_id], subject=subject, detail=detail)


def check_may_send_on(letter: ClinicalLetter, address: ConfirmedAddress, sent: Iterable[Message], *, by: Actor) -> None:
    """Raise Forbidden, NotForSending, AddressNotConfirmed or AddressWithdrawn unless this letter may go there now.

    It was not sent there, or did not arrive: of one whose fate nobody knows its own message is looked at.
    """
    _check_may_leave(letter, by=by)
    check_stands(address)
    if letter.kind == ClinicalLetter.Kind.GP and confirmed(letter.patient.kept.gp_email) != address:
        raise AddressNotConfirmed(f"{address.email} is not the address of the patient’s GP or referrer.")
    if any(row.recipient == address.email and row.status in _TRIED for row in sent):
        raise NotForSending(_twice(address.email))


def _check_may_leave(letter: ClinicalLetter, *, by: Actor) -> None:
    check_permitted("send-letter", by)
    if letter.is_for_the_patient:
        raise NotForSending("The patient’s copy goes to the patient alone, as a link.")
    check_newest(letter)


def _twice(where: str) -> str:
    return f"This letter was sent to {where}, or is waiting to be sent."


def _subject(letter: ClinicalLetter) -> str:
    return f"{TO_A_COLLEAGUE}{letter.pk}"


def _letter_of(message: Message) -> ClinicalLetter:
    return find_letter(int(message.subject.removeprefix(TO_A_COLLEAGUE)))


def _withheld(message: Message) -> Withheld | None:
    """Why this must not leave any more. Where the address was withdrawn, the letter still has to get there: a task."""
    letter = _letter_of(message)
    if newest_standing(letter.appointment, letter.kind) != letter:
        return Withheld(f"Not sent: {OUTDATED[0].lower()}{OUTDATED[1:]}")
    if confirmed(message.recipient) is None:
        return Withheld(f"Not sent: the address is no longer confirmed. {POST}", is_task=True)
    others = Message.objects.filter(subject=message.subject, recipient=message.recipient, status__in=_ON_ITS_WAY)
    if others.exclude(pk__in=[message.pk, message.retry_of_id or message.pk]).exists():
        return Withheld("Not sent: this letter goes there with another message.")
    return None


def _enclosure(message: Message) -> Enclosure:
    """The letter as it was filed, whatever was recorded since."""
    letter = _letter_of(message)
    day = words.full_date(clock.local_date(letter.recorded_at))
    return Enclosure(FILE_NAME, "application/pdf", letter_pdf(letter.content, day))
