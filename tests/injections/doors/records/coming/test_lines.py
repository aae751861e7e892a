"""What becomes of each line: added, there already, like somebody, refused with every reason, passed over."""

from __future__ import annotations

import pytest

from injections.doors.records.coming.reading import LINES_OF_A_PART
from injections.doors.records.coming.runs import Stage
from injections.models import Injection, Note, RecordImport
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden
from scheduling.models import Patient
from tests.clinic import Clinic
from tests.injections.doors.records.coming.bringing import ANN, PATIENTS, brought, json_lines, outcomes, read, said

pytestmark = pytest.mark.django_db
INJECTIONS = "nhs_number,given_name,family_name,date_of_birth,site,side,given,steroid,origin,dose_mg\r\n"
HERS = "9990000018,Ann,Example,1961-04-02,"
AN_INJECTION = "hamstring-origin,left,2025-08,true,elsewhere,40\r\n"
SOMEBODY = {"type": "patient", "id": "7", "given_name": "Ann", "family_name": "Example", "date_of_birth": "1961-04-02"}


def test_a_patient_is_added_once_and_there_already_the_next_time(clinic: Clinic) -> None:
    assert outcomes(brought(clinic, PATIENTS + ANN)) == ["added"]
    patient = Patient.objects.get(family_name="Example")
    assert (patient.nhs_number, patient.email, patient.email_opt_in) == ("9990000018", "ann@mail.example", True)
    again = brought(clinic, PATIENTS + ANN)
    assert outcomes(again) == ["already-there"]
    assert again.lines.get().patient == patient
    assert Patient.objects.filter(family_name="Example").count() == 1


def test_whoever_looks_alike_is_named_with_why_and_nothing_is_stored(clinic: Clinic) -> None:
    brought(clinic, PATIENTS + ANN)
    patient = Patient.objects.get(family_name="Example")
    run = brought(clinic, PATIENTS + "Anne,Exampel,1961-04-02,,\r\n")
    assert outcomes(run) == ["likely-duplicate"]
    assert run.lines.get().alike == [patient.pk]
    assert f"Record {patient.pk}: " in said(run)[0]
    assert "born" in said(run)[0].lower() or "date of birth" in said(run)[0].lower()
    assert Patient.objects.filter(date_of_birth="1961-04-02").count() == 1


def test_a_likely_duplicate_passes_where_the_line_says_that_it_is_somebody_else(clinic: Clinic) -> None:
    brought(clinic, PATIENTS + ANN)
    header = "given_name,family_name,date_of_birth,confirm_new\r\n"
    assert outcomes(brought(clinic, f"{header}Anne,Exampel,1961-04-02,yes\r\n")) == ["added"]


@pytest.mark.parametrize("stage", [Stage.BRINGING, Stage.TRYING], ids=["brought-in", "tried"])
def test_what_was_said_to_be_another_is_there_already_the_next_time(clinic: Clinic, stage: Stage) -> None:
    """Also where the two say the very same: each line has its own."""
    header = "given_name,family_name,date_of_birth,confirm_new\r\n"
    people = f"{header}Ann,Example,1961-04-02,\r\nAnne,Exampel,1961-04-02,yes\r\nAnn,Example,1961-04-02,yes\r\n"
    patients = brought(clinic, people)
    assert outcomes(patients) == ["added"] * 3
    fact = {"type": "injection", "patient": "7", "site": "hamstring-origin", "side": "left", "origin": "elsewhere"}
    fact |= {"given": "2025-08", "steroid": True}
    told = [SOMEBODY | {"confirm_new": True, "given_name": "Annette"}, fact, fact | {"confirm_new": True}]
    injections = brought(clinic, json_lines(told))
    assert outcomes(injections) == ["added"] * 3
    for text, before in ((people, patients), (json_lines(told), injections)):
        again = brought(clinic, text, stage)
        assert outcomes(again) == ["already-there"] * 3
        rows = [list(run.lines.order_by("number").values_list("row_id", flat=True)) for run in (before, again)]
        assert rows[0] == rows[1]
    assert (Patient.objects.filter(date_of_birth="1961-04-02").count(), Injection.objects.count()) == (4, 2)


def test_every_wrong_field_of_a_line_is_named_at_once_and_the_others_are_brought_in(clinic: Clinic) -> None:
    run = brought(clinic, PATIENTS + "Ann,,1961-13-02,123,nowhere\r\n" + ANN)
    assert outcomes(run) == ["refused", "added"]
    sentences = run.lines.get(number=0).said
    assert [sentence.split()[0] for sentence in sentences] == ["Date", "Email:", "Nhs"] or len(sentences) == 3
    assert run.lines.get(number=0).line == 2


