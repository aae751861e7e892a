"""The JSON objects of the batch check and of the API as facts: strict, and with every problem at once.

Each `parse_…` takes a value, its JSON pointer and a list that collects problems; it returns None when the
value cannot be used. A section that is null or missing is unknown, which is no problem.
"""

from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

from injections.safety import codes
from injections.safety.dates import local_date, span_of
from injections.safety.facts import Facts, PathwayFacts, PatientFacts, Report, Request, ScreeningFacts
from injections.safety.questions import QUESTIONS, TIMED_FOLLOW_UPS
from injections.safety.reading.parse_history import (
    DEFAULT_LENGTH,
    parse_activity,
    parse_booked,
    parse_decision,
    parse_injection,
    parse_loading,
)
from injections.safety.reading.reader import Problem, Reader
from injections.safety.sites import AREAS, BOOKABLE_SITES, SITE_BY_CODE

Problems = list[Problem]
Section = TypeVar("Section")


class ParseError(ValueError):
    """A stored or sent object has problems; `problems` holds all of them."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def screening_of(content: object) -> ScreeningFacts:
    """A screening from its JSON object. Raises ParseError."""
    return _whole(parse_screening, content)


def pathway_of(content: object) -> PathwayFacts:
    """A pathway from its JSON object. Raises ParseError."""
    return _whole(parse_pathway, content)


def report_of(content: object) -> Report:
    """A report from its JSON object. Raises ParseError."""
    return _whole(parse_report, content)


def _whole(parse: Callable[[object, str, Problems], Section | None], content: object) -> Section:
    problems: Problems = []
    found = parse(content, "#", problems)
    if problems or found is None:
        raise ParseError(problems or [Problem("#", "must be an object")])
    return found


def parse_request(value: object, pointer: str, problems: Problems) -> Request | None:
    """An injection needs site, side and start; a visit that loads the tendon only its start."""
    reader = Reader(value, pointer, problems)
    kind = reader.choice("kind", codes.REQUEST_KINDS) or codes.INJECTION
    is_injection = kind == codes.INJECTION
    site = reader.choice("site", BOOKABLE_SITES, required=is_injection)
    side = reader.choice("side", codes.REQUEST_SIDES, required=is_injection)
    start = reader.instant("start", required=True)
    end = reader.instant("end")
    targets = reader.choices("targets", codes.TARGETS)
    guided, scan = reader.flag("ultrasound_guided"), reader.flag("includes_scan")
    reader.done()
    if start is None:
        return None
    if end is not None and end <= start:
        reader.note("end", "must be after the start")
    default_target = SITE_BY_CODE[site].default_target if site else None
    return Request(
        kind=kind,
        site=site,
        side=side,
        start=start,
        end=start + DEFAULT_LENGTH if end is None else end,
        targets=targets or ((default_target,) if default_target else ()),
        ultrasound_guided=guided is not False,
        includes_scan=scan is True,
    )


def parse_screening(value: object, pointer: str, problems: Problems) -> ScreeningFacts | None:
    if value is None:
        return None
    reader = Reader(value, pointer, problems)
    found = ScreeningFacts(
        answered_at=reader.instant("answered_at"),
        answered=reader.times("answered", (*QUESTIONS, *TIMED_FOLLOW_UPS)),
        answers=_answers(reader.raw("answers"), f"{pointer}/answers", problems),
        onset=reader.choice("onset", codes.ONSETS),
        injury_on=reader.day("injury_on"),
        main_pain_site=reader.choice("main_pain_site", codes.PAIN_SITES),
        pain_side=reader.choice("pain_side", codes.PAIN_SIDES),
        diabetes_poorly_controlled=reader.choice("diabetes_poorly_controlled", codes.ANSWERS),
        surgery_on=reader.day("surgery_on"),
        next_event_on=reader.day("next_event_on"),
        blood_thinner_kind=reader.choice("blood_thinner_kind", codes.BLOOD_THINNER_KINDS),
        inr=reader.number("inr", above=0, most=30),
        inr_on=reader.day("inr_on"),
    )
    reader.done()
    return found


def _answers(value: object, pointer: str, problems: Problems) -> dict[str, str | None]:
    if value is None:
        return {}
    reader = Reader(value, pointer, problems)
    given = value if isinstance(value, dict) else {}
    answers = {code: reader.choice(code, codes.ANSWERS) for code in QUESTIONS if code in given}
    reader.done()
    return answers


def parse_pathway(value: object, pointer: str, problems: Problems) -> PathwayFacts | None:
    if value is None:
        return None
    reader = Reader(value, pointer, problems)
    found = PathwayFacts(
        specialist_assessment=reader.choice("specialist_assessment", codes.ANSWERS),
        physiotherapy=reader.choice("physiotherapy", codes.PHYSIOTHERAPY),
        response=reader.choice("response", codes.RESPONSES),
        not_possible_reason=reader.text("not_possible_reason", max_length=2000),
        indications=reader.choices("indications", codes.INDICATIONS),
        mild_and_improving=reader.choice("mild_and_improving", codes.ANSWERS),
        suspected_avulsion=reader.choice("suspected_avulsion", codes.ANSWERS),
        treatments_tried=reader.choices("treatments_tried", codes.TREATMENTS),
        loading_stage=reader.whole_number(
            "loading_stage", least=codes.FIRST_LOADING_STAGE, most=codes.LAST_LOADING_STAGE
        ),
    )
    reader.done()
    return found


def parse_report(value: object, pointer: str, problems: Problems) -> Report | None:
    """A partial or full tear needs its grade and its size."""
    reader = Reader(value, pointer, problems)
    performed_on = reader.day("performed_on", required=True)
    words = {
        key: reader.choice(key, choices, required=True)
        for key, choices in (
            ("modality", codes.MODALITIES),
            ("area", AREAS),
            ("side", codes.REPORT_SIDES),
            ("tendinopathy", (codes.YES, codes.NO)),
            ("bursitis", (codes.YES, codes.NO)),
            ("tear", codes.TEARS),
            ("other_diagnosis", codes.OTHER_DIAGNOSES),
        )
    }
    tear_grade = _tear_grade(reader)
    tear_size_mm = reader.number("tear_size_mm", above=0, most=500)
    if words["tear"] in codes.TEARS_WITH_GRADE:
        for key, missing in (("tear_grade", tear_grade is None), ("tear_size_mm", tear_size_mm is None)):
            if missing and not reader.has_problem(key):
                reader.note(key, f"is required for a {words['tear']} tear")
    reader.done()
    known = {key: word for key, word in words.items() if word is not None}
    if performed_on is None or len(known) < len(words):
        return None
    return Report(performed_on=performed_on, tear_grade=tear_grade, tear_size_mm=tear_size_mm, **known)


def _tear_grade(reader: Reader) -> str | None:
    """1, 2 or 3, as a number or as text, or the report's own short words."""
    if isinstance(reader.raw("tear_grade"), int | float):
        grade = reader.whole_number("tear_grade", least=1, most=3)
        return None if grade is None else str(grade)
    return reader.text("tear_grade", max_length=20)


