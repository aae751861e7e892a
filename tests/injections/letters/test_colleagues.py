"""A letter goes to a colleague as an attachment, to an address that a manager confirmed, and to nobody else."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import pypdf
import pytest

from injections.letters import colleagues
from injections.letters.addresses import AddressWithdrawn, confirm_address, withdraw_address
from injections.letters.colleagues import AddressNotConfirmed, send_on_letter
from injections.letters.send import NotForSending
from injections.letters.write import write_letter
from injections.merging.merge import merge_patients
from injections.messages.kinds import UNSPOKEN
from injections.models import ClinicalLetter, ConfirmedAddress, Injection
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from scheduling.messages import desk
from scheduling.messages.sending import claims, deliver
from scheduling.messages.told import told_of
from scheduling.models import Message
from tests.api_world import World
from tests.clinic import Clinic
from tests.injections.letters.test_addresses import FERN, fern
from tests.injections.letters.test_write import LATER, given, written
from tests.injections.procedure.test_several import approved, left, record, right
from tests.pages_world import Browser
from tests.smtp import Answer, SmtpServer
from tests.trials.test_priv04_words import clinical

State = Message.State
SOON = LATER + timedelta(minutes=1)


def gp_letter(clinic: Clinic, gp_email: str = "Fern@Surgery.example", paragraph: str = "") -> ClinicalLetter:
    """With the address of the GP on the patient's record."""
    done = given(clinic)
    correct_patient(done.injection.patient_id, changes={"gp_email": gp_email}, by=clinic.reception, now=LATER)
    return written(done, clinic, paragraph=paragraph)


def sent(clinic: Clinic, letter: ClinicalLetter, address: ConfirmedAddress, *, now: datetime = LATER) -> Message:
    """The newest row of the outbox after it is sent on."""
    send_on_letter(letter.pk, address.pk, by=clinic.reception, now=now)
    return rows()[0]


def rows() -> list[Message]:
    return list(Message.objects.filter(kind="letter-to-colleague").order_by("-pk"))


def drain(now: datetime = SOON) -> None:
    deliver.drain(now=lambda: now, seconds=20)


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def alone(message: Message) -> None:
    """Nothing else is due."""
    Message.objects.exclude(pk=message.pk).filter(status=State.QUEUED).update(status=State.CANCELLED)


@pytest.mark.usefixtures("committed_db")
def test_the_mail_carries_the_letter_as_filed_and_names_nobody(clinic: Clinic, smtp_server: SmtpServer) -> None:
    letter = gp_letter(clinic, paragraph="Thank you for sending Robin.")
    alone(sent(clinic, letter, fern(clinic)))
    drain()
    [received] = smtp_server.received
    assert received.recipients == (FERN,)
    mail = received.message
    assert mail["Subject"] == "A letter about one of your patients"
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("letter.pdf", "application/pdf")
    read = pypdf.PdfReader(io.BytesIO(attached.get_content())).pages[0].extract_text()
    assert "Thank you for sending Robin." in read
    assert "10 March 2026" in read
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        for secret in ("Robin", "Birch", "1980", "9990000093", "Fern", "Mill Lane"):
            assert secret not in body.get_content(), secret
    assert received.content.isascii(), "seven bits, as every server takes them"
    assert rows()[0].status == State.SENT


def test_subject_and_text_say_nothing_clinical(clinic: Clinic) -> None:
    shown = desk.preview(sent(clinic, gp_letter(clinic), fern(clinic)))
    assert clinical(f"{shown.subject} {shown.text}", ()) == set()
    opening = " ".join(shown.text.split("\n\n")[:2])
    assert not re.search("|".join(UNSPOKEN), f"{shown.subject} {opening}", re.IGNORECASE)
    assert "/letters/" not in shown.text
    assert shown.enclosure is None, "a preview makes no file"


def test_it_waits_for_the_hours_in_which_mails_go_out_and_is_told_to_nobody_else(clinic: Clinic) -> None:
    letter, address = gp_letter(clinic), fern(clinic)
    before = told_of(letter.appointment)
    message = sent(clinic, letter, address, now=LATER.replace(hour=23))
    assert (message.subject, message.patient, message.appointment) == (f"colleague:{letter.pk}", None, None)
    assert message.due_at == LATER.replace(hour=8, minute=0) + timedelta(days=1)
    assert message.expires_at == message.due_at + timedelta(days=14)
    assert told_of(letter.appointment) == before
    entry = Entry.objects.get(verb="letter-sent-on")
    assert (entry.patient_ids, entry.subject) == ([letter.patient_id], f"clinicalletter:{letter.pk}")
    assert FERN not in str(entry.detail)


