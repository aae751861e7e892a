"""Resources as facts: what counts, what does not, and what is named as not understood."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from injections.doors.coded.errors import CodedError
from injections.safety.facts import BookedInjection, Facts, LoadingVisit, PatientFacts
from tests.injections.doors.coded.case import (
    BOTH,
    DMD,
    HIP,
    HYALURONIC,
    KNEE,
    LEFT,
    PATIENT,
    REQUEST,
    RIGHT,
    STEROID,
    STEROID_INTO_JOINT,
    SUBJECT,
    UNMAPPED,
    Json,
    allergy,
    answers,
    appointment,
    concept,
    condition,
    own,
    procedure,
    read,
    report,
    request_for,
    screening,
    statement,
)

HIP_REPLACEMENT, INTRA_ARTICULAR, LIDOCAINE, DIABETES, CANCER = (
    "52734007",
    "27813003",
    "387480006",
    "44054006",
    "363346000",
)
WARFARIN, CLOPIDOGREL, AMOXICILLIN = "48603004", "108979001", "27658006"


def reasons(*resources: Json) -> list[str]:
    return [f"{one.reference}: {one.reason}" for one in read(PATIENT, *resources).unread]


def test_nothing_is_unknown_and_never_no() -> None:
    """No resource, no answer: only who asks."""
    assert read().facts == Facts(request=REQUEST, patient=PatientFacts(date_of_birth=None))
    assert read(PATIENT).facts == Facts(request=REQUEST, patient=PatientFacts(date_of_birth=date(1980, 5, 1)))
    assert read(PATIENT).unread == ()


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("completed", "given"),
        ("unknown", "given"),
        ("stopped", "part-given"),
        ("in-progress", "part-given"),
        ("on-hold", "part-given"),
        ("not-done", "not-given"),
        ("nonsense", "given"),
        ("preparation", None),
        ("entered-in-error", None),
    ],
)
def test_the_status_of_an_injection(status: str, counts: str | None) -> None:
    """What is not known to have been left out counts as given."""
    found = read(procedure(status=status)).facts.injections
    assert [one.status for one in found] == ([counts] if counts else [])


@pytest.mark.parametrize(
    ("when", "given", "ended_at"),
    [
        ({"performedDateTime": "2025"}, "2025", None),
        ({"performedDateTime": "2025-08"}, "2025-08", None),
        ({"performedDateTime": "2025-08-14"}, "2025-08-14", None),
        ({"performedDateTime": "2025-06-30T23:30:00Z"}, "2025-07-01", None),
        ({"performedPeriod": {"start": "2025-08-14", "end": "2025-08"}}, "2025-08", None),
        ({"performedPeriod": {"start": "2025-08-14T10:00:00+01:00"}}, "2025-08-14", None),
        (
            {"performedPeriod": {"start": "2025-08-14T10:00:00+01:00", "end": "2025-08-14T10:30:00+01:00"}},
            "2025-08-14",
            datetime(2025, 8, 14, 9, 30, tzinfo=UTC),
        ),
        ({"performedString": "last summer"}, None, None),
        ({}, None, None),
        ({"performedDateTime": "0999-01-01"}, None, None),
        ({"performedDateTime": "1980-05-01"}, "1980-05-01", None),
        ({"performedDateTime": "1980-04-30"}, None, None),
        ({"performedDateTime": "1979"}, None, None),
    ],
    ids=[
        "year",
        "month",
        "day",
        "local",
        "period",
        "start",
        "to the minute",
        "words",
        "none",
        "no year",
        "birth",
        "day before",
        "not born",
    ],
)
def test_when_an_injection_was_given(when: Json, given: str | None, ended_at: datetime | None) -> None:
    """As it was said; the day in London. An instant alone is no end. What cannot be may have been on any day."""
    coded = procedure()
    del coded["performedDateTime"]
    (found,) = read(PATIENT, coded | when).facts.injections
    assert (found.given, found.ended_at) == (given, ended_at)
    assert bool(reasons(coded | when | {"bodySite": [concept(HIP)]})) == (given is None)


def test_what_was_on_record_by_a_day_was_not_given_later() -> None:
    """The day on which the resource last changed limits a date that is not exact."""
    (found,) = read(procedure(performedDateTime="2026", meta={"lastUpdated": "2026-03-01T23:30:00Z"})).facts.injections
    assert found.recorded_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("code", "used", "steroid"),
    [
        (STEROID_INTO_JOINT, [], True),
        (STEROID_INTO_JOINT, [HYALURONIC], True),
        (INTRA_ARTICULAR, [], None),
        (INTRA_ARTICULAR, [STEROID, LIDOCAINE], True),
        (INTRA_ARTICULAR, [LIDOCAINE], None),
        (INTRA_ARTICULAR, [HYALURONIC], False),
        (INTRA_ARTICULAR, [HYALURONIC, UNMAPPED], None),
        (UNMAPPED, [STEROID], True),
    ],
    ids=["code", "code and other", "unknown", "used", "anaesthetic alone", "other", "other and unmapped", "unmapped"],
)
def test_whether_it_was_a_steroid(code: str, used: list[str], steroid: bool | None) -> None:
    """Unknown unless it is coded; no only where all that was used is known."""
    (found,) = read(procedure(code, HIP, usedCode=[concept(one) for one in used])).facts.injections
    assert found.steroid is steroid


@pytest.mark.parametrize(
    ("sites", "place"),
    [
        ([HIP, LEFT], ("hip-joint", "left")),
        ([LEFT, HIP, RIGHT], ("hip-joint", "both")),
        ([HIP, BOTH], ("hip-joint", "both")),
        ([HIP], ("hip-joint", "unknown")),
        ([LEFT], ("hip-region-unspecified", "left")),
        ([], ("hip-region-unspecified", "unknown")),
        ([UNMAPPED], ("hip-region-unspecified", "unknown")),
        ([KNEE, RIGHT], ("other-site", "right")),
        ([HIP, KNEE], ("hip-region-unspecified", "unknown")),
    ],
    ids=["left", "both sides", "both", "no side", "side alone", "nothing", "unmapped", "knee", "two places"],
)
def test_where_it_was(sites: list[str], place: tuple[str, str]) -> None:
    """What is not clear counts for every area and both sides."""
    (found,) = read(procedure(STEROID_INTO_JOINT, *sites)).facts.injections
    assert (found.site, found.side) == place


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (procedure(UNMAPPED), f"code: http://snomed.info/sct|{UNMAPPED} is not in the table of codes"),
        (procedure(STEROID_INTO_JOINT, UNMAPPED), f"bodySite: http://snomed.info/sct|{UNMAPPED} is not in the table"),
        (procedure(STEROID_INTO_JOINT), "bodySite: is missing, so it counts for every area"),
        (procedure(STEROID_INTO_JOINT, HIP, usedCode=[concept(UNMAPPED)]), "usedCode: "),
        (procedure(STEROID_INTO_JOINT, HIP, status="preparation"), "it has not begun"),
        (condition(UNMAPPED), "code: "),
        (condition(DIABETES) | {"code": {"text": "sugar"}}, "code: the text “sugar” is not in the table of codes"),
        ({"resourceType": "Condition", "subject": SUBJECT}, "code: nothing coded is not in the table of codes"),
        (allergy(UNMAPPED), "code: "),
        (request_for(UNMAPPED), "medication: "),
        (request_for(STEROID), "medication: http://snomed.info/sct|116593003 answers no question"),
        (report("tendinopathy-yes", "bursitis-no", "diagnosis-none"), "conclusionCode: does not say one thing of tear"),
        (report(status="preliminary"), "status: it is not final"),
        (report(code=concept(UNMAPPED)), "code: it is no ultrasound and no MRI"),
        (report(effectiveDateTime="2026-06"), "effective: no exact day"),
        (report(effectiveDateTime="2026-07-01"), "effective: it is after the start"),
        (report(conclusionCode=[]), "conclusionCode: no single area that is injected here"),
        (appointment(UNMAPPED, status="booked"), "serviceType: no service that is judged here"),
        (appointment(status="fulfilled"), "status: what was done at it is read from its Procedure"),
        (
            {"resourceType": "Observation", "status": "final", "code": concept("1")},
            "resourceType: this kind of resource is not read",
        ),
        (procedure(STEROID_INTO_JOINT, HIP, subject={"reference": "Patient/8"}), "it is about another patient"),
        (
            procedure(STEROID_INTO_JOINT, HIP, subject={"reference": "https://a.example/Patient/8/_history/2"}),
            "it is about another patient",
        ),
        (
            appointment(status="booked", participant=[{"actor": {"reference": "Patient/8"}, "status": "accepted"}]),
            "it is about another patient",
        ),
        (condition(DIABETES, modifierExtension=[{"url": "https://a.example/not", "valueBoolean": True}]), "modifier"),
        (condition(DIABETES, implicitRules="https://a.example/rules"), "modifierExtension or implicitRules"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["resourceType"],
)
def test_what_is_not_understood_is_named(resource: Json, reason: str) -> None:
    """By its kind and id, and why; nothing is dropped in silence."""
    (found,) = reasons(resource | {"id": "x1"})
    assert found.startswith(f"{resource['resourceType']}/x1: {reason}")
    (found,) = reasons(resource)
    assert found.startswith(f"{resource['resourceType']} without id, number 2: ")


@pytest.mark.parametrize(
    "reference", ["Patient/7", "https://a.example/Patient/7", "Patient/7/_history/3", "urn:uuid:7f", "#me"]
)
def test_what_is_about_this_patient_is_read(reference: str) -> None:
    """However the reference is written."""
    assert answers(condition(DIABETES, subject={"reference": reference})) == {"diabetes": "yes"}


def test_two_patients_are_no_facts() -> None:
    """Nobody is judged by somebody else's record."""
    with pytest.raises(CodedError, match="has 2 patients"):
        read(PATIENT, PATIENT | {"id": "8"})


