"""Every address of the product and who may use it: one table, compared with the addresses that exist.

A new address fails SEC1 until somebody has written here (pages) or in the API's own table who may.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from django.urls import reverse

from tests.injections.doors.fhir.access import FHIR
from tests.scenarios.access_table import ACCESS, ALL, CLINICIANS, DESK, MANAGERS, SENDERS
from tests.scenarios.addresses import all_patterns, oldest

PAGES: Final[dict[str, frozenset[str]]] = {
    "home": ALL,
    "patient-search": ALL,
    "patient-register": ALL,
    "patient": ALL,
    "patient-correct": ALL,
    "patient-email-works": ALL,
    "patient-mails-again": ALL,
    "patient-deceased": ALL,
    "patient-deceased-undo": ALL,
    "patient-copy": SENDERS,
    "patient-erase": MANAGERS,
    "retention": MANAGERS,
    "patient-export": MANAGERS,
    "clinic-export": MANAGERS,
    "clinic-export-file": MANAGERS,
    "import-list": MANAGERS,
    "import-file": MANAGERS,
    "import-columns": MANAGERS,
    "import-try": MANAGERS,
    "import-start": MANAGERS,
    "import-withdraw": MANAGERS,
    "import-report": MANAGERS,
    "patient-merge": MANAGERS,
    "patient-unmerge": MANAGERS,
    "duplicate-report": ALL,
    "duplicate-report-other": ALL,
    "duplicate-registered-twice": ALL,
    "duplicate-list": MANAGERS,
    "duplicate-dismiss": MANAGERS,
    "patient-notes": DESK,
    "patient-activity": ALL,
    "injection-add": DESK,
    "injection-correct": DESK,
    "injection-withdraw": DESK,
    "screening": DESK,
    "pathway": DESK,
    "report-add": CLINICIANS,
    "report-correct": CLINICIANS,
    "report-withdraw": CLINICIANS,
    "allergy-add": DESK,
    "allergy-withdraw": DESK,
    "visa-add": DESK,
    "condition-add": DESK,
    "condition-withdraw": DESK,
    "activity-add": DESK,
    "activity-withdraw": DESK,
    "booking-start": DESK,
    "booking-what": DESK,
    "booking-when": DESK,
    "booking-check": DESK,
    "here-now": DESK,
    "late-entry": DESK,
    "booking-series": DESK,
    "visit-series": ALL,
    "visit-series-cancel": DESK,
    "visit-series-move": DESK,
    "calendar": ALL,
    "my-list": ALL,
    "outcome-list": ALL,
    "group-visit": ALL,
    "group-places": DESK,
    "group-move": DESK,
    "group-cancel": DESK,
    "appointment": ALL,
    "appointment-arrive": DESK,
    "appointment-no-show": DESK,
    "appointment-undo": DESK,
    "appointment-fulfil": DESK,
    "appointment-cancel": DESK,
    "appointment-move": DESK,
    "appointment-link": DESK,
    "appointment-targets": DESK,
    "consent-withdraw": DESK,
    "consent-again": DESK,
    "appointment-link-open": DESK,
    "closed-link-list": DESK,
    "appointment-answer": DESK,
    "appointment-error": MANAGERS,
    "batch": DESK,
    "incident-list": MANAGERS,
    "procedure": CLINICIANS,
    "procedure-cannot": CLINICIANS,
    "procedure-done": DESK,
    "procedure-report": DESK,
    "procedure-complication": CLINICIANS,
    "procedure-scan": CLINICIANS,
    "procedure-go-on": CLINICIANS,
    "aftercare-sheet": DESK,
    "consent-sheet": DESK,
    "procedure-step": CLINICIANS,
    "waiting-list": DESK,
    "waiting-free": DESK,
    "waiting-times": ALL,
    "waiting-add": DESK,
    "waiting-change": DESK,
    "waiting-off": DESK,
    "waiting-book": DESK,
    "waiting-offer": DESK,
    "waiting-answer": DESK,
    "physiotherapy-list": DESK,
    "physiotherapy-arrange": DESK,
    "letter-list": DESK,
    "letter-write": CLINICIANS,
    "filed-letter": DESK,
    "letter-file": DESK,
    "letter-send": DESK,
    "letter-send-on": DESK,
    "review-queue": CLINICIANS,
    "review-open": CLINICIANS,
    "milder-verdict-seen": CLINICIANS,
    "decision": CLINICIANS,
    "recall-list": DESK,
    "recall": DESK,
    "own-mails": ALL,
    "call-list": DESK,
    "call-news": DESK,
    "call": DESK,
    "waiting": DESK,
    "rules": ALL,
    "rules-try": CLINICIANS | MANAGERS,
    "statistics": CLINICIANS | MANAGERS,
    "statistic": CLINICIANS | MANAGERS,
    "statistic-file": CLINICIANS | MANAGERS,
    "message-list": ALL,
    "message": ALL,
    "message-send-now": SENDERS,
    "message-withhold": SENDERS,
    "message-retry": SENDERS,
    "message-close": SENDERS,
    "message-letter": SENDERS,
    "message-posted": SENDERS,
    "message-by-letter": SENDERS,
    "message-attempt": SENDERS,
    "message-letters": SENDERS,
    "message-letters-file": SENDERS,
    "calendar-day": ALL,
    "calendar-week": ALL,
    "moving-list": ALL,
    "moving-proposals": DESK,
    "outage": DESK,
    "outage-lift": DESK,
    "audit-list": MANAGERS,
    "audit-patients": MANAGERS,
    "audit-copy": MANAGERS,
    "audit-unusual": MANAGERS,
    "audit-unusual-close": MANAGERS,
    "audit-export": MANAGERS,
    "audit-export-file": MANAGERS,
    "staff-list": MANAGERS,
    "staff-invite": MANAGERS,
    "staff-member": MANAGERS,
    "staff-password": MANAGERS,
    "staff-unlock": MANAGERS,
    "staff-sign-out": MANAGERS,
    "own-tokens": ALL,
    "token-revoke": ALL,
    "sign-out-everywhere": ALL,
    "session-end-one": ALL,
    "staff-factor-require": MANAGERS,
    "staff-factor-reset": MANAGERS,
    "clinic-details": MANAGERS,
    "clinic-settings": MANAGERS,
    "wording-list": MANAGERS,
    "wording": MANAGERS,
    "practitioner-list": MANAGERS,
    "practitioner-add": MANAGERS,
    "practitioner": MANAGERS,
    "room-list": MANAGERS,
    "room-add": MANAGERS,
    "room": MANAGERS,
    "drug-list": ALL,
    "drug-add": MANAGERS,
    "drug": MANAGERS,
    "drug-box": ALL,
    "schedule-list": MANAGERS,
    "schedule-add": MANAGERS,
    "schedule-extra": MANAGERS,
    "schedule": MANAGERS,
    "address-list": MANAGERS,
    "address-add": MANAGERS,
    "address-withdraw": MANAGERS,
    "closure-list": MANAGERS,
    "closure-add": MANAGERS,
    "closure": MANAGERS,
    "calendar-address": MANAGERS,
    "webhook-list": MANAGERS,
    "webhook-add": MANAGERS,
    "webhook": MANAGERS,
    "webhook-change": MANAGERS,
    "webhook-secret": MANAGERS,
    "webhook-pause": MANAGERS,
    "webhook-resume": MANAGERS,
    "webhook-remove": MANAGERS,
    "webhook-replay": MANAGERS,
    "webhook-replay-since": MANAGERS,
}
"""Pages by their URL name: which roles see them. Strangers are sent to sign in, everybody else gets the 403 page."""

PROGRAMS: Final = ACCESS | FHIR
"""What programs ask, by its URL name."""

LINKS: Final = frozenset(
    {
        "patient-link",
        "patient-open",
        "patient-close",
        "patient-confirm",
        "patient-change",
        "patient-another",
        "patient-cancel",
        "patient-calendar",
        "patient-questions",
        "patient-answered",
        "patient-asked",
        "patient-letter",
        "patient-letter-file",
        "patient-recovery",
        "patient-recovered",
    }
)
"""For whoever has the link of a mail and knows the patient's date of birth; whoever is signed in has no more rights."""

