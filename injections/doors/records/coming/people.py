"""A FHIR Patient as the body of a registration, and of the death that it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fhir.resources.R4B.contactpoint import ContactPoint
from fhir.resources.R4B.humanname import HumanName
from fhir.resources.R4B.patient import Patient

from injections.doors.coded.people import NHS_NUMBER
from injections.doors.coded.times import partial_date
from injections.doors.records.coming.resource_words import code_in, display_of, first, in_words, one_line
from injections.safety.policy import Policy
from pht_clinic.languages import NAMES

_FORMER: Final = ("old", "maiden")
_IN_USE: Final = ("official", "usual", None)
TOLD_BY: Final = "the imported file"


def patient_bodies(patient: Patient, policy: Policy) -> list[tuple[str, dict[str, Any]]]:
    """The registration, then the death where it tells of one: that of whom it registers.

    No resource says whether somebody wants mails, so none are sent.
    """
    name, former = _names(patient)
    email = _telecom(patient, "email")
    body = {
        "given_name": " ".join(filter(None, name.given or ())) if name else "",
        "family_name": (name.family or ("" if name.given else name.text) or "") if name else "",
        "former_names": former,
        "date_of_birth": patient.birthDate and str(patient.birthDate),
        "nhs_number": next((one.value for one in patient.identifier or () if one.system == NHS_NUMBER), None),
        "email": email,
        "email_opt_in": False if email else None,
        "phone": _telecom(patient, "phone") or _telecom(patient, "sms"),
        "preferred_contact": next((one.system for one in _in_use(patient) if one.rank == 1), None),
        "address": _address(patient),
        "gp": _gp(patient),
        "carer": _carer(patient),
        **_languages(patient),
    }
    return [("patient", body), *_death(patient, policy)]


def _names(patient: Patient) -> tuple[HumanName | None, list[str]]:
    """The name in use, official before usual before any; and former ones."""
    names = patient.name or []
    now = [one for one in names if one.use not in _FORMER]
    best = sorted(now, key=lambda one: _IN_USE.index(one.use) if one.use in _IN_USE else len(_IN_USE))
    return first(best), list(filter(None, (_whole(one) for one in names if one.use in _FORMER)))


def _whole(name: HumanName) -> str:
    return one_line(name.text) or " ".join(filter(None, (*(name.given or ()), name.family)))


def _in_use(patient: Patient) -> list[ContactPoint]:
    return [one for one in patient.telecom or () if one.use != "old" and one.value]


def _telecom(patient: Patient, system: str) -> str:
    """The preferred one, else the first; one from which mails come back is an address all the same."""
    found = [*_in_use(patient), *(patient.telecom or ())]
    of_it = sorted((one for one in found if one.system == system and one.value), key=lambda one: one.rank or 99)
    return one_line(of_it[0].value) if of_it else ""


def _address(patient: Patient) -> str:
    found = first(one for one in patient.address or () if one.use != "old")
    if found is None:
        return ""
    parts = (*(found.line or ()), found.city, found.district, found.state, found.postalCode, found.country)
    return found.text or "\n".join(filter(None, parts))


def _gp(patient: Patient) -> dict[str, str] | None:
    """By what they are called: a name before the practice."""
    name, _, practice = display_of(*(patient.generalPractitioner or ())).partition(", ")
    return {"name": name, "practice": practice} if name else None


def _carer(patient: Patient) -> dict[str, str] | None:
    found = first(patient.contact)
    if found is None or found.name is None:
        return None
    phone = next((one.value for one in found.telecom or () if one.system == "phone" and one.value), "")
    return {"name": _whole(found.name), "relation": in_words(first(found.relationship)), "phone": phone}


def _languages(patient: Patient) -> dict[str, str]:
    """One of those in which messages are written, by its code; any other is one to interpret into, in words."""
    found: dict[str, str] = {}
    for one in patient.communication or ():
        code = code_in(one.language).partition("-")[0]
        if code in NAMES and not one.language.text:
            found.setdefault("written_language", code)
        else:
            found.setdefault("language", in_words(one.language))
    return found


def _death(patient: Patient, policy: Policy) -> Iterator[tuple[str, dict[str, Any]]]:
    if patient.deceasedDateTime is not None or patient.deceasedBoolean:
        on = partial_date(patient.deceasedDateTime, policy.zone)
        yield "death", {"on": on, "source": TOLD_BY}
