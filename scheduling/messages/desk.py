"""What a person does with a message: look at it, send it now, keep it back, try it again, close its phone task."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from pht_clinic.audit.record import record
from pht_clinic.clinic_words import words_in_force
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.messages import words
from scheduling.messages.kinds import UnknownKind, of_template
from scheduling.messages.recipients import DECEASED, route_of, why_unwanted
from scheduling.messages.render import Letter, letter, text_message
from scheduling.messages.undelivered.alarms import present_address
from scheduling.messages.wording import wordings
from scheduling.models import Message, Patient

POSTED = "Posted as a letter."
"""Why a phone task ended: what it says is on its way on paper."""
TOLD_IN_A_CALL = "Told in a call about something else."
_RETRIABLE = frozenset({Message.State.FAILED, Message.State.UNKNOWN, Message.State.SKIPPED})


class NotQueued(Conflict):
    """Only what still waits can be sent now or kept back."""

    code = "not-queued"


class NotRetriable(Conflict):
    """Only what did not reach the patient, and is still of use, can be tried again."""

    code = "not-retriable"


class Unwritable(Conflict):
    """The row lacks something that its words need; sending it fails for the same reason."""

    code = "unwritable"
    sentence = "This message cannot be written. Phone the patient and tell the manager."


def preview(message: Message) -> Letter:
    """The message as it would go out, but for the patient's own link; a row need not be stored. Raises: Unwritable.

    A text message that did not arrive is shown in full: that is what somebody says on the phone.
    """
    if message.contents_removed_at:
        raise Unwritable("What this message said was removed: it has been kept long enough, or the patient was erased.")
    try:
        own = wordings.to_come(message)
        if message.channel == Patient.Contact.SMS and not message.phone_task:
            return text_message(message, is_preview=True, words=own)
        return letter(message, now=message.planned_at, is_preview=True, words=own)
    except (LookupError, ValueError) as error:
        raise Unwritable from error


def send_now(message_id: int, *, by: Actor, now: datetime) -> Message:
    """A queued message goes out with the next round, whatever the hour. Raises: Forbidden, Missing, NotQueued."""
    check_permitted("send-messages", by)
    with use_case():
        message = _queued(message_id)
        message.due_at, message.keeps_quiet_hours = min(now, message.due_at), False
        message.save(update_fields=["due_at", "keeps_quiet_hours"])
        tell("message-hurried", message, by=by, now=now)
        return message


def withhold(message_id: int, *, by: Actor, now: datetime) -> Message:
    """A queued message is not sent. Raises: Forbidden, Missing, NotQueued."""
    check_permitted("send-messages", by)
    with use_case():
        message = _queued(message_id)
        message.status, message.reason = Message.State.CANCELLED, f"Withdrawn by {by.name}."[:200]
        message.save(update_fields=["status", "reason"])
        tell("message-withheld", message, by=by, now=now)
        return message


def retry(message_id: int, *, by: Actor, now: datetime) -> Message:
    """Try a message again as a row of its own, at the patient's present address; its phone task is closed by that.

    Raises: Forbidden, Missing, NotRetriable (it went out, waits, was tried again, has expired, has no address).
    """
    check_permitted("send-messages", by)
    with use_case():
        message = _locked(message_id)
        check_retriable(message, now=now)
        again = Message.objects.create(
            kind=message.kind,
            template=message.template,
            subject=message.subject,
            occasion=f"retry:{message.pk}",
            appointment_id=message.appointment_id,
            **_present_recipient(message),
            due_at=now.astimezone(UTC),
            expires_at=message.expires_at,
            keeps_quiet_hours=False,
            revision=message.revision,
            planned_at=now,
            retry_of=message,
        )
        if message.is_open_task:
            _close(message, "Tried again.", by=by, now=now)
        tell("message-retried", message, by=by, now=now)
        return again


def close_task(message_id: int, *, reason: str, is_told: bool = True, by: Actor, now: datetime) -> Message:
    """Somebody told the patient, or, with `is_told` False, need not: then they still do not know it.

    Raises: Forbidden, Missing, Invalid (no reason), Conflict (no open task).
    """
    check_permitted("send-messages", by)
    if not reason.strip():
        raise Invalid.field("reason", "Say what the outcome was.")
    with use_case():
        message = _locked(message_id)
        _end(message, reason.strip(), is_told=is_told, by=by, now=now)
        tell("phone-task-closed", message, by=by, now=now)
        return message


def told_in_a_call(rows: QuerySet[Message], *, by: Actor, now: datetime) -> None:
    """The same of what a patient was told on the way, in a call about something else; call it in that transaction.
    What is no open phone task any more stays as it is.
    """
    to_phone = rows.filter(Message.TO_PHONE).exclude(Message.OF_COLLEAGUES)
    for message in to_phone.order_by("pk").select_for_update(of=("self",)):
        _end(message, TOLD_IN_A_CALL, is_told=True, by=by, now=now)
        tell("phone-task-closed", message, by=by, now=now)


def mark_posted(message_id: int, *, by: Actor, now: datetime) -> Message:
    """What no email brought is on its way as a letter: its task ends, with who and when. A patient counts as told.

    Raises: Forbidden, Missing, Conflict (no open task).
    """
    check_permitted("send-messages", by)
    with use_case():
        return end_as_posted(_locked(message_id), by=by, now=now)


def end_as_posted(message: Message, *, by: Actor, now: datetime) -> Message:
    """The same of a message that is locked. Raises: Conflict."""
    _end(message, POSTED, is_told=True, by=by, now=now)
    tell("message-posted", message, by=by, now=now)
    return message


def _end(message: Message, reason: str, *, is_told: bool, by: Actor, now: datetime) -> None:
    """Its open phone task ends."""
    if not message.is_open_task:
        raise Conflict("There is no open phone task for this message.")
    message.told_at = now if is_told and not message.is_to_a_colleague else None
    _close(message, reason, by=by, now=now)


def _locked(message_id: int) -> Message:
    return the(Message.objects.select_for_update(), message_id)


def _queued(message_id: int) -> Message:
    message = _locked(message_id)
    if message.status != Message.State.QUEUED:
        raise NotQueued(f"This message is no longer waiting: it is {message.get_status_display().lower()}.")
    return message


def _present_recipient(message: Message) -> dict[str, Any]:
    """Who gets it now, how they are addressed and where: the patient's record, or the one that was merged into.

    What names no patient goes where it went: to the staff as they are today, to a colleague at the same address.
    """
    if message.patient is None:
        return {"recipient": present_address(message), "values": message.values}
    patient = message.patient.kept
    route = route_of(patient)
    return {
        "patient": patient,
        "channel": route.channel,
        "recipient": route.recipient,
        "values": {**message.values, "dear": words.clean(str(patient))},
    }


def check_retriable(message: Message, *, now: datetime) -> None:
    """Whether it can be tried again. Raises: NotRetriable."""
    if message.status not in _RETRIABLE:
        raise NotRetriable("Only a message that was not sent can be tried again.")
    if message.expires_at <= now:
        raise NotRetriable(f"It is too late for this message. {message.what_to_do}")
    if message.retries.exists():
        raise NotRetriable("This message has already been tried again.")
    if message.patient is not None and message.patient.has_died:
        raise NotRetriable(f"{DECEASED} No more messages are sent to them.")
    if why_unwanted(message):
        raise NotRetriable("They want only emails about booked visits. Phone them if it matters.")
    if not _present_recipient(message)["recipient"]:
        raise NotRetriable(_nowhere_to_send(message))
    if why := _why_withheld(message):
        raise NotRetriable(why)


def _nowhere_to_send(message: Message) -> str:
    if message.patient is not None and route_of(message.patient.kept).channel == Patient.Contact.LETTER:
        return "The patient gets letters. Print this one and post it."
    return "There is no email address to send it to. Phone the patient."


def _why_withheld(message: Message) -> str:
    """Why its kind would not let it leave now; "" where it would."""
    try:
        look = of_template(message.template).withheld
    except UnknownKind:
        return ""
    withheld = look(message) if look else None
    return withheld.why if withheld else ""


def can_retry(message: Message, *, now: datetime) -> bool:
    """Whether `retry` would do it."""
    try:
        check_retriable(message, now=now)
    except NotRetriable:
        return False
    return True


def _close(message: Message, reason: str, *, by: Actor, now: datetime) -> None:
    message.closed_at, message.closed_by_id, message.closed_reason = now, by.user_id, reason
    message.clinic_id = words_in_force().version or None
    message.save(update_fields=["closed_at", "closed_by", "closed_reason", "told_at", "clinic"])


def tell(verb: str, message: Message, *, by: Actor, now: datetime) -> None:
    """Tell the audit trail what was done with a message."""
    patients = [message.patient_id] if message.patient_id else []
    record(verb, by=by, now=now, patients=patients, subject=f"message:{message.pk}", detail={"kind": message.kind})
