"""The same of messages: what waits, what did not arrive, what is printed, whom to phone."""

from __future__ import annotations

from collections.abc import Iterator

from scheduling.messages.desk import close_task
from scheduling.messages.undelivered.posting import send_by_letter
from scheduling.models import Message
from tests.api_world import World
from tests.clinic import local
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row
from tests.trials.refusal_visit_rows import booked


@row("not-queued")
def not_queued(world: World) -> Iterator[Door]:
    message = Message.objects.filter(appointment=booked(world), kind="confirmed").get()
    path, says = f"/messages/{message.pk}", "This message is no longer waiting"
    assert world.reception.post(f"{path}/withhold/").status_code == 200
    for word in ("withhold", "send-now"):
        yield ByPage(client=at(world, "reception"), name=f"message-{word}", args=[message.pk], says=says)
        yield ByApi(api=world.reception, path=f"{path}/{word}/", says=says)


@row("not-retriable")
def not_retriable(world: World) -> Iterator[Door]:
    message = Message.objects.filter(appointment=booked(world), kind="confirmed").get()
    says = "Only a message that was not sent can be tried again."
    yield ByPage(client=at(world, "reception"), name="message-retry", args=[message.pk], says=says)
    yield ByApi(api=world.reception, path=f"/messages/{message.pk}/retry/", says=says)


def _to_phone(world: World) -> Message:
    patient = world.clinic.patient("Ringer", preferred_contact="phone", address="1 Elm Road\nLeeds")
    visit = world.clinic.book(patient, local("2026-04-01", "16:00"), kind="follow-up").appointment
    return Message.objects.get(appointment=visit, kind="confirmed")


_NO_LETTERS_BY_API = "Letters are printed and posted by the desk, on pages alone."


@row("not-to-phone", no_api="Attempts to phone about a message are recorded on its page alone.")
def not_to_phone(world: World) -> Iterator[Door]:
    message = _to_phone(world)
    close_task(message.pk, reason="Told them", by=world.clinic.reception, now=world.clinic.now)
    says = "Nobody needs to phone about this message any more."
    sent = {"how": "no-answer"}
    yield ByPage(client=at(world, "reception"), name="message-attempt", args=[message.pk], data=sent, says=says)


@row("no-letter", no_api=_NO_LETTERS_BY_API)
def no_letter(world: World) -> Iterator[Door]:
    message = _to_phone(world)
    Message.objects.filter(pk=message.pk).update(expires_at=world.clinic.now)
    says = "A letter would come too late. Keep phoning."
    yield ByPage(client=at(world, "reception"), name="message-by-letter", args=[message.pk], says=says)


@row("not-printable", no_api=_NO_LETTERS_BY_API)
def not_printable(world: World) -> Iterator[Door]:
    message = _to_phone(world)
    send_by_letter(message.pk, by=world.clinic.reception, now=world.clinic.now)
    Message.objects.filter(pk=message.pk).update(values={})
    says = "Robin Ringer: This message cannot be written."
    yield ByPage(client=at(world, "reception"), name="message-letters-file", data={"letter": [message.pk]}, says=says)


@row("unwritable")
def unwritable(world: World) -> Iterator[Door]:
    message = Message.objects.filter(appointment=booked(world), kind="confirmed").get()
    Message.objects.filter(pk=message.pk).update(values={})
    says = "This message cannot be written."
    yield ByPage(
        client=at(world, "reception"), name="message", args=[message.pk], method="GET", says="There is no text"
    )
    yield ByApi(api=world.reception, method="GET", path=f"/messages/{message.pk}/preview/", says=says)
