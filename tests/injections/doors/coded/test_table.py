"""Each row of the table of codes means what it says, and says where it was published."""

import re
from collections import Counter

import pytest

from injections.doors.coded.own import OWN_SOURCE
from injections.doors.coded.table import DMD, LOINC, SNOMED_CT, CodeRow, rows, sources
from injections.safety.codes import REQUEST_KINDS
from injections.safety.questions import QUESTIONS
from injections.safety.sites import SITE_BY_CODE
from tests.injections.doors.coded.case import (
    LEFT,
    answers,
    appointment,
    concept,
    own,
    procedure,
    read,
    report,
    request_for,
    screening,
)


def rows_about(*facts: str) -> list[CodeRow]:
    found = [row for row in rows() if row.fact in facts]
    assert found
    return found


def as_condition(row: CodeRow) -> dict[str, object]:
    return {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/7"},
        "code": concept(row.code, row.system),
        "bodySite": [concept(LEFT)],
    }


def as_allergy(row: CodeRow) -> dict[str, object]:
    return {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/7"},
        "code": concept(row.code, row.system),
    }


@pytest.mark.longer
def test_every_question_row_answers_its_question_with_yes() -> None:
    """As a condition that is there."""
    wrong = [row for row in rows_about("question") if answers(as_condition(row)).get(row.value) != "yes"]
    assert not wrong
    assert {row.value for row in rows_about("question")} <= set(QUESTIONS)


def test_every_follow_up_row_says_that_diabetes_is_hard_to_control() -> None:
    """And that there is diabetes."""
    for row in rows_about("follow-up"):
        found = screening(as_condition(row))
        assert (found.diabetes_poorly_controlled, found.answers["diabetes"]) == ("yes", "yes")


DRUG_AS_TAKEN = {
    "doac": {"blood_thinner": "yes"},
    "warfarin": {"blood_thinner": "yes"},
    "antiplatelet": {"blood_thinner": "yes"},
    "anticoagulant": {"blood_thinner": "yes"},
    "antibiotic": {"infection_or_antibiotics": "yes"},
    "interacting": {"interacting_medicine": "yes"},
    "steroid": {},
    "local-anaesthetic": {},
    "no-steroid": {},
    "skin-product": {},
}
DRUG_AS_ALLERGEN = {
    "steroid": {"steroid_or_anaesthetic_allergy": "yes"},
    "local-anaesthetic": {"steroid_or_anaesthetic_allergy": "yes"},
    "skin-product": {"skin_or_latex_allergy": "yes"},
}


@pytest.mark.longer
def test_every_drug_row_is_taken_and_reacted_to_as_what_it_is() -> None:
    """A medicine that is taken, and the same as an allergy."""
    for row in rows_about("drug"):
        assert answers(request_for(row.code, row.system)) == DRUG_AS_TAKEN[row.value], row
        assert answers(as_allergy(row)) == DRUG_AS_ALLERGEN.get(row.value, {}), row


@pytest.mark.longer
def test_the_kind_of_blood_thinner_is_that_of_its_row() -> None:
    """One of an anticoagulant of another kind is not known."""
    for row in rows_about("drug"):
        kind = row.value if row.value in ("doac", "warfarin", "antiplatelet") else None
        assert screening(request_for(row.code, row.system)).blood_thinner_kind == kind, row


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("716186003", {"steroid_or_anaesthetic_allergy": "no", "skin_or_latex_allergy": "no"}),
        ("409137002", {"steroid_or_anaesthetic_allergy": "no"}),
    ],
    ids=["any", "drug"],
)
def test_no_known_allergy_is_a_no(code: str, said: dict[str, str]) -> None:
    """To what it speaks of, and to nothing else."""
    row = next(row for row in rows_about("no-allergy") if row.code == code)
    assert answers(as_allergy(row)) == said


def test_every_injection_row_is_an_injection_that_was_given() -> None:
    """Of a steroid where it says so; at its site, which the unspecified hip stands in for."""
    steroid = {"steroid": True, "unknown": None, "no-steroid": False}
    for row in rows_about("injection"):
        (found,) = read(procedure(row.code) | {"code": concept(row.code, row.system)}).facts.injections
        assert (found.steroid, found.site) == (steroid[row.value], row.site or "hip-region-unspecified"), row


