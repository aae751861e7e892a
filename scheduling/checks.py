"""System checks of what the clinic says of itself: what nobody could write to, dial or plan by stops the start."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

import phonenumbers
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from pht_clinic.languages import NAMES, NoSignature, read_signatures
from pht_clinic.mailboxes import NoMailbox, check_mailbox
from pht_clinic.start import SETTINGS
from scheduling.availability.bank_holidays import NoBankHolidays, check_region
from scheduling.patients.phones import NoPhoneNumber, read_phone

_BRITISH_ZONES: Final = frozenset({"Europe/London", "Europe/Belfast", "GB", "GB-Eire"})
_BRITISH_ALONE: Final = ("EMERGENCY_NUMBER", "EMERGENCY_DEPARTMENT", "OUT_OF_HOURS_NUMBER")
_LONGEST: Final = 40
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
    else:
        yield from _of_the_country()
    yield from _of_languages()
    if settings.PHONE_REGION not in phonenumbers.SUPPORTED_REGIONS:
        yield Error(f"PHONE_REGION is not a country by its two letters: {settings.PHONE_REGION!r}.", id="clinic.E008")
        return  # no number is one of it
    try:
        read_phone(settings.CLINIC_PHONE)
    except NoPhoneNumber:
        yield Error(f"CLINIC_PHONE is not one phone number: {settings.CLINIC_PHONE!r}.", id="clinic.E011")


def _of_the_country() -> Iterator[CheckMessage]:
    """Whom patients call in an emergency exists in the clinic's country. Hazard H35."""
    says = _abroad_by()
    for name in _BRITISH_ALONE:
        value = getattr(settings, name)
        if says and name not in settings.OWN_EMERGENCY_WORDS:
            yield Error(f"{name} is not set: {value} is Britain's, and {says} is of another country.", id="clinic.E013")
        elif not value.isprintable() or not 0 < len(value) <= _LONGEST:
            yield Error(f"{name} is not 1 to {_LONGEST} characters on one line: {value!r}.", id="clinic.E014")
    if settings.EMERGENCY_NUMBER.isprintable() and not re.fullmatch(r"[0-9][0-9 ]+", settings.EMERGENCY_NUMBER):
        yield Error(f"EMERGENCY_NUMBER is not a number to dial: {settings.EMERGENCY_NUMBER!r}.", id="clinic.E014")


def _of_languages() -> Iterator[CheckMessage]:
    """Whose wording is signed, and that the clinic says for itself in that language what no catalogue knows."""
    try:
        signed = read_signatures(settings.SIGNED_LANGUAGES)
    except NoSignature as why:
        yield Error(f"SIGNED_LANGUAGES {why}.", id="clinic.E015")
        return
    for code in signed:
        language, suffix = NAMES[code], code.upper()
        if not settings.CLINIC_HOURS_IN.get(code):
            yield Error(f"CLINIC_HOURS_{suffix} is not set, and {language} is signed.", id="clinic.E016")
        if settings.BLOOD_THINNER_SENTENCE and not settings.BLOOD_THINNER_SENTENCE_IN.get(code):
            yield Error(f"BLOOD_THINNER_SENTENCE_{suffix} is not set, and {language} is signed.", id="clinic.E016")


def _abroad_by() -> str:
    """Which setting says that the clinic is not in Britain; "" where none does. A zone that does not exist says
    nothing: it is wrong itself.
    """
    holidays, zone = settings.BANK_HOLIDAYS, settings.CLINIC_TIME_ZONE
    if holidays and holidays.partition("-")[0] != "GB":
        return "BANK_HOLIDAYS"
    return "CLINIC_TIME_ZONE" if zone in available_timezones() - _BRITISH_ZONES else ""
