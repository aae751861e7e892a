"""What became of backups: taken, and proven by having been restored."""

from typing import Final

from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel


class BackupReport(AppendOnlyModel):
    """One run. `backup` names the backup's folder, and `taken_at` says of which instant it is (null: it was never read
    so far). `trouble` is why it failed, "" where it did not.
    """

    class Deed(models.TextChoices):
        TAKEN = "taken", "taken"
        PROVEN = "proven", "proven by restoring it"

    at = models.DateTimeField()
    deed = models.CharField(max_length=10, choices=Deed.choices)
    backup = models.CharField(max_length=100)
    taken_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    trouble = models.TextField(blank=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(trouble="") | Q(taken_at__isnull=False), name="whole_backup_is_of_an_instant"
            )
        ]
        indexes = [models.Index(fields=["deed", "-id"], name="backup_newest_of_deed")]

    def __str__(self) -> str:
        return f"{self.backup} {self.deed}"


TROUBLE_MOST: Final = 500
"""Characters of a trouble: the first lines of what a program said, not its whole log."""
