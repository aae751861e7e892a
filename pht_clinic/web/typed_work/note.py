"""The signed note in each form: for whom it was made, and on which page. Nobody can write one but this clinic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from pht_clinic.web.typed_work.given import given_back

FIELD = "made_for"
COUNTS_FOR = timedelta(hours=24)
"""A form that stood open for longer is sent away as one without a note."""
_SALT = "pht_clinic.web.typed_work"
_ATTRIBUTE = "_note_for"
# These forms hold passwords and codes: nothing that is typed there is ever kept.
_OWN_ACCOUNT = "/account/"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """`page` is the address on which the form stood; `kept_id` the kept form that it was filled from."""

    user_id: int
    page: str
    kept_id: int | None


def note_for(request: HttpRequest) -> str:
    """The note for the forms of this answer; empty where nobody is signed in, and on the pages of one's own account."""
    if request.path.startswith(_OWN_ACCOUNT) or not request.user.is_authenticated:
        return ""
    note: str | None = getattr(request, _ATTRIBUTE, None)
    if note is None:
        values = [request.user.pk, page_of(request), _filled_from(request)]
        note = signing.dumps(values, salt=_SALT, compress=True)
        setattr(request, _ATTRIBUTE, note)  # one for all forms of a page: it is shown often and packs well
    return note


def note_of(request: HttpRequest) -> SignedNote | None:
    """The note that a sent form carries; None without one, or with one that is forged or too old."""
    if request.method != "POST":
        return None
    try:
        values = signing.loads(request.POST.get(FIELD, ""), salt=_SALT, max_age=COUNTS_FOR)
    except signing.BadSignature:
        return None
    return SignedNote(*values)


def _filled_from(request: HttpRequest) -> int | None:
    """The kept form that this page's was filled from, also after it was refused once."""
    if (given := given_back(request)) is not None:
        return given.pk
    sent = note_of(request)
    return sent.kept_id if sent and sent.user_id == request.user.pk else None


def page_of(request: HttpRequest) -> str:
    """The address of the whole page: of a part, of the page that asked for it."""
    return HtmxDetails(request).current_url_abs_path or request.get_full_path()
