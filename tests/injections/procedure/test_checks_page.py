"""The checks of the day: what is recorded stands beside each, and one press confirms what nothing contradicts."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from injections.models import Injection
from injections.safety.gates import CHECKED_TODAY
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import FIT, local
from tests.injections.procedure.test_pages import INJECTION, TODAY, arrived, walk
from tests.pages_world import PROCEDURE, Browser, browser

ALL = {"all_confirmed": "yes"}


def known(world: World, answers: dict[str, str], **more: Any) -> Appointment:
    """A visit of today of somebody who answered so; the patient is here."""
    patient = world.clinic.fit_patient("Birch")
    booked = world.clinic.book(patient, local(TODAY, "09:00")).appointment
    assert booked is not None
    world.reception.post(f"/appointments/{booked.pk}/arrive/")
    world.clinic.answer(patient, FIT | answers, **more)
    world.at(local(TODAY, "09:25"))
    return booked


def seen(who: Browser, visit: Appointment) -> str:
    """The checks, after whatever came up was seen."""
    who.client.post(f"/appointments/{visit.pk}/procedure/go-on/")
    return who.get("procedure-step", visit.pk, "checks")


def test_what_is_recorded_stands_beside_each_check(world: World, radiologist: Browser) -> None:
    """NEE12: of a diabetes how well it is controlled, in words; of warfarin the INR with its day."""
    thinner = {"blood_thinner_kind": "warfarin", "inr": 2.4, "inr_on": "2026-03-01"}
    visit = known(world, {"diabetes": "yes", "blood_thinner": "yes"}, diabetes_poorly_controlled="no", **thinner)
    world.clinic.allergy(visit.patient, "Latex")
    said = seen(radiologist, visit)
    assert "Blood thinner: Warfarin, last INR 2.4 on 1 March 2026" in said
    assert "Diabetes: well controlled" in said
    assert "Allergy: Latex (Rash)" in said
    assert "Fever: no (2 March 2026" in said
    assert "Booked: Hamstring origin, left" in said
    assert "None is recorded, here or elsewhere" in said
    assert "No infection, no antibiotics" in said


def test_nee12_nowhere_is_the_control_of_a_diabetes_a_bare_no(
    world: World, radiologist: Browser, reception: Browser
) -> None:
    visit = known(world, {"diabetes": "yes"}, diabetes_poorly_controlled="no")
    seen(radiologist, visit)
    for name, pk in (("patient", visit.patient_id), ("appointment", visit.pk), ("decision", visit.pk)):
        said = radiologist.get(name, pk)
        assert "Diabetes control: No" not in said
        assert "Diabetes control No" not in said
        assert "diabetes control: no" not in said.lower()
    assert "Diabetes control Well controlled" in radiologist.get("patient", visit.patient_id)


def test_one_press_confirms_all_checks_and_nothing_is_ticked_before(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    radiologist.get("procedure-step", visit.pk, "checks")
    assert " checked" not in radiologist.html
    assert "<details" in radiologist.html
    said = radiologist.post("procedure-step", visit.pk, "checks", data=ALL)
    assert "Consent" in said
    radiologist.post("procedure-step", visit.pk, "consent", data=PROCEDURE["consent"])
    radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION)
    radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert Injection.objects.get().checked_today == dict.fromkeys(CHECKED_TODAY, True)


def test_a_check_that_is_answered_by_itself_keeps_its_answer(world: World, radiologist: Browser) -> None:
    visit = arrived(world)
    answers = ALL | {"skin_whole": "no", "pregnancy": "not-applicable"}
    said = radiologist.post("procedure-step", visit.pk, "checks", data=answers, expect=422)
    assert "“No” to “The skin at the site is whole”." in said


@pytest.mark.parametrize(
    ("question", "check"),
    [
        ("pregnant", "pregnancy"),
        ("infection_or_antibiotics", "no_infection_or_antibiotics"),
        ("interacting_medicine", "medicines"),
    ],
)
def test_what_is_contradicted_is_not_confirmed_by_the_one_press(
    world: World, radiologist: Browser, question: str, check: str
) -> None:
    """It is asked by itself."""
    visit = known(world, {question: "yes"})
    assert "Contradicted" in seen(radiologist, visit)
    said = radiologist.post("procedure-step", visit.pk, "checks", data=ALL, expect=422)
    assert CHECKED_TODAY[check] in said


def test_enter_confirms_nothing_that_was_not_answered(world: World, radiologist: Browser) -> None:
    """The first button of a form is what Enter presses."""
    visit = arrived(world)
    for step in ("checks", "consent"):
        radiologist.get("procedure-step", visit.pk, step)
        first = radiologist.html.split("data-once>")[1].split('type="submit"')[1]
        assert "all_confirmed" not in first.split(">")[0]


def test_h39_whoever_may_fall_has_it_said_and_recorded_what_is_arranged(world: World, radiologist: Browser) -> None:
    patient = world.clinic.fit_patient("Elder", date_of_birth=date(1950, 5, 1))
    visit = world.clinic.book(patient, local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:25"))
    said = radiologist.get("procedure-step", visit.pk, "checks")
    assert "75 years old: with a numb leg the patient may fall." in said
    radiologist.post("procedure-step", visit.pk, "identity", data=PROCEDURE["identity"])
    arranged = {"precautions": ["falls", "escort-home", "call-next-day"]}
    radiologist.post("procedure-step", visit.pk, "checks", data=ALL | arranged)
    radiologist.post("procedure-step", visit.pk, "consent", data=PROCEDURE["consent"])
    radiologist.post("procedure-step", visit.pk, "injection", data=INJECTION)
    radiologist.post("procedure-step", visit.pk, "aftercare", data={})
    assert Injection.objects.get().precautions == ["falls", "escort-home", "call-next-day"]


def test_h39_a_program_records_what_is_arranged(world: World) -> None:
    visit = arrived(world)
    body = {"result": "not-given", "reason": "Fell on the way", "precautions": ["falls", "falls"]}
    answer = world.radiologist.post(f"/appointments/{visit.pk}/procedure/", body)
    assert answer.json()["injection"]["precautions"] == ["falls"]


def test_h40_the_steroid_of_the_last_12_months_stands_on_the_injection_step(world: World, radiologist: Browser) -> None:
    patient = world.clinic.fit_patient("Birch")
    for given, dose in (("2025-10-01", 80), ("2025-06", None)):
        drug = {"drug": "Triamcinolone", "dose_mg": dose, "site": "other-site"}
        world.clinic.earlier_injection(patient, given, **drug)
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    visit = world.clinic.book(patient, local(TODAY, "09:00")).appointment
    assert visit is not None
    world.at(local(TODAY, "09:25"))
    said = radiologist.get("procedure-step", visit.pk, "injection")
    assert "Steroid of the last 12 months: 80mg, as methylprednisolone (1 October 2025: 80mg of Triamcinolone)." in said
    assert "Dose not known: June 2025" in said


class Clicks(HTMLParser):
    """What a form opens with: the names of its fields that somebody still has to fill in."""

    def __init__(self) -> None:
        super().__init__()
        self.empty: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (
            tag == "input"
            and given.get("type", "text") in ("text", "number", "time", "date")
            and not given.get("value")
        ):
            self.empty.add(str(given.get("name")))


def test_the_second_usual_patient_of_the_day_takes_12_clicks_and_4_typed_fields(
    world: World, radiologist: Browser
) -> None:
    """Clicks: open; two ticks and on; all checks; all of the consent; the result and on; record."""
    first, second = arrived(world), arrived(world, "Cole", "10:00")
    walk(radiologist, first, expires_on="2027-05-31")
    clicks = 1
    radiologist.post("procedure-step", second.pk, "identity", data=PROCEDURE["identity"])
    clicks += 3
    radiologist.post("procedure-step", second.pk, "checks", data=ALL)
    clicks += 1
    radiologist.get("procedure-step", second.pk, "consent")
    asked = {"how": "read-out", "given_on": TODAY, "explained_by": "radiologist"}
    for value in asked.values():
        assert f'value="{value}"' in radiologist.html
    radiologist.post("procedure-step", second.pk, "consent", data=ALL | asked)
    clicks += 1
    radiologist.get("procedure-step", second.pk, "injection")
    page = Clicks()
    page.feed(radiologist.html)
    typed = {"started", "ended", "volume_ml", "dose_mg"}
    assert typed <= page.empty
    opened = {name: value for name, value in INJECTION.items() if name not in typed}
    for name in ("drug", "strength_mg_ml", "batch"):
        assert name not in page.empty
    assert 'name="steroid" value="yes" id="id_steroid_0" checked' in radiologist.html
    times = {"started": "09:11", "ended": "09:21", "volume_ml": "1", "dose_mg": "40"}
    radiologist.post("procedure-step", second.pk, "injection", data=opened | times)
    clicks += 2
    assert "The injection is recorded" in radiologist.post("procedure-step", second.pk, "aftercare", data={})
    clicks += 1
    assert clicks <= 12
    assert len(times) <= 4


def test_a_colleague_is_named_where_they_explain(world: World) -> None:
    visit = arrived(world)
    colleague = browser(world.clinic.users["radiologist2"])
    colleague.get("procedure-step", visit.pk, "consent")
    assert 'value="radiologist2"' in colleague.html
