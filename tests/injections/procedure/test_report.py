"""The report of a procedure: all that was recorded, on one page; corrections old beside new; what came of it later."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest

from injections.models import Call, Complication, Injection
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message
from tests.api_world import World, pointers, problem
from tests.clinic import local
from tests.injections.procedure.test_pages import TODAY, arrived, walk
from tests.injections.procedure.test_step_pages import AS_FOUND
from tests.pages_world import Browser

CORRECTED = {
    "site": "hamstring-origin",
    "side": "left",
    "given": TODAY,
    "steroid": "yes",
    "drug": "Methylprednisolone",
    "dose_mg": "40",
    "strength_mg_ml": "40",
    "volume_ml": "1",
    "targets": ["peritendinous"],
    "started": "09:10",
    "ended": "09:20",
    "batch": "AB 1234",
    "reason": "Half of it was given",
}
BRUISE = {"kind": "bleed", "severity": "mild", "on": TODAY, "note": "As big as a hand"}


def recorded(world: World, radiologist: Browser, **changes: Any) -> Appointment:
    visit = arrived(world)
    walk(radiologist, visit, anaesthetic="Lidocaine", anaesthetic_mg="20", **changes)
    return visit


def test_consent_checks_target_volume_and_anaesthetic_stand_on_the_report(
    world: World, radiologist: Browser, reception: Browser
) -> None:
    """NEE10: led to from what follows the procedure and from the patient's record of injections."""
    visit = recorded(world, radiologist, expires_on="2027-05-31")
    for name, pk in (("procedure-done", visit.pk), ("patient", visit.patient_id)):
        radiologist.get(name, pk)
        assert f"/appointments/{visit.pk}/procedure/report/" in radiologist.html
    said = reception.get("procedure-report", visit.pk)
    for sentence in (
        "Robin Birch, born 1 May 1980",
        "Left hamstring origin: Beside the tendon (peritendinous)",
        "Methylprednisolone, 40mg (1 ml × 40 mg/ml). Steroid.",
        "AB 1234, expires 31 May 2027",
        "Lidocaine, 20mg",
        "Benefits, risks and alternatives were explained: yes",
        "Risks, version 1, read out here, 2 March 2026. Explained by Dr Imogen Hale.",
        "The skin at the site is whole: yes",
        "Made Monday 2 March 2026 at 09:25 by radiologist.",
        "Wednesday 4 March 2026 at 09:20",
        "Radiologist review from 2 June 2026, interval free from 2 July 2026",
        "By radiologist, Monday 2 March 2026 at 09:25",
    ):
        assert sentence in said
    assert "data-print" in reception.html
    assert "Correct this record" not in said


def test_what_was_out_of_the_ordinary_stands_on_the_report(world: World, radiologist: Browser) -> None:
    visit = recorded(world, radiologist, expires_on="2026-03-01", **AS_FOUND)
    said = radiologist.get("procedure-report", visit.pk)
    assert "This batch had expired on 2 March 2026" in said
    assert "Found out afterwards: this is how it was: Read on the box afterwards" in said


def test_a_correction_stands_old_beside_new_and_its_arithmetic_is_checked(world: World, radiologist: Browser) -> None:
    """NEE11: 20mg of 1 ml × 40 mg/ml is refused; with half the volume the old dose stands beside the new one."""
    visit = recorded(world, radiologist)
    pk = Injection.objects.get().pk
    wrong = CORRECTED | {"dose_mg": "20", "anaesthetic": "Lidocaine", "anaesthetic_mg": "20"}
    said = radiologist.post("injection-correct", pk, data=wrong, expect=422)
    assert "1 ml at 40 mg/ml is 40 mg, not 20 mg." in said
    assert 'href="#id_volume_ml"' in radiologist.html
    body = {"reason": "Half of it was given", "dose_mg": 20}
    assert "#/volume_ml" in pointers(world.radiologist.post(f"/injections/{pk}/correct/", body))
    radiologist.post("injection-correct", pk, data=wrong | {"volume_ml": "0.5"})
    said = radiologist.get("procedure-report", visit.pk)
    assert "Dose: 40mg → 20mg" in said
    assert "Volume in ml: 1 → 0.5" in said
    assert "Half of it was given" in said
    assert "Dose: 40mg → 20mg" in radiologist.get("patient", visit.patient_id)


def test_a_disagreement_that_was_recorded_as_it_was_does_not_stop_another_correction(
    world: World, radiologist: Browser
) -> None:
    recorded(world, radiologist, volume_ml="2", **AS_FOUND)
    pk = Injection.objects.get().pk
    answer = world.radiologist.post(f"/injections/{pk}/correct/", {"reason": "Read the box", "batch": "CD 9"})
    assert answer.status_code == 200, answer.content


