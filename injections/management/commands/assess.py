"""`manage.py assess FILE`: the batch safety check.

manage.py itself runs it before any settings are loaded; this is the same door for `django-admin` and `call_command`.
"""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from injections.doors.coded.door import main


class Command(BaseCommand):
    """Assess one JSON object a line."""

    help = "Assess one JSON object a line; FILE or - for standard input. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: object, file: str, **options: object) -> None:
        result = main([file])
        if result:
            sys.exit(result)