def test_only_to_the_confirmed_address_of_the_gp(clinic: Clinic) -> None:
    letter, address = gp_letter(clinic), fern(clinic)
    other = confirm_address(email="oak@physio.example", whose="Jo Oak", by=clinic.manager, now=LATER)
    with pytest.raises(AddressNotConfirmed):
        send_on_letter(letter.pk, other.pk, by=clinic.reception, now=LATER)
    with pytest.raises(Forbidden):
        send_on_letter(letter.pk, address.pk, by=clinic.manager, now=LATER)
    withdraw_address(address.pk, reason="She left", by=clinic.manager, now=LATER)
    with pytest.raises(AddressWithdrawn):
        send_on_letter(letter.pk, address.pk, by=clinic.reception, now=LATER)
    assert rows() == []


def test_the_patients_copy_is_never_attached(clinic: Clinic) -> None:
    letter = written(given(clinic), clinic, "patient-copy")
    with pytest.raises(NotForSending, match="to the patient alone"):
        send_on_letter(letter.pk, fern(clinic).pk, by=clinic.reception, now=LATER)


def test_what_is_not_the_newest_of_what_stands_is_refused_and_does_not_leave(
    clinic: Clinic, smtp_server: SmtpServer
) -> None:
    letter, address = gp_letter(clinic), fern(clinic)
    waits = sent(clinic, letter, address)
    alone(waits)
    newer = written_again(letter, clinic)
    with pytest.raises(NotForSending, match="a newer letter"):
        send_on_letter(letter.pk, address.pk, by=clinic.reception, now=LATER)
    drain()
    assert (fresh(waits).status, fresh(waits).phone_task) == (State.SKIPPED, False)
    assert fresh(waits).reason.startswith("Not sent: there is a newer letter")
    correct = {"reason": "Read wrongly", "changes": {"batch": "T9"}, "by": clinic.radiologist, "now": LATER}
    correct_injection(newer.injection_id, **correct)
    with pytest.raises(NotForSending, match="corrected since"):
        send_on_letter(newer.pk, address.pk, by=clinic.reception, now=LATER)
    assert smtp_server.received == []


def test_a_correction_of_the_second_injection_makes_the_letter_outdated_too(clinic: Clinic) -> None:
    visit = approved(clinic)
    done = record(clinic, visit, left(), right())
    who = {"by": clinic.radiologist, "now": LATER}
    letter = write_letter(visit.pk, kind="physiotherapist", paragraph="", **who)
    second = Injection.objects.filter(appointment=visit).exclude(pk=letter.injection_id).get()
    assert done.injection.pk in (letter.injection_id, second.pk)
    address = fern(clinic)
    correct_injection(second.pk, reason="Read wrongly", changes={"batch": "T9"}, by=clinic.radiologist, now=SOON)
    with pytest.raises(NotForSending, match="corrected since"):
        send_on_letter(letter.pk, address.pk, by=clinic.reception, now=SOON)


def written_again(letter: ClinicalLetter, clinic: Clinic) -> ClinicalLetter:
    return write_letter(letter.appointment_id, kind="gp", paragraph="More.", by=clinic.radiologist, now=LATER)


def test_an_address_withdrawn_meanwhile_gets_nothing_and_the_letter_is_to_be_posted(
    clinic: Clinic, smtp_server: SmtpServer
) -> None:
    letter, address = gp_letter(clinic), fern(clinic)
    message = sent(clinic, letter, address)
    alone(message)
    withdraw_address(address.pk, reason="She left", by=clinic.manager, now=LATER)
    drain()
    left = fresh(message)
    assert (left.status, left.is_open_task, smtp_server.received) == (State.SKIPPED, True, [])
    assert left.reason == "Not sent: the address is no longer confirmed. Print the letter and post it."
    with pytest.raises(desk.NotRetriable, match="no longer confirmed"):
        desk.retry(message.pk, by=clinic.reception, now=SOON)


