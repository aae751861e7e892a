"""The injections of one visit are recorded together: each with its own result, judged as one, with one aftercare."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from injections.letters.write import write_letter
from injections.models import Assessment, Incident, Injection
from injections.patient.injections import correct_injection, withdraw_injection
from injections.procedure.record import record_procedure
from injections.procedure.values import Done, Procedure
from injections.safety.gates import CHECKED_TODAY, CONSENT
from injections.safety.visit import Wanted
from injections.statistics.procedures import not_given
from injections.statistics.shapes import CountedDays
from injections.statistics.visits import appointments
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid
from scheduling.models import Appointment, Message
from tests.api_world import World, pointers
from tests.clinic import Clinic, local
from tests.injections.booking.test_several import BOTH, both_sides, fit_on_both_sides
from tests.injections.procedure.test_pages import INJECTION, TODAY
from tests.injections.procedure.test_record import AFTER, GIVEN, START
from tests.injections.procedure.test_scan import REPORT, identify
from tests.injections.review.test_decide import decide_on
from tests.pages_world import PROCEDURE, Browser

SECOND = {"started_at": START + timedelta(minutes=22), "ended_at": START + timedelta(minutes=30), "number": 1}
LATER = {"side": "right", "started": "09:21", "ended": "09:24"}


def approved(clinic: Clinic) -> Appointment:
    visit = both_sides(clinic, fit_on_both_sides(clinic))
    decide_on(visit, clinic, "approve")
    return visit


def right(**changes: Any) -> Procedure:
    return replace(GIVEN, **SECOND | {"dose_mg": Decimal(20), "volume_ml": Decimal("0.5")} | changes)


def left(**changes: Any) -> Procedure:
    return replace(GIVEN, **{"dose_mg": Decimal(20), "volume_ml": Decimal("0.5")} | changes)


NOT_RIGHT = Procedure(result="not-given", reason="The patient felt faint", number=1)


def record(clinic: Clinic, visit: Appointment, *each: Procedure) -> Done:
    return record_procedure(visit.pk, *each, by=clinic.radiologist, now=AFTER)


def refused(clinic: Clinic, visit: Appointment, *each: Procedure) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        record(clinic, visit, *each)
    assert not Injection.objects.exists()
    return [error.pointer for error in refusal.value.errors]


def test_both_are_recorded_judged_together_and_have_one_aftercare(clinic: Clinic) -> None:
    """One assessment; the rest ends after the last of them; one set of messages, from the last end."""
    visit = approved(clinic)
    done = record(clinic, visit, left(complications="Felt faint"), right(complications="Felt faint", rest_hours=60))
    rows = list(Injection.objects.order_by("number"))
    assert [(row.number, row.side, row.status, row.dose_mg) for row in rows] == [
        (0, "left", "given", Decimal(20)),
        (1, "right", "given", Decimal(20)),
    ]
    assert done.injections == rows
    assert rows[0].assessment == rows[1].assessment == done.assessment
    assert Assessment.objects.filter(occasion="procedure").count() == 1
    assert done.assessment is not None
    assert [(one["rule"], [spot["number"] for spot in one["of"]]) for one in done.assessment.findings][:2] == [
        ("bilateral-same-day", [0]),
        ("bilateral-same-day", [1]),
    ]
    assert done.rest_until == START + timedelta(hours=60, minutes=30)
    assert (done.review_from, done.clear_from) == (date(2026, 6, 10), date(2026, 7, 10))
    assert Message.objects.filter(subject=f"patient:{visit.patient_id}", kind="aftercare").count() == 1
    [flare] = Message.objects.filter(subject=f"patient:{visit.patient_id}", kind="flare-check")
    assert flare.due_at >= START + timedelta(hours=24, minutes=30)
    assert [row.complications for row in rows] == ["Felt faint", ""], "what the visit led to is said once"
    assert [row.consent["places"] for row in rows] == [[{"site": one.site, "side": one.side} for one in BOTH]] * 2
    assert Entry.objects.get(verb="procedure-recorded").detail == {"result": "given", "results": ["given", "given"]}


def test_left_given_right_not_given(clinic: Clinic) -> None:
    """The visit took place; only the left counts, rests and has next dates."""
    visit = approved(clinic)
    done = record(clinic, visit, left(), NOT_RIGHT)
    assert [(row.side, row.status, row.reason) for row in done.injections] == [
        ("left", "given", ""),
        ("right", "not-given", "The patient felt faint"),
    ]
    assert done.assessment is not None
    assert "bilateral-same-day" not in [one["rule"] for one in done.assessment.findings], "what was not given is none"
    assert done.rest_until == START + timedelta(hours=48, minutes=20)
    visit.refresh_from_db()
    assert visit.status == "fulfilled"
    assert not_given(CountedDays(START.date(), START.date())).rows == [], "the visit was given"
    [week] = appointments(CountedDays(START.date(), START.date())).rows
    assert (week[2], week[-1]) == (1, 0)
    again = clinic.book(visit.patient, local("2026-04-14"), side="right").assessment
    assert again is not None
    assert "repeat-interval" not in [one["rule"] for one in again.findings]
    too_soon = clinic.book(visit.patient, local("2026-04-15"), side="left").assessment
    assert too_soon is not None
    assert "repeat-interval" in [one["rule"] for one in too_soon.findings]


def test_where_only_the_second_was_given_the_checks_stand_with_it(clinic: Clinic) -> None:
    visit = approved(clinic)
    not_left = replace(NOT_RIGHT, number=0)
    assert refused(clinic, visit, not_left, right(checked_today={"well": True}))[:1] == [
        "#/checked_today/no_infection_or_antibiotics"
    ]
    done = record(clinic, visit, not_left, right())
    assert (done.injection.side, done.rest_until) == ("right", START + timedelta(hours=48, minutes=30))


def test_nothing_given_is_a_visit_that_was_not_given(clinic: Clinic) -> None:
    """Said once of all of it, or of each."""
    visit = approved(clinic)
    done = record(clinic, visit, Procedure(result="not-given", reason="No consent"))
    assert [(row.number, row.status, row.reason) for row in done.injections] == [
        (0, "not-given", "No consent"),
        (1, "not-given", "No consent"),
    ]
    assert (done.rest_until, done.assessment) == (None, None)
    assert [row[1] for row in not_given(CountedDays(START.date(), START.date())).rows] == [1], "one visit"
    assert not Message.objects.filter(subject=f"patient:{visit.patient_id}").exists()


@pytest.mark.parametrize("each", [(left(),), (left(), right(), right(number=2)), (left(), right(number=0))])
def test_of_each_is_said_once_what_came_of_it(clinic: Clinic, each: tuple[Procedure, ...]) -> None:
    assert refused(clinic, approved(clinic), *each) == ["#/injections"]


def test_what_is_wrong_points_into_its_injection(clinic: Clinic) -> None:
    """Everything of both at once; what is of the visit has one place."""
    visit = approved(clinic)
    wrong = right(drug="", expires_on=date(2026, 3, 1), consent={})
    found = refused(clinic, visit, left(dose_mg=None, volume_ml=None, consent={}), wrong)
    assert {"#/injections/0/dose_mg", "#/injections/1/drug", "#/injections/1/expires_on"} <= set(found)
    assert found.count("#/consent/explained") == 1
    assert refused(clinic, visit, left(), replace(NOT_RIGHT, reason="")) == ["#/injections/1/reason"]


def test_the_day_counts_the_first_before_the_second(clinic: Clinic) -> None:
    """80 mg a day: 60 and 60 are too much of the second; with its reason it is that one's incident."""
    visit = approved(clinic)
    much = {"dose_mg": Decimal(60), "volume_ml": Decimal("1.5")}
    assert refused(clinic, visit, left(**much), right(**much)) == ["#/injections/1/dose_mg"]
    done = record(clinic, visit, left(**much), right(**much, reason_code="other", reason="A large patient"))
    assert done.incident is not None
    assert (len(done.incidents), done.incident.injection) == (1, done.injections[1])
    assert "120 mg of steroid" in done.warnings[0]