@pytest.mark.parametrize("born", ["1980", "1980-05", "2030-01-01", "0980-01-01"])
def test_a_date_of_birth_that_says_too_little_is_unknown(born: str) -> None:
    """And said so."""
    found = read(PATIENT | {"birthDate": born})
    assert found.facts.patient.date_of_birth is None
    assert [one.reference for one in found.unread] == ["Patient/7"]


def status(code: str, **more: str) -> Json:
    return {"clinicalStatus": {"coding": [{"code": code}]}} | {
        key: {"coding": [{"code": value}]} for key, value in more.items()
    }


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (condition(DIABETES), {"diabetes": "yes"}),
        (condition(DIABETES, **status("active")), {"diabetes": "yes"}),
        (condition(DIABETES, **status("remission")), {"diabetes": "yes"}),
        (condition(DIABETES, **status("resolved")), {}),
        (condition(DIABETES, **status("active", verificationStatus="provisional")), {"diabetes": "yes"}),
        (condition(DIABETES, **status("active", verificationStatus="refuted")), {}),
        (condition(DIABETES, **status("active", verificationStatus="entered-in-error")), {}),
        (condition(CANCER, **status("resolved")), {"cancer_history": "yes"}),
        (allergy(LIDOCAINE, **status("resolved")), {"steroid_or_anaesthetic_allergy": "yes"}),
        (allergy(LIDOCAINE, **status("active", verificationStatus="refuted")), {}),
        (allergy("716186003", **status("resolved")), {}),
        (allergy("716186003", **status("active", verificationStatus="unconfirmed")), {}),
        (request_for(WARFARIN, status="on-hold"), {"blood_thinner": "yes"}),
        (request_for(WARFARIN, status="stopped"), {}),
        (request_for(WARFARIN, status="draft"), {}),
        (request_for(WARFARIN, doNotPerform=True), {}),
        (statement(WARFARIN, status="not-taken"), {}),
        (statement(WARFARIN, status="intended"), {"blood_thinner": "yes"}),
        (procedure(HIP_REPLACEMENT), {"joint_replacement_at_site": "yes"}),
        (procedure(HIP_REPLACEMENT, LEFT), {"joint_replacement_at_site": "yes"}),
        (procedure(HIP_REPLACEMENT, RIGHT), {}),
        (procedure(HIP_REPLACEMENT, status="not-done"), {}),
        (condition("314201008", bodySite=[concept(RIGHT)]), {}),
    ],
    ids=[
        "no status",
        "active",
        "remission",
        "resolved",
        "provisional",
        "refuted",
        "entered in error",
        "cancer once",
        "allergy resolved",
        "allergy refuted",
        "none known no more",
        "none known unconfirmed",
        "paused",
        "stopped",
        "draft",
        "not to be taken",
        "not taken",
        "intended",
        "hip replaced",
        "on this side",
        "on the other side",
        "not done",
        "prosthesis of the other side",
    ],
)
def test_what_counts_as_an_answer(resource: Json, said: dict[str, str]) -> None:
    """Whatever is, or ever was where the question is about ever; what is over says nothing, and is no "no"."""
    assert answers(resource) == said


