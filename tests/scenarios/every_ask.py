"""Everything that can be looked at, by everybody who may: pages, parts of pages, lists, the API, a patient's link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.test import Client
from django.urls import reverse

from injections.booking.waiting_list import link as offer_link
from injections.models import WaitingOffer
from injections.statistics import STATISTICS
from pht_clinic.people.models import User
from scheduling.messages.bounces import opt_out
from scheduling.patients import link, short_link
from tests.api_world import World, client_with_token
from tests.clinic import local
from tests.injections.booking.series.world import rule_query
from tests.injections.doors.fhir.access import FHIR, NOTHING
from tests.pages_world import LEFT_HAMSTRING, browser, when
from tests.scenarios.access_table import ACCESS as OF_API
from tests.scenarios.addresses import oldest
from tests.scenarios.queries_world import LOST_DAY, REVIEW_DAY, Filled
from tests.trials import every_url
from tests.trials.every_url import FEEDS, LINKS, OFFERS, OPT_OUT, PAGES, SHORT, TOKEN, Address

ACCESS: Final = {**OF_API, **FHIR}
PART: Final = {"HX-Request": "true"}
JSON: Final = "application/json"
ADMIN: Final = "admin"
OF: Final = {
    "procedure-cannot": "coming",
    "procedure-step": "coming",
    "procedure-done": "treated",
    "procedure-report": "treated",
    "procedure-complication": "treated",
    "api-appointment-procedure": "treated",
    "aftercare-sheet": "treated",
    "letter-list": "treated",
    "letter-write": "treated",
    "physiotherapy-arrange": "treated",
    "patient-asked": "asked",
    "patient-letter": "treated",
    "patient-letter-file": "treated",
    "patient-recovery": "treated",
    "appointment-answer": "asked",
    "patient-recovered": "treated",
    "appointment-undo": "coming",
    "patient-deceased-undo": "died",
}
"""Which visit a page is asked for, where it is not the one that waits for review."""

PUT_TOGETHER: Final = {name for name, one in FHIR.items() if one.args == NOTHING} | {"fhir-medicationstatement"}
"""Resources that are no row of one model, or not of each of its rows: their ids stand in their own lists."""


@dataclass(frozen=True)
class Ask:
    """One request: who asks for what."""

    who: str
    client: Client
    address: str
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self) -> Any:
        """What comes back, read to its end."""
        if self.body is None:
            response = self.client.get(self.address, self.query, headers=self.headers)
        else:
            sent: dict[str, Any] = {"content_type": JSON} if "/api/" in self.address else {}
            response = self.client.post(self.address, self.body, headers=self.headers, **sent)
        response.content if not response.streaming else list(response.streaming_content)
        return response


class Everybody:
    """The clinic's people at their browsers and programs, and what each of them can ask for."""

    def __init__(self, world: World, filled: Filled) -> None:
        self.filled, self.clinic = filled, world.clinic
        users = {role: world.clinic.users[role] for role in ("reception", "radiologist", "manager")}
        self.browsers = {role: browser(user).client for role, user in users.items()}
        self.programs = {role: client_with_token(user) for role, user in users.items()}
        self.patient = Client()
        self._feed = self.clinic.feed_token()
        for token in map(self._token, ("clear", "treated", "asked")):
            opened = self.patient.post(f"/p/{token}/open/", {"born_on": "1 5 1980"})
            assert opened.status_code == 302
        offer = offer_link.token_of(WaitingOffer.objects.earliest("pk").pk)
        self.patient.post(f"/p/o/{offer}/open/", {"born_on": "1 5 1980"})
        for client in (*self.browsers.values(), *self.programs.values()):
            # the first request of a session, and of a token on each day, writes that it is in use
            client.get("/rules/")
            client.get("/api/v1/sites/")

    def asks(self) -> Iterator[tuple[str, Ask]]:
        """Every address that can be looked at, for everybody who may, and the forms that only search."""
        for address in every_url.addresses():
            if address.name not in TOKEN:
                yield from self._of(address)
        yield from self._variants()

    def _of(self, address: Address) -> Iterator[tuple[str, Ask]]:
        name = address.name
        if name in LINKS:
            yield name, Ask("patient", self.patient, reverse(name, args=[self._token(OF.get(name, "clear"))]))
            return
        if name in OFFERS:
            offer = WaitingOffer.objects.earliest("pk")
            yield name, Ask("patient", self.patient, reverse(name, args=[offer_link.token_of(offer.pk)]))
            return
        if name in SHORT:
            visit = self.filled.first["clear"]
            yield name, Ask("patient", self.patient, reverse(name, args=[short_link.code_of(visit.pk, 1)]))
            return
        if name in ACCESS:
            allowed, clients = ACCESS[name].methods.get("GET", frozenset()), self.programs
        else:
            allowed, clients = PAGES.get(name, frozenset(self.browsers)), self.browsers
        for role in sorted(allowed):
            found = self._listed(name, clients[role]) if name in PUT_TOGETHER else ""
            yield name, Ask(role, clients[role], found or self._address(address), self._query(name))

    def _listed(self, name: str, client: Client) -> str:
        """The address of the last resource in the list of its type, as it stands now for whoever asks; "" where there
        is none.
        """
        listed = client.get(reverse(f"{name}-list"), self._query(f"{name}-list")).json().get("entry", ())
        return reverse(name, args=[listed[-1]["resource"]["id"]]) if listed else ""

    def _address(self, address: Address) -> str:
        """Of the first visit or patient where it is about one, else of the oldest row of its kind."""
        of = ACCESS[address.name].of if address.name in ACCESS else ""
        visit = self.filled.first[OF.get(address.name, "review")]
        if address.name in FEEDS:
            return reverse(address.name, args=[self._feed])
        if address.name in OPT_OUT:
            return reverse(address.name, args=[opt_out.token_of(visit.patient_id)])
        if "appointment_id" in address.parts or of == "appointment":
            return reverse(address.name, args=[visit.pk, *("identity" for part in address.parts if part == "step")])
        if "patient_id" in address.parts or of == "patient":
            others = [oldest("other") for part in address.parts if part == "other_id"]
            return reverse(address.name, args=[visit.patient_id, *others])
        return address.url()

    def _query(self, name: str) -> dict[str, Any]:
        patient, doctor = self.filled.first["review"].patient, self.clinic.practitioner.pk
        return {
            "booking-what": LEFT_HAMSTRING,
            "call-news": {"told": "0"},
            "booking-when": LEFT_HAMSTRING,
            "here-now": LEFT_HAMSTRING,
            "late-entry": LEFT_HAMSTRING,
            "booking-check": when(patient, self.clinic, local(REVIEW_DAY, "16:00")),
            "booking-series": rule_query(self.clinic, where=str(self.clinic.gym.pk)),
            "api-slots": self._slots() | {"patient": patient.pk},
            "waiting-offer": {"time": self._chosen()},
            "fhir-patient-list": {"_lastUpdated": "gt2000-01-01"},
            "fhir-slot-list": {"service-type": "injection", "start": f"lt{REVIEW_DAY}"},
            "api-waitlist-matches": {"start": local(REVIEW_DAY, "16:00").isoformat(), "practitioner": doctor},
        }.get(name, {})

    def _chosen(self) -> str:
        clinic = self.clinic
        return f"{local(REVIEW_DAY, '16:00').isoformat()}/{clinic.practitioner.pk}/{clinic.room.pk}"

    def _slots(self) -> dict[str, Any]:
        return {**LEFT_HAMSTRING, "from": REVIEW_DAY, "to": "2026-08-10", "room": self.clinic.room.pk}

    def _class_at(self, start: datetime) -> dict[str, Any]:
        clinic = self.clinic
        return {"start": start.isoformat(), "practitioner": clinic.physiotherapist.pk, "room": clinic.gym.pk}

    def _variants(self) -> Iterator[tuple[str, Ask]]:
        desk, program = self.browsers["reception"], self.programs["reception"]
        patient = self.filled.first["review"].patient
        for step in ("booking-what", "booking-when"):
            yield (
                f"part of {step}",
                Ask("reception", desk, reverse(step, args=[patient.pk]), LEFT_HAMSTRING, headers=PART),
            )
        for query in ({"by": "room"}, {"day": LOST_DAY}):
            yield f"calendar-day {query}", Ask("reception", desk, reverse("calendar-day"), query)
        for of in (f"practitioner-{self.clinic.practitioner.pk}", f"room-{self.clinic.room.pk}"):
            yield (
                f"calendar-week {of[:4]}",
                Ask("reception", desk, reverse("calendar-week"), {"of": of, "day": REVIEW_DAY}),
            )
        group = self.filled.first["class"].group_id
        yield (
            "group-move at a time",
            Ask("reception", desk, reverse("group-move", args=[group]), self._class_at(local(REVIEW_DAY, "15:00"))),
        )
        yield "calendar-day of a class", Ask("reception", desk, reverse("calendar-day"), {"day": REVIEW_DAY})
        for tab in ("phone", "post", "queued", "sent", "failed", "skipped", "withdrawn"):
            yield f"message-list {tab}", Ask("reception", desk, reverse("message-list"), {"status": tab})
        for step in ("checks", "injection", "aftercare"):
            there = reverse("procedure-step", args=[self.filled.first["coming"].pk, step])
            yield f"procedure-step {step}", Ask("radiologist", self.browsers["radiologist"], there)
        yield (
            "review-queue waiting",
            Ask("radiologist", self.browsers["radiologist"], reverse("review-queue"), {"order": "waiting"}),
        )
        for name in STATISTICS:
            there = reverse("statistic", args=[name])
            yield f"statistic {name}", Ask("manager", self.browsers["manager"], there)
        staff = User.objects.create_superuser("staff@clinic.example", name="Staff")
        for there in every_url.admin_addresses():
            yield f"{ADMIN} {there}", Ask("staff", browser(staff).client, there)
        yield "metrics", Ask("program", Client(headers={"authorization": "Bearer known"}), reverse("metrics"))
        found = {"text": "Robin"}
        yield "searched", Ask("reception", desk, reverse("patient-search"), body=found)
        merging = reverse("patient-merge", args=[patient.pk])
        manager, other = self.browsers["manager"], self.filled.first["clear"].patient_id
        yield "searched to merge", Ask("manager", manager, merging, body=found)
        yield "compared to merge", Ask("manager", manager, merging, {"with": other})
        yield "searched to book", Ask("reception", desk, reverse("booking-start"), body=found, headers=PART)
        yield "api searched", Ask("reception", program, reverse("api-patient-search"), body=found)
        judged = {**LEFT_HAMSTRING, "patient": str(patient.pk), "start": local(REVIEW_DAY, "16:00").isoformat()}
        yield "api judged", Ask("reception", program, reverse("api-assessments"), body=judged)
        yield (
            "api-appointments of one",
            Ask("reception", program, reverse("api-appointments"), {"patient": patient.pk}),
        )

    def _token(self, of: str) -> str:
        visit = self.filled.first[of]
        return link.token_of(visit.pk, visit.link_version)
