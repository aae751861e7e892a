"""What every page knows: of the clinic, and of the session in which it is looked at."""

from django.conf import settings
from django.http import HttpRequest

from pht_clinic import clock
from pht_clinic.web.session_age import session_end


def clinic(request: HttpRequest) -> dict[str, object]:
    """Context processor: name, phone, hours and address of the clinic, and its present day."""
    return {
        "clinic": {
            "name": settings.CLINIC_NAME,
            "phone": settings.CLINIC_PHONE,
            "hours": settings.CLINIC_HOURS,
            "address": settings.CLINIC_ADDRESS,
        },
        "clinic_now": clock.now().astimezone(clock.zone()),
    }


def session(request: HttpRequest) -> dict[str, object]:
    """Context processor: when the session ends.

    Not for pages that must stand without session and database.
    """
    return {"session_end": session_end(request)}
