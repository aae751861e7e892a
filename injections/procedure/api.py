"""Recording what was done at an injection visit."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import ListField
from rest_framework.request import Request
from rest_framework.response import Response

from injections import words
from injections.assessment.shapes import AppointmentAnswer, AssessmentAnswer, ReassessedAnswer
from injections.assessment.visits import Visit
from injections.models import Injection
from injections.patient.injections_api import InjectionAnswer, LocalAnaestheticBody
from injections.procedure.incidents import incidents
from injections.procedure.reasons import INCIDENT_REASONS, NOT_GIVEN_REASONS
from injections.procedure.record import record_procedure
from injections.procedure.second_person import LONGEST as SECOND_LONGEST
from injections.procedure.technique import CHOICES, LABELS, LONGEST, MOST_PAIN, PAINS, TEXTS, technique_in
from injections.procedure.values import Procedure
from injections.safety import gates
from injections.safety.codes import NOT_APPLICABLE, REQUEST_SIDES, TARGETS
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import BOOKABLE_SITES
from injections.safety.visit import MOST
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import (
    Amount,
    Choice,
    Codes,
    Day,
    Id,
    Instant,
    OptionalChoice,
    OptionalText,
    Truth,
    Whole,
)

_RESULTS = (*Injection.GIVEN, Injection.Status.NOT_GIVEN)


@extend_schema_field(
    {"oneOf": [{"type": "boolean"}, {"type": "string", "enum": [NOT_APPLICABLE]}]}, component_name="Checked"
)
class Checked(serializers.Field[Any, Any, Any, Any]):
    """true, false, or that there is nothing to check."""

    default_error_messages = {"invalid": f"This must be true, false or {NOT_APPLICABLE}."}

    def to_internal_value(self, data: object) -> bool | str:
        if not isinstance(data, bool) and data != NOT_APPLICABLE:
            self.fail("invalid")
        return data

    def to_representation(self, value: bool | str) -> bool | str:
        return value


class ConsentBody(Body):
    """What was said and asked, which text of the risks was given when and how, and who explained it."""

    def get_fields(self) -> dict[str, Any]:
        truths = {**gates.CONSENT, **words.CONSENT_MORE}
        return {
            **{name: Truth(required=False, help_text=said) for name, said in truths.items()},
            "risks_version": OptionalText(max_length=20),
            "given_on": Day(required=False, allow_null=True),
            "how": Choice(tuple(words.RISKS_GIVEN), required=False, allow_null=True),
            "explained_by": OptionalText(max_length=200),
            "interpreter": OptionalText(max_length=200),
        }


class CheckedTodayBody(Body):
    def get_fields(self) -> dict[str, Any]:
        return {name: Checked(required=False, help_text=said) for name, said in gates.CHECKED_TODAY.items()}


def _technique_fields() -> dict[str, Any]:
    """How it was done and what was seen and felt; nothing of it is required."""
    texts = {name: OptionalText(max_length=LONGEST, help_text=said) for name, said in TEXTS.items()}
    chosen = {name: OptionalChoice(list(codes), help_text=said) for name, (said, codes) in CHOICES.items()}
    pains = {
        name: Whole(required=False, allow_null=True, min_value=0, max_value=MOST_PAIN, help_text=said)
        for name, said in PAINS.items()
    }
    return {**texts, **chosen, **pains}


class InjectedBody(Body):
    """One injection. `site`, `side` and `targets` default to what was booked; another site or side needs
    `confirm_site_change`.
    """

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **_technique_fields()}

    started_at = Instant(required=False, allow_null=True)
    ended_at = Instant(required=False, allow_null=True)
    site = Choice(BOOKABLE_SITES, required=False, allow_null=True)
    side = Choice(REQUEST_SIDES, required=False, allow_null=True)
    targets = Codes(TARGETS, required=False, allow_null=True)
    drug = OptionalText(max_length=100, help_text="the id of a drug of the list, or a name; a name may be any")
    steroid = Truth(required=False, allow_null=True)
    dose_mg = Amount(required=False, allow_null=True)
    strength_mg_ml = Amount(required=False, allow_null=True)
    volume_ml = Amount(required=False, allow_null=True)
    batch = OptionalText(max_length=50)
    expires_on = Day(required=False, allow_null=True)
    rest_hours = Whole(required=False, allow_null=True, min_value=1, max_value=LONGEST_REST_HOURS)
    rest_reason = OptionalText(lines=True)
    reason_code = Choice(tuple({**INCIDENT_REASONS, **NOT_GIVEN_REASONS}), required=False, allow_null=True)
    reason = OptionalText(lines=True)
    local_anaesthetic = LocalAnaestheticBody(required=False, allow_null=True)
    note = OptionalText(lines=True)
    weight_kg = Amount(required=False, allow_null=True, decimal_places=1)
    confirm_site_change = Truth(required=False, default=False)
    confirm_day_change = Truth(
        required=False, default=False, help_text="another local day than the visit's; needs a reason"
    )


class OneOfSeveralBody(InjectedBody):
    """One injection of a visit with several; what it does not say is what the procedure says of all."""

    number = Whole(
        required=False, min_value=0, max_value=MOST - 1, help_text="which, as booked; default: its place here"
    )
    result = Choice([result.value for result in _RESULTS])


class ProcedureBody(InjectedBody):
    """Of a visit with one injection all of it stands here. Of one with several `injections` has one object of each, and
    what is said here counts for each that does not say otherwise.
    """

    result = Choice([result.value for result in _RESULTS], required=False)
    complications = OptionalText(lines=True)
    consent = ConsentBody(required=False)
    checked_today = CheckedTodayBody(required=False)
    checked_at = Instant(required=False, allow_null=True, help_text="when the checks were made, if not just now")
    checks_seen_by = OptionalText(max_length=200)
    time_out_with = OptionalText(max_length=SECOND_LONGEST, help_text="the second person at time out, by name")
    sign_out_with = OptionalText(max_length=SECOND_LONGEST, help_text="the second person at sign out, by name")
    precautions = Codes(tuple(words.PRECAUTIONS), required=False, allow_null=True)
    injections = ListField(child=OneOfSeveralBody(), required=False, allow_null=True, max_length=MOST)


class RemarkAnswer(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    detail = serializers.CharField()


class IncidentAnswer(serializers.Serializer[Any]):
    """What was out of the ordinary about a procedure, recorded as it was with its reason."""

    id = Id()
    patient = Id(source="patient_id")
    injection = Id(source="injection_id")
    appointment = Id(source="injection.appointment_id")
    what = RemarkAnswer(many=True)
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    recorded_at = Instant()
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)


class PlaceAnswer(serializers.Serializer[Any]):
    site = serializers.CharField()
    side = serializers.CharField()


class ConsentAnswer(serializers.Serializer[Any]):
    """What was said and asked before, as it was sent; null where nothing was said. Of a visit with several injections
    `places` are those that were spoken of.
    """

    def get_fields(self) -> dict[str, Any]:
        truths = {name: serializers.BooleanField(allow_null=True) for name in (*gates.CONSENT, *words.CONSENT_MORE)}
        texts = ("risks_version", "how", "explained_by", "interpreter")
        return {
            **truths,
            **{name: serializers.CharField(allow_null=True) for name in texts},
            "given_on": serializers.DateField(allow_null=True),
            "places": PlaceAnswer(many=True, required=False),
        }


class CheckedTodayAnswer(serializers.Serializer[Any]):
    """Today's checks, as they were sent; null where nothing was said."""

    def get_fields(self) -> dict[str, Any]:
        return {name: Checked(allow_null=True) for name in gates.CHECKED_TODAY}


