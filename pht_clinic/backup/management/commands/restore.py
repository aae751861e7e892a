"""`restore BACKUP`: brings a backup back into an empty database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pht_clinic.backup.commands import plainly
from pht_clinic.backup.database import owner_alias
from pht_clinic.backup.restore import restore


class Command(BaseCommand):
    help = "Restore a backup into the empty database of DATABASE_OWNER_URL, and look whether all of it came back."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="the backup's folder")

    def handle(self, *args: Any, **options: Any) -> None:
        with plainly():
            kept = restore(options["backup"], alias=owner_alias())
        tables = len(kept.rows)
        self.stdout.write(f"Restored: {kept.total} rows in {tables} tables, as of {kept.taken_at:%Y-%m-%d %H:%M} UTC.")
