"""Who did and who viewed what."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from pht_clinic.audit.append_only import AppendOnlyModel


class Entry(AppendOnlyModel):
    """One thing that somebody did or saw. `subject` names the row it is about, as "appointment:12"; `door` is where
    they came in (`audit/door.py`), "" of what was noted before doors were.
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
