"""Several visits that were asked for by one rule."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling import kinds

FEWEST, MOST = 2, 12
"""How many visits are one series."""
MOST_WEEKS = 8
"""How many weeks apart its visits are at most."""

_NO_RULE = ("from_on__isnull", "every_weeks__isnull", "weekdays__isnull", "at__isnull")


class VisitSeries(AppendOnlyModel):
    """What somebody asked for: `count` visits of one kind from the local day `from_on` on, on these weekdays (0 is
    Monday) of every `every_weeks`-th week, at this wall time; or, by no rule, so many whose times were named.

    Which visits came of it they say themselves (`Appointment.series`): each is a visit like any other, and may have
    been moved or cancelled since. The rule stays as it was asked for.
    """

    kind = models.CharField(max_length=30, choices=kinds.choices)
    from_on = models.DateField(null=True)
    every_weeks = models.PositiveSmallIntegerField(null=True)
    weekdays = models.JSONField(null=True)
    at = models.TimeField(null=True)
    count = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(condition=Q(count__range=(FEWEST, MOST)), name="series_count"),
            models.CheckConstraint(condition=Q(every_weeks__range=(1, MOST_WEEKS)), name="series_every_weeks"),
            models.CheckConstraint(
                condition=Q(**dict.fromkeys(_NO_RULE, True)) | Q(**dict.fromkeys(_NO_RULE, False)),
                name="series_rule_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"series {self.pk}"
