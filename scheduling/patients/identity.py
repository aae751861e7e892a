"""Who a patient is: registering, checking identity and contact, likely duplicates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from psycopg.errors import UniqueViolation

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import Patient


def find_patient(patient_id: int) -> Patient:
    """One patient. Raises: Missing."""
    return the(Patient.objects.select_related("merged_into"), patient_id)


OLDEST_YEARS = 130
NAMES_ALIKE, NAMES_ALIKE_WITH_CONTACT = 1.3, 1.0


class LikelyDuplicate(Conflict):
    """Somebody much like this is registered. `extra["patient"]` is their id; `confirm_new` passes it."""

    code = "likely-duplicate"


class NumberTaken(Conflict):
    """The NHS number belongs to another patient, named in `extra["patient"]`."""

    code = "nhs-number-taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """Who somebody is and how to reach them, as typed."""

    given_name: str
    family_name: str
    date_of_birth: date
    email: str = ""
    phone: str = ""
    nhs_number: str | None = None
    email_opt_in: bool = True


def register_patient(new: NewPatient, *, confirm_new: bool = False, by: Actor, now: datetime) -> Patient:
    """Register a new patient.

    Raises: Forbidden, Invalid (every field that is wrong), NumberTaken, LikelyDuplicate (same date of birth and a name
    alike, or the same email or phone and date of birth) unless `confirm_new`.
    """
    check_permitted("register-patient", by)
    values = check_identity(asdict(new), now=now)
    with use_case():
        check_number_free(values["nhs_number"])
        if not confirm_new and (twin := _likely_twin(values)):
            raise LikelyDuplicate(
                f"{twin} with the same date of birth is already registered.",
                extra={"patient": str(twin.pk), "duplicates": [{"id": str(twin.pk), "name": str(twin)}]},
            )
        try:
            with transaction.atomic():
                patient = Patient.objects.create(registered_at=now, **values)
        except IntegrityError as error:
            if isinstance(error.__cause__, UniqueViolation):
                check_number_free(values["nhs_number"])
            raise
        record("patient-registered", by=by, now=now, patients=[patient.pk], subject=f"patient:{patient.pk}")
        return patient


def check_identity(values: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The values tidied, ready to store. Raises: Invalid (with every field that cannot be).

    Boundary: born today is possible, tomorrow is not, nor in a year more than 130 before this one.
    """
    tidy = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    problems = [
        *_name_problems(tidy),
        *_birth_problems(tidy, clock.local_date(now)),
        *_contact_problems(tidy),
        *_number_problems(tidy),
    ]
    if problems:
        raise Invalid(problems)
    return tidy


def nhs_number_is_valid(number: str) -> bool:
    """Ten digits, the last a modulus-11 check digit; all the same digit is refused. Source: NHS Data Dictionary."""
    if not re.fullmatch(r"[0-9]{10}", number) or len(set(number)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(number[9]) and check != 10


def _likely_twin(values: Mapping[str, Any]) -> Patient | None:
    """Somebody of the same date of birth whose two names are alike, or nearly so with the same address or phone.

    Two names add up to 2 when they are the same letter for letter; sharing a birthday and one name does not count.
    """
    alike = TrigramSimilarity(Lower("family_name"), values["family_name"].lower()) + TrigramSimilarity(
        Lower("given_name"), values["given_name"].lower()
    )
    same_contact = Q(pk__in=[])
    if values["email"]:
        same_contact |= Q(email__iexact=values["email"])
    if values["phone"]:
        same_contact |= Q(phone=values["phone"])
    born_then = Patient.objects.filter(date_of_birth=values["date_of_birth"], merged_into__isnull=True)
    likely = Q(alike__gte=NAMES_ALIKE) | same_contact & Q(alike__gte=NAMES_ALIKE_WITH_CONTACT)
    return born_then.annotate(alike=alike).filter(likely).order_by("-alike", "pk").first()


def join(source: Patient, target: Patient) -> None:
    """Mark one locked record as merged into another; what was merged into it before goes along.

    An NHS number that only the one merged away has goes over: a number stands on one record alone, and the person is
    looked for by it.
    """
    Patient.objects.filter(merged_into=source).update(merged_into=target)
    source.merged_into = target
    number = source.nhs_number if not target.nhs_number else None
    if number:
        source.nhs_number = None
    source.save(update_fields=["merged_into", "nhs_number"])
    if number:
        target.nhs_number = number
        target.save(update_fields=["nhs_number"])


def check_number_free(nhs_number: str | None) -> None:
    """Raise NumberTaken, naming whose it is, where another patient has this NHS number."""
    if nhs_number and (other := Patient.objects.filter(nhs_number=nhs_number).first()):
        raise NumberTaken(
            f"This NHS number belongs to {other}.",
            extra={"patient": str(other.pk), "duplicates": [{"id": str(other.pk), "name": str(other)}]},
        )


def _name_problems(values: Mapping[str, Any]) -> list[FieldError]:
    problems = []
    for name, words in (("given_name", "given name"), ("family_name", "family name")):
        if name not in values:
            continue
        if not values[name]:
            problems.append(FieldError(f"#/{name}", f"Enter the {words}."))
        elif len(values[name]) > 100:
            problems.append(FieldError(f"#/{name}", f"The {words} has at most 100 characters."))
        elif any(ord(character) < 32 or ord(character) == 127 for character in values[name]):
            problems.append(FieldError(f"#/{name}", f"The {words} holds characters that cannot be printed."))
    return problems


def _birth_problems(values: Mapping[str, Any], today: date) -> list[FieldError]:
    if "date_of_birth" not in values:
        return []
    born_on: date | None = values["date_of_birth"]
    if born_on is None:
        return [FieldError("#/date_of_birth", "Enter the date of birth.")]
    if born_on > today:
        return [FieldError("#/date_of_birth", "The date of birth lies in the future.")]
    if today.year - born_on.year > OLDEST_YEARS:
        return [FieldError("#/date_of_birth", f"The date of birth lies more than {OLDEST_YEARS} years back.")]
    return []


def _contact_problems(values: Mapping[str, Any]) -> list[FieldError]:
    problems = []
    if values.get("email"):
        try:
            validate_email(values["email"])
        except ValidationError:
            problems.append(FieldError("#/email", "Enter an email address such as name@clinic.example."))
    if values.get("phone") and not re.fullmatch(r"\+?[0-9 ()-]{5,29}", values["phone"]):
        problems.append(FieldError("#/phone", "Enter a phone number of digits, such as 020 7946 0958."))
    return problems


def _number_problems(values: dict[str, Any]) -> list[FieldError]:
    if "nhs_number" not in values:
        return []
    number = re.sub(r"[\s-]", "", values["nhs_number"] or "")
    values["nhs_number"] = number or None
    if number and not nhs_number_is_valid(number):
        return [FieldError("#/nhs_number", "This is not a valid NHS number: check its 10 digits.")]
    return []
