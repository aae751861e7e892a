"""The radiologist's pages: the queue, one case, the interruption at an override, the procedure; calls and messages."""

from __future__ import annotations

import pytest

from injections.models import Call, Decision, Injection
from injections.review.decide import DecisionRequest, decide
from injections.safety.policy import RULES_VERSION
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message, Patient
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import PROCEDURE, Browser, browser

OVERRIDE = {"outcome": "override", "reason": "Race of her life", "reason_code": "benefit-outweighs-risk"}


def pending(world: World, family_name: str = "Cole", given: str = "2025-11-20", at: str = "10:00") -> Appointment:
    """A visit of 10 March that waits for review; "2026-01-20" makes it a blocked one with an override asked for."""
    patient = world.clinic.fit_patient(family_name)
    world.clinic.earlier_injection(patient, given)
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    outcome = world.clinic.book(patient, local("2026-03-10", at), override_reason="Please look")
    assert outcome.appointment is not None
    assert outcome.appointment.status == "pending"
    return outcome.appointment


def arrived(world: World) -> Appointment:
    """A clear visit of today, with the patient here; it is a quarter past nine."""
    outcome = world.clinic.book(world.clinic.fit_patient("Birch"), local("2026-03-02", "09:00"))
    assert outcome.appointment is not None
    world.at(local("2026-03-02", "09:45"))
    browser(world.clinic.users["reception"]).post("appointment-arrive", outcome.appointment.pk)
    return outcome.appointment


def walk(radiologist: Browser, appointment: Appointment, **changes: dict[str, object]) -> str:
    """All four steps; `changes` are put into the form of their step."""
    said = ""
    for step, sent in PROCEDURE.items():
        times = {"on": "2026-03-02", "started": "09:10", "ended": "09:20"} if step == "injection" else {}
        said = radiologist.post("procedure-step", appointment.pk, step, data={**sent, **times, **changes.get(step, {})})
    return said


# -- The queue --------------------------------------------------------------------------------------------


def test_an_empty_queue_says_so(radiologist: Browser) -> None:
    assert "Nothing is waiting for review." in radiologist.get("review-queue")


def test_the_queue_names_the_findings_and_how_it_is_sorted(world: World, radiologist: Browser) -> None:
    pending(world)
    said = radiologist.get("review-queue")
    assert (
        "1 waiting for review. Sorted by red flags first, then visits whose patient has answered, then the soonest"
        " visit." in said
    )
    assert "less than 4 months apart" in said
    assert "Override asked for: Please look" in said


def test_opening_a_case_is_a_post_by_which_colleagues_see_who_reads_it(world: World, radiologist: Browser) -> None:
    case = pending(world)
    said = radiologist.post("review-open", case.pk)
    assert "For you to weigh" in said
    assert Entry.objects.filter(verb="review-opened", subject=f"appointment:{case.pk}").count() == 1
    colleague = browser(world.clinic.users["radiologist2"])
    assert "radiologist is reading it" in colleague.get("review-queue")
    assert "is reviewing this now" in colleague.get("decision", case.pk)
    assert "reading it" not in radiologist.get("review-queue")


# -- One case ----------------------------------------------------------------------------------------------


def test_the_evidence_says_why_what_clears_it_from_where_and_how_often(world: World, radiologist: Browser) -> None:
    said = radiologist.get("decision", pending(world).pk)
    assert "Here so far" not in said, "there is nothing to override"
    for words in (
        "Repeat interval:",
        "What clears it A date long enough after the last injection",
        "Source MSK Ultrasound & Injections clinic",
        "Interval: radiologist review until 20 March 2026",
        "Yes to steroid injection in 12 months",
        "Not sure or unanswered nothing",
    ):
        assert words in said
    assert "Override:" not in said
    assert "checked" not in radiologist.html


def test_an_approval_books_and_tells(world: World, radiologist: Browser) -> None:
    case = pending(world)
    said = radiologist.post(
        "decision", case.pk, data={"outcome": "approve", "reason": "Seen", "revision": case.revision}
    )
    assert "The decision on Robin Cole is saved." in said
    assert Appointment.objects.get().status == "booked"
    assert Message.objects.filter(kind="confirmed").exists()
    said = radiologist.get("decision", case.pk)
    assert "This appointment does not wait for a decision." in said
    assert "Save decision" not in said
    assert radiologist.html.count("disabled") == 5
    assert "Approve: Seen" in said


