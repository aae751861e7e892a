"""FHIR resources of one patient as the facts that the rules judge, and what of them was not understood.

A resource that is missing is unknown, never "no". A code that is not in the table (`table.py`) is unread, and named.
What is not clear counts as the stricter reading: an injection without a body site counts for every area.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from fhir.resources.R4B.resource import Resource

from injections.doors.coded.answers import ResponseRead, read_response, screening_of_responses
from injections.doors.coded.appointments import read_appointment
from injections.doors.coded.calls import read_call
from injections.doors.coded.conditions import read_allergy, read_condition
from injections.doors.coded.gathered import Gathered, Unread, kind_of
from injections.doors.coded.medicines import keep_medication, read_medicine
from injections.doors.coded.people import reason_to_leave, the_patient, without_replaced
from injections.doors.coded.procedures import read_procedure
from injections.doors.coded.reports import read_report
from injections.doors.coded.resources import name_of
from injections.doors.coded.times import exact_day
from injections.safety.beside import SEVERAL
from injections.safety.codes import YES
from injections.safety.dates import local_date, span_of
from injections.safety.facts import Facts, GivenInjection, PathwayFacts, PatientFacts, Request, ScreeningFacts
from injections.safety.policy import DEFAULT, Policy

_SAYS_NOTHING: Final = frozenset(
    {"Medication", "Practitioner", "PractitionerRole", "Organization", "Location", "Questionnaire"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedFacts:
    """The facts, and what was there and says nothing here."""

    facts: Facts
    unread: tuple[Unread, ...] = ()


def read_facts(
    resources: Iterable[Resource], *, request: Request, zone: ZoneInfo, policy: Policy = DEFAULT
) -> CodedFacts:
    """The facts of one patient for one request; days are the clinic's, in `zone`.

    The order of the resources changes nothing, and the same one twice counts once. What is about another patient is
    left, and named. Raises: CodedError (two patients).
    """
    every = without_replaced(_each_once(resources))
    patient = the_patient(every)
    gathered = Gathered(request, zone, policy)
    responses: list[ResponseRead | None] = []
    for resource in every:
        if isinstance(resource, Medication):
            keep_medication(resource, gathered)
    for number, resource in enumerate(every, start=1):
        name = name_of(resource, number)
        if (reason := reason_to_leave(resource, patient)) is not None:
            gathered.leave(name, reason)
        elif isinstance(resource, QuestionnaireResponse):
            responses.append(read_response(resource, name, gathered))
        else:
            _READERS.get(kind_of(resource), _leave)(resource, name, gathered)
    return _facts(gathered, [answered for answered in responses if answered is not None])


def _leave(resource: Resource, name: str, gathered: Gathered) -> None:
    if kind_of(resource) not in _SAYS_NOTHING:
        gathered.leave(name, "resourceType: this kind of resource is not read")


def _each_once(resources: Iterable[Resource]) -> list[Resource]:
    """Without those that are there twice, all alike, under one id."""
    every = list(resources)
    times = Counter((kind_of(resource), resource.id) for resource in every if resource.id)
    found, seen = [], set()
    for resource in every:
        if times[kind_of(resource), resource.id or ""] > 1:
            written = resource.model_dump_json()
            if written in seen:
                continue
            seen.add(written)
        found.append(resource)
    return found


def _read_patient(patient: Patient, name: str, gathered: Gathered) -> None:
    born_on = exact_day(patient.birthDate, gathered.zone)
    if born_on is None:
        gathered.leave(name, "birthDate: no exact day that can be read")
    elif born_on > local_date(gathered.request.start, gathered.zone):
        gathered.leave(name, "birthDate: it is after the start")
    else:
        gathered.date_of_birth = born_on


def _facts(gathered: Gathered, responses: list[ResponseRead]) -> CodedFacts:
    screening, pathway = screening_of_responses(responses)
    if gathered.is_avulsion_suspected:
        pathway = replace(pathway or PathwayFacts(), suspected_avulsion=YES)
    facts = Facts(
        request=gathered.request,
        patient=PatientFacts(
            date_of_birth=gathered.date_of_birth,
            open_warning_sign=gathered.open_warning_sign,
            open_calls=tuple(sorted(gathered.open_calls)),
        ),
        injections=tuple(_in_a_lifetime(injection, name, gathered) for name, injection in gathered.injections),
        booked=tuple(gathered.booked),
        loading=tuple(gathered.loading),
        screening=_with_what_is_on_record(screening, gathered),
        pathway=pathway,
        reports=tuple(gathered.reports),
    )
    return CodedFacts(facts=facts, unread=tuple(gathered.unread))


def _in_a_lifetime(injection: GivenInjection, name: str, gathered: Gathered) -> GivenInjection:
    """An injection before the birth has a wrong date: it counts as of an unknown one."""
    born_on = gathered.date_of_birth
    if injection.given is None or born_on is None or span_of(injection.given).last >= born_on:
        return injection
    gathered.leave(name, "performed: it is before the date of birth, so it may have been on any day")
    return replace(injection, given=None)


def _with_what_is_on_record(screening: ScreeningFacts | None, gathered: Gathered) -> ScreeningFacts | None:
    """The answers of the questionnaire, made more serious by what conditions, allergies and medicines say."""
    sheet = gathered.sheet
    if screening is not None:
        for question, answer in screening.answers.items():
            if answer is not None:
                sheet.say(question, answer, screening.time_of(question))
    if screening is None and not sheet.answers:
        return None
    found = screening or ScreeningFacts()
    asked = {answer: at for answer, at in found.answered.items() if answer not in found.answers}
    return replace(
        found,
        answers=dict(sheet.answers),
        answered={**asked, **{question: at for question, at in sheet.times.items() if at is not None}},
        diabetes_poorly_controlled=YES if gathered.poorly_controlled else found.diabetes_poorly_controlled,
        blood_thinner_kind=_thinner(found.blood_thinner_kind, gathered.blood_thinners),
    )


def _thinner(said: str | None, on_record: set[str | None]) -> str | None:
    """The one kind that all agree on, "several" where they differ; None as soon as one of them is of no known kind."""
    kinds = on_record | ({said} if said is not None else set())
    if None in kinds or not kinds:
        return None
    return next(iter(kinds)) if len(kinds) == 1 else SEVERAL


_READERS: Final[MappingProxyType[str, Callable[[Any, str, Gathered], None]]] = MappingProxyType(
    {
        "Patient": _read_patient,
        "Procedure": read_procedure,
        "AllergyIntolerance": read_allergy,
        "Condition": read_condition,
        "MedicationRequest": read_medicine,
        "MedicationStatement": read_medicine,
        "DiagnosticReport": read_report,
        "Appointment": read_appointment,
        "Task": read_call,
    }
)
