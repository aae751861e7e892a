"""From the dry run to the decision and the procedure, through the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.assessment import reassess
from injections.assessment.open_calls import open_call
from injections.models import Assessment, Call, Decision, Injection
from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from scheduling.messages import desk
from scheduling.models import Appointment, Message
from tests.api_world import World, pointers, problem
from tests.before_needle import BEFORE_NEEDLE
from tests.clinic import local

START = local("2026-03-10")


def asked(world: World, patient_id: int, **values: object) -> dict[str, object]:
    return {
        "patient": patient_id,
        "kind": "injection",
        "site": "hamstring-origin",
        "side": "left",
        "start": START.isoformat(),
        **values,
    }


# -- Before booking ---------------------------------------------------------------------------------------


def test_the_dry_run_answers_like_the_batch_check_and_stores_nothing(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-01")
    before = Assessment.objects.count(), Entry.objects.exclude(verb="viewed").count()
    answer = world.reception.post("/assessments/", asked(world, patient.pk)).json()
    assert set(answer) == {"verdict", "review_from", "clear_from", "rules_version", "findings"}
    assert (answer["verdict"], answer["review_from"], answer["clear_from"]) == ("blocked", "2026-05-01", "2026-05-31")
    assert {"rule", "severity", "message", "source", "owner", "evidence"} <= set(answer["findings"][0])
    assert (Assessment.objects.count(), Entry.objects.exclude(verb="viewed").count()) == before


def test_the_dry_run_judges_a_room_without_ultrasound(world: World) -> None:
    """Booking it is refused on the field; asking about it is a finding."""
    patient = world.clinic.fit_patient()
    answer = world.reception.post("/assessments/", asked(world, patient.pk, room=world.clinic.gym.pk)).json()
    assert [finding["rule"] for finding in answer["findings"]] == ["ultrasound-guidance"]


def test_the_dry_run_judges_physiotherapy_and_has_nothing_against_a_follow_up(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.book(patient, START)
    body = {"patient": patient.pk, "start": (START + timedelta(hours=24)).isoformat()}
    physio = world.reception.post("/assessments/", {**body, "kind": "physiotherapy"}).json()
    assert physio["verdict"] == "blocked"
    follow_up = world.reception.post("/assessments/", {**body, "kind": "follow-up"}).json()
    assert (follow_up["verdict"], follow_up["findings"]) == ("clear", [])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"end": (START - timedelta(minutes=5)).isoformat()}, {"#/end"}),
        ({"end": START.isoformat(), "room": 10**9, "patient": 10**9}, {"#/end", "#/room", "#/patient"}),
        ({"start": "2026-03-10T10:00:00"}, {"#/start"}),
        ({"site": "knee", "side": "both"}, {"#/site", "#/side"}),
        ({"practitioner": 1}, {"#/practitioner"}),
        ({"kind": "physiotherapy"}, {"#/site", "#/side"}),
    ],
)
def test_a_bad_dry_run_names_its_fields(world: World, changes: dict[str, object], named: set[str]) -> None:
    patient = world.clinic.fit_patient()
    assert pointers(world.reception.post("/assessments/", asked(world, patient.pk) | changes)) == named


def test_slots_carry_verdicts_and_can_be_filtered_by_them(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    world.clinic.earlier_injection(patient, "2025-12-10")
    query: dict[str, object] = {
        "kind": "injection",
        "from": "2026-03-09",
        "to": "2026-05-09",
        "patient": patient.pk,
        "site": "hamstring-origin",
        "side": "left",
        "limit": 3,
    }
    found = world.reception.get("/slots/", **query).json()
    assert (found["review_from"], found["clear_from"]) == ("2026-03-10", "2026-04-10")
    assert [slot["verdict"] for slot in found["results"]] == ["blocked"] * 3
    assert found["results"][0] == {
        "start": "2026-03-09T08:00:00+00:00",
        "end": "2026-03-09T08:30:00+00:00",
        "verdict": "blocked",
        "practitioner": str(world.clinic.practitioner.pk),
        "room": str(world.clinic.room.pk),
        "reasons": ["Too soon: given in this area on 10 December 2025, less than 3 months apart."],
        "places": None,
    }
    for verdict, day in (("review", "2026-03-10"), ("clear", "2026-04-10")):
        found = world.reception.get("/slots/", **query, verdict=verdict).json()
        assert {slot["verdict"] for slot in found["results"]} == {verdict}
        assert found["results"][0]["start"].startswith(day)


def test_slots_of_some_weekdays_and_hours_so_many_each_day(world: World) -> None:
    """Wednesdays and Fridays at lunch; what cannot be is named."""
    query: dict[str, object] = {"kind": "follow-up", "from": "2026-03-09", "to": "2026-03-20", "weekdays": "2,4"}
    hours = {"after": "12:00", "before": "13:00", "per_day": 2, "limit": 200}
    found = world.reception.get("/slots/", **query, **hours).json()["results"]
    days = ("11", "13", "18", "20")
    assert [one["start"][8:16] for one in found] == [f"{day}T12:{at}" for day in days for at in ("00", "20")]
    for wrong in ({"weekdays": "7"}, {"weekdays": "1,"}, {"after": "25:00"}, {"before": "noon"}, {"per_day": 0}):
        assert pointers(world.reception.get("/slots/", **query | wrong)) == {f"#/{next(iter(wrong))}"}
    assert pointers(world.reception.get("/slots/", **query, after="13:00", before="13:00")) == {"#/before"}


def test_a_patient_is_judged_without_the_visit_that_another_replaces(world: World) -> None:
    """By slots and by the check alike; somebody else's visit is refused by both."""
    patient, other = world.clinic.fit_patient(), world.clinic.fit_patient("Other")
    visit, theirs = world.book(patient, local("2026-03-10")), world.book(other, local("2026-03-11"))
    ask = asked(world, patient.pk)
    days: dict[str, object] = {"from": "2026-03-17", "to": "2026-03-17", "patient": patient.pk, "kind": "injection"}
    query = {**days, "site": "hamstring-origin", "side": "left", "limit": 1}
    for replaces, verdict in ((None, "blocked"), (visit["id"], "clear")):
        assert world.reception.post("/assessments/", ask | {"replaces": replaces}).json()["verdict"] == verdict
        named = {"replaces": replaces} if replaces else {}
        assert [one["verdict"] for one in world.reception.get("/slots/", **query, **named).json()["results"]] == [
            verdict
        ]
    assert pointers(world.reception.get("/slots/", **query, replaces=theirs["id"])) == {"#/replaces"}
    assert pointers(world.reception.post("/assessments/", ask | {"replaces": theirs["id"]})) == {"#/replaces"}


