"""Rows as the values that the rules read, one by one: nothing is added, and unknown stays unknown. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from injections.facts import sections
from injections.facts.history import History, newest_that_fits, requests_of
from injections.facts.policy import effective_policy, policy_with
from injections.models import ImagingReport, Injection, InjectionRequest, Pathway, PlannedActivity, Screening
from injections.safety import facts as safety
from injections.safety.policy import DEFAULT
from injections.visit_kinds import KINDS
from pht_clinic.errors import Invalid
from scheduling.models import Appointment, Patient

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
DAY, HALF_AN_HOUR = timedelta(days=1), timedelta(minutes=30)
PATIENT = Patient(pk=1, date_of_birth=date(1980, 5, 1))
REQUEST = safety.Request(start=NOW + DAY, end=NOW + DAY, site="hamstring-origin", side="left")


def visit(number: int, start: datetime, kind: str = "injection", **values: Any) -> Appointment:
    """Into the right hip, where it injects; asked for in the order of the numbers."""
    asked_at = NOW - 100 * DAY + number * HALF_AN_HOUR
    row = Appointment(
        pk=number, kind=kind, start_at=start, end_at=start + HALF_AN_HOUR, **{"asked_at": asked_at, **values}
    )
    if KINDS[kind].injects:
        InjectionRequest(appointment=row, site="hip-joint", side="right", targets=["joint"])
    return row


def facts(request: safety.Request = REQUEST, appointment: Appointment | None = None, **rows: Any) -> safety.Facts:
    return History(PATIENT, NOW, **rows).facts(request, appointment=appointment)


def test_of_a_patient_of_whom_nothing_is_recorded_only_the_age_is_known() -> None:
    nothing = safety.Facts(request=REQUEST, patient=safety.PatientFacts(date_of_birth=date(1980, 5, 1)))
    assert facts() == nothing
    assert History(PATIENT, NOW).last_recorded_at() is None


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (
            Injection(site="hip-joint", side="both", given="", recorded_on=date(2026, 1, 5), status="given"),
            safety.GivenInjection(site="hip-joint", side="both", recorded_on=date(2026, 1, 5)),
        ),
        (
            Injection(
                site="hamstring-origin",
                side="left",
                given="2026-06",
                steroid=False,
                status="part-given",
                ended_at=NOW,
                recorded_on=date(2026, 7, 1),
                rest_hours=96,
                rest_reason="A large tear",
            ),
            safety.GivenInjection(
                site="hamstring-origin",
                side="left",
                given="2026-06",
                steroid=False,
                status="part-given",
                ended_at=NOW,
                recorded_on=date(2026, 7, 1),
                rest_hours=96,
                rest_reason="A large tear",
            ),
        ),
    ],
    ids=["of-which-little-is-known", "of-which-all-is-known"],
)
def test_an_injection_is_told_as_it_was_recorded(row: Injection, value: safety.GivenInjection) -> None:
    assert facts(injections=[row]).injections == (value,)


@pytest.mark.parametrize(
    ("change", "helped"), [("better", "yes"), ("same", "no"), ("worse", "no"), ("", "not-sure"), (None, None)]
)
def test_whether_an_injection_helped_is_unknown_unless_somebody_said_so(change: str | None, helped: str | None) -> None:
    row = Injection(site="hip-joint", side="left", given="2026", recorded_on=date(2026, 7, 1))
    row.change = change  # type: ignore[attr-defined]  # comes along with the row
    assert [one.helped for one in facts(injections=[row]).injections] == [helped]


def test_a_report_is_told_as_it_was_recorded() -> None:
    """A tear with its grade and size; none has neither."""
    seen = {"area": "hip-joint", "side": "left", "performed_on": date(2026, 6, 1), "tendinopathy": "yes"}
    seen |= {"bursitis": "no", "other_diagnosis": "stress-fracture"}
    torn = ImagingReport(modality="mri", **seen, tear="partial", tear_grade="2", tear_size_mm=Decimal("4.50"))
    whole = ImagingReport(modality="ultrasound", **seen, tear="none", tear_grade="", tear_size_mm=None)
    assert facts(reports=[torn, whole]).reports == (
        safety.Report(modality="mri", **seen, tear="partial", tear_grade="2", tear_size_mm=4.5),
        safety.Report(modality="ultrasound", **seen, tear="none"),
    )


def test_plans_and_visits_that_load_the_tendon_are_told_with_their_start() -> None:
    """Booked physiotherapy and classes; a plan with whether the patient agreed to move it."""
    race = PlannedActivity(kind="race", start_at=NOW + DAY, agreed_to_move=True)
    found = facts(
        activities=[race], visits=[visit(1, NOW - DAY, "physiotherapy"), visit(2, NOW + DAY, "exercise-class")]
    )
    assert found.activities == (safety.Activity(kind="race", start=NOW + DAY, agreed_to_move=True),)
    assert found.loading == (
        safety.LoadingVisit(kind="physiotherapy", start=NOW - DAY),
        safety.LoadingVisit(kind="exercise-class", start=NOW + DAY),
    )
    assert (found.injections, found.booked) == ((), ())


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 1, 31, 23, 30, tzinfo=UTC), date(2026, 1, 31)),
    ],
)
def test_a_visit_that_is_over_counts_as_given_on_the_clinics_own_day(start: datetime, day: date) -> None:
    """In summer the day begins an hour earlier than in UTC. Of steroid nothing is known: it counts."""
    assert facts(visits=[visit(1, start)]).injections == (
        safety.GivenInjection(
            site="hip-joint",
            side="right",
            given=day.isoformat(),
            steroid=None,
            status="given",
            ended_at=start + HALF_AN_HOUR,
            recorded_on=day,
        ),
    )


@pytest.mark.parametrize(
    ("judged", "seen", "over"),
    [(None, [2, 3, 4], 2), (2, [], 2), (3, [2], 2), (4, [2, 3], 2), (1, [], 1), (5, [2, 3, 4], 1)],
)
def test_of_two_bookings_the_one_asked_for_last_sees_the_other(judged: int | None, seen: list[int], over: int) -> None:
    """At one instant, the one stored last. What is over is seen by all but itself; nobody is shown to themselves."""
    tie = NOW - 90 * DAY
    rows = {
        1: visit(1, NOW - 3 * DAY),
        2: visit(2, NOW + 2 * DAY),
        3: visit(3, NOW + 3 * DAY, asked_at=tie),
        4: visit(4, NOW + 4 * DAY, asked_at=tie),
        5: visit(5, NOW - HALF_AN_HOUR, asked_at=tie + DAY),
    }
    found = facts(appointment=rows[judged] if judged else None, visits=list(rows.values()))
    assert [(one.start - NOW).days for one in found.booked] == seen
    assert len(found.injections) == over
    assert found.booked[:1] == (
        (
            safety.BookedInjection(
                site="hip-joint", side="right", start=rows[2].start_at, end=rows[2].start_at + HALF_AN_HOUR
            ),
        )
        if seen
        else ()
    )


def answers(number: int, area: str, side: str, **values: Any) -> Screening:
    row = Screening(pk=number, area=area, side=side, content={"onset": "gradual"}, recorded_at=NOW + number * DAY)
    for name, value in values.items():
        setattr(row, name, value)
    return row


IT, GT = "ischial-tuberosity", "greater-trochanter"


@pytest.mark.parametrize(
    ("recorded_for", "site", "side", "counts"),
    [
        ((IT, "left"), "hamstring-origin", "left", True),
        ((IT, "left"), "ischiogluteal-bursa", "left", True),
        ((IT, "left"), "hamstring-origin", "right", False),
        ((IT, "left"), "trochanteric-bursa", "left", False),
        ((IT, ""), "hamstring-origin", "right", True),
        ((IT, ""), "trochanteric-bursa", "right", False),
        (("", "left"), "trochanteric-bursa", "left", True),
        (("", "left"), "trochanteric-bursa", "right", False),
        (("", ""), "hip-joint", "right", True),
        ((GT, "both"), "trochanteric-bursa", "right", True),
        ((GT, "unknown"), "trochanteric-bursa", "left", True),
    ],
)
def test_answers_and_pathway_count_for_the_area_and_side_they_name(
    recorded_for: tuple[str, str], site: str, side: str, counts: bool
) -> None:
    """What names none counts for each."""
    area, of_side = recorded_for
    pathway = Pathway(pk=1, area=area, side=of_side, content={"physiotherapy": "ongoing"}, recorded_at=NOW)
    found = facts(replace(REQUEST, site=site, side=side), screenings=[answers(1, area, of_side)], pathways=[pathway])
    assert found.screening == (safety.ScreeningFacts(onset="gradual") if counts else None)
    assert found.pathway == (safety.PathwayFacts(physiotherapy="ongoing") if counts else None)


def test_of_all_that_fits_the_newest_counts() -> None:
    """In whatever order they are read; a newer one for another area takes nothing's place."""
    rows = [answers(2, IT, "left"), answers(3, "", "left"), answers(1, IT, "left"), answers(4, GT, "left")]
    assert newest_that_fits(rows, IT, "left") == rows[1]
    assert newest_that_fits(rows, GT, "left") == rows[3]
    assert newest_that_fits(rows[2:], IT, "right") is None


