"""System checks of what the clinic says of itself: what nobody could write to, dial or plan by stops the start."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import phonenumbers
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from pht_clinic.mailboxes import NoMailbox, check_mailbox
from pht_clinic.start import SETTINGS
from scheduling.availability.bank_holidays import NoBankHolidays, check_region
from scheduling.patients.phones import NoPhoneNumber, read_phone

MAILBOXES: Final = ("DEFAULT_FROM_EMAIL", "DEFAULT_REPLY_TO", "DUTY_EMAIL")


@register(SETTINGS)
def check_own_details(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Mailboxes, phone, bank holidays: one sentence for each that cannot work."""
    return list(_problems())


def _problems() -> Iterator[CheckMessage]:
    for name in MAILBOXES:
        value = getattr(settings, name)
        try:
            check_mailbox(value)
        except NoMailbox as why:
            yield Error(f"{name} {why}: {value!r}.", id="clinic.E009")
    try:
        check_region(settings.BANK_HOLIDAYS)
    except NoBankHolidays as why:
        yield Error(f"BANK_HOLIDAYS {why}: {settings.BANK_HOLIDAYS!r}.", id="clinic.E010")
    if settings.PHONE_REGION not in phonenumbers.SUPPORTED_REGIONS:
        yield Error(f"PHONE_REGION is not a country by its two letters: {settings.PHONE_REGION!r}.", id="clinic.E008")
        return  # no number is one of it
    try:
        read_phone(settings.CLINIC_PHONE)
    except NoPhoneNumber:
        yield Error(f"CLINIC_PHONE is not one phone number: {settings.CLINIC_PHONE!r}.", id="clinic.E011")