def test_the_same_place_twice_is_one_injection(clinic: Clinic) -> None:
    visit = approved(clinic)
    into_left = right(side="left", confirm_site_change=True, reason_code="as-found", reason="So it was")
    assert refused(clinic, visit, left(), into_left) == ["#/injections/1/side"]


def test_a_critical_finding_on_one_needs_the_reason_of_that_one(clinic: Clinic) -> None:
    visit = approved(clinic)
    into_the_tendon = {"targets": ("intratendinous",)}
    assert refused(clinic, visit, left(), right(**into_the_tendon)) == ["#/injections/1/reason_code"]
    done = record(clinic, visit, left(), right(**into_the_tendon, reason_code="other", reason="Meant so"))
    assert Incident.objects.get().injection == done.injections[1]


def test_one_is_corrected_and_withdrawn_by_itself(clinic: Clinic) -> None:
    visit = approved(clinic)
    done = record(clinic, visit, left(), right())
    who = {"by": clinic.radiologist, "now": AFTER + timedelta(hours=1)}
    fixed = correct_injection(
        done.injections[1].pk, reason="Misread", changes={"dose_mg": Decimal(30), "volume_ml": Decimal("0.75")}, **who
    ).row
    assert (fixed.number, fixed.dose_mg) == (1, Decimal(30))
    withdraw_injection(done.injections[0].pk, reason="The other patient", **who)
    standing = Injection.objects.current().filter(appointment=visit)
    assert [(row.side, row.dose_mg) for row in standing] == [("right", Decimal(30))]
    assert Message.objects.filter(subject=f"patient:{visit.patient_id}", kind="aftercare", status="queued").count() == 1


