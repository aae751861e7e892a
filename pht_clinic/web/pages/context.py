"""What every page knows: of the clinic, and of the session in which it is looked at."""

from django.http import HttpRequest

from pht_clinic import clock
from pht_clinic.clinic_words import clinic_words
from pht_clinic.web.signing_in.session_age import session_end
from pht_clinic.web.typed_work.arriving import waits
from pht_clinic.web.typed_work.given import given_back


def clinic(request: HttpRequest) -> dict[str, object]:
    """Context processor: what templates print of the clinic, and its present day."""
    return {"clinic": clinic_words(), "clinic_now": clock.now().astimezone(clock.zone())}


def session(request: HttpRequest) -> dict[str, object]:
    """Context processor: when the session ends, and what was typed before an earlier one ended.

    Not for pages that must stand without session and database.
    """
    return {"session_end": session_end(request), "given_back": given_back(request), "typed_work_waits": waits(request)}
