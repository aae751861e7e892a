"""The same of the doors of other systems: pages on which managers keep webhooks and imports, and what programs are told
in the words of their own standards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from pht_clinic.web.models import IdempotencyKey
from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import endpoints
from scheduling.webhooks.endpoints import Subscription
from tests.api_world import World
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.fhir.conftest import as_user
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row

NO_PAGE_OF_PROGRAMS: Final = "only programs ask there"
IN_FHIR: Final = "it is said as an OperationOutcome, below another address"
IN_CDS_HOOKS: Final = "it is said to callers of CDS Hooks, below another address"
AN_OUTCOME: Final = "it is what became of a line of an import, and refuses nobody"
FHIR_JSON: Final = "application/fhir+json"
TOO_MANY: Final = 429
REGISTERED: Final = "patient.registered"


@dataclass(frozen=True, kw_only=True)
class ByStandard:
    """A call at a door with a standard of its own: its status, its type of content, and the words that it must hold."""

    ask: Callable[[], Any]
    status: int
    content_type: str
    says: str

    def wrongs(self, code: str) -> list[str]:
        answer = self.ask()
        found = {
            f"{answer.status_code} in place of {self.status}": answer.status_code == self.status,
            f"sent as {answer.headers['Content-Type']}": answer.headers["Content-Type"] == self.content_type,
            f"does not say {self.says!r}: {answer.content[:400]!r}": self.says in answer.content.decode(),
        }
        return [f"{code}: {what}" for what, is_right in found.items() if not is_right]


def by_cds_hooks(status: int, says: str, *, bearer: str | None = None, **body: Any) -> Door:
    """The last of as many calls as it takes, of a system that the clinic lists."""

    def ask() -> Any:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "keys.json"
            file.write_text(ehr.jwk_set(ehr.key()))
            listed = {"CDS_ISSUERS": [f"{ehr.ISSUER} {file}"], "PUBLIC_BASE_URL": ehr.BASE}
            with override_settings(**listed, API_REQUESTS_A_MINUTE=1):
                answers = [
                    ehr.post(
                        ehr.BOOKING,
                        ehr.call("appointment-book", ehr.appointment("2026-03-30T10:00:00+01:00"), **body),
                        bearer=bearer,
                    )
                    for _ in range(2 if status == TOO_MANY else 1)
                ]
        return answers[-1]

    return ByStandard(ask=ask, status=status, content_type="application/problem+json", says=says)


@row("untrusted", no_page=NO_PAGE_OF_PROGRAMS, no_api=IN_CDS_HOOKS)
def untrusted(world: World) -> Iterator[Door]:
    yield by_cds_hooks(401, "urn:pht-clinic:problem:untrusted", bearer="a.b.c")


@row("throttled", no_page=NO_PAGE_OF_PROGRAMS, no_api=IN_CDS_HOOKS)
def throttled(world: World) -> Iterator[Door]:
    yield by_cds_hooks(TOO_MANY, "Too many requests in a minute. Try again in ")


@row("missing-prefetch", no_page=NO_PAGE_OF_PROGRAMS, no_api=IN_CDS_HOOKS)
def missing_prefetch(world: World) -> Iterator[Door]:
    yield by_cds_hooks(412, "procedures", prefetch={"patient": ehr.patient()})


@row("not-understood", no_page=NO_PAGE_OF_PROGRAMS, no_api=IN_FHIR)
def not_understood(world: World) -> Iterator[Door]:
    fhir = as_user(world.clinic, "reception")
    yield ByStandard(
        ask=lambda: fhir.get("Appointment", {"date": "soon"}), status=400, content_type=FHIR_JSON, says="date"
    )


@row("structure", no_page=NO_PAGE_OF_PROGRAMS, no_api=IN_FHIR)
def structure(world: World) -> Iterator[Door]:
    fhir = as_user(world.clinic, "reception")
    sent = '{"resourceType": "Appointment", "status": "proposed", "start": 5}'
    yield ByStandard(
        ask=lambda: fhir.post("Appointment", sent), status=400, content_type=FHIR_JSON, says="Appointment.participant"
    )


@row("already-there", no_page=AN_OUTCOME, no_api=AN_OUTCOME)
def already_there(world: World) -> Iterator[Door]:
    yield from ()


@row("unreadable", no_api="a file is imported on a page, or by a command")
def unreadable(world: World) -> Iterator[Door]:
    file = SimpleUploadedFile("old.csv", b"given_name\r\n\xff\r\n", content_type="text/csv")
    says = "Line 2 is not in UTF-8, at byte 1."
    yield ByPage(client=at(world, "manager"), name="import-list", data={"file": file}, says=says)


def webhook_of(world: World) -> WebhookEndpoint:
    return world.clinic.webhook()


@row("already-paused")
def already_paused(world: World) -> Iterator[Door]:
    hook = webhook_of(world)
    endpoints.pause(hook.pk, by=world.clinic.manager, now=world.clinic.now)
    says = "This webhook is paused already."
    yield ByPage(client=at(world, "manager"), name="webhook-pause", args=[hook.pk], says=says)
    yield ByApi(api=world.manager, path=f"/webhooks/{hook.pk}/pause/", body={}, says=says)


@row("not-paused")
def not_paused(world: World) -> Iterator[Door]:
    hook, says = webhook_of(world), "This webhook is not paused."
    yield ByPage(client=at(world, "manager"), name="webhook-resume", args=[hook.pk], says=says)
    yield ByApi(api=world.manager, path=f"/webhooks/{hook.pk}/resume/", body={}, says=says)


@row("delivery-on-its-way")
def delivery_on_its_way(world: World) -> Iterator[Door]:
    queued = webhook_of(world).deliveries.get(status=WebhookDelivery.State.QUEUED)
    says = "This delivery is still on its way."
    yield ByPage(client=at(world, "manager"), name="webhook-replay", args=[queued.pk], says=says)
    yield ByApi(api=world.manager, path=f"/webhooks/deliveries/{queued.pk}/replay/", body={}, says=says)


@row("nothing-to-replay")
def nothing_to_replay(world: World) -> Iterator[Door]:
    hook = webhook_of(world)
    hook.deliveries.update(status=WebhookDelivery.State.QUEUED)
    says = "Nothing has happened since then that this webhook wanted and that is not still on its way."
    form = {"on": "1 3 2026", "at": "09:00"}
    yield ByPage(client=at(world, "manager"), name="webhook-replay-since", args=[hook.pk], data=form, says=says)
    since = {"since": "2026-03-01T09:00:00+00:00"}
    yield ByApi(api=world.manager, path=f"/webhooks/{hook.pk}/replay/", body=since, says=says)


@row("answer-lost", no_page="A page sends no key; a form sent twice is met by its revision.")
def answer_lost(world: World) -> Iterator[Door]:
    headers, body = {"Idempotency-Key": "one"}, {"url": "https://a.example/", "used_for": "A", "events": [REGISTERED]}
    assert world.manager.post("/webhooks/", body, **headers).status_code == 201
    IdempotencyKey.objects.update(body="under a key that is gone")
    yield ByApi(api=world.manager, path="/webhooks/", body=body, headers=headers, says="cannot be read any more")


@row("too-many-webhooks")
def too_many_webhooks(world: World) -> Iterator[Door]:
    for number in range(endpoints.MOST):
        wanted = Subscription(url=f"https://records.example/{number}", used_for="Records", events=[REGISTERED])
        endpoints.add(wanted, by=world.clinic.manager, now=world.clinic.now)
    form = {"url": "https://another.example/hook", "used_for": "Another", "events": [REGISTERED]}
    says = f"There are {endpoints.MOST} webhooks already. Remove one first."
    yield ByPage(client=at(world, "manager"), name="webhook-add", data=form, says=says, typed=["Another"])
    body = {"url": "https://another.example/hook", "used_for": "Another", "events": [REGISTERED]}
    yield ByApi(api=world.manager, path="/webhooks/", body=body, says=says)
