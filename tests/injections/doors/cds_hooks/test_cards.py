"""What another system is answered: the findings of the rules as cards, and what is missing never as a no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from injections.doors.cds_hooks import services
from injections.doors.cds_hooks.answering import answer
from injections.doors.cds_hooks.cards import plain
from injections.doors.cds_hooks.material import NothingToGoBy
from injections.doors.cds_hooks.reading import read_call
from injections.doors.cds_hooks.trust import Caller
from injections.models import CdsCard
from injections.words import REASON_CODES
from pht_clinic.errors import Invalid
from scheduling.models import Appointment, Patient
from tests.clinic import NOW, Clinic
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.cds_hooks.ehr import ISSUER, appointment, in_order, injection, prefetch, searchset

pytestmark = pytest.mark.django_db

START = "2026-03-10T10:00:00+00:00"
STRANGER = Caller(ISSUER, sees_records=False)
COLLEAGUE = Caller(ISSUER, sees_records=True)


def cards(body: dict[str, Any], caller: Caller = STRANGER) -> list[dict[str, Any]]:
    """The cards that the caller is sent."""
    service = {one.hook: one for one in services.SERVICES.values()}[body["hook"]]
    return [card.as_dict() for card in answer(read_call(body, service), caller, now=NOW).cards]


def booking(*asked: dict[str, Any], caller: Caller = STRANGER, **given: Any) -> list[dict[str, Any]]:
    proposed = asked or (appointment(START),)
    return cards(ehr.call("appointment-book", *proposed, prefetch=in_order() | given), caller)


def view(*procedures: dict[str, Any], caller: Caller = STRANGER, **given: Any) -> list[dict[str, Any]]:
    return cards(ehr.call("patient-view", prefetch=prefetch(procedures) | given), caller)


def rules(found: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {one["source"]["topic"]["code"]: one["indicator"] for one in found}


def test_who_is_fit_gets_no_card_though_no_book_of_ours_knows_them() -> None:
    assert booking() == []
    assert Patient.objects.count() == 0


def test_nothing_is_booked_by_asking() -> None:
    booking(procedures=searchset(injection("2026-02-01")))
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("given", "indicator"),
    [("2025-12-10", "warning"), ("2025-12-11", "critical"), ("2025-11-10", None), ("2025-11-11", "warning")],
)
def test_both_boundaries_of_the_interval_are_those_of_a_booking_here(given: str, indicator: str | None) -> None:
    found = booking(procedures=searchset(injection(given)), answers=answered(steroid_injection_last_12_months="yes"))
    assert rules(found).get("repeat-interval") == indicator


def answered(**changes: str) -> dict[str, Any]:
    """The questionnaire with other answers."""
    bundle = in_order()["answers"]
    for item in bundle["entry"][0]["resource"]["item"]:
        if item["linkId"] in changes:
            item["answer"] = [{"valueCoding": {"code": changes[item["linkId"]]}}]
    return dict(bundle)


def test_too_soon_suggests_the_same_appointment_on_the_days_the_rule_names() -> None:
    [card, *_] = booking(procedures=searchset(injection("2026-01-15")))
    assert card["source"]["topic"]["code"] == "repeat-interval"
    assert card["selectionBehavior"] == "at-most-one"
    clear, review = card["suggestions"]
    moved = clear["actions"][0]
    assert (moved["type"], moved["resource"]["id"]) == ("update", "a-2026-03-10-left")
    assert moved["resource"]["status"] == "proposed"
    # summer time by then: the same time of day on the clinic's clock
    assert moved["resource"]["start"] == "2026-05-15T10:00:00+01:00"
    assert moved["resource"]["end"] == "2026-05-15T10:30:00+01:00"
    assert review["actions"][0]["resource"]["start"] == "2026-04-15T10:00:00+01:00"
    assert clear["isRecommended"]
    assert not review["isRecommended"]


def test_what_is_suggested_is_clear_when_it_is_asked() -> None:
    given = searchset(injection("2026-01-15"))
    [card, *_] = booking(procedures=given, answers=answered(steroid_injection_last_12_months="yes"))
    later = card["suggestions"][0]["actions"][0]["resource"]
    found = booking(later, procedures=given, answers=answered(steroid_injection_last_12_months="yes"))
    assert "repeat-interval" not in rules(found)


def test_an_appointment_without_an_id_is_suggested_as_a_new_one() -> None:
    asked = appointment(START)
    del asked["id"]
    [card, *_] = booking(asked, procedures=searchset(injection("2026-01-15")))
    assert card["suggestions"][0]["actions"][0]["type"] == "create"


def test_the_worst_comes_first() -> None:
    found = booking(answers=answered(saddle_or_bladder="yes", breastfeeding="yes", back_pain="yes"))
    order = [one["indicator"] for one in found]
    assert order == sorted(order, key=["critical", "warning", "info"].index)
    assert found[0]["source"]["topic"]["code"] == "saddle-or-bladder"


def test_a_card_has_all_that_the_specification_asks_for() -> None:
    found = booking(
        procedures=searchset(injection("2026-01-15")), answers=answered(night_pain="yes", breastfeeding="yes")
    )
    assert len(found) > 2
    for card in found:
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert card["source"]["url"].endswith("/rules/")
        assert [link["type"] for link in card["links"]] == ["absolute"]
        assert not nothing_in(card)
        if "overrideReasons" in card:
            assert {one["code"]: one["display"] for one in card["overrideReasons"]} == REASON_CODES
            assert all(one["system"] for one in card["overrideReasons"])
    assert [bool(card.get("overrideReasons")) for card in found] == [card["indicator"] != "info" for card in found]


def nothing_in(value: object) -> bool:
    """Whether anything in it is null or empty."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return not value or any(nothing_in(one) for one in inside)
    return value is None or value == ""


