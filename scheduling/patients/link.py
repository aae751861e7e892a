"""The patient's link: which appointment it opens, whether it still holds, and how often it may be tried.

A link is the appointment's id and link version, signed: nothing about a person can be read in it, and the same link
stands in every mail of that appointment until it is replaced. It ends some months after the visit, by the database's
clock. It opens a door with a second lock: whoever follows it must know the patient's date of birth.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.urls import reverse

from pht_clinic import clock
from pht_clinic.web import counting
from pht_clinic.web.counting import Counter, Limit
from pht_clinic.web.models import GuessCount
from scheduling.models import Appointment, Patient
from scheduling.states import Status

MOST_TRIES: Final = 5
"""Wrong dates of birth at one appointment's links before they are closed for a while."""
MOST_TRIES_IN_ALL: Final = 15
"""The same over the life of a link: it stays closed until somebody opens it, or sends another."""
_A_DAY: Final = Limit(MOST_TRIES, 24 * 60 * 60)
_FOR_LIFE: Final = Limit(MOST_TRIES_IN_ALL, 10 * 366 * 24 * 60 * 60)
"""Longer than any link holds."""
_BY_THE_DAY, _IN_ALL = "dates-of-birth-a-day", "dates-of-birth-in-all"
_SALT = "scheduling.links"
_LONGEST = 100


@dataclass
class Destination:
    """Where links lead: the name of the page's address, that of the short one, and what it reads along with the
    appointment.
    """

    page: str = ""
    by_code: str = ""
    along: tuple[str, ...] = ()


DESTINATION: Final = Destination()
"""Filled by the app that has the page, from `ready()`."""


def lead_to(page: str, *, by_code: str, along: tuple[str, ...] = ()) -> None:
    """Say where links lead, and short addresses; `along` are relations of the appointment."""
    DESTINATION.page, DESTINATION.by_code, DESTINATION.along = page, by_code, along


class State(StrEnum):
    """What became of a link whose signature is right."""

    OPEN = "open"
    EXPIRED = "expired"
    REPLACED = "replaced"
    OUT_OF_USE = "out_of_use"
    """For good; it says no word why, to whoever holds the telephone: the patient has died, or was erased."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link with a right signature, and the appointment that it leads to."""

    token: str
    appointment: Appointment
    state: State

    @property
    def patient(self) -> Patient:
        """Whose it is: the record that is kept, where two were merged."""
        return self.appointment.patient.merged_into or self.appointment.patient


def token_of(appointment_id: int, version: int) -> str:
    """The signed part of a link. The same for the same appointment and version."""
    return _signer().sign(f"{appointment_id}-{version}")


def address_of(appointment: Appointment) -> str:
    """The full address of an appointment's present link, for mails and paper."""
    path = reverse(DESTINATION.page, args=[token_of(appointment.pk, appointment.link_version)])
    return f"{settings.PUBLIC_BASE_URL}{path}"


def longest() -> int:
    """How many characters an address of a link has at most: of the visit of this number, and of its hundredth link."""
    return len(f"{settings.PUBLIC_BASE_URL}{reverse(DESTINATION.page, args=[token_of(99_999_999, 100)])}")


def follow(token: str) -> Link | None:
    """The link that this token is; None for anything that was not signed here, whatever it names.

    Boundary: it ends PATIENT_LINK_DAYS after the end of the visit, to the second, by the database's clock.
    """
    if len(token) > _LONGEST:
        return None
    try:
        appointment_id, _, version = _signer().unsign(token).partition("-")
    except BadSignature:
        return None
    if not (appointment_id.isdecimal() and version.isdecimal()):
        return None  # of a preview: nothing was stored
    kept_for = timedelta(days=settings.PATIENT_LINK_DAYS)
    row = (
        Appointment.objects.filter(pk=int(appointment_id))
        .select_related("patient__merged_into", "practitioner", "room", *DESTINATION.along)
        .annotate(link_is_over=Q(end_at__lte=Now() + (clock.shift() - kept_for)))
        .first()
    )
    if row is None:
        return None
    if row.patient.has_died or row.patient.is_restricted:
        return Link(token, row, State.OUT_OF_USE)
    if row.link_version != int(version):
        return Link(token, row, State.REPLACED)
    return Link(token, row, State.EXPIRED if row.link_is_over else State.OPEN)


def is_date_of_birth(link: Link, given: date) -> bool | None:
    """Whether this is the patient's date of birth; None when it was tried too often, whatever was given.

    Every try is counted before it is looked at, so that many at the same moment are no way around the limits.
    Boundary: the 6th try within 24 hours of the first wrong one is refused, and the 16th wrong one of a link's life.
    """
    for_the_day, in_all = _counters(link.appointment.pk)
    # one after the other: what is over the limit of the day uses up nothing of the other
    standings = []
    for counter in (for_the_day, in_all):
        [standing] = counting.count([counter])
        if standing.is_over:
            return None
        standings.append(standing.number >= counter.limit.most)
    born_on = link.patient.date_of_birth
    if not hmac.compare_digest(given.isoformat().encode(), born_on.isoformat().encode()):
        return None if any(standings) else False
    counting.forget_at(for_the_day)
    counting.take_back(in_all)
    return True


def forget_tries(appointment: Appointment) -> None:
    """A link that was closed by wrong dates of birth opens again, and another one begins anew."""
    counting.forget(_account(appointment.pk))


def is_closed(link: Link) -> bool:
    """Whether it was tried too often, so that only the phone number helps for now."""
    return _closing().filter(about=link.appointment.pk).exists()


def closed_links() -> QuerySet[Appointment]:
    """The visits whose links wrong dates of birth closed and that would open otherwise, those that open again first
    in front: not of somebody who has died, and only while the link holds.
    """
    kept_for = timedelta(days=settings.PATIENT_LINK_DAYS)
    holds = Q(end_at__gt=Now() + (clock.shift() - kept_for), patient__death=None, patient__merged_into__death=None)
    opens_at = _closing().filter(about=OuterRef("pk")).order_by("-ends_at").values("ends_at")[:1]
    rows = Appointment.objects.filter(holds, pk__in=_closing().values("about"))
    return rows.exclude(status=Status.ENTERED_IN_ERROR).order_by(Subquery(opens_at), "pk")


def with_closed(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """The same appointments, each with `link_is_closed`: whether it stands among `closed_links`. No query more."""
    return rows.annotate(link_is_closed=Exists(closed_links().filter(pk=OuterRef("pk"))))


def _closing() -> QuerySet[GuessCount]:
    return GuessCount.objects.filter(counting.full(_counters(0)), about__isnull=False)


def _counters(appointment_id: int) -> tuple[Counter, Counter]:
    """By the day, and over the life of the link."""
    account = _account(appointment_id)
    return (Counter(account, _BY_THE_DAY, _A_DAY, appointment_id), Counter(account, _IN_ALL, _FOR_LIFE, appointment_id))


def _account(appointment_id: int) -> str:
    return f"link:{appointment_id}"


def _signer() -> Signer:
    # "." may stand in an address without being escaped, and never in the signature
    return Signer(salt=_SALT, sep=".")
