"""Who did and who viewed what."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from pht_clinic.audit.append_only import AppendOnlyModel


class Entry(AppendOnlyModel):
    """One thing that somebody did or saw. `subject` names the row it is about, as "appointment:12"; `door` is where
    they came in (`audit/door.py`), "" of what was noted before doors were. `at` is the product's clock; `stored_at` is
    the database's own, which a trigger writes whatever is sent (null: noted before it did).
    """

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    user = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries"
    )
    actor_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, blank=True)
    patient_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    door = models.CharField(max_length=10, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True)
    stored_at = models.DateTimeField(null=True, editable=False)

    class Meta(AppendOnlyModel.Meta):
        verbose_name_plural = "entries"
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["user", "at"], name="audit_entry_user_at"),
            GinIndex(fields=["patient_ids"], name="audit_entry_patients"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}".strip()


class Seal(AppendOnlyModel):
    """What stood in the trail, and in which order seals were made: `digest` (SHA-256, hexadecimal) is over `previous`,
    the digest of the seal before ("" of the first), and over the entries in it that are no views.

    Which entries are in it: those of each run of ids from `first_ids` to `last_ids`, both included, position by
    position. An id between the runs was not there when the seal was made: it was given back, or is in a later seal.
    `entries` counts those that the digest is over.
    """

    made_at = models.DateTimeField(db_default=Now())
    first_ids = ArrayField(models.BigIntegerField())
    last_ids = ArrayField(models.BigIntegerField())
    entries = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True, unique=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("id",)
        indexes = [models.Index(fields=["made_at"], name="audit_seal_made_at")]

    def __str__(self) -> str:
        return f"seal {self.pk}"
