"""Each step of a procedure refuses on itself what recording would refuse, and takes the truth with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.models import Incident, Injection
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.injections.procedure.test_pages import INJECTION, TODAY, arrived, walk
from tests.pages_world import PROCEDURE, Browser, browser

AS_FOUND = {"reason_code": "as-found", "reason": "Read on the box afterwards"}


def before_needle(who: Browser, visit: Appointment) -> None:
    for step in ("identity", "checks", "consent"):
        who.post("procedure-step", visit.pk, step, data=PROCEDURE[step])


def sends(who: Browser, visit: Appointment, step: str = "injection", expect: int = 422, **changes: Any) -> str:
    return who.post("procedure-step", visit.pk, step, data=PROCEDURE[step] | INJECTION | changes, expect=expect)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"expires_on": "2026-03-01"}, "expires_on", "This batch had expired on 2 March 2026"),
        ({"ended": "09:40"}, "ended", "The time is in the future."),
        ({"ended": "09:05"}, "ended", "It must end after it starts."),
        ({"side": "right"}, "confirm_site_change", "The booking is for hamstring origin, left."),
        ({"dose_mg": "120", "volume_ml": "3"}, "dose_mg", "120 mg of steroid is above this clinic's maximum"),
        ({"volume_ml": "2"}, "volume_ml", "2 ml at 40 mg/ml is 80 mg, not 40 mg."),
        ({"anaesthetic": "Lidocaine", "anaesthetic_mg": "201"}, "anaesthetic_mg", "201 mg of lidocaine on one day"),
        ({"targets": ["intratendinous"]}, "reason_code", "A critical finding stands and needs a coded reason"),
        ({"on": "2026-03-01"}, "started", "That is before this visit was asked for."),
        ({"dose_mg": "", "volume_ml": ""}, "dose_mg", "Give the dose in mg."),
    ],
)
def test_the_injection_is_refused_on_its_own_step_at_its_field(
    world: World, radiologist: Browser, changes: dict[str, Any], field: str, sentence: str
) -> None:
    """NEE6."""
    visit = arrived(world)
    before_needle(radiologist, visit)
    said = sends(radiologist, visit, **changes)
    assert "What was injected" in said
    assert sentence in said
    assert f'href="#id_{field}"' in radiologist.html
    assert "Injection done" not in radiologist.get("procedure", visit.pk, expect=302)


def test_everything_that_is_wrong_with_a_step_is_said_at_once(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    said = sends(radiologist, visit, ended="09:40", expires_on="2026-03-01", side="right", drug="")
    for sentence in ("The time is in the future.", "This batch had expired", "The booking is for", "Enter the drug."):
        assert sentence in said


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_on": "2026-03-01"},
        {"dose_mg": "120", "volume_ml": "3"},
        {"targets": ["intratendinous"]},
        {"site": "ischiogluteal-bursa", "confirm_site_change": "on"},
    ],
)
def test_h19_the_truth_about_an_injection_is_recorded_with_its_reason(
    world: World, radiologist: Browser, changes: dict[str, Any]
) -> None:
    """NEE7: the reason is asked for on the step, and what was typed stays."""
    visit = arrived(world)
    before_needle(radiologist, visit)
    said = sends(radiologist, visit, **changes)
    assert "Why it is recorded anyway" in said
    assert "Kind of reason (optional)" not in said
    said = walk(radiologist, visit, **changes, **AS_FOUND)
    assert "The injection is recorded" in said
    incident = Incident.objects.get()
    assert (incident.reason_code, incident.reason) == ("as-found", "Read on the box afterwards")


@pytest.mark.parametrize(("step", "name"), [("checks", "skin_whole"), ("checks", "way_home"), ("consent", "explained")])
def test_h19_a_check_that_was_not_made_is_recorded_with_its_reason(
    world: World, radiologist: Browser, step: str, name: str
) -> None:
    """The step that asks refuses it, and takes it with a reason; the injection is then recorded as it was."""
    visit = arrived(world)
    before_needle(radiologist, visit)
    answers = PROCEDURE[step] | {name: "no"}
    said = radiologist.post("procedure-step", visit.pk, step, data=answers, expect=422)
    assert "“No” to “" in said
    radiologist.post("procedure-step", visit.pk, step, data=answers | AS_FOUND)
    radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "The injection is recorded" in said
    (what,) = Incident.objects.get().what
    assert what["pointer"].endswith(f"/{name}")


def test_the_lidocaine_of_the_day_is_said_before_it_is_recorded(world: World, radiologist: Browser) -> None:
    """NEE8: 115 mg in the morning and 100 mg now."""
    patient = world.clinic.fit_patient()
    Injection.objects.create(
        patient=patient,
        site="other-site",
        side="right",
        given=TODAY,
        steroid=False,
        origin="own",
        recorded_at=world.clinic.now,
        recorded_on=world.clinic.now.date(),
        local_anaesthetic={"drug": "lidocaine", "dose_mg": 115},
    )
    visit = world.clinic.book(patient, local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:25"))
    assert "115mg of lidocaine" in radiologist.get("procedure-step", visit.pk, "injection")
    said = sends(radiologist, visit, anaesthetic="Lidocaine", anaesthetic_mg="100")
    assert "215 mg of lidocaine on one day is above 200 mg." in said
    assert not Injection.objects.filter(appointment=visit).exists()


def test_an_overridden_injection_is_recorded_by_the_page(world: World, radiologist: Browser) -> None:
    """NEE1: the radiologist's reason stands in the form, and can be changed."""
    patient = world.clinic.fit_patient("Birch")
    world.clinic.earlier_injection(patient, "2025-12-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    visit = world.clinic.book(patient, local("2026-03-03", "09:00"), override_reason="Please look").appointment
    assert visit is not None
    reason = {"reason_code": "benefit-outweighs-risk", "reason": "Cannot sit at all"}
    body = {"outcome": "override", **reason}
    assert world.radiologist.post(f"/appointments/{visit.pk}/decision/", body).status_code == 200
    world.at(local("2026-03-03", "09:25"))
    before_needle(radiologist, visit)
    said = radiologist.get("procedure-step", visit.pk, "injection")
    assert "Too soon" in said
    assert "Why it is recorded anyway" in said
    assert "Cannot sit at all</textarea>" in radiologist.html
    assert '<option value="benefit-outweighs-risk" selected>' in radiologist.html
    day = {"on": "2026-03-03"}
    said = sends(radiologist, visit, **day)
    assert "A critical finding stands and needs a coded reason: Too soon" in said
    assert 'href="#id_reason_code"' in radiologist.html
    assert "The injection is recorded" in walk(radiologist, visit, **day, **reason)
    assert Injection.objects.get(appointment=visit).reason_code == "benefit-outweighs-risk"


def test_h18_checks_that_are_recorded_later_say_who_made_them_and_when(world: World, radiologist: Browser) -> None:
    """NEE9: two months later nobody says "today"; checks of another day need a reason."""
    visit = arrived(world)
    world.at(local(TODAY) + timedelta(days=61))
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    said = radiologist.post("procedure-step", visit.pk, "checks", data=PROCEDURE["checks"], expect=422)
    assert "Who made the checks" in said
    late = PROCEDURE["checks"] | {"checked_on": "2026-04-30", "checked_time": "09:05", "checks_seen_by": "Dr Hale"}
    said = radiologist.post("procedure-step", visit.pk, "checks", data=late, expect=422)
    assert "These checks are of another day" in said
    radiologist.post("procedure-step", visit.pk, "checks", data=late | {"checked_on": TODAY})
    radiologist.post("procedure-step", visit.pk, "consent", data=PROCEDURE["consent"])
    radiologist.get("procedure-step", visit.pk, "injection")
    assert f'name="on" value="{TODAY}"' in radiologist.html
    radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert "The injection is recorded" in said
    row = Injection.objects.get(appointment=visit)
    assert (row.checked_at, row.checks_seen_by) == (local(TODAY, "09:05"), "Dr Hale")


def test_the_checks_are_those_of_whoever_made_them(world: World, radiologist: Browser) -> None:
    """A colleague takes the procedure over: the checks keep their time and their name."""
    visit = arrived(world)
    before_needle(radiologist, visit)
    world.at(local(TODAY, "09:35"))
    colleague = browser(world.clinic.users["radiologist2"])
    colleague.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    colleague.post("procedure-step", visit.pk, "injection", data=INJECTION)
    colleague.post("procedure-step", visit.pk, "aftercare", data={})
    row = Injection.objects.get(appointment=visit)
    assert row.checks_seen_by == "radiologist"
    assert row.checked_at is not None
    assert row.checked_at < local(TODAY, "09:30")