class GivenAnswer(InjectionAnswer):
    """An injection as it was recorded here, under the names by which it is."""

    result = serializers.CharField(source="status")
    consent = ConsentAnswer()  # type: ignore[assignment]  # what every injection has as it is stored, by its names
    checked_today = CheckedTodayAnswer()  # type: ignore[assignment]  # the same

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        del fields["technique"]
        said: dict[str, Any] = {
            name: serializers.CharField(source=f"technique.{name}", allow_null=True) for name in (*TEXTS, *CHOICES)
        }
        pains = {name: serializers.IntegerField(source=f"technique.{name}", allow_null=True) for name in PAINS}
        return {**fields, **said, **pains}


class DoneAnswer(serializers.Serializer[Any]):
    """What was recorded, and what follows: rest, the next safe dates of this area and side, doses that look wrong.

    Of a visit with several injections `injection` repeats the first of `injections` that was given; the rest and the
    dates are the latest.
    """

    appointment = AppointmentAnswer()
    injection = GivenAnswer()
    injections = GivenAnswer(many=True)
    rest_until = Instant(allow_null=True)
    review_from = serializers.DateField(allow_null=True)
    clear_from = serializers.DateField(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())
    not_known = serializers.ListField(child=serializers.CharField(), help_text="maxima that nobody knows")
    incident = IncidentAnswer(allow_null=True)
    incidents = IncidentAnswer(many=True)
    assessment = AssessmentAnswer(allow_null=True)
    reassessed = ReassessedAnswer(many=True)


class RecordProcedure(Endpoint):
    """The gates of the visit apply: today's checks, consent, and the whole assessment on what was really injected."""

    actions = {"POST": "record-procedure"}

    @operation("record_procedure", body=ProcedureBody, answer=DoneAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(ProcedureBody)
        if not values.get("injections") and "result" not in values:
            raise Invalid.field("result", "Say what was done: given, part-given or not-given.")
        done = record_procedure(pk, *_procedures(values), by=self.actor, now=clock.now())
        self.shows([done.appointment.patient_id])
        shown = {name: getattr(done, name) for name in done.__slots__}
        shown["appointment"] = Visit(done.appointment, done.assessment)
        return Response(DoneAnswer(shown).data)


def _procedures(values: dict[str, Any]) -> list[Procedure]:
    """One procedure of each injection, with what is said of all of them."""
    several = values.pop("injections", None)
    if not several:
        return [_procedure(values)]
    return [
        _procedure({**values, "number": number, **{name: value for name, value in one.items() if _says(value)}})
        for number, one in enumerate(several)
    ]


def _says(value: object) -> bool:
    """Whether an injection of several says something of its own; what is left out has its default, as "" or false."""
    return value not in (None, "", False, [])


def _procedure(values: dict[str, Any]) -> Procedure:
    values = values | {name: tuple(values.get(name) or ()) for name in ("targets", "precautions")}
    technique = technique_in(values)
    rest = {name: value for name, value in values.items() if name not in LABELS}
    return Procedure(**rest | {"reason_code": values.get("reason_code") or "", "technique": technique})


class Incidents(Endpoint):
    """What was out of the ordinary at procedures, newest first."""

    actions = {"GET": "read-incidents"}

    @operation("list_incidents", query=ListQuery, answer=page_of(IncidentAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.listed(incidents(by=self.actor), IncidentAnswer, ordering=("-id",), whose="patient_id")
