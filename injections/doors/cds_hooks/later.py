"""The proposed appointment on a later day, when the interval is over: what a press there changes."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fhir.resources.R4B.appointment import Appointment

from injections.doors.cds_hooks.cards import Suggestion
from injections.safety.facts import Request
from injections.safety.findings import Judgement
from scheduling.messages.words import full_date


def later_days(appointment: Appointment, request: Request, judgement: Judgement, zone: ZoneInfo) -> list[Suggestion]:
    """The same appointment on the day from which nothing of the interval stands against it, and on the day from which a
    radiologist may agree, where they differ: at the same time of day, for as long. Nothing where no date helps.
    """
    asked_on = request.start.astimezone(zone).date()
    clear, review = judgement.clear_from, judgement.review_from
    found = []
    if clear and clear > asked_on:
        label = f"Move to {full_date(clear)}, when the interval is over"
        found.append(Suggestion(label, *_moved(appointment, request, clear, zone), is_recommended=True))
    if review and asked_on < review != clear:
        label = f"Move to {full_date(review)}, if a radiologist agrees"
        found.append(Suggestion(label, *_moved(appointment, request, review, zone)))
    return found


def _moved(appointment: Appointment, request: Request, day: date, zone: ZoneInfo) -> tuple[str, dict[str, object]]:
    """What becomes of it, and the whole resource as it would be; of its own slot it says nothing more."""
    start = _same_time(request.start, day, zone)
    moved = appointment.model_copy(
        update={"start": start, "end": start + (request.end - request.start), "slot": None, "requestedPeriod": None}
    )
    return ("update" if appointment.id else "create"), json.loads(moved.model_dump_json())


def _same_time(start: datetime, day: date, zone: ZoneInfo) -> datetime:
    """That day at the same time on the clinic's clock; an hour later where the clocks skip it."""
    moved = datetime.combine(day, start.astimezone(zone).time(), tzinfo=zone)
    exists = moved.astimezone(ZoneInfo("UTC")).astimezone(zone).time() == moved.time()
    return moved if exists else moved + timedelta(hours=1)