def test_an_injection_goes_to_the_patient_whom_the_line_describes_with_its_partial_date(clinic: Clinic) -> None:
    brought(clinic, PATIENTS + ANN)
    run = brought(clinic, INJECTIONS + HERS + AN_INJECTION)
    assert outcomes(run) == ["added"], said(run)
    row = Injection.objects.get(patient__family_name="Example")
    assert (row.given, row.steroid, row.side, str(row.dose_mg)) == ("2025-08", True, "left", "40.00")
    assert outcomes(brought(clinic, INJECTIONS + HERS + AN_INJECTION)) == ["already-there"]
    like = brought(clinic, INJECTIONS + HERS + "hamstring-origin,left,2025-08-14,true,elsewhere,20\r\n")
    assert outcomes(like) == ["likely-duplicate"]
    assert like.lines.get().alike == [row.pk]
    assert Injection.objects.filter(patient__family_name="Example").count() == 1


@pytest.mark.parametrize(
    ("whose", "outcome"),
    [
        ("9990000018,Ann,Example,1961-04-02,", "added"),
        (",Ann,Example,1961-04-02,", "added"),
        (",Ann,Example,1961-04-03,", "likely-duplicate"),
        ("9990000018,Ann,Example,1971-08-20,", "refused"),
        (",Bob,Example,1961-04-02,", "likely-duplicate"),
        (",Nobody,Known,1990-01-01,", "refused"),
        ("9990000018,,,,", "refused"),
        (",Ann,Example,,", "refused"),
    ],
    ids=["number", "name", "birth-slip", "other-birth", "twin", "nobody", "number-alone", "name-alone"],
)
def test_nobody_gets_an_injection_by_a_guess(clinic: Clinic, whose: str, outcome: str) -> None:
    brought(clinic, PATIENTS + ANN)
    run = brought(clinic, INJECTIONS + whose + AN_INJECTION)
    assert outcomes(run) == [outcome], said(run)
    assert Injection.objects.filter(patient__family_name="Example").exists() is (outcome == "added")


def test_of_two_who_may_be_meant_neither_is(clinic: Clinic) -> None:
    header = "given_name,family_name,date_of_birth,confirm_new\r\n"
    brought(clinic, f"{header}Ann,Example,1961-04-02,\r\nAnn,Example,1961-04-02,yes\r\n")
    run = brought(clinic, INJECTIONS + ",Ann,Example,1961-04-02," + AN_INJECTION)
    assert outcomes(run) == ["likely-duplicate"]
    assert "It is not certain whose this is." in said(run)[0]


def test_lines_of_json_name_their_patient_by_the_id_of_the_file(clinic: Clinic) -> None:
    lines = [
        {"type": "export", "format": "pht-clinic/1"},
        SOMEBODY,
        {"type": "injection", "id": "31", "patient": "7", "site": "hamstring-origin", "side": "left"}
        | {"given": "2024", "origin": "elsewhere", "recorded_at": "2024-05-05T10:00:00+00:00"},
        {"type": "note", "id": "1", "patient": "7", "text": "Deaf in one ear."},
        {"type": "allergy", "id": "1", "patient": "7", "substance": "Latex", "said_by": "the patient"},
        {"type": "condition", "id": "1", "patient": "7", "kind": "medicine", "name": "Apixaban", "said_by": "GP"},
        {"type": "activity", "id": "1", "patient": "7", "kind": "race", "start": "2026-06-01T09:00:00+01:00"},
        {"type": "injection", "id": "32", "patient": "8", "site": "hamstring-origin", "origin": "elsewhere"},
        {"type": "injection", "id": "33", "patient": "7", "stands": False, "site": "hamstring-origin"},
        {"type": "appointment", "id": "1", "patient": "7", "status": "booked"},
        {"type": "call", "id": "1", "patient": "7"},
        {"type": "death", "id": "1", "patient": "7", "on": "2026-02", "source": "the GP"},
    ]
    run = brought(clinic, json_lines(lines))
    assert outcomes(run) == ["passed-over", *["added"] * 6, "refused", *["passed-over"] * 3, "added"], said(run)
    patient = Patient.objects.get(family_name="Example")
    assert Injection.objects.get(patient=patient).given == "2024"
    assert Note.objects.get(patient=patient).recorded_by_id == clinic.manager.user_id
    assert patient.has_died
    again = brought(clinic, json_lines(lines))
    assert outcomes(again) == ["passed-over", *["already-there"] * 6, "refused", *["passed-over"] * 3, "already-there"]


def test_two_ids_of_one_file_are_two_people_however_alike(clinic: Clinic) -> None:
    run = brought(clinic, json_lines([SOMEBODY, SOMEBODY | {"id": "8"}]))
    assert outcomes(run) == ["added", "added"]
    again = brought(clinic, json_lines([SOMEBODY, SOMEBODY | {"id": "8"}]))
    assert outcomes(again) == ["already-there", "already-there"]
    assert set(again.lines.values_list("patient", flat=True)) == set(run.lines.values_list("patient", flat=True))
    brought_again = brought(clinic, json_lines([SOMEBODY | {"id": "9", "given_name": "Anne"}]))
    assert outcomes(brought_again) == ["likely-duplicate"], "compared with what was there before"


FILLING = [{"type": "call", "id": str(number)} for number in range(LINES_OF_A_PART)]
"""Lines that fill a part."""


