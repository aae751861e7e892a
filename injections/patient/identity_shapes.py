"""What patients look like in the API: what is sent of one, what is answered."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from injections.assessment.shapes import ReassessedAnswer
from injections.patient.found import FoundPatient
from injections.words import ALERTS
from pht_clinic import clock
from pht_clinic.errors import FieldError
from pht_clinic.languages import NAMES
from pht_clinic.web.api.bodies import Body, OwnedBody
from pht_clinic.web.api.fields import Day, Id, Instant, OptionalChoice, OptionalText, PartialDate, Text, Truth
from scheduling.models import Patient
from scheduling.patients.contact import (
    LONGEST_ADDRESS,
    LONGEST_EMAIL,
    LONGEST_LINE,
    LONGEST_NEEDS,
    LONGEST_PRACTICE,
    by_column,
)
from scheduling.patients.identity_checks import LONGEST_NAME, MOST_FORMER_NAMES, tidy_identity
from scheduling.patients.phones import shown_phone
from scheduling.revisions.api import Revision


class GpBody(OwnedBody):
    """The GP, or whoever else referred the patient."""

    name = OptionalText(max_length=LONGEST_PRACTICE)
    practice = OptionalText(max_length=LONGEST_PRACTICE)
    address = OptionalText(lines=True, max_length=LONGEST_ADDRESS)
    email = OptionalText(max_length=LONGEST_EMAIL)


class CarerBody(OwnedBody):
    name = OptionalText(max_length=LONGEST_LINE)
    relation = OptionalText(max_length=LONGEST_LINE, help_text="who the carer is to the patient: daughter, neighbour")
    phone = OptionalText(max_length=60, help_text="as people write it")
    may_speak = Truth(required=False, default=False, help_text="The carer may speak for the patient.")


class PatientBody(Body):
    """One of the two names is enough. What a use case would refuse is said with what cannot be read.

    Of `gp` and `carer` a change changes what it names; null takes all of it away.
    """

    given_name = OptionalText(max_length=LONGEST_NAME)
    family_name = OptionalText(max_length=LONGEST_NAME)
    former_names = serializers.ListField(
        child=Text(max_length=LONGEST_NAME), max_length=MOST_FORMER_NAMES, required=False
    )
    date_of_birth = Day()
    email = OptionalText(max_length=254)
    phone = OptionalText(max_length=60, help_text="as people write it, with its extension: 020 7946 0958 ext 12")
    nhs_number = OptionalText(max_length=20, help_text="10 digits; spaces do not matter")
    email_opt_in = Truth(required=False, help_text="left out, an address that is given is one to write to")
    address = OptionalText(lines=True, max_length=LONGEST_ADDRESS)
    gp = GpBody(required=False, allow_null=True)
    preferred_contact = OptionalChoice(Patient.Contact.values)
    language = OptionalText(max_length=LONGEST_LINE, help_text="the language to interpret into")
    written_language = OptionalChoice(tuple(NAMES), help_text="of messages and the own page; left out it is English")
    needs = OptionalText(lines=True, max_length=LONGEST_NEEDS, help_text="what getting in and being here takes")
    carer = CarerBody(required=False, allow_null=True)
    confirm_spelling = Truth(required=False, help_text="A word that mixes letters of two alphabets is meant so.")

    def senses(self, values: Mapping[str, Any]) -> Iterable[FieldError]:
        return tidy_identity(by_column(values), now=clock.now())[1]


class PatientChangeBody(PatientBody):
    revision = Revision()


class NewPatientBody(PatientBody):
    confirm_new = Truth(required=False, default=False, help_text="Whoever looks alike is somebody else.")


class Phone(serializers.CharField):
    """A phone number as people write it, not as it is kept."""

    def to_representation(self, value: str) -> str:
        return shown_phone(value)


class _Group(serializers.Serializer[Any]):
    """Several columns of a patient as one object; null where none of them says anything."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"source": "*", "allow_null": True, **options})

    def to_representation(self, patient: Any) -> Any:
        shown = super().to_representation(patient)
        return shown if any(shown.values()) else None


class GpAnswer(_Group):
    name = serializers.CharField(source="gp_name")
    practice = serializers.CharField(source="gp_practice")
    address = serializers.CharField(source="gp_address")
    email = serializers.CharField(source="gp_email")


class CarerAnswer(_Group):
    name = serializers.CharField(source="carer_name")
    relation = serializers.CharField(source="carer_relation")
    phone = Phone(source="carer_phone", help_text="as people write it here")
    may_speak = serializers.BooleanField(source="carer_may_speak")


class PatientAnswer(serializers.Serializer[Any]):
    id = Id()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    former_names = serializers.ListField(child=serializers.CharField())
    date_of_birth = serializers.DateField()
    email = serializers.CharField()
    phone = Phone(help_text="as people write it here")
    nhs_number = serializers.CharField(allow_null=True)
    email_opt_in = serializers.BooleanField()
    address = serializers.CharField()
    gp = GpAnswer()
    preferred_contact = OptionalChoice(Patient.Contact.values)
    language = serializers.CharField()
    written_language = OptionalChoice(tuple(NAMES))
    needs = serializers.CharField()
    carer = CarerAnswer()
    registered_at = Instant()
    revision = serializers.IntegerField()
    merged_into = Id(source="merged_into_id", allow_null=True)


class AlertAnswer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(list(ALERTS))
    text = serializers.CharField()


class DeathAnswer(serializers.Serializer[Any]):
    on = PartialDate()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the option
    by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)
    at = Instant(source="recorded_at")


class PatientWithAlerts(PatientAnswer):
    deceased = DeathAnswer(source="kept.death", allow_null=True, help_text="null while no death is recorded")
    alerts = AlertAnswer(many=True)


class PatientChangedAnswer(PatientWithAlerts):
    reassessed = ReassessedAnswer(many=True)


class NextVisitAnswer(serializers.Serializer[Any]):
    appointment = Id(source="pk")
    kind = serializers.CharField()
    start = Instant(source="start_at")
    status = serializers.CharField()


class LastInjectionAnswer(serializers.Serializer[Any]):
    injection = Id(source="pk")
    site = serializers.CharField()
    side = serializers.CharField()
    given = PartialDate()


class FoundPatientAnswer(PatientAnswer):
    """`merged_from`: the records, merged into this one, by which it was found; [] where it was found by itself."""

    merged_from = serializers.ListField(child=Id())
    next_visit = NextVisitAnswer(allow_null=True)
    last_injection = LastInjectionAnswer(allow_null=True)

    def to_representation(self, found: FoundPatient) -> Any:
        shown = {name: getattr(found, name) for name in ("next_visit", "last_injection")}
        merged = [one.pk for one in found.merged_from]
        return super().to_representation({**vars(found.patient), **shown, "merged_from": merged})


class SearchBody(Body):
    text = Text(is_forgiving=True)


class FoundAnswer(serializers.Serializer[Any]):
    """`truncated`: more fit than are shown; search more closely."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    truncated = serializers.BooleanField()
    results = FoundPatientAnswer(many=True)
