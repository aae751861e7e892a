"""An address of a visit's page that is short enough to be typed from paper, and how often one may be guessed.

It leads to the patient's link of the same version and nowhere else: whether that still holds, and the date of birth
behind it, are the link's alone (`link.py`). Its code is the visit's number and a seal over number and version, made
from the clinic's key. So paper can be printed again, a new link makes a new code, and nothing is stored from which a
working address could be read.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from pht_clinic.web import counting
from pht_clinic.web.counting import ANYWHERE, Counter, Limit
from scheduling.models import Appointment
from scheduling.patients import link

MOST_GUESSES: Final = 20
"""Codes that lead nowhere, from one block of network addresses, before none from there is looked at for a while."""
MANY_IN_ALL: Final = 1000
"""Such codes from everywhere, beyond which each block has MOST_GUESSES_THEN alone: who types rightly is led on."""
MOST_GUESSES_THEN: Final = 3
_AN_HOUR: Final = 60 * 60

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Source: Douglas Crockford's Base 32: no I, L, O or U, which are read as another letter or digit, or as a word."""
_READ_AS: Final = str.maketrans("OIL", "011")
_SEAL: Final = 7
"""Letters of the seal, 5 bits each: 10,000 guesses find the code of one visit with a chance of 1 in 3 million."""
_LEAST_NUMBER, _MOST_NUMBER = 3, 8
_GROUP: Final = 4
_SALT: Final = "scheduling.short-links"
_COUNTED_AS: Final = "short-link"


def code_of(appointment_id: int, version: int) -> str:
    """`4F7K-92QM-X3`: the same for the same appointment and version, in groups of four."""
    code = _code(appointment_id, version, key=settings.SECRET_KEY)
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def address_of(appointment: Appointment) -> str:
    """The whole short address of an appointment's present link, as it is printed."""
    path = reverse(link.DESTINATION.by_code, args=[code_of(appointment.pk, appointment.link_version)])
    return f"{settings.PUBLIC_BASE_URL}{path.removesuffix('/')}"


def follow(typed: str, *, block: str) -> str | None:
    """The token of the link that this code stands for, of an earlier version too; "" where it stands for none, None
    where too many codes that stand for none came from there, whatever was typed.

    Small letters, missing dashes, O for 0 and I or L for 1 are read as they are meant. `block` says where it was typed
    (`pht_clinic.web.network`). A right one changes nothing, a wrong one is counted. Boundary: after the 20th wrong one
    of a block within an hour of the first, none from there is looked at, by the database's clock.
    """
    place = salted_hmac(_SALT, block, algorithm="sha256").hexdigest()
    from_there, in_all = counting.counted(_COUNTED_AS, [place, ANYWHERE])
    if from_there >= (MOST_GUESSES_THEN if in_all > MANY_IN_ALL else MOST_GUESSES):
        return None
    token = _token(typed)
    if not token:
        wanted = ((place, MOST_GUESSES), (ANYWHERE, MANY_IN_ALL))
        counting.count([Counter(_COUNTED_AS, one, Limit(most, _AN_HOUR)) for one, most in wanted])
    return token


def read(typed: str) -> str:
    """What somebody typed, as the letters of a code: ` 4f7k-92qm-xo ` → `4F7K92QMX0`."""
    return re.sub(r"[\W_]", "", typed[:100]).upper().translate(_READ_AS)


def _token(typed: str) -> str:
    code = read(typed)
    if not _LEAST_NUMBER <= len(code) - _SEAL <= _MOST_NUMBER or set(code) - set(_ALPHABET):
        return ""
    appointment_id = 0
    for letter in code[:-_SEAL]:
        appointment_id = appointment_id * len(_ALPHABET) + _ALPHABET.index(letter)
    present = Appointment.objects.filter(pk=appointment_id).values_list("link_version", flat=True).first()
    for version in range(present or 0, 0, -1):
        keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        if any(hmac.compare_digest(_code(appointment_id, version, key=key), code) for key in keys):
            return link.token_of(appointment_id, version)
    return ""


def _code(appointment_id: int, version: int, *, key: str) -> str:
    digest = salted_hmac(_SALT, f"{appointment_id}-{version}", secret=key, algorithm="sha256").digest()
    return _letters(appointment_id, _LEAST_NUMBER) + _letters(int.from_bytes(digest) % 32**_SEAL, _SEAL)


def _letters(number: int, least: int) -> str:
    found = ""
    while number or len(found) < least:
        number, rest = divmod(number, len(_ALPHABET))
        found = _ALPHABET[rest] + found
    return found