def test_what_was_not_sent_is_unknown_and_never_a_no() -> None:
    """Control: the same record with the questionnaire is clear."""
    given = in_order()
    del given["answers"]
    found = cards(ehr.call("appointment-book", appointment(START), prefetch=given))
    assert rules(found)["screening-incomplete"] == "warning"
    assert rules(found)["not-read"] == "info"
    assert "answers: it was not sent" in found[-1]["detail"]
    assert booking() == []


def test_what_the_caller_could_not_read_is_unknown_too() -> None:
    wrong = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    found = booking(answers=wrong)
    assert rules(found)["screening-incomplete"] == "warning"


@pytest.mark.parametrize("key", ["patient", "procedures"])
def test_without_what_is_required_there_is_no_answer(key: str) -> None:
    given = in_order()
    del given[key]
    with pytest.raises(NothingToGoBy, match=key):
        cards(ehr.call("appointment-book", appointment(START), prefetch=given))


def test_a_history_that_goes_on_elsewhere_is_said_to_be_cut() -> None:
    found = booking(procedures=searchset(following="https://ehr.example/fhir?page=2"))
    assert rules(found)["not-read"] == "warning"


@pytest.mark.parametrize("entry", [{"resource": injection("2026-01-15")}, "x", 1, True, {}, None], ids=str)
def test_a_bundle_whose_entries_are_no_list_is_not_empty(entry: Any) -> None:
    """Control: one without entries is."""
    assert booking(procedures=searchset()) == []
    found = booking(procedures=searchset() | {"entry": entry})
    assert rules(found) == {"not-read": "warning"}
    assert "procedures: a resource of it cannot be read" in found[0]["detail"]


@pytest.mark.parametrize(
    ("total", "entries", "is_cut"),
    [(0, (), False), (1, (), True), (1, ("match",), False), (2, ("match",), True), (2, ("match", "include"), True)],
)
def test_a_search_that_found_more_than_it_holds_is_said_to_be_cut(
    total: int, entries: tuple[str, ...], is_cut: bool
) -> None:
    old = injection("2020-01-15")
    held = [{"resource": old | {"id": f"i-{mode}"}, "search": {"mode": mode}} for mode in entries]
    found = booking(procedures=searchset() | {"total": total, "entry": held})
    assert ("procedures: it counts more than was sent" in str(found)) is is_cut
    assert rules(found).get("not-read") == ("warning" if is_cut else None)


def test_another_patients_record_does_not_count_and_is_named() -> None:
    other = injection("2026-03-01", subject={"reference": "Patient/p2"})
    found = booking(procedures=searchset(other))
    assert rules(found) == {"not-read": "warning"}
    assert "another patient" in found[0]["detail"]


def test_the_wrong_patient_is_no_patient() -> None:
    with pytest.raises(NothingToGoBy, match="patient"):
        booking(patient=ehr.patient(id="p2"))


