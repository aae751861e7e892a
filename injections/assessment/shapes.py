"""Shapes that several endpoints of this half answer with: a verdict, what was judged again, an appointment."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from injections.assessment.fact_change import FactChange
from injections.assessment.visits import Visit, note_places, with_assessments
from injections.models import Assessment, Decision
from injections.safety.findings import Owner, Severity, Verdict
from injections.visit_kinds import KINDS
from pht_clinic.web.api.fields import Id, Instant
from scheduling.diary.why_cancelled import read
from scheduling.models import Appointment, AppointmentChange
from scheduling.states import Status


class FindingAnswer(serializers.Serializer[Any]):
    """`injections` are the numbers, from 0, of the visit's injections that it is found of; `injection` the first."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(list(Severity))
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the option
    owner = serializers.ChoiceField(list(Owner))
    clears = serializers.CharField()
    action = serializers.CharField(allow_null=True)
    evidence = serializers.DictField()
    injection = serializers.SerializerMethodField()
    injections = serializers.SerializerMethodField()

    def get_injection(self, finding: Mapping[str, Any]) -> int:
        return self.get_injections(finding)[0]

    def get_injections(self, finding: Mapping[str, Any]) -> list[int]:
        """Of a visit with one injection, or none, it is the first."""
        return [spot["number"] for spot in finding.get("of") or [{"number": 0}]]


class VerdictAnswer(serializers.Serializer[Any]):
    """What the rules answer. `review_from` and `clear_from` speak of the interval only."""

    verdict = serializers.ChoiceField(list(Verdict))
    review_from = serializers.DateField(allow_null=True)
    clear_from = serializers.DateField(allow_null=True)
    rules_version = serializers.CharField()
    findings = FindingAnswer(many=True)


class AssessmentAnswer(VerdictAnswer):
    """A verdict as it was reached and stored; `waiting_for` says whose turn it is while findings stand."""

    assessed_at = Instant(source="at")
    waiting_for = serializers.CharField()
    override_reason = serializers.CharField()


class BlockedProblem(serializers.Serializer[Any]):
    """What a refusal because of the verdict carries besides what every problem document does."""

    assessment = AssessmentAnswer(required=False, help_text="why the safety check does not allow it; else not there")


class ReassessedAnswer(serializers.Serializer[Any]):
    appointment = Id(source="appointment_id")
    verdict = serializers.CharField()
    status = serializers.CharField()


class WantedAnswer(serializers.Serializer[Any]):
    """One injection of a visit, as it is asked for."""

    site = serializers.CharField()
    side = serializers.CharField()
    targets = serializers.ListField(child=serializers.CharField())


class PlacesAnswer(serializers.Serializer[Any]):
    """How many places of a class are taken, of how many there are."""

    taken = serializers.IntegerField()
    of = serializers.IntegerField()


class AppointmentAnswer(serializers.Serializer[Any]):
    """An appointment with its present assessment, which kinds without a check do not have. `site`, `side` and `targets`
    repeat the first of its `injections`. One that is `proposed` is a time that somebody holds until `held_until`.
    """

    id = Id(source="appointment.pk")
    status = serializers.ChoiceField(list(Status), source="appointment.status")
    revision = serializers.IntegerField(source="appointment.revision")
    patient = serializers.SerializerMethodField(help_text="null while a time is only held")
    kind = serializers.ChoiceField(list(KINDS), source="appointment.kind")
    site = serializers.CharField(source="appointment.injection_request.site", allow_null=True)
    side = serializers.CharField(source="appointment.injection_request.side", allow_null=True)
    targets = serializers.SerializerMethodField()
    injections = serializers.SerializerMethodField()
    start = Instant(source="appointment.start_at")
    end = Instant(source="appointment.end_at")
    practitioner = Id(source="appointment.practitioner_id")
    room = Id(source="appointment.room_id")
    group = Id(source="appointment.group_id", allow_null=True, help_text="the class that it takes part in")
    place = serializers.IntegerField(source="appointment.seat", allow_null=True, help_text="which of its places")
    places = PlacesAnswer(allow_null=True, help_text="those of the class, else null")
    held_until = Instant(source="appointment.held_until", allow_null=True)
    note = serializers.CharField(source="appointment.note")
    asked_at = Instant(source="appointment.asked_at")
    waiting_since = Instant(source="appointment.pending_since", allow_null=True)
    coming_confirmed_at = Instant(source="appointment.coming_confirmed_at", allow_null=True)
    assessment = AssessmentAnswer(allow_null=True)

    def get_patient(self, visit: Visit) -> str | None:
        """Whose visit it is; nothing is booked yet for whomever a time is held."""
        row = visit.appointment
        return None if row.status == Status.PROPOSED else str(row.patient_id)

    def get_targets(self, visit: Visit) -> list[str]:
        """What exactly is to be injected there; nothing for other kinds of visit."""
        asked = getattr(visit.appointment, "injection_request", None)
        return list(asked.targets) if asked else []

    @extend_schema_field(WantedAnswer(many=True))
    def get_injections(self, visit: Visit) -> list[dict[str, Any]]:
        """Each injection that is asked for; none for other kinds of visit."""
        asked = getattr(visit.appointment, "injection_request", None)
        return list(WantedAnswer(asked.wanted, many=True).data) if asked else []


