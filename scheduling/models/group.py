"""Visits of several patients at one time with one person in one room: a class."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from scheduling import kinds
from scheduling.models.clinic import Practitioner, Room


class GroupVisit(models.Model):
    """One time at which several patients have their visit together. Its participants are appointments that name it.

    It keeps nobody's time itself: its participants do, who share practitioner and room with each other alone. So the
    first of them takes both and the last who leaves gives them back. `seats` is how many may come: as many as the kind
    allows, or fewer. The participants' own copy of it follows by a foreign key of the database.
    """

    kind = models.CharField(max_length=30, choices=kinds.choices)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    seats = models.PositiveSmallIntegerField()
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["start_at", "id"]
        verbose_name = "class"
        verbose_name_plural = "classes"
        constraints = [
            models.CheckConstraint(condition=Q(seats__gte=1), name="group_has_a_seat"),
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="group_ends_after_its_start"),
            # what the participants' copy points at
            models.UniqueConstraint(fields=["id", "seats"], name="group_and_its_seats"),
        ]
        # which class takes place there (scheduling/diary/groups.py)
        indexes = [models.Index(fields=["practitioner", "start_at"], name="group_practitioner_start")]

    def __str__(self) -> str:
        return f"class {self.pk}"

    @property
    def kind_of_visit(self) -> kinds.Kind:
        return kinds.KINDS[self.kind]
