"""Views lie in a partition of their own, which can be emptied; what stood before them moved with its ids and seals."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record, viewed
from pht_clinic.people.actors import SYSTEM
from tests.clinic import NOW


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of ours
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_view_and_a_deed_lie_apart() -> None:
    record("booked", by=SYSTEM, now=NOW)
    viewed(by=SYSTEM, now=NOW, patients=[1], what="patient")
    assert (count("audit_entry_deeds"), count("audit_entry_views"), Entry.objects.count()) == (1, 1, 2)


@pytest.mark.django_db
def test_nobody_s_deed_is_refused_by_the_database() -> None:
    from django.db import IntegrityError, transaction

    for kind, name in (("", "x"), ("user", "")):
        with pytest.raises(IntegrityError, match="audit_entry_has_an_actor"), transaction.atomic():
            Entry(at=NOW, actor_kind=kind, actor_name=name, verb="sign-in-failed", network="").save()


@pytest.mark.full_trial
def test_what_stood_moves_with_its_ids_and_seals(committed_db: None, owner_connection: psycopg.Connection) -> None:
    """Back into one table and forth again, with rows of both kinds, seals over them, and an id that was given back."""
    from django.core.management import call_command
    from django.core.management.base import CommandError

    from pht_clinic.audit.tasks import seal_audit
    from pht_clinic.audit.verify import verify

    def written() -> None:
        record("booked", by=SYSTEM, now=NOW, changed=[("name", "Ash", "Elm")])
        viewed(by=SYSTEM, now=NOW, patients=[1], what="patient")

    written()
    owner_connection.execute("SELECT nextval(pg_get_serial_sequence('audit_entry', 'id'))")
    seal_audit()
    stood, seals = list(Entry.objects.values()), verify()
    try:
        call_command("migrate", "audit", "0004", database="owner", verbosity=0)
        assert list(Entry.objects.values()) == stood
        assert verify() == seals
        written()
        seal_audit()
        in_one_table = list(Entry.objects.values())
    finally:
        call_command("migrate", database="owner", verbosity=0)  # and what hangs on it
    assert list(Entry.objects.values()) == in_one_table
    written()
    ids = sorted(Entry.objects.values_list("pk", flat=True))
    assert len(set(ids)) == 6
    assert ids[2] == ids[1] + 2
    call_command("verify_audit")
    owner_connection.execute("UPDATE audit_entry SET verb = 'forged' WHERE id = %s", [ids[0]])
    with pytest.raises(CommandError, match="was changed"):
        call_command("verify_audit")
