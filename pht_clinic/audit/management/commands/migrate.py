"""`migrate` as the role that owns the tables, then the rights of the application's role."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from pht_clinic.audit import grants


class Command(DjangoMigrate):
    """Works on the database `owner` unless told otherwise, when DATABASE_OWNER_URL is set."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            self._give_rights(options["database"])

    def _give_rights(self, alias: str) -> None:
        if not grants.give(connections[alias]):
            self.stderr.write(
                self.style.WARNING(
                    "The application's role owns the tables, so append-only tables are not protected: "
                    "set DATABASE_OWNER_URL to another role and migrate with that one."
                )
            )
