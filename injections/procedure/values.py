"""What a radiologist records of a procedure, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from injections.assessment.reassess import Reassessed
from injections.models import Assessment, Drug, Incident, Injection
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What the radiologist records. Instants are aware; doses in mg, volumes in ml, strength in mg/ml.

    Of a visit with several injections there is one of each, `number` from 0 in the order in which they were booked;
    what is of the visit (checks, consent, complications) is alike in all of them.
    `site`, `side`, `targets` default to what was booked. `steroid` None means it was not said, which is
    refused for what was given. `rest_hours` None is the clinic's own rest. `checked_at` is when the checks of the day
    were made, by `checks_seen_by` ("" is whoever records it); None: with the injection where that is recorded on its
    day, else when it is recorded. `drug`, and that of the local anaesthetic, is a name or the number of one in the
    clinic's list; `as_listed` says what the list knows of them.
    """

    result: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    site: str | None = None
    side: str | None = None
    targets: tuple[str, ...] = ()
    drug: str = ""
    steroid: bool | None = None
    dose_mg: Decimal | None = None
    strength_mg_ml: Decimal | None = None
    volume_ml: Decimal | None = None
    batch: str = ""
    expires_on: date | None = None
    complications: str = ""
    rest_hours: int | None = None
    rest_reason: str = ""
    note: str = ""
    reason_code: str = ""
    reason: str = ""
    local_anaesthetic: Mapping[str, object] | None = None
    consent: Mapping[str, object] = field(default_factory=dict)
    checked_today: Mapping[str, object] = field(default_factory=dict)
    checked_at: datetime | None = None
    checks_seen_by: str = ""
    precautions: tuple[str, ...] = ()
    technique: Mapping[str, object] = field(default_factory=dict)
    confirm_site_change: bool = False
    confirm_day_change: bool = False
    number: int = 0
    time_out_with: str = ""
    sign_out_with: str = ""
    weight_kg: Decimal | None = None
    listed_drug: Drug | None = None
    listed_anaesthetic: Drug | None = None

    @property
    def was_given(self) -> bool:
        return self.result in Injection.GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a recorded procedure leads to. `rest_until` is an instant; the dates speak of this area and side.

    Of a visit with several injections `injections` has the record of each, and `injection` repeats the first that was
    given (else the first); the rest and the dates are the latest of them. `incidents` are those of all.
    `warnings` are the sentences of what was odd about doses and batch, `not_known` those of maxima that nobody knows;
    `incident` is all that was out of the ordinary.
    """

    appointment: Appointment
    injection: Injection
    injections: list[Injection]
    assessment: Assessment | None
    warnings: list[str]
    not_known: list[str]
    incident: Incident | None
    incidents: list[Incident]
    rest_until: datetime | None
    review_from: date | None
    clear_from: date | None
    reassessed: list[Reassessed]
