"""Cases of records kept twice, found by nobody, or refused for how they were typed (REC1 to REC11, REC20, REC21)."""

from __future__ import annotations

from typing import Any

import pytest

from pht_clinic.audit.models import Entry
from scheduling.messages import words
from scheduling.models import Patient
from tests.api_world import World, pointers, problem
from tests.clinic import local


def register(world: World, name: str, born: str, **values: object) -> Any:
    """The answer to registering `Given Family`, at once."""
    given, _, family = name.partition(" ")
    body = {"given_name": given, "family_name": family, "date_of_birth": born, **values}
    return world.reception.post("/patients/", body)


def registered(world: World, name: str, born: str, **values: object) -> str:
    """The id of somebody who is new, whatever the matcher says."""
    answer = register(world, name, born, **{"confirm_new": True, **values})
    assert answer.status_code == 201, answer.content
    identity: str = answer.json()["id"]
    return identity


def duplicates_of(answer: Any) -> dict[str, list[str]]:
    """Whom a refusal names, and why each."""
    refused = problem(answer, 409)
    assert refused["type"].endswith("likely-duplicate")
    return {one["patient"]: one["because"] for one in refused["duplicates"]}


def found(world: World, text: str) -> dict[str, Any]:
    """Whom a search shows, by id."""
    answer = world.reception.post("/patients/search/", {"text": text})
    assert answer.status_code == 200, answer.content
    return {one["id"]: one for one in answer.json()["results"]}


# -- REC1 to REC4: one person under two spellings ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Chloé Lefèvre", "Chloe Lefevre"),
        ("Áine Ní Bhriain", "Aine Ni Bhriain"),
        ("Łukasz Żak", "Lukasz Zak"),
        ("Siân Prŷs", "Sian Prys"),
        ("Željko Čačić", "Zeljko Cacic"),
        ("Ümit Özil", "Umit Ozil"),
        # the kind: apostrophes, hyphens, joiners, composed letters, other alphabets, order
        ("Nora O'Brien", "Nora O’Brien"),
        ("Nora O'Brien", "NORA OBRIEN"),
        ("Anne-Marie Smith-Jones", "Anne Marie Smith Jones"),
        ("Piet van der Berg", "Piet Berg"),
        ("Zoë Müller", "Zoe\u0308 Mu\u0308ller"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Ivan Petrov", "Ivan \u0420etrov"),
        ("Søren Kjær", "Soren Kjaer"),
        ("Weiß Groß", "Weiss Gross"),
        ("Wei Chen", "Chen Wei"),
        # sounds alike, without any contact
        ("Geoffrey Reid", "Jeffrey Reed"),
        ("Catherine Thompson", "Kathryn Thomson"),
    ],
)
def test_rec1_one_name_in_two_spellings_is_one_person(world: World, first: str, second: str) -> None:
    """The second is a 409 that names the first and says why."""
    known = registered(world, first, "1979-05-17")
    named = duplicates_of(register(world, second, "1979-05-17"))
    assert named.keys() == {known}
    assert "The date of birth is the same." in named[known]


@pytest.mark.parametrize(
    ("name", "born"),
    [
        ("Wei Chen", "1981-04-03"),
        ("Chen Wei", "1981-04-03"),
        ("Wei Chen", "1981-03-04"),
        ("Wei Chen", "1918-04-03"),
        ("Wei Chen", "1981-04-08"),
        ("Wei Chan", "1981-03-04"),
    ],
)
@pytest.mark.parametrize("has_contact", [True, False])
def test_rec2_swapped_names_and_slips_in_the_date(world: World, name: str, born: str, has_contact: bool) -> None:
    """Email and phone agree; names that agree with a date a slip away are enough without them."""
    contact = {"email": "wei.chen@clinic.example", "phone": "020 7946 0301"}
    known = registered(world, "Wei Chen", "1981-04-03", **contact)
    answer = register(world, name, born, **(contact if has_contact else {}))
    assert duplicates_of(answer).keys() == {known}


