"""Invented patients of the demo clinic, each a different walk through it; dated relative to today.

They come in by the same use cases as everybody else. NHS numbers are from the 999 range, kept for tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from injections.answers.measures import Measure
from injections.answers.outcomes import SaidOutcome, record_outcome
from injections.answers.pathway import set_pathway
from injections.answers.screening import answer_screening
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on
from injections.booking.wish import Wish
from injections.conditions.content import Allergy, ConditionOrMedicine
from injections.conditions.recording import record_allergy, record_condition
from injections.imaging.reports import add_report
from injections.patient.injections import EarlierInjection, record_injection
from injections.safety.questions import QUESTIONS
from pht_clinic import clock
from pht_clinic.demo.nhs_numbers import nhs_number_of
from pht_clinic.demo.visits import SIDE, SITE, InventedSeries, InventedVisit, book_one, book_several
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.models import User
from scheduling.models import Patient
from scheduling.patients.duplicates import report_duplicate
from scheduling.patients.identity import NewPatient, register_patient

AREA = "ischial-tuberosity"


@dataclass(frozen=True)
class Earlier:
    """A steroid injection that the patient had somewhere else, so many days ago."""

    site: str
    days_ago: int


@dataclass(frozen=True)
class Invented:
    """One patient.

    `answers` and `details` say where the questionnaire is remarkable; `answers` None means not asked yet.
    `allergies` and `conditions` are what no rule judges; `contact` is how they are reached and who else counts.
    `waits`: for an injection, on the waiting list.
    `is_again`: somebody typed by slip once more, without a number; `serial` is that of the first record.
    """

    given_name: str
    family_name: str
    serial: int
    age_years: int
    earlier: tuple[Earlier, ...] = ()
    answers: Mapping[str, str] | None = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    visit: InventedVisit | None = None
    series: InventedSeries | None = None
    waits: bool = False
    allergies: tuple[Allergy, ...] = ()
    conditions: tuple[ConditionOrMedicine, ...] = ()
    contact: Mapping[str, Any] = field(default_factory=dict)
    is_again: bool = False

    @property
    def nhs_number(self) -> str:
        return nhs_number_of(self.serial)

    @property
    def email(self) -> str:
        """An address that leads nowhere."""
        return f"{self.given_name}.{self.family_name}@patient.example".lower()


GP = {
    "gp_name": "Dr Ines Faulk",
    "gp_practice": "Mill Lane Surgery",
    "gp_address": "1 Mill Lane\nLeeds LS1 1AA",
    "gp_email": "post@millane.example",
}
HOW_IT_IS = Measure(
    pain_sitting=6, pain_walking=3, pain_running=8, strength="weaker", goal="To run 5 km again", stage=2, stage_pain=3
)
"""What all of them say of the pain before their injection."""
REFERRED: Final = {
    "specialist_assessment": "yes",
    "physiotherapy": "completed",
    "response": "not-satisfactory",
    "indications": ["deep-buttock-pain", "sit-bone-tenderness"],
    "mild_and_improving": "no",
    "suspected_avulsion": "no",
}
"""What the letter says of those who have tried everything else."""
DIABETES = {"diabetes": "yes", "blood_thinner": "yes"}
CLASS = InventedVisit("Jo Lindgren", "exercise-class", 4, time(15, 30))
PEOPLE = (
    # Nothing stands in the way: booked at once.
    Invented(
        "Hannah",
        "Whitlock",
        1,
        44,
        visit=InventedVisit("Dr Amara Osei", "injection", 5, time(9, 30)),
        contact={**GP, "address": "Flat 2\n7 Orchard Row\nLeeds LS2 2BB", "preferred_contact": "email"},
    ),
    # Between three and four months after the last one: held until a radiologist decides.
    Invented(
        "Tomasz",
        "Nowak",
        2,
        52,
        earlier=(Earlier("ischiogluteal-bursa", 100),),
        visit=InventedVisit("Dr Felix Brandt", "injection", 4, time(10, 0)),
        contact={"language": "Polish", "preferred_contact": "sms"},
    ),
    # Five weeks after the last one: too soon, whoever asks.
    Invented("Priya", "Raman", 3, 38, earlier=(Earlier("hamstring-origin", 35),)),
    # Medicines to weigh: held until a radiologist decides.
    Invented(
        "Gareth",
        "Pugh",
        4,
        61,
        answers=DIABETES,
        details={"diabetes_poorly_controlled": "not-sure", "blood_thinner_kind": "warfarin"},
        visit=InventedVisit("Dr Amara Osei", "injection", 6, time(14, 0)),
        allergies=(Allergy(substance="Penicillin", reaction="Rash", since="1998", said_by="The patient"),),
        conditions=(
            ConditionOrMedicine(kind="condition", name="Glaucoma", since="2019", said_by="The GP’s letter"),
            ConditionOrMedicine(kind="medicine", name="Warfarin 3 mg", said_by="The GP’s letter"),
        ),
        contact={
            **GP,
            "address": "19 Station Road\nLeeds LS3 3CC",
            "preferred_contact": "letter",
            "needs": "Uses a wheelchair\nLetters in large print",
            "carer_name": "Carys Pugh",
            "carer_relation": "Daughter",
            "carer_phone": "07700 900814",
            "carer_may_speak": True,
        },
    ),
    # A red flag among the answers: on the call list.
    Invented("Olivia", "Stern", 5, 35, answers={"fever": "yes"}),
    # Only just registered: nothing asked yet.
    Invented("Samuel", "Adeyemi", 6, 47, answers=None),
    # Physiotherapy, which an injection two days before would forbid.
    Invented("Lucy", "Fairbairn", 7, 29, visit=InventedVisit("Jo Lindgren", "physiotherapy", 3, time(11, 0))),
    # Reads German: mails and her own page are in it, marked for staff as not signed yet.
    Invented(
        "Greta",
        "Vogel",
        8,
        50,
        visit=InventedVisit("Dr Felix Brandt", "injection", 6, time(11, 0)),
        contact={"written_language": "de", "address": "3 Canal Walk\nLeeds LS4 4DD"},
    ),
    # A class of three, who go to it as one.
    Invented("Ewan", "Doyle", 10, 41, visit=CLASS),
    Invented("Noor", "Haddad", 12, 33, visit=CLASS),
    Invented("Beth", "Kowalska", 13, 57, visit=CLASS),
    # Six weeks of physiotherapy, booked at once.
    Invented("Callum", "Frost", 16, 26, series=InventedSeries("Jo Lindgren", "physiotherapy", 8, time(10, 0), 6)),
    # Nothing stands in the way but that no time suited: waits for one that becomes free.
    Invented("Ines", "Abara", 15, 48, waits=True),
    # The first one once more, by another spelling: reported as one person, for a manager to decide.
    Invented("Hanna", "Whitlok", 1, 44, answers=None, is_again=True),
)


def register_all(*, now: datetime) -> None:
    """Register those who are not there yet, with what is known of them, and book their visits."""
    reception = actor_of(User.objects.get(email="reception@clinic.example"))
    radiologist = actor_of(User.objects.get(email="radiologist@clinic.example"))
    for person in PEOPLE:
        if not Patient.objects.filter(email=person.email).exists():
            _register(person, reception=reception, radiologist=radiologist, now=now)


def _register(person: Invented, *, reception: Actor, radiologist: Actor, now: datetime) -> None:
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
    patient = register_patient(new, confirm_new=True, by=reception, now=now)
    if person.is_again:
        first = Patient.objects.get(nhs_number=person.nhs_number)
        report_duplicate(patient.pk, other_id=first.pk, note="The same voice on the phone", by=reception, now=now)
    for earlier in person.earlier:
        given = (today - timedelta(days=earlier.days_ago)).isoformat()
        injection = EarlierInjection(site=earlier.site, side=SIDE, given=given, steroid=True, origin="elsewhere")
        record_injection(patient.pk, injection, by=reception, now=now)
    if person.answers is not None:
        _answer(person, patient, reception=reception, radiologist=radiologist, now=now)
    for allergy in person.allergies:
        record_allergy(patient.pk, allergy, by=reception, now=now)
    for condition in person.conditions:
        record_condition(patient.pk, condition, by=reception, now=now)
    if person.visit is not None:
        book_one(person.visit, patient, by=reception, now=now)
    if person.series is not None:
        book_several(person.series, patient, by=reception, now=now)
    if person.waits:
        what = Wish(kind="injection", site=SITE, side=SIDE)
        put_on(NewWish(patient_id=patient.pk, what=what), by=reception, now=now)


def _answer(person: Invented, patient: Patient, *, reception: Actor, radiologist: Actor, now: datetime) -> None:
    answers = dict.fromkeys(QUESTIONS, "no") | dict(person.answers or {})
    answers["steroid_injection_last_12_months"] = "yes" if person.earlier else "no"
    screening = {"answers": answers, "onset": "gradual", "main_pain_site": "sit-bone", "pain_side": SIDE}
    answer_screening(patient.pk, screening={**screening, **person.details}, area=AREA, side=SIDE, by=reception, now=now)
    record_outcome(patient.pk, SaidOutcome(measure=HOW_IT_IS, area=AREA, side=SIDE), by=reception, now=now)
    set_pathway(patient.pk, pathway=REFERRED, area=AREA, side=SIDE, by=reception, now=now)
    performed_on = clock.local_date(now) - timedelta(days=21)
    report = {
        "modality": "ultrasound",
        "area": AREA,
        "side": SIDE,
        "performed_on": performed_on.isoformat(),
        "tendinopathy": "yes",
        "bursitis": "yes",
        "tear": "none",
        "other_diagnosis": "none",
    }
    add_report(patient.pk, report=report, by=radiologist, now=now)
