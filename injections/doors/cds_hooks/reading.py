"""A call as it was sent becomes one value, or is refused with all that is wrong with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from injections.doors.cds_hooks.services import BOOKING, Service
from injections.facts.sections import field_errors
from injections.safety.reading.reader import Problem, Reader
from pht_clinic.errors import Invalid

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_USER: Final = re.compile(r"(Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9\-.]{1,64}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_LONGEST: Final = 2000
_LONGEST_TOKEN: Final = 20_000
MOST_APPOINTMENTS: Final = 20
"""Of one call: more are no booking that a person looks at."""


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """Where the caller's records are, and the token to read them with. Never stored, never logged."""

    server: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call. `prefetch` has what was sent, None where the caller found nothing. `appointments` are the proposed ones
    as they were sent, each with its pointer.
    """

    service: Service
    instance: uuid.UUID
    user: str
    patient_id: str
    access: FhirAccess | None
    prefetch: Mapping[str, object]
    appointments: tuple[tuple[str, object], ...] = ()


def read_call(body: Mapping[str, Any], service: Service) -> HookCall:
    """Raises: Invalid (with every problem and its pointer)."""
    problems: list[Problem] = []
    reader = Reader(body, "#", problems)
    hook = _required_text(reader, "hook")
    if hook not in ("", service.hook):
        reader.note("hook", f"must be {service.hook}")
    instance = _uuid(reader, "hookInstance")
    access = _access(reader)
    prefetch = reader.raw("prefetch")
    if prefetch is not None and not isinstance(prefetch, dict):
        reader.note("prefetch", "must be an object")
    said = reader.raw("context", required=True)
    context = Reader({} if said is None else said, "#/context", problems)
    user, patient_id = _matching(context, "userId", _USER), _matching(context, "patientId", _ID)
    if context.raw("encounterId") is not None:
        _matching(context, "encounterId", _ID)
    appointments = _appointments(context) if service is BOOKING else ()
    if problems:
        raise Invalid(field_errors(problems))
    sent = prefetch if isinstance(prefetch, dict) else {}
    asked_for = {key: value for key, value in sent.items() if key in service.prefetch}
    return HookCall(service, instance, user, patient_id, access, asked_for, appointments)


def _access(reader: Reader) -> FhirAccess | None:
    """What `fhirServer` and `fhirAuthorization` give; None without a token."""
    server = _matching_https(reader, "fhirServer")
    said = reader.raw("fhirAuthorization")
    if said is None:
        return None
    if not reader.raw("fhirServer"):
        reader.note("fhirServer", "is required with fhirAuthorization")
    inner = Reader(said, "#/fhirAuthorization", reader.problems)
    token = _required_text(inner, "access_token", _LONGEST_TOKEN)
    if token and _TOKEN.fullmatch(token) is None:
        inner.note("access_token", "must be a bearer token, in ASCII without spaces")
    if _required_text(inner, "token_type") not in ("Bearer", ""):
        inner.note("token_type", "must be Bearer")
    if inner.is_object and inner.whole_number("expires_in", least=0, most=10**9) is None:
        _note_once(inner, "expires_in", "is required")
    _required_text(inner, "scope", _LONGEST_TOKEN)
    _required_text(inner, "subject")
    return FhirAccess(server, token)


def _appointments(context: Reader) -> tuple[tuple[str, object], ...]:
    """The proposed appointments: a Bundle, as the hook's table has it, or a list, as its examples do."""
    said = context.raw("appointments", required=True)
    if said is None:
        return ()
    if isinstance(said, list):
        found = [(f"#/context/appointments/{place}", one) for place, one in enumerate(said)]
    else:
        bundle = Reader(said, "#/context/appointments", context.problems)
        if bundle.is_object and bundle.raw("resourceType") != "Bundle":
            bundle.note("resourceType", "must be Bundle")
        found = [
            (f"#/context/appointments/entry/{place}/resource", one.get("resource") if isinstance(one, dict) else None)
            for place, one in enumerate(bundle.items("entry"))
        ]
    if not found:
        _note_once(context, "appointments", "must hold an Appointment")
    if len(found) > MOST_APPOINTMENTS:
        context.note("appointments", f"must hold at most {MOST_APPOINTMENTS} Appointments")
    return tuple(found)


def _uuid(reader: Reader, key: str) -> uuid.UUID:
    text = _required_text(reader, key)
    try:
        return uuid.UUID(text)
    except ValueError:
        _note_once(reader, key, "must be a UUID")
        return uuid.UUID(int=0)


def _matching(reader: Reader, key: str, pattern: re.Pattern[str]) -> str:
    text = _required_text(reader, key)
    if text and pattern.fullmatch(text) is None:
        kind = "an id such as Practitioner/123" if pattern is _USER else "a FHIR id"
        reader.note(key, f"must be {kind}")
    return text


def _matching_https(reader: Reader, key: str) -> str:
    text = reader.text(key, max_length=_LONGEST) or ""
    if text and not is_https(text):
        reader.note(key, "must be an https:// address, without a user, a query or a fragment")
    return text.rstrip("/")


def is_https(text: str) -> bool:
    """Whether it is an address that records may be fetched from."""
    try:
        parts = urlsplit(text)
        return bool(parts.scheme == "https" and parts.hostname and not parts.query and not parts.fragment) and (
            parts.username is None and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def _required_text(reader: Reader, key: str, longest: int = _LONGEST) -> str:
    text = reader.text(key, max_length=longest)
    if text is None and reader.is_object:
        _note_once(reader, key, "is required")
    return text or ""


def _note_once(reader: Reader, key: str, detail: str) -> None:
    if not reader.has_problem(key):
        reader.note(key, detail)