def test_slots_without_a_patient_have_no_verdict_and_show_nobody(world: World) -> None:
    found = world.reception.get("/slots/", kind="physiotherapy", to="2026-03-10", **{"from": "2026-03-09"}).json()
    assert len(found["results"]) == 10
    assert {slot["verdict"] for slot in found["results"]} == {None}
    assert not Entry.objects.filter(verb="viewed").exists()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"kind": "injection"}, {"#/from", "#/to"}),
        ({"kind": "x", "from": "2026-03-09", "to": "soon"}, {"#/kind", "#/to"}),
        ({"kind": "injection", "from": "2026-03-09", "to": "2026-03-08"}, {"#/to"}),
        ({"kind": "injection", "from": "2026-03-09", "to": "2027-03-11"}, {"#/to"}),
        ({"kind": "injection", "from": "2026-03-09", "to": "2026-03-10", "limit": "201"}, {"#/limit"}),
        ({"kind": "injection", "from": "2026-03-09", "to": "2026-03-10", "verdict": "clear"}, {"#/patient"}),
        ({"kind": "injection", "from": "2026-03-09", "to": "2026-03-10", "patient": "999999"}, {"#/patient"}),
    ],
)
def test_a_bad_search_names_its_fields(world: World, query: dict[str, object], named: set[str]) -> None:
    assert pointers(world.reception.get("/slots/", **query)) == named


