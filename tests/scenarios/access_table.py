"""Who may do what through the API: the address, the method, and the roles that are let in. Everybody else gets 403.

One row for each address by its URL name; a test compares it with the addresses that exist, trials walk through it.
"""

from dataclasses import dataclass
from typing import Final

RECEPTION, RADIOLOGIST, MANAGER = "reception", "radiologist", "manager"
ALL: Final = frozenset({RECEPTION, RADIOLOGIST, MANAGER})
DESK: Final = frozenset({RECEPTION, RADIOLOGIST})
CLINICIANS: Final = frozenset({RADIOLOGIST})
MANAGERS: Final = frozenset({MANAGER})
SENDERS: Final = frozenset({RECEPTION, MANAGER})


@dataclass(frozen=True)
class Access:
    """One address. `of` is the model whose id stands in it, "" for none; `methods` maps each to who may.

    `args` stand in it in place of an id; `under` is the model whose id stands before it.
    """

    of: str
    methods: dict[str, frozenset[str]]
    args: tuple[str, ...] = ()
    under: str = ""


ACCESS: Final[dict[str, Access]] = {
    "api-patients": Access("", {"POST": ALL}),
    "api-patient": Access("patient", {"GET": ALL, "PATCH": ALL}),
    "api-patient-deceased": Access("patient", {"POST": ALL}),
    "api-patient-deceased-undo": Access("patient", {"POST": ALL}),
    "api-patient-search": Access("", {"POST": ALL}),
    "api-patient-merge": Access("patient", {"POST": MANAGERS}),
    "api-patient-unmerge": Access("merged", {"POST": MANAGERS}),
    "api-duplicates": Access("", {"GET": MANAGERS, "POST": ALL}),
    "api-duplicate-dismiss": Access("duplicate", {"POST": MANAGERS}),
    "api-patient-injections": Access("patient", {"GET": DESK, "POST": DESK}),
    "api-patient-screening": Access("patient", {"GET": DESK, "PUT": DESK, "PATCH": DESK}),
    "api-patient-pathway": Access("patient", {"GET": DESK, "PUT": DESK, "PATCH": DESK}),
    "api-patient-reports": Access("patient", {"GET": DESK, "POST": CLINICIANS}),
    "api-patient-activities": Access("patient", {"GET": DESK, "POST": DESK}),
    "api-patient-allergies": Access("patient", {"GET": DESK, "POST": DESK}),
    "api-allergy-withdraw": Access("allergy", {"POST": DESK}, under="patient"),
    "api-patient-conditions": Access("patient", {"GET": DESK, "POST": DESK}),
    "api-condition-withdraw": Access("condition", {"POST": DESK}, under="patient"),
    "api-patient-outcomes": Access("patient", {"GET": DESK, "POST": DESK}),
    "api-patient-timeline": Access("patient", {"GET": DESK}),
    "api-incidents": Access("", {"GET": MANAGERS}),
    "api-sites": Access("", {"GET": ALL}),
    "api-injection": Access("injection", {"GET": DESK}),
    "api-injection-correct": Access("injection", {"POST": DESK}),
    "api-injection-withdraw": Access("injection", {"POST": DESK}),
    "api-report": Access("report", {"GET": DESK}),
    "api-report-correct": Access("report", {"POST": CLINICIANS}),
    "api-report-withdraw": Access("report", {"POST": CLINICIANS}),
    "api-activity": Access("activity", {"GET": DESK, "DELETE": DESK}),
    "api-calls": Access("", {"GET": DESK}),
    "api-waitlist": Access("", {"GET": DESK, "POST": DESK}),
    "api-waitlist-matches": Access("", {"GET": DESK}),
    "api-waitlist-free-times": Access("", {"GET": DESK}),
    "api-waitlist-wish": Access("wish", {"GET": DESK, "PATCH": DESK, "DELETE": DESK}),
    "api-waitlist-offer": Access("wish", {"POST": DESK}),
    "api-waitlist-offer-answer": Access("wish", {"POST": DESK}),
    "api-recalls": Access("", {"GET": DESK}),
    "api-appointment-recalled": Access("appointment", {"POST": DESK}),
    "api-call-close": Access("call", {"POST": DESK}),
    "api-call-attempt": Access("call", {"POST": DESK}),
    "api-assessments": Access("", {"POST": DESK}),
    "api-slots": Access("", {"GET": DESK}),
    "api-holds": Access("", {"POST": DESK}),
    "api-hold": Access("hold", {"DELETE": ALL}),
    "api-series": Access("", {"POST": DESK}),
    "api-series-check": Access("", {"POST": DESK}),
    "api-series-one": Access("series", {"GET": ALL}),
    "api-series-move": Access("series", {"POST": DESK}),
    "api-series-cancel": Access("series", {"POST": DESK}),
    "api-statistic": Access("", {"GET": frozenset({RADIOLOGIST, MANAGER})}, ("appointments",)),
    "api-reviews": Access("", {"GET": CLINICIANS}),
    "api-milder-verdicts": Access("", {"GET": CLINICIANS}),
    "api-milder-verdict-seen": Access("milder", {"POST": CLINICIANS}),
    "api-class": Access("group", {"GET": ALL}),
    "api-class-move": Access("group", {"POST": DESK}),
    "api-class-cancel": Access("group", {"POST": DESK}),
    "api-class-places": Access("group", {"POST": DESK}),
    "api-appointments": Access("", {"GET": ALL, "POST": DESK}),
    "api-appointment": Access("appointment", {"GET": ALL}),
    "api-appointment-move": Access("appointment", {"POST": DESK}),
    "api-appointment-targets": Access("appointment", {"POST": DESK}),
    "api-appointment-cancel": Access("appointment", {"POST": DESK}),
    "api-appointment-arrive": Access("appointment", {"POST": DESK}),
    "api-appointment-no-show": Access("appointment", {"POST": DESK}),
    "api-appointment-undo": Access("appointment", {"POST": DESK}),
    "api-appointment-entered-in-error": Access("appointment", {"POST": MANAGERS}),
    "api-appointment-decision": Access("appointment", {"POST": CLINICIANS}),
    "api-appointment-decisions": Access("appointment", {"GET": CLINICIANS}),
    "api-appointment-answer": Access("appointment", {"POST": DESK}),
    "api-appointment-complication": Access("appointment", {"POST": CLINICIANS}),
    "api-consent-withdraw": Access("appointment", {"POST": DESK}),
    "api-consent-again": Access("appointment", {"POST": DESK}),
    "api-appointment-procedure": Access("appointment", {"GET": DESK, "POST": CLINICIANS}),
    "api-appointment-procedure-correct": Access("recorded", {"POST": CLINICIANS}),
    "api-appointment-procedure-report": Access("recorded", {"GET": DESK}),
    "api-appointment-letter": Access("recorded", {"GET": DESK, "POST": CLINICIANS}),
    "api-appointment-messages": Access("appointment", {"GET": ALL}),
    "api-messages": Access("", {"GET": ALL}),
    "api-message-preview": Access("message", {"GET": ALL}),
    "api-message-send-now": Access("message", {"POST": SENDERS}),
    "api-message-withhold": Access("message", {"POST": SENDERS}),
    "api-message-retry": Access("message", {"POST": SENDERS}),
    "api-practitioners": Access("", {"GET": ALL, "POST": MANAGERS}),
    "api-practitioner": Access("practitioner", {"GET": ALL, "PATCH": MANAGERS}),
    "api-rooms": Access("", {"GET": ALL, "POST": MANAGERS}),
    "api-room": Access("room", {"GET": ALL, "PATCH": MANAGERS}),
    "api-drugs": Access("", {"GET": ALL, "POST": MANAGERS}),
    "api-drug": Access("drug", {"GET": ALL, "PATCH": MANAGERS}),
    "api-schedules": Access("", {"GET": ALL, "POST": MANAGERS}),
    "api-schedule": Access("schedule", {"GET": ALL, "PATCH": MANAGERS}),
    "api-closures": Access("", {"GET": ALL, "POST": MANAGERS}),
    "api-closure": Access("closure", {"GET": ALL, "PATCH": MANAGERS}),
    "api-audit": Access("", {"GET": MANAGERS}),
    "api-webhooks": Access("", {"GET": MANAGERS, "POST": MANAGERS}),
    "api-webhook-events": Access("", {"GET": MANAGERS}),
    "api-webhook-secret": Access("webhook", {"POST": MANAGERS}),
    "api-webhook-pause": Access("webhook", {"POST": MANAGERS}),
    "api-webhook-resume": Access("webhook", {"POST": MANAGERS}),
    "api-webhook-deliveries": Access("webhook", {"GET": MANAGERS}),
    "api-webhook-replay": Access("webhook", {"POST": MANAGERS}),
    "api-webhook-delivery-replay": Access("delivery", {"POST": MANAGERS}),
    "api-webhook": Access("webhook", {"GET": MANAGERS, "PATCH": MANAGERS, "DELETE": MANAGERS}),
    "schema": Access("", {"GET": ALL}),
    "api-docs": Access("", {"GET": ALL}),
}
PUBLIC: Final = frozenset({"api-calendar-feed"})
"""Addresses whose secret is their key; nobody signs in there."""
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
