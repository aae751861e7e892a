"""Where open pages ask when their session ends, and where "Stay signed in" leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pht_clinic.web.pages.showing import is_part
from pht_clinic.web.signing_in.session_age import stay


def session_end_part(request: HttpRequest) -> HttpResponse:
    """The part of every page that says it, for whoever asks: a stranger is told that it has ended."""
    if request.method == "POST":
        if request.user.is_authenticated:
            stay(request)
        if not is_part(request):
            return redirect("home")
    return render(request, "session/_end.html")
