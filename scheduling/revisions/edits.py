"""Nobody overwrites what they did not see: records that forms edit, their revisions, and who changed what.

Each such record has a `revision`, raised with every change of what its form shows. Whoever saves says which one they
read; where it has changed since, the save is refused with what changed, by whom and when. Appointments have a history
of their own (`diary/locks.py`), wordings have versions (`messages/wording/rewording.py`); the refusal is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from django.db import models

from pht_clinic import clock
from pht_clinic.audit.values import Changed, plain
from pht_clinic.languages import NAMES
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.people.roles import ROLE_CHOICES
from scheduling.diary.locks import Difference, StaleRevision
from scheduling.kinds import KINDS
from scheduling.messages import words
from scheduling.models import Closure, GroupVisit, Patient, Practitioner, RecordEdit, Room, Schedule
from scheduling.patients.phones import shown_phone

EDITED: Final[dict[type[models.Model], dict[str, str]]] = {
    Patient: {
        "given_name": "Given name",
        "family_name": "Family name",
        "former_names": "Former names",
        "date_of_birth": "Date of birth",
        "nhs_number": "NHS number",
        "phone": "Phone",
        "email": "Email address",
        "email_opt_in": "Agrees to get emails",
        "address": "Postal address",
        "preferred_contact": "Preferred contact",
        "language": "Interpreter for",
        "written_language": "Language of messages",
        "needs": "Access needs",
        "gp_name": "GP or referrer",
        "gp_practice": "Practice",
        "gp_address": "Practice’s address",
        "gp_email": "Email of the GP or referrer",
        "carer_name": "Carer",
        "carer_relation": "Relation of the carer",
        "carer_phone": "Phone of the carer",
        "carer_may_speak": "The carer may speak for the patient",
    },
    Practitioner: {
        "name": "Name",
        "kinds": "Visits this person takes",
        "user_id": "Signs in as",
        "active": "Takes visits",
    },
    Room: {"name": "Name", "has_ultrasound": "Has ultrasound", "active": "In use"},
    Schedule: {
        "practitioner_id": "Practitioner",
        "room_id": "Room",
        "weekday": "Weekday",
        "opens": "Opens",
        "closes": "Closes",
        "valid_from": "First day it is valid",
        "valid_to": "Last day it is valid",
        "every_weeks": "Every how many weeks",
    },
    Closure: {
        "practitioner_id": "Practitioner",
        "room_id": "Room",
        "starts_at": "Start",
        "ends_at": "End",
        "reason": "Reason",
    },
    GroupVisit: {"seats": "Places in this class"},
    User: {"name": "Name", "role": "Role", "is_active": "May sign in"},
}
"""The columns that count of each kind of record, with what a page calls them, in the order of its form."""


_NOUNS: Final[dict[type[models.Model], str]] = {Patient: "record", Schedule: "session", User: "member of staff"}
"""What a page calls one, where that is not the name of its table."""


def register(
    model: type[models.Model], columns: Mapping[str, str], *, shown: Mapping[str, Callable[[Any], str]] | None = None
) -> None:
    """Tell of a kind of record of the policy that forms edit: its columns with what a page calls them, and how those
    are said that plain words do not say.
    """
    EDITED[model] = dict(columns)
    _SHOWN_OF[model] = dict(shown or {})


def details(row: Any) -> dict[str, Any]:
    """What the form of this record shows of it, by the column, as JSON."""
    return {name: plain(getattr(row, name)) for name in EDITED[type(row)]}


def raise_revision(row: Any, before: Mapping[str, Any], *, by: Actor, now: datetime) -> list[Changed]:
    """Note that a record says otherwise than `before` (its `details` until then), if it does; what has changed, for the
    entry on the audit trail.

    The row is locked, and its change stored by the caller; the revision is stored here.
    """
    after = details(row)
    changed = [name for name, value in after.items() if value != before[name]]
    if changed:
        row.revision += 1
        row.save(update_fields=["revision"])
        RecordEdit(
            record=_named(row),
            revision=row.revision,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            at=now,
            by_id=by.user_id,
            by_name=by.name,
        ).save()
    return [(name, before[name], after[name]) for name in changed]


def check_unchanged(row: Any, revision: int | None) -> None:
    """Raise StaleRevision, with what changed, by whom and when, unless `revision` is the present one.

    None is for whoever did not say: a program that changes what it names. The row is locked.
    """
    if revision is None or not is_stale(row, revision):
        return
    edits = list(RecordEdit.objects.filter(record=_named(row), revision__gt=revision).order_by("-revision"))
    seen = copy(row)
    seen.revision = revision
    last: dict[str, RecordEdit] = {}
    for edit in edits:
        for name, value in edit.before.items():
            setattr(seen, name, row._meta.get_field(name).to_python(value))
            last.setdefault(name, edit)
    differ = [
        Difference(name, label, _words(seen, name), _words(row, name), last[name].by_name, last[name].at)
        for name, label in EDITED[type(row)].items()
        if name in last and getattr(seen, name) != getattr(row, name)
    ]
    raise StaleRevision.since(
        _NOUNS.get(type(row), row._meta.verbose_name),
        revision=row.revision,
        last=(edits[0].by_name, edits[0].at) if edits else None,
        differ=differ,
        seen=seen,
        present=row,
    )


def replaced(records: Collection[str]) -> dict[tuple[str, datetime], dict[str, tuple[Any, Any]]]:
    """What the changes of these records ("room:3") replaced: by record and instant, of each column the value before and
    after, as JSON. One query.
    """
    edits = RecordEdit.objects.filter(record__in=records)
    return {
        (edit.record, edit.at): {name: (edit.before[name], new) for name, new in edit.after.items()} for edit in edits
    }


def is_stale(row: Any, revision: int) -> bool:
    """Whether a record is at another revision than the one that somebody read."""
    return bool(row.revision != revision)


def _named(row: models.Model) -> str:
    return f"{row._meta.model_name}:{row.pk}"


_SHOWN: Final[dict[str, Callable[[Any], str]]] = {
    "phone": shown_phone,
    "carer_phone": shown_phone,
    "preferred_contact": lambda way: str(Patient.Contact(way).label),
    "written_language": lambda code: NAMES.get(code, code),
    "weekday": lambda number: str(words.WEEKDAYS[number]),
    "kinds": lambda codes: ", ".join(KINDS[code].name if code in KINDS else code for code in codes),
    "role": lambda role: str(dict(ROLE_CHOICES).get(role, role)),
}


_SHOWN_OF: Final[dict[type[models.Model], dict[str, Callable[[Any], str]]]] = {}
"""The same of the records of one kind, as it was registered."""


def _words(row: Any, name: str) -> str:
    """What a column says, as a page prints it; "nothing" where it is empty."""
    value = getattr(row, name)
    if value in (None, "", []):
        return "nothing"
    if name.endswith("_id"):
        return str(getattr(row, name.removesuffix("_id")))
    return {**_SHOWN, **_SHOWN_OF.get(type(row), {})}.get(name, _plainly)(value)


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return words.when(value, clock.zone())
    if isinstance(value, date):
        return words.full_date(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return ", ".join(value) if isinstance(value, list) else str(value)