def parse_facts(reader: Reader, zone: ZoneInfo) -> Facts | None:
    """The sections of one line, read from its object. Dates are compared with the start's date in `zone`."""
    problems, pointer = reader.problems, reader.pointer
    request = parse_request(_object(reader, "request", required=True), f"{pointer}/request", problems)
    is_injection = request is None or request.kind == codes.INJECTION
    patient = _patient(reader, is_injection=is_injection)
    sections = {
        "injections": reader.each("injections", parse_injection),
        "booked": reader.each("booked", parse_booked),
        "loading": reader.each("loading", parse_loading),
        "activities": reader.each("activities", parse_activity),
        "reports": reader.each("reports", parse_report),
        "decisions": reader.each("decisions", parse_decision),
    }
    screening = parse_screening(reader.raw("screening"), f"{pointer}/screening", problems)
    pathway = parse_pathway(reader.raw("pathway"), f"{pointer}/pathway", problems)
    if request is None:
        return None
    # each section holds what its own parser made of it
    facts = Facts(request=request, patient=patient, screening=screening, pathway=pathway, **sections)  # type: ignore[arg-type]
    _check_dates(facts, reader, zone)
    return facts


def _patient(reader: Reader, *, is_injection: bool) -> PatientFacts:
    value = _object(reader, "patient", required=is_injection)
    inner = Reader(value, f"{reader.pointer}/patient", reader.problems)
    found = PatientFacts(
        date_of_birth=inner.day("date_of_birth", required=is_injection),
        open_warning_sign=inner.flag("open_warning_sign") is True,
    )
    inner.done()
    return found


def _object(reader: Reader, key: str, *, required: bool) -> object:
    """The value of a section; an empty object where it is missing, so that each field it needs is named."""
    value = reader.raw(key, required=required)
    return {} if value is None else value


def _check_dates(facts: Facts, reader: Reader, zone: ZoneInfo) -> None:
    start_on = local_date(facts.request.start, zone)
    born_on = facts.patient.date_of_birth
    if born_on is not None and born_on > start_on:
        reader.note_at("patient", "date_of_birth", detail="must not be after the start date")
        born_on = None
    for place, report in enumerate(facts.reports):
        if report.performed_on > start_on:
            reader.note_at("reports", place, "performed_on", detail="must not be after the start date")
    for place, injection in enumerate(facts.injections):
        if injection.given and born_on is not None and span_of(injection.given).last < born_on:
            reader.note_at("injections", place, "given", detail="must not be before the date of birth")
