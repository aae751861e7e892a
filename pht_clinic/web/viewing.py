"""A response that shows patients appends exactly one `viewed` row, however many parts it has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from pht_clinic import clock
from pht_clinic.audit.record import viewed
from pht_clinic.people.actors import PATIENT, Actor, actor_of

_ATTRIBUTE = "_viewed"


@dataclass
class Viewing:
    """What a response shows so far."""

    what: str
    patients: set[int] = field(default_factory=set)
    by: Actor | None = None


def note_viewed(
    request: HttpRequest | Request, *, patients: Iterable[int], what: str, by: Actor | None = None
) -> None:
    """Say that the response to this request shows these patients.

    May be called several times; the first `what` (the name of the page or endpoint) stays. `by` is only
    for a patient's link, where nobody is signed in. The row is written after the view, before the
    response leaves; if it cannot be written, the response does not leave.
    """
    inner = request._request if isinstance(request, Request) else request
    viewing = viewing_of(inner)
    if viewing is None:
        viewing = Viewing(what)
        setattr(inner, _ATTRIBUTE, viewing)
    viewing.patients.update(patients)
    viewing.by = viewing.by or by


def viewing_of(request: HttpRequest) -> Viewing | None:
    """What was noted for this request so far."""
    return getattr(request, _ATTRIBUTE, None)


class OneViewRow:
    """Middleware: writes the row."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        viewing = viewing_of(request)
        if viewing is not None and viewing.patients:
            viewed(by=_who(request, viewing), now=clock.now(), patients=viewing.patients, what=viewing.what)
        return response


def _who(request: HttpRequest, viewing: Viewing) -> Actor:
    if request.user.is_authenticated:
        return actor_of(request.user)
    return viewing.by or PATIENT
