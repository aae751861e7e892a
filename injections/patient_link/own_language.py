"""In which language a patient reads their pages: theirs, where its wording is signed.

Before a page knows whose it is, and where a link is nobody's, it is what the browser asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from pht_clinic import languages
from scheduling.models import Patient
from scheduling.patients.link import Link

OWN_PAGES: Final = ("/p/", "/k/", "/K/")
_Next = Callable[[HttpRequest], HttpResponseBase]


class OwnLanguage:
    """Around everything under a patient's link, errors too; whatever is spoken inside ends with the answer."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(OWN_PAGES):
            return self.get_response(request)
        asked = translation.get_language_from_request(request)
        with languages.speaking(languages.used_for(asked if asked in languages.NAMES else "")):
            return self.get_response(request)


def speak_as(link: Link | None) -> None:
    """From here to the end of the answer: what the patient of this link reads."""
    if link is not None:
        speak_to(link.patient)


def speak_to(patient: Patient) -> None:
    """The same of a patient whose link leads to no visit."""
    translation.activate(languages.used_for(patient.written_language))
