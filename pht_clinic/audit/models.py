"""Who did and who viewed what, what they changed, and who was refused."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pht_clinic.audit.append_only import AppendOnlyModel


class Entry(AppendOnlyModel):
    """One thing that somebody did or saw. `subject` names the row it is about, as "appointment:12"; `door` is where
    they came in (`audit/door.py`), "" of what was noted before doors were. `at` is the product's clock; `stored_at` is
    the database's own, which a trigger writes whatever is sent (null: noted before it did).

    `network` is the block of addresses that they came from, `device` the class of what they used, `in_clinic` whether
    that network is the clinic's own (null: the clinic names none, or nobody came); the first two are "" where nobody
    came, and null of what was noted before they were. `sums` has a salted digest for each field that was changed, whose
    values are in `Value`; null where there are none.

    The table is two partitions by verb: views, which go after their time, and all the rest, which is sealed and stays.
    Each is parted again by the month of `at` (`audit/months.py`). The key in the database is id, verb and `at`; ids
    come from one sequence, and here an id is the key, which foreign keys and the admin want to be one column.
    """

    partitions = ("audit_entry_deeds", "audit_entry_deeds_other", "audit_entry_views", "audit_entry_views_other")

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
    network = models.CharField(max_length=50, null=True, editable=False)
    device = models.CharField(max_length=10, null=True, editable=False)
    in_clinic = models.BooleanField(null=True, editable=False)
    sums = models.JSONField(null=True, editable=False)

    class Meta(AppendOnlyModel.Meta):
        verbose_name_plural = "entries"
        ordering = ("-id",)
        constraints = [
            # before networks were noted, a failed sign-in was nobody's
            models.CheckConstraint(
                condition=~Q(actor_kind="") & (~Q(actor_name="") | Q(verb="sign-in-failed", network__isnull=True)),
                name="audit_entry_has_an_actor",
            )
        ]
        indexes = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["user", "at"], name="audit_entry_user_at"),
            GinIndex(fields=["patient_ids"], name="audit_entry_patients"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}".strip()


class Value(AppendOnlyModel):
    """What one field said before and after the change that an entry tells of, both as JSON text.

    The seal covers the digest of these, in `sums` of the entry, and not the values: an erasure removes the row with its
    salt, and every seal still fits. The database keeps no key to the entry, which partitions would have to share.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="values", db_constraint=False)
    field = models.CharField(max_length=60)
    old = models.TextField()
    new = models.TextField()
    salt = models.CharField(max_length=32)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.field} of entry {self.entry_id}"


class Repeat(models.Model):
    """How often one thing was refused in one minute of the database's clock; `said` is the entry that sums it up.

    Goes once it is summed up. `key` is a digest, "" for all that no row was left for.
    """

    minute = models.DateTimeField()
    key = models.CharField(max_length=64, blank=True)
    times = models.PositiveIntegerField()
    said = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minute", "key"], name="audit_repeat_once")]

    def __str__(self) -> str:
        return f"{self.times} times"


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
