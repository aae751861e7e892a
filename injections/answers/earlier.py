"""A yes to "any steroid injection in the last 12 months" and, asked at once, where and when: each is recorded.

It is recorded as the patient says it: a steroid, of a date as exact as they know it. Where they say that it was, in
their own words, stands in the record's note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from injections.assessment.fact_change import FactChange
from injections.models import Injection
from injections.patient.injections import EarlierInjection, record_injection
from injections.patient.resembling import Resembles
from injections.safety.sites import HIP_REGION_UNSPECIFIED, OTHER_SITE
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor

STEROID_QUESTION: Final = "steroid_injection_last_12_months"
MOST_AT_ONCE: Final = 3
PLACES: Final = {
    "hamstring-origin": "At the sit bone, or high at the back of the thigh",
    "trochanteric-bursa": "At the side of the hip",
    "hip-joint": "In the hip joint or the groin",
    "sacroiliac-joint": "Low in the back, beside the spine",
    HIP_REGION_UNSPECIFIED: "Somewhere at the hip or buttock, I do not know where",
    OTHER_SITE: "Elsewhere: knee, shoulder, hand, a muscle",
}
"""Sites as a patient tells them apart. A bursa and a tendon at the sit bone are one area."""


@dataclass(frozen=True, slots=True)
class ToldInjection:
    """One injection as it was told: a site of PLACES, a side, a partial date, None when unknown; `number` from 1."""

    number: int
    site: str
    side: str
    given: str | None


@dataclass(frozen=True, slots=True)
class ToldInjections:
    """All that were told of at once. `is_seen`: whoever tells it knows what is recorded already; `is_another`: and says
    that it is another one.
    """

    injections: Sequence[ToldInjection] = ()
    is_seen: bool = False
    is_another: bool = False

    def __bool__(self) -> bool:
        return bool(self.injections)


NOTHING_TOLD: Final = ToldInjections()


def record_told(patient_id: int, told: ToldInjections, *, by: Actor, now: datetime) -> list[FactChange]:
    """Record each of them; one that is recorded already, and was said to be none other, is not recorded twice.

    Call it within the transaction that stores the answer. Raises: Forbidden, Missing, Invalid (at the field of each),
    Resembles (one that is likely there already, of which nobody has been asked yet).
    """
    done: list[FactChange] = []
    for one in told.injections:
        with _at_its_fields(one.number):
            try:
                done.append(record_injection(patient_id, _record(one), confirm_new=told.is_another, by=by, now=now))
            except Resembles as refusal:
                if {row.pk for row in refusal.rows} <= {each.row.pk for each in done}:  # told of as two
                    done.append(record_injection(patient_id, _record(one), confirm_new=True, by=by, now=now))
                elif not told.is_seen:
                    raise
    return done


def _record(told: ToldInjection) -> EarlierInjection:
    return EarlierInjection(
        site=told.site,
        side=told.side,
        given=told.given,
        steroid=True,
        origin=Injection.Origin.PATIENT_REPORTED.value,
        note=f"As the patient said it: {PLACES[told.site][:1].lower()}{PLACES[told.site][1:]}.",
    )


@contextmanager
def _at_its_fields(number: int) -> Iterator[None]:
    try:
        yield
    except Invalid as refusal:
        named = [
            FieldError(f"#/earlier_{number}_{one.pointer.removeprefix('#/')}", one.detail) for one in refusal.errors
        ]
        raise Invalid(named) from refusal
