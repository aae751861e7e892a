"""The procedure's pages: pausing keeps what was typed, arithmetic, the batch of the day, correcting, recall."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from injections.models import Injection, ProcedureDraft
from injections.procedure import draft
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import PROCEDURE, Browser, browser, text_of

TODAY = "2026-03-02"
INJECTION = PROCEDURE["injection"] | {"on": TODAY, "started": "09:10", "ended": "09:20", "batch": "AB 1234"}


@pytest.fixture
def colleague(world: World) -> Browser:
    return browser(world.clinic.users["radiologist2"])


def arrived(world: World, family_name: str = "Birch", at: str = "09:00") -> Appointment:
    patient = world.clinic.fit_patient(family_name)
    outcome = world.clinic.book(patient, local(TODAY, at))
    world.at(local(TODAY, "09:25"))
    assert outcome.appointment is not None
    return outcome.appointment


def walk(who: Browser, visit: Appointment, **injection: Any) -> str:
    for step in ("identity", "checks", "consent"):
        who.post("procedure-step", visit.pk, step, data=PROCEDURE[step])
    who.post("procedure-step", visit.pk, "injection", data=INJECTION | injection)
    return who.post("procedure-step", visit.pk, "aftercare", data={})


def test_a_pause_keeps_what_was_typed_though_the_session_ends(world: World, radiologist: Browser) -> None:
    """Half a step, not checked yet; a new session finds it, says since when, and asks for the rest."""
    visit = arrived(world)
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    typed = {"well": "yes", "pregnancy": "not-applicable", "pause": "yes"}
    said = radiologist.post("procedure-step", visit.pk, "checks", data=typed)
    assert "The procedure is paused. What you typed is kept until Thursday 5 March 2026 at 09:25." in said
    assert "begun and paused by radiologist, Monday 2 March 2026 at 09:25. Carry on with it" in said
    later = browser(world.clinic.users["radiologist"])
    assert later.client.get(f"/appointments/{visit.pk}/procedure/").headers["Location"].endswith("/checks/")
    said = later.get("procedure-step", visit.pk, "checks")
    assert "Started, and last saved at 09:25." in said
    assert "There is a problem" not in said
    assert later.html.count(" checked>") == 2
    assert "Identity done" in said


def test_a_colleague_takes_a_draft_over_but_not_who_the_patient_is(
    world: World, radiologist: Browser, colleague: Browser
) -> None:
    visit = arrived(world)
    for step in ("identity", "checks"):
        radiologist.post("procedure-step", visit.pk, step, data=PROCEDURE[step])
    assert colleague.client.get(f"/appointments/{visit.pk}/procedure/").headers["Location"].endswith("/identity/")
    said = colleague.get("procedure-step", visit.pk, "identity")
    assert "radiologist started this and left it on Monday 2 March 2026 at 09:25." in said
    assert "checked" not in colleague.html
    assert "Checks today done" in said
    colleague.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    assert ProcedureDraft.objects.get().changed_by == world.clinic.users["radiologist2"]


def test_a_draft_goes_when_the_visit_is_recorded_and_after_3_days(world: World, radiologist: Browser) -> None:
    visit, other = arrived(world), arrived(world, "Cole", "10:00")
    radiologist.post("procedure-step", other.pk, "identity", data=PROCEDURE["identity"])
    assert "The injection is recorded" in walk(radiologist, visit)
    assert ProcedureDraft.objects.get().appointment == other
    kept_at = ProcedureDraft.objects.get().changed_at
    assert draft.drop_old(now=kept_at + timedelta(days=3) - timedelta(seconds=1)) == 0
    world.at(kept_at + timedelta(days=3, minutes=1))
    radiologist.get("procedure-step", other.pk, "identity")
    assert "checked" not in radiologist.html
    assert draft.drop_old(now=kept_at + timedelta(days=3)) == 1


def test_what_was_asked_before_the_day_of_the_visit_is_asked_again(world: World, radiologist: Browser) -> None:
    """The visit may also have been moved since: identity and checks are those of its own day."""
    visit = arrived(world)
    for day in ("2026-03-01", TODAY):
        world.at(local(day, "09:25"))
        steps = ("identity", "checks", "consent") if day != TODAY else ("injection",)
        for step in steps:
            radiologist.post("procedure-step", visit.pk, step, data=PROCEDURE[step] | INJECTION)
    said = radiologist.post("procedure-step", visit.pk, "aftercare", data={}, expect=422)
    assert "Identity done" not in said
    assert "Injection done" in said
    assert not Injection.objects.exists()
    assert "The injection is recorded" in walk(radiologist, visit)


def test_who_comes_before_their_day_is_asked_and_recorded_that_day(world: World, radiologist: Browser) -> None:
    visit = world.clinic.book(world.clinic.fit_patient("Birch"), local("2026-03-03", "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:25"))
    for step in ("identity", "checks", "consent"):
        radiologist.post("procedure-step", visit.pk, step, data=PROCEDURE[step])
    said = radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION, expect=422)
    assert "The visit is on 3 March 2026. Confirm that it was given on 2 March 2026." in said
    early = {"confirm_day_change": "on", "reason": "The train was early"}
    assert "The injection is recorded" in walk(radiologist, visit, **early)


def test_a_pause_leaves_out_what_the_database_cannot_hold(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    radiologist.post("procedure-step", visit.pk, "aftercare", data={"complications": "sore\0ness", "pause": "yes"})
    radiologist.get("procedure-step", visit.pk, "aftercare")
    assert "soreness</textarea>" in radiologist.html


def test_nothing_is_kept_of_a_visit_that_is_over(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    walk(radiologist, visit)
    said = radiologist.post(
        "procedure-step", visit.pk, "identity", data={**PROCEDURE["identity"], "pause": "yes"}, expect=200
    )
    assert "This procedure cannot start now" in said
    assert not ProcedureDraft.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"volume_ml": "1", "strength_mg_ml": "40", "dose_mg": "40"}, "1 ml × 40 mg/ml = 40mg, as the dose says."),
        ({"volume_ml": "0.5", "strength_mg_ml": "40"}, "0.5 ml × 40 mg/ml = 20mg."),
        ({"volume_ml": "2", "strength_mg_ml": "40", "dose_mg": "40"}, "= 80mg, but the dose says 40mg."),
        ({"volume_ml": "a lot", "strength_mg_ml": "NaN"}, "Volume × strength makes the dose"),
        ({"steroid": "yes", "dose_mg": "120"}, "120 mg of steroid is above this clinic's maximum"),
    ],
)
def test_the_arithmetic_of_the_dose_is_shown_while_it_is_typed(
    world: World, radiologist: Browser, typed: dict[str, str], said: str
) -> None:
    visit = arrived(world)
    address = f"/appointments/{visit.pk}/procedure/injection/"
    assert said in text_of(radiologist.client.post(address, typed, headers={"HX-Request": "true"}))
    assert not ProcedureDraft.objects.exists()


def test_the_batch_is_remembered_for_the_day(world: World, radiologist: Browser, colleague: Browser) -> None:
    """By the radiologist who drew it up, with its drug; the dose is asked afresh, and tomorrow all of it."""
    first, second = arrived(world), arrived(world, "Cole", "10:00")
    radiologist.get("procedure-step", first.pk, "injection")
    assert "Check them against the vial" not in text_of(radiologist.last)
    walk(radiologist, first, expires_on="2027-05-31")
    said = radiologist.get("procedure-step", second.pk, "injection")
    assert "as you recorded them at 09:25 today. Check them against the vial in your hand." in said
    assert 'value="AB 1234"' in radiologist.html
    assert 'value="2027-05-31"' in radiologist.html
    assert 'name="strength_mg_ml" value="40"' in radiologist.html
    assert 'name="dose_mg" value' not in radiologist.html
    assert "Check them" not in colleague.get("procedure-step", second.pk, "injection")
    world.at(local("2026-03-03", "09:25"))
    assert "Check them" not in radiologist.get("procedure-step", second.pk, "injection")


def test_patients_of_one_batch_are_found_as_it_is_recorded_now(world: World, radiologist: Browser) -> None:
    """However it was spelled; a corrected batch counts, the old one no more; a withdrawn injection does not."""
    first, second = arrived(world), arrived(world, "Cole", "10:00")
    walk(radiologist, first)
    walk(radiologist, second, batch="ab1234")
    said = radiologist.get("batch", batch=" aB 12 34 ")
    assert "2 injections from batch aB 12 34" in said
    assert "Robin Birch" in said
    assert "07700 900123" in said
    assert Entry.objects.filter(verb="viewed", patient_ids=[first.patient_id, second.patient_id]).exists()
    injection = Injection.objects.get(appointment=first)
    radiologist.get("injection-correct", injection.pk)
    sent = {
        "site": "hamstring-origin",
        "side": "left",
        "given": TODAY,
        "steroid": "yes",
        "drug": "Methylprednisolone",
        "dose_mg": "40",
        "targets": ["peritendinous"],
        "started": "09:10",
        "ended": "09:20",
        "batch": "CD 9",
        "reason": "Read the wrong box",
    }
    radiologist.post("injection-correct", injection.pk, data=sent)
    assert "1 injection from batch AB1234" in radiologist.get("batch", batch="AB1234")
    assert "Robin Birch" in radiologist.get("batch", batch="CD9")
    assert "Nobody was given anything from this batch" in radiologist.get("batch", batch="CD")


def test_what_was_recorded_is_corrected_later_from_the_page_that_ends_it(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    said = walk(radiologist, visit)
    assert "Methylprednisolone 40mg (1 ml × 40 mg/ml), batch AB 1234" in said
    assert "Correct this record" in said
    assert "Aftercare sheet to print" in said
    radiologist.get("aftercare-sheet", visit.pk)
    assert "data-print" in radiologist.html


def test_an_injection_given_elsewhere_has_no_batch_to_correct(world: World, radiologist: Browser) -> None:
    row = world.clinic.earlier_injection(world.clinic.patient(), "2025-08").row
    assert "Batch" not in radiologist.get("injection-correct", row.pk)
