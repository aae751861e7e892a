"""`backup [--into FOLDER] [--keep-days 30]`: takes a backup, and removes those that are old."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pht_clinic import clock
from pht_clinic.backup.commands import chosen_folder, plainly
from pht_clinic.backup.take import remove_old, take


class Command(BaseCommand):
    help = "Back up the whole database into a new folder, and remove old backups."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--into", type=Path, help="where backups are kept (default BACKUP_FOLDER)")
        parser.add_argument(
            "--keep-days", type=int, default=settings.BACKUP_KEEP_DAYS, help="for how long (default BACKUP_KEEP_DAYS)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep_days"] < 1:
            raise CommandError("--keep-days must be at least 1.")
        with plainly():
            folder, now = chosen_folder(options["into"]), clock.now()
            self.stdout.write(str(take(folder, now=now)))
            for removed in remove_old(folder, keep=timedelta(days=options["keep_days"]), now=now):
                self.stdout.write(f"removed {removed}")
