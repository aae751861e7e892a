"""The link of an offer: signed, nothing about a person in it, and behind it the date of birth, as with every link."""

from __future__ import annotations

import hmac
from datetime import date
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.urls import reverse

from injections.models import WaitingOffer
from scheduling.models import Message
from scheduling.patients.link import MOST_TRIES

_SALT: Final = "injections.offers"
_LONGEST: Final = 100


def token_of(offer_id: int) -> str:
    """The signed part of the link. The same for the same offer."""
    return _signer().sign(str(offer_id))


def address_of(message: Message) -> str:
    """The full address of the page of the offer that a stored message tells."""
    return f"{settings.PUBLIC_BASE_URL}{reverse('patient-offer', args=[token_of(message.values['offer'])])}"


def longest() -> int:
    """How many characters such an address has at most."""
    return len(f"{settings.PUBLIC_BASE_URL}{reverse('patient-offer', args=[token_of(99_999_999)])}")


def follow(token: str) -> WaitingOffer | None:
    """The offer that this token is of, whatever became of it; None for anything that was not signed here."""
    if len(token) > _LONGEST:
        return None
    try:
        offer_id = _signer().unsign(token)
    except BadSignature:
        return None
    rows = WaitingOffer.objects.select_related(
        "wish__patient__merged_into", "wish__replaces", "practitioner", "room", "appointment"
    )
    return rows.filter(pk=int(offer_id)).first() if offer_id.isdecimal() else None


def is_date_of_birth(offer: WaitingOffer, given: date) -> bool | None:
    """Whether this is the patient's date of birth; None when it was tried too often, whatever was given.

    Every try is counted before it is looked at, so that many at one moment are no way around the limit. Boundary: the
    6th try is refused, for as long as the offer lasts.
    """
    WaitingOffer.objects.filter(pk=offer.pk).update(tries=F("tries") + 1)
    offer.refresh_from_db(fields=["tries"])
    if offer.tries > MOST_TRIES:
        return None
    born_on = offer.wish.patient.kept.date_of_birth
    if not hmac.compare_digest(given.isoformat().encode(), born_on.isoformat().encode()):
        return False if offer.tries < MOST_TRIES else None
    WaitingOffer.objects.filter(pk=offer.pk).update(tries=0)
    return True


def is_closed(offer: WaitingOffer) -> bool:
    """Whether it was tried too often, so that only the phone number helps."""
    return offer.tries >= MOST_TRIES


def _signer() -> Signer:
    # "." may stand in an address without being escaped, and never in the signature
    return Signer(salt=_SALT, sep=".")
