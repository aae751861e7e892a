"""To whom a message goes, and to whom none does: who has no address that works, wants no emails, or has died."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import F, Func, JSONField, Q, Value

from scheduling.messages import words
from scheduling.messages.kinds import is_optional
from scheduling.models import Message, Patient, Practitioner

NO_ADDRESS: Final = "The patient has no email address."
FAILING: Final = {
    "bounced": "Mails to the patient’s address come back.",
    "complained": "The patient’s mailbox reports our mails as unwanted.",
}
"""Why nothing is sent to an address that is on record, by `Patient.failing_why`."""
OPTED_OUT: Final = "The patient has asked not to get emails."
UNWANTED: Final = "Not sent: the patient wants no emails but those about a booked visit."
DECEASED: Final = "Not sent: the patient has died."
TO_BE_MOVED: Final = "Held back: this visit has to be moved first."
NOT_SENT_YET: Final = Q(status__in=[Message.State.QUEUED, Message.State.SENDING])


def address_of(patient: Patient) -> tuple[str, str]:
    """Where to write to the patient, or "" and why not: to somebody who has died nothing is ever written."""
    if patient.has_died:
        return "", DECEASED
    if not patient.email:
        return "", NO_ADDRESS
    if not patient.email_opt_in:
        return "", OPTED_OUT
    return ("", FAILING[patient.failing_why]) if patient.is_email_failing else (patient.email, "")


def why_unwanted(message: Message) -> str:
    """Why the patient does not want this message, "" where nothing is said against it."""
    if message.patient is None or not message.patient.has_opted_out:
        return ""
    return UNWANTED if is_optional(message.template) else ""


def rename_practitioner(practitioner: Practitioner) -> None:
    """Whatever is not sent yet of this practitioner's visits bears the present name."""
    name = Func(F("values"), Value("{practitioner}"), Value(str(practitioner), JSONField()), function="jsonb_set")
    rows = Message.objects.filter(NOT_SENT_YET, appointment__practitioner=practitioner, values__has_key="practitioner")
    rows.update(values=name)


def readdress(patient: Patient, *, now: datetime) -> None:
    """A corrected name or address, or a changed wish about emails, reaches whatever is not sent yet.

    What is being sent at this moment goes to the old address; where that fails, the next try takes the new one.
    """
    recipient, reason = address_of(patient)
    dear = Func(F("values"), Value("{dear}"), Value(words.clean(str(patient)), JSONField()), function="jsonb_set")
    Message.objects.filter(NOT_SENT_YET, patient=patient).update(recipient=recipient, reason=reason, values=dear)
