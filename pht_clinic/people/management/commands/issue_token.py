"""`issue_token EMAIL [--days 90] [--scope read|book|decide]`: prints an API token, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pht_clinic.people import tokens
from pht_clinic.people.models import User
from pht_clinic.people.scopes import SCOPES


class Command(BaseCommand):
    help = "Print a new API token of a user. It is shown this once and stored as a digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--days", type=int, default=90, help="days until it expires (default 90)")

        parser.add_argument(
            "--scope", choices=SCOPES, default="", help="what it is narrowed to (default: all that the role may do)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user with the address {options['email']}.")
        if not 1 <= options["days"] <= 3650:
            raise CommandError("--days must be between 1 and 3650.")
        self.stdout.write(tokens.issue(user, days=options["days"], scope=options["scope"]))
