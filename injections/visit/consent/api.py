"""Consent to the injection of a visit by the API: withdrawn, and given again."""

from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer
from injections.booking.api import answered
from injections.models import ConsentWithdrawal
from injections.visit.consent.withdrawal import LONGEST, LONGEST_NAME, Withdrawn, agree_again, withdraw_consent
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, Reason
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Choice, OptionalText, Text


class WithdrawnBody(Body):
    """Who withdrew it, how the clinic heard of it, and what was said."""

    said_by = Text(max_length=LONGEST_NAME, help_text="who said it: the patient, or who speaks for them")
    how = Choice(ConsentWithdrawal.How.values)
    said = OptionalText(lines=True, max_length=LONGEST)


class WithdrawConsent(Endpoint):
    actions = {"POST": "withdraw-consent"}

    @operation("withdraw_consent", body=WithdrawnBody, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        told = Withdrawn(**self.body(WithdrawnBody))
        return answered(self, withdraw_consent(pk, told, by=self.actor, now=clock.now()))


class AgreeAgain(Endpoint):
    actions = {"POST": "withdraw-consent"}

    @operation("agree_to_injection_again", body=Reason, answer=AppointmentAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        reason = self.body(Reason)["reason"]
        return answered(self, agree_again(pk, reason=reason, by=self.actor, now=clock.now()))
