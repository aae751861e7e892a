"""A whole history against what must always hold, asked of the bare rows.

Independent of the code that books and judges: the arrows of the state diagram stand here once more, intervals are
counted by the second implementation of the rules, and digests by hand. Each check names what it found.
`docs/design.md`, "What must always hold".
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from injections.models import (
    Assessment,
    Decision,
    ImagingReport,
    Injection,
    InjectionRequest,
    Pathway,
    PlannedActivity,
    Screening,
)
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, AppointmentChange, Message, Patient
from tests.trials.invariants import HOLD_TIME, overlaps, unannounced
from tests.trials.oracle.days import add_months, local_day
from tests.trials.oracle.words import AREAS

INJECTING = ("injection", "scan-and-injection")
WAITING_OR_BOOKED = ("pending", "booked")
ARROWS = {
    "book": (["", "proposed"], WAITING_OR_BOOKED),
    "confirm": (["pending"], ["booked"]),
    "question": (["booked"], ["pending"]),
    "move": (WAITING_OR_BOOKED, WAITING_OR_BOOKED),
    "cancel": (WAITING_OR_BOOKED, ["cancelled"]),
    "delay": (["pending"], ["cancelled"]),
    "decline": (["pending"], ["cancelled"]),
    "lapse": (["pending"], ["cancelled"]),
    "arrive": (["booked"], ["arrived"]),
    "fulfil": (["arrived"], ["fulfilled"]),
    "no-show": (["booked"], ["noshow"]),
    "undo": ([*WAITING_OR_BOOKED, "arrived", "cancelled", "noshow"], WAITING_OR_BOOKED),
    "enter-in-error": ([*WAITING_OR_BOOKED, "arrived", "fulfilled", "cancelled", "noshow"], ["entered-in-error"]),
}
"""From which states a verb leads to which others (DESIGN.md's table of states)."""
STAY = frozenset({"confirm-coming", "replace-link", "hand-over"})
"""What is remembered and changes no state."""
SAME_REVISION = frozenset({"confirm-coming", "replace-link"})
PAST = {
    "book": "requested",
    "confirm": "confirmed",
    "question": "questioned",
    "move": "moved",
    "cancel": "cancelled",
    "delay": "delayed",
    "decline": "declined",
    "lapse": "lapsed",
    "arrive": "arrived",
    "fulfil": "fulfilled",
    "no-show": "missed",
    "undo": "restored",
    "enter-in-error": "entered-in-error",
    "confirm-coming": "expected",
    "replace-link": "link-replaced",
    "hand-over": "handed-over",
}
TRUE_WHILE = {
    "confirmed": "booked",
    "moved": "booked",
    "reminder-week": "booked",
    "reminder-2-days": "booked",
    "provisional": "pending",
    "information-needed": "pending",
    "cancelled": "cancelled",
    "delayed": "cancelled",
    "declined": "cancelled",
    "missed": "noshow",
    "aftercare": "fulfilled",
    "flare-check": "fulfilled",
    "day-4": "fulfilled",
    "rest-over": "fulfilled",
    "recovery": "fulfilled",
    "recovery-3-months": "fulfilled",
    "clinical-letter": "fulfilled",
}
"""In which state of its appointment each message may be sent."""


class History:
    """The diary with all its changes, read once. What was recorded until `since` is not asked for its audit row."""

    def __init__(self, *, since: datetime, now: datetime) -> None:
        self.since, self.now = since, now
        self.visits = {visit.pk: visit for visit in Appointment.objects.select_related("patient")}
        self.changes: dict[int, list[AppointmentChange]] = defaultdict(list)
        for change in AppointmentChange.objects.order_by("pk"):
            self.changes[change.appointment_id].append(change)
        self.requests = {row.appointment_id: row for row in InjectionRequest.objects.all()}
        self.assessments: dict[int, Assessment] = {}
        for row in Assessment.objects.exclude(appointment=None).order_by("pk"):
            self.assessments[row.appointment_id or 0] = row
        self.decisions: dict[int, list[Decision]] = defaultdict(list)
        for decision in Decision.objects.order_by("pk"):
            self.decisions[decision.appointment_id].append(decision)

    @property
    def coming(self) -> list[Appointment]:
        """What is booked and has not begun."""
        return [visit for visit in self.visits.values() if visit.status == "booked" and visit.start_at > self.now]

    def covered(self, visit: int) -> set[tuple[str, str, str]]:
        """The concerns that decisions cover on its day: rule, severity, digest. A later no takes all of it back."""
        found: set[tuple[str, str, str]] = set()
        on = local_day(self.visits[visit].start_at)
        for decision in self.decisions[visit]:
            days = {"approve": 14, "override": 7}.get(decision.outcome)
            if days is not None:
                if not timedelta() <= on - decision.for_day <= timedelta(days=days):
                    continue
                found |= {(one["rule"], one["severity"], one["digest"]) for one in decision.covers}
            else:
                found.clear()
        return found

    def state_at(self, visit: int, revision: int) -> tuple[str, datetime]:
        """In which state it was at that revision, and where it stood."""
        status, start = "", self.visits[visit].start_at
        for change in self.changes[visit]:
            if change.revision <= revision:
                status = change.to_status
        for change in reversed(self.changes[visit]):
            if change.revision > revision and "start_at" in change.before:
                start = datetime.fromisoformat(change.before["start_at"])
        return status, start


def illegal_paths(history: History) -> Iterator[str]:
    """A history that does not begin with the booking, goes where no arrow leads, or ends elsewhere than the visit."""
    for pk, visit in history.visits.items():
        changes = history.changes[pk]
        # a time that was held begins as what it was held as; of holds themselves nothing is remembered here
        last = "proposed" if changes and changes[0].from_status == "proposed" else ""
        if not changes or changes[0].verb != "book":
            yield f"appointment {pk}: its history does not begin with its booking"
        for change in changes:
            sources, targets = ARROWS.get(change.verb, ([last], [last]))
            if change.verb not in ARROWS and change.verb not in STAY:
                yield f"appointment {pk}: {change.verb} is no verb"
            if change.from_status != last and change.verb not in STAY:
                yield f"appointment {pk}: {change.verb} from {change.from_status}, but it was {last}"
            if change.from_status not in sources or change.to_status not in targets:
                yield f"appointment {pk}: {change.verb} from {change.from_status} to {change.to_status}"
            last = change.to_status
        if last != visit.status:
            yield f"appointment {pk}: its history ends {last}, but it is {visit.status}"


def standing_revisions(history: History) -> Iterator[str]:
    """A change that did not raise the revision, or a visit whose revision lies behind its history."""
    for pk, visit in history.visits.items():
        last = 0
        for change in history.changes[pk]:
            if change.revision < last + (change.verb not in SAME_REVISION):
                yield f"appointment {pk}: {change.verb} at revision {change.revision} after {last}"
            last = change.revision
        if visit.revision < last:
            yield f"appointment {pk}: revision {visit.revision} after {last}"


def doubled_messages(history: History) -> Iterator[str]:
    """More than one message, not cancelled nor failed, of a kind for one subject and occasion."""
    live = Message.objects.exclude(status__in=["cancelled", "failed"])
    told = Counter(live.values_list("subject", "kind", "occasion"))
    yield from (f"{what}: {count} messages" for what, count in told.items() if count > 1)


def silent_bookings(history: History) -> Iterator[str]:
    """A coming visit of which the patient was not and will not be told, or not reminded."""
    live: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in Message.objects.exclude(appointment=None).exclude(status__in=["cancelled", "failed"]):
        live[row.appointment_id or 0].add((row.kind, row.values.get("start_at", "")))
    for visit in history.coming:
        start = visit.start_at.astimezone(UTC).isoformat()
        if not {("confirmed", start), ("moved", start)} & live[visit.pk]:
            verbs = ", ".join(change.verb for change in history.changes[visit.pk])
            told = Message.objects.filter(appointment=visit.pk).exclude(kind__startswith="reminder").order_by("pk")
            rows = "; ".join(f"{row.kind} {row.status} {row.occasion} {row.reason}" for row in told)
            yield f"appointment {visit.pk}: booked for {start}, and nobody tells the patient: {verbs}: {rows}"
        week, two_days = visit.start_at - timedelta(days=8), visit.start_at - timedelta(hours=48)
        if week > history.now and ("reminder-week", start) not in live[visit.pk]:
            yield f"appointment {visit.pk}: no reminder a week before"
        is_early = visit.start_at - visit.asked_at >= timedelta(hours=72)
        if two_days > history.now and is_early and ("reminder-2-days", start) not in live[visit.pk]:
            yield f"appointment {visit.pk}: no reminder 2 days before"


def untrue_mails(history: History) -> Iterator[str]:
    """What was sent of a visit that, at the revision it was sent with, was in another state or at another time."""
    sent = Message.objects.filter(status="sent").exclude(appointment=None)
    for row in sent:
        status, start = history.state_at(row.appointment_id or 0, row.revision or 0)
        if status != TRUE_WHILE[row.kind]:
            yield f"message {row.pk}: {row.kind} sent while appointment {row.appointment_id} was {status}"
        told = row.values.get("start_at")
        if status in WAITING_OR_BOOKED and told and datetime.fromisoformat(told) != start:
            yield f"message {row.pk}: {row.kind} of {told}, but the visit stood at {start}"


def late_mails(history: History) -> Iterator[str]:
    """What was handed over after it had expired; a clock that jumps in that very moment forgiven."""
    for row in Message.objects.filter(status="sent", handed_over_at__isnull=False):
        if row.handed_over_at and row.handed_over_at > row.expires_at + timedelta(hours=2):
            yield f"message {row.pk}: handed over at {row.handed_over_at}, expired at {row.expires_at}"


def too_soon(history: History) -> Iterator[str]:
    """Two visits of one patient, area and side nearer than 3 months, and no decision on the one asked for last."""
    of_patient: dict[tuple[int, str, str], list[Appointment]] = defaultdict(list)
    for visit in history.visits.values():
        if visit.status in HOLD_TIME and visit.end_at > history.now and visit.kind in INJECTING:
            wish = history.requests[visit.pk]
            of_patient[visit.patient.kept_id, AREAS[wish.site], wish.side].append(visit)
    for (patient, area, side), visits in of_patient.items():
        for pair in combinations(sorted(visits, key=lambda visit: visit.start_at), 2):
            first, second = pair
            bearer = max(pair, key=lambda visit: (visit.asked_at, visit.pk))
            days = [local_day(visit.start_at) for visit in pair]
            if days[1] >= add_months(days[0], 3) or bearer not in history.coming:
                continue
            if not any(concern[:2] == ("repeat-interval", "critical") for concern in history.covered(bearer.pk)):
                yield f"patient {patient}, {area} {side}: {first.pk} and {second.pk} on {days[0]} and {days[1]}"


def digest(evidence: Any) -> str:
    concern = {name: value for name, value in evidence.items() if name != "start_on"}
    canonical = json.dumps(concern, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def uncovered(history: History) -> Iterator[str]:
    """A coming visit that is booked although a warning or worse of its present assessment is not decided on."""
    for visit in history.coming:
        if visit.kind == "follow-up":
            continue
        covered = history.covered(visit.pk)
        row = history.assessments.get(visit.pk)
        if row is None:
            yield f"appointment {visit.pk}: booked without an assessment"
            continue
        for finding in row.findings:
            concern = finding["rule"], finding["severity"], digest(finding["evidence"])
            if finding["severity"] != "info" and concern not in covered:
                yield f"appointment {visit.pk}: booked, but {concern[0]} ({concern[1]}) is not decided on"


def unaudited(history: History) -> Iterator[str]:
    """A change, a decision or a clinical record without its audit row, or an audit row of a change there never was."""
    entries = Counter(Entry.objects.exclude(subject="").values_list("verb", "subject"))
    yield from _changes_against_entries(history, entries)
    yield from _records_without_entry(history, entries)


def _changes_against_entries(history: History, entries: Counter[tuple[str, str]]) -> Iterator[str]:
    changes = Counter(
        (f"appointment-{PAST[change.verb]}", f"appointment:{pk}")
        for pk, changes in history.changes.items()
        for change in changes
    )
    decided = Counter(
        ("appointment-decided", f"appointment:{pk}") for pk, rows in history.decisions.items() for _ in rows
    )
    past = {f"appointment-{word}" for word in PAST.values()} | {"appointment-decided"}
    told = Counter({what: count for what, count in entries.items() if what[0] in past})
    yield from (f"{what}: {count} times without an audit row" for what, count in (changes + decided - told).items())
    yield from (f"{what}: {count} audit rows too many" for what, count in (told - changes - decided).items())


def _records_without_entry(history: History, entries: Counter[tuple[str, str]]) -> Iterator[str]:
    subjects = {subject for _, subject in entries}
    for model in (Injection, Screening, Pathway, ImagingReport, PlannedActivity):
        own = {"appointment__isnull": True} if model is Injection else {}
        rows = model._default_manager.filter(recorded_at__gt=history.since, **own)
        for pk in rows.values_list("pk", flat=True):
            if f"{model._meta.model_name}:{pk}" not in subjects:
                yield f"{model._meta.model_name} {pk}: no audit row"


def without_aftercare(history: History) -> Iterator[str]:
    """An injection that was given here, and no aftercare was planned."""
    told = set(Message.objects.filter(kind="aftercare").values_list("patient", flat=True))
    given = Injection.objects.filter(status__in=["given", "part-given"], appointment__isnull=False)
    kept = dict(Patient.objects.values_list("pk", "merged_into"))
    for pk, patient in given.values_list("pk", "patient"):
        if not {patient, kept[patient]} & told:
            yield f"injection {pk}: no aftercare planned for patient {patient}"


CHECKS: tuple[Callable[[History], Iterator[str]], ...] = (
    illegal_paths,
    standing_revisions,
    doubled_messages,
    silent_bookings,
    untrue_mails,
    late_mails,
    too_soon,
    uncovered,
    unaudited,
    without_aftercare,
)


def violations(history: History) -> dict[str, list[str]]:
    """Everything that must always hold and does not, by the name of its check."""
    found = {check.__name__: list(check(history)) for check in CHECKS}
    found |= {"overlaps": overlaps(), "unannounced": unannounced()}
    return {name: lines for name, lines in found.items() if lines}