def test_the_next_case_opens_by_itself_and_is_taken(world: World, radiologist: Browser) -> None:
    """Not one that a colleague is reading; after the last one the queue says that it is empty."""
    first, second, read = (pending(world), pending(world, "Dunn", at="12:00"), pending(world, "Eade", at="11:00"))
    Patient.objects.filter(pk=first.patient_id).update(email_opt_in=False)
    browser(world.clinic.users["radiologist2"]).post("review-open", read.pk)
    approve = {"outcome": "approve", "reason": "Seen"}
    said = radiologist.post("decision", first.pk, data=approve | {"revision": first.revision})
    assert "The decision on Robin Cole is saved. The patient has asked not to get emails. It becomes a phone" in said
    assert "Review: Robin Dunn" in said
    opened = Entry.objects.filter(verb="review-opened", user=world.clinic.users["radiologist"])
    assert opened.get().subject == f"appointment:{second.pk}"
    said = radiologist.post("decision", second.pk, data=approve | {"revision": second.revision})
    assert "Review queue" in said
    assert "radiologist2 is reading it" in said


def test_what_does_not_apply_cannot_be_chosen(world: World, radiologist: Browser) -> None:
    """A crafted or stale form is told the same reason as the page gives."""
    case = pending(world)
    said = radiologist.get("decision", case.pk)
    assert "Override Not now: No critical finding stands, so there is nothing to override." in said
    sent = {**OVERRIDE, "revision": case.revision}
    said = radiologist.post("decision", case.pk, data=sent, expect=422)
    assert "There is a problem No critical finding stands" in said
    assert not Decision.objects.exists()


def test_a_reason_is_required_and_a_delay_needs_its_date(world: World, radiologist: Browser) -> None:
    case = pending(world)
    said = radiologist.post("decision", case.pk, data={"outcome": "delay", "revision": case.revision}, expect=422)
    assert "Enter the reason." in said
    assert "Enter the date to come back on." in said
    sent = {"outcome": "delay", "reason": "Too early", "delay_until": "2026-05-01", "revision": case.revision}
    radiologist.post("decision", case.pk, data=sent)
    assert Appointment.objects.get().status == "cancelled"


def test_an_override_is_repeated_once_on_a_page_of_its_own(world: World, radiologist: Browser) -> None:
    case = pending(world, given="2026-01-20")
    said = radiologist.get("decision", case.pk)
    assert "Approve Not now: A critical finding stands (repeat interval)" in said
    assert radiologist.html.count("disabled") == 1
    sent = {**OVERRIDE, "revision": case.revision}
    said = radiologist.post("decision", case.pk, data={**sent, "reason_code": ""}, expect=422)
    assert "An override needs a kind of reason." in said
    said = radiologist.post("decision", case.pk, data=sent, expect=200)
    assert "You are about to override a safety finding" in said
    assert "The benefit outweighs the risk" in said
    assert "Race of her life" in said
    assert not Decision.objects.exists()
    said = radiologist.post("decision", case.pk, data={**sent, "back": "yes"}, expect=200)
    assert "Race of her life" in said
    radiologist.post("decision", case.pk, data={**sent, "confirmed": "yes"})
    assert Appointment.objects.get().status == "booked"
    second = pending(world, "Dunn", given="2026-01-20", at="12:00")
    assert "Overridden 1 of 1 times" in radiologist.get("decision", second.pk)