# -- The queue and the decision ---------------------------------------------------------------------------


def test_the_queue_lists_red_flags_first_then_the_soonest(world: World) -> None:
    later = world.in_review_zone("Cole", day="2026-03-12")
    sooner = world.in_review_zone("Dunn", day="2026-03-11")
    flagged = world.book(world.clinic.fit_patient("Eves"), local("2026-03-13"))
    world.clinic.answer(Appointment.objects.get(pk=flagged["id"]).patient, {"fever": "yes"})
    queue = world.radiologist.get("/reviews/", status="open").json()
    assert [one["appointment"] for one in queue["results"]] == [flagged["id"], sooner["id"], later["id"]]
    assert [one["red_flag"] for one in queue["results"]] == [True, False, False]
    assert queue["results"][1]["verdict"] == "review"
    assert queue["results"][1]["waiting_since"].startswith("2026-03-02T09:00")
    page = world.radiologist.get("/reviews/", page_size=2).json()
    rest = world.radiologist.client.get(page["next"]).json()
    assert [one["appointment"] for one in rest["results"]] == [later["id"]]
    assert rest["next"] is None
    assert pointers(world.radiologist.get("/reviews/", cursor="x")) == {"#/cursor"}
    assert pointers(world.radiologist.get("/reviews/", status="all")) == {"#/status"}


def test_the_queue_takes_the_same_queries_however_long_it_is(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert world.radiologist.get("/reviews/").status_code == 200
        return len(captured)

    world.in_review_zone("Cole")
    count()
    one = count()
    for hour in (11, 12, 13):
        world.in_review_zone(f"Person{hour}", at=f"{hour}:00")
    assert count() == one


def test_a_radiologist_approves_with_a_reason(world: World) -> None:
    waiting = world.in_review_zone()
    address = f"/appointments/{waiting['id']}/decision/"
    response = world.radiologist.post(address, {"outcome": "approve", "reason": "Good response", "revision": 1})
    assert response.status_code == 200, response.content
    decided = response.json()
    assert (decided["id"], decided["status"]) == (waiting["id"], "booked")
    assert decided["decision"]["outcome"] == "approve"
    assert world.radiologist.get("/reviews/").json()["results"] == []
    read = world.reception.get(f"/appointments/{waiting['id']}/").json()
    assert [one["decided_by"] for one in read["decisions"]] == ["radiologist"]
    assert [line["verb"] for line in read["history"]] == ["confirm", "book"]
    problem(world.radiologist.post(address, {"outcome": "approve", "reason": "Again"}), 409)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"#/outcome", "#/reason"}),
        ({"outcome": "maybe", "reason": ""}, {"#/outcome", "#/reason"}),
        ({"outcome": "override", "reason": "x"}, {"#/reason_code"}),
        ({"outcome": "override", "reason": "x", "reason_code": "because"}, {"#/reason_code"}),
        ({"outcome": "delay", "reason": "x"}, {"#/delay_until"}),
        ({"outcome": "delay", "reason": "x", "delay_until": "2026-03-02"}, {"#/delay_until"}),
        ({"outcome": "delay", "reason": "x", "delay_until": "2026-02-30"}, {"#/delay_until"}),
        ({"outcome": "approve", "reason": "x", "revision": "two"}, {"#/revision"}),
        ({"outcome": "approve", "reason": "x", "by": "1", "covers": []}, {"#/by", "#/covers"}),
    ],
)
def test_a_bad_decision_names_its_fields(world: World, body: dict[str, object], named: set[str]) -> None:
    waiting = world.in_review_zone()
    assert pointers(world.radiologist.post(f"/appointments/{waiting['id']}/decision/", body)) == named
    assert not Decision.objects.exists()