def test_the_more_serious_answer_stands() -> None:
    """An allergy on record outweighs "no known allergy" beside it, in either order."""
    for pair in ((allergy("716186003"), allergy(LIDOCAINE)), (allergy(LIDOCAINE), allergy("716186003"))):
        assert answers(*pair)["steroid_or_anaesthetic_allergy"] == "yes"


def test_the_substance_of_a_reaction_counts_too() -> None:
    """Where the allergy itself is to something wider."""
    coded = allergy(UNMAPPED, reaction=[{"substance": concept(LIDOCAINE), "manifestation": [{"text": "rash"}]}])
    assert answers(coded) == {"steroid_or_anaesthetic_allergy": "yes"}


@pytest.mark.parametrize(
    ("drugs", "kind"),
    [
        ([WARFARIN], "warfarin"),
        ([WARFARIN, WARFARIN], "warfarin"),
        ([WARFARIN, CLOPIDOGREL], "several"),
        ([WARFARIN, "84812008"], None),
    ],
    ids=["one", "twice", "two", "one of no known kind"],
)
def test_the_kind_of_several_blood_thinners(drugs: list[str], kind: str | None) -> None:
    """One, several, or not known."""
    assert screening(*(request_for(drug) for drug in drugs)).blood_thinner_kind == kind


