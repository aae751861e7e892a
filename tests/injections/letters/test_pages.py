"""Letters on pages: previewed, filed, read, printed, and listed with the patient."""

from __future__ import annotations

import io

import pypdf

from injections.models import ClinicalLetter
from injections.patient.injections import correct_injection
from pht_clinic.audit.models import Entry
from tests.api_world import World
from tests.injections.letters.test_write import LATER, given, written
from tests.pages_world import Browser


def test_a_radiologist_previews_a_letter_and_files_it(world: World, radiologist: Browser) -> None:
    done = given(world.clinic)
    world.at(LATER)
    visit = done.appointment.pk
    assert "Letters" in radiologist.get("procedure-done", visit)
    assert "Letters" in radiologist.get("appointment", visit)
    assert "No letter is filed yet." in radiologist.get("letter-list", visit)
    typed = {"kind": "gp", "paragraph": "Thank you for sending Robin."}
    said = radiologist.post("letter-write", visit, data=typed | {"preview": "yes"}, expect=200)
    assert "Preview, not filed yet" in said
    assert "Thank you for sending Robin." in said
    assert not ClinicalLetter.objects.exists()
    said = radiologist.post("letter-write", visit, data=typed)
    assert "The letter is filed as version 1." in said
    for words in ("Dr Ada Fern", "Left hamstring origin", "triamcinolone 40mg", "Thank you for sending Robin."):
        assert words in said
    letter = ClinicalLetter.objects.get()
    assert "To the GP or referrer, version 1" in radiologist.get("patient", letter.patient_id)
    assert "Thank you for sending Robin." in radiologist.get("letter-write", visit, kind="gp")


def test_reception_reads_and_prints_what_a_radiologist_wrote(world: World, reception: Browser) -> None:
    done = given(world.clinic)
    letter = written(done, world.clinic)
    world.at(LATER)
    said = reception.get("letter-list", done.appointment.pk)
    assert "Only a radiologist writes clinical letters." in said
    assert "Version 1" in said
    reception.get("filed-letter", letter.pk)
    reception.get("letter-write", done.appointment.pk, expect=403)
    response = reception.client.get(f"/letters/{letter.pk}/letter.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'inline; filename="letter-{letter.pk}.pdf"'
    assert len(pypdf.PdfReader(io.BytesIO(response.content)).pages) == 1
    newest = Entry.objects.filter(verb="viewed").order_by("-pk")[0]
    assert (newest.subject, newest.patient_ids) == ("letter-file", [letter.patient_id])


def test_a_letter_says_where_the_record_was_corrected_after_it(world: World, radiologist: Browser) -> None:
    done = given(world.clinic)
    written(done, world.clinic)
    world.at(LATER)
    assert "corrected or withdrawn after this letter" not in radiologist.get("letter-list", done.appointment.pk)
    correct = {"reason": "Read wrongly", "changes": {"batch": "T9"}, "by": world.clinic.radiologist, "now": LATER}
    correct_injection(done.injection.pk, **correct)
    assert "corrected or withdrawn after this letter" in radiologist.get("letter-list", done.appointment.pk)


def test_what_cannot_be_filed_is_said_at_its_field_and_stays_typed(world: World, radiologist: Browser) -> None:
    done = given(world.clinic)
    world.at(LATER)
    typed = {"kind": "physiotherapist", "paragraph": "Please be gentle."}
    said = radiologist.post("letter-write", done.appointment.pk, data=typed, expect=422)
    assert "The physiotherapist’s letter has no paragraph of your own" in said
    assert "Please be gentle." in said
