"""The parser: what it takes, what it refuses and where it points."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from injections.safety.batch import BadLine, answer_to
from injections.safety.facts import Facts
from injections.safety.policy import DEFAULT
from injections.safety.reading.parse import ParseError, parse_facts, pathway_of, report_of, screening_of
from injections.safety.reading.reader import Problem, Reader
from tests.injections.safety.line import EXAMPLE, LEFT_OUT, changed


def facts_of(line: dict[str, Any]) -> Facts:
    problems: list[Problem] = []
    facts = parse_facts(Reader(line, "#", problems), DEFAULT.zone)
    assert problems == []
    assert facts is not None
    return facts


def problems_of(line: dict[str, Any]) -> str:
    with pytest.raises(BadLine) as error:
        answer_to(json.dumps(line).encode(), policy=DEFAULT)
    return str(error.value)


REPORT = EXAMPLE["reports"][0]


@pytest.mark.parametrize(
    ("path", "value", "detail"),
    [
        ("/request", LEFT_OUT, "is required"),
        ("/request", [], "must be an object"),
        ("/request/kind", "scan-and-injection", "must be one of injection, physiotherapy, exercise-class"),
        ("/request/site", LEFT_OUT, "is required"),
        ("/request/site", "knee", "must be one of"),
        ("/request/site", "other-site", "must be one of"),
        ("/request/site", ["hip-joint"], "must be one of"),
        ("/request/side", "both", "must be one of left, right"),
        ("/request/side", None, "is required"),
        ("/request/start", LEFT_OUT, "is required"),
        ("/request/start", "2026-02-28T10:00:00", "must be a time with an offset"),
        ("/request/start", "2026-02-28 10:00:00+00:00", "must be a time with an offset"),
        ("/request/start", "2026-02-30T10:00:00Z", "is a time that does not exist"),
        ("/request/start", "2026-02-28T24:00:00Z", "is a time that does not exist"),
        ("/request/start", "2026-02-28T10:00:00+25:00", "is a time that does not exist"),
        ("/request/start", "1899-12-31T10:00:00Z", "must lie in the years 1900 to 2199"),
        ("/request/start", "2200-01-01T10:00:00Z", "must lie in the years"),
        ("/request/start", 1772273400, "must be text"),
        ("/request/end", "2026-02-28T10:00:00+00:00", "must be after the start"),
        ("/request/targets", "bursa", "must be a list"),
        ("/request/targets", ["bursa", "knee"], "item 1 must be one of"),
        ("/request/ultrasound_guided", "yes", "must be true or false"),
        ("/request/includes_scan", 1, "must be true or false"),
        ("/request/room", "1", "is not a known key"),
        ("/patient", LEFT_OUT, "is required"),
        ("/patient", "x", "must be an object"),
        ("/patient/date_of_birth", None, "is required"),
        ("/patient/date_of_birth", "1980-5-1", "must be a date such as"),
        ("/patient/date_of_birth", "1981-02-29", "is a date that does not exist"),
        ("/patient/date_of_birth", "2026-03-01", "must not be after the start date"),
        ("/injections", {}, "must be a list"),
        ("/injections/0", 5, "must be an object"),
        ("/injections/0/site", LEFT_OUT, "is required"),
        ("/injections/0/side", "middle", "must be one of left, right, both, unknown"),
        ("/injections/0/given", "30.11.2025", "must be a year, a month or a day"),
        ("/injections/0/given", "2025-13", "must be a year, a month or a day"),
        ("/injections/0/given", "1066", "must lie in the years"),
        ("/injections/0/given", "1980-04", "must not be before the date of birth"),
        ("/injections/0/given", "1979", "must not be before the date of birth"),
        ("/injections/0/steroid", "yes", "must be true or false"),
        ("/injections/0/status", "planned", "must be one of given, part-given, not-given"),
        ("/injections/0/ended_at", "2025-11-30", "must be a time with an offset"),
        ("/injections/0/recorded_on", "2025-11", "must be a date such as"),
        ("/injections/0/rest_hours", "48", "must be a whole number"),
        ("/injections/0/rest_hours", 48.0, "must be a whole number"),
        ("/injections/0/rest_hours", True, "must be a whole number"),
        ("/injections/0/rest_hours", 0, "must be a whole number from 1 to 1008"),
        ("/injections/0/rest_hours", 1009, "must be a whole number"),
        ("/injections/0/helped", "yes", "is not a known key"),
        ("/booked/0/site", "other-site", "must be one of"),
        ("/booked/0/side", "unknown", "must be one of left, right"),
        ("/booked/0/start", LEFT_OUT, "is required"),
        ("/booked/0/end", "2026-08-01T09:00:00+01:00", "must be after the start"),
        ("/booked/0/rest_hours", 47, "must be a whole number from 48 to 72"),
        ("/booked/0/rest_hours", 73, "must be a whole number from 48 to 72"),
        ("/loading/0/kind", "sport", "must be one of physiotherapy, exercise-class"),
        ("/loading/0/start", None, "is required"),
        ("/activities/0/kind", "physiotherapy", "must be one of sport, race, travel, manual-work"),
        ("/activities/0/agreed_to_move", "no", "must be true or false"),
        ("/screening", "x", "must be an object"),
        ("/screening/answers", [], "must be an object"),
        ("/screening/answers/fever", "maybe", "must be one of yes, no, not-sure, not-applicable"),
        ("/screening/answers/fever", True, "must be one of"),
        ("/screening/answers/headache", "no", "is not a known key"),
        ("/screening/onset", "slow", "must be one of gradual, sudden"),
        ("/screening/pain_side", "unknown", "must be one of left, right, both"),
        ("/screening/main_pain_site", "knee", "must be one of"),
        ("/screening/blood_thinner_kind", "heparin", "must be one of"),
        ("/screening/inr", 0, "must be a number above 0 and at most 30"),
        ("/screening/inr", 30.1, "must be a number"),
        ("/screening/inr", "2.5", "must be a number"),
        ("/screening/inr", True, "must be a number"),
        ("/screening/answered", [], "must be an object"),
        ("/screening/answered/fever", "2026-02-27", "must be a time with an offset"),
        ("/screening/answered/inr", "2026-02-27T09:00:00Z", "is not a known key"),
        ("/screening/answered/headache", "2026-02-27T09:00:00Z", "is not a known key"),
        ("/screening/area", "hip-joint", "is not a known key"),
        ("/pathway/physiotherapy", "yes", "must be one of none, ongoing, completed, not-possible"),
        ("/pathway/response", "good", "must be one of satisfactory, not-satisfactory"),
        ("/pathway/indications", ["limping"], "item 0 must be one of"),
        ("/pathway/treatments_tried", ["leeches"], "item 0 must be one of"),
        ("/pathway/treatments_tried", "shockwave", "must be a list"),
        ("/pathway/loading_stage", 0, "must be a whole number from 1 to 4"),
        ("/pathway/loading_stage", 5, "must be a whole number from 1 to 4"),
        ("/pathway/loading_stage", "1", "must be a whole number from 1 to 4"),
        ("/decisions", {}, "must be a list"),
        ("/decisions/0/outcome", "ask", "must be one of approve, override, delay, decline"),
        ("/decisions/0/decided_on", LEFT_OUT, "is required"),
        ("/decisions/0/until", None, "is required"),
        ("/decisions/0/until", "2026-02", "must be a date such as"),
        ("/decisions/0/area", "knee", "must be one of"),
        ("/decisions/0/side", "both", "must be one of left, right"),
        ("/decisions/0/reason", "x", "is not a known key"),
        ("/pathway/not_possible_reason", "a\x00b", "must not contain control characters"),
        ("/pathway/not_possible_reason", "x" * 2001, "must have at most 2000 characters"),
        ("/reports/0/modality", "x-ray", "must be one of ultrasound, mri"),
        ("/reports/0/area", "knee", "must be one of"),
        ("/reports/0/side", "both", "must be one of left, right, unknown"),
        ("/reports/0/performed_on", "2026-03-01", "must not be after the start date"),
        ("/reports/0/tendinopathy", "not-sure", "must be one of yes, no"),
        ("/reports/0/tear", LEFT_OUT, "is required"),
        ("/reports/0/tear_size_mm", 0, "must be a number above 0"),
        ("/reports/0/other_diagnosis", "gout", "must be one of"),
        ("/wishes", [], "is not a known key"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(path: str, value: object, detail: str) -> None:
    """One problem, with its pointer."""
    problems = problems_of(changed(path, value))
    assert f"#{path}: {detail}" in problems
    if path not in ("/request", "/patient"):
        assert ";" not in problems


def test_a_partial_or_full_tear_needs_grade_and_size() -> None:
    """Each missing one is named; with both it is taken."""
    for tear in ("partial", "full"):
        problems = problems_of(changed("/reports/0", REPORT | {"tear": tear}))
        assert "#/reports/0/tear_grade: is required" in problems
        assert "#/reports/0/tear_size_mm: is required" in problems
        for grade in (2, "2", "high grade"):
            whole = REPORT | {"tear": tear, "tear_grade": grade, "tear_size_mm": 12.5}
            (report,) = facts_of(changed("/reports/0", whole)).reports
            assert (report.tear_grade, report.tear_size_mm) == (str(grade), 12.5)
    for grade in (0, 4, True, 1.0, "", "x" * 21):
        whole = REPORT | {"tear": "full", "tear_grade": grade, "tear_size_mm": 12}
        assert "/reports/0/tear_grade" in problems_of(changed("/reports/0", whole))
    assert "tear_size_mm" in problems_of(
        changed("/reports/0", REPORT | {"tear": "full", "tear_grade": 1, "tear_size_mm": -1})
    )


@pytest.mark.parametrize(("hours", "needs_reason"), [(47, True), (48, False), (72, False), (73, True)])
def test_unusual_rest_hours_need_a_reason(hours: int, needs_reason: bool) -> None:
    """A blank one will not do."""
    line = changed("/injections/0/rest_hours", hours)
    line["injections"][0]["rest_reason"] = "  "
    if needs_reason:
        assert "#/injections/0/rest_reason: is required for rest hours outside 48 to 72" in problems_of(line)
        line["injections"][0]["rest_reason"] = "Frail."
    assert facts_of(line).injections[0].rest_hours == hours


def test_what_is_left_out_has_its_default() -> None:
    """Lists are empty, sections unknown, the end half an hour later."""
    request = {"site": "hip-joint", "side": "right", "start": "2026-02-28T10:00:00Z"}
    facts = facts_of({"id": "x", "request": request, "patient": {"date_of_birth": "1980-05-01"}})
    assert facts.request.kind == "injection"
    assert facts.request.end.isoformat() == "2026-02-28T10:30:00+00:00"
    assert facts.request.targets == ("joint",)
    assert (facts.request.ultrasound_guided, facts.request.includes_scan) == (True, False)
    assert not facts.patient.open_warning_sign
    assert (facts.screening, facts.pathway) == (None, None)
    assert (
        facts.injections == facts.booked == facts.loading == facts.activities == facts.reports == facts.decisions == ()
    )


def test_null_is_the_same_as_left_out() -> None:
    """For every key that is not required."""
    line = dict.fromkeys(
        ("injections", "booked", "loading", "activities", "screening", "pathway", "reports", "decisions")
    ) | {
        "id": "x",
        "request": {
            "kind": None,
            "site": "hip-joint",
            "side": "right",
            "start": "2026-02-28T10:00:00Z",
            "end": None,
            "targets": None,
            "ultrasound_guided": None,
            "includes_scan": None,
        },
        "patient": {"date_of_birth": "1980-05-01", "open_warning_sign": None},
    }
    request = {"site": "hip-joint", "side": "right", "start": "2026-02-28T10:00:00Z"}
    assert facts_of(line) == facts_of({"id": "x", "request": request, "patient": {"date_of_birth": "1980-05-01"}})
    (injection,) = facts_of(changed("/injections/0", {"site": "other-site"})).injections
    assert (injection.side, injection.given, injection.steroid, injection.status) == ("unknown", None, None, "given")
    assert screening_of({"answers": None}).answers == {}
    assert screening_of({"answered": None}).answered == screening_of({"answered": {"fever": None}}).answered == {}
    assert (pathway_of({}).indications, pathway_of({}).treatments_tried, pathway_of({}).loading_stage) == ((), (), None)


def test_the_flags_are_read() -> None:
    """Each of them away from its default."""
    line = changed("/request/ultrasound_guided", False)
    line["request"]["includes_scan"] = True
    line["patient"]["open_warning_sign"] = True
    line["activities"][0]["agreed_to_move"] = True
    facts = facts_of(line)
    assert not facts.request.ultrasound_guided
    assert facts.request.includes_scan
    assert facts.patient.open_warning_sign
    assert facts.activities[0].agreed_to_move


@pytest.mark.parametrize("kind", ["physiotherapy", "exercise-class"])
def test_a_visit_that_loads_needs_only_its_start(kind: str) -> None:
    """But what is sent must be right all the same."""
    line: dict[str, Any] = {"id": "x", "request": {"kind": kind, "start": "2026-02-28T10:00:00Z"}}
    assert facts_of(line).request.kind == kind
    assert "#/patient/date_of_birth" in problems_of(line | {"patient": {"date_of_birth": 5}})
    assert "#/request/site" in problems_of({"id": "x", "request": {**line["request"], "site": "knee"}})


def test_codes_are_taken_once() -> None:
    """In the order given."""
    line = changed("/request/targets", ["bursa", "peritendinous", "bursa"])
    assert facts_of(line).request.targets == ("bursa", "peritendinous")


def test_every_problem_is_named_at_once() -> None:
    """The API answers with the same pointers."""
    with pytest.raises(ParseError) as error:
        report_of({"modality": "x-ray", "performed_on": "2026-02-30", "a/b~c": 1})
    pointers = [problem.pointer for problem in error.value.problems]
    assert {"#/modality", "#/performed_on", "#/area", "#/side", "#/tear", "#/a~1b~0c"} <= set(pointers)
    for parse in (screening_of, pathway_of, report_of):
        with pytest.raises(ParseError, match="must be an object"):
            parse(None)


def test_a_stored_section_is_read_back() -> None:
    """As it was sent."""
    assert screening_of(EXAMPLE["screening"]).answers == {"fever": "no", "diabetes": "yes"}
    assert pathway_of(EXAMPLE["pathway"]).response == "not-satisfactory"
    assert report_of(REPORT).tear == "none"


def test_what_is_new_in_a_line_is_read() -> None:
    """Single answers' times, decisions in their order, what was tried and how far the loading has come, a race."""
    line = changed("/pathway/treatments_tried", ["shockwave", "earlier-injection"])
    line["pathway"]["loading_stage"] = 4
    line["activities"][0]["kind"] = "race"
    line["decisions"].append({"outcome": "decline", "decided_on": "2026-01-09", "area": "hip-joint", "side": "right"})
    line["screening"]["answered"] |= {"onset": "2026-02-26T09:00:00+01:00", "fever": None}
    facts = facts_of(line)
    assert facts.pathway is not None
    assert (facts.pathway.treatments_tried, facts.pathway.loading_stage) == (("shockwave", "earlier-injection"), 4)
    assert facts.activities[0].kind == "race"
    assert [(one.outcome, str(one.until)) for one in facts.decisions] == [("delay", "2026-02-20"), ("decline", "None")]
    assert facts.screening is not None
    assert facts.screening.time_of("onset") == datetime(2026, 2, 26, 8, tzinfo=UTC)
    assert facts.screening.time_of("fever") == facts.screening.answered_at == datetime(2026, 2, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("decimals", "microsecond"), [("0", 0), ("000001", 1), ("0000019", 1), ("9999999", 999_999), ("1" * 40, 111_111)]
)
def test_decimals_beyond_the_sixth_are_cut_off(decimals: str, microsecond: int) -> None:
    """Never rounded up: 48 hours are not over a moment early."""
    start = facts_of(changed("/loading/0/start", f"2026-03-02T10:29:59.{decimals}+00:00")).loading[0].start
    assert (start.second, start.microsecond) == (59, microsecond)


def test_an_injection_dated_after_the_start_is_read() -> None:
    """The later of the two is measured from the earlier. Born on the very day is not before it either."""
    assert facts_of(changed("/injections/0/given", "2026-03-01")).injections[0].given == "2026-03-01"
    assert facts_of(changed("/injections/0/given", "1980-05-01")).injections[0].given == "1980-05-01"
    assert facts_of(changed("/injections/0/given", "1980-05")).injections[0].given == "1980-05"
