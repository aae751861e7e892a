"""The HTTP contract: what outside programs rely on. It may grow; what stands here changes with a new version only.

A row is a method at an address, who may, what it takes (of a body; of a GET in its query) and what it answers, each of
the items where it is a list. Names of parts are dotted: "gp.name", "attempts.result".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.scenarios.access_table import ALL, CLINICIANS, DESK, MANAGERS, SENDERS

_READERS: Final = CLINICIANS | MANAGERS


@dataclass(frozen=True)
class Row:
    """One line of the contract."""

    method: str
    path: str
    who: frozenset[str]
    takes: frozenset[str]
    answers: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def row(method: str, path: str, who: frozenset[str], takes: str = "", answers: str = "") -> Row:
    """`takes` and `answers` are names with blanks between them."""
    return Row(method, path, who, frozenset(takes.split()), frozenset(answers.split()))


_PERSON = """given_name family_name former_names date_of_birth email phone nhs_number email_opt_in address gp.name
    gp.practice gp.address gp.email preferred_contact language needs"""
_PATIENT = f"id {_PERSON} alerts revision merged_into"
_REASSESSED = "reassessed.appointment reassessed.verdict reassessed.status"
_INJECTION = "site side given steroid origin drug dose_mg note"
_ANSWERS = """area side answers onset injury_on main_pain_site pain_side diabetes_poorly_controlled surgery_on
    next_event_on blood_thinner_kind inr inr_on answered_at answered answered_by"""
_PATHWAY = """area side specialist_assessment physiotherapy response not_possible_reason indications
    mild_and_improving suspected_avulsion"""
_REPORT = """modality area side performed_on tendinopathy bursitis tear tear_grade tear_size_mm other_diagnosis
    reported_by tendon findings conclusion other_diagnosis_text"""
_ALLERGY, _CONDITION = "substance reaction since said_by", "name code kind since said_by"

PATIENTS: Final = (
    row("POST", "/patients/", ALL, f"{_PERSON} confirm_new", _PATIENT),
    row("GET", "/patients/{id}/", ALL, "", _PATIENT),
    row("PATCH", "/patients/{id}/", ALL, f"{_PERSON} revision", _PATIENT),
    row("POST", "/patients/{id}/deceased/", ALL, "on source", "id deceased.on deceased.source"),
    row("POST", "/patients/{id}/deceased/undo/", ALL, "", "id restored not_restored"),
    row("POST", "/patients/search/", ALL, "text", f"id {_PERSON} merged_from"),
    row("POST", "/patients/{id}/merge/", MANAGERS, "into keep", f"id {_REASSESSED}"),
    row("POST", "/patients/{id}/unmerge/", MANAGERS, "assign", f"id {_REASSESSED}"),
    row("GET", "/duplicates/", MANAGERS, "page_size", "id patient other because note"),
    row("POST", "/duplicates/", ALL, "patient other note", "id patient other because note"),
)
RECORDS: Final = (
    row("GET", "/sites/", ALL, "", "code name area target bookable"),
    row("GET", "/patients/{id}/injections/", DESK, "page_size", f"id {_INJECTION} status stands"),
    row("POST", "/patients/{id}/injections/", DESK, f"{_INJECTION} confirm_new", f"id {_INJECTION} {_REASSESSED}"),
    row("POST", "/injections/{id}/correct/", DESK, f"{_INJECTION} reason", f"id {_INJECTION} {_REASSESSED}"),
    row("POST", "/injections/{id}/withdraw/", DESK, "reason", f"id {_REASSESSED}"),
    row("GET", "/patients/{id}/screening/", DESK, "area side", _ANSWERS),
    row("PUT", "/patients/{id}/screening/", DESK, _ANSWERS, f"{_ANSWERS} {_REASSESSED}"),
    row("PATCH", "/patients/{id}/screening/", DESK, _ANSWERS, f"{_ANSWERS} {_REASSESSED}"),
    row("GET", "/patients/{id}/pathway/", DESK, "area side", _PATHWAY),
    row("PUT", "/patients/{id}/pathway/", DESK, _PATHWAY, f"{_PATHWAY} {_REASSESSED}"),
    row("PATCH", "/patients/{id}/pathway/", DESK, _PATHWAY, f"{_PATHWAY} {_REASSESSED}"),
    row("GET", "/patients/{id}/reports/", DESK, "page_size", f"id {_REPORT}"),
    row("POST", "/patients/{id}/reports/", CLINICIANS, _REPORT, f"id {_REPORT} {_REASSESSED}"),
    row("POST", "/reports/{id}/correct/", CLINICIANS, f"{_REPORT} reason", f"id {_REPORT} {_REASSESSED}"),
    row("POST", "/reports/{id}/withdraw/", CLINICIANS, "reason", f"id {_REASSESSED}"),
    row("GET", "/patients/{id}/activities/", DESK, "page_size", "id kind start agreed_to_move"),
    row("POST", "/patients/{id}/activities/", DESK, "kind start agreed_to_move", "id kind start agreed_to_move"),
    row("DELETE", "/activities/{id}/", DESK),
    row("GET", "/patients/{id}/allergies/", DESK, "page_size", f"id {_ALLERGY}"),
    row("POST", "/patients/{id}/allergies/", DESK, _ALLERGY, f"id {_ALLERGY}"),
    row("POST", "/patients/{id}/allergies/{id}/withdraw/", DESK, "reason", "id"),
    row("GET", "/patients/{id}/conditions/", DESK, "page_size", f"id {_CONDITION}"),
    row("POST", "/patients/{id}/conditions/", DESK, _CONDITION, f"id {_CONDITION}"),
    row("POST", "/patients/{id}/conditions/{id}/withdraw/", DESK, "reason", "id"),
    row(
        "GET",
        "/patients/{id}/timeline/",
        DESK,
        "",
        "lanes.area lanes.side lanes.injections lanes.zones lanes.rest lanes.booked",
    ),
)
_OUTCOME = "on occasion pain_sitting pain_walking pain_running strength change visa_h"
OUTCOMES: Final = (
    row("GET", "/patients/{id}/outcomes/", DESK, "page_size", f"id {_OUTCOME}"),
    row("POST", "/patients/{id}/outcomes/", DESK, _OUTCOME, f"id {_OUTCOME}"),
    row("GET", "/incidents/", MANAGERS, "page_size", "id patient what reason_code reason"),
)

_PRACTITIONER, _ROOM = "name kinds active", "name has_ultrasound active"
_SCHEDULE = "practitioner room weekday opens closes valid_from valid_to every_weeks"
_CLOSURE = "starts_at ends_at practitioner room"
_DRUG = "name substance strength_mg_ml max_injection_mg max_day_mg batches.batch batches.expires_on"


def _kept(name: str, fields: str, more: str = "") -> tuple[Row, ...]:
    """What managers keep and everybody reads."""
    return (
        row("GET", f"/{name}/", ALL, "page_size", f"id revision {fields}"),
        row("POST", f"/{name}/", MANAGERS, f"{fields} {more}", f"id revision {fields}"),
        row("PATCH", f"/{name}/{{id}}/", MANAGERS, f"{fields} {more} revision", f"id revision {fields}"),
    )


CLINIC: Final = (
    *_kept("practitioners", _PRACTITIONER),
    *_kept("rooms", _ROOM),
    *_kept("schedules", _SCHEDULE),
    *_kept("closures", _CLOSURE, "confirm"),
    *_kept("drugs", _DRUG),
)
_WEBHOOK = "url used_for events"
_HOOK = f"id {_WEBHOOK} made_at paused_at why failing_since old_secret_until revision"
_DELIVERY = """id webhook event event_id occurred_at subject.kind subject.id status attempts answered reason due_at
    expires_at sent_at"""
WEBHOOKS: Final = (
    row("GET", "/webhooks/events/", MANAGERS, "page_size", "name words"),
    row("GET", "/webhooks/", MANAGERS, "page_size", f"{_HOOK} queued failed"),
    row("POST", "/webhooks/", MANAGERS, _WEBHOOK, f"{_HOOK} secret"),
    row("GET", "/webhooks/{id}/", MANAGERS, "", f"{_HOOK} queued failed"),
    row("PATCH", "/webhooks/{id}/", MANAGERS, f"{_WEBHOOK} revision", _HOOK),
    row("DELETE", "/webhooks/{id}/", MANAGERS),
    row("POST", "/webhooks/{id}/secret/", MANAGERS, "", f"{_HOOK} secret"),
    row("POST", "/webhooks/{id}/pause/", MANAGERS, "", _HOOK),
    row("POST", "/webhooks/{id}/resume/", MANAGERS, "", _HOOK),
    row("GET", "/webhooks/{id}/deliveries/", MANAGERS, "status page_size", _DELIVERY),
    row("POST", "/webhooks/{id}/replay/", MANAGERS, "since", "deliveries"),
    row("POST", "/webhooks/deliveries/{id}/replay/", MANAGERS, "", _DELIVERY),
)

_WISHED = "kind site side targets injections.site injections.side injections.targets"
_FINDINGS = "findings.rule findings.severity findings.message findings.source findings.owner findings.evidence"
_VERDICT = f"verdict review_from clear_from rules_version findings.injection {_FINDINGS}"
_VISIT = f"""id status revision patient {_WISHED} start end practitioner room note
    {" ".join(f"assessment.{name}" for name in _VERDICT.split())}"""
_BOOKED = f"{_VISIT} places.taken places.of"
BOOKING: Final = (
    row("POST", "/assessments/", DESK, f"patient {_WISHED} start end room replaces", _VERDICT),
    row(
        "GET",
        "/slots/",
        DESK,
        """kind from to practitioner room limit weekdays after before per_day patient site side injections verdict
        replaces""",
        "results.start results.end results.practitioner results.room results.verdict review_from clear_from",
    ),
    row("POST", "/holds/", DESK, "kind start practitioner room", "id held_until"),
    row("DELETE", "/holds/{id}/", ALL, "", ""),
    row(
        "POST",
        "/appointments/",
        DESK,
        f"patient {_WISHED} start practitioner room note override_reason hold entered_late",
        _BOOKED,
    ),
    row("POST", "/appointments/{id}/targets/", DESK, "targets revision", _BOOKED),
    row("GET", "/appointments/", ALL, "from to practitioner room patient status page_size", _BOOKED),
    row("GET", "/appointments/{id}/", ALL, "", _BOOKED),
    row("POST", "/appointments/{id}/move/", DESK, "start practitioner room revision override_reason hold", _BOOKED),
    row("POST", "/appointments/{id}/cancel/", DESK, "reason by reason_code", "id status revision"),
)
VISITS: Final = (
    row("POST", "/appointments/{id}/arrive/", DESK, "", "id status revision"),
    row("POST", "/appointments/{id}/no-show/", DESK, "", "id status revision"),
    row("POST", "/appointments/{id}/undo/", DESK, "", "id status revision"),
    row("POST", "/appointments/{id}/entered-in-error/", MANAGERS, "reason", "id status revision"),
)
REVIEWS: Final = (
    row("GET", "/reviews/", CLINICIANS, "status page_size", f"appointment patient verdict waiting_since {_FINDINGS}"),
    row(
        "POST",
        "/appointments/{id}/decision/",
        CLINICIANS,
        "outcome reason question ask_again reason_code delay_until revision",
        "id status decision.outcome decision.reason decision.covers",
    ),
    row(
        "GET",
        "/appointments/{id}/decisions/",
        CLINICIANS,
        "page_size",
        "id outcome reason reason_code delay_until covers.rule covers.severity holds",
    ),
    row("POST", "/appointments/{id}/answer/", DESK, "text", "id appointment text"),
)

_NEEDLE = """needle approach tip images power_and_feeling note pain_before pain_after prescribed_by drawn_up_by
    checked_by"""
_ONE = f"""result site side targets drug steroid dose_mg strength_mg_ml volume_ml batch expires_on started_at ended_at
    rest_hours rest_reason reason_code reason local_anaesthetic {_NEEDLE}"""
_CONSENT = """consent.explained consent.questions_answered consent.risks_version consent.given_on consent.how
    consent.explained_by"""
_CHECKS = """checked_today.well checked_today.no_infection_or_antibiotics checked_today.skin_whole
    checked_today.pregnancy checked_today.allergies checked_today.medicines checked_today.no_new_injection
    checked_today.no_new_symptom checked_today.side_and_site_marked checked_today.chaperone_offered
    checked_today.way_home"""
_FOLLOWS = "rest_until review_from clear_from incident"
PROCEDURES: Final = (
    row(
        "POST",
        "/appointments/{id}/procedure/",
        CLINICIANS,
        f"""{_ONE} local_anaesthetic.drug local_anaesthetic.dose_mg complications {_CONSENT} {_CHECKS} checked_at
        confirm_site_change confirm_day_change {" ".join(f"injections.{name}" for name in _ONE.split())}""",
        f"""injection.id {" ".join(f"injection.{name}" for name in _ONE.split())}
        {" ".join(f"injections.{name}" for name in _ONE.split())} {_FOLLOWS}""",
    ),
    row(
        "GET",
        "/appointments/{id}/procedure/",
        DESK,
        "",
        f"""{_ONE} complications consent checked_today checked_at
        {" ".join(f"injections.{name}" for name in _ONE.split())} {_FOLLOWS}""",
    ),
    row("POST", "/appointments/{id}/procedure/correct/", CLINICIANS, "reason drug dose_mg batch", f"{_ONE} {_FOLLOWS}"),
    row("POST", "/appointments/{id}/procedure/complication/", CLINICIANS, "kind on note", "id kind on note"),
    row("GET", "/appointments/{id}/procedure/report.pdf", DESK),
    row("GET", "/appointments/{id}/letter/", DESK, "page_size", "id kind version paragraph content"),
    row("POST", "/appointments/{id}/letter/", CLINICIANS, "kind paragraph", "id kind version paragraph content"),
)

_WISH = "patient kind site side weekdays after before practitioner from to notice_hours replaces"
_SERIES = "patient kind practitioner room first every_weeks weekdays count starts"
WAITING: Final = (
    row("GET", "/waitlist/", DESK, "page_size", f"id {_WISH}"),
    row("POST", "/waitlist/", DESK, _WISH, f"id {_WISH}"),
    row("PATCH", "/waitlist/{id}/", DESK, _WISH.removeprefix("patient "), f"id {_WISH}"),
    row("DELETE", "/waitlist/{id}/", DESK, "", ""),
    row("POST", "/waitlist/{id}/offer/", DESK, "start practitioner room minutes", "id"),
    row("GET", "/waitlist/matches/", DESK, "start practitioner room kind", ""),
    row("POST", "/series/check/", DESK, _SERIES, ""),
    row("POST", "/series/", DESK, _SERIES, "id"),
    row("POST", "/series/{id}/move/", DESK, "from", "id"),
    row("POST", "/series/{id}/cancel/", DESK, "from", "id"),
)

_CALL = """id patient urgency reasons.at reasons.text attempts.at attempts.result attempts.note may_close
    spoke_to said"""
CALLS: Final = (
    row("GET", "/calls/", DESK, "page_size", _CALL),
    row("POST", "/calls/{id}/attempt/", DESK, "result note", _CALL),
    row("POST", "/calls/{id}/close/", DESK, "spoke_to said", _CALL),
)
_MESSAGE = "id kind due_at expires_at status channel attempts sent_at reason revision"
MESSAGES: Final = (
    row("GET", "/appointments/{id}/messages/", ALL, "page_size", _MESSAGE),
    row("GET", "/messages/", ALL, "status page_size", _MESSAGE),
    row("GET", "/messages/{id}/preview/", ALL, "", "subject text html"),
    row("POST", "/messages/{id}/send-now/", SENDERS, "", _MESSAGE),
    row("POST", "/messages/{id}/withhold/", SENDERS, "", _MESSAGE),
    row("POST", "/messages/{id}/retry/", SENDERS, "", _MESSAGE),
)
MANAGING: Final = (
    row("GET", "/statistics/{id}/", _READERS, "from to format", "columns rows"),
    row(
        "GET",
        "/audit/",
        MANAGERS,
        "patient user from to page_size",
        "action by door at changes.field changes.old changes.new",
    ),
)
ROWS: Final = (
    *(*PATIENTS, *RECORDS, *OUTCOMES, *CLINIC, *WEBHOOKS, *BOOKING, *VISITS, *REVIEWS, *PROCEDURES),
    *(*WAITING, *CALLS, *MESSAGES, *MANAGING),
)

CODES: Final = {
    ("POST /patients/", "preferred_contact"): "email sms letter phone",
    ("POST /patients/{id}/activities/", "kind"): "sport race travel manual-work",
    ("POST /patients/{id}/conditions/", "kind"): "condition medicine",
    ("POST /patients/{id}/injections/", "origin"): "elsewhere patient-reported",
    ("POST /appointments/", "kind"): "injection scan-and-injection physiotherapy exercise-class follow-up",
    ("POST /appointments/{id}/decision/", "outcome"): "approve override delay decline ask",
    (
        "POST /appointments/{id}/decision/",
        "reason_code",
    ): "benefit-outweighs-risk no-alternative specialist-advice finding-not-relevant other",
    ("POST /appointments/{id}/procedure/", "result"): "given part-given not-given",
    ("POST /appointments/{id}/procedure/", "consent.how"): "link mail paper read-out",
    (
        "POST /appointments/{id}/procedure/",
        "reason_code",
    ): "benefit-outweighs-risk no-alternative specialist-advice finding-not-relevant other emergency as-found error",
    ("GET /messages/", "status"): "queued held sending sent failed unknown cancelled skipped",
    ("GET /slots/", "verdict"): "clear review",
    ("GET /webhooks/{id}/deliveries/", "status"): "queued sending sent failed skipped",
}
"""By row and field: codes that it knows; it may know more."""
STATISTIC_NAMES: Final = {"appointments", "verdicts", "overrides", "intervals", "messages", "recovery"}
UNKEYED: Final = {"/patients/search/", "/assessments/", "/series/check/"}
"""A POST that changes nothing: a repeated one is answered anew."""
BESIDE: Final = {
    "healthz": "healthz",
    "readyz": "readyz",
    "metrics": "metrics",
    "api/v1/schema/": "schema",
    "api/docs/": "api-docs",
    "api/v1/calendar/<uuid:token>.ics": "api-calendar-feed",
}
"""Addresses that the schema does not describe, with their names."""