@pytest.mark.parametrize("stage", [Stage.TRYING, Stage.BRINGING])
@pytest.mark.parametrize("between", [[], FILLING], ids=["one-part", "two-parts"])
def test_an_id_that_comes_twice_is_one_person(clinic: Clinic, between: list[dict[str, str]], stage: Stage) -> None:
    """The second line is refused, and what comes after it is of the first."""
    note = {"type": "note", "patient": "7", "text": "Deaf in one ear."}
    lines = [SOMEBODY, *between, SOMEBODY | {"family_name": "Oak"}, *between, note]
    run = brought(clinic, json_lines(lines), stage)
    places = 0, len(between) + 1, len(lines) - 1
    assert [outcomes(run)[at] for at in places] == ["added", "refused", "added"], said(run)
    assert said(run)[places[1]] == "Id: line 1 is of this patient already."
    if stage == Stage.BRINGING:
        assert not Patient.objects.filter(family_name="Oak").exists()
        assert Note.objects.get().patient.family_name == "Example"


RASH = {"type": "allergy", "patient": "7", "substance": "Latex", "reaction": "Rash", "said_by": "the patient"}
TAKEN = {"type": "condition", "patient": "7", "kind": "medicine", "name": "Apixaban", "said_by": "GP"}
RACE = {"type": "activity", "patient": "7", "kind": "race", "start": "2026-06-01T09:00:00+01:00"}
DIED = {"type": "death", "patient": "7", "on": "2026-02", "source": "the GP"}


@pytest.mark.parametrize(
    ("line", "otherwise", "why"),
    [
        (RASH, {"reaction": "Shock"}, "already recorded"),
        (RASH, {"since": "2019"}, "already recorded"),
        (TAKEN, {"since": "2019"}, "already recorded"),
        (TAKEN, {"code": "A1"}, "already recorded"),
        (RACE, {"agreed_to_move": True}, "another answer"),
        (DIED, {"on": "2026-01"}, "already"),
        (DIED, {"source": "the daughter"}, "already"),
    ],
    ids=["reaction", "allergy-since", "since", "code", "agreed", "day", "source"],
)
def test_what_is_recorded_otherwise_is_refused_and_not_taken_for_the_same(
    clinic: Clinic, line: dict[str, object], otherwise: dict[str, object], why: str
) -> None:
    brought(clinic, json_lines([SOMEBODY, line]))
    run = brought(clinic, json_lines([SOMEBODY, line, line | otherwise]))
    assert outcomes(run) == ["already-there", "already-there", "refused"], said(run)
    assert why in said(run)[2]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"type": "patient", "type": "note"}', "The line has the same key twice in one object."),
        ('{"type": "patient"', "The line is not valid JSON"),
        ('{"given_name": "Ann"}', "say what the line is"),
        ("[1]", "JSON object"),
        ('{"type": 1}', "say what the line is"),
        ('{"type": "injection", "patient": {"a": 1}}', "No line before this one is of patient"),
        ('{"type": "patient", "id": [], "given_name": ["x"], "date_of_birth": 5}', "this must be text"),
    ],
    ids=["twice", "cut", "no-type", "list", "number", "patient-object", "wrong-types"],
)
def test_a_line_that_is_no_record_is_refused_and_the_next_is_brought_in(clinic: Clinic, line: str, why: str) -> None:
    run = brought(
        clinic, json_lines([SOMEBODY]) + f"{line}\n" + json_lines([SOMEBODY | {"id": "9", "family_name": "Oak"}])
    )
    assert outcomes(run) == ["added", "refused", "added"]
    assert why in said(run)[1]


def test_a_trial_says_the_same_and_stores_nothing(clinic: Clinic) -> None:
    brought(clinic, PATIENTS + ANN)
    before = Patient.objects.count(), Entry.objects.exclude(verb__startswith="import").count()
    lines = [
        SOMEBODY | {"given_name": "Anne"},
        SOMEBODY | {"id": "9", "family_name": "Oak", "date_of_birth": "1950-01-01"},
        *({"type": "note", "id": str(number), "patient": "9", "text": f"Note {number}."} for number in range(205)),
        {"type": "note", "id": "x", "patient": "9", "text": ""},
    ]
    trial = brought(clinic, json_lines(lines), Stage.TRYING)
    assert trial.stage == Stage.TRIED
    assert (Patient.objects.count(), Entry.objects.exclude(verb__startswith="import").count()) == before
    tried = [(line.outcome, line.said) for line in trial.lines.all()]
    real = brought(clinic, json_lines(lines))
    assert [(line.outcome, line.said) for line in real.lines.all()] == tried
    assert outcomes(real).count("added") == 206


def test_a_line_that_is_refused_in_a_trial_takes_no_patient_from_the_lines_after(clinic: Clinic) -> None:
    notes = [{"type": "note", "patient": "7", "text": text} for text in ("", "Deaf in one ear.")]
    assert outcomes(brought(clinic, json_lines([SOMEBODY, *FILLING, *notes]), Stage.TRYING))[-2:] == [
        "refused",
        "added",
    ]


def test_who_may_not_import_reads_no_file_in(clinic: Clinic) -> None:
    clinic.manager = clinic.reception
    with pytest.raises(Forbidden):
        read(clinic, PATIENTS + ANN)
    assert not RecordImport.objects.exists()
