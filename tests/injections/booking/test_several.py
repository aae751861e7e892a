"""One visit with several injections: asked for once, judged together, held once, and named wherever it stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from injections.answers.pathway import set_pathway
from injections.answers.screening import answer_screening
from injections.assessment.trying import try_threshold
from injections.booking.move import MoveRequest, move
from injections.booking.request import BookingRequest, check_request
from injections.models import Decision, InjectionRequest
from injections.safety.visit import Wanted
from injections.statistics.rules import overrides, verdicts
from injections.statistics.shapes import CountedDays
from pht_clinic.errors import Invalid
from scheduling.models import Appointment, Message, Patient
from tests.api_world import World, pointers
from tests.clinic import FIT, Clinic, local
from tests.injections.review.test_decide import decide_on
from tests.pages_world import Browser

START = local("2026-03-10")
BOTH = (Wanted("hamstring-origin", "left"), Wanted("hamstring-origin", "right"))
BY_ADDRESS = {"kind": "injection", "site": "hamstring-origin", "side": "left", "second": "hamstring-origin:right"}
FOUR = ("hamstring-origin", "hip-joint", "trochanteric-bursa", "sacroiliac-joint")
TWICE = "Injection 1 is already for this area and side. Add the target there: an injection may have several."
SENT = [{"site": one.site, "side": one.side} for one in BOTH]


def fit_on_both_sides(clinic: Clinic, name: str = "Birch") -> Patient:
    """Everything is known and in order for both hamstring origins."""
    patient = clinic.fit_patient(name)
    who = {"by": clinic.reception, "now": clinic.now}
    said = {"answers": FIT, "onset": "gradual", "main_pain_site": "sit-bone", "pain_side": "both"}
    answer_screening(patient.pk, screening=said, area="ischial-tuberosity", side="both", **who)
    tried = {
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "indications": ["deep-buttock-pain"],
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
    }
    set_pathway(patient.pk, pathway=tried, area="ischial-tuberosity", side="right", **who)
    clinic.report(patient, side="right")
    return patient


def both_sides(clinic: Clinic, patient: Patient, **values: Any) -> Appointment:
    booked = clinic.book(patient, START, site=None, side=None, injections=BOTH, **values).appointment
    assert booked is not None
    return booked


def rules_of(appointment: Appointment) -> dict[str, list[list[int]]]:
    """The rules that stand against a visit, each with the numbers of the injections that each finding is of."""
    found: dict[str, list[list[int]]] = {}
    for one in appointment.assessments.latest("pk").findings:
        if one["severity"] != "info":
            found.setdefault(one["rule"], []).append([spot["number"] for spot in one["of"]])
    return found


def test_both_sides_are_one_visit_that_a_radiologist_looks_at(clinic: Clinic) -> None:
    """One appointment, one assessment with the facts of each, one message."""
    patient = fit_on_both_sides(clinic)
    visit = both_sides(clinic, patient)
    assert visit.status == "pending"
    assert rules_of(visit) == {"bilateral-same-day": [[0], [1]]}
    assert [(one.site, one.side, one.targets) for one in visit.injection_request.wanted] == [
        ("hamstring-origin", "left", ("peritendinous",)),
        ("hamstring-origin", "right", ("peritendinous",)),
    ]
    facts = visit.assessments.get().facts
    assert [(one["request"]["side"], [other["side"] for other in one["booked"]]) for one in facts] == [
        ("left", ["right"]),
        ("right", ["left"]),
    ]
    assert Message.objects.filter(appointment=visit, kind="provisional").count() == 1


def test_a_booking_of_several_costs_no_statement_more(clinic: Clinic) -> None:
    """And none of one more than it did: the row that says what is injected is read and stored with its visit."""
    counts = []
    for name, values in (("Birch", {"site": "hamstring-origin", "side": "left"}), ("Cole", {"injections": BOTH})):
        patient = fit_on_both_sides(clinic, name)
        clinic.answer(patient, {"immunosuppressed": "yes"})  # so that both wait for review
        values = {"site": None, "side": None, **values}
        with CaptureQueriesContext(connection) as captured:
            clinic.book(patient, local("2026-03-10", "10:00" if name == "Birch" else "11:00"), **values)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_one_decision_covers_the_concerns_of_all(clinic: Clinic) -> None:
    visit = both_sides(clinic, fit_on_both_sides(clinic))
    decision = decide_on(visit, clinic, "approve")
    assert [cover["rule"] for cover in decision.covers] == ["bilateral-same-day"] * 2
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_what_was_approved_of_the_left_is_a_new_concern_of_the_right(clinic: Clinic) -> None:
    """The pathway of the left was weighed; that the right has none either comes later, and is asked."""
    patient = fit_on_both_sides(clinic)
    none = {"specialist_assessment": "yes", "physiotherapy": "none", "indications": ["deep-buttock-pain"]}
    none |= {"mild_and_improving": "no", "suspected_avulsion": "no"}
    who = {"by": clinic.reception, "now": clinic.now}
    set_pathway(patient.pk, pathway=none, area="ischial-tuberosity", side="left", **who)
    visit = both_sides(clinic, patient)
    assert rules_of(visit)["conservative-care-first"] == [[0]]
    decide_on(visit, clinic, "approve")
    set_pathway(patient.pk, pathway=none, area="ischial-tuberosity", side="right", **who)
    visit.refresh_from_db()
    assert (visit.status, rules_of(visit)["conservative-care-first"]) == ("pending", [[0, 1]])
    decide_on(visit, clinic, "approve")
    clinic.pathway(patient)  # the left is solved: nothing new, and the visit stays
    visit.refresh_from_db()
    assert (visit.status, rules_of(visit)["conservative-care-first"]) == ("booked", [[1]])


def test_another_visit_is_judged_by_each_injection_of_this_one(clinic: Clinic) -> None:
    """Booked, it stands in the way on both sides; over without an outcome, each counts as given; declined, for each."""
    patient = fit_on_both_sides(clinic)
    visit = both_sides(clinic, patient)
    for side in ("left", "right"):
        refused = clinic.book(patient, local("2026-04-14"), side=side)
        assert refused.refused
        assert refused.assessment is not None
        assert "repeat-interval" in [one["rule"] for one in refused.assessment.findings]
    decide_on(visit, clinic, "decline")
    for side, at in (("left", "10:00"), ("right", "11:00")):
        found = clinic.book(patient, local("2026-04-14", at), side=side).assessment
        assert found is not None
        assert "earlier-decision" in [one["rule"] for one in found.findings], side


def test_a_move_takes_all_of_it_along(clinic: Clinic) -> None:
    visit = both_sides(clinic, fit_on_both_sides(clinic))
    to = MoveRequest(start=local("2026-03-12"))
    moved = move(visit.pk, to, revision=visit.revision, by=clinic.reception, now=clinic.now)
    assert moved.appointment is not None
    assert rules_of(moved.appointment) == {"bilateral-same-day": [[0], [1]]}
    assert len(moved.appointment.injection_request.wanted) == 2


@pytest.mark.parametrize(
    ("injections", "wrong"),
    [
        (BOTH, {}),
        ((*BOTH, Wanted("ischiogluteal-bursa", "left")), {"#/injections/2/side": TWICE}),
        (
            (*BOTH, Wanted("knee", "up", ("bone",))),
            dict.fromkeys(("#/injections/2/site", "#/injections/2/side", "#/injections/2/targets"), ""),
        ),
        (tuple(Wanted(site, "left") for site in FOUR), {"#/injections": "At most 3 injections at one visit."}),
    ],
)
def test_what_cannot_be_one_visit_is_named_at_its_field(injections: tuple[Wanted, ...], wrong: dict[str, str]) -> None:
    ask = BookingRequest(kind="injection", injections=injections)
    try:
        check_request(ask)
    except Invalid as refused:
        found = {error.pointer: error.detail for error in refused.errors}
    else:
        found = {}
    assert found.keys() == wrong.keys()
    assert all(found[pointer] == said for pointer, said in wrong.items() if said)


def test_one_injection_is_said_in_one_of_two_ways() -> None:
    with pytest.raises(Invalid) as refused:
        check_request(BookingRequest(kind="injection", site="hip-joint", side="left", injections=BOTH))
    assert [error.pointer for error in refused.value.errors] == ["#/injections"]
    with pytest.raises(Invalid) as refused:
        check_request(BookingRequest(kind="physiotherapy", injections=BOTH))
    assert [error.pointer for error in refused.value.errors] == ["#/injections"]


@pytest.mark.parametrize(
    "further",
    [
        [{"site": "hamstring-origin", "side": "left", "targets": []}],
        [{"site": "ischiogluteal-bursa", "side": "left", "targets": []}],
        [{"site": "hip-joint", "side": "left", "targets": []}] * 2,
        [{"site": site, "side": "left", "targets": []} for site in FOUR[1:]],
        [{"site": "hip-joint"}],
        {"site": "hip-joint"},
    ],
)
def test_the_database_keeps_a_visit_to_three_places(clinic: Clinic, further: object) -> None:
    visit = clinic.book(clinic.fit_patient(), START).appointment
    with pytest.raises(IntegrityError), transaction.atomic():
        InjectionRequest.objects.filter(appointment=visit).update(further=further)
    fine = [
        {"site": "hip-joint", "side": "left", "targets": ["joint"]},
        {"site": "hip-joint", "side": "right", "targets": []},
    ]
    InjectionRequest.objects.filter(appointment=visit).update(further=fine)


def test_the_api_takes_and_answers_each_injection(world: World) -> None:
    patient = fit_on_both_sides(world.clinic)
    body = world.injection(patient, START, injections=SENT)
    del body["site"], body["side"]
    dry = world.reception.post(
        "/assessments/", {name: body[name] for name in ("patient", "kind", "injections", "start")}
    )
    assert [(one["rule"], one["injection"], one["injections"]) for one in dry.json()["findings"]][:2] == [
        ("bilateral-same-day", 0, [0]),
        ("bilateral-same-day", 1, [1]),
    ]
    answer = world.reception.post("/appointments/", body)
    assert answer.status_code == 201, answer.content
    booked = answer.json()
    assert (booked["status"], booked["site"], booked["side"]) == ("pending", "hamstring-origin", "left")
    assert booked["injections"] == [{**one, "targets": ["peritendinous"]} for one in SENT]
    assert [one["injections"] for one in booked["assessment"]["findings"]][:2] == [[0], [1]]
    assert world.reception.get(f"/appointments/{booked['id']}/").json()["injections"] == booked["injections"]
    [waits] = world.radiologist.get("/reviews/").json()["results"]
    assert waits["injections"] == booked["injections"]
    asked = {"kind": "injection", "from": "2026-03-20", "to": "2026-03-24", "patient": patient.pk, "limit": 1}
    asked["injections"] = "hip-joint:left,hip-joint:right"
    [slot] = world.reception.get("/slots/", **asked).json()["results"]
    assert any("(left hip joint)" in reason for reason in slot["reasons"])
    asked["injections"] = "knee:left"
    assert pointers(world.reception.get("/slots/", **asked)) == {"#/injections"}


def test_the_api_names_each_wrong_injection(world: World) -> None:
    body = world.injection(
        world.clinic.patient(), START, injections=[{"site": "knee"}, {"side": "up", "site": "hip-joint"}]
    )
    del body["site"], body["side"]
    refused = world.reception.post("/appointments/", body)
    assert pointers(refused) == {"#/injections/0/site", "#/injections/0/side", "#/injections/1/side"}
    body["injections"] = [*SENT, SENT[0]]
    assert pointers(world.reception.post("/appointments/", body)) == {"#/injections/2/side"}


def test_reception_books_both_sides_in_four_steps(world: World, reception: Browser) -> None:
    """Step 2 asks for each place; the date, the check and the visit name both."""
    patient = world.clinic.fit_patient()
    said = reception.get("booking-what", patient.pk, **BY_ADDRESS)
    for place in ("left hamstring origin", "right hamstring origin"):
        assert f"What is known about the {place}" in said
    assert "about=2" in reception.html
    said = reception.get("screening", patient.pk, **BY_ADDRESS, about="2")
    assert "For: Sit bone (ischial tuberosity), right" in said
    said = reception.get("booking-when", patient.pk, **BY_ADDRESS)
    assert "left and right hamstring origin" in said
    fit_on_both_sides(world.clinic, "Cole")
    patient = Patient.objects.get(family_name="Cole")
    place = {"start": START.isoformat(), "practitioner": world.clinic.practitioner.pk, "room": world.clinic.room.pk}
    said = reception.get("booking-check", patient.pk, **BY_ADDRESS, **place)
    assert "Left and right hamstring origin" in said
    assert "The right side of the same area is injected on 10 March 2026 too. (left sit bone)" in said
    said = reception.post("booking-check", patient.pk, query={**BY_ADDRESS, **place}, data={"intent": "book"})
    assert "Injection, left and right hamstring origin" in said


def test_step_2_refuses_one_place_twice_where_it_is_chosen(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    twice = {**BY_ADDRESS, "second": "ischiogluteal-bursa:left"}
    said = reception.get("booking-what", patient.pk, expect=422, **twice)
    assert "Injection 1 is already for this area and side." in said
    assert 'id="id_second_error"' in reception.html
    assert "Continue to dates" not in said
    # a third alone is the second injection
    said = reception.get("booking-what", patient.pk, **{**BY_ADDRESS, "second": "", "third": "hip-joint:right"})
    assert "What is known about the right hip joint" in said


def test_what_an_address_cannot_mean_is_not_asked_for(world: World, reception: Browser) -> None:
    """An address that names a place twice, or none, leads back to step 2."""
    patient = world.clinic.patient()
    reception.get("booking-when", patient.pk, expect=302, **{**BY_ADDRESS, "second": "ischiogluteal-bursa:left"})
    said = reception.get("booking-when", patient.pk, **{**BY_ADDRESS, "second": "knee:left"})
    assert "right hamstring" not in said


def test_a_radiologist_sees_what_is_known_of_each(world: World, radiologist: Browser) -> None:
    visit = both_sides(world.clinic, fit_on_both_sides(world.clinic))
    radiologist.post("review-open", visit.pk)
    said = radiologist.get("decision", visit.pk)
    assert "Injection, left and right hamstring origin" in said
    for place in ("Sit bone (ischial tuberosity), left", "Sit bone (ischial tuberosity), right"):
        assert place in said
    assert said.count("(left sit bone)") == said.count("(right sit bone)") == 1
    assert Decision.objects.count() == 0


def test_cancelled_it_stands_in_both_lanes(world: World) -> None:
    patient = fit_on_both_sides(world.clinic)
    visit = both_sides(world.clinic, patient)
    assert world.reception.post(f"/appointments/{visit.pk}/cancel/", {"reason": "Away"}).status_code == 200
    lanes = world.reception.get(f"/patients/{patient.pk}/timeline/").json()["lanes"]
    assert {(lane["area"], lane["side"]): [one["kind"] for one in lane["entries"]] for lane in lanes} == {
        ("ischial-tuberosity", "left"): ["cancelled"],
        ("ischial-tuberosity", "right"): ["cancelled"],
    }


def test_a_rule_counts_once_for_a_visit_however_many_injections_it_is_found_of(clinic: Clinic) -> None:
    visit = both_sides(clinic, fit_on_both_sides(clinic))
    decide_on(visit, clinic, "approve")
    period = CountedDays(START.date() - timedelta(days=30), START.date())
    assert [row[:3] for row in verdicts(period).rows if row[0] == "bilateral-same-day"] == [
        ("bilateral-same-day", 0, 1)
    ]
    [row] = [row for row in overrides(period).rows if row[0] == "bilateral-same-day"]
    assert row[1] == 1


def test_a_tighter_threshold_is_tried_on_a_visit_of_several(clinic: Clinic) -> None:
    """From the facts of each, as they were stored."""
    both_sides(clinic, fit_on_both_sides(clinic))
    tried = try_threshold("load_days", "40", by=clinic.radiologist, now=clinic.now)
    assert (tried.judged, tried.unread) == (1, 0)