OFFERS: Final = frozenset({"patient-offer", "patient-offer-open", "patient-offer-answer"})
"""The same of whoever is offered an earlier time."""

SHORT: Final = frozenset({"patient-code"})
"""Leads to a link, for whoever has the code that stands for it."""

FEEDS: Final = frozenset({"api-calendar-feed"})
"""For whoever has the secret address; it says nothing of patients."""

OPEN: Final = frozenset({"cds-discovery", "healthz", "readyz"})
"""Says nothing of anybody, to everybody."""

OPT_OUT: Final = frozenset({"mails-off"})
"""For whoever has the link of a mail, a mail program too: it says nothing of anybody, and does one harmless thing."""

TOKEN: Final = frozenset({"cds-feedback", "cds-service", "metrics", "mail-news"})
"""Asks for METRICS_TOKEN, the secret of the mail provider's news, or a listed system's signed token; without such a
setting it does not exist, or lets nobody in.
"""

OWN_ACCOUNT: Final = frozenset(
    {
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_reauthenticate",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_reauthenticate_webauthn",
        "typed-work",
        "typed-work-drop",
    }
)
"""For whoever is signed in, about nobody but themselves."""

SIGNING_IN: Final = frozenset(
    {"account_login", "account_logout", "mfa_authenticate", "mfa_login_webauthn", "session-end"}
)
"""For everybody: the way in and out, and when one is out."""

