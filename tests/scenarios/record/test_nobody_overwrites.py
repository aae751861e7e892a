"""Nobody overwrites what they did not see (REC18): a stale save says what changed, by whom and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from scheduling.clinic.people_and_rooms import replace_feed, save_practitioner
from scheduling.models import Patient, Practitioner, RecordEdit, Schedule, Wording
from tests.api_world import World, problem
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser
from tests.revised_forms import KEPT, Kept, closure

PERSON = {
    "given_name": "Robin",
    "family_name": "Ash",
    "former_names": "",
    "date_of_birth": "1 5 1980",
    "nhs_number": "",
    "phone": "07700 900123",
    "email": "ash@mail.example",
    "email_opt_in": "on",
}


def opened(page: Browser, name: str, *args: object) -> str:
    """“The revision that a form” was opened with."""
    page.get(name, *args)
    return revision_in(page)


def revision_in(page: Browser) -> str:
    return page.html.partition('name="revision" value="')[2].partition('"')[0]


# -- REC18: details of a patient ----------------------------------------------------------------------------------


def test_rec18_two_people_change_different_details_and_both_are_kept(
    world: World, reception: Browser, manager: Browser
) -> None:
    """Reception is told who changed the phone and when; their form shows it beside their own; a second press saves."""
    patient = world.clinic.patient("Ash")
    read = opened(reception, "patient-correct", patient.pk)
    world.at(local("2026-03-02", "10:01"))
    manager.post("patient-correct", patient.pk, data={**PERSON, "phone": "07700 900321", "revision": read})
    sent = {**PERSON, "email": "new@mail.example", "former_names": "Oak\r\nElm", "revision": read}
    said = reception.post("patient-correct", patient.pk, data=sent, expect=422)
    assert "This record was changed by manager at 10:01 on 2 March 2026 since you opened it." in said
    assert "“Phone” was 07700 900123 and is 07700 900321 now: manager at 10:01 on 2 March 2026." in said
    assert "Nothing you typed has been saved yet." in said
    assert 'value="07700 900321"' in reception.html
    assert 'value="new@mail.example"' in reception.html
    assert "Oak\r\nElm" in reception.html
    patient.refresh_from_db()
    assert (patient.phone, patient.email) == ("+447700900321", "ash@mail.example")
    fresh = {**sent, "phone": "07700 900321", "revision": revision_in(reception)}
    reception.post("patient-correct", patient.pk, data=fresh)
    patient.refresh_from_db()
    assert (patient.phone, patient.email, patient.revision) == ("+447700900321", "new@mail.example", 3)
    assert patient.former_names == ["Oak", "Elm"]


def test_where_both_changed_one_field_it_says_so_there_and_what_was_typed_stays(
    world: World, reception: Browser, manager: Browser
) -> None:
    patient = world.clinic.patient("Ash")
    manager.post("patient-correct", patient.pk, data={**PERSON, "phone": "07700 900321", "revision": 1})
    sent = {**PERSON, "phone": "07700 900555", "email_opt_in": "", "revision": 1}
    said = reception.post("patient-correct", patient.pk, data=sent, expect=422)
    assert said.count("is 07700 900321 now: manager") == 2, "on top, and at its field"
    assert 'href="#id_phone"' in reception.html
    assert 'value="07700 900555"' in reception.html
    reception.post("patient-correct", patient.pk, data={**sent, "revision": revision_in(reception)})
    patient.refresh_from_db()
    assert (patient.phone, patient.email_opt_in) == ("+447700900555", False)


def test_changes_of_several_people_are_told_each_with_its_own_and_one_taken_back_is_none(
    world: World, reception: Browser, manager: Browser, radiologist: Browser
) -> None:
    patient = world.clinic.patient("Ash")
    for page, changed in (
        (manager, {"phone": "07700 900321", "email_opt_in": ""}),
        (radiologist, {"phone": "07700 900321", "email_opt_in": "", "former_names": "Oak"}),
        (manager, {"phone": "07700 900322", "email_opt_in": "on", "former_names": "Oak"}),
    ):
        read = opened(page, "patient-correct", patient.pk)
        page.post("patient-correct", patient.pk, data={**PERSON, **changed, "revision": read})
    said = reception.post("patient-correct", patient.pk, data={**PERSON, "revision": 1}, expect=422)
    assert "“Phone” was 07700 900123 and is 07700 900322 now: manager" in said
    assert "“Former names” was nothing and is Oak now: radiologist" in said
    assert "Agrees to get emails was" not in said
    assert ">Oak</textarea>" in reception.html.replace("\n", "")


def test_a_form_without_its_revision_saves_nothing(world: World, reception: Browser) -> None:
    patient = world.clinic.patient("Ash")
    for spoilt in ("", "x", "-1", "1" * 30):
        reception.post("patient-correct", patient.pk, data={**PERSON, "phone": "", "revision": spoilt}, expect=422)
    reception.post("patient-correct", patient.pk, data={**PERSON, "phone": "", "revision": 7}, expect=422)
    patient.refresh_from_db()
    assert (patient.phone, patient.revision) == ("+447700900123", 1)


def test_what_changes_nothing_raises_no_revision(world: World, reception: Browser) -> None:
    patient = world.clinic.patient("Ash")
    reception.post("patient-correct", patient.pk, data={**PERSON, "revision": 1})
    assert (Patient.objects.get().revision, RecordEdit.objects.count()) == (1, 0)


def test_rec18_in_the_api_a_stale_revision_is_a_409_with_both_versions(world: World) -> None:
    """Whoever names none changes what they name; the refusal counts as having seen the patient."""
    patient = world.clinic.patient("Ash")
    address = f"/patients/{patient.pk}/"
    read = world.reception.get(address).json()
    assert read["revision"] == 1
    changed = world.manager.patch(address, {"phone": "07700 900321", "revision": 1})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    before = Entry.objects.filter(verb="viewed").count()
    refused = problem(world.reception.patch(address, {"email": "new@mail.example", "revision": 1}), 409)
    assert refused["type"].endswith("stale-revision")
    assert refused["revision"] == 2
    change: dict[str, Any] = refused["changes"][0]
    assert {name: change[name] for name in ("field", "from", "to", "by")} == {
        "field": "phone",
        "from": "07700 900123",
        "to": "07700 900321",
        "by": "manager",
    }
    assert change["at"].startswith("2026-03-02T09:00")
    others = ("reassessed", "alerts", "deceased")  # they come of other records
    assert refused["seen"] == {name: value for name, value in read.items() if name not in others}
    assert refused["present"] == {name: value for name, value in changed.json().items() if name not in others}
    assert Entry.objects.filter(verb="viewed").latest("pk").patient_ids == [patient.pk]
    assert Entry.objects.filter(verb="viewed").count() == before + 1
    assert world.reception.patch(address, {"email": "new@mail.example"}).status_code == 200
    assert world.reception.patch(address, {"email": "x@mail.example", "revision": None}).status_code == 200
    patient.refresh_from_db()
    assert (patient.phone, patient.email, patient.revision) == ("+447700900321", "x@mail.example", 4)
    for spoilt in (0, "x", 2**40, True):
        assert world.reception.patch(address, {"phone": "", "revision": spoilt}).status_code == 422


def test_a_merge_that_changes_the_details_of_the_record_that_stands_raises_its_revision(
    world: World, reception: Browser, manager: Browser
) -> None:
    """Whoever has the form open is told; and so they are of the merge being taken back."""
    stands = world.clinic.patient("Ash", email="")
    other = world.clinic.patient("Ash", email="carried@mail.example")
    assert world.manager.post(f"/patients/{other.pk}/merge/", {"into": str(stands.pk)}).status_code == 200
    sent = {**PERSON, "email": "", "phone": "07700 900555"}
    said = reception.post("patient-correct", stands.pk, data={**sent, "revision": 1}, expect=422)
    assert "“Email address” was nothing and is carried@mail.example now: manager" in said
    assert 'value="carried@mail.example"' in reception.html
    assert world.manager.post(f"/patients/{other.pk}/unmerge/", {}).status_code == 200
    sent |= {"email": "carried@mail.example", "revision": revision_in(reception)}
    assert "is nothing now: manager" in reception.post("patient-correct", stands.pk, data=sent, expect=422)


# -- The same of what managers keep -------------------------------------------------------------------------------


@pytest.mark.parametrize("of", KEPT)
def test_of_two_managers_in_one_form_the_second_is_told_and_both_changes_are_kept(
    world: World, manager: Browser, of: Callable[[Clinic], Kept]
) -> None:
    kept = of(world.clinic)
    other = browser(User.objects.create_user("m2@clinic.example", None, role="manager", name="Mia Second"))
    read = opened(other, kept.page, *kept.args)
    world.at(local("2026-03-02", "10:01"))
    manager.post(kept.page, *kept.args, data={**kept.shown, **kept.first, "revision": read, "confirm": "yes"})
    typed = {**kept.shown, **kept.second, "revision": read, "confirm": "yes"}
    said = other.post(kept.page, *kept.args, data=typed, expect=422)
    for part in kept.told:
        assert part in said
    assert "now: manager at 10:01 on 2 March 2026." in said
    both = {**typed, **kept.first, "revision": revision_in(other)}
    shown = form_of(other)
    for name, value in {**kept.shown, **kept.second, **kept.first}.items():
        assert shown.get(name, [""]) in (value, [str(value)], [] if value == "" else None), name
    other.post(kept.page, *kept.args, data=both)
    kept.row.refresh_from_db()
    assert kept.row.revision == 3
    edits = RecordEdit.objects.order_by("revision").values_list("record", "revision", "by_name")
    record = f"{kept.row._meta.model_name}:{kept.row.pk}"
    assert list(edits) == [(record, 2, "manager"), (record, 3, "Mia Second")]


def form_of(page: Browser) -> dict[str, list[str]]:
    """What a browser would send of the page's form as it stands, choices included."""
    form = page.last.context["form"]
    return {name: [str(one) for one in form.data.getlist(name)] for name in form.fields if name in form.data}