def test_every_site_row_is_that_site() -> None:
    """With its side, where it says one."""
    for row in rows_about("site"):
        coded = procedure() | {"bodySite": [concept(row.code, row.system)]}
        (found,) = read(coded).facts.injections
        assert (found.site, found.side) == (row.value, row.side or "unknown"), row
        assert row.value in SITE_BY_CODE


def test_every_side_row_is_that_side() -> None:
    """Also those that SNOMED CT has put out of use since HL7 listed them."""
    for row in rows_about("side"):
        assert read(procedure() | {"bodySite": [concept(row.code)]}).facts.injections[0].side == row.value


def test_every_service_row_is_that_visit() -> None:
    """As a visit that is booked."""
    for row in rows_about("service"):
        coded = appointment(status="booked") | {"serviceType": [concept(row.code, row.system)]}
        facts = read(coded).facts
        kinds = ["injection"] * len(facts.booked) + [one.kind for one in facts.loading]
        assert kinds == ["injection" if row.value == "scan-and-injection" else row.value], row
        assert set(kinds) <= set(REQUEST_KINDS)


def test_every_modality_row_is_a_report_of_that_kind() -> None:
    """And of its side, where it says one."""
    for row in rows_about("modality"):
        coded = report(code=concept(row.code, row.system))
        if row.side:
            coded["conclusionCode"] = [one for one in coded["conclusionCode"] if one != concept(LEFT)]
        (found,) = read(coded).facts.reports
        assert (found.modality, found.side) == (row.value, row.side or "left"), row


def test_every_finding_row_is_found() -> None:
    """In place of the other answer to the same question."""
    usual = {"tendinopathy": "yes", "bursitis": "no", "tear": "none", "diagnosis": "none"}
    for row in rows_about("finding"):
        part, _, answer = row.value.partition("-")
        others = [f"{other}-{usual[other]}" for other in usual if other != part]
        coded = report(*others)
        coded["conclusionCode"].append(concept(row.code, row.system))
        (found,) = read(coded).facts.reports
        said = found.other_diagnosis if part == "diagnosis" else getattr(found, part)
        assert said == answer, row


def test_every_area_and_target_row_is_taken() -> None:
    """Ours alone."""
    for row in rows_about("area"):
        coded = report()
        coded["conclusionCode"][0] = own("area", row.value)
        assert read(coded).facts.reports[0].area == row.value
    assert {row.value for row in rows_about("target")} == {"peritendinous", "bursa", "joint", "intratendinous"}


def test_each_row_names_a_published_text_that_is_used() -> None:
    """With its title and address; no text stands there for nothing."""
    used = {row.source.title for row in rows()}
    assert used == {text.title for text in sources().values()} | {OWN_SOURCE["title"]}
    assert all(text.address.startswith(("http://", "https://")) for text in sources().values())


def test_no_code_means_two_things_of_one_kind() -> None:
    """It may answer two questions, but not be two sites."""
    said = Counter((row.system, row.code, row.fact) for row in rows() if row.fact != "question")
    assert [key for key, count in said.items() if count > 1] == []
    answered = Counter((row.system, row.code, row.value) for row in rows_about("question"))
    assert [key for key, count in answered.items() if count > 1] == []


def test_codes_are_whole() -> None:
    """Each has the check digit that its system gives it, so that none is mistyped."""
    for row in rows():
        if row.system in (SNOMED_CT, DMD):
            assert re.fullmatch("[0-9]{6,18}", row.code), row
            assert verhoeff(row.code) == 0, row
        elif row.system == LOINC:
            number, _, check = row.code.partition("-")
            assert luhn(number) == int(check), row
    assert verhoeff("24136001") == 0 != verhoeff("24136002")


def verhoeff(digits: str) -> int:
    """0 where the last digit is the check digit of the others (SNOMED CT Release File Specification)."""
    permuted = [[*range(10)], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for _ in range(6):
        permuted.append([permuted[-1][one] for one in permuted[1]])
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = dihedral(check, permuted[place % 8][int(digit)])
    return check


def dihedral(a: int, b: int) -> int:
    """One turn or mirroring of a pentagon after another: 0 to 4 turn, 5 to 9 mirror."""
    turned = (a + b) % 5 if a < 5 else (a - b) % 5
    return turned if (a < 5) == (b < 5) else 5 + turned


def luhn(number: str) -> int:
    """The check digit of LOINC: every second digit from the right doubled."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(number))]
    return -sum(value // 10 + value % 10 for value in doubled) % 10