def test_a_critical_finding_is_overridden_not_approved(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-01")
    waiting = world.book(patient, START, override_reason="Asked for by the surgeon")
    address = f"/appointments/{waiting['id']}/decision/"
    refused = problem(world.radiologist.post(address, {"outcome": "approve", "reason": "x"}), 409)
    assert refused["type"] == "urn:pht-clinic:problem:critical-stands"
    problem(
        world.radiologist.post(address, {"outcome": "override", "reason": "x", "reason_code": "other", "revision": 5}),
        409,
    )
    body = {"outcome": "override", "reason": "x", "reason_code": "specialist-advice"}
    assert world.radiologist.post(address, body).json()["status"] == "booked"


def test_nobody_decides_on_what_they_asked_for(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-11-20")
    waiting = world.radiologist.post("/appointments/", world.injection(patient, START)).json()
    body = {"outcome": "approve", "reason": "Mine"}
    refused = problem(world.radiologist.post(f"/appointments/{waiting['id']}/decision/", body), 403)
    assert refused["type"] == "urn:pht-clinic:problem:own-request"
    assert world.api("radiologist2").post(f"/appointments/{waiting['id']}/decision/", body).status_code == 200


def test_a_red_flag_is_overridden_only_after_its_call_is_closed_by_a_radiologist(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"fever": "yes"})
    waiting = world.book(patient, START, override_reason="He says it is a cold")
    body = {"outcome": "override", "reason": "A cold", "reason_code": "other"}
    address = f"/appointments/{waiting['id']}/decision/"
    refused = problem(world.radiologist.post(address, body), 409)
    assert refused["type"] == "urn:pht-clinic:problem:call-open"
    (call,) = world.reception.get("/calls/").json()["results"]
    assert refused["calls"] == [call["id"]]
    approval = world.radiologist.post(address, {"outcome": "approve", "reason": "A cold"})
    assert problem(approval, 409)["calls"] == [call["id"]]
    assert (call["rule"], call["patient"]) == ("systemic-red-flag", str(patient.pk))
    close = {"reached": "patient", "spoke_to": "Robin", "said": "36.8 °C"}
    problem(world.reception.post(f"/calls/{call['id']}/close/", close), 403)
    assert pointers(world.radiologist.post(f"/calls/{call['id']}/close/", {"said": " "})) == {"#/spoke_to", "#/said"}
    assert world.radiologist.post(f"/calls/{call['id']}/close/", close).json()["closed_by"] == "radiologist"
    problem(world.radiologist.post(f"/calls/{call['id']}/close/", close), 409)
    assert world.reception.get("/calls/").json()["results"] == []
    assert len(world.reception.get("/calls/", status="closed").json()["results"]) == 1
    assert world.radiologist.post(address, body).json()["status"] == "booked"


def test_a_warning_sign_holds_an_override_back_and_names_its_call(world: World) -> None:
    waiting = world.in_review_zone()
    patient = Appointment.objects.get(pk=waiting["id"]).patient
    open_call(patient, why=Call.Why.WARNING_SIGN, say="A calf.", now=world.clinic.now)
    reassess.patients([patient], occasion="test", by=world.clinic.radiologist, now=world.clinic.now)
    body = {"outcome": "override", "reason": "Known", "reason_code": "other"}
    refused = problem(world.radiologist.post(f"/appointments/{waiting['id']}/decision/", body), 409)
    assert refused["calls"] == [str(Call.objects.get().pk)]


def test_the_patient_reads_the_question_and_colleagues_why_it_was_asked(world: World) -> None:
    waiting = world.in_review_zone()
    body = {"outcome": "ask", "reason": "The letter names none", "question": "Which tablets?", "ask_again": ["fever"]}
    made = world.radiologist.post(f"/appointments/{waiting['id']}/decision/", body).json()["decision"]
    assert {name: made[name] for name in body} == body
    mail = Message.objects.get(appointment=waiting["id"], kind="information-needed", status="queued")
    said = desk.preview(mail).text
    assert "Which tablets?" in said
    assert "The letter names none" not in said
    answer = world.reception.post(f"/appointments/{waiting['id']}/answer/", {"text": "None"})
    assert (answer.status_code, answer.json()["decision"]) == (200, made["id"])
    stray = {"outcome": "decline", "reason": "No", "question": "Which tablets?"}
    refused = world.radiologist.post(f"/appointments/{waiting['id']}/decision/", stray)
    assert pointers(refused) == {"#/question"}


def test_decisions_say_what_they_cover_and_whether_they_still_hold(world: World) -> None:
    waiting = world.in_review_zone()
    address = f"/appointments/{waiting['id']}"
    world.radiologist.post(f"{address}/decision/", {"outcome": "ask", "reason": "Since when?"})
    world.radiologist.post(f"{address}/decision/", {"outcome": "approve", "reason": "Good response"})
    newest, asked_first = world.radiologist.get(f"{address}/decisions/").json()["results"]
    assert newest["covers"] == [{"rule": "repeat-interval", "severity": "warning"}]
    assert (newest["holds"], newest["holds_until"]) == (True, "2026-03-24")
    assert (asked_first["covers"], asked_first["holds"], asked_first["holds_until"]) == ([], False, None)
    assert world.reception.post(f"{address}/move/", {"start": local("2026-03-25").isoformat()}).status_code == 200
    read = world.radiologist.get(f"{address}/").json()["decisions"]
    assert [one["holds"] for one in read] == [False, False]
    problem(world.reception.get(f"{address}/decisions/"), 403)
    problem(world.radiologist.get("/appointments/999999/decisions/"), 404)


def test_in_a_single_handed_clinic_the_reason_says_why_nobody_else_decides(world: World, settings: Any) -> None:
    settings.SINGLE_HANDED = True
    User.objects.filter(pk=world.clinic.second_radiologist.user_id).update(is_active=False)
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-11-20")
    waiting = world.radiologist.post("/appointments/", world.injection(patient, START)).json()
    body = {"outcome": "approve", "reason": "Alone here, and a good response"}
    made = world.radiologist.post(f"/appointments/{waiting['id']}/decision/", body).json()["decision"]
    assert made["own_reason"] == body["reason"]


# -- The procedure ----------------------------------------------------------------------------------------


def done(start: datetime = START, **changes: object) -> dict[str, object]:
    return {
        "result": "given",
        "started_at": (start + timedelta(minutes=5)).isoformat(),
        "ended_at": (start + timedelta(minutes=20)).isoformat(),
        "site": "hamstring-origin",
        "side": "left",
        "targets": ["peritendinous"],
        "drug": "methylprednisolone",
        "steroid": True,
        "dose_mg": 40,
        "strength_mg_ml": 40,
        "volume_ml": "1.0",
        "batch": "B123",
        "expires_on": "2027-01-31",
        "local_anaesthetic": {"drug": "lidocaine", "dose_mg": 20},
        "consent": {"explained": True, "questions_answered": True},
        "checked_today": {**dict.fromkeys(BEFORE_NEEDLE, True), "pregnancy": "not-applicable"},
        **changes,
    }


@pytest.fixture
def on_the_day(world: World) -> tuple[World, str]:
    """A booked appointment whose patient is here; half an hour after its start."""
    booked = world.book(world.clinic.fit_patient(), START)
    world.at(START - timedelta(minutes=5))
    world.reception.post(f"/appointments/{booked['id']}/arrive/")
    world.at(START + timedelta(minutes=30))
    return world, f"/appointments/{booked['id']}/procedure/"


def test_the_procedure_gives_the_rest_and_the_next_safe_dates(on_the_day: tuple[World, str]) -> None:
    world, address = on_the_day
    response = world.radiologist.post(address, done())
    assert response.status_code == 200, response.content
    recorded = response.json()
    assert recorded["rest_until"] == "2026-03-12T10:20:00+00:00"
    assert (recorded["review_from"], recorded["clear_from"]) == ("2026-06-10", "2026-07-10")
    assert recorded["warnings"] == []
    assert recorded["appointment"]["status"] == "fulfilled"
    assert recorded["injection"]["dose_mg"] == 40.0
    assert recorded["injection"]["origin"] == "own"
    assert recorded["injection"]["checked_today"]["pregnancy"] == "not-applicable"
    problem(world.radiologist.post(address, done()), 409)
    assert Injection.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"result": "done"}, {"#/result"}),
        ({"started_at": "2026-03-10T10:05:00"}, {"#/started_at"}),
        ({"ended_at": "2026-03-10T10:05:00+00:00"}, {"#/ended_at"}),
        ({"ended_at": "2026-03-10T11:05:00+00:00"}, {"#/ended_at"}),
        ({"steroid": None, "drug": ""}, {"#/steroid", "#/drug"}),
        ({"dose_mg": 0}, {"#/dose_mg"}),
        ({"dose_mg": "forty"}, {"#/dose_mg"}),
        ({"expires_on": "2026-03-09"}, {"#/expires_on"}),
        ({"rest_hours": 24}, {"#/rest_reason"}),
        ({"rest_hours": 1.5}, {"#/rest_hours"}),
        ({"side": "right"}, {"#/confirm_site_change"}),
        ({"local_anaesthetic": {"drug": "", "colour": 1}}, {"#/local_anaesthetic/drug", "#/local_anaesthetic/colour"}),
        ({"consent": {"explained": True}}, {"#/consent/questions_answered"}),
        ({"consent": {"explained": "yes"}}, {"#/consent/explained"}),
        ({"consent": [True]}, {"#/consent"}),
        ({"status": "given", "patient": "1"}, {"#/status", "#/patient"}),
    ],
)
def test_a_bad_procedure_names_its_fields(
    on_the_day: tuple[World, str], changes: dict[str, object], named: set[str]
) -> None:
    world, address = on_the_day
    assert pointers(world.radiologist.post(address, done(**changes))) == named
    assert not Injection.objects.exists()