def test_the_database_keeps_one_record_of_each_injection(clinic: Clinic) -> None:
    visit = approved(clinic)
    row = record(clinic, visit, left(), right()).injections[0]
    for number in (0, 3):
        with pytest.raises(IntegrityError), transaction.atomic():
            Injection.objects.create(
                patient=row.patient,
                appointment=visit,
                number=number,
                origin="own",
                recorded_at=AFTER,
                recorded_on=AFTER,
            )


def test_the_letters_say_what_was_given_and_what_was_not(clinic: Clinic) -> None:
    visit = approved(clinic)
    who = {"by": clinic.radiologist, "now": AFTER}
    record(clinic, visit, left(), NOT_RIGHT)
    said = write_letter(visit.pk, kind="patient-copy", paragraph="", **who).content
    assert said["title"] == "Injection on 10 March 2026"
    assert ["Not injected", "Right hamstring origin: The patient felt faint"] in said["rows"]
    physio = write_letter(visit.pk, kind="physiotherapist", paragraph="", **who).content
    assert physio["rows"][0] == ["Site and side", "Left hamstring origin"]


def test_the_letters_of_two_name_both_with_their_dates(clinic: Clinic) -> None:
    visit = approved(clinic)
    who = {"by": clinic.radiologist, "now": AFTER}
    done = record(clinic, visit, left(), right())
    letter = write_letter(visit.pk, kind="patient-copy", paragraph="", **who)
    said = letter.content
    assert said["title"] == "Injections on 10 March 2026"
    assert ["Also injected", "Right hamstring origin"] in said["rows"]
    assert [row for row in said["rows"] if row[0] == "Given"] == [
        ["Given", "triamcinolone 20mg (0.5 ml × 40 mg/ml)"],
        ["Given", "triamcinolone 20mg (0.5 ml × 40 mg/ml)"],
    ]
    following = dict(said["rows"])["Next injection here"]
    assert following.startswith("Left hamstring origin: Radiologist review from 10 June 2026")
    assert "Right hamstring origin: Radiologist review from 10 June 2026" in following
    physio = write_letter(visit.pk, kind="physiotherapist", paragraph="", **who).content
    assert physio["rows"][0] == ["Site and side", "Left hamstring origin, Right hamstring origin"]
    correct_injection(done.injections[1].pk, reason="Misread", changes={"batch": "Z9"}, **who)
    again = write_letter(visit.pk, kind="patient-copy", paragraph="", **who)
    assert (again.version, letter.version) == (2, 1), "a correction of the second makes another letter"


