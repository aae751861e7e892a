"""What is recorded of a patient through the API: injections elsewhere, answers, pathway, reports, plans, timeline."""

from __future__ import annotations

import pytest

from injections.models import ImagingReport, Injection, Pathway, PlannedActivity, Screening
from injections.safety.questions import QUESTIONS
from tests.api_world import IT, World, pointers, problem
from tests.clinic import FIT, local

ELSEWHERE = {
    "site": "ischiogluteal-bursa",
    "side": "left",
    "given": "2026-01",
    "steroid": True,
    "origin": "elsewhere",
    "drug": "methylprednisolone",
    "dose_mg": 40,
}
REPORT = {
    "modality": "ultrasound",
    "area": IT,
    "side": "left",
    "performed_on": "2026-02-20",
    "tendinopathy": "yes",
    "bursitis": "no",
    "tear": "none",
    "tear_grade": None,
    "tear_size_mm": None,
    "other_diagnosis": "none",
}


def test_sites_are_listed_for_everybody(world: World) -> None:
    sites = world.manager.get("/sites/").json()["results"]
    assert len(sites) == 7
    assert sites[0] == {
        "code": "hamstring-origin",
        "name": "Hamstring origin",
        "area": IT,
        "target": "peritendinous",
        "bookable": True,
    }
    assert [site["code"] for site in sites if not site["bookable"]] == ["hip-region-unspecified", "other-site"]


def test_an_injection_elsewhere_is_recorded_and_reassesses(world: World) -> None:
    """The booking that stood goes back to a radiologist, and the answer says so."""
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    response = world.reception.post(f"/patients/{patient.pk}/injections/", ELSEWHERE)
    assert response.status_code == 201, response.content
    made = response.json()
    assert made["reassessed"] == [{"appointment": booked["id"], "verdict": "blocked", "status": "pending"}]
    assert (made["dose_mg"], made["given"], made["stands"]) == (40.0, "2026-01", True)
    assert response.headers["Location"] == f"/api/v1/injections/{made['id']}/"
    assert world.reception.get(f"/injections/{made['id']}/").json()["recorded_by"] == "reception"


def test_what_is_left_out_is_not_known(world: World) -> None:
    patient = world.clinic.patient()
    body = {"site": "other-site", "origin": "patient-reported"}
    made = world.reception.post(f"/patients/{patient.pk}/injections/", body).json()
    assert (made["side"], made["given"], made["steroid"], made["dose_mg"]) == ("unknown", None, None, None)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"given": "2026-03-03"}, "#/given"),
        ({"given": "2026-02-30"}, "#/given"),
        ({"given": "2026-13"}, "#/given"),
        ({"given": "last spring"}, "#/given"),
        ({"given": 2026}, "#/given"),
        ({"given": "0000"}, "#/given"),
        ({"site": "left-knee"}, "#/site"),
        ({"site": ["hip-joint"]}, "#/site"),
        ({"side": "up"}, "#/side"),
        ({"origin": "own"}, "#/origin"),
        ({"steroid": "yes"}, "#/steroid"),
        ({"dose_mg": -1}, "#/dose_mg"),
        ({"dose_mg": 10**9}, "#/dose_mg"),
        ({"dose_mg": True}, "#/dose_mg"),
        ({"status": "entered-in-error"}, "#/status"),
        ({"appointment": "1"}, "#/appointment"),
        ({"recorded_on": "2020-01-01"}, "#/recorded_on"),
    ],
)
def test_an_impossible_injection_names_its_field(world: World, changes: dict[str, object], named: str) -> None:
    patient = world.clinic.patient()
    assert pointers(world.reception.post(f"/patients/{patient.pk}/injections/", {**ELSEWHERE, **changes})) == {named}
    assert not Injection.objects.exists()


def test_a_correction_supersedes_and_keeps_the_old_row(world: World) -> None:
    """Both stay readable; only the new one counts, and it can be withdrawn in its turn."""
    patient = world.clinic.fit_patient()
    old = world.reception.post(f"/patients/{patient.pk}/injections/", ELSEWHERE).json()
    assert pointers(world.reception.post(f"/injections/{old['id']}/correct/", {"given": "2025-06"})) == {"#/reason"}
    new = world.reception.post(
        f"/injections/{old['id']}/correct/", {"given": "2025-06", "reason": "Letter found"}
    ).json()
    assert (new["supersedes"], new["given"], new["drug"]) == (old["id"], "2025-06", ELSEWHERE["drug"])
    problem(world.reception.post(f"/injections/{old['id']}/correct/", {"given": "2024", "reason": "Again"}), 409)
    gone = world.reception.post(f"/injections/{new['id']}/withdraw/", {"reason": "Another patient's"}).json()
    assert (gone["status"], gone["stands"]) == ("entered-in-error", False)
    listed = world.reception.get(f"/patients/{patient.pk}/injections/").json()["results"]
    assert [(one["id"], one["stands"]) for one in listed] == [
        (gone["id"], False),
        (new["id"], False),
        (old["id"], False),
    ]
    assert listed[2]["superseded_by"] == new["id"]


