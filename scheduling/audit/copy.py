"""What a patient may be given of the trail: who saw and changed their record, by role, without anybody's name.

Days are those of the clinic. Nothing of another patient, no number of staff, no address and no device is in it.
Source: UK GDPR, Article 15; ICO, “Right of access”: staff are named there only where it is reasonable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pht_clinic import clock
from pht_clinic.people.roles import ROLE_CHOICES
from scheduling.audit.read import audit_entries
from scheduling.audit.words import entry_words

_ROLES: Final = dict(ROLE_CHOICES)
_OTHERS: Final = {"patient": "By your link", "system": "Automatic"}
_NO_ROLE: Final = "The clinic"


@dataclass(frozen=True, slots=True)
class CopyLine:
    """What somebody of this role did or saw on this day, and how often."""

    day: date
    who: str
    what: str
    times: int


def lines_about(patient_id: int, *, since: datetime | None = None, until: datetime | None = None) -> list[CopyLine]:
    """One line for each day, role and deed, the newest day first. `since` is included, `until` is not.

    The role is the one that the account has now; of an account without one it is the clinic.
    """
    rows = audit_entries(patient_id=patient_id, since=since, until=until).order_by()
    told = rows.values_list("at", "actor_kind", "user__role", "verb", "subject").iterator(chunk_size=2000)
    return _summed(
        (clock.local_date(at), _who(kind, role), entry_words(verb, subject)) for at, kind, role, verb, subject in told
    )


def _summed(deeds: Iterable[tuple[date, str, str]]) -> list[CopyLine]:
    counted = Counter(deeds)
    newest_first = sorted(counted, key=lambda one: (-one[0].toordinal(), one[1], one[2]))
    return [CopyLine(*one, counted[one]) for one in newest_first]


def _who(kind: str, role: str | None) -> str:
    return _OTHERS.get(kind) or _ROLES.get(role or "", _NO_ROLE)
