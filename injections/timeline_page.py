"""The timeline as a page shows it: drawn, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from injections import gather
from injections.patient_record import PatientRecord
from injections.timeline_lanes import FELL_THROUGH, fallen_through, lanes_of
from injections.timeline_picture import Picture, picture
from injections.timeline_table import LaneRow, rows
from pht_clinic import clock
from scheduling.kinds import INJECTING
from scheduling.lifecycle import HOLDING
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Timeline:
    """Both forms of one timeline; `picture` is None when there is nothing to draw."""

    picture: Picture | None
    rows: list[LaneRow]


def timeline_of(history: gather.History, *, fell_through: Iterable[Appointment] | None = None) -> Timeline:
    """Of a history; the visits that fell through are looked up (one query) unless they are given."""
    lost = fallen_through(history.patient) if fell_through is None else fell_through
    lanes = lanes_of(history, lost)
    today = clock.local_date(history.now)
    return Timeline(picture(lanes, today=today, zone=clock.zone()), rows(lanes))


def timeline_of_record(history: gather.History, recorded: PatientRecord) -> Timeline:
    """Of what a patient's page has read already: fills the empty `history` with it, without a query."""
    current = [row for row in recorded.injections if row.stands]
    visits = [visit.appointment for visit in recorded.visits if visit.appointment.kind in INJECTING]
    history.injections = sorted(current, key=lambda row: row.pk)
    history.visits = [visit for visit in visits if visit.status in HOLDING]
    return timeline_of(history, fell_through=[visit for visit in visits if visit.status in FELL_THROUGH])