# -- Through the doors ------------------------------------------------------------------------------------


@pytest.fixture
def visit(world: World) -> Appointment:
    """Both sides this morning, approved; the patient is here."""
    patient = fit_on_both_sides(world.clinic)
    booked = world.clinic.book(patient, local(TODAY, "09:05"), site=None, side=None, injections=BOTH).appointment
    assert booked is not None
    decide_on(booked, world.clinic, "approve")
    world.at(local(TODAY, "09:25"))
    return booked


def before_the_first(who: Browser, visit: Appointment) -> None:
    for step in ("identity", "checks", "consent"):
        who.post("procedure-step", visit.pk, step, data=PROCEDURE[step])


def sends(who: Browser, visit: Appointment, step: str, expect: int = 302, **data: Any) -> str:
    return who.post("procedure-step", visit.pk, step, data=data, expect=expect)


HALF = INJECTION | {"dose_mg": "20", "volume_ml": "0.5"}


def test_each_injection_has_its_numbered_panel(world: World, radiologist: Browser, visit: Appointment) -> None:
    """The second opens with where it is booked and with the drug and batch of the first; its dose is asked afresh."""
    said = radiologist.get("procedure-step", visit.pk, "identity")
    assert "Injection 1" in said
    assert "Injection 2" in said
    assert "Injection 3" not in said
    assert "Left and right hamstring origin" in said
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    said = radiologist.get("procedure-step", visit.pk, "checks")
    assert "Booked: Hamstring origin, left Booked: Hamstring origin, right" in said
    before_the_first(radiologist, visit)
    said = radiologist.get("procedure-step", visit.pk, "consent")
    assert "One consent for each of them: left hamstring origin, right hamstring origin." in said
    said = sends(radiologist, visit, "injection", **HALF)
    assert "Injection 2 of 2: right hamstring origin" in said
    assert "Drug, strength and batch are those of the injection before." in said
    assert "Given here earlier today: 20mg of steroid" in said
    for value in ('value="Methylprednisolone"', 'value="AB 1234"'):
        assert value in radiologist.html
    assert 'value="20"' not in radiologist.html
    radiologist.get("procedure-step", visit.pk, "injection-3", expect=404)


def test_left_given_right_not_given_through_the_steps(world: World, radiologist: Browser, visit: Appointment) -> None:
    before_the_first(radiologist, visit)
    sends(radiologist, visit, "injection", **HALF)
    said = sends(radiologist, visit, "injection-2", expect=422, result="not-given")
    assert "Say why it was not given." in said
    assert "Choose the target." not in said
    sends(radiologist, visit, "injection-2", result="not-given", reason="The patient felt faint")
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "The injections are recorded" in said
    assert "Right hamstring origin, not given: The patient felt faint" in said
    said = radiologist.get("procedure-report", visit.pk)
    assert "Injection 1: left hamstring origin" in said
    assert "Injection 2: right hamstring origin" in said
    assert "Reason The patient felt faint" in said
    assert "For each: left and right hamstring origin." in said
    assert radiologist.html.count("Correct the record of the") == 2
    said = radiologist.get("patient", visit.patient_id)
    assert "right hamstring origin not given" in said


