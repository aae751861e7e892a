"""The story of the demo in six steps: which of them have been taken, read from what the clinic's rows say since it
opened. What was made before that, and what is played of its past year, lies before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from injections.booking.wish import Wish
from injections.models import Assessment, Decision
from injections.safety.findings import Verdict
from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.demo.noted import ClockMove
from pht_clinic.demo.stories.told import STORIES
from pht_clinic.demo.stories.visits import SIDE, SITE
from scheduling.messages.words import full_date
from scheduling.models import Appointment, Message, Patient
from scheduling.states import Status

RECEPTION, RADIOLOGIST = "reception@clinic.example", "radiologist@clinic.example"
AFTERCARE: Final = ("aftercare", "flare-check", "day-4", "rest-over", "recovery")
_DIARY: Final = ("calendar", "calendar-day", "calendar-week")
_CHANGED: Final = ("appointment-moved", "appointment-cancelled", "appointment-expected")
_LEFT_HAMSTRING: Final = f"?{Wish(kind='injection', site=SITE, side=SIDE).query}"
_TIME_TO_DECIDE: Final = timedelta(days=3)
"""What is asked for sooner may end undecided before anybody has looked."""
_CLEAN, _TOO_SOON, _NO_CARE = (STORIES[number] for number in (0, 1, 6))
_NAMES: Final = [one.family_name for one in (_CLEAN, _TOO_SOON, _NO_CARE)]


@dataclass(frozen=True, slots=True)
class StoryPart:
    """One of the things that a step asks for, and whether it has been done."""

    words: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step: what to do in a sentence, as whom, and where it starts: `route`, the patient whose page that is and
    what is asked there; "inbox" and "clock" are places of the demo itself.
    """

    title: str
    sentence: str
    parts: tuple[StoryPart, ...]
    action: str
    email: str = ""
    route: str = ""
    patient_id: int | None = None
    query: str = ""

    @property
    def is_done(self) -> bool:
        return all(part.is_done for part in self.parts)


def story(*, opened: datetime, move: ClockMove | None) -> list[StoryStep]:
    """The six steps as they stand now. Five queries and the patients'."""
    seen = _seen(opened)
    decided = set(Decision.objects.filter(at__gt=opened).values_list("outcome", flat=True).distinct())
    told = {row.family_name: row for row in Patient.objects.filter(family_name__in=_NAMES)}
    clean, too_soon, no_care = (told.get(name) for name in _NAMES)
    return [
        StoryStep(
            "Today’s calendar",
            "Be reception and see who comes today, who is here and what waits.",
            (StoryPart("the calendar was looked at", ("user", "viewed", "diary") in seen),),
            "Open today’s calendar",
            RECEPTION,
            "calendar-day",
        ),
        StoryStep(
            "Too soon, and the next safe date",
            f"Ask for a date for {_TOO_SOON.name}: it is too soon, and one press leads to the times that are clear.",
            (StoryPart("booked for a date that is clear", _has_booked(too_soon, opened)),),
            f"Book for {_TOO_SOON.name}",
            RECEPTION,
            "booking-when",
            too_soon.pk if too_soon else None,
            _LEFT_HAMSTRING,
        ),
        StoryStep(
            "A booking under review",
            f"Book for {_NO_CARE.name}, who has had no physiotherapy: the time is held until a radiologist decides.",
            (StoryPart("a booking waits for review", _asked_for_review(opened)),),
            f"Book for {_NO_CARE.name}",
            RECEPTION,
            "booking-when",
            no_care.pk if no_care else None,
            f"{_LEFT_HAMSTRING}&from_on={clock.today() + _TIME_TO_DECIDE}",
        ),
        StoryStep(
            "The radiologist decides",
            "Be the radiologist: approve one case, override another, decline a third, each on one screen.",
            tuple(StoryPart(f"one {outcome.label}", outcome.value in decided) for outcome in _OUTCOMES),
            "Open the review queue",
            RADIOLOGIST,
            "review-queue",
        ),
        StoryStep(
            "The patient’s side",
            f"Be a patient: open the email to {_CLEAN.name}, follow its link and change the visit.{_born(clean)}",
            (
                StoryPart("the link was opened", ("patient", "viewed", "") in seen),
                StoryPart("the visit was changed or confirmed", ("patient", "changed", "") in seen),
            ),
            "Open the inbox",
            route="inbox",
        ),
        StoryStep(
            "Time goes by",
            "Move the clock on by two days: reminders and what follows an injection arrive in the inbox.",
            (
                StoryPart("the clock was moved on", move is not None),
                StoryPart("aftercare has arrived", _aftercare_sent(opened)),
            ),
            "Go to the clock",
            route="clock",
        ),
    ]


_OUTCOMES: Final = (Decision.Outcome.APPROVE, Decision.Outcome.OVERRIDE, Decision.Outcome.DECLINE)


def _seen(opened: datetime) -> set[tuple[str, str, str]]:
    """Of the trail since then: who (user, patient) looked (at the diary) and changed a visit."""
    wanted = Q(verb="viewed", actor_kind="user", subject__in=_DIARY) | Q(
        actor_kind="patient", verb__in=("viewed", *_CHANGED)
    )
    rows = Entry.objects.filter(wanted, at__gt=opened).order_by().values_list("actor_kind", "verb").distinct()
    return {
        (kind, "viewed" if verb == "viewed" else "changed", "diary" if kind == "user" else "") for kind, verb in rows
    }


def _born(patient: Patient | None) -> str:
    """What the door of their own page asks for, as a sentence."""
    return f" Her page asks for her date of birth, {full_date(patient.date_of_birth)}." if patient else ""


def _has_booked(patient: Patient | None, opened: datetime) -> bool:
    return Appointment.objects.filter(patient=patient, asked_at__gt=opened, status=Status.BOOKED).exists()


def _asked_for_review(opened: datetime) -> bool:
    """One that lapsed before anybody looked has to be asked for once more."""
    asked = Assessment.objects.filter(verdict=Verdict.REVIEW.value, appointment__asked_at__gt=opened)
    return asked.filter(at__gt=opened, occasion="booking").exclude(appointment__changes__verb="lapse").exists()


def _aftercare_sent(opened: datetime) -> bool:
    return Message.objects.filter(kind__in=AFTERCARE, sent_at__gt=opened).exists()