@pytest.mark.parametrize("kept_as", ["screenings", "pathways", "reports"])
def test_the_newest_record_says_since_when_the_facts_are_known(kept_as: str) -> None:
    """Whichever of the three it is."""
    models = {"screenings": Screening, "pathways": Pathway, "reports": ImagingReport}
    rows: dict[str, list[Any]] = {name: [model(recorded_at=NOW - DAY)] for name, model in models.items()}
    rows[kept_as] = [models[kept_as](recorded_at=NOW - at) for at in (2 * DAY, timedelta(0), 3 * DAY)]
    assert History(PATIENT, NOW, **rows).last_recorded_at() == NOW


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_visit_asks_for_is_what_was_booked(kind: str) -> None:
    """Only what injects has a place, and only a scan and injection brings its own scan."""
    [asked] = requests_of(visit(1, NOW, kind))
    target = {"site": "hip-joint", "side": "right", "targets": ("joint",)} if KINDS[kind].injects else {}
    assert asked == safety.Request(
        kind="injection" if target else kind,
        start=NOW,
        end=NOW + HALF_AN_HOUR,
        **target,  # type: ignore[arg-type]
        ultrasound_guided=True,
        includes_scan=kind == "scan-and-injection",
    )


REPORT = {
    "modality": "ultrasound",
    "area": IT,
    "side": "left",
    "performed_on": "2026-06-01",
    "tendinopathy": "yes",
    "bursitis": "no",
    "tear": "none",
    "other_diagnosis": "none",
}


