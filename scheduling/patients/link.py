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
from typing import Any, Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from pht_clinic import clock
from scheduling.models import Appointment, LinkTries, Patient
from scheduling.states import Status

MOST_TRIES = 5
"""Wrong dates of birth at one appointment's links before they are closed for a while."""
TRIES_COUNT_FOR = timedelta(hours=24)
_SALT = "scheduling.links"
_LONGEST = 100
_COUNT_ONE_MORE = f"""
INSERT INTO {LinkTries._meta.db_table} AS tries (appointment_id, count, since)
VALUES (%(appointment)s, 1, statement_timestamp())
ON CONFLICT (appointment_id) DO UPDATE SET
    count = CASE WHEN tries.since <= statement_timestamp() - %(window)s THEN 1 ELSE least(tries.count + 1, 1000) END,
    since = CASE WHEN tries.since <= statement_timestamp() - %(window)s THEN statement_timestamp() ELSE tries.since END
RETURNING count
"""  # noqa: S608 - nothing but the table's own name is put in


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

    Every try is counted before it is looked at, so that many at the same moment are no way around the limit.
    Boundary: the 6th try within 24 hours of the first wrong one is refused.
    """
    values: dict[str, Any] = {"appointment": link.appointment.pk, "window": TRIES_COUNT_FOR}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ONE_MORE, values)
        [count] = cursor.fetchone()
    if count > MOST_TRIES:
        return None
    born_on = link.patient.date_of_birth
    if not hmac.compare_digest(given.isoformat().encode(), born_on.isoformat().encode()):
        return False if count < MOST_TRIES else None
    forget_tries(link.appointment)
    return True


def forget_tries(appointment: Appointment) -> None:
    """A link that was closed by wrong dates of birth opens again."""
    LinkTries.objects.filter(appointment=appointment).delete()


def is_closed(link: Link) -> bool:
    """Whether it was tried too often, so that only the phone number helps for now."""
    return _closing().filter(appointment=link.appointment).exists()


def closed_links() -> QuerySet[LinkTries]:
    """The links that wrong dates of birth closed and that would open otherwise, the first to close first: not of
    somebody who has died, and only while the link holds.
    """
    kept_for = timedelta(days=settings.PATIENT_LINK_DAYS)
    holds = Q(appointment__end_at__gt=Now() + (clock.shift() - kept_for), appointment__patient__death=None)
    rows = _closing().filter(holds, appointment__patient__merged_into__death=None)
    return rows.exclude(appointment__status=Status.ENTERED_IN_ERROR).order_by("since", "pk")


def with_closed(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """The same appointments, each with `link_is_closed`: whether it stands among `closed_links`. No query more."""
    return rows.annotate(link_is_closed=Exists(closed_links().filter(appointment=OuterRef("pk"))))


def _closing() -> QuerySet[LinkTries]:
    return LinkTries.objects.filter(since__gt=Now() - TRIES_COUNT_FOR, count__gte=MOST_TRIES)


def _signer() -> Signer:
    # "." may stand in an address without being escaped, and never in the signature
    return Signer(salt=_SALT, sep=".")
