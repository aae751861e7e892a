"""PRIV5: with the clock moved, exactly what is due goes; the clinical record stays, restricted; run three times,
nothing more changes; killed in the middle, it goes on where it was.

Controls: what has not been reported does not go, however old; the application's role, and that of retention outside of
its function, remove nothing; an erasure that leaves a table out is found.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections, transaction

from injections.models import Injection, RetentionRun
from injections.patient.keeping import going, remove
from injections.patient.keeping.erase import AskedToErase, erase, finish
from injections.patient.keeping.table import KINDS
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record, viewed
from pht_clinic.audit.verify import verify
from pht_clinic.people.actors import SYSTEM
from pht_clinic.web.models import GuessCount
from scheduling.models import (
    Appointment,
    Erasure,
    Merge,
    Message,
    Patient,
    RecordEdit,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from scheduling.patients.restricted import IsRestricted
from scheduling.patients.search import search_patients
from tests.clinic import NOW, Clinic, local
from tests.injections.patient.keeping.canaries import CANARIES, somebody

YEARS = timedelta(days=2923)
VIEWS_DAYS, MESSAGE_DAYS = 2922, 365
Owner = psycopg.Connection


def everything(owner: Owner) -> dict[str, list[tuple[str]]]:
    """Every row of every table as text, but the run's own and the trail's deeds."""
    found = {}
    for (table,) in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall():
        found[table] = owner.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1').fetchall()  # noqa: S608 - our own tables
    return found


def search(owner: Owner, text: str) -> list[str]:
    """The tables in which a text stands."""
    return [table for table, rows in everything(owner).items() if any(text in row for (row,) in rows)]


def run_through(*, now: Any) -> RetentionRun | None:
    """A report, and its removal once the notice is over."""
    remove.report(by=SYSTEM, now=now)
    return remove.remove(by=SYSTEM, now=now + timedelta(days=7), seconds=60)


@pytest.fixture
def old(committed_db: None, clinic: Clinic) -> Clinic:
    """A visit with its messages, views at the boundary, tries and guesses; of a clinic that is years old by now."""
    patient = clinic.fit_patient("Oldcroft")
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    Message.objects.update(status=Message.State.SENT, sent_at=NOW, expires_at=NOW)
    for place in ("dates-of-birth-a-day", "dates-of-birth-in-all"):
        ends_at = NOW + timedelta(days=3660)
        GuessCount.objects.create(account="a" * 64, place=place, about=visit.pk, guesses=2, ends_at=ends_at)
    viewed(by=clinic.reception, now=NOW, patients=[patient.pk], what="patient")
    viewed(by=clinic.reception, now=NOW + timedelta(seconds=1), patients=[patient.pk], what="patient")
    record("booked", by=clinic.reception, now=NOW, patients=[patient.pk])
    return clinic


def views() -> int:
    return Entry.objects.filter(verb="viewed").count()


def test_priv5_exactly_what_is_due_goes_at_its_boundary(old: Clinic) -> None:
    """A view of one second later is kept, and so is what was done; a message is due when a year is over."""
    deeds = Entry.objects.exclude(verb="viewed").count()
    due = NOW + timedelta(days=VIEWS_DAYS, microseconds=1)
    run = remove.report(by=SYSTEM, now=due)
    assert run is not None
    messages = Message.objects.count()
    assert {one.name: one.rows for one in remove.due_of(run)} == {"messages": messages, "views": 1, "link-tries": 2}
    assert remove.remove(by=SYSTEM, now=due, seconds=60) is None, "the notice is not over"
    assert views() == 2
    done = remove.remove(by=SYSTEM, now=run.remove_from, seconds=60)
    assert done is not None
    assert done.removed == {"messages": messages, "views": 1, "link-tries": 2}
    assert (views(), GuessCount.objects.count()) == (1, 0)
    assert Entry.objects.exclude(verb="viewed").count() == deeds + 2, "the report, and the removal"
    assert Entry.objects.get(verb="retention-removed").detail == done.removed
    said = [(row.recipient, set(row.values) - {"risks_version"}) for row in Message.objects.all()]
    assert said == [("", set())] * messages
    assert Injection.objects.count() == 0
    assert Appointment.objects.count() == 1, "that there was a visit is kept"
    assert verify().wrong == ()


def test_priv5_before_its_time_nothing_is_due(old: Clinic) -> None:
    assert remove.report(by=SYSTEM, now=NOW + timedelta(days=100)) is None
    assert run_through(now=NOW + timedelta(days=MESSAGE_DAYS)) is not None, "the tries at a link that is over"
    assert not Message.objects.exclude(contents_removed_at=None).exists(), "expired a year ago, not more"
    assert views() == 2


def test_priv5_what_was_told_to_other_systems_goes_after_its_days(committed_db: None, clinic: Clinic) -> None:
    """The role that removes it needs no right on what a webhook wants, and is noted for it all the same."""
    webhook = clinic.webhook()
    WebhookEndpoint.objects.update(verbs=["retention-removed"])
    days = timedelta(days=30)
    assert remove.report(by=SYSTEM, now=NOW + days) is None
    done = run_through(now=NOW + days + timedelta(microseconds=1))
    assert done is not None
    assert done.removed == {"deliveries": 2}
    [event] = WebhookEvent.objects.all()
    assert (event.verb, event.deliveries.get().endpoint) == ("retention-removed", webhook)
    assert WebhookDelivery.objects.count() == 1


def test_priv5_three_times_change_nothing_more(old: Clinic, owner_connection: Owner) -> None:
    assert run_through(now=NOW + YEARS) is not None
    after = everything(owner_connection)
    for _ in range(3):
        assert run_through(now=NOW + YEARS) is None
    assert everything(owner_connection) == after


def test_priv5_control_what_was_not_reported_does_not_go(old: Clinic) -> None:
    """However old it is: what becomes old after the report is in the next."""
    run = remove.report(by=SYSTEM, now=NOW + timedelta(days=VIEWS_DAYS, microseconds=1))
    assert run is not None
    remove.remove(by=SYSTEM, now=NOW + YEARS + YEARS, seconds=60)
    assert views() == 1
    assert run_through(now=NOW + YEARS) is not None
    assert views() == 0


def test_priv5_nobody_else_removes_a_view_and_the_role_nothing_else(old: Clinic) -> None:
    def refused(alias: str, statement: str) -> bool:
        try:
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                cursor.execute(statement)
                transaction.set_rollback(True, using=alias)
        except ProgrammingError as error:
            return isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege)
        return False

    deeds = [f"DELETE FROM audit_entry{where}" for where in ("", " WHERE verb = 'viewed'")]  # noqa: S608 - our own tables
    deeds.append("UPDATE audit_entry SET at = at")
    for statement in [*deeds, "SELECT forget_views(now(), 1)"]:
        assert refused("default", statement), statement
    others = ("injections_injection", "scheduling_appointment", "scheduling_patient", "people_user", "audit_seal")
    deeds += [f"DELETE FROM {table}" for table in others]  # noqa: S608 - our own tables
    for statement in [*deeds, "UPDATE scheduling_patient SET email = ''"]:
        assert refused(remove.ALIAS, statement), statement
    assert refused(remove.ALIAS, "SELECT password FROM people_user")
    assert not refused(remove.ALIAS, "SELECT forget_views(now(), 1)"), "control: what it may do is not refused"


def test_priv5_killed_in_the_middle_it_goes_on(
    committed_db: None, clinic: Clinic, owner_connection: Owner, tmp_path: Path
) -> None:
    """The command is killed after its second step of six; the next run removes the rest, and counts each row once."""
    patient = clinic.patient("Oldcroft")
    for number in range(6):
        viewed(by=clinic.reception, now=NOW + timedelta(seconds=number), patients=[patient.pk], what="patient")
    run = remove.report(by=SYSTEM, now=NOW + YEARS)
    assert run is not None
    RetentionRun.objects.update(remove_from=NOW - timedelta(days=365))
    assert killed_after(2, tmp_path) == -signal.SIGKILL
    left = RetentionRun.objects.get()
    assert (left.removed["views"], views(), left.finished_at) == (2, 4, None)
    call_command("retain", "--remove")
    done = RetentionRun.objects.get()
    assert (done.removed["views"], views()) == (6, 0)
    assert done.finished_at is not None
    assert Entry.objects.filter(verb="retention-removed").count() == 1


def killed_after(steps: int, folder: Path) -> int:
    """The command in a process of its own, which takes one row a step and is killed when so many are committed."""
    launcher = folder / "die.py"
    launcher.write_text(
        "import os, signal, django\n"
        "django.setup()\n"
        "from django.core.management import call_command\n"
        "from injections.patient.keeping import remove\n"
        "remove.AT_ONCE, step, done = 1, remove._step, []\n"
        "def dying(*given, **named):\n"
        f"    if len(done) == {steps}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    done.append(1)\n"
        "    return step(*given, **named)\n"
        "remove._step = dying\n"
        "call_command('retain', '--remove')\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, str(launcher)], env=environment, cwd=root, check=False, timeout=60)
    return done.returncode


ASKED = {"reason_code": "asked", "reason": "By letter of 1 March"}


def erased(clinic: Clinic, patient: Patient, **values: str) -> Erasure:
    asked = AskedToErase(**{**ASKED, "number": str(patient.pk), **values})
    return erase(patient.pk, asked, by=clinic.manager, now=clinic.now)


def test_priv5_an_erasure_leaves_no_contact_and_keeps_the_clinical_record(
    committed_db: None, clinic: Clinic, owner_connection: Owner
) -> None:
    """A canary in every field that says how somebody is reached, on two merged records, corrected once: 0 are left."""
    patient = somebody(clinic)
    known = {name: search(owner_connection, text) for name, text in CANARIES.items()}
    assert all(known.values()), "a canary that stands nowhere proves nothing"
    injections, edits, merges = Injection.objects.count(), RecordEdit.objects.count(), Merge.objects.count()
    assert min(injections, edits, merges) > 0
    erased(clinic, patient)
    assert finish(by=SYSTEM, now=clinic.now) == 1
    left = {name: found for name, text in CANARIES.items() if (found := search(owner_connection, text))}
    assert not left
    assert (Injection.objects.count(), RecordEdit.objects.count(), Merge.objects.count()) == (injections, edits, merges)
    kept = Patient.objects.get(pk=patient.pk)
    assert (kept.family_name, kept.nhs_number) == (patient.family_name, patient.nhs_number), "whose record it is"
    assert verify().wrong == ()


def test_priv5_a_second_time_changes_nothing(committed_db: None, clinic: Clinic, owner_connection: Owner) -> None:
    patient = somebody(clinic)
    erased(clinic, patient)
    finish(by=SYSTEM, now=clinic.now)
    after = everything(owner_connection)
    for _ in range(3):
        with pytest.raises(Exception, match="already been erased"):
            erased(clinic, patient)
        assert finish(by=SYSTEM, now=clinic.now) == 0
        going.empty_now([patient.pk], now=clinic.now)
    assert everything(owner_connection) == after


def test_priv5_control_a_table_that_is_left_out_is_found(
    committed_db: None, clinic: Clinic, owner_connection: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the role of retention the earlier values stay, and the search for canaries says where."""
    patient = somebody(clinic)
    monkeypatch.setattr(going, "APPEND_ONLY", (going.MailNews,))
    monkeypatch.setattr("injections.patient.keeping.erase.empty_now", lambda records, now: None)
    erased(clinic, patient)
    finish(by=SYSTEM, now=clinic.now)
    assert {"scheduling_patient", "scheduling_recordedit"} <= set(search(owner_connection, CANARIES["phone"]))