@pytest.mark.parametrize("broken", [1, [], "x", {"resourceType": "Nothing"}, {"resourceType": "Procedure"}], ids=str)
def test_what_is_no_resource_is_named_and_the_rest_counts(broken: Any) -> None:
    bundle = searchset(injection("2026-01-15"))
    bundle["entry"].append({"resource": broken})
    found = rules(booking(procedures=bundle))
    assert (found["repeat-interval"], found["not-read"]) == ("critical", "warning")


def test_two_proposed_appointments_judge_each_other() -> None:
    found = booking(appointment(START), appointment("2026-03-24T10:00:00+00:00"))
    assert [one["source"]["topic"]["code"] for one in found if one["indicator"] == "critical"] == [
        "repeat-interval"
    ] * 2
    assert found[0]["summary"].startswith("Tuesday 10 March 2026 at 10:00: ")
    assert len(found[0]["summary"]) < 140


def test_times_that_no_clock_of_the_clinic_shows_are_said_to_be_unchecked() -> None:
    """In the clinic's zone, or in UTC, the one lies before the first year and the other after the last."""
    ends = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
    found = booking(*(appointment(START) | {"id": f"a{n}", "start": at, "end": at} for n, at in enumerate(ends)))
    assert [one["source"]["topic"]["code"] for one in found] == ["not-checked"] * 2
    assert all("must lie in the years" in one["detail"] for one in found)


def test_the_proposed_appointment_does_not_clash_with_itself_as_it_was_stored() -> None:
    stored = appointment(START, status="pending")
    assert booking(appointments=searchset(stored)) == []
    assert rules(booking(appointments=searchset(stored | {"id": "other"})))["repeat-interval"] == "critical"


def test_an_appointment_of_somebody_else_altogether_gets_no_card_and_needs_no_data() -> None:
    asked = appointment(START, serviceType=[{"text": "Eye test"}], reasonCode=[{"text": "Eyes"}])
    assert cards(ehr.call("appointment-book", asked, prefetch={})) == []


def test_an_injection_that_does_not_say_where_is_not_called_clear() -> None:
    found = booking(appointment(START, reasonCode=[]))
    assert rules(found) == {"not-checked": "warning"}
    assert "reasonCode" in found[0]["detail"]


def test_a_place_of_ours_without_a_service_of_ours_says_that_it_was_not_checked() -> None:
    assert rules(booking(appointment(START, serviceType=[{"text": "Jab"}]))) == {"not-checked": "info"}


def test_what_is_no_appointment_is_refused_with_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        booking(appointment(START) | {"status": 5}, injection("2026-01-01"))
    pointers = [error.pointer for error in refused.value.errors]
    assert pointers[0].startswith("#/context/appointments/entry/0/resource/status")
    assert "#/context/appointments/entry/1/resource/resourceType" in pointers


@pytest.mark.parametrize("reference", ["Patient/p2", "https://ehr.example/fhir/Patient/p2/_history/1"])
def test_an_appointment_of_somebody_else_is_not_judged_on_this_patient(reference: str) -> None:
    """Control: the same appointment of the patient whom the call is about."""
    assert booking(appointment(START)) == []
    asked = appointment(START, participant=[{"actor": {"reference": reference}, "status": "tentative"}])
    with pytest.raises(Invalid) as refused:
        booking(appointment(START), asked)
    [error] = refused.value.errors
    assert error.pointer == "#/context/appointments/entry/1/resource/participant"


def test_opening_a_patient_names_the_next_dates() -> None:
    [card] = view(injection("2026-01-15"), injection("2026-02-01", "hip-joint", "right"))
    assert card["indicator"] == "info"
    assert card["summary"] == "Next steroid injection: left sit bone (ischial tuberosity) from 15 May 2026, and 1 more."
    assert "15 April 2026 | 15 May 2026" in card["detail"]
    assert "1 May 2026 | 1 June 2026" in card["detail"]


def test_an_injection_of_unknown_side_counts_for_both() -> None:
    unknown = injection("2026-01-15", bodySite=ehr.place("hamstring-origin", "unknown"))
    [card] = view(unknown)
    assert card["detail"].count("15 May 2026") == 2


def test_opening_a_patient_without_any_injection_says_nothing() -> None:
    assert view() == []
    assert view(injection("2025-01-15")) == []