@pytest.mark.parametrize(
    ("course", "said"),
    [
        ({"status": "active"}, ("yes", None)),
        ({"status": "completed"}, ("yes", None)),
        (
            {"status": "completed", "effectivePeriod": {"end": "2026-06-20"}},
            ("yes", datetime(2026, 6, 20, 23, tzinfo=UTC)),
        ),
        (
            {"status": "stopped", "effectivePeriod": {"end": "2026-06-16T10:01:00+01:00"}},
            ("yes", datetime(2026, 6, 16, 9, 1, tzinfo=UTC)),
        ),
        ({"status": "completed", "effectivePeriod": {"end": "2026-06-16T10:00:00+01:00"}}, (None, None)),
        ({"status": "completed", "effectivePeriod": {"end": "2026-06-15"}}, (None, None)),
    ],
    ids=["taken", "no end", "ten days ago", "a minute less", "14 days", "15 days ago"],
)
def test_antibiotics_count_until_the_wait_is_over(course: Json, said: tuple[str | None, Any]) -> None:
    """14 days from the end of the course; without an end it may have been yesterday."""
    found = screening(statement(AMOXICILLIN, **course))
    assert (found.answers.get("infection_or_antibiotics"), found.time_of("infection_or_antibiotics")) == said


def test_a_medicine_is_found_where_it_is_referred_to() -> None:
    """In the list, inside the resource, and by what it consists of."""
    medication = {"resourceType": "Medication", "id": "m1", "code": concept(WARFARIN)}
    mixed = {"resourceType": "Medication", "id": "m2", "ingredient": [{"itemCodeableConcept": concept(WARFARIN)}]}
    for others, more in (
        ([medication], {"medicationReference": {"reference": "Medication/m1"}}),
        ([mixed], {"medicationReference": {"reference": "https://a.example/Medication/m2"}}),
        ([], {"medicationReference": {"reference": "#m1"}, "contained": [medication]}),
    ):
        coded = request_for(WARFARIN) | more
        del coded["medicationCodeableConcept"]
        assert answers(*others, coded) == {"blood_thinner": "yes"}
    coded = request_for(WARFARIN) | {"medicationReference": {"reference": "Medication/elsewhere"}}
    del coded["medicationCodeableConcept"]
    assert reasons(coded) == [
        "MedicationRequest without id, number 2: medication: nothing coded answers no question by the table of codes"
    ]