SCREENING = {"answers": FIT, "onset": "gradual", "main_pain_site": "sit-bone", "pain_side": "left"}


def test_each_screening_is_a_new_version_for_its_area_and_side(world: World) -> None:
    """What counts there is read; of a place that nobody asked about, what is known of the person."""
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/screening/"
    assert world.reception.get(address).status_code == 404
    first = world.reception.put(address, {**SCREENING, "area": IT, "side": "left"})
    assert first.status_code == 200, first.content
    assert first.json()["reassessed"] == []
    assert first.json()["answers"]["fever"] == "no"
    assert first.json()["answered_at"].startswith("2026-03-02T09:00")
    world.reception.put(address, {**SCREENING, "area": "hip-joint", "side": "right", "pain_side": "right"})
    left = world.reception.get(address, area=IT, side="left").json()
    assert (left["pain_side"], left["area"], left["side"]) == ("left", IT, "left")
    assert world.reception.get(address).json()["pain_side"] == "right"
    elsewhere = world.reception.get(address, area="sacroiliac-joint").json()
    assert (elsewhere["answers"]["fever"], elsewhere["answers"].get("bruising"), elsewhere["pain_side"]) == (
        "no",
        None,
        None,
    )
    assert Screening.objects.count() == 2


def test_answers_that_clear_a_booking_book_it(world: World) -> None:
    """Pending only for want of answers; the PUT answers with what became of it."""
    patient = world.clinic.patient()
    world.clinic.pathway(patient)
    world.clinic.report(patient)
    booked = world.book(patient, local("2026-03-10"))
    assert (booked["status"], booked["assessment"]["waiting_for"]) == ("pending", "answers")
    answer = world.reception.put(f"/patients/{patient.pk}/screening/", SCREENING).json()
    assert answer["reassessed"] == [{"appointment": booked["id"], "verdict": "clear", "status": "booked"}]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"answers": {"fever": "maybe"}}, {"#/answers/fever"}),
        ({"answers": {"fevver": "no"}}, {"#/answers/fevver"}),
        ({"answers": ["fever"]}, {"#/answers"}),
        ({"onset": "slow", "colour": 1}, {"#/onset", "#/colour"}),
        ({"injury_on": "2026-02-30"}, {"#/injury_on"}),
        ({"answered_at": "2026-02-20T12:00:00"}, {"#/answered_at"}),
        ({"answered_at": "2026-03-05T12:00:00+00:00"}, {"#/answered_at"}),
        ({"answered": {"fever": "2026-03-05T12:00:00+00:00", "onset": "2026-03-01T12:00:00Z"}}, {"#/answered/fever"}),
        ({"answered": {"fevver": "2026-03-01T12:00:00Z"}}, {"#/answered/fevver"}),
        ({"inr": 2.5, "inr_on": "2026-03-03"}, {"#/inr_on"}),
        ({"inr": -1}, {"#/inr"}),
        ({"area": "knee", "side": "up", "onset": "slow"}, {"#/area", "#/side", "#/onset"}),
    ],
)
def test_bad_answers_name_their_fields_all_at_once(world: World, body: dict[str, object], named: set[str]) -> None:
    patient = world.clinic.patient()
    assert pointers(world.reception.put(f"/patients/{patient.pk}/screening/", body)) == named
    assert not Screening.objects.exists()


def test_single_answers_have_their_own_time(world: World) -> None:
    """Sent and read back; the pain may be in the upper buttock, and an INR of today is not of the future."""
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/screening/"
    body = {
        "answers": {"fever": "no"},
        "answered": {"fever": "2026-02-27T09:00:00+00:00"},
        "main_pain_site": "upper-buttock",
        "inr_on": "2026-03-02",
    }
    assert world.reception.put(address, body).status_code == 200
    read = world.radiologist.get(address, area="sacroiliac-joint", side="left").json()
    sent = {**body, "answered": read["answered"]}
    assert {name: read[name] for name in body} == sent
    assert read["answered"]["fever"] == "2026-02-27T09:00:00+00:00"
    assert read["answered"]["main_pain_site"].startswith("2026-03-02T09:00")


def test_the_pathway_is_versioned_likewise(world: World) -> None:
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/pathway/"
    body = {
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "indications": ["deep-buttock-pain"],
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
        "loading_stage": 3,
        "treatments_tried": ["shockwave"],
    }
    stored = world.reception.put(address, body)
    assert stored.status_code == 200, stored.content
    read = world.radiologist.get(address, area=IT, side="left").json()
    assert {name: read[name] for name in body} == body
    assert pointers(world.reception.put(address, {"physiotherapy": "some", "loading_stage": 9})) == {
        "#/physiotherapy",
        "#/loading_stage",
    }
    assert Pathway.objects.count() == 1


