"""What somebody did far more often than they usually do."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class UnusualUse(models.Model):
    """One person on one day of the clinic. `count` is how much it was within the hour that ended at `found_at`, of
    `what`; `usual` how much it is for this person (0: nothing is known of them). Open until a manager says in `word`
    what it was.
    """

    class What(models.TextChoices):
        OPENED = "opened", "opened records, one by one"
        SHOWN = "shown", "was shown patients, lists counted"
        EXPORTED = "exported", "took data out as files"
        FEEDS = "feeds", "had their calendar feed fetched"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="unusual_uses")
    day = models.DateField()
    found_at = models.DateTimeField()
    what = models.CharField(max_length=10, choices=What)
    count = models.PositiveIntegerField()
    usual = models.PositiveIntegerField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    word = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="one_unusual_use_a_day"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(word=""),
                name="unusual_use_closed_with_a_word",
            ),
            models.CheckConstraint(condition=Q(count__gt=F("usual")), name="unusual_use_is_more_than_usual"),
        ]

    def __str__(self) -> str:
        return f"unusual use {self.pk}"
