"""How it is said what one table holds of people, and what many tables have in common."""

from __future__ import annotations

from dataclasses import dataclass

EVERYBODY = "every role"
DESK = "reception and radiologists"
MANAGERS = "managers"
NOBODY = "nobody, only the product itself"
OWNER = "whoever it belongs to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one table holds. `kept` names the kind of the retention table; `seen_by` are who see it on pages.

    `paths` lead from a row to the patient whose it is, any of them; a table without is nobody's or that of `whose`.
    `erased` are the columns that an erasure empties, and `stays` says why whatever else is there stays. `not_copied`
    says why a patient is not given it, `secret` are columns that nobody is given.
    """

    what: str
    kept: str
    seen_by: str
    paths: tuple[str, ...] = ()
    whose: str = ""
    erased: tuple[str, ...] = ()
    stays: str = ""
    not_copied: str = ""
    secret: tuple[str, ...] = ()


CLINICAL = "the clinical record is kept, restricted"
DIARY = "that there was a visit, and when, is part of the record"
OF_VISIT = ("appointment__patient",)


def recorded(what: str, *, seen_by: str = EVERYBODY, secret: tuple[str, ...] = ()) -> Held:
    """A clinical fact that hangs on the patient."""
    return Held(what=what, kept="record", seen_by=seen_by, paths=("patient",), stays=CLINICAL, secret=secret)


def of_clinic(what: str) -> Held:
    return Held(what=what, kept="clinic", seen_by=EVERYBODY)


def of_staff(what: str, *, seen_by: str = MANAGERS, kept: str = "accounts") -> Held:
    return Held(what=what, kept=kept, seen_by=seen_by, whose="staff")
