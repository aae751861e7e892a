"""Settings with which the clinic would work, and not be safe. A demo, told by one setting, may do some of it."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.checks import Error

from pht_clinic import clock
from pht_clinic.start.servers import in_the_clear, is_here

_KEY_LENGTH: Final = 50
_KEY_VARIETY: Final = 5
_TOKEN_LENGTH: Final = 20


def unsafe_anywhere() -> Iterator[Error]:
    """What not even a demo or tests need: error pages that show values, keys to guess, hosts that anybody may claim."""
    if settings.DEBUG:
        yield Error("DEBUG is on: error pages would show what the code works with.", id="clinic.E107")
    for name, keys in (("SECRET_KEY", [settings.SECRET_KEY]), ("SECRET_KEY_FALLBACKS", settings.SECRET_KEY_FALLBACKS)):
        if any(len(key) < _KEY_LENGTH or len(set(key)) < _KEY_VARIETY for key in keys):
            yield Error(f"{name} can be guessed: at least {_KEY_LENGTH} random characters.", id="clinic.E108")
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < _TOKEN_LENGTH:
        yield Error(f"METRICS_TOKEN is too short: at least {_TOKEN_LENGTH} characters.", id="clinic.E106")
    if any(host.startswith((".", "*")) for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS holds a wildcard: name each host, as booking.clinic.example.", id="clinic.E104")
    if why := _why_no_clock():
        yield Error(f"CLOCK_OFFSET_FILE {why}: {settings.CLOCK_OFFSET_FILE!r}.", id="clinic.E003")


def unsafe_where_patients_are_real() -> Iterator[Error]:
    """What is fine for invented patients on one machine, and nowhere else."""
    if settings.CLOCK_OFFSET_FILE and not _why_no_clock():
        yield Error("CLOCK_OFFSET_FILE shifts the clock: tests and demo only.", id="clinic.E101")
    if settings.INSECURE_HTTP:
        yield Error("INSECURE_HTTP is on: passwords and patients would travel in clear text.", id="clinic.E102")
    if settings.PUBLIC_BASE_URL.startswith("http://"):
        yield Error("PUBLIC_BASE_URL must start with https://.", id="clinic.E103")
    if all(is_here(host) for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS must name the clinic's own host: nobody else's is answered.", id="clinic.E104")
    for name, why in in_the_clear():
        yield Error(f"{name} {why}.", id="clinic.E109")


def _why_no_clock() -> str:
    """Why the clock cannot be shifted by the file of CLOCK_OFFSET_FILE, "" where it can or need not be."""
    if settings.CLOCK_OFFSET_FILE and not settings.CLOCK_OFFSET_FILE.startswith("/"):
        return "must be an absolute path, for all processes read it"
    try:
        clock.shift()
    except (OSError, OverflowError):
        return "cannot be read"
    except ValueError:
        return "holds something that is not a number of seconds"
    return ""
