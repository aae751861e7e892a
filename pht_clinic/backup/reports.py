"""What became of each run, kept in the database itself, and what of it managers must hear."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from pht_clinic.backup.database import owner_alias
from pht_clinic.backup.manifest import Manifest
from pht_clinic.backup.models import TROUBLE_MOST, BackupReport


def report(
    deed: str, backup: str, *, of: Manifest | None = None, trouble: str = "", began: float, now: datetime
) -> BackupReport:
    """Keep what became of one run that began at this reading of the monotonic clock."""
    return BackupReport.objects.using(owner_alias()).create(
        at=now,
        deed=deed,
        backup=backup[:100],
        taken_at=of.taken_at if of else None,
        rows=of.total if of else 0,
        seconds=round(time.monotonic() - began),
        trouble=trouble[:TROUBLE_MOST],
    )


def trouble(*, now: datetime) -> str:
    """What is wrong with the clinic's backups, in a sentence; "" where nothing is, or where it keeps none here.

    One is proven by having been restored. Boundary: one of exactly BACKUP_PROOF_HOURS ago is new enough. 2 queries.
    """
    if not settings.BACKUP_FOLDER:
        return ""
    last = {row.deed: row for row in BackupReport.objects.order_by("deed", "-id").distinct("deed")}
    for deed, failed in (
        (BackupReport.Deed.TAKEN, "The last backup was not taken"),
        (BackupReport.Deed.PROVEN, "The last backup did not come back when it was tried"),
    ):
        if deed in last and last[deed].trouble:
            return f"{failed}: {last[deed].trouble}"
    proven = BackupReport.objects.filter(deed=BackupReport.Deed.PROVEN, trouble="").aggregate(newest=Max("taken_at"))
    newest: datetime | None = proven["newest"]
    if newest is None:
        return "No backup was ever proven by restoring it."
    hours = (now - newest) / timedelta(hours=1)
    return (
        "" if hours <= settings.BACKUP_PROOF_HOURS else f"The newest backup that was proven is {hours:.0f} hours old."
    )