def test_each_card_is_kept_by_its_rule_and_says_of_nobody_whom_it_was_about() -> None:
    [card, *_] = booking(procedures=searchset(injection("2026-01-15")))
    kept = CdsCard.objects.get(pk=card["uuid"])
    assert (kept.rule, kept.severity, kept.issuer) == ("repeat-interval", "critical", ISSUER)
    assert [str(one) for one in kept.suggestions] == [one["uuid"] for one in card["suggestions"]]
    assert ehr.NHS not in str(CdsCard.objects.values_list())


# -- The clinic's own records ----------------------------------------------------------------------


def known(clinic: Clinic, *given: str, **values: Any) -> Patient:
    """The same person in this clinic's own books, with injections on these days."""
    patient = clinic.fit_patient(nhs_number=ehr.NHS, date_of_birth=date.fromisoformat(ehr.BORN), **values)
    for day in given:
        clinic.earlier_injection(patient, day)
    return patient


def test_own_records_count_and_a_stranger_is_told_only_that_they_do(clinic: Clinic) -> None:
    known(clinic, "2026-01-15")
    found = booking()
    assert rules(found) == {"own-records": "critical"}
    said = str(found)
    assert "2026-01-15" not in said
    assert "15 January" not in said
    assert "interval" not in said.lower()
    assert "suggestions" not in found[0]


def test_a_system_whose_users_may_see_them_is_told_all(clinic: Clinic) -> None:
    patient = known(clinic, "2026-01-15")
    found = booking(caller=COLLEAGUE)
    assert rules(found)["repeat-interval"] == "critical"
    assert found[0]["suggestions"]
    assert found[0]["links"][0]["url"].endswith(f"/patients/{patient.pk}/")


def test_a_later_injection_of_our_own_keeps_the_caller_from_suggesting_too_early_a_day(clinic: Clinic) -> None:
    known(clinic, "2026-02-20")
    found = booking(procedures=searchset(injection("2026-01-15")))
    assert rules(found)["own-records"] == "critical"
    assert not any("suggestions" in card for card in found)


def test_an_injection_that_both_know_counts_once(clinic: Clinic) -> None:
    """Control: one that only they know is a third one within the year."""
    known(clinic, "2025-06-10", "2025-10-10")
    both = [injection("2025-06-10"), injection("2025-10-10")]
    assert "yearly-limit" not in rules(booking(procedures=searchset(*both), caller=COLLEAGUE))
    third = injection("2025-08-10")
    assert "yearly-limit" in rules(booking(procedures=searchset(*both, third), caller=COLLEAGUE))


def test_of_each_question_the_worse_answer_counts(clinic: Clinic) -> None:
    known(clinic)
    assert rules(booking(caller=COLLEAGUE, answers=answered(pregnant="yes")))["pregnancy"] == "critical"
    assert booking(caller=COLLEAGUE) == []


def test_their_dates_count_when_a_patient_is_opened_and_stay_unsaid(clinic: Clinic) -> None:
    """Neither the day nor the place of an injection that the caller does not know; of one that they know the place."""
    known(clinic, "2026-01-15")
    [card] = view()
    assert rules([card]) == {"own-records": "warning"}
    assert not any(word in str(card) for word in ("2026", "ischial", "Left"))
    [later] = view(injection("2025-12-20"))
    assert "phone the clinic" in later["detail"]
    assert "2026" not in later["detail"] + later["summary"]
    [shown] = view(caller=COLLEAGUE)
    assert "15 May 2026" in shown["detail"]


def test_a_number_with_another_date_of_birth_is_for_somebody_to_look_at(clinic: Clinic) -> None:
    known(clinic, "2026-01-15")
    found = booking(patient=ehr.patient(birthDate="1980-05-02"), caller=COLLEAGUE)
    assert rules(found) == {"own-records": "critical"}


def test_of_somebody_who_has_died_nobody_books(clinic: Clinic) -> None:
    patient = known(clinic)
    clinic.death(patient)
    found = booking(caller=COLLEAGUE)
    assert rules(found)["own-records"] == "critical"


def test_somebody_else_with_that_birthday_is_nobody_we_know(clinic: Clinic) -> None:
    known(clinic, "2026-01-15")
    assert booking(patient=ehr.patient(identifier=[])) == []


# -- Words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("[x](https://evil.example)", r"\[x\](https://evil.example)"),
        ("<b>", r"\<b\>"),
        ("a\nb", "a b"),
    ],
)
def test_a_detail_reads_as_it_stands_whatever_is_in_it(text: str, shown: str) -> None:
    assert plain(text) == shown
