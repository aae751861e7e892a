"""What the caller told, with what this clinic's own records hold: to know more never makes a verdict milder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from injections.doors.cds_hooks.joining import joined
from injections.doors.cds_hooks.strictest import stricter
from injections.facts.history import history_about
from injections.facts.policy import effective_policy
from injections.safety.assess import assess
from injections.safety.facts import Facts, GivenInjection, Request, ScreeningFacts
from injections.safety.findings import SEVERITY_RANK, Severity
from tests.clinic import NOW, Clinic
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.cds_hooks.ehr import appointment, in_order, injection, searchset
from tests.injections.doors.cds_hooks.test_cards import COLLEAGUE, START, STRANGER, answered, cards, known, rules

pytestmark = pytest.mark.django_db

SOON: Final = "2026-03-05T10:00:00+00:00"


def asked(caller: Any, **given: Any) -> dict[str, str]:
    """The rules that speak, each with its severity."""
    body = ehr.call("appointment-book", appointment(SOON), prefetch=in_order() | given)
    return rules(cards(body, caller))


def answers(authored: str = "2026-03-01T09:00:00Z", **changes: Any) -> dict[str, Any]:
    """The questionnaire with other answers and follow-ups, of another time."""
    bundle = answered(**{name: said for name, said in changes.items() if isinstance(said, str)})
    response = bundle["entry"][0]["resource"]
    response["authored"] = authored
    response["item"] += [{"linkId": name, "answer": [said]} for name, said in changes.items() if isinstance(said, dict)]
    return bundle


def day(text: str) -> dict[str, str]:
    return {"valueDate": text}


def kind(code: str) -> dict[str, Any]:
    return {"valueCoding": {"code": code}}


THINNER: Final = {"blood_thinner": "yes"}
SURGERY: Final = {"surgery_planned": "yes"}
PAIRS: Final = {
    "an infection told of later": (
        {"answers": {"infection_or_antibiotics": "yes"}, "answered_at": "2026-01-01T09:00:00+00:00"},
        {"answers": answers("2026-03-01T09:00:00Z", infection_or_antibiotics="yes")},
    ),
    "an operation that is nearer": (
        {"answers": SURGERY, "surgery_on": "2027-03-01"},
        {"answers": answers(surgery_planned="yes", surgery_on=day("2026-04-01"))},
    ),
    "an operation of an unknown day": (
        {"answers": SURGERY, "surgery_on": "2027-03-01"},
        {"answers": answers(surgery_planned="yes")},
    ),
    "an event that is nearer": (
        {"answers": {"tested_sport": "yes"}, "next_event_on": "2026-09-01"},
        {"answers": answers(tested_sport="yes", next_event_on=day("2026-03-12"))},
    ),
    "an INR that is too high": (
        {"answers": THINNER, "blood_thinner_kind": "warfarin", "inr": 2.0, "inr_on": "2026-03-02"},
        {
            "answers": answers(
                blood_thinner="yes",
                blood_thinner_kind=kind("warfarin"),
                inr={"valueDecimal": 4.5},
                inr_on=day("2026-03-08"),
            )
        },
    ),
    "an INR without its day": (
        {"answers": THINNER, "blood_thinner_kind": "warfarin", "inr": 2.0, "inr_on": "2026-03-02"},
        {"answers": answers(blood_thinner="yes", blood_thinner_kind=kind("warfarin"), inr={"valueDecimal": 2.0})},
    ),
    "a thinner of another kind": (
        {"answers": THINNER, "blood_thinner_kind": "doac"},
        {"answers": answers(blood_thinner="yes", blood_thinner_kind=kind("warfarin"))},
    ),
    "a thinner of no known kind": (
        {"answers": THINNER, "blood_thinner_kind": "doac"},
        {"answers": answers(blood_thinner="yes")},
    ),
    "a later injury": (
        {"answers": {"sudden_pop": "yes"}, "onset": "sudden", "injury_on": "2025-06-01"},
        {"answers": answers(sudden_pop="yes", injury_on=day("2026-02-20"))},
    ),
    "an injection too near": ({}, {"procedures": searchset(injection("2026-02-01"))}),
    "nothing answered": ({}, {"answers": None}),
    "no report": ({}, {"reports": None}),
}


@pytest.mark.parametrize(("ours", "told"), PAIRS.values(), ids=PAIRS)
def test_to_know_more_never_makes_it_milder(clinic: Clinic, ours: dict[str, Any], told: dict[str, Any]) -> None:
    """Each rule speaks as strongly as it did of somebody whom this clinic's books do not know."""
    alone = asked(COLLEAGUE, **told)
    assert {"critical", "warning"} & set(alone.values()), "control: told alone it stands against it"
    patient = known(clinic)
    clinic.answer(patient, **ours)
    for caller in (COLLEAGUE, STRANGER):
        found = asked(caller, **told)
        milder = {rule for rule, severity in alone.items() if _rank(found.get(rule)) > _rank(severity) < 2}
        assert not milder, found


def _rank(severity: str | None) -> int:
    return len(SEVERITY_RANK) if severity is None else SEVERITY_RANK[Severity(severity)]


# -- What is joined, without that guard ---------------------------------------------------------------


def request() -> Request:
    start = datetime.fromisoformat(START)
    return Request(start=start, end=start + timedelta(minutes=30), site="hamstring-origin", side="left")


def together(patient: Any, told: Facts) -> Facts:
    return joined(told, history_about(patient, now=NOW), effective_policy())