def test_what_is_wrong_with_the_second_is_said_on_its_panel(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    before_the_first(radiologist, visit)
    sends(radiologist, visit, "injection", **HALF)
    said = sends(radiologist, visit, "injection-2", expect=422, **HALF | LATER | {"dose_mg": "70", "volume_ml": "1.75"})
    assert "90 mg of steroid on one day" in said
    said = sends(
        radiologist,
        visit,
        "injection-2",
        expect=422,
        **HALF | {"confirm_site_change": "on", "started": "09:21", "ended": "09:24"},
    )
    assert "Injection 1 was given in this area and side already: that is one injection." in said
    said = sends(radiologist, visit, "injection-2", expect=422, **HALF | LATER | {"ended": "09:40"})
    assert "The time is in the future." in said
    sends(radiologist, visit, "injection-2", **HALF | LATER)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "The injections are recorded" in said
    assert [row.side for row in Injection.objects.order_by("number")] == ["left", "right"]


def test_one_scan_step_asks_for_a_report_of_each_place(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient("Birch")
    wanted = (Wanted("hamstring-origin", "left"), Wanted("hamstring-origin", "right"))
    asked = {"kind": "scan-and-injection", "site": None, "side": None, "injections": wanted}
    booked = world.clinic.book(patient, local(TODAY, "09:05"), override_reason="Please look", **asked).appointment
    assert booked is not None
    decide_on(booked, world.clinic, "override", reason_code="other")
    world.at(local(TODAY, "09:25"))
    identify(radiologist, booked)
    said = radiologist.get("procedure-scan", booked.pk)
    assert "Now: left hamstring origin." in said
    radiologist.client.post(f"/appointments/{booked.pk}/procedure/scan/", REPORT)
    said = radiologist.get("procedure-scan", booked.pk)
    assert "Now: right hamstring origin." in said
    assert 'value="right" ' in radiologist.html or "right" in said
    radiologist.client.post(f"/appointments/{booked.pk}/procedure/scan/", REPORT | {"side": "right"})
    said = radiologist.get("procedure-scan", booked.pk)
    assert said.count("Recorded: ultrasound of 2 March 2026") == 2
    assert "Now:" not in said


def test_the_api_takes_one_object_of_each(world: World, visit: Appointment) -> None:
    once = {
        "consent": dict.fromkeys(CONSENT, True),
        "checked_today": dict.fromkeys(CHECKED_TODAY, True),
        "drug": "triamcinolone",
        "steroid": True,
        "batch": "T1",
        "rest_hours": 60,
    }
    first = {"started_at": local(TODAY, "09:05").isoformat(), "ended_at": local(TODAY, "09:10").isoformat()}
    first |= {"result": "given", "dose_mg": 20}
    path = f"/appointments/{visit.pk}/procedure/"
    assert pointers(world.radiologist.post(path, once)) == {"#/result"}
    wrong = {**once, "injections": [first | {"dose_mg": -1}, {"result": "perhaps"}]}
    assert pointers(world.radiologist.post(path, wrong)) == {"#/injections/1/result"}
    wrong = {**once, "injections": [first | {"dose_mg": 500}, {"result": "not-given"}]}
    assert pointers(world.radiologist.post(path, wrong)) == {"#/injections/0/dose_mg", "#/injections/1/reason"}
    assert pointers(world.radiologist.post(path, {**once, **first})) == {"#/injections"}
    sent = {**once, "injections": [first, {"number": 1, "result": "not-given", "reason": "Felt faint"}]}
    answer = world.radiologist.post(path, sent)
    assert answer.status_code == 200, answer.content
    done = answer.json()
    assert [(one["side"], one["status"]) for one in done["injections"]] == [("left", "given"), ("right", "not-given")]
    assert done["injection"] == done["injections"][0]
    assert [one["number"] for one in done["injections"]] == [0, 1]
    assert (done["incident"], done["incidents"]) == (None, [])
    assert done["rest_until"] == local("2026-03-04", "21:10").isoformat()
    assert done["injections"][0]["batch"] == "T1"
