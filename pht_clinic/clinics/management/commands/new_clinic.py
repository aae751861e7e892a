"""`manage.py new_clinic`, as a command of Django's.

manage.py itself runs it before any settings are loaded; this is the same door for `django-admin` and `call_command`.
"""

import argparse
import sys

from django.core.management.base import BaseCommand, CommandParser

from pht_clinic.clinics.door import main


class Command(BaseCommand):
    help = "Make a clinic with a database, roles and keys of its own. Needs no settings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def handle(self, *args: object, arguments: list[str], **options: object) -> None:
        if result := main(["new_clinic", *arguments]):
            sys.exit(result)
