"""How many requests a minute the API takes: of one token, and from one block of network addresses.

Both are counted by one statement (`pht_clinic.web.counting`), before anything else is done for the request; whose token
is wrong is counted too. What the database cannot count, because it takes no changes, is let in: reading goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DatabaseError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from pht_clinic.audit.door import way
from pht_clinic.people.tokens import TokenInUse
from pht_clinic.web import counting
from pht_clinic.web.counting import ANYBODY, ANYWHERE, Counter, Limit, Reached, digest
from pht_clinic.web.problem import takes_no_changes

if TYPE_CHECKING:
    from rest_framework.views import APIView

_MINUTE: Final = 60


class RequestsAMinute(BaseThrottle):
    """API_REQUESTS_A_MINUTE of a token, or of somebody signed in; API_REQUESTS_A_MINUTE_FROM_ONE_PLACE of a block."""

    def __init__(self) -> None:
        self.over: list[Reached] = []

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            standings = counting.count(_counters(request), may_be_lost=True)
        except DatabaseError as error:
            if not takes_no_changes(error):
                raise
            return True
        self.over = [one for one in standings if one.is_over]
        return not self.over

    def wait(self) -> float:
        """Seconds until the last of them begins anew, rounded down: whoever says so adds the one that began."""
        return max(one.seconds for one in self.over) - 1


def _counters(request: Request) -> list[Counter]:
    from_there = Limit(settings.API_REQUESTS_A_MINUTE_FROM_ONE_PLACE, _MINUTE)
    found = [Counter(ANYBODY, digest("api", way.get().network), from_there)]
    if who := _who(request):
        found.append(Counter(who, ANYWHERE, Limit(settings.API_REQUESTS_A_MINUTE, _MINUTE)))
    return found


def _who(request: Request) -> str:
    """Whose requests are counted together; "" for a stranger, whom the block alone counts."""
    if isinstance(request.auth, TokenInUse):
        return f"api-token:{request.auth.pk}"
    return f"api-user:{request.user.pk}" if request.user.is_authenticated else ""
