"""What belongs to one clinic by its name: database, roles, keys in the broker."""

import re
from dataclasses import dataclass
from typing import Final

from pht_clinic.clinics.errors import ClinicsError

LONGEST: Final = 40
"""PostgreSQL cuts names after 63 bytes, and what we put around this one takes 14."""
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ClinicNames:
    """The names at the server, all made from one; no two clinics can come to share one."""

    name: str

    @property
    def database(self) -> str:
        return f"pht_{self.name}"

    @property
    def owner(self) -> str:
        """Owns database and tables, for `migrate` and backups."""
        return f"{self.database}_owner"

    @property
    def application(self) -> str:
        """Web, worker and beat."""
        return f"{self.database}_app"

    @property
    def retention(self) -> str:
        """Removes what has been kept long enough."""
        return f"{self.database}_retention"

    @property
    def roles(self) -> tuple[str, str, str]:
        return self.owner, self.application, self.retention

    @property
    def broker_prefix(self) -> str:
        return f"{self.database}:"


def names_of(name: str) -> ClinicNames:
    """Raises: ClinicsError (no name for a clinic)."""
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise ClinicsError(
            f"{name!r} cannot name a clinic: small letters of English, figures and single underscores, "
            f"beginning with a letter, at most {LONGEST}."
        )
    return ClinicNames(name)
