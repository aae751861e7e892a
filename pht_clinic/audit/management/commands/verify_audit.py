"""`verify_audit`: whether the audit trail is what was sealed; ends with a status of its own where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pht_clinic.audit.verify import verify


class Command(BaseCommand):
    help = "Compare the audit trail with its seals."

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        if found.unsealed:
            since, until = found.unsealed_from, found.unsealed_to
            self.stdout.write(f"Not sealed yet: {found.unsealed} entries, taken from {since} to {until}.")
        if found.wrong:
            raise CommandError("\n".join(found.wrong))
        self.stdout.write(f"{found.sealed} entries are as they were sealed. Last seal: {found.last_digest or 'none'}")
