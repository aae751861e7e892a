"""What judges, books, locks or writes never reads the replica: it is refused in a block that may, replica or none.

The controls take the refusal away, and a stale row is judged or a person's lock is nobody's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from injections.assessment import verdict
from injections.facts import patient_rows
from injections.facts.history import history_about
from pht_clinic.replica import scope
from pht_clinic.replica.scope import PRIMARY, REPLICA, MayNotReadReplica, alias_to_read, is_aside
from pht_clinic.replica.scope import reading as block_of
from pht_clinic.web.models import Tally
from scheduling.diary import locks
from scheduling.diary.locks import use_case
from scheduling.models import Patient
from tests.clinic import NOW, Clinic, local
from tests.standby import Standby, assert_as_far

ROOT: Final = Path(__file__).parents[3]
BLOCKS: Final = [PRIMARY, REPLICA]
"""The refusal holds without a replica too: else only who has one would meet a mistake."""


def judge(patient: Patient) -> object:
    return history_about(patient, now=NOW)


def act(patient: Patient) -> object:
    with use_case():
        return locks.lock(patients={patient.pk})


def verdict_on_nothing(_: Patient) -> object:
    return verdict.judge_all([])


def lock_by_query_set(patient: Patient) -> object:
    return Patient.objects.select_for_update().get(pk=patient.pk)


def save(patient: Patient) -> object:
    patient.save()
    return None


def create(_: Patient) -> object:
    return Tally.objects.create(name="aside")


def change(patient: Patient) -> object:
    return Patient.objects.filter(pk=patient.pk).update(family_name="Cole")


DEEDS: Final = (judge, act, verdict_on_nothing, lock_by_query_set, save, create, change)


@pytest.mark.parametrize("alias", BLOCKS)
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
@pytest.mark.django_db
def test_it_is_refused_where_the_replica_may_be_read(
    clinic: Clinic, deed: Callable[[Patient], object], alias: str
) -> None:
    patient = clinic.fit_patient()
    with block_of(alias), pytest.raises(MayNotReadReplica):
        deed(patient)
    assert not is_aside()


def test_control_without_the_refusal_what_is_judged_is_what_was(
    replica: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the replica's, with a name that the primary has no more, goes into the history that rules read."""
    from tests.clinic import open_clinic

    patient = open_clinic(NOW).fit_patient("Ashdown")
    assert_as_far(replica)
    replica.pause()
    Patient.objects.filter(pk=patient.pk).update(family_name="Zeller")
    monkeypatch.setattr(patient_rows, "check_primary", lambda: None)
    monkeypatch.setattr(scope.Router, "db_for_write", lambda *_, **__: None)
    with block_of(REPLICA):
        judged = history_about(Patient.objects.get(pk=patient.pk), now=NOW)
    assert judged.patient.family_name == "Ashdown"
    assert history_about(Patient.objects.get(pk=patient.pk), now=NOW).patient.family_name == "Zeller"
    replica.resume()


def test_a_row_of_the_replica_is_never_written_and_what_hangs_on_it_is_the_primarys(replica: Standby) -> None:
    from tests.clinic import open_clinic

    clinic = open_clinic(NOW)
    visit = clinic.book(clinic.fit_patient(), local("2026-03-16")).appointment
    assert visit is not None
    assert_as_far(replica)
    with block_of(REPLICA):
        row = type(visit).objects.get(pk=visit.pk)
    assert row._state.db == REPLICA
    for deed in (row.save, row.delete):
        with pytest.raises(MayNotReadReplica):
            deed()
    assert row.patient._state.db == PRIMARY


def test_outside_of_a_block_nothing_is_said_and_a_query_set_is_the_primarys() -> None:
    assert (is_aside(), alias_to_read()) == (False, PRIMARY)
    assert scope.Router().db_for_read(Patient) is None
    assert scope.Router().db_for_write(Patient) is None
    assert scope.Router().allow_migrate(REPLICA, "scheduling") is False
    assert scope.Router().allow_migrate(PRIMARY, "scheduling") is None


def test_nobody_else_opens_such_a_block_or_names_the_replica() -> None:
    """Whoever reads aside calls `read_aside`; who may call it stands in the import contracts."""
    own = {"pht_clinic/replica/scope.py", "pht_clinic/replica/reading.py", "pht_clinic/replica/standing.py"}
    found = set()
    for top in ("pht_clinic", "scheduling", "injections"):
        for path in sorted((ROOT / top).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            imported = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == "pht_clinic.replica.scope"
                for alias in node.names
            }
            named = any(isinstance(node, ast.Constant) and node.value == REPLICA for node in ast.walk(tree))
            if named or imported & {"reading", "REPLICA"}:
                found.add(path.relative_to(ROOT).as_posix())
    settings_of_it = {"pht_clinic/settings.py", "pht_clinic/checks.py", "pht_clinic/start/servers.py"}
    assert found == (own | settings_of_it)