def test_sections_are_read_as_in_the_batch_check_and_every_problem_is_named_by_its_place() -> None:
    assert sections.screening({"onset": "sudden"}) == safety.ScreeningFacts(onset="sudden")
    assert sections.pathway({"response": "satisfactory"}) == safety.PathwayFacts(response="satisfactory")
    performed = {"performed_on": date(2026, 6, 1)}
    assert sections.report(REPORT) == safety.Report(**REPORT | performed)  # type: ignore[arg-type]
    for read, wrong in (
        (sections.screening, {"onset": "slow", "injury_on": "yesterday"}),
        (sections.pathway, {"response": "fine", "physiotherapy": "some"}),
        (sections.report, REPORT | {"tear": "small", "modality": "x-ray"}),
    ):
        with pytest.raises(Invalid) as refused:
            read(wrong)
        named = {error.pointer.rpartition("/")[2] for error in refused.value.errors}
        assert named == {name for name in wrong if wrong[name] != REPORT.get(name)}


def test_the_clinic_judges_by_thresholds_of_its_own_where_they_are_stricter(settings: Any) -> None:
    """In its own time zone; what it does not name stays as the sources have it."""
    settings.SAFETY_THRESHOLDS = {"rest_hours": "60"}
    settings.CLINIC_TIME_ZONE = "Europe/Dublin"
    policy_with.cache_clear()
    try:
        assert effective_policy() == replace(DEFAULT.in_zone("Europe/Dublin"), rest_hours=60)
        assert effective_policy().rules_version != DEFAULT.rules_version
    finally:
        policy_with.cache_clear()