STAFF: Final = "admin/"
"""Read-only, for staff; none of the clinic's roles is staff by itself."""


WORDS: Final = {
    "step": "identity",
    "name": "appointments",
    "code": "scheduling-confirmed",
    "service_id": "injection-booking",
}
"""Parts of addresses that are words of the product's own."""


@dataclass(frozen=True)
class Address:
    """One address that exists: where, under which name, with which parts to fill in."""

    path: str
    name: str
    parts: tuple[str, ...]

    def url(self, token: object = None) -> str:
        """The address of the oldest row of its kind; `token` where it asks for one, else a forged one."""
        return reverse(self.name, args=[self._value(part, token) for part in self.parts])

    def _value(self, part: str, token: object) -> object:
        if part == "token":
            return token or (uuid4() if "<uuid:token>" in self.path else "1-1:forged")
        if part in WORDS:
            return WORDS[part]
        asked = PROGRAMS.get(self.name) if part in ("pk", "row") else None
        if asked and asked.args:
            return asked.args[0]
        of = asked.of if asked else part.removesuffix("_id")
        return oldest(of)


def addresses() -> list[Address]:
    """All that exist but those of the admin, which are guarded as one."""
    return [
        Address(path, str(pattern.name), tuple(re.findall(r"<(?:\w+:)?(\w+)>", path)))
        for path, pattern in all_patterns()
        if not path.startswith(STAFF)
    ]


def admin_addresses() -> list[str]:
    """The admin's own lists and front page, as far as they need no id."""
    return [
        "/" + path
        for path, pattern in all_patterns()
        if path.startswith(STAFF) and not pattern.pattern.converters and "(" not in path
    ]


def listed() -> frozenset[str]:
    """Every name that some table above speaks of."""
    return (
        frozenset({*PROGRAMS, *PAGES})
        | LINKS
        | OFFERS
        | SHORT
        | FEEDS
        | OPEN
        | OPT_OUT
        | TOKEN
        | OWN_ACCOUNT
        | SIGNING_IN
    )