def test_it_is_not_sent_twice_to_one_address_unless_it_failed(clinic: Clinic, smtp_server: SmtpServer) -> None:
    letter, address = gp_letter(clinic), fern(clinic)
    first = sent(clinic, letter, address)
    alone(first)
    with pytest.raises(NotForSending, match=f"was sent to {FERN}"):
        send_on_letter(letter.pk, address.pk, by=clinic.reception, now=LATER)
    smtp_server.answer("RCPT", "550 no such mailbox")
    drain()
    assert (fresh(first).status, fresh(first).is_open_task) == (State.FAILED, True)
    second = sent(clinic, letter, address, now=SOON)
    assert second.pk != first.pk
    assert (fresh(first).is_open_task, fresh(first).closed_reason) == (False, "Sent again.")
    with pytest.raises(desk.NotRetriable, match="with another message"):
        desk.retry(first.pk, by=clinic.reception, now=SOON)
    drain(SOON + timedelta(minutes=1))
    assert fresh(second).status == State.SENT
    assert len(smtp_server.received) == 1


def test_what_the_server_refuses_is_printed_and_posted_not_phoned(clinic: Clinic, smtp_server: SmtpServer) -> None:
    message = sent(clinic, gp_letter(clinic), fern(clinic))
    alone(message)
    smtp_server.answer("RCPT", "550 no such mailbox")
    drain()
    again = desk.retry(message.pk, by=clinic.reception, now=SOON)
    assert (again.recipient, again.patient, again.values) == (FERN, None, message.values)
    smtp_server.answer("DATA", Answer(drop=True), times=5)
    for hour in range(3):
        drain(SOON + hour * timedelta(hours=1))
    assert fresh(again).reason == f"{claims.UNANSWERED} Print the letter and post it."
    assert fresh(again).is_open_task
    desk.mark_posted(again.pk, by=clinic.reception, now=SOON)
    assert (fresh(again).is_open_task, fresh(again).told_at) == (False, None)
    assert fresh(again).closed_reason == desk.POSTED


def test_what_a_vanished_worker_left_and_what_came_too_late_are_posted_too(clinic: Clinic) -> None:
    message = sent(clinic, gp_letter(clinic), fern(clinic))
    lost = {"status": State.SENDING, "handovers": 2, "handed_over_at": LATER, "lease_expires_at": LATER}
    Message.objects.filter(pk=message.pk).update(**lost)
    claims.end_leases(now=SOON)
    assert fresh(message).reason == f"{claims.UNANSWERED} Print the letter and post it."
    assert fresh(message).is_open_task


def test_one_that_nobody_sent_in_time_is_posted(clinic: Clinic) -> None:
    message = sent(clinic, gp_letter(clinic), fern(clinic))
    claims.expire(now=message.expires_at)
    assert (fresh(message).status, fresh(message).is_open_task) == (State.SKIPPED, True)
    with pytest.raises(desk.NotRetriable, match="Print the letter and post it"):
        desk.retry(message.pk, by=clinic.reception, now=message.expires_at)


