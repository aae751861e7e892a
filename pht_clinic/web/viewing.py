"""A response that shows patients appends exactly one `viewed` row, however many parts it has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from pht_clinic import clock
from pht_clinic.audit.record import viewed
from pht_clinic.people.actors import PATIENT, Actor, actor_of

_ATTRIBUTE = "_viewed"
_FAILED = 500


@dataclass
class Viewing:
    """What a response shows so far; `what` is the action that shows it, `opened` whose own page it is."""

    what: str
    patients: set[int] = field(default_factory=set)
    by: Actor | None = None
    opened: int | None = None


def note_viewed(
    request: HttpRequest | Request,
    *,
    patients: Iterable[int],
    what: str = "",
    by: Actor | None = None,
    opened: int | None = None,
) -> None:
    """Say that the response to this request shows these patients.

    `what` names the action, for good, as entries outlive the files of pages: the route does, unless one route shows
    distinct things. May be called several times; the first name stays. `by` is only for a patient's link, where nobody
    is signed in. `opened` is the patient whose own page it is, whoever else is named on it. The row is written after
    the view, before the response leaves; if it cannot be written, the response does not leave.
    """
    inner = request._request if isinstance(request, Request) else request
    viewing = viewing_of(inner)
    if viewing is None:
        viewing = Viewing(what or _route_of(inner))
        setattr(inner, _ATTRIBUTE, viewing)
    viewing.patients.update(patients)
    viewing.by = viewing.by or by
    viewing.opened = viewing.opened or opened


def viewing_of(request: HttpRequest) -> Viewing | None:
    """What was noted for this request so far."""
    return getattr(request, _ATTRIBUTE, None)


class OneViewRow:
    """Middleware: writes the row. An answer that failed shows nobody, whatever was noted on the way to it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        viewing = viewing_of(request)
        if viewing is not None and viewing.patients and response.status_code < _FAILED:
            viewed(
                by=_who(request, viewing),
                now=clock.now(),
                patients=viewing.patients,
                what=viewing.what,
                opened=viewing.opened,
            )
        return response


def _route_of(request: HttpRequest) -> str:
    assert request.resolver_match is not None  # noqa: S101 - no view runs without
    return request.resolver_match.view_name


def _who(request: HttpRequest, viewing: Viewing) -> Actor:
    if request.user.is_authenticated:
        return actor_of(request.user)
    return viewing.by or PATIENT
