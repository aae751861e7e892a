"""What every page knows of the clinic."""

from django.conf import settings
from django.http import HttpRequest

from pht_clinic import clock


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