@pytest.mark.parametrize("phone", ["07700900301", "+44 7700 900301", "0044 7700-900301", ""])
def test_rec3_short_forms_of_a_name(world: World, phone: str) -> None:
    known = registered(world, "Elizabeth Harrison", "1965-09-12", phone="07700 900301")
    assert duplicates_of(register(world, "Liz Harrison", "1965-09-12", phone=phone)).keys() == {known}


@pytest.mark.parametrize("phone", ["07700 900310", ""])
def test_rec4_a_name_can_change(world: World, phone: str) -> None:
    known = registered(world, "Aoife O'Brien", "1979-02-17", phone="07700 900310")
    named = duplicates_of(register(world, "Aoife Murphy", "1979-02-17", phone=phone))
    assert named.keys() == {known}
    assert "The given name agrees." in named[known]
    assert "Against it: the family names differ." in named[known]


def test_rec4_a_former_name_counts_as_a_name(world: World) -> None:
    """Written alone or with the given name; searched for too."""
    known = registered(world, "Aoife Murphy", "1979-02-17", former_names=["Aoife O’Brien"])
    assert "The names agree." in duplicates_of(register(world, "Aoife OBrien", "1979-02-17"))[known]
    assert found(world, "o'brien 1979").keys() == {known}


# -- What is no duplicate, and what is passed ---------------------------------------------------------------


def test_another_generation_on_one_phone_and_email_is_registered(world: World) -> None:
    contact = {"email": "family@mail.example", "phone": "020 7946 0302"}
    registered(world, "Wei Chen", "1951-04-03", **contact)
    assert register(world, "Mei Chen", "1983-11-27", **contact).status_code == 201


def test_twins_are_told_apart_and_passable(world: World) -> None:
    """What speaks against it is said; passing it stays on the audit trail with who did it and whom they passed."""
    contact = {"email": "family@mail.example", "phone": "020 7946 0302"}
    first = registered(world, "Grace Turnbull", "1974-06-01", nhs_number="9990043019", **contact)
    twin = {"nhs_number": "9990043027", **contact}
    because = duplicates_of(register(world, "Ada Turnbull", "1974-06-01", **twin))[first]
    assert "Against it: the given names differ." in because
    assert any("NHS number, and the two differ" in why for why in because)
    second = register(world, "Ada Turnbull", "1974-06-01", confirm_new=True, **twin)
    assert second.status_code == 201
    entry = Entry.objects.get(verb="duplicate-passed")
    assert entry.user_id == world.clinic.reception.user_id
    assert entry.patient_ids == [int(second.json()["id"])]
    assert entry.detail == {"like": [first]}


def test_everybody_alike_is_named_and_seen(world: World) -> None:
    """Each record with its reasons; whoever reads the refusal has viewed all of them."""
    born = "1962-03-04"
    named = {registered(world, name, born) for name in ("Ann Baker", "Anne Baker", "Annie Barker")}
    assert duplicates_of(register(world, "Ann Baker", born)).keys() == named
    assert set(Entry.objects.filter(verb="viewed").latest("pk").patient_ids) == {int(one) for one in named}


# -- REC5, REC6: found in every form ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Éva Kőszegi", "Eva Koszegi"),
        ("Øyvind Ås", "Oyvind As"),
        ("Øyvind Ås", "Øyvind Aas"),
        ("Åse Dahl", "Ase"),
        ("Elena Núñez", "nunez"),
        ("Elena Núñez", "NÚÑEZ"),
        ("Elena Nu\u0301n\u0303ez", "núñez elena"),
        ("Elizabeth Harrison", "liz harrison"),
        ("Nora O'Brien", "o brien"),
        ("Anne-Marie Smith-Jones", "smithjones"),
        ("Anne-Marie Smith-Jones", "smith-jones anne"),
        ("Иван Петров", "петров"),
        ("Ivan Petrov", "\u0420etrov"),
        ("Ivan Petrov", "Mr I Petrov"),
        ("王 小明", "小明"),
    ],
)
def test_rec5_a_name_is_found_however_it_is_typed(world: World, name: str, text: str) -> None:
    wanted = registered(world, name, "1981-04-03")
    registered(world, "Quentin Fairweather", "1950-01-30")
    assert found(world, text).keys() == {wanted}