def test_nobody_decides_on_what_they_asked_for(world: World, radiologist: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2025-11-20")
    outcome = world.clinic.book(patient, local("2026-03-10"), by=world.clinic.radiologist)
    assert outcome.appointment is not None
    said = radiologist.get("decision", outcome.appointment.pk)
    assert "You cannot decide on a visit that you asked for yourself." in said
    assert radiologist.html.count("disabled") == 5
    assert "Save decision" not in said


def test_a_stale_case_says_who_changed_it_and_keeps_what_was_typed(world: World, radiologist: Browser) -> None:
    case = pending(world)
    sent = {"outcome": "approve", "reason": "Looked at it twice", "revision": case.revision + 3}
    said = radiologist.post("decision", case.pk, data=sent, expect=422)
    assert "was changed by reception" in said
    assert "Looked at it twice" in said


# -- The procedure -------------------------------------------------------------------------------------------


def test_a_procedure_ends_with_rest_and_the_next_safe_dates(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    said = walk(radiologist, visit)
    assert "The injection is recorded" in said
    assert "Rest until Wednesday 4 March 2026 at 09:20" in said
    assert "radiologist review from 2 June 2026" in said
    assert "Interval free from 2 July 2026" in said
    assert "Question for the day after: Tuesday 3 March 2026 at 09:20" in said
    given = Injection.objects.get(appointment=visit)
    assert (given.status, given.drug, given.dose_mg) == ("given", "Methylprednisolone", 40)


def test_a_procedure_can_be_left_and_taken_up_again(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    response = radiologist.client.get(f"/appointments/{visit.pk}/procedure/")
    assert response.headers["Location"].endswith("/procedure/checks/")
    radiologist.get("procedure-step", visit.pk, "identity")
    assert radiologist.html.count("checked") == 2


def test_a_check_of_today_that_fails_stops_it(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    sent = {**PROCEDURE["checks"], "well": "no"}
    said = radiologist.post("procedure-step", visit.pk, "checks", data=sent, expect=422)
    assert "“No” to “The patient is well today, without a temperature”." in said
    assert "Either the procedure does not go ahead, or it is recorded as it was" in said
    sent.pop("allergies")
    said = radiologist.post("procedure-step", visit.pk, "checks", data=sent, expect=422)
    assert "Go through the allergies." in said


def test_a_step_left_out_is_asked_for_before_anything_is_recorded(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={}, expect=422)
    assert "Is this the right patient?" in said
    assert not Injection.objects.exists()


def test_it_cannot_go_ahead_with_a_reason(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    said = radiologist.post("procedure-cannot", visit.pk, data={"reason": "Kept"}, expect=422)
    assert "Answer “Why it cannot go ahead”." in said
    assert ">Kept</textarea>" in radiologist.html.replace("\n", "")
    said = radiologist.post("procedure-cannot", visit.pk, data={"reason_code": "other", "reason": " "}, expect=422)
    assert "Say in words why it cannot go ahead." in said
    why = {"reason_code": "unwell", "reason": "Antibiotics since Friday"}
    said = radiologist.post("procedure-cannot", visit.pk, data=why)
    assert "Recorded as not given" in said
    assert "Unwell, an infection or antibiotics: Antibiotics since Friday" in said
    assert not Message.objects.filter(kind="aftercare").exists()


def test_what_has_come_up_since_stops_the_procedure(world: World, radiologist: Browser) -> None:
    case = pending(world)
    said = radiologist.get("procedure-step", case.pk, "identity")
    assert "This procedure cannot start now" in said


# -- Calls, answers, messages ----------------------------------------------------------------------------------


def test_a_red_flag_is_called_about_by_a_radiologist(world: World, reception: Browser, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    world.clinic.answer(patient, {"fever": "yes"})
    call = Call.objects.get()
    said = reception.get("call-list")
    assert "A red-flag answer: systemic red flag" in said
    why = "is closed by a radiologist who reached the patient."
    assert why in said
    assert why in reception.get("call", call.pk)
    radiologist.post("call", call.pk, data={"reached": "patient", "said": ""}, expect=422)
    said = radiologist.post("call", call.pk, data={"reached": "patient", "said": "A cold, gone by now"})
    assert "is recorded." in said
    assert "A cold, gone by now" in said


def test_what_waits_for_answers_is_listed_by_whose_turn_it_is(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.answer(patient, {"cancer_history": "not-sure"})
    world.clinic.book(patient, local("2026-03-20"))
    said = reception.get("waiting")
    assert "For the patient: questions to answer" in said
    assert "cancer in the past" in said
    assert "1 waiting for answers" in reception.get("home")


def test_messages_are_shown_and_acted_on(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.book(patient, local("2026-03-20"))
    first = Message.objects.get(kind="confirmed")
    said = reception.get("message", first.pk)
    assert "Dear Robin Birch" in said
    assert "With a calendar entry." in said
    assert "It goes out within seconds." in reception.post("message-send-now", first.pk)
    assert "It is withdrawn and will not be sent." in reception.post("message-withhold", first.pk)
    said = reception.post("message-withhold", first.pk)
    assert "is no longer waiting" in said
    assert "Withdrawn by reception." in reception.get("message-list", status="withdrawn")


def test_a_patient_without_an_address_is_phoned(world: World, reception: Browser) -> None:
    patient = world.clinic.fit_patient("Birch", email="")
    world.clinic.book(patient, local("2026-03-20"))
    task = Message.objects.get(phone_task=True)
    assert "a message did not arrive" in reception.get("call-list")
    assert "The patient has no email address." in reception.get("message-list", status="phone")
    reception.post("message-close", task.pk, data={"reason": ""}, expect=422)
    said = reception.post("message-close", task.pk, data={"told": "yes", "reason": "Told on the phone"})
    assert "The phone task is closed." in said


@pytest.mark.parametrize("role", ["reception", "radiologist", "manager"])
def test_home_counts_what_needs_action(role: str, world: World) -> None:
    pending(world)
    world.clinic.answer(world.clinic.patient("Stern"), {"fever": "yes"})
    said = browser(world.clinic.users[role]).get("home")
    if role == "radiologist":
        assert "1 waiting for review" in said
    else:
        assert "1 waiting for review by a radiologist" in said
    if role != "manager":
        assert "1 to call" in said


def test_the_rules_are_shown_from_the_registry(reception: Browser) -> None:
    said = reception.get("rules")
    assert "Repeat interval" in said
    assert f"Version of the rules: {RULES_VERSION}" in said


def test_a_case_that_a_colleague_reads_is_asked_for_first(world: World, radiologist: Browser) -> None:
    """NEE20: who reads it is said; it can be taken over, left, or looked at without taking it."""
    case = pending(world)
    colleague = browser(world.clinic.users["radiologist2"])
    colleague.post("review-open", case.pk)
    said = radiologist.post("review-open", case.pk, expect=200)
    assert "radiologist2 opened this case a few minutes ago" in said
    assert Entry.objects.filter(verb="review-opened").count() == 1
    assert "For you to weigh" in radiologist.post("review-open", case.pk, data={"take_over": "yes"})
    assert "radiologist is reviewing this now" in colleague.get("decision", case.pk)
    assert "reviewing this now" not in radiologist.get("decision", case.pk)


def test_what_was_decided_on_other_visits_stands_on_the_next_case(world: World, radiologist: Browser) -> None:
    """NEE3: a decline is read while deciding again, and struck through once something else was decided there."""
    clinic, first = world.clinic, pending(world)
    ask = DecisionRequest(outcome="decline", reason="A torn tendon")
    decide(first.pk, ask, by=clinic.second_radiologist, now=clinic.now)
    second = clinic.book(first.patient, local("2026-03-12")).appointment
    assert second is not None
    assert second.status == "pending"
    words = "Declined by radiologist2 on 2 March 2026: do not inject"
    said = radiologist.get("decision", second.pk)
    assert words in said
    assert "A torn tendon" in said
    assert "<del>" not in radiologist.html
    decide(second.pk, DecisionRequest(outcome="approve", reason="Healed"), by=clinic.second_radiologist, now=clinic.now)
    third = clinic.book(first.patient, local("2026-06-20"), site="ischiogluteal-bursa").appointment
    assert third is not None
    radiologist.get("decision", third.pk)
    struck = radiologist.html.partition("<del>")[2].partition("</del>")[0]
    assert words in struck


def test_a_delay_opens_with_the_day_from_which_the_interval_is_free(world: World, radiologist: Browser) -> None:
    radiologist.get("decision", pending(world).pk)
    assert 'name="delay_until" value="2026-03-20"' in radiologist.html


def test_the_override_shows_no_line_for_reception_and_incidents_are_led_to(world: World, radiologist: Browser) -> None:
    case = pending(world, given="2026-01-20")
    said = radiologist.post("decision", case.pk, data={**OVERRIDE, "revision": case.revision}, expect=200)
    assert "You are about to override" in said
    assert "Say that it is too soon" not in said
    assert "Incidents during procedures" in browser(world.clinic.users["manager"]).get("home")
    for nobody in ("reception", "radiologist"):
        assert "Incidents during procedures" not in browser(world.clinic.users[nobody]).get("home")
