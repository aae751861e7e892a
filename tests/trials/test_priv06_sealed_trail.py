"""PRIV6: an entry of the audit trail that was changed, removed or slipped in is found out, whoever did it.

The owner of the tables does what the application's role cannot. The control has no seals: nothing is found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from pht_clinic.audit.models import Entry, Seal
from pht_clinic.audit.record import record
from pht_clinic.audit.seal import seal
from pht_clinic.audit.tasks import seal_audit
from pht_clinic.audit.values import SUM, forget
from pht_clinic.audit.verify import verify
from pht_clinic.people.actors import SYSTEM
from tests.clinic import NOW, Clinic

AN_HOUR_AGO = "UPDATE audit_seal SET made_at = made_at - interval '2 hours'"
Owner = psycopg.Connection


def written(count: int = 1, verb: str = "booked") -> list[Entry]:
    return [record(verb, by=SYSTEM, now=NOW, subject=f"appointment:{number}") for number in range(1, count + 1)]


@pytest.fixture
def trail(clinic: Clinic, owner_connection: Owner) -> list[Entry]:
    """Nine entries in three seals, views among them, all of it older than any transaction."""
    entries = []
    for _ in range(3):
        entries += written(3)
        written(2, "viewed")
        seal_audit()
    owner_connection.execute(AN_HOUR_AGO)
    return entries


def change(owner: Owner, entry: Entry) -> None:
    owner.execute("UPDATE audit_entry SET actor_name = 'Somebody else' WHERE id = %s", [entry.pk])


def remove(owner: Owner, entry: Entry) -> None:
    owner.execute("DELETE FROM audit_entry WHERE id = %s", [entry.pk])


def make_a_view_of_it(owner: Owner, entry: Entry) -> None:
    owner.execute("UPDATE audit_entry SET verb = 'viewed' WHERE id = %s", [entry.pk])


def backdate(owner: Owner, entry: Entry) -> None:
    owner.execute("UPDATE audit_entry SET at = at - interval '1 day' WHERE id = %s", [entry.pk])


def slip_in(owner: Owner, entry: Entry) -> None:
    """With an id that was given back before: as if it had been there."""
    owner.execute(
        "INSERT INTO audit_entry (id, at, actor_kind, actor_name, verb, subject, patient_ids, detail, request_id, door)"
        " SELECT (SELECT min(id) FROM audit_entry) - 1, at, actor_kind, actor_name, verb, subject, patient_ids, detail,"
        " request_id, door FROM audit_entry WHERE id = %s",
        [entry.pk],
    )


def remove_a_seal(owner: Owner, entry: Entry) -> None:
    owner.execute("DELETE FROM audit_seal WHERE id = (SELECT id FROM audit_seal ORDER BY id OFFSET 1 LIMIT 1)")


def seal_it_again(owner: Owner, entry: Entry) -> None:
    """The entry is changed and its seal made to fit: the next seal gives it away."""
    change(owner, entry)
    owner.execute(
        "UPDATE audit_seal SET digest = repeat('0', 64)"
        " WHERE %s BETWEEN first_ids[1] AND last_ids[cardinality(last_ids)]",
        [entry.pk],
    )


DEEDS: dict[str, tuple[Callable[[Owner, Entry], None], str]] = {
    "changed": (change, "one of its 3 entries was changed"),
    "removed": (remove, "1 of its 3 entries are missing"),
    "made a view": (make_a_view_of_it, "1 of its 3 entries are missing"),
    "backdated": (backdate, "one of its 3 entries was changed"),
    "slipped in": (slip_in, "was added after its neighbours were sealed"),
    "a seal removed": (remove_a_seal, "does not follow the one before"),
    "sealed again": (seal_it_again, "does not follow the one before"),
}


def test_priv6_what_nobody_touched_is_as_it_was_sealed(committed_db: None, trail: list[Entry]) -> None:
    found = verify()
    assert (found.wrong, found.unsealed) == ((), 0)
    assert found.sealed == Entry.objects.exclude(verb="viewed").count() > len(trail)
    assert found.last_digest == Seal.objects.latest("pk").digest


@pytest.mark.parametrize("deed", DEEDS)
def test_priv6_each_deed_is_found(
    deed: str, committed_db: None, trail: list[Entry], owner_connection: Owner, capsys: Any
) -> None:
    do, said = DEEDS[deed]
    do(owner_connection, trail[4])
    assert any(said in one for one in verify().wrong), verify().wrong
    with pytest.raises(CommandError, match=said):
        call_command("verify_audit")


@pytest.mark.parametrize("deed", ["changed", "removed", "slipped in"])
def test_priv6_control_without_seals_nothing_is_found(
    deed: str, committed_db: None, trail: list[Entry], owner_connection: Owner
) -> None:
    owner_connection.execute("DELETE FROM audit_seal")
    DEEDS[deed][0](owner_connection, trail[4])
    assert verify().wrong == ()


def test_priv6_the_unsealed_last_minute_is_named(committed_db: None, trail: list[Entry], capsys: Any) -> None:
    late = written(2)
    found = verify()
    assert (found.unsealed, found.wrong) == (2, ())
    stored = sorted(entry.stored_at for entry in Entry.objects.filter(pk__in=[one.pk for one in late]))
    assert [found.unsealed_from, found.unsealed_to] == stored
    call_command("verify_audit")
    assert "Not sealed yet: 2 entries" in capsys.readouterr().out


def test_priv6_a_value_that_was_changed_is_found_and_one_that_was_erased_is_not(
    committed_db: None, clinic: Clinic, owner_connection: Owner
) -> None:
    """The value beside the trail does not fit its digest; with the digest made to fit, the seal gives it away.

    Control: with digest and seal gone, nothing is found.
    """
    entry = record("room-changed", by=SYSTEM, now=NOW, changed=[("name", "Room 1", "Room 2"), ("active", True, False)])
    seal_audit()
    assert verify().wrong == ()
    owner_connection.execute(
        "UPDATE audit_value SET old = '\"Room 7\"' WHERE field = 'name' AND entry_id = %s", [entry.pk]
    )
    assert verify().wrong == (f"Entry {entry.pk}: what is kept of name is not what was noted.",)
    owner_connection.execute(
        f"UPDATE audit_entry e SET sums = e.sums || jsonb_build_object('name', {SUM}) FROM audit_value v"  # noqa: S608 - our own tables
        " WHERE v.entry_id = e.id AND v.field = 'name' AND e.id = %s",
        [entry.pk],
    )
    assert any("entries was changed" in one for one in verify().wrong)
    owner_connection.execute("DELETE FROM audit_seal")
    assert verify().wrong == ()


def test_priv6_values_may_be_erased(committed_db: None, clinic: Clinic, owner_connection: Owner) -> None:
    record("patient-corrected", by=SYSTEM, now=NOW, patients=[7], changed=[("phone", "", "07700 900321")])
    seal_audit()
    assert forget(7, alias="owner") == 1
    assert verify().wrong == ()


def test_priv6_views_may_be_removed(committed_db: None, trail: list[Entry], owner_connection: Owner) -> None:
    owner_connection.execute("DELETE FROM audit_entry WHERE verb = 'viewed'")
    assert verify().wrong == ()


def test_priv6_what_was_still_being_written_is_sealed_later(
    committed_db: None, trail: list[Entry], postgres: Any
) -> None:
    """An entry with a lower id that is committed after its neighbours were sealed is no intruder."""
    from pht_clinic.demo.postgresql import APPLICATION

    with psycopg.connect(postgres.url(APPLICATION)) as slow:
        slow.execute(
            "INSERT INTO audit_entry (at, actor_kind, actor_name, verb, subject, patient_ids, detail, request_id, door)"
            " VALUES (now(), 'system', 'system', 'booked', '', '{}', '{}', '', '')"
        )
        written(2)
        first = seal()
        assert first is not None
        assert first.entries == 2
        slow.commit()
    second = seal()
    assert second is not None
    assert second.entries == 1
    assert second.last_ids[0] < first.first_ids[0]
    assert verify().wrong == ()


def test_priv6_the_databases_clock_cannot_be_set_by_who_writes(committed_db: None, clinic: Clinic) -> None:
    [entry] = written()
    Entry(
        at=NOW, actor_kind="system", actor_name="system", verb="booked", stored_at=NOW, patient_ids=[], request_id=""
    ).save()
    forged = Entry.objects.latest("pk")
    honest = Entry.objects.get(pk=entry.pk)
    assert forged.stored_at is not None
    assert honest.stored_at is not None
    assert forged.stored_at >= honest.stored_at > NOW


BACKDATED = (
    "INSERT INTO audit_entry (at, stored_at, actor_kind, actor_name, verb, subject, patient_ids, detail, request_id,"
    " door) VALUES (now() - interval '1 day', now() - interval '1 day', 'system', 'system', 'booked', '', '{}', '{}',"
    " '', '')"
)
ANOTHER_GUARD = (
    "CREATE OR REPLACE FUNCTION audit_entry_is_stored() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
)
WAYS_AROUND = (
    "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_is_stored",
    "ALTER TABLE audit_entry_deeds DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    ANOTHER_GUARD,
    "UPDATE audit_entry SET stored_at = at",
    "UPDATE audit_entry_deeds SET stored_at = at",
)


def test_priv6_what_the_applications_role_backdates_is_found_and_it_cannot_take_the_guard_away(
    committed_db: None, clinic: Clinic, postgres: Any, settings: Any
) -> None:
    from pht_clinic.demo.postgresql import APPLICATION

    with psycopg.connect(postgres.url(APPLICATION), autocommit=True) as role:
        for way in WAYS_AROUND:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(way)
        role.execute(BACKDATED)
    settings.CLOCK_OFFSET_FILE = ""
    forged = Entry.objects.latest("pk")
    assert f"Entry {forged.pk} says another time than the database had." in verify().wrong


def test_priv6_control_without_the_guard_a_backdated_entry_is_not_found(
    committed_db: None, clinic: Clinic, postgres: Any, owner_connection: Owner, settings: Any
) -> None:
    from pht_clinic.demo.postgresql import APPLICATION

    owner_connection.execute(WAYS_AROUND[0])
    try:
        with psycopg.connect(postgres.url(APPLICATION), autocommit=True) as role:
            role.execute(BACKDATED)
    finally:
        owner_connection.execute(WAYS_AROUND[0].replace("DISABLE", "ENABLE"))
    settings.CLOCK_OFFSET_FILE = ""
    forged = Entry.objects.latest("pk")
    assert not [one for one in verify().wrong if f"Entry {forged.pk} " in one]
