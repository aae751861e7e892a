"""System checks of what the clinic says of itself: what nobody could write to, dial or plan by stops the start."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

import phonenumbers
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from pht_clinic.clinic_words import SETTING_OF, first_words
from pht_clinic.languages import NAMES, NoSignature, read_signatures
from pht_clinic.mailboxes import NoMailbox, check_mailbox
from pht_clinic.start import SETTINGS
from scheduling.availability.bank_holidays import NoBankHolidays, check_region
from scheduling.availability.working_days import NoWorkingDays, read_weekdays
from scheduling.clinic.details import sense
from scheduling.messages.sending.providers import PROVIDERS

_BRITISH_ZONES: Final = frozenset({"Europe/London", "Europe/Belfast", "GB", "GB-Eire"})
_SHORTEST_SECRET: Final = 16
MAILBOXES: Final = ("DEFAULT_FROM_EMAIL", "DEFAULT_REPLY_TO", "DUTY_EMAIL")


@register(SETTINGS)
def check_own_details(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Mailboxes, phone, bank holidays, working days: one sentence for each that cannot work."""
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
    try:
        read_weekdays(settings.WORKING_DAYS)
    except NoWorkingDays as why:
        yield Error(f"WORKING_DAYS {why}: {settings.WORKING_DAYS!r}.", id="clinic.E015")
    yield from _of_the_provider()
    yield from _of_languages()
    if settings.PHONE_REGION not in phonenumbers.SUPPORTED_REGIONS:
        yield Error(f"PHONE_REGION is not a country by its two letters: {settings.PHONE_REGION!r}.", id="clinic.E008")
        return  # no number is one of it
    if not sense.is_phone(settings.CLINIC_PHONE):
        yield Error(f"CLINIC_PHONE is not one phone number: {settings.CLINIC_PHONE!r}.", id="clinic.E011")


def _of_the_provider() -> Iterator[CheckMessage]:
    """A provider's name, and that its keys and secrets are of one; what cannot be secret is not taken for a secret."""
    found = PROVIDERS.get(settings.EMAIL_PROVIDER)
    if found is None and settings.EMAIL_PROVIDER:
        known = ", ".join(sorted(PROVIDERS))
        yield Error(f"EMAIL_PROVIDER is none of {known}: {settings.EMAIL_PROVIDER!r}.", id="clinic.E016")
        return
    if found is None:
        for name in ("EMAIL_PROVIDER_KEY", "EMAIL_PROVIDER_URL", "EMAIL_NEWS_SECRET", "EMAIL_NEWS_KEY"):
            if getattr(settings, name):
                yield Error(f"{name} is set, but EMAIL_PROVIDER is not.", id="clinic.E016")
        return
    if settings.EMAIL_PROVIDER_URL and not settings.EMAIL_PROVIDER_URL.startswith(("https://", "http://127.0.0.1:")):
        yield Error("EMAIL_PROVIDER_URL does not start with https://.", id="clinic.E016")
    name, _, password = settings.EMAIL_NEWS_SECRET.partition(":")
    if settings.EMAIL_NEWS_SECRET and (not name or len(password) < _SHORTEST_SECRET):
        needs = f"is not name:password with a password of {_SHORTEST_SECRET} characters or more"
        yield Error(f"EMAIL_NEWS_SECRET {needs}.", id="clinic.E016")
    if settings.EMAIL_NEWS_KEY and not found.signs:
        who = settings.EMAIL_PROVIDER
        yield Error(f"EMAIL_NEWS_KEY is set, but {who} signs no news: set EMAIL_NEWS_SECRET.", id="clinic.E016")


def _of_the_country() -> Iterator[CheckMessage]:
    """Whom patients call in an emergency exists in the clinic's country. Hazard H35."""
    says, words = _abroad_by(), first_words()
    for field in sense.EMERGENCY:
        name, value = SETTING_OF[field], getattr(words, field)
        if says and name not in settings.OWN_EMERGENCY_WORDS:
            yield Error(f"{name} is not set: {value} is Britain's, and {says} is of another country.", id="clinic.E013")
        elif not sense.is_short_line(field, value):
            longest = sense.LONGEST[field]
            yield Error(f"{name} is not 1 to {longest} characters on one line: {value!r}.", id="clinic.E014")
    number = words.emergency_number
    if number.isprintable() and not sense.is_dialled_at_once(number):
        yield Error(f"EMERGENCY_NUMBER is not a number to dial: {number!r}.", id="clinic.E014")


def _of_languages() -> Iterator[CheckMessage]:
    """Whose wording is signed, and that the clinic says for itself in that language what no catalogue knows."""
    try:
        signed = read_signatures(settings.SIGNED_LANGUAGES)
    except NoSignature as why:
        yield Error(f"SIGNED_LANGUAGES {why}.", id="clinic.E015")
        return
    for code in signed:
        language, suffix = NAMES[code], code.upper()
        if not first_words().hours_in(code):
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