def test_one_that_cannot_be_looked_at_stops_no_other(
    clinic: Clinic, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, address = gp_letter(clinic), fern(clinic)
    broken = sent(clinic, letter, address)
    alone(broken)
    Message.objects.filter(pk=broken.pk).update(subject="colleague:x", due_at=LATER - timedelta(minutes=1))
    other = sent(clinic, letter, address)
    drain()
    assert (fresh(broken).status, fresh(other).status) == (State.FAILED, State.SENT)


def test_one_that_cannot_be_written_says_what_to_do(
    clinic: Clinic, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = sent(clinic, gp_letter(clinic), fern(clinic))
    alone(message)
    monkeypatch.setattr(colleagues, "letter_pdf", lambda content, day: 1 / 0)
    drain()
    assert fresh(message).status == State.FAILED
    assert fresh(message).reason.endswith("Print the letter and post it.")


def test_nothing_that_becomes_of_the_patient_redirects_it(clinic: Clinic, smtp_server: SmtpServer) -> None:
    """A corrected address, a changed wish, a merge and a death: the colleague's mail is as it was, and leaves."""
    letter = gp_letter(clinic)
    message = sent(clinic, letter, fern(clinic))
    before = Message.objects.filter(pk=message.pk).values().get()
    who = {"by": clinic.reception, "now": LATER}
    correct_patient(letter.patient_id, changes={"email": "robin.new@mail.example"}, **who)
    correct_patient(letter.patient_id, changes={"email_opt_in": False}, **who)
    other = clinic.patient("Birchall")
    merge_patients(letter.patient_id, into_id=other.pk, by=clinic.manager, now=LATER)
    clinic.death(other, on="2026-03-10", now=LATER)
    assert Message.objects.filter(pk=message.pk).values().get() == before
    drain()
    assert fresh(message).status == State.SENT
    assert [mail.recipients for mail in smtp_server.received] == [(FERN,)]


@pytest.mark.parametrize("brk", ["\n", "\r\n", "\x0b", "\u2028", "%0d%0a"])
def test_sec4_an_address_that_is_stored_broken_reaches_no_header(
    clinic: Clinic, smtp_server: SmtpServer, brk: str
) -> None:
    """As it could only be stored past the use case: it is confirmed and on the row, and never leaves."""
    letter, address = gp_letter(clinic), fern(clinic)
    message = sent(clinic, letter, address)
    alone(message)
    broken = f"{FERN}{brk}Bcc: other@mail.example".casefold()
    ConfirmedAddress.objects.filter(pk=address.pk).update(email=broken)
    Message.objects.filter(pk=message.pk).update(recipient=broken)
    drain()
    assert (fresh(message).status, smtp_server.received) == (State.FAILED, [])


def test_reception_sends_it_from_the_letter_and_reads_what_was_sent(world: World, reception: Browser) -> None:
    letter = gp_letter(world.clinic)
    world.at(LATER)
    said = reception.get("filed-letter", letter.pk)
    assert "Fern@Surgery.example is not confirmed. A manager confirms addresses." in said
    address = fern(world.clinic)
    assert f"Send to {FERN}" in reception.get("filed-letter", letter.pk)
    assert "Choose an address." in reception.post("letter-send-on", letter.pk, data={"address": "x"})
    said = reception.post("letter-send-on", letter.pk, data={"address": address.pk})
    assert "The letter goes out as an attachment." in said
    assert f"{FERN}, message" in said
    assert f"This letter was sent to {FERN}, or is waiting to be sent." in said
    said = reception.get("message", rows()[0].pk)
    assert f"To {FERN}" in said
    assert "Robin" not in said
    assert FERN in reception.get("message-list", status="queued", kind="letter-to-colleague")


def test_the_physiotherapists_letter_goes_to_one_of_the_confirmed(world: World, radiologist: Browser) -> None:
    letter = written(given(world.clinic), world.clinic, "physiotherapist")
    world.at(LATER)
    assert "No address is confirmed." in radiologist.get("filed-letter", letter.pk)
    fern(world.clinic)
    oak = confirm_address(email="oak@physio.example", whose="Jo Oak", by=world.clinic.manager, now=LATER)
    said = radiologist.get("filed-letter", letter.pk)
    assert "Jo Oak: oak@physio.example" in said
    said = radiologist.post("letter-send-on", letter.pk, data={"address": oak.pk})
    assert "oak@physio.example, message" in said
    assert "Jo Oak: oak@physio.example" not in said, "no choice any more"


def test_without_an_address_of_the_gp_the_letter_is_printed(world: World, radiologist: Browser) -> None:
    letter = written(given(world.clinic), world.clinic)
    world.at(LATER)
    assert "No email address of the GP or referrer is on record." in radiologist.get("filed-letter", letter.pk)


def test_a_failed_one_is_a_task_to_print_and_post(world: World, reception: Browser, manager: Browser) -> None:
    message = sent(world.clinic, gp_letter(world.clinic), fern(world.clinic))
    world.at(LATER)
    Message.objects.filter(pk=message.pk).update(status=State.FAILED, phone_task=True, reason="550 no such mailbox")
    for said in (reception.get("call-list"), reception.get("message-list", status="phone")):
        assert "Print the letter and post it." in said
    assert "Print the letter and post it" in reception.get("message", message.pk)
    assert "Phone the patient" not in reception.get("message", message.pk)
    assert "Reception or a radiologist prints it." in manager.get("message", message.pk)
    reception.get("message-letter", message.pk, expect=404)
    reception.post("message-close", message.pk, data={"reason": ""}, expect=422)
    said = reception.post("message-close", message.pk, data={"reason": "Handed to the patient"})
    assert "The task is closed." in said
    assert fresh(message).told_at is None


def test_a_failed_one_is_marked_as_posted(world: World, manager: Browser) -> None:
    message = sent(world.clinic, gp_letter(world.clinic), fern(world.clinic))
    world.at(LATER)
    Message.objects.filter(pk=message.pk).update(status=State.FAILED, phone_task=True, reason="550 no such mailbox")
    said = manager.post("message-posted", message.pk)
    assert "It is marked as posted." in said
    assert "Posted as a letter." in said