@pytest.mark.parametrize(
    "text",
    [
        *("+44 20 7946 0417", "0044 20 7946 0417", "020 7946 0417", "02079460417", "(020) 7946-0417", "79460417"),
        *("7946 0417", "+442079460417", "020\u00a07946\u00a00417", "(+44) 20 7946 0417", "+44 (0)20 7946 0417"),
        *("03-04-1981", "3 April 1981", "3/4/81", "03.04.1981", "1981-04-03", "3 4 1981", "3rd April 1981"),
        *("Friday 3 April 1981", "april 1981", "1981", "3 Apr 81", "03041981", "born 3 April 1981"),
        *("eva.k@mail.example", "EVA.K@mail.example", "eva.k@", "999 004 3019", "9990043019", "999-004-3019"),
        *("NHS number 999 004 3019", "koszegi 020 7946 0417", "3 April 1981 koszegi", "Eva 1981 0417", "eva\u200b"),
    ],
)
def test_rec5_numbers_dates_and_addresses_in_every_form(world: World, text: str) -> None:
    contact = {"phone": "020 7946 0417", "email": "Eva.K@mail.example", "nhs_number": "999 004 3019"}
    wanted = registered(world, "Éva Kőszegi", "1981-04-03", **contact)
    registered(world, "Quentin Fairweather", "1950-01-30", phone="07700 900555", email="q@mail.example")
    assert found(world, text).keys() == {wanted}


@pytest.mark.parametrize("text", ["29/8/91", "29 August 1991", "29.08.1991", "29 8 91", "August 29, 1991"])
def test_rec5_a_year_in_two_digits(world: World, text: str) -> None:
    wanted = registered(world, "Éva Kőszegi", "1991-08-29")
    assert found(world, text).keys() == {wanted}


def test_rec5_a_text_that_means_two_things_is_tried_as_both(world: World) -> None:
    """A year and part of a number; a month and a name; two centuries."""
    born = registered(world, "Ada Quill", "1962-05-09")
    phoned = registered(world, "Bo Lund", "1990-01-01", phone="020 7946 1962")
    named = registered(world, "May Orchard", "1962-11-30")
    late, early = registered(world, "Cy Late", "2015-08-03"), registered(world, "Di Early", "1915-08-03")
    assert found(world, "1962").keys() == {born, phoned, named}
    assert found(world, "May 1962").keys() == {born, named}
    assert found(world, "3/8/15").keys() == {late, early}


def test_rec5_results_show_the_next_visit_and_the_last_injection(world: World) -> None:
    """To every role: a manager has to compare two records."""
    patient = world.clinic.fit_patient("Birch")
    world.clinic.earlier_injection(patient, "2025-06")
    world.clinic.earlier_injection(patient, "2024")
    visit = world.book(patient, local("2026-03-10"))
    [one] = found(world, "birch").values()
    assert one["next_visit"]["appointment"] == visit["id"]
    assert one["next_visit"]["start"] == visit["start"]
    assert (one["last_injection"]["given"], one["last_injection"]["side"]) == ("2025-06", "left")
    [seen] = world.manager.post("/patients/search/", {"text": "birch"}).json()["results"]
    assert (seen["next_visit"], seen["last_injection"]) == (one["next_visit"], one["last_injection"])


@pytest.fixture
def merged(world: World) -> tuple[str, str]:
    """A, merged into B."""
    grace = {"nhs_number": "9990043019", "email": "grace@clinic.example"}
    one = registered(world, "Grace Turnbull", "1974-06-01", **grace)
    other = registered(world, "Grace Adeyemi", "1974-06-01", nhs_number="9990043027")
    assert world.manager.post(f"/patients/{one}/merge/", {"into": other}).status_code == 200
    return one, other