def test_given_needs_every_check_of_today(on_the_day: tuple[World, str]) -> None:
    world, address = on_the_day
    named = pointers(world.radiologist.post(address, done(checked_today={"well": True, "medicines": False})))
    assert "#/checked_today/skin_whole" in named
    assert "#/checked_today/medicines" in named
    assert "#/checked_today/well" not in named


def test_another_side_is_assessed_as_done_and_needs_a_code(on_the_day: tuple[World, str]) -> None:
    """Without a report of that side the finding is critical; its assessment comes with the refusal."""
    world, address = on_the_day
    body = done(side="right", confirm_site_change=True)
    refusal = problem(world.radiologist.post(address, body), 422)
    assert [error["pointer"] for error in refusal["errors"]] == ["#/reason_code"]
    assert refusal["assessment"]["verdict"] == "blocked"
    recorded = world.radiologist.post(address, {**body, "reason_code": "other", "reason": "Pain moved"})
    assert recorded.status_code == 200, recorded.content
    assert recorded.json()["injection"]["side"] == "right"


def test_not_given_needs_only_its_reason(on_the_day: tuple[World, str]) -> None:
    world, address = on_the_day
    assert pointers(world.radiologist.post(address, {"result": "not-given"})) == {"#/reason"}
    recorded = world.radiologist.post(address, {"result": "not-given", "reason": "Feels unwell"}).json()
    assert (recorded["injection"]["status"], recorded["rest_until"], recorded["clear_from"]) == (
        "not-given",
        None,
        None,
    )
    assert recorded["appointment"]["status"] == "fulfilled"
