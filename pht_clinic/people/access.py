"""Who may: a decorator for page views and a permission class for the API, both by role."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from pht_clinic.people.roles import EVERY_ROLE

if TYPE_CHECKING:  # the API framework imports this module while it loads its own views
    from rest_framework.views import APIView

_View = Callable[..., HttpResponseBase]


def roles(*allowed: str) -> Callable[[_View], _View]:
    """Let only these roles see a page: strangers are sent to sign in, everyone else gets the 403 page.

    Raises:
        ValueError: no role or an unknown one is named (when the module is imported).
    """
    permitted = frozenset(allowed)
    if not permitted or not permitted <= EVERY_ROLE:
        raise ValueError(f"unknown or missing role: {sorted(permitted - EVERY_ROLE)}")

    def decorate(view: _View) -> _View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if request.user.role not in permitted:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.roles = permitted  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in first, then come back to the page: for a part of a page, to the page that asked for it."""
    htmx = HtmxDetails(request)
    if htmx:
        redirect = redirect_to_login(htmx.current_url_abs_path or "/")
        return HttpResponseClientRedirect(redirect.url)
    # an address to come back to is only of use if it can be fetched again
    return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else "/")


class HasRole(BasePermission):
    """Reads the view's `roles`: `{"GET": {RECEPTION, …}, "POST": {MANAGER}}`.

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
        allowed: Mapping[str, Any] = getattr(view, "roles", {})
        return user.role in allowed.get(method or "", ())
