"""Which patients were given one batch of a drug, and what was drawn up last today. Reads only."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, Value
from django.db.models.functions import Replace, Upper

from injections.models import Injection
from pht_clinic import clock


def given_of_batch(batch: str) -> QuerySet[Injection]:
    """What was injected here out of this batch, newest first, as it is recorded now; blanks and case do not matter.

    None of them is left out, whatever their number: a recall must reach everybody.
    """
    rows = Injection.objects.given().exclude(batch="")
    spelled = rows.annotate(spelled=Upper(Replace("batch", Value(" "), Value(""))))
    found = spelled.filter(spelled="".join(batch.split()).upper())
    return found.select_related("patient__merged_into").order_by("-ended_at", "-pk")


def drawn_up_today(user_id: int | None, *, now: datetime) -> Injection | None:
    """The newest injection that this radiologist recorded today (clinic-local) with its batch, which only one
    given here has. One query.
    """
    rows = Injection.objects.current().filter(recorded_by=user_id, recorded_on=clock.local_date(now))
    return rows.exclude(batch="").order_by("-pk").first()
