"""A browser without a screen: pages fetched and forms sent as one user, with names of addresses in place of paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

from django.apps import apps
from django.test import Client
from django.urls import reverse

from injections.safety import codes, sites
from injections.safety.gates import CHECKED_TODAY
from injections.safety.rules import RULES
from injections.safety.warning_signs import SIGNS
from injections.words import REASON_CODES
from pht_clinic.people.models import User
from pht_clinic.permissions import PERMISSIONS
from scheduling.messages.kinds import registered
from scheduling.models import Patient
from scheduling.states import VERBS, WORDS

LEFT_HAMSTRING = {"kind": "injection", "site": "hamstring-origin", "side": "left"}
SAID_TODAY = {"answered_on": "2 3 2026", "answered_by": "patient"}
"""Of answers: when and by whom they were given."""
PROCEDURE: dict[str, dict[str, Any]] = {
    "identity": {"is_the_patient": "on", "is_the_site": "on"},
    "checks": dict.fromkeys(CHECKED_TODAY, "yes"),
    "consent": {
        **dict.fromkeys(("explained", "questions_answered", "alternatives", "capacity"), "yes"),
        "how": "read-out",
        "given_on": "2 3 2026",
        "explained_by": "Dr Imogen Hale",
    },
    "injection": {
        "result": "given",
        "site": "hamstring-origin",
        "side": "left",
        "targets": ["peritendinous"],
        "steroid": "yes",
        "drug": "Methylprednisolone",
        "dose_mg": "40",
        "strength_mg_ml": "40",
        "volume_ml": "1",
    },
    "aftercare": {},
}


@dataclass
class Browser:
    """One user's pages. `last` is the newest response."""

    client: Client
    last: Any = None

    def get(self, name: str, *args: object, expect: int = 200, **query: object) -> str:
        """The text of a page."""
        address = reverse(name, args=args) + (f"?{urlencode(query)}" if query else "")
        self.last = self.client.get(address)
        assert self.last.status_code == expect, (self.last.status_code, text_of(self.last)[:2000])
        return text_of(self.last)

    def post(
        self,
        name: str,
        *args: object,
        data: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        expect: int = 302,
    ) -> str:
        """Send a form; a redirect is followed and the page there is the answer, anything else is the answer itself."""
        address = reverse(name, args=args) + (f"?{urlencode(query)}" if query else "")
        self.last = self.client.post(address, data or {})
        assert self.last.status_code == expect, (self.last.status_code, text_of(self.last)[:2000])
        if expect == 302:
            self.last = self.client.get(self.last.headers["Location"])
            assert self.last.status_code == 200, text_of(self.last)[:2000]
        return text_of(self.last)

    @property
    def html(self) -> str:
        return str(self.last.content.decode())


def browser(user: User) -> Browser:
    """A browser in which this user is signed in; what goes wrong on the server is raised here."""
    client = Client()
    client.force_login(user)
    return Browser(client)


def text_of(response: Any, *, but: str = "") -> str:
    """What a page says, without its markup; `but` for what stands in elements of this name."""
    html = re.sub(rf"<(script|style|{but or 'style'})\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r" ([,.:;])", r"\1", " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()))


def when(patient: Patient, clinic: Any, start: Any) -> dict[str, Any]:
    """The query of a booking's last step: a left hamstring-origin injection at this time."""
    return {
        **LEFT_HAMSTRING,
        "start": start.isoformat(),
        "practitioner": clinic.practitioner.pk,
        "room": clinic.room.pk,
    }


def _stored_codes() -> set[str]:
    """What the fields of our models may hold."""
    models = (one for one in apps.get_models() if one._meta.app_label in ("injections", "scheduling"))
    fields = (field for model in models for field in model._meta.get_fields())
    return {str(code) for field in fields for code, _ in getattr(field, "flatchoices", ())}


@cache
def _known_codes() -> frozenset[str]:
    """Every code with a hyphen that the product stores or sends, but for those that are words of English too."""
    of_rules = (one for listed in vars(codes).values() if isinstance(listed, tuple) for one in listed)
    known = {*map(str, of_rules), *_stored_codes(), *sites.SITE_BY_CODE, *sites.AREAS, *SIGNS, *REASON_CODES}
    known |= {*VERBS, *WORDS, *(rule.id for rule in RULES), *(kind.name for kind in registered()), *PERMISSIONS}
    return frozenset(filter(re.compile("-").search, known)) - ENGLISH


ENGLISH: Final = frozenset({"follow-up", "red-flag", "part-given", "no-show"})
"""Codes that a reader may meet as words."""


def raw_codes(text: str) -> set[str]:
    """The codes among what a page says, and whatever is joined by underscores."""
    words = set(re.findall(r"(?<![\w/.@={-])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w/@=-])", text))
    return (words & _known_codes()) | set(re.findall(r"(?<![\w/.@={-])[a-z]+(?:_[a-z]+)+(?![\w/@=-])", text))
