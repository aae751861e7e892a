"""Since when a setting has been what it is: noted as the web server starts, where it is another than before."""

from __future__ import annotations

from django.db import models

from pht_clinic.audit.append_only import AppendOnlyModel


class SettingSeen(AppendOnlyModel):
    """A setting as a web server started with it. `value` is what pages show: of a secret that it is set, or is not.

    `number` counts what was noted of one setting, from 1; the highest is how it is since `at`.
    """

    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    value = models.TextField()
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["name", "number"]
        constraints = [
            # of several processes that start together one notes it; it also finds the newest of a name
            models.UniqueConstraint(fields=["name", "number"], name="one_setting_seen_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.name} number {self.number}"
