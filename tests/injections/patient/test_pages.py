"""Finding and registering patients, and what is recorded of them, through the pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from injections.merging import merge
from injections.models import ImagingReport, Injection, Note, Pathway, PlannedActivity, Screening
from injections.patient.activities import plan_activity
from injections.safety.policy import DEFAULT
from injections.safety.questions import FOLLOW_UPS, QUESTIONS
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record as audit
from scheduling.models import Message, Patient
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import LEFT_HAMSTRING, SAID_TODAY, Browser, browser

PERSON = {
    "given_name": "Erin",
    "family_name": "Ashdown",
    "date_of_birth": "1 5 1980",
    "email": "erin@mail.example",
    "phone": "07700 900321",
    "nhs_number": "",
    "email_opt_in": "on",
}
ELSEWHERE = {"site": "ischiogluteal-bursa", "side": "left", "steroid": "yes", "origin": "elsewhere"}
REPORT = {
    "modality": "ultrasound",
    "area": "ischial-tuberosity",
    "side": "left",
    "performed_on": "2026-02-20",
    "tendinopathy": "yes",
    "bursitis": "no",
    "tear": "none",
    "other_diagnosis": "none",
}


@pytest.mark.parametrize("typed", ["ashdwon", "1 May", "Robin 1980", "900123", "01/05/1980"])
def test_a_patient_is_found_by_what_is_known(typed: str, world: World, reception: Browser) -> None:
    world.clinic.patient("Ashdown")
    said = reception.post("patient-search", data={"text": typed}, expect=200)
    assert ("Robin Ashdown" in said) == (typed != "1 May")
    assert typed.replace(" ", "") not in reception.last.request["PATH_INFO"] + reception.last.request["QUERY_STRING"]


def test_nobody_found_says_what_to_do_next(reception: Browser) -> None:
    assert "register a new patient below" in reception.post("patient-search", data={"text": "zzz"}, expect=200)


def test_a_new_patient_is_registered_and_shown(reception: Browser) -> None:
    said = reception.post("patient-register", data=PERSON)
    assert "Erin Ashdown is registered." in said
    assert "Born 1 May 1980" in said


def test_a_likely_duplicate_is_shown_and_can_be_passed(world: World, reception: Browser) -> None:
    world.clinic.patient("Ashdown", given_name="Erin")
    said = reception.post("patient-register", data=PERSON, expect=422)
    assert "Is this the same person? Erin Ashdown: use this record" in said
    assert 'value="07700 900321"' in reception.html
    assert Patient.objects.count() == 1
    reception.post("patient-register", data={**PERSON, "confirm_new": "on"})
    assert Patient.objects.count() == 2


def test_wrong_details_are_named_at_their_fields_and_what_was_typed_stays(reception: Browser) -> None:
    wrong = {**PERSON, "date_of_birth": "1 5 2036", "nhs_number": "1234567890", "given_name": ""}
    said = reception.post("patient-register", data=wrong, expect=422)
    assert said.startswith("Error: Register a patient")
    assert "There is a problem" in said
    said = reception.post("patient-register", data={**wrong, "given_name": "Erin"}, expect=422)
    assert "The date of birth is in the future." in said
    assert "This is not a valid NHS number" in said
    assert 'href="#id_date_of_birth"' in reception.html
    assert 'value="1 5 2036"' in reception.html


def test_registering_inside_a_booking_goes_on_with_the_booking(reception: Browser) -> None:
    said = reception.post("patient-register", data=PERSON, query={"book": 1, **LEFT_HAMSTRING})
    assert "What are you booking for Erin Ashdown?" in said
    assert reception.last.request["QUERY_STRING"] == "kind=injection&site=hamstring-origin&side=left"


def test_details_are_corrected(world: World, reception: Browser) -> None:
    patient = world.clinic.patient("Ashdown")
    reception.post("patient-correct", patient.pk, data={**PERSON, "email": "new@mail.example", "revision": 1})
    patient.refresh_from_db()
    assert patient.email == "new@mail.example"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2025-08", "2025-08"),
        ("August 2025", "2025-08"),
        ("8/2025", "2025-08"),
        ("2025", "2025"),
        ("14 8 2025", "2025-08-14"),
        ("14/08/2025", "2025-08-14"),
        ("", ""),
    ],
)
def test_an_injection_elsewhere_is_recorded_as_far_as_it_is_known(
    typed: str, kept: str, world: World, reception: Browser
) -> None:
    patient = world.clinic.patient()
    said = reception.post("injection-add", patient.pk, data={**ELSEWHERE, "given": typed})
    assert "The injection is recorded." in said
    assert Injection.objects.get().given == kept


@pytest.mark.parametrize("typed", ["2027", "31 2 2025", "last summer"])
def test_a_date_that_cannot_be_is_named_at_its_field(typed: str, world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    reception.post("injection-add", patient.pk, data={**ELSEWHERE, "given": typed}, expect=422)
    assert 'id="id_given_error"' in reception.html
    assert not Injection.objects.exists()


def test_a_correction_keeps_the_old_record_readable(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    world.clinic.earlier_injection(patient, "2025-08-14")
    old = Injection.objects.get()
    changed = {**ELSEWHERE, "given": "2025-07-14", "reason": "The letter says July."}
    said = reception.post("injection-correct", old.pk, data=changed)
    assert "14 July 2025, left ischiogluteal bursa" in said
    assert "<del>14 August 2025, left ischiogluteal bursa</del>" in reception.html
    assert "The letter says July." in said
    newest = Injection.objects.current().get()
    said = reception.post("injection-withdraw", newest.pk, data={"reason": "Another patient's letter."})
    assert "withdrawn" in said
    assert not Injection.objects.current().exists()


def test_the_screening_asks_every_question_of_the_rules_and_ticks_none(world: World, reception: Browser) -> None:
    """Until something is known. Ticked is only that the patient is who answers today."""
    patient = world.clinic.patient()
    said = reception.get("screening", patient.pk, **LEFT_HAMSTRING)
    for question in QUESTIONS.values():
        assert question.asked(DEFAULT) in said
    for follow_up in FOLLOW_UPS:
        assert follow_up.text in said
    assert re.findall(r"<input [^>]*checked", reception.html) == [
        '<input type="radio" name="answered_by" value="patient" id="id_answered_by_0" checked'
    ]
    assert 'name="answered_on" value="02 03 2026"' in reception.html


def test_answers_are_kept_as_given_and_what_is_open_stays_open(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    answers: dict[str, Any] = {
        "area": "ischial-tuberosity",
        "side": "left",
        "fever": "no",
        "diabetes": "yes",
        "pregnant": "not-applicable",
        "cancer_history": "not-sure",
        "diabetes_poorly_controlled": "no",
        "onset": "gradual",
        "main_pain_site": "unknown",
        "injury_on": "3 2 2026",
        **SAID_TODAY,
    }
    said = reception.post("screening", patient.pk, data=answers, query=LEFT_HAMSTRING)
    assert "The answers are recorded." in said
    assert "What are you booking for" in said
    row = Screening.objects.get()
    assert (row.area, row.side, row.answered_by) == ("ischial-tuberosity", "left", "patient")
    assert row.content["answers"] == {
        "fever": "no",
        "diabetes": "yes",
        "pregnant": "not-applicable",
        "cancer_history": "not-sure",
    }
    assert row.content["injury_on"] == "2026-02-03"
    assert "main_pain_site" not in row.content
    assert "Questions Last answered 2 March 2026, today; 32 not sure or unanswered" in said


def test_a_red_flag_among_the_answers_asks_for_a_call(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    said = reception.post("screening", patient.pk, data={"fever": "yes", **SAID_TODAY})
    assert "Phone the patient:" in said


def test_the_pathway_opens_as_it_was_recorded(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    sent = {
        "area": "ischial-tuberosity",
        "side": "left",
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "indications": ["deep-buttock-pain", "sit-bone-tenderness"],
        "mild_and_improving": "no",
        "loading_stage": "2",
        "treatments_tried": ["shockwave", "loading-programme"],
    }
    reception.post("pathway", patient.pk, data=sent)
    kept = Pathway.objects.get()
    assert kept.content["indications"] == ["deep-buttock-pain", "sit-bone-tenderness"]
    assert "suspected_avulsion" not in kept.content
    assert "loading_stage" not in kept.content
    assert (kept.loading_stage, kept.treatments_tried) == (2, ["loading-programme", "shockwave"])
    reception.get("pathway", patient.pk, **LEFT_HAMSTRING)
    assert reception.html.count("checked") == 9


def test_the_stage_of_loading_and_what_was_tried_are_shown_with_their_history(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    reception.get("pathway", patient.pk)
    assert "checked" not in reception.html
    reception.post("pathway", patient.pk, data={"loading_stage": "1", "treatments_tried": ["acupuncture"]})
    shown = Pathway.objects.get().pk
    said = reception.post("pathway", patient.pk, data={"loading_stage": "unknown", "shown": shown})
    assert "Loading stage Not known" in said
    assert "Tried Not recorded" in said
    said = reception.get("pathway", patient.pk)
    assert said.count("All areas, both sides (reception)") == 2
    assert "Loading stage 1: isometric" in said
    assert "Tried Acupuncture" in said
    reception.post("pathway", patient.pk, data={"loading_stage": "5"}, expect=422)
    assert Pathway.objects.count() == 2


def test_a_radiologist_adds_a_report(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    said = radiologist.post("report-add", patient.pk, data=REPORT)
    assert "Ultrasound, 20 February 2026" in said
    partial = {**REPORT, "tear": "partial", "tear_grade": "2", "tear_size_mm": "4.5"}
    radiologist.post("report-add", patient.pk, data=partial)
    assert ImagingReport.objects.filter(tear="partial", tear_size_mm="4.5").exists()
    radiologist.post("report-add", patient.pk, data={**REPORT, "tear": "full"}, expect=422)
    assert "There is a problem" in radiologist.html
    radiologist.post("report-add", patient.pk, data={**REPORT, "performed_on": "2026-03-03"}, expect=422)
    assert 'id="id_performed_on_error"' in radiologist.html


def test_a_plan_is_recorded_and_taken_off(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    plan = {"kind": "sport", "on": "2026-03-29", "at": "01:30"}
    said = reception.post("activity-add", patient.pk, data=plan, expect=422)
    assert "01:30 does not exist on that day: the clocks go forward." in said
    said = reception.post("activity-add", patient.pk, data={**plan, "at": "10:00"})
    assert "Sport, Sunday 29 March 2026 at 10:00" in said
    one = PlannedActivity.objects.get()
    said = reception.post("activity-withdraw", one.pk, data={"next": f"/patients/{patient.pk}/"})
    assert "The plan is removed." in said


def test_a_plan_too_soon_after_an_injection_says_whom_to_phone(world: World, reception: Browser) -> None:
    """Hazard H23 on the pages: said at once, on the call list, and closed when the plan is taken off."""
    patient = world.clinic.patient()
    world.clinic.earlier_injection(patient, "2026-03-01")
    said = reception.post("activity-add", patient.pk, data={"kind": "sport", "on": "2026-03-03", "at": "18:00"})
    assert "Phone the patient: Sport on 3 March 2026 at 18:00: The patient's own sport" in said
    assert "A plan too soon after an injection Sport on 3 March 2026" in reception.get("call-list")
    reception.post("activity-withdraw", PlannedActivity.objects.get().pk, data={"next": f"/patients/{patient.pk}/"})
    said = reception.get("call-list")
    assert "There is nobody to phone." in said
    assert "Closed automatically: nothing that is planned lies too soon" in said


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(wanted: str, world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    reception.post("activity-add", patient.pk, data={"kind": "sport", "on": "2026-04-01", "at": "10:00"})
    one = PlannedActivity.objects.get()
    response = reception.client.post(f"/activities/{one.pk}/withdraw/", {"next": wanted})
    assert response.headers["Location"] == "/"


def test_a_manager_reads_the_whole_record_to_compare_and_writes_none_of_it(world: World) -> None:
    """Injections, timeline, answers, pathway, reports, plans, notes; without a link or button that would be refused."""
    patient = world.clinic.fit_patient("Ashdown")
    world.clinic.earlier_injection(patient, "2025-08-14")
    world.clinic.answer(patient, {"fever": "yes"})
    by = {"by": world.clinic.reception, "now": world.clinic.now}
    plan_activity(patient.pk, kind="sport", start=local("2026-04-01"), **by)
    manager = browser(world.clinic.users["manager"])
    said = manager.get("patient", patient.pk)
    for word in ("bursa", "Timeline", "Questions before", "Physiotherapy", "Ultrasound", "Sport", "Phone the patient:"):
        assert word in said, word
    refused = ("Book a visit", "Record the pathway", "Ask the questions", "Correct", "Withdraw", "Remove", "Add a")
    for word in (*refused, "Record the call", "Add an"):
        assert word not in said, word
    for address in set(re.findall(r'href="(/(?!static/)[^"#?]*)', manager.html)):
        assert manager.client.get(address).status_code in (200, 302), address


# -- Notes and activity -------------------------------------------------------------------------------------


def test_a_note_is_added_read_by_colleagues_and_never_changed(
    world: World, reception: Browser, radiologist: Browser
) -> None:
    patient = world.clinic.patient()
    said = reception.post("patient-notes", patient.pk, data={"text": " "}, expect=422)
    assert "Enter the note." in said
    for number in range(4):
        said = reception.post("patient-notes", patient.pk, data={"text": f"Ring twice {number} <b>"})
    assert "The note is added." in said
    assert "Ring twice 0" in radiologist.get("patient", patient.pk), "all of today stand at the top"
    world.at(local("2026-03-03"))
    said = radiologist.get("patient", patient.pk)
    assert "Ring twice 3 <b>" in said
    assert "Ring twice 0" not in said
    assert "reception, Monday 2 March 2026 at 09:00" in said
    assert "or read all 4" in said
    assert "Ring twice 0" in radiologist.get("patient-notes", patient.pk)
    with pytest.raises(AppendOnlyError):
        Note.objects.update(text="Nothing")


def test_notes_of_a_merged_record_are_read_on_and_none_is_added_to_it(world: World, reception: Browser) -> None:
    twin, kept = world.clinic.patient("Birch"), world.clinic.patient("Birchall")
    reception.post("patient-notes", twin.pk, data={"text": "Hard of hearing"})
    merge.merge_patients(twin.pk, into_id=kept.pk, by=world.clinic.manager, now=world.clinic.now)
    assert "Hard of hearing" in reception.get("patient", kept.pk)
    said = reception.post("patient-notes", twin.pk, data={"text": "Late"}, expect=422)
    assert "This record was merged into another." in said


def test_a_manager_reads_every_note_and_what_was_done(world: World, reception: Browser) -> None:
    """Activity tells what was done, newest first, a page at a time; who looked at the record is not among them."""
    patient = world.clinic.patient()
    for number in range(5):
        reception.post("patient-notes", patient.pk, data={"text": f"Wish {number}"})
    world.at(local("2026-03-03"))
    manager = browser(world.clinic.users["manager"])
    said = manager.get("patient", patient.pk)
    assert "Wish 0" in said
    assert "Add a note" not in said
    assert "Note added reception, Monday 2 March 2026 at 09:00" in said
    assert "Viewed" not in said
    for _ in range(60):
        audit("tried", by=world.clinic.manager, now=local("2026-03-03"), patients=[patient.pk])
    said = manager.get("patient-activity", patient.pk)
    assert said.count("Tried") == 50
    older = re.search(r"before=([^\"]+)", manager.html)
    assert older
    said = manager.get("patient-activity", patient.pk, before=older[1])
    assert said.count("Tried") == 10
    assert "Note added" in said


def test_alerts_stand_first_on_a_patients_page(world: World, reception: Browser) -> None:
    """Who must be phoned, and who gets no email."""
    patient = world.clinic.fit_patient()
    world.clinic.book(patient, local("2026-03-10"))
    said = reception.get("patient", patient.pk)
    assert "did not reach" not in said
    Message.objects.filter(kind="confirmed").update(status="failed", phone_task=True, reason="No such mailbox")
    Patient.objects.filter(pk=patient.pk).update(email_opt_in=False)
    said = reception.get("patient", patient.pk)
    assert "Phone the patient: “Confirmation” did not reach them. No such mailbox" in said
    assert "This patient gets no emails: they do not want any." in said


def test_a_message_to_phone_about_is_an_alert_however_many_came_after_it(world: World, reception: Browser) -> None:
    """The page shows the last 10 and says how many there are."""
    patient = world.clinic.fit_patient("Quillon")
    for number in range(12):
        instant = world.clinic.now + timedelta(hours=number)
        Message.objects.create(
            kind="confirmed",
            template="confirmed",
            subject=f"patient:{patient.pk}",
            occasion=f"day:{number}",
            patient=patient,
            due_at=instant,
            expires_at=instant,
            planned_at=instant,
            status="queued" if number else "failed",
            phone_task=not number,
        )
    said = reception.get("patient", patient.pk)
    assert "“Confirmation” did not reach them." in said
    assert "The last 10 of 12. The page of each visit lists all its messages." in said
    Message.objects.filter(subject=f"patient:{patient.pk}", status="queued").delete()
    assert "The last" not in reception.get("patient", patient.pk)


def test_a_name_in_letters_of_two_alphabets_is_asked_about(reception: Browser) -> None:
    """On registering and on a change; one press says that it is written so."""
    mixed = {**PERSON, "family_name": "\u0421hen"}
    said = reception.post("patient-register", data=mixed, expect=422)
    assert "Is the name written like this?" in said
    assert "is registered" in reception.post("patient-register", data={**mixed, "confirm_spelling": "on"})
    patient = Patient.objects.get()
    changed = {**mixed, "revision": 1, "family_name": "\u041eak", "former_names": "Duval\r\n\r\nVan der Berg\r\n"}
    said = reception.post("patient-correct", patient.pk, data=changed, expect=422)
    assert "Is the name written like this?" in said
    said = reception.post("patient-correct", patient.pk, data={**changed, "confirm_spelling": "on"})
    assert "Former names Duval, Van der Berg" in said


def test_a_number_of_somebody_else_is_named_on_the_page_of_details(world: World, reception: Browser) -> None:
    """And whose it is stands on the audit trail as seen (REC21)."""
    other = world.clinic.patient("Okafor", nhs_number="9990000018")
    here = world.clinic.patient("Quill")
    sent = {**PERSON, "nhs_number": "999 000 0018", "revision": 1}
    said = reception.post("patient-correct", here.pk, data=sent, expect=422)
    assert "This NHS number belongs to Robin Okafor." in said
    assert "a manager can merge them" in said
    assert set(Entry.objects.filter(verb="viewed").latest("pk").patient_ids) == {here.pk, other.pk}


def test_every_problem_of_a_new_patient_is_named_at_once(reception: Browser) -> None:
    """REC20 on the page."""
    wrong = {"date_of_birth": "1 1 2190", "email": "nope", "nhs_number": "1111111111", "phone": "-----"}
    said = reception.post("patient-register", data=wrong, expect=422)
    for why in ("Enter a given name", "is in the future", "Enter an email", "not a valid NHS", "Enter a phone"):
        assert why in said


def test_the_box_in_the_header_of_every_page_opens_the_only_one_found(world: World, reception: Browser) -> None:
    """It is the first thing after the skip link; several found are listed with next visit and last injection."""
    ash = world.clinic.fit_patient("Ash")
    reception.get("rules")
    after = reception.html.split('href="#main">Skip to main content</a>')[1]
    first = re.search(r"<(a|input|button|select)\b(?![^>]*hidden)[^>]*>", after)
    assert first
    assert 'name="find"' in first[0]
    reception.last = reception.client.post("/patients/", {"find": "ash 1980"})
    assert (reception.last.status_code, reception.last.headers["Location"]) == (302, f"/patients/{ash.pk}/")
    world.clinic.patient("Ashdown")
    world.clinic.book(ash, local("2026-03-10", "08:40"))
    said = reception.post("patient-search", data={"find": "ash"}, expect=200)
    assert "2 patients found" in said
    assert "Next visit: injection, Tuesday 10 March 2026 at 08:40 No injection recorded" in said
    assert 'value="ash"' in reception.html
    assert "Nobody found." in reception.post("patient-search", data={"find": "zzz"}, expect=200)
    reception.post("patient-search", data={"find": ""}, expect=422)