@pytest.mark.parametrize("text", ["Turnbull", "999 004 3019", "grace@clinic.example", "record {a}", "#{a}"])
def test_rec6_a_merged_record_leads_to_the_one_that_stands(world: World, merged: tuple[str, str], text: str) -> None:
    gone, kept = merged
    shown = found(world, text.format(a=gone))
    assert shown.keys() == {kept}
    assert shown[kept]["merged_from"] == [gone]
    assert found(world, "adeyemi")[kept]["merged_from"] == []


def test_rec6_a_merged_record_is_known_when_it_is_registered_again(world: World, merged: tuple[str, str]) -> None:
    """By its name and date of birth; by its NHS number."""
    gone, kept = merged
    because = duplicates_of(register(world, "Grace Turnbull", "1974-06-01"))[kept]
    assert because[0] == f"Record {gone}, Grace Turnbull, was merged into this one." or "The names agree." in because
    taken = problem(register(world, "Ida Quite-Other", "1950-01-30", nhs_number="999 004 3019"), 409)
    assert [one["patient"] for one in taken["duplicates"]] == [kept]


# -- REC7 to REC11: what is taken, and what is refused ------------------------------------------------------------


@pytest.mark.parametrize("phone", ["-----", "()()()", "ring me", "1", "+", "ext 12", "phone me on 020 7946 0958"])
def test_rec7_what_nobody_can_dial_is_no_phone_number(world: World, phone: str) -> None:
    assert pointers(register(world, "Ada Quill", "1962-05-09", phone=phone)) == {"#/phone"}


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("020\u00a07946\u00a00958", "+442079460958", "020 7946 0958"),
        ("020\u20117946\u20110958", "+442079460958", "020 7946 0958"),
        ("020 7946 0958 ext 12", "+442079460958;ext=12", "020 7946 0958 ext 12"),
        ("020 7946 0958, ext. 12", "+442079460958;ext=12", "020 7946 0958 ext 12"),
        ("020 7946 0958 x12", "+442079460958;ext=12", "020 7946 0958 ext 12"),
        ("(+44) 20 7946 0958", "+442079460958", "020 7946 0958"),
        ("+44 (0)20 7946 0958", "+442079460958", "020 7946 0958"),
        ("0044 7700 900301", "+447700900301", "07700 900301"),
        ("+353 1 234 5678", "+35312345678", "+353 1 234 5678"),
    ],
)
def test_rec8_a_phone_number_is_taken_as_people_write_it(world: World, typed: str, kept: str, shown: str) -> None:
    answer = register(world, "Ada Quill", "1962-05-09", phone=typed)
    assert answer.status_code == 201, answer.content
    assert answer.json()["phone"] == shown
    assert Patient.objects.get().phone == kept
    assert world.reception.patch(f"/patients/{answer.json()['id']}/", {"phone": shown}).json()["phone"] == shown


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("Ev\u202eil", "turns the direction of writing around"),
        ("\u200b\u200b\u2060", "cannot be seen"),
        ("A\u00adda", "cannot be seen"),
        ("\u3164", "cannot be seen"),
        ("A\u200cda", "cannot be seen"),
        ("----", "at least one letter"),
    ],
)
def test_rec9_what_cannot_be_seen_is_refused_with_a_sentence(world: World, given: str, why: str) -> None:
    answer = register(world, f"{given} Quill", "1962-05-09")
    assert pointers(answer) == {"#/given_name"}
    assert why in answer.json()["errors"][0]["detail"]
    patient = registered(world, "Ada Quill", "1962-05-09")
    assert pointers(world.reception.patch(f"/patients/{patient}/", {"given_name": given})) == {"#/given_name"}


def test_rec10_a_mail_keeps_the_joiners_that_a_script_needs() -> None:
    """ZWNJ between Persian letters and ZWJ in Devanagari stay; anywhere else they go, and no line is begun."""
    assert words.clean("علی\u200cرضا") == "علی\u200cرضا"
    assert words.clean("क्\u200dष") == "क्\u200dष"
    assert words.clean("Ev\u202eil\u200c\r\nBcc: x@mail.example\u200b") == "Evil Bcc: x@mail.example"


