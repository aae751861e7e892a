"""A password that a manager gave is good for one thing: choosing one of one's own."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from pht_clinic.people.models import User

_OWN_ACCOUNT = "/account/"


class OwnPassword:
    """Middleware: whoever signed in with a given password sees the page of their own password, and nothing else.

    Programs with a token are not asked: a token is made on the server by somebody who may.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _must_choose(request):
            if request.method == "GET":
                messages.warning(request, "Choose a password of your own first. Nobody else will know it.")
            return redirect(reverse("account_change_password"))
        return self.get_response(request)


def _must_choose(request: HttpRequest) -> bool:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path == "/healthz":
        return False
    user = request.user
    return isinstance(user, User) and user.password_is_given and not request.path.startswith(_OWN_ACCOUNT)
