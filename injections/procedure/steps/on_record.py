"""What is recorded that a check of the day is about: it stands beside the check, and may speak against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from injections import words
from injections.facts.alerts import Alerts, alerts_of
from injections.facts.answers import KnownAnswers
from injections.facts.history import History
from injections.safety.codes import YES
from injections.safety.dates import in_words, partial_in_words
from injections.safety.gates import CHECKED_TODAY
from pht_clinic import clock
from scheduling.models import Appointment

OLD_FROM: Final = 75
"""Years of age from which a fall with a numb leg is thought of. Source: hazard H39, clinic policy."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What stands beside one check. `speaks_against`: it contradicts the check, which then is answered by itself."""

    lines: tuple[str, ...] = ()
    speaks_against: bool = False


_QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "well": ("fever",),
    "no_infection_or_antibiotics": ("infection_or_antibiotics", "preventive_antibiotic"),
    "skin_whole": ("infection_at_site",),
    "pregnancy": ("pregnant",),
    "allergies": ("steroid_or_anaesthetic_allergy", "skin_or_latex_allergy"),
    "medicines": ("interacting_medicine", "blood_thinner"),
    "no_new_injection": ("steroid_injection_last_12_months",),
    "no_new_symptom": ("progressive_weakness", "saddle_or_bladder"),
    "side_and_site_marked": ("pain_side",),
}
_AGAINST: Final = frozenset(
    {
        *("fever", "infection_or_antibiotics", "infection_at_site", "pregnant", "steroid_or_anaesthetic_allergy"),
        *("interacting_medicine", "progressive_weakness", "saddle_or_bladder"),
    }
)
"""Questions whose "yes" contradicts the check they stand beside."""
_ALERTS: Final[Mapping[str, tuple[str, ...]]] = {
    "allergies": ("allergy",),
    "medicines": ("blood-thinner", "medicine", "diabetes"),
    "chaperone_offered": ("interpreter", "needs"),
}


def recorded_beside(history: History, appointment: Appointment) -> dict[str, OnRecord]:
    """For each check of the day, of `history_to_show`. No query."""
    known = [history.answers(area, side) for area, side in appointment.injection_request.places]
    alerts = alerts_of(history)
    return {check: _beside(check, known, alerts, history, appointment) for check in CHECKED_TODAY}


def _beside(
    check: str, known: Sequence[KnownAnswers], alerts: Alerts, history: History, appointment: Appointment
) -> OnRecord:
    """Of a visit about several areas what was answered of any of them, alike answers once."""
    alerted = [f"{one.title}: {one.text}" for one in alerts.standing if one.kind in _ALERTS.get(check, ())]
    questions = _QUESTIONS.get(check, ())
    said = dict.fromkeys(_answered(question, answers) for question in questions for answers in known)
    more = _MORE[check](history, appointment) if check in _MORE else ()
    against = any(answers.value(one) == YES for one in questions if one in _AGAINST for answers in known)
    return OnRecord((*alerted, *filter(None, said), *more), against)


def _answered(question: str, answers: KnownAnswers) -> str:
    """ "Fever: no (2 March 2026, the patient)"; a yes that an alert tells in full is not said twice."""
    answer, label = answers.by_question.get(question), words.QUESTION_LABELS[question].capitalize()
    if answer is None:
        return f"{label}: not answered"
    if answer.value == YES and question in _TOLD_BY_ALERTS:
        return ""
    said = words.SIDES.get(answer.value) or words.answer_words(question, answer.value)
    by = words.GIVERS.get(answer.by, answer.by)
    return f"{label}: {said.lower()} ({in_words(clock.local_date(answer.given_at))}, {by})"


_TOLD_BY_ALERTS: Final = frozenset({"blood_thinner", "steroid_or_anaesthetic_allergy", "skin_or_latex_allergy"})


def _newest_injection(history: History, appointment: Appointment) -> Iterator[str]:
    rows = [row for row in history.injections if row.status in row.GIVEN]
    if rows:
        newest = max(rows, key=lambda row: (row.given, row.pk))
        place = f"{words.SITE_NAMES.get(newest.site, newest.site)}, {words.SIDES[newest.side]}".lower()
        yield f"The last one recorded: {partial_in_words(newest.given or None)}, {place}"
    else:
        yield "None is recorded, here or elsewhere"


def _place_as_booked(history: History, appointment: Appointment) -> Iterator[str]:
    for asked in appointment.injection_request.wanted:
        yield f"Booked: {words.SITE_NAMES[asked.site]}, {words.SIDES[asked.side].lower()}"


def _may_fall(history: History, appointment: Appointment) -> Iterator[str]:
    yield from may_fall(history)


_MORE: Final[Mapping[str, Callable[[History, Appointment], Iterator[str]]]] = {
    "no_new_injection": _newest_injection,
    "side_and_site_marked": _place_as_booked,
    "way_home": _may_fall,
}


def may_fall(history: History) -> list[str]:
    """Why this patient may fall with a numb leg, as far as it is recorded. Hazard H39."""
    age = _age(history.patient.date_of_birth, clock.local_date(history.now))
    found = [f"{age} years old"] if age >= OLD_FROM else []
    if history.answers(None, None).value("blood_thinner") == YES:
        found.append("Takes a blood thinner")
    return found


def _age(born_on: date, today: date) -> int:
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