def test_priv5_a_killed_erasure_is_finished_by_the_next(
    committed_db: None, clinic: Clinic, owner_connection: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What dies in the second half leaves the record restricted, and nothing half removed in it."""
    patient = somebody(clinic)
    erased(clinic, patient)

    def dies(*given: Any, **named: Any) -> None:
        going.empty_later(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("injections.patient.keeping.erase.empty_later", dies)
        with pytest.raises(KeyboardInterrupt):
            finish(by=SYSTEM, now=clinic.now)
    assert Erasure.objects.get().finished_at is None
    assert search(owner_connection, CANARIES["old-phone"])
    assert finish(by=SYSTEM, now=clinic.now) == 1
    assert not search(owner_connection, CANARIES["old-phone"])


def test_priv5_what_is_kept_is_restricted(committed_db: None, clinic: Clinic) -> None:
    """Nothing is booked or recorded any more, and a search finds the record for those alone who may see it."""
    patient = somebody(clinic)
    erased(clinic, patient)
    with pytest.raises(IsRestricted):
        clinic.book(patient, local("2026-04-10"))
    with pytest.raises(IsRestricted):
        clinic.answer(patient)
    found = [
        search_patients(patient.family_name, today=clinic.now.date(), restricted_too=may).patients
        for may in (False, True)
    ]
    assert [[one.pk for one in some] for some in found] == [[], [patient.pk]]


def test_priv5_every_kind_that_goes_by_itself_is_on_the_timetable_and_every_period_is_said() -> None:
    from django.conf import settings

    for name, kind in KINDS.items():
        assert kind.kept()
        assert kind.why
        assert not kind.by_task or kind.by_task in settings.CELERY_BEAT_SCHEDULE, name


def test_priv5_a_patient_without_activity_is_proposed_and_never_removed(committed_db: None, clinic: Clinic) -> None:
    """Boundary: at 8 years after the last deed not yet; a moment later, yes. A look is no activity."""
    patient = clinic.patient("Longago")
    viewed(by=clinic.reception, now=NOW + YEARS, patients=[patient.pk], what="patient")
    at = NOW + timedelta(days=VIEWS_DAYS)
    assert remove.proposed_patients(now=at) == []
    assert remove.proposed_patients(now=at + timedelta(microseconds=1)) == [patient]
    run_through(now=NOW + YEARS)
    assert Patient.objects.get(pk=patient.pk).email
    clinic.answer(patient)
    assert remove.proposed_patients(now=at + timedelta(microseconds=1)) == [patient], "what was done was before, too"
    record("note-added", by=clinic.reception, now=NOW + YEARS, patients=[patient.pk])
    assert remove.proposed_patients(now=at + timedelta(days=1)) == []
    assert connection.alias == "default"
