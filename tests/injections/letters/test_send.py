"""The patient gets a link to their copy; nothing clinical stands in the mail's subject or first line."""

from __future__ import annotations

import io
from datetime import timedelta

import pypdf
import pytest
from django.test import Client

from injections.letters.send import NotForSending, send_letter
from injections.models import ClinicalLetter
from injections.patient.identity import correct_patient
from injections.patient.injections import correct_injection
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from scheduling.messages import desk
from scheduling.models import Message
from scheduling.patients import link
from tests.api_world import World
from tests.clinic import Clinic
from tests.injections.letters.test_write import LATER, given, written
from tests.pages_world import Browser, text_of


def letters_mails() -> list[Message]:
    return list(Message.objects.filter(kind="clinical-letter"))


def copy_for_patient(clinic: Clinic) -> ClinicalLetter:
    return written(given(clinic), clinic, "patient-copy", "All went well.")


def test_the_patient_is_told_that_a_letter_is_on_their_page(clinic: Clinic) -> None:
    letter = copy_for_patient(clinic)
    send_letter(letter.pk, by=clinic.reception, now=LATER)
    [mail] = letters_mails()
    assert (mail.recipient, mail.status, mail.due_at) == ("birch@mail.example", "queued", LATER)
    assert mail.expires_at == LATER + timedelta(days=14)
    shown = desk.preview(mail)
    assert shown.subject == "A letter about your visit"
    assert "A letter about your visit on 10 March 2026 is ready for you." in shown.text
    assert "All went well." not in shown.text
    assert "Call 999 or go to A&E now if you have" in shown.text
    assert Entry.objects.filter(verb="letter-sent").count() == 1


def test_a_letter_is_sent_once_and_an_outdated_one_never(clinic: Clinic) -> None:
    letter = copy_for_patient(clinic)
    with pytest.raises(Forbidden):
        send_letter(letter.pk, by=clinic.manager, now=LATER)
    send_letter(letter.pk, by=clinic.radiologist, now=LATER)
    with pytest.raises(NotForSending, match="has been sent, or is waiting to be sent"):
        send_letter(letter.pk, by=clinic.radiologist, now=LATER)
    correct = {"reason": "Read wrongly", "changes": {"batch": "T9"}, "by": clinic.radiologist, "now": LATER}
    correct_injection(letter.injection_id, **correct)
    with pytest.raises(NotForSending, match="corrected since"):
        send_letter(letter.pk, by=clinic.radiologist, now=LATER)
    assert len(letters_mails()) == 1


def test_only_the_patients_copy_goes_out_by_email(clinic: Clinic) -> None:
    letter = written(given(clinic), clinic, "gp")
    with pytest.raises(NotForSending, match="Only the patient’s copy"):
        send_letter(letter.pk, by=clinic.reception, now=LATER)


def test_who_gets_no_emails_gets_paper(clinic: Clinic) -> None:
    letter = copy_for_patient(clinic)
    correct_patient(letter.patient_id, changes={"email_opt_in": False}, by=clinic.reception, now=LATER)
    with pytest.raises(NotForSending, match="Print the letter"):
        send_letter(letter.pk, by=clinic.reception, now=LATER)
    assert letters_mails() == []


def test_reception_sends_the_link_from_the_letter(world: World, reception: Browser) -> None:
    letter = copy_for_patient(world.clinic)
    world.at(LATER)
    assert "Send the patient a link" in reception.get("filed-letter", letter.pk)
    said = reception.post("letter-send", letter.pk)
    assert "The patient gets a link to the letter." in said
    assert "Copy of a letter, number" in said
    assert "The link to this letter has been sent, or is waiting to be sent." in reception.post(
        "letter-send", letter.pk
    )
    assert len(letters_mails()) == 1


def test_the_patient_reads_the_copy_behind_their_date_of_birth(world: World) -> None:
    """As a page and as a PDF; not the GP's letter, and nothing once the record was corrected."""
    done = given(world.clinic)
    written(done, world.clinic, "gp", "For the GP alone.")
    world.at(LATER)
    own, patient = f"/p/{link.token_of(done.appointment.pk, done.appointment.link_version)}/", Client()
    for page in ("letter/", "letter/letter.pdf"):
        assert "triamcinolone" not in text_of(patient.get(own + page)), "the door comes first"
    patient.post(f"{own}open/", {"born_on": "1 5 1980"})
    assert patient.get(f"{own}letter/").status_code == 302, "there is no copy yet"
    written(done, world.clinic, "patient-copy", "All went well.")
    assert "A letter about your visit" in text_of(patient.get(own))
    said = text_of(patient.get(f"{own}letter/"))
    assert "All went well." in said
    assert "For the GP alone." not in said
    made = patient.get(f"{own}letter/letter.pdf")
    assert made.headers["Content-Type"] == "application/pdf"
    assert "All went well." in pypdf.PdfReader(io.BytesIO(made.content)).pages[0].extract_text()
    correct = {"reason": "Read wrongly", "changes": {"batch": "T9"}, "by": world.clinic.radiologist, "now": LATER}
    correct_injection(done.injection.pk, **correct)
    assert patient.get(f"{own}letter/letter.pdf").status_code == 302