def test_rec10_a_record_keeps_them_too(world: World) -> None:
    """And is found with or without them."""
    wanted = registered(world, "علی\u200cرضا Karimi", "1981-04-03")
    assert Patient.objects.get().given_name == "علی\u200cرضا"
    assert found(world, "علیرضا").keys() == {wanted}


@pytest.mark.parametrize("names", [{"given_name": "Suharto"}, {"family_name": "Suharto", "given_name": ""}])
def test_rec11_one_name_is_enough(world: World, names: dict[str, str]) -> None:
    """Shown without a gap, found, and known again whichever of the two it was typed as."""
    answer = world.reception.post("/patients/", {**names, "date_of_birth": "1961-06-08"})
    assert answer.status_code == 201, answer.content
    known = answer.json()["id"]
    assert str(Patient.objects.get()) == "Suharto"
    assert found(world, "suharto").keys() == {known}
    for again in (
        {"given_name": "Suharto"},
        {"family_name": "Suharto"},
        {"given_name": "Mr", "family_name": "Suharto"},
    ):
        assert duplicates_of(world.reception.post("/patients/", {**again, "date_of_birth": "1961-06-08"})).keys() == {
            known
        }
    emptied = world.reception.patch(f"/patients/{known}/", {"given_name": "", "family_name": ""})
    assert pointers(emptied) == {"#/given_name"}
    emptied = world.reception.patch(f"/patients/{known}/", dict.fromkeys(names, ""))
    assert pointers(emptied) == {"#/given_name"}


# -- Letters of other alphabets -----------------------------------------------------------------------------


def test_a_word_that_mixes_alphabets_is_questioned_and_passable(world: World) -> None:
    """On registering and on a correction; who passed it is recorded."""
    asked = problem(register(world, "Ada \u0421hen", "1962-05-09"), 409)
    assert asked["type"].endswith("mixed-scripts")
    assert asked["words"] == ["\u0421hen"]
    passed = register(world, "Ada \u0421hen", "1962-05-09", confirm_spelling=True)
    assert passed.status_code == 201
    assert Entry.objects.get(verb="spelling-passed").user_id == world.clinic.reception.user_id
    path, wrong = f"/patients/{passed.json()['id']}/", {"family_name": "\u041eak"}
    assert problem(world.reception.patch(path, wrong), 409)["words"] == ["\u041eak"]
    assert world.reception.patch(path, {**wrong, "confirm_spelling": True}).status_code == 200
    assert world.reception.patch(path, {"email": "ada@mail.example"}).status_code == 200


# -- REC20, REC21 ------------------------------------------------------------------------------------------------


def test_rec20_every_problem_is_named_at_once(world: World) -> None:
    """Ill-formed and impossible together."""
    wrong = {
        "given_name": " ",
        "family_name": "",
        "date_of_birth": "2190-01-01",
        "email": "nope",
        "nhs_number": "1111111111",
    }
    named = {"#/given_name", "#/date_of_birth", "#/email", "#/nhs_number"}
    assert pointers(world.reception.post("/patients/", wrong)) == named
    worse = {**wrong, "email": 7, "phone": "-----", "former_names": ["\u202e"], "rank": 1}
    assert pointers(world.reception.post("/patients/", worse)) == named | {"#/phone", "#/former_names/0", "#/rank"}
    assert not Patient.objects.exists()


def test_rec21_whose_number_it_is_stands_on_the_audit_trail(world: World) -> None:
    """The refusal names the other, whom whoever reads it has seen."""
    other = registered(world, "Grace Adeyemi", "1974-06-01", nhs_number="9990043027")
    here = registered(world, "Ida Quill", "1950-01-30")
    refused = problem(world.reception.patch(f"/patients/{here}/", {"nhs_number": "999 004 3027"}), 409)
    assert [one["patient"] for one in refused["duplicates"]] == [other]
    assert "Grace Adeyemi" in refused["detail"]
    assert int(other) in Entry.objects.filter(verb="viewed").latest("pk").patient_ids
