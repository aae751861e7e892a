"""Answers already given to requests with an Idempotency-Key, files that take long to write, what was typed too late,
the counts behind every limit, where people are signed in, and counts for those who watch.
"""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """One key of one user on one path, with the first answer; it counts for 24 hours.

    `status` is null only inside the transaction that is still working the answer out.
    `patient_ids` and `viewed_what` let a repeated answer be audited like the first one.
    """

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True, default="")
    body = models.TextField(blank=True, default="")
    location = models.CharField(max_length=200, blank=True, default="")
    patient_ids = models.JSONField(default=list, blank=True)
    viewed_what = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "path", "key"], name="web_idempotency_key_once")]

    def __str__(self) -> str:
        return f"key {self.pk}"


class Export(models.Model):
    """A file that is written in steps because it is long; only `user` may fetch it, for a day after it is finished.

    `name` says what is exported and `asked` which of it. `position` is where the next step begins; `total` is what was
    counted at the beginning. A step is one transaction that holds this row, so a worker that dies leaves whole steps.
    """

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    asked = models.JSONField(default=dict)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # serves the worker: what is not finished, the longest untouched first
            models.Index(
                fields=["worked_at", "id"], condition=models.Q(finished_at__isnull=True), name="web_export_unfinished"
            ),
            models.Index(fields=["finished_at"], name="web_export_finished"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def kept_until(self) -> datetime | None:
        """When a finished file is forgotten, by the database's clock."""
        return self.finished_at and self.finished_at + timedelta(days=1)


class ExportPart(models.Model):
    """What one step wrote, as it stands in the file, and which patients it shows."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    text = models.TextField()
    patient_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="web_export_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"


class KeptForm(models.Model):
    """What somebody typed whose session had ended, encrypted; it counts for 24 hours and for `user` alone.

    `address` is where its form stands, in codes and ids as every address here. A row is personal data, and goes soon.
    """

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    address = models.TextField()
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"kept form {self.pk}"


class GuessCount(models.Model):
    """How often something was tried at one account from one place until `ends_at`: a password, a code, a short
    address, a date of birth, a request of a program (`pht_clinic.web.counting`).

    People, addresses and devices are digests; "" stands for all. `about` is the id of the row that was tried, if any.
    """

    account = models.CharField(max_length=64)
    place = models.CharField(max_length=64)
    about = models.BigIntegerField(null=True)
    guesses = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "place"], name="web_guess_count_once")]
        indexes = [
            # serves the desk: which links are closed
            models.Index(fields=["about"], condition=models.Q(about__isnull=False), name="web_guess_count_about")
        ]

    def __str__(self) -> str:
        return f"count {self.pk}"


class OpenSession(models.Model):
    """Where somebody is signed in: since when, when it was last used (to the minute), with what class of device, and
    from which block of network addresses.

    It is an entry about a session, and opens nothing: the session itself is Django's, of this key. One of another
    `epoch` than its user's has ended.
    """

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40)
    epoch = models.PositiveIntegerField()
    device = models.CharField(max_length=10)
    place = models.CharField(max_length=60)
    began_at = models.DateTimeField(db_default=Now(), db_index=True)
    used_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"session {self.pk}"


class Tally(models.Model):
    """How often something happened since the clinic began."""

    name = models.CharField(max_length=60, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"
