"""Every address that exists, and a row for each kind of thing that an address names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from injections.models import (
    AllergyIntolerance,
    Call,
    ClinicalLetter,
    Condition,
    ConfirmedAddress,
    Drug,
    ImagingReport,
    Injection,
    MilderVerdict,
    PlannedActivity,
    RecordImport,
    WaitingOffer,
    WaitingWish,
)
from pht_clinic.people.models import User
from scheduling.models import (
    Appointment,
    Closure,
    GroupVisit,
    Message,
    Patient,
    PossibleDuplicate,
    Practitioner,
    Room,
    Schedule,
    UnusualUse,
    VisitSeries,
    WebhookDelivery,
    WebhookEndpoint,
)

MODELS: Final[dict[str, type[Model]]] = {
    "patient": Patient,
    "injection": Injection,
    "report": ImagingReport,
    "activity": PlannedActivity,
    "allergy": AllergyIntolerance,
    "condition": Condition,
    "call": Call,
    "milder": MilderVerdict,
    "letter": ClinicalLetter,
    "address": ConfirmedAddress,
    "import": RecordImport,
    "appointment": Appointment,
    "group": GroupVisit,
    "message": Message,
    "practitioner": Practitioner,
    "room": Room,
    "schedule": Schedule,
    "closure": Closure,
    "drug": Drug,
    "series": VisitSeries,
    "use": UnusualUse,
    "wish": WaitingWish,
    "offer": WaitingOffer,
    "duplicate": PossibleDuplicate,
    "user": User,
    "webhook": WebhookEndpoint,
    "delivery": WebhookDelivery,
}


def oldest(of: str) -> Any:
    """The id of the oldest row of this kind; of records merged into another one, by `merged`; of visits whose procedure
    is recorded, by `recorded`; of messages one to a patient. A passkey, allauth's
    `pk`, a token and a session are nobody's.
    """
    if of in ("pk", "token", "session"):
        return 1
    if of == "message":
        return Message.objects.exclude(patient=None).order_by("pk").values_list("pk", flat=True)[0]
    if of == "hold":
        return Appointment.holds.order_by("pk").values_list("pk", flat=True)[0]
    if of == "merged":
        return Patient.objects.exclude(merged_into=None).order_by("pk").values_list("pk", flat=True)[0]
    if of == "other":
        return Patient.objects.order_by("pk").values_list("pk", flat=True)[1]
    if of == "recorded":
        of_ours = Injection.objects.exclude(appointment=None).order_by("pk")
        return of_ours.values_list("appointment", flat=True)[0]
    return MODELS[of]._default_manager.order_by("pk").values_list("pk", flat=True)[0]


def all_patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every address as its whole path, with its pattern."""
    return _walk(get_resolver("pht_clinic.urls").url_patterns, "")


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield path, pattern
