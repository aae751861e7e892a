"""`create_user EMAIL --role ROLE [--name NAME] [--same-name] [--password-stdin]`: makes somebody who can sign in."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from pht_clinic import clock
from pht_clinic.people.account_news import MADE, tell
from pht_clinic.people.actors import SYSTEM
from pht_clinic.people.models import User
from pht_clinic.people.names import NameTaken, check_name_is_free
from pht_clinic.people.roles import MANAGER, ROLES


class Command(BaseCommand):
    help = "Create a user. The password is asked for, or read as one line from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=ROLES)
        parser.add_argument("--name", default="", help="how the person is called on pages")
        parser.add_argument("--same-name", action="store_true", help="this is somebody else of a name that is taken")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        role = options["role"]
        user = User(
            email=options["email"].strip().lower(),
            name=options["name"].strip()[:150],
            role=role,
            is_staff=role == MANAGER,
        )
        password = _from_stdin() if options["password_stdin"] else _asked()
        try:
            validate_email(user.email)
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if not options["same_name"]:
            _check_name(user.name)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save()
                tell(MADE, user, SYSTEM, clock.now())
        except IntegrityError as error:
            raise CommandError(f"There is already a user with the address {user.email}.") from error
        self.stdout.write(f"Created {user.email} ({role}).")


def _check_name(name: str) -> None:
    try:
        check_name_is_free(name)
    except NameTaken as refusal:
        raise CommandError(f"{refusal.sentence} To say so: --same-name.") from refusal


def _from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked() -> str:
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password again: "):
        raise CommandError("The two passwords differ.")
    return password
