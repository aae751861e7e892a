"""A small clinic for tests, made through the product's own use cases: people, rooms, sessions, patients with facts."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from injections.answers.pathway import set_pathway
from injections.answers.screening import answer_screening
from injections.assessment.fact_change import FactChange
from injections.booking.book import BookingOutcome, book
from injections.booking.request import BookingRequest
from injections.conditions.content import Allergy, ConditionOrMedicine
from injections.conditions.recording import record_allergy, record_condition
from injections.imaging.reports import add_report
from injections.merging.merge import merge_patients
from injections.models import AllergyIntolerance, Condition, Drug
from injections.patient.death import Ended, ToldOfDeath, record_death
from injections.patient.injections import EarlierInjection, record_injection, withdraw_injection
from injections.procedure.drugs.keep import save_drug
from injections.review.decide import DecisionRequest, decide
from injections.safety.questions import QUESTIONS
from injections.visit_kinds import KINDS
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.models import User
from scheduling.clinic.closures import save_closure
from scheduling.clinic.consequences import Changed
from scheduling.clinic.people_and_rooms import replace_feed, save_practitioner, save_room
from scheduling.models import (
    Appointment,
    Patient,
    Practitioner,
    Room,
    Schedule,
    UnusualUse,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from scheduling.patients.duplicates import report_duplicate
from scheduling.patients.identity import NewPatient, register_patient
from scheduling.webhooks.endpoints import Subscription
from scheduling.webhooks.endpoints import add as add_webhook
from tests.kept import MadeOnce

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning in winter time, four weeks before the clocks change."""

FIT = dict.fromkeys(QUESTIONS, "no")


