"""Patients, and records that were merged into others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from pht_clinic.people.actors import who_looks
from pht_clinic.permissions import is_permitted


class PatientQuerySet(models.QuerySet["Patient"]):
    def records_of(self, kept: int) -> PatientQuerySet:
        """The records that count for this patient: the one kept and those merged into it."""
        return self.filter(Q(pk=kept) | Q(merged_into=kept))

    def records_of_all(self, kept: Iterable[int]) -> PatientQuerySet:
        """The same for several patients."""
        ids = list(kept)
        return self.filter(Q(pk__in=ids) | Q(merged_into__in=ids))


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class OfPatient:
    """For query sets of models whose rows have a `patient`."""

    def of_patient(self, patient_id: int) -> Self:
        """What belongs to the patient who is kept; merged records count in."""
        records = Patient.objects.records_of(patient_id)
        found: Self = self.filter(patient__in=records)  # type: ignore[attr-defined]  # of a query set, by its docstring
        return found

    def of_the_living(self) -> Self:
        """Without what belongs to somebody who has died, or was erased, on whichever of their records."""
        found: Self = self.filter(patient__erasure=None, patient__death=None, patient__merged_into__death=None)  # type: ignore[attr-defined]  # as above
        return found


class OfPatientQuerySet(OfPatient, models.QuerySet[_Row]):
    """A query set with that and nothing else."""


class Patient(models.Model):
    """Identity and contact of one person, and who else counts. Clinical facts hang off it in `injections`.

    Names are kept as people write them (NFC), one of the two may be "". `name_words` are the words by which somebody
    is looked for, folded (`scheduling/patients/folding.py`); phones are E.164, `;ext=12` behind them. `language` is the
    one to interpret into, `written_language` the code of the one that they read ("" is English), `needs` what getting
    in and being here takes. `gp_…` is the GP or whoever else referred. `failing_email` is the address from which a mail
    came back, or whose owner wants none, since `failing_since`: once another one is on record, it marks nothing any
    more. Since `opted_out_at` they want no emails but those about a booked visit; `email_opt_in` is of all of them.
    """

    class Contact(models.TextChoices):
        """How somebody prefers to be reached."""

        EMAIL = "email", "Email"
        SMS = "sms", "Text message"
        LETTER = "letter", "Letter"
        PHONE = "phone", "Phone call"

    class OptedOut(models.TextChoices):
        """How somebody said that they want no emails but those about a booked visit."""

        LINK = "link", "by the link in an email"
        ONE_CLICK = "one-click", "by the button of their mail program"

    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    former_names = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    name_words = ArrayField(models.CharField(max_length=100), default=list, blank=True, editable=False)
    date_of_birth = models.DateField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    nhs_number = models.CharField("NHS number", max_length=10, null=True, blank=True, unique=True)
    email_opt_in = models.BooleanField(default=True)
    failing_email = models.EmailField(blank=True, editable=False, default="", db_default="")
    failing_why = models.CharField(max_length=10, blank=True, editable=False, default="", db_default="")
    failing_since = models.DateTimeField(null=True, editable=False)
    opted_out_at = models.DateTimeField(null=True, editable=False)
    opted_out_how = models.CharField(
        max_length=10, blank=True, choices=OptedOut, editable=False, default="", db_default=""
    )
    address = models.TextField(blank=True, default="", db_default="")
    preferred_contact = models.CharField(max_length=10, blank=True, choices=Contact, default="", db_default="")
    language = models.CharField(max_length=100, blank=True, default="", db_default="")
    written_language = models.CharField(max_length=10, blank=True, default="", db_default="")
    needs = models.TextField(blank=True, default="", db_default="")
    gp_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    gp_practice = models.CharField(max_length=200, blank=True, default="", db_default="")
    gp_address = models.TextField(blank=True, default="", db_default="")
    gp_email = models.EmailField(blank=True, default="", db_default="")
    carer_name = models.CharField(max_length=100, blank=True, default="", db_default="")
    carer_relation = models.CharField(max_length=100, blank=True, default="", db_default="")
    carer_phone = models.CharField(max_length=40, blank=True, default="", db_default="")
    carer_may_speak = models.BooleanField(default=False, db_default=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from")
    # the death that stands; "+": the rows of `deaths` are those of the patient, taken back or not
    death = models.ForeignKey(
        "Death", null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # that the person was erased, on each of their records
    erasure = models.ForeignKey(
        "Erasure", null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    registered_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1, db_default=1)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "id"]
        indexes = [
            # search and matching: any of some words
            GinIndex(fields=["name_words"], name="patient_name_words"),
            models.Index(fields=["date_of_birth"], name="patient_date_of_birth"),
            # matching: the same address; search: how it begins
            models.Index(OpClass(Lower("email"), name="text_pattern_ops"), name="patient_email"),
            # matching: the same line; search: how it begins
            models.Index(OpClass("phone", name="varchar_pattern_ops"), name="patient_phone"),
            # search: part of a number
            GinIndex(
                OpClass("phone", name="gin_trgm_ops"),
                OpClass("nhs_number", name="gin_trgm_ops"),
                name="patient_numbers_trgm",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(given_name="", family_name=""), name="patient_has_a_name"),
            models.CheckConstraint(
                condition=Q(preferred_contact="")
                | (Q(preferred_contact="email") & ~Q(email=""))
                | (Q(preferred_contact__in=["sms", "phone"]) & ~Q(phone=""))
                | (Q(preferred_contact="letter") & ~Q(address="")),
                name="patient_can_be_reached_as_preferred",
            ),
            models.CheckConstraint(
                condition=~Q(carer_name="") | Q(carer_relation="", carer_phone="", carer_may_speak=False),
                name="patient_carer_has_a_name",
            ),
        ]

    def __str__(self) -> str:
        """The name; of somebody who was erased a number alone, where whoever looks may not know who it was."""
        if not self.may_be_known:
            return f"Erased patient {self.kept_id}"
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def may_be_known(self) -> bool:
        """Whether whoever looks at a page or an answer may know who this is: name, date of birth, NHS number."""
        by = who_looks.get()
        return not self.is_restricted or by is None or is_permitted("read-restricted", by)

    @property
    def is_email_failing(self) -> bool:
        """Whether mails to the address on record come back, or are unwanted there."""
        return bool(self.email) and self.failing_email.lower() == self.email.lower()

    @property
    def has_gp(self) -> bool:
        """Whether anything is known of a GP or referrer."""
        return bool(self.gp_name or self.gp_practice or self.gp_address or self.gp_email)

    @property
    def carer(self) -> str:
        """The carer by name and relation; "" where there is none."""
        return ", ".join(filter(None, (self.carer_name, self.carer_relation)))

    @property
    def kept_id(self) -> int:
        """The record that counts for this person: itself, or the one it was merged into."""
        return self.merged_into_id or self.pk

    @property
    def kept(self) -> Patient:
        """As `kept_id`, as an object; reads it from the database for a merged record only."""
        return self.merged_into or self

    @property
    def has_opted_out(self) -> bool:
        """Whether this person wants no emails but those about a booked visit; reads the record that is kept."""
        return self.kept.opted_out_at is not None

    @property
    def is_restricted(self) -> bool:
        """Whether this person was erased: few see the record, and nothing is added to it; each record says so."""
        return self.erasure_id is not None

    @property
    def has_died(self) -> bool:
        """Whether a death of this person stands; reads the record that is kept for a merged one only."""
        return self.kept.death_id is not None


class NameWord(models.Model):
    """A word that stands, or stood, in somebody's name, folded, with the codes of its sound (double metaphone).

    A word typed with a slip is looked up among these few first, then patients by the words found: far quicker than
    among all names of all patients. Words stay when nobody bears them any more; they lead nowhere then.
    """

    word = models.CharField(max_length=100, primary_key=True)
    sound = models.CharField(max_length=20, blank=True)
    other_sound = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="name_word_trgm"),
            models.Index(fields=["sound"], name="name_word_sound"),
            models.Index(fields=["other_sound"], name="name_word_other_sound"),
        ]

    def __str__(self) -> str:
        return self.word
