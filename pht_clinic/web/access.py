"""Who gets in: a decorator for page views and a permission class for the API, both by action."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import Actor, actor_of, who_looks
from pht_clinic.people.roles import EVERY_ROLE
from pht_clinic.people.tokens import TokenInUse
from pht_clinic.permissions import CONFIRMED_FIRST, PERMISSIONS, is_in_scope, is_permitted
from pht_clinic.web.signing_in import confirming
from pht_clinic.web.signing_in.confirming import is_confirmed, to_confirm
from pht_clinic.web.typed_work.arriving import to_sign_in

if TYPE_CHECKING:  # the API framework imports this module while it loads its own views
    from rest_framework.views import APIView

_View = Callable[..., HttpResponseBase]
_Guard = Callable[[Actor, str, Mapping[str, Any]], None]
_GUARDS: dict[_Guard, str] = {}


def ask_also(guard: _Guard, *, unless: str) -> None:
    """Have another question asked before each page and endpoint, of who asks, the route's name and what its address
    names; it raises Forbidden. `unless` is an expression of SQL: where it is true nobody need be asked, and it is read
    with the session. Other apps say so from `ready()`.
    """
    _GUARDS[guard] = unless


def spared_by() -> str:
    """The expression of SQL by which a session is spared these questions."""
    return " AND ".join(f"({unless})" for unless in _GUARDS.values()) or "TRUE"


def _ask_others(by: Actor, request: HttpRequest, named: Mapping[str, Any]) -> None:
    if getattr(request.session, "is_spared", False):
        return
    match = request.resolver_match
    for guard in _GUARDS:
        guard(by, match.view_name if match else "", named)


def permitted(action: str, *, is_export: bool = False) -> Callable[[_View], _View]:
    """Let only those see a page who may do this: strangers are sent to sign in, everyone else gets the 403 page.

    What is to be confirmed first, exports too, leads there (`pht_clinic.web.signing_in.confirming`).

    Raises: ValueError (there is no such action, when the module is imported).
    """
    if action not in PERMISSIONS:
        raise ValueError(f"unknown action: {action}")

    def decorate(view: _View) -> _View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not is_permitted(action, actor_of(request.user)):
                raise PermissionDenied
            if (is_export or action in CONFIRMED_FIRST) and not is_confirmed(request):
                return to_confirm(request)
            _ask_others(actor_of(request.user), request, kwargs)
            token = who_looks.set(actor_of(request.user))
            try:
                return view(request, *args, **kwargs)
            finally:
                who_looks.reset(token)

        guarded.action = action  # type: ignore[attr-defined]  # read by the tests of access
        return guarded

    return decorate


class IsPermitted(BasePermission):
    """Reads the view's `actions`: `{"GET": "read-clinic", "POST": "manage-clinic"}`.

    A method without an entry is open to nobody; one that the view does not answer at all is left to become
    a 405. Someone without a role gets 403 everywhere.
    """

    message = "You do not have permission to do this."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        user = request.user
        if not user.is_authenticated or user.role not in EVERY_ROLE:
            return False
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS" or method not in view.allowed_methods:
            return True
        action = getattr(view, "actions", {}).get(method)
        if action is None or not is_permitted(action, actor_of(user)):
            return False
        if isinstance(request.auth, TokenInUse) and not is_in_scope(action, request.auth.scope):
            raise Forbidden(f"This token was made to {request.auth.scope} alone.")
        if action in CONFIRMED_FIRST and _is_session(request) and not is_confirmed(request._request):
            raise Forbidden(confirming.SENTENCE)
        _ask_others(actor_of(user), request._request, view.kwargs)
        return True


def _is_session(request: Request) -> bool:
    return isinstance(request.successful_authenticator, SessionAuthentication)
