"""Injections a patient has had: here, elsewhere, or as the patient tells. A correction supersedes."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.fact_change import FactChange
from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.models import Injection
from injections.patient.injection_checks import Whose, problems_of
from injections.patient.injections import (
    EarlierInjection,
    as_changed,
    check_may_correct,
    correct_injection,
    record_injection,
    withdraw_injection,
)
from injections.safety.codes import HISTORY_SIDES, TARGETS
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import HISTORY_SITES, SITES
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.web.api.bodies import Body, ListQuery, Reason, read_partly
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import (
    Amount,
    Choice,
    Codes,
    Day,
    Id,
    Instant,
    OptionalText,
    PartialDate,
    Text,
    Truth,
    Whole,
)
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient

_ORIGINS = (Injection.Origin.ELSEWHERE.value, Injection.Origin.PATIENT_REPORTED.value)


class SiteAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    area = serializers.CharField(allow_null=True)
    target = serializers.CharField(source="default_target", allow_null=True)
    bookable = serializers.BooleanField()


class InjectionBody(Body):
    """An injection that somebody else gave. What is left out is not known."""

    site = Choice(HISTORY_SITES)
    side = Choice(HISTORY_SIDES, required=False, default="unknown")
    given = PartialDate(required=False, allow_null=True, default=None)
    steroid = Truth(required=False, allow_null=True, default=None)
    origin = Choice(_ORIGINS)
    drug = OptionalText(max_length=100)
    dose_mg = Amount(required=False, allow_null=True, default=None)
    note = OptionalText(lines=True)
    confirm_new = Truth(required=False, default=False, help_text="another one than those in `resembles`")


class LocalAnaestheticBody(Body):
    drug = Text(max_length=100)
    dose_mg = Amount(required=False, allow_null=True)


class LocalAnaestheticAnswer(serializers.Serializer[Any]):
    drug = serializers.CharField()
    dose_mg = Amount(allow_null=True)


class CorrectionBody(Body):
    """The reason, and whatever was wrong. From `targets` on: of an injection given here."""

    reason = Text(lines=True)
    site = Choice(HISTORY_SITES, required=False)
    side = Choice(HISTORY_SIDES, required=False)
    origin = Choice(_ORIGINS, required=False)
    given = PartialDate(required=False, allow_null=True)
    steroid = Truth(required=False, allow_null=True)
    drug = OptionalText(max_length=100, default=serializers.empty)
    dose_mg = Amount(required=False, allow_null=True)
    note = OptionalText(lines=True, default=serializers.empty)
    confirm_new = Truth(required=False, default=False, help_text="another one than those in `resembles`")
    targets = Codes(TARGETS, required=False)
    started_at = Instant(required=False, allow_null=True)
    ended_at = Instant(required=False, allow_null=True)
    strength_mg_ml = Amount(required=False, allow_null=True)
    volume_ml = Amount(required=False, allow_null=True)
    batch = OptionalText(max_length=50, default=serializers.empty)
    expires_on = Day(required=False, allow_null=True)
    local_anaesthetic = LocalAnaestheticBody(required=False, allow_null=True)
    complications = OptionalText(lines=True, default=serializers.empty)
    rest_hours = Whole(required=False, allow_null=True, min_value=1, max_value=LONGEST_REST_HOURS)
    rest_reason = OptionalText(lines=True, default=serializers.empty)


class InjectionAnswer(serializers.Serializer[Any]):
    """An injection as recorded. `stands` is false for what was corrected or withdrawn since."""

    id = Id()
    patient = Id(source="patient_id")
    site = serializers.CharField()
    side = serializers.CharField()
    targets = serializers.ListField(child=serializers.CharField())
    given = PartialDate(allow_null=True)
    steroid = serializers.BooleanField(allow_null=True)
    status = serializers.ChoiceField(Injection.Status.values)
    origin = serializers.ChoiceField(Injection.Origin.values)
    drug = serializers.CharField()
    dose_mg = Amount(allow_null=True)
    note = serializers.CharField()
    reason = serializers.CharField()
    recorded_on = serializers.DateField()
    recorded_at = Instant()
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)
    supersedes = Id(source="supersedes_id", allow_null=True)
    superseded_by = Id(source="superseded_by.pk", allow_null=True)
    stands = serializers.BooleanField(read_only=True)
    appointment = Id(source="appointment_id", allow_null=True)
    number = serializers.IntegerField(help_text="of one given here: which of its visit's injections, from 0")
    started_at = Instant(allow_null=True)
    ended_at = Instant(allow_null=True)
    strength_mg_ml = Amount(allow_null=True)
    volume_ml = Amount(allow_null=True)
    batch = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    weight_kg = Amount(allow_null=True, decimal_places=1)
    listed_drug = Id(source="listed_drug_id", allow_null=True)
    complications = serializers.CharField()
    rest_hours = serializers.IntegerField(allow_null=True)
    rest_reason = serializers.CharField()
    reason_code = serializers.CharField()
    local_anaesthetic = LocalAnaestheticAnswer(allow_null=True)
    consent = serializers.DictField()
    checked_today = serializers.DictField()
    checked_at = Instant(allow_null=True)
    checks_seen_by = serializers.CharField()
    time_out_with = serializers.CharField()
    sign_out_with = serializers.CharField()
    precautions = serializers.ListField(child=serializers.CharField())
    technique = serializers.DictField()
    reassessed = ReassessedAnswer(many=True, required=False)


class Sites(Endpoint):
    """Where an injection can go; those not bookable are for the history only."""

    actions = {"GET": "read-rules"}

    @operation("list_sites", query=ListQuery, answer=page_of(SiteAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.paged(list(SITES), SiteAnswer, whose=lambda _: None)


class InjectionsOfPatient(Endpoint):
    """A patient's injections, newest record first, and adding one that was given elsewhere."""

    actions = {"GET": "read-records", "POST": "record-injection"}

    @operation("list_injections", query=ListQuery, answer=page_of(InjectionAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        rows = Injection.objects.of_patient(patient.pk)
        self.shows([patient.pk])
        return self.listed(rows.select_related("recorded_by", "superseded_by"), InjectionAnswer, ordering=("-id",))

    @operation("record_injection", body=InjectionBody, answer=InjectionAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        now = clock.now()
        values, problems = read_partly(InjectionBody, request.data)
        if problems:
            raise Invalid(_together(problems, problems_of(values, Whose.of(find_patient(pk), now))))
        confirm_new = values.pop("confirm_new")
        recorded = record_injection(pk, EarlierInjection(**values), confirm_new=confirm_new, by=self.actor, now=now)
        self.shows([pk])
        location = reverse("api-injection", args=[recorded.row.pk])
        answer = InjectionAnswer(with_reassessed(recorded)).data
        return Response(answer, status=201, headers={"Location": location})


class OneInjection(Endpoint):
    actions = {"GET": "read-records"}

    @operation("read_injection", answer=InjectionAnswer)
    def get(self, request: Request, pk: int) -> Response:
        row = the(Injection, pk)
        self.shows([row.patient_id])
        return Response(InjectionAnswer(row).data)


class InjectionCorrect(Endpoint):
    """A new row takes the place of this one, which is kept. Answers with the new one."""

    actions = {"POST": "correct-injection"}

    @operation("correct_injection", body=CorrectionBody, answer=InjectionAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        return _answered(self, corrected(pk, request.data, by=self.actor))


def corrected(pk: int, sent: Any, *, by: Actor) -> FactChange:
    """Correct an injection by what was sent as a `CorrectionBody`. Raises: as `correct_injection`; every problem."""
    now = clock.now()
    values, problems = read_partly(CorrectionBody, sent)
    if problems:
        row = the(Injection.objects.select_related("patient"), pk)
        check_may_correct(row, by=by)
        known = problems_of(as_changed(row, values, now=now), Whose.of(row.patient, now))
        raise Invalid(_together(problems, known))
    reason, confirm_new = values.pop("reason"), values.pop("confirm_new")
    return correct_injection(pk, reason=reason, changes=values, confirm_new=confirm_new, by=by, now=now)


class InjectionWithdraw(Endpoint):
    """Says that this injection never was. The row is kept and counts no more; answers with what stands instead."""

    actions = {"POST": "withdraw-injection"}

    @operation("withdraw_injection", body=Reason, answer=InjectionAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        reason = self.body(Reason)["reason"]
        return _answered(self, withdraw_injection(pk, reason=reason, by=self.actor, now=clock.now()))


def _together(problems: list[FieldError], others: list[FieldError]) -> list[FieldError]:
    """All of them, of one field those that were found first."""
    known = {problem.pointer for problem in problems}
    return [*problems, *(problem for problem in others if problem.pointer not in known)]


def _answered(endpoint: Endpoint, recorded: FactChange) -> Response:
    row = with_reassessed(recorded)
    endpoint.shows([row.patient_id])
    return Response(InjectionAnswer(row).data)
