"""R22: random changes of facts on a patient with two approved bookings.

After each change one re-assessment is enough: a second one changes nothing. Nothing unrelated sends a booking back,
and deciding on one of the two never knocks the other out. 100 changes in `make test`, 2,000 in `make trials`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from injections.answers.screening import answer_screening
from injections.assessment import reassess
from injections.booking.cancel import cancel
from injections.facts import history
from injections.models import Assessment, Call, Injection, PlannedActivity
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection, withdraw_injection
from injections.review.decide import CriticalStands, DecisionRequest, decide
from injections.safety import codes
from injections.safety.questions import QUESTIONS
from injections.safety.sites import AREAS, HISTORY_SITES
from injections.worklists.close_call import close_call
from pht_clinic.errors import Refusal
from scheduling.diary.locks import use_case
from scheduling.models import Appointment, Message, Patient
from tests.clinic import NOW, Clinic, local, open_clinic
from tests.trials.patients import days_on

pytestmark = [pytest.mark.django_db, pytest.mark.full_trial(one_in=3)]

SEED = 20260302
CHANGES_OF_ONE_PATIENT = 20
FIRST, SECOND = local("2026-03-17"), local("2026-04-28")
ANSWERS = ("no", "no", "yes", "not-sure", "not-applicable", None)


@dataclass
class Pair:
    """A patient with two bookings six weeks apart, both approved, and what may be changed about them."""

    clinic: Clinic
    rng: Random
    patient: Patient
    bookings: list[int] = field(default_factory=list)

    def tick(self) -> None:
        self.clinic.now += timedelta(minutes=1)

    def told(self) -> list[Any]:
        """What people see of it: states, revisions, messages."""
        rows = Appointment.objects.filter(patient=self.patient).order_by("pk")
        messages = Message.objects.filter(patient=self.patient).order_by("pk")
        return [list(rows.values_list("pk", "status", "revision")), list(messages.values_list("pk", "status"))]

    def state(self) -> list[Any]:
        """All that a re-assessment could change."""
        return [
            *self.told(),
            Assessment.objects.filter(patient=self.patient).count(),
            Call.objects.filter(patient=self.patient).count(),
        ]

    def statuses(self) -> list[str]:
        found = Appointment.objects.in_bulk(self.bookings)
        return [found[pk].status for pk in self.bookings]

    def assess_again(self) -> None:
        self.tick()
        with use_case():
            patient = Patient.objects.select_for_update(no_key=True).get(pk=self.patient.pk)
            reassess.patients([patient], occasion="again", by=self.clinic.reception, now=self.clinic.now)

    def phone(self) -> None:
        """Close every call: while one is open it stands against both bookings."""
        self.tick()
        for call in Call.objects.filter(patient=self.patient, closed_at__isnull=True):
            close_call(
                call.pk,
                reached="patient",
                spoke_to="the patient",
                said="Seen today.",
                by=self.clinic.radiologist,
                now=self.clinic.now,
            )

    def decide(self, pk: int) -> None:
        """Approve or, against a critical finding, override."""
        self.tick()
        approve = DecisionRequest(outcome="approve", reason="Discussed with the patient.")
        override = replace(approve, outcome="override", reason_code="no-alternative")
        try:
            decide(pk, approve, by=self.clinic.second_radiologist, now=self.clinic.now)
        except CriticalStands:
            decide(pk, override, by=self.clinic.second_radiologist, now=self.clinic.now)


def approved_pair(clinic: Clinic, rng: Random, name: str) -> Pair:
    pair = Pair(clinic, rng, clinic.fit_patient(name))
    for start in (FIRST, SECOND):
        pair.tick()
        outcome = clinic.book(pair.patient, start, override_reason="Asked for by the surgeon.")
        assert outcome.appointment is not None
        pair.bookings.append(outcome.appointment.pk)
    settle(pair)
    pair.assess_again()
    return pair


def settle(pair: Pair) -> None:
    """Decide on whatever waits once its calls are made; each decision leaves the other booking exactly as it was."""
    pair.phone()
    for pk, other in (pair.bookings, reversed(pair.bookings)):
        if Appointment.objects.get(pk=pk).status == "pending":
            before = Appointment.objects.values_list("status", "revision").get(pk=other)
            pair.decide(pk)
            after = Appointment.objects.values_list("status", "revision").get(pk=other)
            assert after == before, "a decision on one booking changed the other"
    assert pair.statuses() == ["booked", "booked"]


# -- What may change -----------------------------------------------------------------------------------------


def new_injection(pair: Pair) -> None:
    rng = pair.rng
    given = rng.choice([None, "2024", "2025", f"2025-{rng.randint(1, 12):02}", some_day(rng).isoformat()])
    site, side = rng.choice(list(HISTORY_SITES)), rng.choice(codes.HISTORY_SIDES)
    pair.clinic.earlier_injection(pair.patient, given, site=site, side=side, steroid=rng.choice([True, None, False]))


def corrected_injection(pair: Pair) -> None:
    row = Injection.objects.current().filter(patient=pair.patient).order_by("?").first()
    if row is not None:
        correct_injection(
            row.pk,
            reason="A letter came.",
            changes={"given": some_day(pair.rng).isoformat()},
            by=pair.clinic.reception,
            now=pair.clinic.now,
        )


def withdrawn_injection(pair: Pair) -> None:
    row = Injection.objects.current().filter(patient=pair.patient).first()
    if row is not None:
        withdraw_injection(row.pk, reason="Another patient's.", by=pair.clinic.reception, now=pair.clinic.now)


def answers(pair: Pair) -> None:
    changed = {question: pair.rng.choice(ANSWERS) for question in pair.rng.sample(list(QUESTIONS), 3)}
    pair.clinic.answer(pair.patient, changed)


def pathway(pair: Pair) -> None:
    rng = pair.rng
    pair.clinic.pathway(
        pair.patient,
        physiotherapy=rng.choice(codes.PHYSIOTHERAPY),
        response=rng.choice(codes.RESPONSES),
        specialist_assessment=rng.choice(["yes", "no", "not-sure"]),
        not_possible_reason="no physiotherapist near",
        suspected_avulsion=rng.choice(["no", "no", "yes"]),
    )


def report(pair: Pair) -> None:
    rng = pair.rng
    values: dict[str, Any] = {"tear": rng.choice(codes.TEARS), "bursitis": rng.choice(["yes", "no"])}
    if values["tear"] in codes.TEARS_WITH_GRADE:
        values |= {"tear_grade": "low", "tear_size_mm": 4}
    pair.clinic.report(
        pair.patient, side=rng.choice(codes.REPORT_SIDES), performed_on=some_day(rng).isoformat(), **values
    )


def activity(pair: Pair) -> None:
    start = pair.rng.choice([FIRST, SECOND]) + timedelta(hours=pair.rng.randint(-30, 80))
    plan_activity(
        pair.patient.pk,
        kind=pair.rng.choice(codes.ACTIVITY_KINDS),
        start=start,
        agreed_to_move=pair.rng.random() < 0.3,
        by=pair.clinic.reception,
        now=pair.clinic.now,
    )


def no_activity(pair: Pair) -> None:
    row = PlannedActivity.objects.filter(patient=pair.patient, withdrawn_at__isnull=True).first()
    if row is not None:
        withdraw_activity(row.pk, by=pair.clinic.reception, now=pair.clinic.now)


def date_of_birth(pair: Pair) -> None:
    born = date(pair.rng.choice([1935, 1980, 2007, 2010]), 5, 1)
    correct_patient(pair.patient.pk, changes={"date_of_birth": born}, by=pair.clinic.reception, now=pair.clinic.now)


def some_day(rng: Random) -> date:
    return NOW.date() - timedelta(days=rng.randint(0, 500))


def another_phone(pair: Pair) -> None:
    phone = f"07700 900{pair.rng.randint(100, 999)}"
    correct_patient(pair.patient.pk, changes={"phone": phone}, by=pair.clinic.reception, now=pair.clinic.now)


def report_of_elsewhere(pair: Pair) -> None:
    pair.clinic.report(pair.patient, area="greater-trochanter", side="right", performed_on="2026-02-20")


def follow_up(pair: Pair) -> None:
    """A visit that injects nothing and loads nothing, at a time that nobody has."""
    number = Appointment.objects.filter(kind="follow-up").count()
    start = days_on(local("2026-06-01", "09:00"), number // 24) + timedelta(minutes=20 * (number % 24))
    assert pair.clinic.book(pair.patient, start, kind="follow-up").appointment is not None


def answers_about_elsewhere(pair: Pair) -> None:
    assert len(AREAS) > 1
    answer_screening(
        pair.patient.pk,
        screening={"answers": {}},
        area="hip-joint",
        side="right",
        by=pair.clinic.reception,
        now=pair.clinic.now,
    )


Change = Callable[[Pair], None]
RELATED: tuple[Change, ...] = (
    new_injection,
    corrected_injection,
    withdrawn_injection,
    answers,
    pathway,
    report,
    activity,
    no_activity,
    date_of_birth,
)
UNRELATED: tuple[Change, ...] = (another_phone, report_of_elsewhere, follow_up, answers_about_elsewhere)


# -- The trial -------------------------------------------------------------------------------------------------


def one_round(pair: Pair) -> str:
    """One change, then everything that must hold; the name of the change, "" when it was refused."""
    change = pair.rng.choice(RELATED + UNRELATED)
    pair.tick()
    try:
        change(pair)
    except Refusal:
        assert change not in UNRELATED, change
        return ""
    if change in UNRELATED:
        assert pair.statuses() == ["booked", "booked"], change
    settled = pair.state()
    pair.assess_again()
    assert pair.state() == settled, f"{change.__name__}: a second re-assessment changed something"
    settle(pair)
    told = pair.told()
    pair.assess_again()  # may note, without telling anybody, that nobody's turn it is any more
    decided = pair.state()
    pair.assess_again()
    assert pair.state() == decided, f"{change.__name__}: re-assessing after the decisions changed something"
    assert pair.told() == told, f"{change.__name__}: what was decided did not stay"
    return change.__name__


def test_one_reassessment_reaches_a_fixed_point(is_full_trial: bool) -> None:
    rng = Random(SEED)
    made: list[str] = []
    questioned = 0
    clinic = open_clinic()
    for number in range((2_000 if is_full_trial else 100) // CHANGES_OF_ONE_PATIENT):
        clinic.now = NOW
        pair = approved_pair(clinic, rng, f"Birch{number}")
        for _ in range(CHANGES_OF_ONE_PATIENT):
            made.append(one_round(pair))
        questioned += Appointment.objects.filter(pk__in=pair.bookings, changes__verb="question").count()
        free_the_times(pair)
    assert questioned > 10, "the changes hardly ever mattered"
    assert len({name for name in made if name}) >= 10


def free_the_times(pair: Pair) -> None:
    for pk in Appointment.objects.filter(patient=pair.patient, status__in=["booked", "pending"]).values_list(
        "pk", flat=True
    ):
        cancel(pk, reason="The next patient's turn.", by=pair.clinic.reception, now=pair.clinic.now)


def test_control_when_both_bear_the_finding_an_unrelated_change_knocks_one_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without "the one asked for last bears it" the approved first booking is sent back for nothing."""
    pair = approved_pair(open_clinic(), Random(SEED), "Birch")
    monkeypatch.setattr(history, "_is_later", lambda visit, judged: judged is not None and visit.pk == judged.pk)
    pair.tick()
    another_phone(pair)
    assert pair.statuses() == ["pending", "booked"]