class ChangeAnswer(serializers.Serializer[Any]):
    """One line of an appointment's history. `before` is where it stood when it was moved from there; of a cancellation
    `cancelled_by` and `reason_code` say who cancelled and why, as far as somebody said.
    """

    verb = serializers.CharField()
    at = Instant()
    by = serializers.CharField(source="by_name")
    from_status = serializers.CharField()
    to_status = serializers.CharField()
    revision = serializers.IntegerField()
    reason = serializers.CharField()
    cancelled_by = serializers.SerializerMethodField()
    reason_code = serializers.SerializerMethodField()
    before = serializers.DictField()

    def get_cancelled_by(self, change: AppointmentChange) -> str:
        return read(change.cancelled_by, change.reason_code).by

    def get_reason_code(self, change: AppointmentChange) -> str:
        return read(change.cancelled_by, change.reason_code).code


class CoveredAnswer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    severity = serializers.ChoiceField(list(Severity))


class DecisionAnswer(serializers.Serializer[Any]):
    """`covers` are the findings that it lets pass; `holds` says whether it still counts for the day of the visit, and
    `holds_until` is the last local day for which an approval or override would. `question` is what the patient reads.
    """

    id = Id()
    outcome = serializers.ChoiceField(Decision.Outcome.values)
    reason = serializers.CharField()
    reason_code = serializers.CharField()
    question = serializers.CharField()
    ask_again = serializers.ListField(child=serializers.CharField())
    own_reason = serializers.CharField()
    delay_until = serializers.DateField(allow_null=True)
    covers = CoveredAnswer(many=True)
    holds = serializers.BooleanField()
    holds_until = serializers.DateField(allow_null=True)
    decided_at = Instant(source="at")
    decided_by = serializers.CharField(source="by.get_full_name")


class AppointmentDetailAnswer(AppointmentAnswer):
    """An appointment with all that was done about it, newest first."""

    history = ChangeAnswer(many=True)
    decisions = DecisionAnswer(many=True)


# Made once: a serializer copies all its fields when it is made.
_APPOINTMENT, _BLOCKED = AppointmentAnswer(), BlockedProblem()


def shown(appointment: Appointment, assessment: Assessment | None = None) -> dict[str, Any]:
    """An appointment as the API shows it; without an assessment the newest is looked up."""
    visits = [Visit(appointment, assessment)] if assessment else with_assessments([appointment])
    return dict(_APPOINTMENT.to_representation(*note_places(visits)))


def blocked_document(assessment: Assessment) -> dict[str, object]:
    """What a refusal because of the verdict adds to its problem document."""
    return dict(_BLOCKED.to_representation({"assessment": assessment}))


def with_reassessed(recorded: FactChange) -> Any:
    """The row that was recorded, carrying what became of the patient's open bookings."""
    row: Any = recorded.row
    row.reassessed = recorded.reassessed
    return row
