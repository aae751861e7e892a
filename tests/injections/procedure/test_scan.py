"""A visit that includes the scan: the report comes first, and the injection is judged by it before it is drawn up."""

from __future__ import annotations

from typing import Any

import pytest

from injections.models import Call, ImagingReport, Injection
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.injections.procedure.test_pages import INJECTION, TODAY
from tests.pages_world import PROCEDURE, Browser

REPORT = {
    "modality": "ultrasound",
    "area": "ischial-tuberosity",
    "side": "left",
    "performed_on": TODAY,
    "tendinopathy": "yes",
    "bursitis": "no",
    "tear": "none",
    "other_diagnosis": "none",
}
FULL = {"tear": "full", "tear_grade": "3", "tear_size_mm": "12"}
WHY = {"reason_code": "specialist-advice", "reason": "The surgeon asks for it before the operation"}


@pytest.fixture
def visit(world: World) -> Appointment:
    """Booked without any report, as scan and injection; the patient is here and identified."""
    patient = world.clinic.patient("Birch")
    world.clinic.answer(patient)
    world.clinic.pathway(patient)
    booked = world.clinic.book(patient, local(TODAY, "09:00"), kind="scan-and-injection").appointment
    assert booked is not None
    world.at(local(TODAY, "09:25"))
    return booked


def identify(who: Browser, visit: Appointment) -> str:
    return who.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])


def scans(who: Browser, visit: Appointment, **found: Any) -> str:
    """The report is saved, and the page says what it makes of the injection."""
    identify(who, visit)
    who.client.post(f"/appointments/{visit.pk}/procedure/scan/", REPORT | found)
    return who.get("procedure-scan", visit.pk)


def goes_on(who: Browser, visit: Appointment) -> str:
    for step in ("checks", "consent"):
        who.post("procedure-step", visit.pk, step, data=PROCEDURE[step])
    return who.get("procedure-step", visit.pk, "injection")


def test_the_scan_comes_before_everything_that_is_drawn_up(
    world: World, radiologist: Browser, visit: Appointment
) -> None:
    """NEE5: no step after identity opens before the report is recorded."""
    world.at(local(TODAY, "09:25"))
    radiologist.client.post(f"/appointments/{visit.pk}/procedure/identity/", PROCEDURE["identity"])
    for step in ("checks", "consent", "injection", "aftercare"):
        response = radiologist.client.get(f"/appointments/{visit.pk}/procedure/{step}/")
        assert response.headers["Location"].endswith("/procedure/scan/")
    said = radiologist.get("procedure-scan", visit.pk)
    assert "Scan before anything is drawn up." in said
    assert f'name="performed_on" value="{TODAY}"' in radiologist.html
    assert radiologist.client.get(f"/appointments/{visit.pk}/procedure/").headers["Location"].endswith("/scan/")


def test_a_report_of_the_scan_is_a_report_of_the_patient(radiologist: Browser, visit: Appointment) -> None:
    """It is recorded at once, whoever stops there; nothing stands against the injection, and it is recorded."""
    said = scans(radiologist, visit)
    row = ImagingReport.objects.get()
    assert (row.patient_id, row.tear, row.performed_on.isoformat()) == (visit.patient_id, "none", TODAY)
    assert "Recorded: ultrasound of 2 March 2026" in said
    assert "Continue to the checks" in said
    radiologist.post("procedure-scan", visit.pk)
    goes_on(radiologist, visit)
    radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "The injection is recorded" in said
    assert Injection.objects.get().assessment.verdict == "clear"


def test_a_report_that_cannot_be_is_refused_at_its_field(radiologist: Browser, visit: Appointment) -> None:
    identify(radiologist, visit)
    radiologist.post("procedure-scan", visit.pk, data=REPORT | {"tear": "full"}, expect=422)
    assert 'href="#id_tear_size_mm"' in radiologist.html
    assert not ImagingReport.objects.exists()


def test_a_full_tear_stops_it_with_its_evidence(radiologist: Browser, visit: Appointment) -> None:
    """NEE5: before the injection step opens; nothing but "cannot go ahead" or an override with its reason leads on."""
    said = scans(radiologist, visit, **FULL)
    assert "Not possible" in said
    assert "full tear" in said.lower()
    assert "It stops here, unless you say why you are continuing" in said
    assert "This procedure cannot start now" in radiologist.get("procedure-step", visit.pk, "injection")
    radiologist.client.post(f"/appointments/{visit.pk}/procedure/go-on/")
    response = radiologist.client.get(f"/appointments/{visit.pk}/procedure/injection/")
    assert response.headers["Location"].endswith("/procedure/scan/")
    said = radiologist.post("procedure-scan", visit.pk, data={"reason": "Because"}, expect=422)
    assert "Choose the kind of reason." in said
    said = radiologist.post("procedure-cannot", visit.pk, data={"reason_code": "scan-finding", "reason": "Full tear"})
    assert "Recorded as not given" in said
    visit.refresh_from_db()
    assert visit.status == "fulfilled"


def test_an_override_after_the_scan_is_the_reason_of_the_injection(radiologist: Browser, visit: Appointment) -> None:
    scans(radiologist, visit, **FULL)
    radiologist.post("procedure-scan", visit.pk, data=WHY)
    said = goes_on(radiologist, visit)
    assert "What was injected" in said
    assert "The surgeon asks for it before the operation</textarea>" in radiologist.html
    radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION | WHY)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "The injection is recorded" in said
    row = Injection.objects.get()
    assert (row.reason_code, row.assessment.verdict) == ("specialist-advice", "blocked")
    assert row.incident.what[0]["detail"]


def test_an_avulsion_is_phoned_about_first(radiologist: Browser, visit: Appointment) -> None:
    scans(radiologist, visit, **FULL | {"tear": "avulsion"})
    assert Call.objects.filter(closed_at=None).exists()
    said = radiologist.post("procedure-scan", visit.pk, data=WHY, expect=422)
    assert "Phone the patient and record the call first" in said


def test_a_partial_tear_is_seen_with_the_scan_and_it_goes_on(radiologist: Browser, visit: Appointment) -> None:
    """A warning is shown once, beside the report."""
    said = scans(radiologist, visit, tear="partial", tear_grade="2", tear_size_mm="4")
    assert "A radiologist must look at it first" in said
    radiologist.post("procedure-scan", visit.pk)
    assert "What was injected" in goes_on(radiologist, visit)


def test_whoever_is_scanned_is_here(radiologist: Browser, visit: Appointment) -> None:
    """What the scan shows does not send a booked visit back to review in the middle of it."""
    scans(radiologist, visit, tear="partial", tear_grade="2", tear_size_mm="4")
    visit.refresh_from_db()
    assert visit.status == "arrived"


def test_a_visit_without_a_scan_has_no_such_step(world: World, radiologist: Browser) -> None:
    booked = world.clinic.book(world.clinic.fit_patient("Cole"), local(TODAY, "10:00")).appointment
    assert booked is not None
    response = radiologist.client.get(f"/appointments/{booked.pk}/procedure/scan/")
    assert response.headers["Location"].endswith(f"/appointments/{booked.pk}/procedure/")
    assert "/procedure/scan/" not in radiologist.get("procedure-step", booked.pk, "identity")