def test_a_complication_is_added_later_and_somebody_phones(world: World, radiologist: Browser) -> None:
    visit = recorded(world, radiologist)
    radiologist.post("procedure-complication", visit.pk, data={"note": "A bruise"}, expect=422)
    said = radiologist.post("procedure-complication", visit.pk, data=BRUISE)
    assert "The complication is recorded, and the patient is on the call list." in said
    assert "2 March 2026: Bleeding or a large bruise, mild, passed by itself. As big as a hand" in said
    assert Call.objects.get(why="complication").appointment == visit
    assert Injection.objects.get().complications == ""


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"on": "2026-03-03"}, {"#/on"}),
        ({"on": "2026-03-01"}, {"#/on"}),
        ({"kind": "other", "note": " "}, {"#/note"}),
        ({"kind": "itch"}, {"#/kind"}),
        ({"severity": None}, {"#/severity"}),
    ],
)
def test_a_complication_that_cannot_be_names_its_fields(
    world: World, radiologist: Browser, changes: dict[str, object], named: set[str]
) -> None:
    visit = recorded(world, radiologist)
    address = f"/appointments/{visit.pk}/procedure/complication/"
    assert pointers(world.radiologist.post(address, BRUISE | changes)) == named
    assert not Complication.objects.exists()
    answer = world.radiologist.post(address, BRUISE)
    assert answer.status_code == 201
    assert BRUISE.items() <= answer.json().items()


def test_only_a_radiologist_adds_one_and_only_to_what_was_given(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    address = f"/appointments/{visit.pk}/procedure/complication/"
    problem(world.reception.post(address, BRUISE), 403)
    problem(world.radiologist.post(address, BRUISE), 409)
    radiologist.get("procedure-report", visit.pk, expect=404)


def test_the_report_of_what_was_not_given_says_why(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    radiologist.post("procedure-cannot", visit.pk, data={"reason_code": "no-consent"})
    said = radiologist.get("procedure-report", visit.pk)
    assert "Reason The patient does not consent" in said
    assert "Consent Benefits" not in said


def test_h12_a_complication_while_its_call_is_open_is_added_and_told_again(
    world: World, radiologist: Browser, reception: Browser
) -> None:
    """Each with its kind and severity in words; a severe one makes the call an emergency."""
    visit = recorded(world, radiologist)
    radiologist.post("procedure-complication", visit.pk, data=BRUISE)
    [call] = Call.objects.all()
    assert call.say == (
        "A complication of the injection of 2 March 2026: Bleeding or a large bruise; mild, passed by itself; "
        "noticed on 2 March 2026; As big as a hand. Phone the patient and ask how they are."
    )
    assert (call.urgency_words, told()) == ("today, after an injection", 1)
    world.at(local("2026-03-04", "11:00"))
    infection = {"kind": "infection", "severity": "severe", "on": "2026-03-04", "note": ""}
    radiologist.post("procedure-complication", visit.pk, data=infection)
    [call] = Call.objects.all()
    assert (call.urgency_words, told()) == ("an emergency", 2)
    said = reception.get("call-list")
    assert "Since then, Wednesday 4 March 2026 at 11:00: A complication of the injection of 2 March 2026: " in said
    assert "Infection; severe, hospital or lasting harm; noticed on 4 March 2026." in said
    radiologist.post("procedure-complication", visit.pk, data=BRUISE)
    assert Call.objects.get().urgency_words == "an emergency"


def told() -> int:
    return Message.objects.filter(kind="staff-call").count()


def pdf_of(world: World, visit: Appointment) -> tuple[int, str]:
    """The pages of the report, and all that stands on them in one line."""
    response = world.reception.get(f"/appointments/{visit.pk}/procedure/report.pdf")
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'inline; filename="report-{visit.pk}.pdf"'
    pages = pypdf.PdfReader(io.BytesIO(response.content)).pages
    return len(pages), " ".join(" ".join(one.extract_text() for one in pages).split())


def test_the_pdf_says_word_for_word_what_the_page_says(world: World, radiologist: Browser, reception: Browser) -> None:
    """With an incident, a complication and a correction; on one sheet, and as the same bytes each time."""
    visit = recorded(world, radiologist, expires_on="2026-03-01", **AS_FOUND)
    radiologist.post("procedure-complication", visit.pk, data=BRUISE)
    row = Injection.objects.get(appointment=visit)
    radiologist.post("injection-correct", row.pk, data=CORRECTED | {"dose_mg": "20", "volume_ml": "0.5"})
    said = reception.get("procedure-report", visit.pk)
    pages, printed = pdf_of(world, visit)
    assert pages == 1
    for sentence in (
        "Robin Birch, born 1 May 1980",
        "Result: Given",
        "Local anaesthetic: Lidocaine 20mg became nothing",
        "This batch had expired on 2 March 2026: it was good until 1 March 2026.",
        "• 2 March 2026: Bleeding",
        "Half of it was given",
        "Dose: 40mg became 20mg",
    ):
        assert sentence in printed, sentence
    start = said.index("Procedure report Robin Birch")
    own = said[start : said.index(" Print", start)]
    words = {word.strip(":•·") for word in own.replace("→", "became").split()}
    assert words - {word.strip(":•·") for word in printed.split()} == set()
    assert pdf_of(world, visit) == (pages, printed)


def test_the_pdf_is_of_a_procedure_and_for_those_who_read_records(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    path = f"/appointments/{visit.pk}/procedure/report.pdf"
    problem(world.radiologist.get(path), 404)
    walk(radiologist, visit)
    problem(world.manager.get(path), 403)
    problem(world.anonymous.get(path), 401)
    problem(world.radiologist.client.get(f"/api/v1{path}", headers={"accept": "text/html"}), 406)
    assert Entry.objects.filter(subject="api-appointment-procedure-report").count() == 0
    pdf_of(world, visit)
    assert Entry.objects.get(subject="api-appointment-procedure-report").patient_ids == [visit.patient_id]
