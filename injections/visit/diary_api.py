"""The diary as a list by the API, and booking."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer, BlockedProblem
from injections.assessment.visits import with_places
from injections.booking.api import AskBody, asked, stands, whose
from injections.booking.book import book
from injections.visit.walk_in import enter_late
from pht_clinic import clock
from pht_clinic.web.api.bodies import ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, or_refused, page_of
from pht_clinic.web.api.fields import DayOrInstant, Id, OptionalText, Text, Truth
from scheduling.diary.read import diary_between
from scheduling.patients.restricted import without_restricted
from scheduling.states import Status


class AppointmentBody(AskBody):
    practitioner = Id()
    room = Id(required=False, allow_null=True, help_text="default: the room of the practitioner's session")
    note = OptionalText(lines=True)
    override_reason = OptionalText(lines=True, help_text="asks a radiologist to look at a blocked booking")
    entered_late = Truth(
        required=False,
        default=False,
        help_text="it took place and was not in the calendar; its start is up to 30 days back, `note` says why",
    )
    hold = Id(required=False, allow_null=True, help_text="a time of one's own that was held: it takes its place")


class DiaryQuery(ListQuery):
    """`from` and `to` are instants or clinic-local dates, which count whole; `status` may name several, by commas."""

    practitioner = Id(required=False)
    room = Id(required=False)
    patient = Id(required=False)
    status = Text(required=False)

    def get_fields(self) -> dict[str, Any]:
        edges = {"from": DayOrInstant(required=False), "to": DayOrInstant(required=False, is_end=True)}
        return {**edges, **super().get_fields()}

    def validate_status(self, value: str) -> list[str]:
        """The states named. Raises: ValidationError (for one that does not exist)."""
        statuses = value.split(",")
        if unknown := [status for status in statuses if status not in list(Status)]:
            raise ValidationError(f"{unknown[0]} is not one of {', '.join(Status)}.")
        return statuses


class Appointments(Endpoint):
    """The diary in order of time, and booking. A time that somebody holds at this moment stands there as `proposed`, of
    no patient. Visits of people who were erased stand there for radiologists and managers alone.

    clear is booked; review is pending and holds its time; blocked is refused with its assessment, or pending with an
    `override_reason`. What was `entered_late` has arrived whatever the verdict, tells nobody, and its critical findings
    are answered with its procedure.
    """

    actions = {"GET": "read-diary", "POST": "book"}

    @operation("list_appointments", query=DiaryQuery, answer=page_of(AppointmentAnswer))
    def get(self, request: Request) -> Response:
        wanted = self.query(DiaryQuery)
        rows = diary_between(
            starts_at=_edge(wanted, "from"),
            ends_at=_edge(wanted, "to"),
            practitioner_id=wanted.get("practitioner"),
            room_id=wanted.get("room"),
            patient_id=wanted.get("patient"),
            statuses=wanted.get("status", ()),
            now=clock.now(),
        )
        return self.listed(
            without_restricted(rows.select_related("injection_request"), self.actor),
            AppointmentAnswer,
            ordering=("start_at", "id"),
            whose="patient_id",
            shown_as=with_places,
        )

    @operation(
        "book_appointment",
        body=AppointmentBody,
        answer=or_refused(AppointmentAnswer, {422: BlockedProblem}, status=201),
        is_keyed=True,
    )
    def post(self, request: Request) -> Response:
        values = self.body(AppointmentBody)
        deed = enter_late if values.pop("entered_late") else book
        outcome = deed(asked(values), by=self.actor, now=clock.now())
        self.shows(whose(outcome))
        answer = stands(outcome)
        location = reverse("api-appointment", args=[answer["id"]])
        return Response(answer, status=201, headers={"Location": location})


def _edge(wanted: dict[str, Any], name: str) -> datetime | None:
    edge: datetime | None = wanted.get(name)
    return edge
