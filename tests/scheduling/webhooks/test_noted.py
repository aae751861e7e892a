"""What happens is an event in the very transaction in which it happens, whoever notes it; nothing else is one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from injections.visit.webhook_events import EVENTS
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.people.actors import SYSTEM
from scheduling import states
from scheduling.audit.words import DONE
from scheduling.models import Appointment, WebhookDelivery, WebhookEndpoint, WebhookEvent
from scheduling.webhooks import endpoints
from scheduling.webhooks.endpoints import Subscription
from scheduling.webhooks.events import UnknownEvent, body_of, event_types, named, of_verb
from tests.clinic import Clinic, open_clinic

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 24, 9, 20, tzinfo=UTC)


@pytest.fixture
def clinic() -> Clinic:
    return open_clinic()


def wanting(clinic: Clinic, *events: str) -> WebhookEndpoint:
    wanted = Subscription(url="https://other.example/hook", used_for="Record system", events=events)
    return endpoints.add(wanted, by=clinic.manager, now=clinic.now).endpoint


def test_a_booking_is_noted_with_what_it_is_about(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    endpoint = wanting(clinic, "appointment.booked", "appointment.moved")
    visit = clinic.book(patient, START).appointment
    [event] = WebhookEvent.objects.all()
    entry = Entry.objects.get(pk=event.entry_id)
    assert (event.verb, event.subject) == ("appointment-requested", f"appointment:{visit.pk}")
    assert (event.patient_ids, event.occurred_at, entry.verb) == ([patient.pk], clinic.now, event.verb)
    [delivery] = WebhookDelivery.objects.all()
    assert (delivery.endpoint, delivery.event, delivery.status, delivery.due_at) == (
        endpoint,
        event,
        WebhookDelivery.State.QUEUED,
        clinic.now,
    )


def test_what_is_rolled_back_was_never_noted(clinic: Clinic) -> None:
    wanting(clinic, "patient.registered")
    with transaction.atomic():
        clinic.patient()
        assert WebhookEvent.objects.count() == 1
        transaction.set_rollback(True)
    assert WebhookEvent.objects.count() == 0


def test_what_nobody_wants_is_not_noted(clinic: Clinic) -> None:
    wanting(clinic, "appointment.moved")
    clinic.patient()
    assert WebhookEvent.objects.count() == 0


def test_nothing_is_noted_for_one_that_was_removed(clinic: Clinic) -> None:
    endpoint = wanting(clinic, "patient.registered")
    endpoints.remove(endpoint.pk, by=clinic.manager, now=clinic.now)
    clinic.patient()
    assert WebhookEvent.objects.count() == 0


def test_of_two_that_want_it_each_has_a_delivery_of_one_event(clinic: Clinic) -> None:
    both = [wanting(clinic, "patient.registered"), wanting(clinic, "patient.registered")]
    clinic.patient()
    [event] = WebhookEvent.objects.all()
    assert list(event.deliveries.order_by("endpoint_id").values_list("endpoint_id", flat=True)) == [
        one.pk for one in both
    ]


@pytest.mark.parametrize("event", [pytest.param(one, id=one.name) for one in EVENTS])
def test_every_event_has_a_verb_of_the_trail_and_is_noted(clinic: Clinic, event: Any) -> None:
    assert event.verb in DONE or event.verb.removeprefix("appointment-") in {one.past for one in states.VERBS.values()}
    wanting(clinic, event.name)
    record(event.verb, by=SYSTEM, now=clinic.now, patients=[1], subject="appointment:7")
    [noted] = WebhookEvent.objects.all()
    assert of_verb(noted.verb) == named(event.name) == event
    assert f'"type":"{event.name}"' in body_of(noted)


def test_every_change_of_a_visit_has_an_event_but_for_what_outsiders_do_not_see() -> None:
    """A new verb of the diary is thought about here."""
    told = {one.verb for one in event_types()}
    untold = {one.past for one in states.VERBS.values() if f"appointment-{one.past}" not in told}
    assert untold == {"held", "given-back", "link-replaced"}


def test_the_page_for_receivers_lists_every_event() -> None:
    page = (Path(__file__).parents[3] / "docs" / "doors" / "webhooks.md").read_text(encoding="utf-8")
    listed = [line for line in page.partition("| event | when |\n|---|---|\n")[2].splitlines() if line]
    assert listed == [f"| `{one.name}` | {one.words} |" for one in event_types()]


def test_an_event_without_a_subject_names_its_patients(clinic: Clinic) -> None:
    wanting(clinic, "patient.merged")
    record("patients-merged", by=SYSTEM, now=clinic.now, patients=[4, 2])
    [noted] = WebhookEvent.objects.all()
    assert '"data":{"patients":["2","4"],"subject":null,"url":null}' in body_of(noted)


@pytest.mark.parametrize("asked", [named, of_verb])
def test_an_unknown_event_is_refused(asked: Any) -> None:
    with pytest.raises(UnknownEvent):
        asked("nothing.happened")


def test_views_are_never_noted(clinic: Clinic) -> None:
    endpoint = wanting(clinic, "patient.registered")
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(verbs=["viewed"])
    record("viewed", by=clinic.manager, now=clinic.now, patients=[1], subject="patient")
    assert WebhookEvent.objects.count() == 0


def test_no_event_is_changed_or_removed_by_the_application(clinic: Clinic) -> None:
    wanting(clinic, "patient.registered")
    clinic.patient()
    with pytest.raises(AppendOnlyError):
        WebhookEvent.objects.update(verb="other")
    for statement in ("UPDATE scheduling_webhookevent SET verb = ''", "DELETE FROM scheduling_webhookevent"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("endpoint", {"url": "http://other.example/"}),
        ("endpoint", {"verbs": []}),
        ("endpoint", {"secret": ""}),
        ("endpoint", {"old_secret": "one"}),
        ("endpoint", {"why": "It is gone."}),
        ("endpoint", {"ended_at": START}),
        ("delivery", {"status": "lost"}),
        ("delivery", {"status": "sending"}),
        ("delivery", {"lease_expires_at": START}),
        ("delivery", {"status": "sent"}),
        ("delivery", {"sent_at": START}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_the_database_refuses_what_cannot_be(clinic: Clinic, table: str, change: dict[str, Any]) -> None:
    wanting(clinic, "patient.registered")
    clinic.patient()
    rows: Any = {"endpoint": WebhookEndpoint.objects, "delivery": WebhookDelivery.objects}[table]
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**change)


def test_one_event_goes_to_one_webhook_once(clinic: Clinic) -> None:
    wanting(clinic, "patient.registered")
    clinic.patient()
    [row] = WebhookDelivery.objects.all()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_booking_costs_no_statement_more(clinic: Clinic, django_assert_num_queries: Any) -> None:
    """The database notes it by itself, in the statement that notes the trail."""
    first, second = clinic.fit_patient("Birch"), clinic.fit_patient("Cole")
    with CaptureQueriesContext(connection) as without:
        clinic.book(first, START)
    wanting(clinic, "appointment.booked")
    with django_assert_num_queries(len(without)):
        clinic.book(second, START.replace(hour=11))
    assert WebhookEvent.objects.count() == 1
    assert Appointment.objects.count() == 2
