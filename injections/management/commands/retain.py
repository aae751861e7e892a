"""`retain`: reports what has been kept long enough, and removes what was reported; in the role of retention."""

from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from injections.models import RetentionRun
from injections.patient.keeping import erase, remove
from pht_clinic import clock
from pht_clinic.people.actors import SYSTEM

_AS_LONG_AS_IT_TAKES: Final = 24 * 3600.0


class Command(BaseCommand):
    help = "Report what has been kept long enough; with --remove, remove what was reported before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove what an earlier report names")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self._remove()
        else:
            self._report()

    def _report(self) -> None:
        run = remove.report(by=SYSTEM, now=clock.now())
        if run is None:
            self.stdout.write("Nothing has been kept long enough to be removed.")
        else:
            self._tell(run)

    def _remove(self) -> None:
        if not remove.is_set_up():
            raise CommandError("RETENTION_DATABASE_URL is not set: there is no role that may remove anything.")
        now = clock.now()
        finished = erase.finish(by=SYSTEM, now=now)
        if finished:
            self.stdout.write(f"Erasures finished: {finished}.")
        run = remove.open_run()
        if run is None:
            self.stdout.write("Nothing is reported, so nothing is removed.")
        elif now < run.remove_from:
            self._tell(run)
        else:
            done = remove.remove(by=SYSTEM, now=now, seconds=_AS_LONG_AS_IT_TAKES)
            for due in remove.due_of(done) if done else ():
                self.stdout.write(f"{due.kind.words}: {due.removed} of {due.rows} removed.")

    def _tell(self, run: RetentionRun) -> None:
        for due in remove.due_of(run):
            self.stdout.write(f"{due.kind.words}: {due.rows} older than {due.until:%Y-%m-%d %H:%M} UTC.")
        self.stdout.write(f"It may go from {run.remove_from:%Y-%m-%d %H:%M} UTC on.")