def test_a_radiologist_enters_a_report(world: World) -> None:
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/reports/"
    response = world.radiologist.post(address, {**REPORT, "reported_by": "Dr Elsewhere"})
    assert response.status_code == 201, response.content
    assert response.json()["reported_by"] == "Dr Elsewhere"
    assert response.json()["reassessed"] == []
    tear = {**REPORT, "tear": "partial", "tear_grade": "2", "tear_size_mm": 4.5}
    assert world.radiologist.post(address, tear).json()["tear_size_mm"] == 4.5
    listed = world.reception.get(address).json()["results"]
    assert [one["tear"] for one in listed] == ["partial", "none"]
    assert listed[1]["tear_grade"] is None
    assert world.reception.get(f"/reports/{listed[0]['id']}/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"performed_on": "2026-03-03"}, {"#/performed_on"}),
        ({"tear": "partial"}, {"#/tear_grade", "#/tear_size_mm"}),
        ({"tear": "partial", "tear_grade": "2", "tear_size_mm": 0}, {"#/tear_size_mm"}),
        ({"area": "knee", "reported_by": 5}, {"#/area", "#/reported_by"}),
        ({"recorded_by": "me"}, {"#/recorded_by"}),
    ],
)
def test_a_bad_report_names_its_fields(world: World, changes: dict[str, object], named: set[str]) -> None:
    patient = world.clinic.patient()
    assert pointers(world.radiologist.post(f"/patients/{patient.pk}/reports/", {**REPORT, **changes})) == named
    assert not ImagingReport.objects.exists()


def test_plans_are_recorded_and_withdrawn_but_never_deleted(world: World) -> None:
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    address = f"/patients/{patient.pk}/activities/"
    made = world.reception.post(address, {"kind": "sport", "start": "2026-03-11T09:00:00+00:00"})
    assert made.status_code == 201, made.content
    assert made.json()["reassessed"] == [{"appointment": booked["id"], "verdict": "review", "status": "pending"}]
    assert len(world.reception.get(address).json()["results"]) == 1
    gone = world.reception.delete(f"/activities/{made.json()['id']}/")
    assert gone.status_code == 200
    assert gone.json()["withdrawn_at"] is not None
    assert world.reception.get(address).json()["results"] == []
    assert world.reception.delete(f"/activities/{made.json()['id']}/").status_code == 404
    race = world.reception.post(address, {"kind": "race", "start": "2026-03-20T09:00:00+00:00"}).json()
    assert race["reassessed"] == [{"appointment": booked["id"], "verdict": "review", "status": "pending"}]
    assert pointers(world.reception.post(address, {"kind": "chess", "start": "2026-03-11T09:00:00"})) == {
        "#/kind",
        "#/start",
    }
    assert PlannedActivity.objects.count() == 2


def test_the_timeline_has_a_lane_for_what_there_is(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.reception.post(f"/patients/{patient.pk}/injections/", {**ELSEWHERE, "given": "2025-06"})
    world.book(patient, local("2026-03-10"))
    lanes = world.reception.get(f"/patients/{patient.pk}/timeline/").json()["lanes"]
    assert [(lane["area"], lane["side"]) for lane in lanes] == [(IT, "left")]
    assert [entry["kind"] for entry in lanes[0]["entries"]] == ["given", "booked"]
    assert [lanes[0]["injections"], lanes[0]["booked"]] == [[entry] for entry in lanes[0]["entries"]]
    given, booked = lanes[0]["entries"]
    assert lanes[0]["rest"] == [given["rest"], booked["rest"]]
    assert lanes[0]["zones"][0] == {"kind": "too_soon", **given["too_soon"]}
    assert [zone["kind"] for zone in lanes[0]["zones"]] == ["too_soon", "review"] * 2


def test_every_question_can_be_answered(world: World) -> None:
    patient = world.clinic.patient()
    for value in ("yes", "no", "not-sure", "not-applicable", None):
        body = {"answers": dict.fromkeys(QUESTIONS, value)}
        assert world.reception.put(f"/patients/{patient.pk}/screening/", body).status_code == 200


def test_an_own_injection_never_becomes_somebody_elses_nor_the_other_way(world: World) -> None:
    patient = world.clinic.patient()
    made = world.reception.post(f"/patients/{patient.pk}/injections/", ELSEWHERE).json()
    address = f"/injections/{made['id']}/correct/"
    assert pointers(world.reception.post(address, {"origin": "own", "reason": "x"})) == {"#/origin"}
    told = world.reception.post(address, {"origin": "patient-reported", "reason": "No letter"}).json()
    assert told["origin"] == "patient-reported"


def test_what_was_recorded_on_a_merged_record_can_still_be_corrected(world: World) -> None:
    """Both records are one person now; the booking of the one that is kept is judged again."""
    kept, double = world.clinic.fit_patient("Birch"), world.clinic.patient("Birhc")
    world.clinic.earlier_injection(double, "2026-01")
    world.manager.post(f"/patients/{double.pk}/merge/", {"into": kept.pk})
    booked = world.book(kept, local("2026-03-10"), override_reason="To be looked at")
    row = Injection.objects.get()
    gone = world.reception.post(f"/injections/{row.pk}/withdraw/", {"reason": "Another person's"})
    assert gone.status_code == 200, gone.content
    assert [one["appointment"] for one in gone.json()["reassessed"]] == [booked["id"]]
