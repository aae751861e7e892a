"""What a patient answers after an injection, and when somebody must phone because of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from injections.answers.measures import NOTHING_SAID, Measure, Occasion, keep_measure, measure_problems, place_of_visit
from injections.assessment import open_calls
from injections.assessment.fact_change import fact_about, settle, who_holds, written
from injections.models import Call, Injection, RecoveryAnswer
from injections.models.afterwards import BY_LINK
from injections.safety.warning_signs import SIGNS, is_emergency
from injections.words import GIVERS
from pht_clinic.clinic_words import words_in_force
from pht_clinic.errors import FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment
from scheduling.states import Status, WrongState

SEVERE_PAIN = 8
"""At the question of the day after, pain that is worse and this strong is a reason to phone."""
Question, Change = RecoveryAnswer.Question, RecoveryAnswer.Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the patient said. `pain` 0–10 now; `change`, `sitting`, `moving` against the time before the injection.

    Pain and change may be left out only by somebody who has a sign. `measure` is asked from 2 weeks on. `answered_by`
    is the patient or the carer.
    """

    question: str
    pain: int | None = None
    change: str = ""
    sitting: str = ""
    moving: str = ""
    signs: tuple[str, ...] = ()
    answered_by: str = "patient"
    measure: Measure = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Answered:
    """The stored row and why somebody phones now, None when nobody needs to."""

    row: RecoveryAnswer
    why: Call.Why | None


def given_at(appointment: Appointment) -> datetime | None:
    """When the last injection given at this visit ended; None when none was given."""
    if appointment.status != Status.FULFILLED:
        return None
    rows = Injection.objects.given().filter(appointment=appointment, ended_at__isnull=False)
    return rows.order_by("-ended_at").values_list("ended_at", flat=True).first()


def answer_recovery(appointment_id: int, answers: Answers, *, by: Actor, now: datetime) -> Answered:
    """Store what the patient answers about a visit and put them on the call list where `why_call` says so.

    A warning sign holds back next steps and questions, and blocks another injection, until that call is closed.
    Raises: Forbidden, Missing, Invalid (fields), WrongState (nothing was given at that visit).
    """
    check_permitted("answer-recovery", by)
    _check(answers)
    patient_id = who_holds(Appointment.objects.filter(pk=appointment_id))
    if patient_id is None:
        raise Missing("There is no such appointment.")
    with fact_about(patient_id) as patient:
        appointment = Appointment.objects.get(pk=appointment_id)
        if given_at(appointment) is None:
            raise WrongState("There is nothing to answer about this appointment.")
        row = RecoveryAnswer.objects.create(
            patient=patient,
            appointment=appointment,
            question=answers.question,
            pain=answers.pain,
            change=answers.change,
            sitting=answers.sitting,
            moving=answers.moving,
            signs=sorted(set(answers.signs)),
            answered_by=answers.answered_by,
            answered_at=now,
            **written(by=by, now=now),
        )
        if answers.measure.says_anything:
            place, said = place_of_visit(appointment), (now, answers.answered_by)
            measure = replace(answers.measure, change=answers.change)
            keep_measure(patient, measure, place, occasion=answers.question, said=said, by=by, now=now)
        why = why_call(answers)
        if why is not None:
            open_calls.open_call(
                patient,
                why=why,
                say=_say(answers, why),
                is_emergency=is_emergency(answers.signs),
                appointment=appointment,
                now=now,
            )
        settle(row, "recovery-answered", patient, by=by, now=now)
        return Answered(row, why)


def why_call(answers: Answers) -> Call.Why | None:
    """Why somebody must phone, None when nobody must. Pure.

    Any sign, at any time · the day after: worse, with pain of 8 or more · day 4: worse than before · 6 weeks: not
    better, which is not urgent. Source: clinic policy (what patients are told).
    """
    worse = answers.change == Change.WORSE
    if answers.signs:
        return Call.Why.WARNING_SIGN
    if answers.question == Question.FLARE_CHECK and worse and (answers.pain or 0) >= SEVERE_PAIN:
        return Call.Why.WARNING_SIGN
    if answers.question == Question.DAY_4 and worse:
        return Call.Why.WARNING_SIGN
    if answers.question == Question.SIX_WEEKS and answers.change != Change.BETTER:
        return Call.Why.NOT_BETTER
    return None


def _say(answers: Answers, why: Call.Why) -> str:
    pain = "Pain not said" if answers.pain is None else f"Pain {answers.pain} out of 10"
    change = f", {Change(answers.change).label}" if answers.change else ""
    whose = "" if answers.answered_by == "patient" else f", said by {GIVERS[answers.answered_by]}"
    told = f"{pain}{change} ({Question(answers.question).label}){whose}."
    if why is Call.Why.NOT_BETTER:
        return f"Not urgent. {told} Ask how it goes, and about the physiotherapy."
    signs = "; ".join(SIGNS[code].text for code in answers.signs)
    urgency = (
        f"Phone at once; {words_in_force().emergency_number} was shown."
        if is_emergency(answers.signs)
        else "Phone today."
    )
    return f"{urgency} {told}{f' Signs: {signs}.' if signs else ''}"


def _check(answers: Answers) -> None:
    problems = [*_unknown(answers.signs), *measure_problems(answers.measure)]
    if answers.measure.says_anything and answers.question not in Occasion.values:
        problems.append(FieldError("#/question", "This is asked from 2 weeks on."))
    if answers.question not in Question.values:
        problems.append(FieldError("#/question", f"Choose one of {', '.join(Question.values)}."))
    if answers.answered_by not in BY_LINK:
        problems.append(FieldError("#/answered_by", f"Choose one of {', '.join(BY_LINK)}."))
    if answers.pain not in range(11) and (answers.pain is not None or not answers.signs):
        problems.append(FieldError("#/pain", "Choose a number from 0 to 10."))
    if answers.change not in Change.values and (answers.change or not answers.signs):
        problems.append(FieldError("#/change", "Choose better, the same or worse."))
    problems += [
        FieldError(f"#/{name}", "Choose better, the same or worse.")
        for name, value in (("sitting", answers.sitting), ("moving", answers.moving))
        if value and value not in Change.values
    ]
    if problems:
        raise Invalid(problems)


def _unknown(signs: Collection[str]) -> list[FieldError]:
    return [FieldError("#/signs", "Choose from the list.") for code in signs if code not in SIGNS][:1]
