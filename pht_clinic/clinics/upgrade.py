"""Bringing the tables of every clinic to this version, whatever one of them does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pht_clinic.clinics.errors import ClinicsError
from pht_clinic.clinics.files import clinics_in, read_clinic
from pht_clinic.clinics.programs import manage

_APPLIED: Final = re.compile(r"^\s*Applying \S+\.\.\. OK", re.M)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What became of one clinic: how many migrations ran, or why it is not of this version. In seconds, how long."""

    clinic: str
    migrations: int
    trouble: str
    seconds: float

    def __str__(self) -> str:
        if self.trouble:
            return f"{self.clinic}: FAILED. {self.trouble}"
        what = {0: "nothing to do", 1: "1 migration"}.get(self.migrations, f"{self.migrations} migrations")
        return f"{self.clinic}: {what}, {self.seconds:.0f} s"


def upgrade(folder: Path, *, at_once: int) -> Iterator[Upgraded]:
    """Migrate each clinic in the folder in a process of its own, and look at its roles; in the order of their names.

    One that fails keeps no other one back. Raises: ClinicsError (there is no clinic).
    """
    clinics = clinics_in(folder)
    if not clinics:
        raise ClinicsError(f"There is no clinic in {folder}.")
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(_upgrade, clinics)


def _upgrade(clinic: Path) -> Upgraded:
    began, said, trouble = time.monotonic(), "", ""
    try:
        settings = read_clinic(clinic)
        said = manage("migrate", "--no-input", "--no-color", settings=settings)
        manage("check", "--database", "default", "--database", "retention", settings=settings)
    except ClinicsError as error:
        trouble = str(error)
    return Upgraded(clinic.name, len(_APPLIED.findall(said)), trouble, time.monotonic() - began)