def local(day: str, at: str = "10:00") -> datetime:
    """A clinic-local time as an instant in UTC: local("2026-03-24", "09:20")."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), tzinfo=LONDON).astimezone(UTC)


@dataclass
class Clinic:
    """Who works here and where; every method goes through a use case."""

    now: datetime
    reception: Actor
    radiologist: Actor
    second_radiologist: Actor
    manager: Actor
    practitioner: Practitioner
    physiotherapist: Practitioner
    room: Room
    gym: Room
    users: dict[str, User] = field(default_factory=dict)

    def patient(self, family_name: str = "Ashdown", **values: Any) -> Patient:
        """A registered adult with an address, about whom nothing clinical is known."""
        who = {"confirm_new": True, "by": self.reception, "now": self.now}
        who |= {name: values.pop(name) for name in who if name in values}
        usual = {
            "given_name": "Robin",
            "family_name": family_name,
            "date_of_birth": date(1980, 5, 1),
            "email": f"{family_name.lower()}@mail.example",
            "phone": "07700 900123",
        }
        return register_patient(NewPatient(**usual | values), **who)

    def feed_token(self, practitioner: Practitioner | None = None) -> UUID:
        """Of a new calendar address of a practitioner, the injector by default; nobody can read it later."""
        return replace_feed((practitioner or self.practitioner).pk, by=self.manager, now=self.now)

    def fit_patient(self, family_name: str = "Birch", **values: Any) -> Patient:
        """A patient whose left hamstring origin may be injected: everything known and in order."""
        patient = self.patient(family_name, **values)
        if self.now == NOW:
            users = ((User, actor.user_id) for actor in (self.reception, self.radiologist))
            _facts_of_the_fit(lambda: self._put_in_order(patient), (Patient, patient.pk), *users)
        else:
            self._put_in_order(patient)
        return patient

    def _put_in_order(self, patient: Patient) -> None:
        self.answer(patient)
        self.pathway(patient)
        self.report(patient)

    def answer(self, patient: Patient, answers: dict[str, str] | None = None, **values: Any) -> FactChange:
        """All questions answered "no", but for `answers`."""
        screening = {
            "answers": FIT | (answers or {}),
            "onset": "gradual",
            "main_pain_site": "sit-bone",
            "pain_side": "left",
            "answered_at": self.now.isoformat(),
            **values,
        }
        return answer_screening(
            patient.pk, screening=screening, area="ischial-tuberosity", side="left", by=self.reception, now=self.now
        )

    def pathway(self, patient: Patient, **values: Any) -> FactChange:
        pathway = {
            "specialist_assessment": "yes",
            "physiotherapy": "completed",
            "response": "not-satisfactory",
            "indications": ["deep-buttock-pain"],
            "mild_and_improving": "no",
            "suspected_avulsion": "no",
            **values,
        }
        return set_pathway(
            patient.pk, pathway=pathway, area="ischial-tuberosity", side="left", by=self.reception, now=self.now
        )

    def report(self, patient: Patient, **values: Any) -> FactChange:
        report = {
            "modality": "ultrasound",
            "area": "ischial-tuberosity",
            "side": "left",
            "performed_on": (self.now - timedelta(days=7)).date().isoformat(),
            "tendinopathy": "yes",
            "bursitis": "no",
            "tear": "none",
            "other_diagnosis": "none",
            **values,
        }
        return add_report(patient.pk, report=report, by=self.radiologist, now=self.now)

    def earlier_injection(self, patient: Patient, given: str | None, **values: Any) -> FactChange:
        """A steroid injection elsewhere into the left ischiogluteal bursa."""
        who = {"by": self.reception, "now": self.now}
        who |= {name: values.pop(name) for name in who if name in values}
        usual = {"site": "ischiogluteal-bursa", "side": "left", "given": given, "steroid": True, "origin": "elsewhere"}
        confirm_new = values.pop("confirm_new", False)
        return record_injection(patient.pk, EarlierInjection(**usual | values), confirm_new=confirm_new, **who)

    def allergy(self, patient: Patient, substance: str = "Latex", **values: Any) -> AllergyIntolerance:
        said = {"reaction": "Rash", "since": "2019-05", "said_by": "The patient", **values}
        return record_allergy(patient.pk, Allergy(substance=substance, **said), by=self.reception, now=self.now)

    def condition(self, patient: Patient, name: str = "Epilepsy", **values: Any) -> Condition:
        said = {"kind": "condition", "since": "2010", "said_by": "The GP’s letter", **values}
        return record_condition(patient.pk, ConditionOrMedicine(name=name, **said), by=self.reception, now=self.now)

    def drug(self, name: str = "Methylprednisolone 40 mg/ml", **values: Any) -> Drug:
        """A drug of the list, by its manager."""
        said = {"kind": "steroid", "substance": name.split()[0].lower(), "strength_mg_ml": Decimal(40), **values}
        return save_drug(None, {"name": name, **said}, by=self.manager, now=self.now)

    def known(self, patient: Patient) -> None:
        """An allergy, a condition and a medicine."""
        self.allergy(patient)
        self.condition(patient)
        self.condition(patient, "Prednisolone 5 mg", kind="medicine", code="325426006")

    def death(self, patient: Patient, on: str = "2026-03-01", **who: Any) -> Ended:
        told = ToldOfDeath(on=on, source="A daughter")
        return record_death(patient.pk, told, **{"by": self.reception, "now": self.now} | who)[1]

    def milder(self, patient: Patient) -> FactChange:
        """Reception enters an injection into the right hip joint and withdraws it."""
        done = self.earlier_injection(patient, "2026-02", site="hip-joint", side="right")
        return withdraw_injection(done.row.pk, reason="Another patient's letter", by=self.reception, now=self.now)

    def stands_out(self) -> UnusualUse:
        """Reception opened 200 records within an hour, on another day with each call."""
        day = self.now.date() - timedelta(days=UnusualUse.objects.count())
        of = {"user": self.users["reception"], "day": day, "found_at": self.now}
        return UnusualUse.objects.create(**of, what="opened", count=200, usual=20)

    def webhook(self) -> WebhookEndpoint:
        """A record system that wants to know who is registered: one event it did not take, another is on its way."""
        wanted = Subscription(
            url="https://records.example/hook", used_for="Record system", events=["patient.registered"]
        )
        made = add_webhook(wanted, by=self.manager, now=self.now).endpoint
        states = (
            (WebhookDelivery.State.FAILED, 500, "It was answered with 500."),
            (WebhookDelivery.State.QUEUED, None, ""),
        )
        for status, answered, reason in states:
            number = WebhookEvent.objects.count() + 1
            event = WebhookEvent.objects.create(
                uid=UUID(int=number), entry_id=-number, verb="patient-registered", occurred_at=self.now
            )
            made.deliveries.create(
                event=event,
                status=status,
                answered=answered,
                reason=reason,
                attempts=1,
                due_at=self.now,
                expires_at=self.now + timedelta(days=3),
            )
        return made

    def delayed(self, patient: Patient, start: datetime, until: str, **values: Any) -> Appointment:
        """A visit that a radiologist delayed until this day, the patient being immunosuppressed."""
        self.answer(patient, {"immunosuppressed": "yes"})
        booked = self.book(patient, start, override_reason="Please look", **values).appointment
        assert booked is not None
        told = DecisionRequest(outcome="delay", reason="Let it settle", delay_until=date.fromisoformat(until))
        decide(booked.pk, told, by=self.radiologist, now=self.now)
        return booked

    def ask(self, patient: Patient, start: datetime, **values: Any) -> BookingRequest:
        """A left hamstring-origin injection, unless `values` say otherwise."""
        kind = KINDS[values.get("kind", "injection")]
        target = {"site": "hamstring-origin", "side": "left"} if kind.injects else {}
        practitioner, room = (self.physiotherapist, self.gym) if kind.loads_tendon else (self.practitioner, self.room)
        return BookingRequest(
            **{
                "patient_id": patient.pk,
                "kind": "injection",
                "start": start,
                "practitioner_id": practitioner.pk,
                "room_id": room.pk,
                **target,
                **values,
            }
        )

    def book(self, patient: Patient, start: datetime, *, by: Actor | None = None, **values: Any) -> BookingOutcome:
        return book(self.ask(patient, start, **values), by=by or self.reception, now=self.now)


def registered_twice(clinic: Clinic, family_name: str, **values: Any) -> Patient:
    """Somebody with three records: the second is reported as a duplicate, the third merged into the first."""
    first, second, third = (clinic.patient(f"{family_name}{letter}", **values) for letter in ("A", "B", "C"))
    by = {"by": clinic.manager, "now": clinic.now}
    report_duplicate(first.pk, other_id=second.pk, note="The same face", **by)
    merge_patients(third.pk, into_id=first.pk, **by)
    return first


def close(*, confirm: bool = False, by: Actor, now: datetime, **values: Any) -> Changed:
    """Close a practitioner, a room, or (neither) the clinic for a while."""
    named = {"practitioner_id": None, "room_id": None, "reason": "", **values}
    return save_closure(None, named, confirm=confirm, by=by, now=now)


@dataclass
class Parts:
    """The rows of a clinic that tests speak of."""

    users: dict[str, User]
    practitioner: Practitioner
    physiotherapist: Practitioner
    room: Room
    gym: Room


def open_clinic(now: datetime = NOW) -> Clinic:
    """One radiologist with an ultrasound room, one physiotherapist with a gym, open every day 08:00 to 18:00."""
    made, ids = _parts(lambda: _open(now)) if now == NOW else (_open(now), {})
    parts = deepcopy(made)
    for row in (*parts.users.values(), parts.practitioner, parts.physiotherapist, parts.room, parts.gym):
        row.pk = ids.get((type(row), row.pk), row.pk)
    actors = {name: actor_of(user) for name, user in parts.users.items()}
    return Clinic(
        now,
        actors["reception"],
        actors["radiologist"],
        actors["radiologist2"],
        actors["manager"],
        parts.practitioner,
        parts.physiotherapist,
        parts.room,
        parts.gym,
        parts.users,
    )


def _open(now: datetime) -> Parts:
    users = {
        name: User.objects.create_user(f"{name}@clinic.example", None, role=role, name=name)
        for name, role in (
            ("reception", "reception"),
            ("radiologist", "radiologist"),
            ("radiologist2", "radiologist"),
            ("manager", "manager"),
        )
    }
    by = {"by": actor_of(users["manager"]), "now": now}
    room = save_room(None, {"name": "Ultrasound 1", "has_ultrasound": True}, **by)
    gym = save_room(None, {"name": "Gym", "has_ultrasound": False}, **by)
    radiologist = {"name": "Dr Imogen Hale", "kinds": ["injection", "scan-and-injection", "follow-up"]}
    practitioner = save_practitioner(None, radiologist, **by)
    therapist = {"name": "Tom Reed", "kinds": ["physiotherapy", "exercise-class"]}
    physiotherapist = save_practitioner(None, therapist, **by)
    Schedule.objects.bulk_create(
        Schedule(
            practitioner=person,
            room=place,
            weekday=weekday,
            opens=time(8),
            closes=time(18),
            valid_from=now.date() - timedelta(days=365),
        )
        for person, place in ((practitioner, room), (physiotherapist, gym))
        for weekday in range(7)
    )
    return Parts(users, practitioner, physiotherapist, room, gym)


_facts_of_the_fit: MadeOnce[None] = MadeOnce()
_parts: MadeOnce[Parts] = MadeOnce()