@pytest.mark.parametrize("of", KEPT)
def test_where_two_managers_change_the_same_the_second_ones_words_stay(
    world: World, manager: Browser, of: Callable[[Clinic], Kept]
) -> None:
    kept = of(world.clinic)
    field, theirs = next(iter(kept.second.items()))
    read = opened(manager, kept.page, *kept.args)
    sent = {**kept.shown, "confirm": "yes", "revision": read}
    manager.post(kept.page, *kept.args, data={**sent, field: "07:30" if field == "opens" else "Another"})
    said = manager.post(kept.page, *kept.args, data={**sent, field: theirs}, expect=422)
    assert "You typed something else: it is still here, and is saved if you save again." in said
    assert form_of(manager)[field] == [theirs]
    manager.post(kept.page, *kept.args, data={**sent, field: theirs, "revision": revision_in(manager)})


def test_of_two_managers_who_word_a_message_the_second_keeps_their_part(world: World, manager: Browser) -> None:
    code = "scheduling-confirmed"
    read = opened(manager, "wording", code)
    shown = {name: manager.last.context["form"].initial[name] for name in ("subject_line", "opening", "closing")}
    sent = {**shown, "deed": "save", "revision": read}
    manager.post("wording", code, data={**sent, "closing": "Park behind the library.", "reason": "Parking"})
    typed = {**sent, "opening": "We expect you on {when}.", "reason": "Friendlier"}
    said = manager.post("wording", code, data=typed, expect=422)
    assert "“Closing” was empty and is “Park behind the library.” now: manager" in said
    form = form_of(manager)
    assert form["closing"] == ["Park behind the library."]
    assert form["opening"] == ["We expect you on {when}."]
    manager.post("wording", code, data={name: value[0] for name, value in form.items()} | {"deed": "save"})
    assert [(row.version, row.closing, row.opening) for row in Wording.objects.order_by("version")] == [
        (1, "Park behind the library.", ""),
        (2, "Park behind the library.", "We expect you on {when}."),
    ]