def told_of(patient: Any, **values: Any) -> Facts:
    """What this clinic's own records hold, told by the caller, but for `values`."""
    return replace(history_about(patient, now=NOW).facts(request()), **values)


@pytest.mark.parametrize(
    ("ours", "told", "name", "counts"),
    [
        ({"surgery_on": "2027-03-01"}, {"surgery_on": date(2026, 4, 1)}, "surgery_on", date(2026, 4, 1)),
        ({"surgery_on": "2026-04-01"}, {"surgery_on": date(2027, 3, 1)}, "surgery_on", date(2026, 4, 1)),
        ({"surgery_on": "2026-01-01"}, {"surgery_on": date(2026, 4, 1)}, "surgery_on", date(2026, 4, 1)),
        ({"surgery_on": "2026-01-01"}, {"surgery_on": date(2027, 4, 1)}, "surgery_on", date(2026, 1, 1)),
        ({"next_event_on": "2026-09-01"}, {"next_event_on": date(2026, 3, 12)}, "next_event_on", date(2026, 3, 12)),
        ({"injury_on": "2025-06-01"}, {"injury_on": date(2026, 2, 20)}, "injury_on", date(2026, 2, 20)),
        ({"onset": "gradual"}, {"onset": "sudden"}, "onset", "sudden"),
        ({"blood_thinner_kind": "doac"}, {"blood_thinner_kind": "warfarin"}, "blood_thinner_kind", "several"),
        ({"blood_thinner_kind": "doac"}, {"blood_thinner_kind": None}, "blood_thinner_kind", None),
    ],
)
def test_of_two_follow_ups_the_stricter_counts(
    clinic: Clinic, ours: dict[str, Any], told: dict[str, Any], name: str, counts: Any
) -> None:
    patient = known(clinic)
    said = {"blood_thinner": "yes", "surgery_planned": "yes", "tested_sport": "yes"}
    clinic.answer(patient, said, **ours)
    screening = history_about(patient, now=NOW).facts(request()).screening
    assert screening is not None
    found = together(patient, told_of(patient, screening=replace(screening, **told))).screening
    assert found is not None
    assert getattr(found, name) == counts


@pytest.mark.parametrize(
    ("told", "pair"),
    [
        ((3.5, date(2026, 2, 20)), (3.5, date(2026, 2, 20))),
        ((1.5, date(2026, 3, 2)), (2.0, date(2026, 3, 1))),
        ((2.0, None), (2.0, None)),
        ((2.0, date(2026, 2, 20)), (2.0, date(2026, 2, 20))),
        ((None, date(2026, 3, 2)), (2.0, date(2026, 3, 1))),
    ],
)
def test_an_inr_keeps_its_own_day(clinic: Clinic, told: Any, pair: Any) -> None:
    patient = known(clinic)
    clinic.answer(patient, {"blood_thinner": "yes"}, blood_thinner_kind="warfarin", inr=2.0, inr_on="2026-03-01")
    screening = ScreeningFacts(inr=told[0], inr_on=told[1])
    found = together(patient, told_of(patient, screening=screening)).screening
    assert found is not None
    assert (found.inr, found.inr_on) == pair


@pytest.mark.parametrize("told_at", [NOW - timedelta(days=60), NOW, NOW + timedelta(days=2), None])
def test_a_yes_counts_from_the_last_time_it_was_said(clinic: Clinic, told_at: datetime | None) -> None:
    patient = known(clinic)
    clinic.answer(patient, {"infection_or_antibiotics": "yes"})
    screening = ScreeningFacts(answers={"infection_or_antibiotics": "yes", "pregnant": "no"}, answered_at=told_at)
    found = together(patient, told_of(patient, screening=screening)).screening
    assert found is not None
    assert found.time_of("infection_or_antibiotics") == (max(NOW, told_at) if told_at else None)
    assert found.time_of("pregnant") == (min(NOW, told_at) if told_at else NOW)


def test_open_calls_that_the_caller_knows_hold_back_too(clinic: Clinic) -> None:
    patient = known(clinic)
    told = told_of(patient)
    told = replace(told, patient=replace(told.patient, open_calls=("saddle-or-bladder",)))
    assert together(patient, told).patient.open_calls == ("saddle-or-bladder",)


@pytest.mark.parametrize(("hours", "counts"), [(None, None), (24, None), (240, 240)])
def test_of_an_injection_that_both_know_the_longer_rest_counts(
    clinic: Clinic, hours: int | None, counts: int | None
) -> None:
    patient = known(clinic, "2026-02-01")
    told = GivenInjection(site="ischiogluteal-bursa", side="left", given="2026-02-01", steroid=True, rest_hours=hours)
    [one] = together(patient, told_of(patient, injections=(told,))).injections
    assert one.rest_hours == counts


def test_an_interval_that_ends_later_by_what_was_told_keeps_its_day(clinic: Clinic) -> None:
    patient = known(clinic, "2026-01-15")
    policy = effective_policy()
    ours = history_about(patient, now=NOW).facts(request())
    later = replace(ours, injections=(replace(ours.injections[0], given="2026-02-01"),))
    whole, told = assess(ours, policy=policy), assess(later, policy=policy)
    found = stricter(whole, told)
    assert (found.clear_from, found.review_from) == (told.clear_from, told.review_from)
    assert found.verdict == max(whole.verdict, told.verdict, key=["clear", "review", "blocked"].index)
