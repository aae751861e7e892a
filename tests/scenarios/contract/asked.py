"""A clinic of which each example of the schema can be asked, each as if it were the only one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from django.db import transaction

from pht_clinic.web.api.examples import examples
from scheduling.models import Appointment, Message, Patient
from tests.api_world import World
from tests.clinic import NOW, local
from tests.scenarios.access_table import ACCESS, ALL
from tests.scenarios.api_bodies import Bodies, accepted_bodies
from tests.scenarios.contract.test_contract import schema
from tests.scenarios.test_api_access import CANARY, address_of, schema_path_of

AFTER: Final[dict[str, tuple[str, ...]]] = {
    "take_back_death": ("record_death",),
    "answer_offer": ("offer_to_waiting",),
    "undo_appointment": ("arrive_at_appointment",),
    "agree_to_injection_again": ("withdraw_consent",),
    "record_procedure": ("arrive_at_appointment",),
    "read_procedure": ("record_procedure",),
    "correct_procedure": ("record_procedure",),
    "add_complication": ("record_procedure",),
    "write_letter": ("record_procedure",),
    "read_procedure_report": ("record_procedure",),
    "resume_webhook": ("pause_webhook",),
}
"""What is done before: an example too, of the same row."""
CALM: Final = frozenset(
    {
        *("arrive_at_appointment", "miss_appointment", "undo_appointment", "withdraw_consent"),
        *("agree_to_injection_again", "list_messages_of_appointment"),
        *("record_procedure", "read_procedure", "correct_procedure", "add_complication", "write_letter"),
        "read_procedure_report",
    }
)
"""Asked of a visit with which all is in order."""
_REMINDER: Final = "reminder-2-days"
MESSAGES: Final = {"send_message_now": _REMINDER, "withhold_message": _REMINDER, "retry_message": "confirmed"}
"""Of which of its messages: the reminders wait, the confirmation was not sent."""


@dataclass
class Asked:
    """The world of `populated`, and beside it a calm visit, one in review, messages that wait and that failed."""

    world: World

    def __post_init__(self) -> None:
        """What must not be undone with the first question: everybody's token, and the calm visit."""
        for role in ALL:
            self.world.api(role)
        self.calm = self._calm()
        self.bodies = self._bodies()

    @cached_property
    def where(self) -> dict[str, tuple[str, str]]:
        """By operation the name of its address, and its method."""
        paths = {schema_path_of(name): name for name in ACCESS if name not in ("schema", "api-docs", "api-statistic")}
        paths["/api/v1/statistics/{name}/"] = "api-statistic"
        return {
            operation["operationId"]: (paths[path], method.upper())
            for path, methods in schema()["paths"].items()
            if path.startswith("/api/v1/")
            for method, operation in methods.items()
        }

    @cached_property
    def patient(self) -> Patient:
        return Patient.objects.get(family_name=CANARY)

    def _bodies(self) -> Bodies:
        found = accepted_bodies(self.world, self.patient)
        found["api-patient-merge", "POST"]["into"] = str(self.world.clinic.patient("Other").pk)
        return found

    def _calm(self) -> Appointment:
        booked = self.world.book(self.world.clinic.fit_patient("Linden"), local("2026-03-10", "11:00"))
        return Appointment.objects.get(pk=booked["id"])

    def row_of(self, operation: str) -> int | None:
        """Which row is named in the address; None is for the oldest of its kind."""
        if operation in CALM:
            return self.calm.pk
        if kind := MESSAGES.get(operation):
            Message.objects.filter(kind="confirmed").update(status="failed")
            return Message.objects.get(appointment=self.calm, kind=kind).pk
        if operation in ("decide", "answer_information"):
            return self._waiting(is_asked=operation == "answer_information")
        if operation == "record_recall":
            return int(self.world.radiologist.get("/recalls/").json()["results"][0]["appointment"])
        return None

    def _waiting(self, *, is_asked: bool) -> int:
        """A visit that waits for a radiologist, or for the patient's answer to one."""
        booked = self.world.in_review_zone("Maple", at="12:00")
        if is_asked:
            question = {"outcome": "ask", "reason": "Unclear", "question": "Which tablets do you take?"}
            done = self.world.radiologist.post(f"/appointments/{booked['id']}/decision/", question)
            assert done.status_code == 200, done.content
        return int(booked["id"])

    def body_of(self, operation: str) -> Any:
        body = self.bodies.get(self.where[operation])
        if operation == "record_procedure":
            start = self.calm.start_at
            times = {"started_at": start + timedelta(minutes=5), "ended_at": start + timedelta(minutes=20)}
            return {**body, **{name: at.isoformat() for name, at in times.items()}}
        if operation == "add_complication":
            return {**body, "on": self.calm.start_at.date().isoformat()}
        return body

    def query_of(self, operation: str) -> dict[str, Any]:
        """As published, with the ids of this clinic."""
        here = {"patient": str(self.patient.pk), "practitioner": str(self.world.clinic.practitioner.pk)}
        asked = examples().get(operation, {}).get("query", {})
        return {name: here.get(name, value) for name, value in asked.items()}

    def send(self, operation: str, pk: int | None) -> Any:
        """One request, by somebody who may."""
        name, method = self.where[operation]
        api = self.world.api(sorted(ACCESS[name].methods[method])[0])
        path = address_of(name, pk).removeprefix("/api/v1")
        if method == "GET":
            return api.get(path, **self.query_of(operation))
        return api.send(method, path, self.body_of(operation))

    def ask(self, operation: str) -> Any:
        """What is answered; everything that it took is undone."""
        before = before_it(operation)
        self.world.at(NOW)
        with transaction.atomic():
            pk = self.row_of(operation)
            if {*before, operation} & {"record_procedure", "miss_appointment"}:
                self.world.at(self.calm.end_at)
            for other in before:
                done = self.send(other, pk)
                assert done.status_code < 300, (operation, other, done.content)
            answer = self.send(operation, pk)
            answer.content  # noqa: B018 - written before the effect is taken back
            transaction.set_rollback(True)
        return answer


def before_it(operation: str) -> list[str]:
    """What is done before, the first thing first."""
    return [step for other in AFTER.get(operation, ()) for step in (*before_it(other), other)]
