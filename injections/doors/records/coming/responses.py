"""A FHIR QuestionnaireResponse to our questions as answers and a pathway, with their time, giver and place."""

from __future__ import annotations

from typing import Any, Final

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from injections.doors.coded.answers import read_response, sections_of
from injections.doors.coded.body_sites import area_and_side
from injections.doors.coded.gathered import Gathered
from injections.doors.coded.own import PLACE
from injections.doors.coded.times import exact_day
from injections.doors.records.coming.resource_words import display_of, name_in
from injections.safety.codes import REQUEST_SIDES
from injections.words import GIVERS

_GIVER_OF: Final = {"Patient": "patient", "RelatedPerson": "carer", "Practitioner": "clinician"}
"""Who gives an answer, by what they are in FHIR."""
_PATIENT: Final = "patient"


def response_bodies(response: QuestionnaireResponse, gathered: Gathered) -> list[tuple[str, dict[str, Any]]]:
    """The answers, then the pathway, each where it says anything; none, with why in `gathered`, of what is not read."""
    found = read_response(response, "", gathered)
    place = _place(response, gathered)
    if found is None or place is None:
        return []
    screening, pathway = sections_of(found.values)
    if not screening and not pathway:
        gathered.leave("", "it answers nothing")
    whose = {"patient": name_in(response.subject) or None, **place}
    answered_at = found.at and found.at.isoformat()
    bodies = []
    if screening:
        bodies.append(
            ("screening", {**whose, **screening, "answered_at": answered_at, "answered_by": _giver(response)})
        )
    if pathway:
        day = exact_day(response.authored, gathered.zone)
        who = {"examined_by": display_of(response.author), "examined_on": day and day.isoformat()}
        bodies.append(("pathway", {**whose, **pathway, **who}))
    return bodies


def _place(response: QuestionnaireResponse, gathered: Gathered) -> dict[str, str] | None:
    """The area and the side; nothing of what counts everywhere; None of a place that is not understood."""
    named = [one.valueCodeableConcept for one in response.extension or () if one.url == PLACE]
    said = [one for one in named if one is not None]
    if not said:
        return {}
    area, side = area_and_side(said)
    if area is None:
        gathered.leave("", "extension: the place is none of ours")
        return None
    return {"area": area, **({"side": side} if side in REQUEST_SIDES else {})}


def _giver(response: QuestionnaireResponse) -> str:
    """Who answered, as far as it is said; else the patient, whose response it is."""
    for person in (response.source, response.author):
        if (said := display_of(person)) in GIVERS:
            return said
        kind = name_in(person).partition("/")[0] or (person.type if person else "")
        if kind in _GIVER_OF:
            return _GIVER_OF[kind]
    return _PATIENT