API = {
    "rooms": (
        lambda clinic: clinic.room,
        {"name": "Blue"},
        {"has_ultrasound": False},
        ("name", "Ultrasound 1", "Blue"),
    ),
    "practitioners": (
        lambda clinic: clinic.practitioner,
        {"kinds": ["follow-up"]},
        {"name": "Dr Hale"},
        ("kinds", ["injection", "scan-and-injection", "follow-up"], ["follow-up"]),
    ),
    "schedules": (
        lambda clinic: Schedule.objects.get(practitioner=clinic.practitioner, weekday=1),
        {"opens": "09:00"},
        {"closes": "17:00"},
        ("opens", "08:00", "09:00"),
    ),
    "closures": (
        lambda clinic: closure(clinic).row,
        {"practitioner": "1"},
        {"reason": "Training"},
        ("practitioner", None, "1"),
    ),
}


@pytest.mark.parametrize("path", API)
def test_a_stale_revision_of_what_managers_keep_is_a_409_with_both_versions(world: World, path: str) -> None:
    of, first, second, (field, was, is_now) = API[path]
    row = of(world.clinic)
    if "practitioner" in first:
        first, is_now = {"practitioner": str(world.clinic.practitioner.pk)}, str(world.clinic.practitioner.pk)
    address = f"/{path}/{row.pk}/"
    read = world.reception.get(address).json()
    assert read["revision"] == 1
    assert world.manager.patch(address, {**first, "revision": 1}).json()["revision"] == 2
    refused = problem(world.manager.patch(address, {**second, "revision": 1}), 409)
    assert refused["type"].endswith("stale-revision")
    assert [(one["field"], one["from"], one["to"], one["by"]) for one in refused["changes"]] == [
        (field, was, is_now, "manager")
    ]
    assert refused["seen"] == read
    assert refused["present"] == world.reception.get(address).json()
    assert world.manager.patch(address, {**second, "revision": 2}).json()["revision"] == 3
    assert world.manager.patch(address, second).json()["revision"] == 3, "nothing is different"


def test_a_change_that_a_get_does_not_answer_is_told_in_words(world: World) -> None:
    """As whom a practitioner signs in."""
    clinic = world.clinic
    who = {"user_id": clinic.users["radiologist"].pk}
    save_practitioner(clinic.practitioner.pk, who, by=clinic.manager, now=NOW)
    sent = {"name": "Dr Ida Hale", "revision": 1}
    refused = problem(world.manager.patch(f"/practitioners/{clinic.practitioner.pk}/", sent), 409)
    [change] = refused["changes"]
    assert (change["field"], change["from"], change["to"]) == ("user", "nothing", "radiologist")


def test_a_new_calendar_address_is_no_change_of_the_practitioner(world: World) -> None:
    replace_feed(world.clinic.practitioner.pk, by=world.clinic.manager, now=NOW)
    assert Practitioner.objects.get(pk=world.clinic.practitioner.pk).revision == 1
    assert not RecordEdit.objects.exists()