def test_a_dm_d_code_is_found_under_either_system() -> None:
    """It is a SNOMED CT identifier."""
    assert answers(request_for("703907006", DMD)) == answers(request_for("703907006")) == {"blood_thinner": "yes"}


def test_visits_that_hold_their_time_are_booked() -> None:
    """Those that do not are left out; an unclear place of an injection counts for every area."""
    times: Json = {"start": "2026-07-14T09:00:00+01:00", "end": "2026-07-14T09:20:00+01:00"}
    start, end = datetime(2026, 7, 14, 8, tzinfo=UTC), datetime(2026, 7, 14, 8, 20, tzinfo=UTC)
    for state, holds in (("booked", 1), ("pending", 1), ("arrived", 1), ("checked-in", 1), ("proposed", 0)):
        found = read(appointment(status=state, **times)).facts.booked
        assert found == (BookedInjection(site="hamstring-origin", side="left", start=start, end=end),) * holds
    for state in ("cancelled", "noshow", "entered-in-error", "waitlist"):
        assert read(appointment(status=state, **times)).facts.booked == ()
    (unclear,) = read(appointment("injection", own("target", "joint"), status="booked", **times)).facts.booked
    assert (unclear.site, unclear.side) == ("hip-region-unspecified", "unknown")
    loading = read(appointment("physiotherapy", status="booked", **times)).facts.loading
    assert loading == (LoadingVisit(kind="physiotherapy", start=start),)


def test_a_report_of_the_day_itself_counts() -> None:
    """In London's day."""
    (found,) = read(report(effectiveDateTime="2026-06-29T23:30:00Z")).facts.reports
    assert found.performed_on == date(2026, 6, 30)


def test_a_report_that_says_two_things_of_one_is_none() -> None:
    """It is not for the reader to choose."""
    two = report("tendinopathy-yes", "bursitis-no", "tear-none", "tear-partial", "diagnosis-none")
    assert read(two).facts.reports == ()
    assert reasons(two | {"id": "d1"}) == ["DiagnosticReport/d1: conclusionCode: does not say one thing of tear"]


def test_an_avulsion_counts_however_little_else_is_said() -> None:
    """Without a report that can be used it is a suspicion, which is as critical."""
    found = read(report("tear-avulsion")).facts
    assert (found.reports, found.pathway and found.pathway.suspected_avulsion) == ((), "yes")


def test_a_resource_that_is_there_twice_counts_once() -> None:
    """Only where it is alike in everything, under one id."""
    one = procedure(STEROID_INTO_JOINT, HIP, id="p1")
    assert len(read(one, one).facts.injections) == 1
    assert len(read(one, one | {"performedDateTime": "2026-05-01"}).facts.injections) == 2
    assert len(read(procedure(), procedure()).facts.injections) == 2
