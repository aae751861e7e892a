"""Pages that refresh what others changed: an open page asks for a few bytes, and fetches its part again if they differ.

The page's own address with `seen` answers them, so that who may see a page may ask, and nobody else. Asking is no use
of a session: whoever walked away is signed out all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pht_clinic import clock

SEEN: Final = "seen"
"""What an address has that asks for the version."""
UNATTENDED: Final = "X-Unattended"
"""The header of requests that a page makes by itself."""
TICK: Final = timedelta(minutes=5)
"""So often a page is fetched anew although nobody changed anything: who is late, and where the line at now stands."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a part of a page needs to stay fresh: where to ask for its version, and where the part itself is."""

    asks: str
    path: str


def version_of(*shown: Iterable[object], now: datetime) -> str:
    """A few bytes that differ as soon as any of these values does, or five minutes have passed."""
    digest = blake2s(digest_size=6)
    for values in shown:
        digest.update(repr(list(values)).encode())
    return f"{digest.hexdigest()}-{int(now.timestamp() // TICK.total_seconds())}"


def fresh(request: HttpRequest, version: str) -> Fresh:
    """For the template `components/_fresh.html`."""
    query = request.GET.copy()
    query.pop(SEEN, None)
    path = f"{request.path}?{query.urlencode()}" if query else request.path
    query[SEEN] = version
    return Fresh(f"{request.path}?{query.urlencode()}", path)


def asks_version(request: HttpRequest) -> bool:
    """Whether only the version is asked for."""
    return SEEN in request.GET


def say_version(request: HttpRequest, version: str) -> HttpResponse:
    """Nothing where it is the one that was seen; else the page is told to fetch its part, and says so quietly unless
    merely time has passed.
    """
    seen = request.GET[SEEN]
    if seen == version:
        return HttpResponse(status=204)
    if seen.partition("-")[0] == version.partition("-")[0]:
        response = HttpResponse(status=204)
    else:
        response = render(request, "components/_updated.html", {"at": f"{clock.now().astimezone(clock.zone()):%H:%M}"})
    response.headers["HX-Trigger"] = "refresh"
    return response
