"""`renew_second_factors`: encrypts second factors with the first of SECOND_FACTOR_KEYS, so that the others can go."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from pht_clinic.people.second_factor import secrets


class Command(BaseCommand):
    help = "Encrypt what second factors are made from with the first key of SECOND_FACTOR_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = secrets.renew()
        except InvalidToken as error:
            raise CommandError("SECOND_FACTOR_KEYS lacks a key that is still in use; nothing was changed.") from error
        self.stdout.write(f"{count} encrypted with the first key.")
