"""Registers the invented people and does with them what their stories say, by the same use cases as everybody else."""

from datetime import date, datetime, timedelta

from django.db import transaction

from injections.answers.outcomes import SaidOutcome, record_outcome
from injections.answers.pathway import set_pathway
from injections.answers.screening import answer_screening
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.booking.wish import Wish
from injections.conditions.recording import record_allergy, record_condition
from injections.imaging.reports import add_report
from injections.patient.injections import EarlierInjection, record_injection
from injections.patient.notes import add_note
from injections.safety.questions import QUESTIONS
from pht_clinic import clock
from pht_clinic.demo.life.stage import at_the_desk
from pht_clinic.demo.stories.boundary import FOUR_MONTHS, boundary_day, months_before
from pht_clinic.demo.stories.past import PLAYS, play
from pht_clinic.demo.stories.people import AREA, HOW_IT_IS, PEOPLE, REFERRED, Earlier, Invented
from pht_clinic.demo.stories.visits import SIDE, SITE, book_one, book_several, offer_one
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.models import User
from scheduling.models import Patient
from scheduling.patients.duplicates import report_duplicate
from scheduling.patients.identity import NewPatient, register_patient


def register_all(*, now: datetime) -> None:
    """Register those who are not there yet, each whole or not at all; those first of whom something was played, for it
    lies before what the others do now.
    """
    reception = actor_of(User.objects.get(email="reception@clinic.example"))
    radiologist = actor_of(User.objects.get(email="radiologist@clinic.example"))
    known = set(Patient.objects.values_list("email", flat=True))
    for person in sorted(PEOPLE, key=lambda one: not one.past):
        if person.email not in known:
            with transaction.atomic(), at_the_desk():
                _register(person, reception=reception, radiologist=radiologist, now=now)


def _register(person: Invented, *, reception: Actor, radiologist: Actor, now: datetime) -> None:
    began = now - PLAYS[person.past].ago if person.past else now
    today = clock.local_date(now)
    new = NewPatient(
        given_name=person.given_name,
        family_name=person.family_name,
        date_of_birth=today - timedelta(days=365 * person.age_years + 100),
        email=person.email,
        phone=f"07700 900{person.serial:03d}",
        nhs_number="" if person.is_again else person.nhs_number,
        **person.contact,
    )
    patient = register_patient(new, confirm_new=True, by=reception, now=began)
    if person.past:
        play(person, patient, began=began, present=now)
        return
    if person.is_again:
        first = Patient.objects.get(nhs_number=person.nhs_number)
        report_duplicate(patient.pk, other_id=first.pk, note="The same voice on the phone", by=reception, now=now)
    for earlier in person.earlier:
        _had(earlier, patient, by=reception, now=now)
    _answer(person, patient, reception=reception, radiologist=radiologist, now=now)
    for allergy in person.allergies:
        record_allergy(patient.pk, allergy, by=reception, now=now)
    for condition in person.conditions:
        record_condition(patient.pk, condition, by=reception, now=now)
    _come(person, patient, by=reception, now=now)


def _had(earlier: Earlier, patient: Patient, *, by: Actor, now: datetime) -> None:
    today = clock.local_date(now)
    given = (today - timedelta(days=earlier.days_ago)).isoformat()
    if earlier.told == "month":
        given = given[:7]
    if earlier.told == "boundary":
        over = boundary_day(today)
        given = months_before(over, FOUR_MONTHS).isoformat()
        add_note(patient.pk, text=f"Four months are over on {over:%A %-d %B}.", by=by, now=now)
    injection = EarlierInjection(site=earlier.site, side=SIDE, given=given, steroid=True, origin="elsewhere")
    record_injection(patient.pk, injection, by=by, now=now)


def _come(person: Invented, patient: Patient, *, by: Actor, now: datetime) -> None:
    """Their visit, their series, or their place on the waiting list."""
    if person.visit is not None:
        book_one(person.visit, patient, by=by, now=now)
    if person.series is not None:
        book_several(person.series, patient, by=by, now=now)
    if person.waits:
        what = Wish(kind="injection", site=SITE, side=SIDE)
        wish = put_on(NewWish(patient_id=patient.pk, what=what), by=by, now=now)
        if person.offered is not None:
            offer_one(person.offered, wish, by=by, now=now)


def _answer(person: Invented, patient: Patient, *, reception: Actor, radiologist: Actor, now: datetime) -> None:
    """What the questionnaire, the letter and the scan say; of whoever was typed by slip once more, nothing."""
    if person.is_again:
        return
    if person.answers is not None:
        answers = dict.fromkeys(QUESTIONS, "no") | dict(person.answers)
        answers["steroid_injection_last_12_months"] = "yes" if person.earlier else "no"
        screening = {"answers": answers, "onset": "gradual", "main_pain_site": "sit-bone", "pain_side": SIDE}
        screening |= person.details
        answer_screening(patient.pk, screening=screening, area=AREA, side=SIDE, by=reception, now=now)
        record_outcome(patient.pk, SaidOutcome(measure=HOW_IT_IS, area=AREA, side=SIDE), by=reception, now=now)
    pathway = {**REFERRED, **person.pathway}
    set_pathway(patient.pk, pathway=pathway, area=AREA, side=SIDE, by=reception, now=now)
    add_report(patient.pk, report=_scan(clock.local_date(now) - timedelta(days=21)), by=radiologist, now=now)


def _scan(performed_on: date) -> dict[str, str]:
    return {
        "modality": "ultrasound",
        "area": AREA,
        "side": SIDE,
        "performed_on": performed_on.isoformat(),
        "tendinopathy": "yes",
        "bursitis": "yes",
        "tear": "none",
        "other_diagnosis": "none",
    }
