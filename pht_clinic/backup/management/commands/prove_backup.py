"""`prove_backup [BACKUP]`: restores the newest backup into a scratch database, and tells Home what came of it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pht_clinic import clock
from pht_clinic.backup.commands import chosen_folder, plainly
from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.prove import prove
from pht_clinic.backup.take import whole_backups


class Command(BaseCommand):
    help = "Restore a backup, by default the newest in BACKUP_FOLDER, into a scratch database and look at it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", nargs="?", type=Path, help="the backup's folder (default: the newest)")

    def handle(self, *args: Any, **options: Any) -> None:
        with plainly():
            proven = prove(options["backup"] or self._newest(), now=clock.now())
        self.stdout.write(f"{proven.backup} came back whole: {proven.rows} rows in {proven.seconds} s.")

    def _newest(self) -> Path:
        folder = chosen_folder(None)
        found = whole_backups(folder)
        if not found:
            raise BackupError(f"There is no backup in {folder}.")
        return found[0]
