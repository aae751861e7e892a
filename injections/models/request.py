"""What an appointment is to inject."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from injections.safety.visit import Wanted, side_of_all
from scheduling.models import Appointment


class InjectionRequest(models.Model):
    """What an appointment is to inject: one to three injections of different areas or sides.

    `site`, `side` and `targets` are the first one's; `further` holds the others in their order, each as {"site",
    "side", "targets"}: one row, so that a visit is read with all of them wherever it is read. Constraints keep it to
    three, and no area and side to twice. Read `wanted`.
    """

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="injection_request")
    site = models.CharField(max_length=40)
    side = models.CharField(max_length=10)
    targets = ArrayField(models.CharField(max_length=20))
    further = models.JSONField(default=list)

    def __str__(self) -> str:
        return ", ".join(f"{one.site} {one.side}" for one in self.wanted)

    @classmethod
    def of(cls, wanted: tuple[Wanted, ...]) -> InjectionRequest:
        """An unstored row that asks for these."""
        first, *others = wanted
        further: list[dict[str, Any]] = [
            {"site": one.site, "side": one.side, "targets": list(one.targets)} for one in others
        ]
        return cls(site=first.site, side=first.side, targets=list(first.targets), further=further)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Each injection, in the order in which they were asked for."""
        first = Wanted(self.site, self.side, tuple(self.targets))
        return (first, *(Wanted(one["site"], one["side"], tuple(one["targets"])) for one in self.further))

    @property
    def places(self) -> list[tuple[str, str]]:
        """The areas that it is about, each with its side, or both: what questions to a patient are asked about."""
        sides: dict[str, list[str]] = {}
        for one in self.wanted:
            sides.setdefault(one.area, []).append(one.side)
        return [(area, side_of_all(found)) for area, found in sides.items()]
