"""The addresses of the door. Discovery is for everybody; everything else asks for a signed token, not for a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException

from injections.doors.cds_hooks.answering import answer
from injections.doors.cds_hooks.feedback import read_feedback, store_feedback
from injections.doors.cds_hooks.material import NothingToGoBy
from injections.doors.cds_hooks.reading import read_call
from injections.doors.cds_hooks.services import SERVICES, Service, discovery
from injections.doors.cds_hooks.trust import Caller, TooManyCalls, Untrusted, caller_of, check_place
from pht_clinic import clock
from pht_clinic.errors import Invalid, Missing, Refusal
from pht_clinic.people.actors import Actor
from pht_clinic.web import problem
from pht_clinic.web.api.json_parser import parse
from pht_clinic.web.viewing import note_viewed

_View = Callable[..., HttpResponse]
_MOST_PROBLEMS: Final = 100


def of_refusal(refusal: Refusal) -> HttpResponse:
    """An expected "no", with the status that CDS Hooks or HTTP has for it."""
    if isinstance(refusal, Untrusted):
        challenge = {"WWW-Authenticate": 'Bearer realm="cds-services"'}
        return problem.problem(401, detail=refusal.sentence, code=refusal.code, headers=challenge)
    if isinstance(refusal, NothingToGoBy):
        return problem.problem(412, detail=refusal.sentence, code=refusal.code)
    if isinstance(refusal, TooManyCalls):
        wait = {"Retry-After": str(refusal.seconds)}
        return problem.problem(429, detail=refusal.sentence, code=refusal.code, headers=wait)
    if isinstance(refusal, Invalid):
        refusal.errors = refusal.errors[:_MOST_PROBLEMS]
    return problem.of_refusal(refusal)


def _open_door(*methods: str) -> Callable[[_View], _View]:
    """A view of programs: other methods are a 405, and refusals answers of this door. No cookie counts here."""

    def decorate(view: _View) -> _View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return problem.problem(
                    405, detail="This address takes another method.", headers={"Allow": ", ".join(methods)}
                )
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                return of_refusal(refusal)
            except APIException as error:
                said = problem.exception_handler(error, {})
                assert said is not None  # noqa: S101 - every exception of the framework has an answer
                return said

        return guarded

    return decorate


@_open_door("GET", "HEAD")
def discover(request: HttpRequest) -> HttpResponse:
    """Which services there are: always, to everybody. It says nothing of anybody."""
    check_place()
    return JsonResponse(discovery())


@_open_door("POST")
def serve(request: HttpRequest, service_id: str) -> HttpResponse:
    """Answer one call with cards."""
    service = _service(service_id)
    caller = _caller(request, [_url(service)])
    call = read_call(_body(request), service)
    found = answer(call, caller, now=clock.now())
    if found.patient_id is not None:
        note_viewed(request, patients=[found.patient_id], by=_actor(caller, call.user))
    return JsonResponse({"cards": [card.as_dict() for card in found.cards]})


@_open_door("POST")
def take_feedback(request: HttpRequest, service_id: str) -> HttpResponse:
    """Hear what became of cards. The token may be made for this address, or for the service's own."""
    service = _service(service_id)
    caller = _caller(request, [f"{_url(service)}/feedback", _url(service)])
    store_feedback(read_feedback(_body(request)), service, caller, by=_actor(caller), now=clock.now())
    return HttpResponse(status=200)


def _service(service_id: str) -> Service:
    found = SERVICES.get(service_id)
    if found is None:
        raise Missing("There is no such service.")
    return found


def _url(service: Service) -> str:
    return f"{settings.PUBLIC_BASE_URL}/cds-services/{service.id}"


def _caller(request: HttpRequest, endpoints: list[str]) -> Caller:
    """By real time: what others sign knows nothing of a clock that tests or the demo shifted."""
    real_now = clock.now() - clock.shift()
    return caller_of(request.headers.get("Authorization", ""), endpoints=endpoints, now=real_now)


def _body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _NotJson
    return parse(request.body)


class _NotJson(APIException):
    status_code = 415
    default_detail = "Send JSON: Content-Type: application/json."
    default_code = "unsupported-media-type"


def _actor(caller: Caller, user: str = "") -> Actor:
    """Who it was, for the trail: the system that called, and whom it names."""
    name = f"{user} of {caller.issuer}" if user else caller.issuer
    return Actor(kind="client", user_id=None, name=name, role="")
