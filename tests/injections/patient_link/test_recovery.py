"""What patients say after an injection, and what follows from it."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from injections.messages import aftercare
from injections.messages.aftercare_plan import question_at
from injections.models import Call, Injection, RecoveryAnswer
from injections.patient_link.recovery import Answers, answer_recovery, why_call
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.safety.warning_signs import SIGNS
from injections.worklists.close_call import close_call
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.clock import zone
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import PATIENT
from scheduling.messages import blocks, render
from scheduling.models import Appointment, Message
from scheduling.patients import short_link
from scheduling.states import WrongState
from tests.clinic import local
from tests.injections.patient_link.conftest import VISIT, Linked
from tests.pages_world import browser

ENDED = VISIT + timedelta(minutes=20)
WELL = {"signs": "none", "pain": "3", "change": "better"}
LATER = {**WELL, "sitting": "better", "moving": "same"}


def test_the_signs_are_the_words_of_the_safety_net() -> None:
    """Copied nowhere else: what can be ticked is what the block says, in its order."""
    lists = [line for block in aftercare.safety_net() if block.form == "list" for line in block.lines]
    assert [sign.text for sign in SIGNS.values()] == lists
    emergencies = next(block for block in aftercare.safety_net() if block.form == "list").lines
    assert {sign.text for sign in SIGNS.values() if sign.is_emergency} == set(emergencies)


@pytest.mark.parametrize(
    ("at", "question"),
    [
        (ENDED + timedelta(hours=1), "flare-check"),
        (ENDED + timedelta(hours=24), "flare-check"),
        (local("2026-03-29", "08:59"), "flare-check"),
        (local("2026-03-29", "09:00"), "day-4"),
        (local("2026-04-07", "08:59"), "day-4"),
        (local("2026-04-07", "09:00"), "recovery-14d"),
        (local("2026-05-05", "08:59"), "recovery-14d"),
        (local("2026-05-05", "09:00"), "recovery-6wk"),
        (local("2026-06-24", "08:59"), "recovery-6wk"),
        (local("2026-06-24", "09:00"), "recovery-3mo"),
        (local("2026-08-30", "09:00"), "recovery-3mo"),
    ],
)
def test_an_answer_belongs_to_the_question_that_was_due_last(at: datetime, question: str) -> None:
    assert question_at(ENDED, now=at, zone=zone()) == question
    assert question in RecoveryAnswer.Question.values


@pytest.mark.parametrize(
    ("question", "pain", "change", "signs", "why"),
    [
        ("flare-check", 8, "worse", (), "warning-sign"),
        ("flare-check", 7, "worse", (), None),
        ("flare-check", 10, "same", (), None),
        ("flare-check", 10, "better", (), None),
        ("flare-check", 0, "better", ("calf",), "warning-sign"),
        ("flare-check", None, "", ("skin",), "warning-sign"),
        ("day-4", 1, "worse", (), "warning-sign"),
        ("day-4", 10, "same", (), None),
        ("recovery-14d", 10, "worse", (), None),
        ("recovery-14d", 0, "better", ("temperature",), "warning-sign"),
        ("recovery-6wk", 2, "better", (), None),
        ("recovery-6wk", 2, "same", (), "not-better"),
        ("recovery-6wk", 2, "worse", (), "not-better"),
        ("recovery-6wk", 2, "worse", ("lump",), "warning-sign"),
        ("recovery-3mo", 10, "worse", (), None),
        ("recovery-3mo", 0, "better", ("numb-or-weak",), "warning-sign"),
    ],
)
def test_when_somebody_phones(
    question: str, pain: int | None, change: str, signs: tuple[str, ...], why: str | None
) -> None:
    assert why_call(Answers(question=question, pain=pain, change=change, signs=signs)) == why


def test_after_the_visit_the_page_says_what_to_do_and_when_to_call(linked: Linked) -> None:
    text = linked.opened(linked.treated()).get()
    for words in ("After your visit on Tuesday 24 March 2026", "Tell us how you are", "Rest until Thursday 26 March"):
        assert words in text
    for line in blocks.as_text(aftercare.safety_net()).replace("-----", "").split("\n\n"):
        assert " ".join(line.replace("- ", "").replace("-", "").split())[:40] in text.replace("-", "")


def test_an_hour_after_the_rest_nothing_is_said_of_it(linked: Linked) -> None:
    appointment = linked.treated()
    linked.at(ENDED + timedelta(hours=49))
    assert "Rest until" not in linked.opened(appointment).get()


def test_a_good_answer_is_kept_and_nobody_phones(linked: Linked) -> None:
    appointment = linked.treated()
    linked.at(ENDED + timedelta(hours=25))
    text = linked.opened(appointment).post("recovery/", **WELL)
    assert "Thank you" in text
    assert "flare" not in text.lower()
    row = RecoveryAnswer.objects.get()
    assert (row.question, row.pain, row.change, row.signs) == ("flare-check", 3, "better", [])
    assert row.patient_id == appointment.patient_id
    assert not Call.objects.exists()


def test_a_sign_is_answered_on_the_spot_phoned_mailed_held_and_blocks(linked: Linked) -> None:
    clinic = linked.clinic
    appointment = linked.treated()
    patient = appointment.patient
    linked.at(ENDED + timedelta(hours=25))
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    text = linked.opened(appointment).post("recovery/", signs=["skin", "temperature"])
    assert "Please act on this now" in text
    assert "Call 999 or go to A&E now" in text
    assert "flare" not in text.lower()
    call = Call.objects.get()
    assert (call.why, call.appointment_id) == ("warning-sign", appointment.pk)
    assert "skin that is red" in call.say
    [mail] = Message.objects.filter(subject="staff:call")
    assert (mail.recipient, mail.keeps_quiet_hours, mail.patient_id) == ("reception@clinic.example", False, None)
    held = Message.objects.filter(kind__in=["rest-over", "recovery", "recovery-3-months"])
    assert set(held.values_list("status", flat=True)) == {"cancelled"}
    in_5_months = clinic.book(patient, VISIT + timedelta(days=150))
    assert in_5_months.appointment is None
    assert in_5_months.assessment is not None
    assert "open-warning-sign" in {finding["rule"] for finding in in_5_months.assessment.findings}
    close_call(call.pk, reached="patient", spoke_to="Robin", said="A plaster", by=clinic.radiologist, now=clinic.now)
    assert "queued" in set(held.values_list("status", flat=True))
    again = clinic.book(patient, VISIT + timedelta(days=150)).assessment
    assert again is not None
    assert "open-warning-sign" not in {finding["rule"] for finding in again.findings}


def test_a_booked_injection_goes_back_to_review_when_a_sign_comes(linked: Linked) -> None:
    clinic = linked.clinic
    appointment = linked.treated()
    linked.at(ENDED + timedelta(hours=25))
    clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes"}, answered_at=clinic.now.isoformat())
    clinic.pathway(appointment.patient, physiotherapy="ongoing")
    coming = clinic.book(appointment.patient, VISIT + timedelta(days=150)).appointment
    assert coming is not None
    before = coming.status
    linked.opened(appointment).post("recovery/", signs=["calf"])
    coming.refresh_from_db()
    assert (before, coming.status) in {("booked", "pending"), ("pending", "pending")}
    newest = coming.assessments.latest("pk")
    assert "open-warning-sign" in {finding["rule"] for finding in newest.findings}


def test_a_second_sign_makes_no_second_call_but_another_mail(linked: Linked) -> None:
    appointment = linked.treated()
    pages = linked.opened(appointment)
    pages.post("recovery/", signs=["calf"])
    linked.at(linked.clinic.now + timedelta(hours=2))
    pages.post("recovery/", signs=["airway-or-chest"])
    assert Call.objects.count() == 1
    assert Message.objects.filter(subject="staff:call").count() == 2
    assert RecoveryAnswer.objects.count() == 2


def test_not_better_at_6_weeks_is_not_urgent_and_blocks_nothing(linked: Linked) -> None:
    appointment = linked.treated()
    linked.at(local("2026-05-06", "10:00"))
    text = linked.opened(appointment).post("recovery/", **{**LATER, "change": "same"})
    assert "not urgent" in text
    call = Call.objects.get()
    assert (call.why, call.say.startswith("Not urgent.")) == ("not-better", True)
    assert not Message.objects.filter(subject="staff:call").exists()
    outcome = linked.clinic.book(appointment.patient, local("2026-08-25"))
    assert outcome.assessment is not None
    assert "open-warning-sign" not in {finding["rule"] for finding in outcome.assessment.findings}
    held = Message.objects.get(kind="recovery-3-months")
    assert held.status == "cancelled"
    close_call(
        call.pk, reached="patient", spoke_to="Robin", said="Physio", by=linked.clinic.reception, now=linked.clinic.now
    )
    assert Message.objects.filter(kind="recovery-3-months", status="queued").count() == 1


@pytest.mark.parametrize("left_out", ["signs", "pain", "change"])
def test_everything_is_asked_of_somebody_without_signs(linked: Linked, left_out: str) -> None:
    pages = linked.opened(linked.treated())
    text = pages.post("recovery/", 422, **{name: value for name, value in WELL.items() if name != left_out})
    assert "There is a problem" in text
    assert not RecoveryAnswer.objects.exists()


def test_none_beside_a_sign_is_the_sign(linked: Linked) -> None:
    linked.opened(linked.treated()).post("recovery/", signs=["none", "lump"])
    assert RecoveryAnswer.objects.get().signs == ["lump"]


def test_sitting_and_moving_are_asked_from_two_weeks_on(linked: Linked) -> None:
    appointment = linked.treated()
    assert "sitting is" not in linked.opened(appointment).get("recovery/")
    linked.at(local("2026-04-08", "10:00"))
    pages = linked.opened(appointment)
    assert "running or walking is" in pages.get("recovery/")
    assert "checked" not in pages.last.content.decode()
    pages.post("recovery/", **LATER)
    row = RecoveryAnswer.objects.get()
    assert (row.question, row.sitting, row.moving) == ("recovery-14d", "better", "same")


def test_nothing_is_asked_where_nothing_was_given(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    pages.post("recovery/", **WELL)
    assert not RecoveryAnswer.objects.exists()
    with pytest.raises(WrongState):
        answer_recovery(
            appointment.pk, Answers(question="day-4", pain=1, change="same"), by=PATIENT, now=linked.clinic.now
        )


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"question": "day-5"}, "#/question"),
        ({"pain": 11}, "#/pain"),
        ({"pain": None}, "#/pain"),
        ({"change": "fine"}, "#/change"),
        ({"signs": ("hiccups",)}, "#/signs"),
        ({"sitting": "soft"}, "#/sitting"),
    ],
)
def test_answers_that_make_no_sense_are_refused(linked: Linked, wrong: dict[str, object], pointer: str) -> None:
    appointment = linked.treated()
    given: dict[str, object] = {"question": "day-4", "pain": 1, "change": "same", **wrong}
    with pytest.raises(Invalid) as refused:
        answer_recovery(appointment.pk, Answers(**given), by=PATIENT, now=linked.clinic.now)  # type: ignore[arg-type]
    assert pointer in {error.pointer for error in refused.value.errors}


def test_answers_are_never_changed(linked: Linked) -> None:
    linked.opened(linked.treated()).post("recovery/", **WELL)
    row = RecoveryAnswer.objects.get()
    row.pain = 0
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        RecoveryAnswer.objects.create(
            patient=row.patient,
            appointment=row.appointment,
            question="day-4",
            pain=11,
            change="same",
            answered_at=row.answered_at,
            recorded_at=row.recorded_at,
        )


def test_what_was_not_given_has_no_aftercare(linked: Linked) -> None:
    appointment = linked.booked()
    linked.at(VISIT + timedelta(minutes=30))
    record_procedure(
        appointment.pk,
        Procedure(result="not-given", reason="not today"),
        by=linked.clinic.radiologist,
        now=linked.clinic.now,
    )
    assert Injection.objects.get().status == "not-given"
    assert "has passed" in linked.opened(Appointment.objects.get(pk=appointment.pk)).get()


def test_the_sheet_to_take_home_says_what_the_mail_says(linked: Linked) -> None:
    appointment = linked.treated()
    reception = browser(linked.clinic.users["reception"])
    assert "Aftercare sheet to print" in reception.get("procedure-done", appointment.pk)
    sheet = reception.get("aftercare-sheet", appointment.pk)
    mail = Message.objects.get(kind="aftercare")
    lines = [line for block in render.content("injections/mail/_aftercare", mail.values) for line in block.lines]
    assert "Rest until Thursday 26 March at 09:40" in lines
    assert all(" ".join(line.split()) in sheet for line in lines)
    assert short_link.address_of(appointment) in sheet
    for block in aftercare.safety_net():
        assert all(" ".join(line.split()) in sheet for line in block.lines)


def test_staff_read_the_answers_at_the_patient(linked: Linked) -> None:
    appointment = linked.treated()
    linked.opened(appointment).post("recovery/", signs=["calf"])
    text = browser(linked.clinic.users["radiologist"]).get("patient", appointment.patient_id)
    assert "Answers after injections" in text
    assert "1 warning sign" in text
    assert "swelling of one calf or leg" in text
