"""To whom a message goes and how, and to whom none does: who has no address that works, wants no emails, or has died.

How somebody is reached is what they prefer, and without a wish an email where there is an address to write to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import F, Func, JSONField, Q, Value

from scheduling.messages import words
from scheduling.messages.channels import sms
from scheduling.messages.kinds import is_optional
from scheduling.models import Message, Patient, Practitioner
from scheduling.patients.phones import may_be_mobile

NO_ADDRESS: Final = "The patient has no email address."
FAILING: Final = {
    "bounced": "Emails to the patient’s address come back.",
    "complained": "The patient’s mailbox reports our emails as unwanted.",
}
"""Why nothing is sent to an address that is on record, by `Patient.failing_why`."""
OPTED_OUT: Final = "The patient has asked not to get emails."
UNWANTED: Final = "Not sent: the patient wants only emails about booked visits."
PREFERS_PHONE: Final = "The patient prefers a phone call."
NO_MOBILE: Final = "Text messages are preferred, but the phone number is not a mobile."
ERASED: Final = "Not sent: the patient was erased."
DECEASED: Final = "Not sent: the patient has died."
TO_BE_MOVED: Final = "Held back: this visit has to be moved first."
NOT_SENT_YET: Final = Q(status__in=[Message.State.QUEUED, Message.State.SENDING])


Channel = Patient.Contact


class Route(NamedTuple):
    """How a message to somebody goes. `recipient` is the address or number, "" on paper and on the phone; `why` says
    in a sentence why somebody phones.
    """

    channel: Channel
    recipient: str
    why: str


def route_of(patient: Patient) -> Route:
    """How messages reach this patient: as they prefer, by phone where that leads nowhere.

    While the clinic sends no text messages, whoever prefers them is written to like somebody without a wish. To
    somebody who has died, or was erased, nothing is ever written.
    """
    if patient.is_restricted:
        return Route(Channel.PHONE, "", ERASED)
    if patient.has_died:
        return Route(Channel.PHONE, "", DECEASED)
    match patient.preferred_contact:
        case Channel.LETTER:
            return Route(Channel.LETTER, "", "")
        case Channel.PHONE:
            return Route(Channel.PHONE, "", PREFERS_PHONE)
        case Channel.SMS if sms.is_on():
            is_one = may_be_mobile(patient.phone)
            return Route(Channel.SMS, patient.phone, "") if is_one else Route(Channel.PHONE, "", NO_MOBILE)
    if not patient.email:
        return Route(Channel.PHONE, "", NO_ADDRESS)
    if not patient.email_opt_in:
        return Route(Channel.PHONE, "", OPTED_OUT)
    if patient.is_email_failing:
        return Route(Channel.PHONE, "", FAILING[patient.failing_why])
    return Route(Channel.EMAIL, patient.email, "")


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
    _rename_in_series(practitioner)


def _rename_in_series(practitioner: Practitioner) -> None:
    """The same of each visit that a message of a series names."""
    theirs = [{"practitioner_id": practitioner.pk}]
    rows = Message.objects.select_for_update().filter(NOT_SENT_YET, values__visits__contains=theirs)
    for row in rows.order_by("pk"):
        for one in row.values["visits"]:
            if one["practitioner_id"] == practitioner.pk:
                one["practitioner"] = str(practitioner)
        row.save(update_fields=["values"])


def readdress(patient: Patient, *, now: datetime) -> None:
    """A corrected name or address, or a changed wish about how to be reached, reaches whatever is not sent yet.

    What is being sent at this moment goes to the old address; where that fails, the next try takes the new one.
    """
    route = route_of(patient)
    dear = Func(F("values"), Value("{dear}"), Value(words.clean(str(patient)), JSONField()), function="jsonb_set")
    Message.objects.filter(NOT_SENT_YET, patient=patient).update(
        channel=route.channel, recipient=route.recipient, reason=route.why, values=dear
    )
