"""What the fixtures promise to the other tests."""

import ast
import smtplib
import urllib.request
from collections.abc import Iterator
from math import gcd
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from pht_clinic.demo.processes import Child
from pht_clinic.demo.valkey import ValkeyServer
from tests import database, migrated
from tests.conftest import Share
from tests.server_plugin import Turns, has_more_in_full
from tests.smtp import Answer, SmtpServer

if TYPE_CHECKING:
    from tests.conftest import ClockOffset, LiveServer

CHECKOUT = Path(__file__).parents[2]
MAIL = "From: clinic@clinic.example\r\nTo: a@patient.example\r\nSubject: Hello\r\n\r\nText\r\n"


def send(server: SmtpServer) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.sendmail("clinic@clinic.example", ["a@patient.example"], MAIL)


# ---- the database


@pytest.mark.django_db
def test_tests_work_in_the_application_s_role() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, (SELECT tableowner FROM pg_tables WHERE tablename = 'people_user')")
        assert cursor.fetchone() == ("pht_app", "pht_owner")


def test_what_is_committed_is_seen_by_other_connections(
    committed_db: None, owner_connection: psycopg.Connection
) -> None:
    from pht_clinic.people.models import User

    User.objects.create_user("a@clinic.example")
    assert owner_connection.execute("SELECT count(*) FROM people_user").fetchone() == (1,)


def test_emptying_leaves_what_migrations_made(committed_db: None, owner_connection: psycopg.Connection) -> None:
    from pht_clinic.people.models import User

    User.objects.create_user("a@clinic.example")
    database.empty(owner_connection)
    assert owner_connection.execute("SELECT count(*) FROM people_user").fetchone() == (0,)
    for table in sorted(database.KEPT):
        assert owner_connection.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,), table  # noqa: S608 - a table of the test


class Standing:
    """A database server as far as copying looks: a folder, and whether it runs."""

    def __init__(self, folder: Path) -> None:
        self.data, self.is_running, self.migrated = folder / "data", True, 0
        self.data.mkdir(parents=True)

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def migrate(self) -> None:
        assert self.is_running
        self.migrated += 1
        (self.data / "tables").touch()


def brought(folder: Path) -> Standing:
    server: Any = Standing(folder)
    migrated.bring(server, server.migrate)
    assert (server.data / "tables").exists()
    assert server.is_running
    return server


def test_tables_are_made_once_and_copied_until_a_migration_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrated, "KEPT", tmp_path / "kept")
    names = [f"tree {number}" for number in range(migrated.MOST_KEPT + 2)]
    for name in names:
        monkeypatch.setattr(migrated, "name", lambda name=name: name)
        for run in ("first", "second"):
            assert brought(tmp_path / name / run).migrated == 1  # after a copy too: its rights are today's
        (tmp_path / "kept" / name / "of the copy").touch()
        assert (brought(tmp_path / name / "third").data / "of the copy").exists()
    assert {one.name for one in (tmp_path / "kept").glob("*/")} == set(names[-migrated.MOST_KEPT :])


def test_where_nothing_can_be_kept_tables_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refused)
    server: Any = SimpleNamespace(migrated=0)
    migrated.bring(server, lambda: setattr(server, "migrated", 1))
    assert server.migrated == 1


def test_a_copy_is_of_all_that_makes_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever migration or model changes, its name is another one."""
    before = migrated.name()
    assert before == migrated.name()
    read = Path.read_bytes
    for changed in ("scheduling/migrations/0001_initial.py", "pht_clinic/audit/models.py", "requirements-dev.txt"):
        path = migrated.HERE / changed
        assert path.exists(), changed
        monkeypatch.setattr(Path, "read_bytes", lambda one, path=path: read(one) + b"#" * (one == path))
        assert migrated.name() != before


# ---- the mail server


def test_the_mail_server_keeps_what_it_gets(smtp_server: SmtpServer) -> None:
    send(smtp_server)
    (message,) = smtp_server.wait_for(1)
    assert message["Subject"] == "Hello"
    assert smtp_server.received[0].recipients == ("a@patient.example",)


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("code", [450, 550])
def test_the_mail_server_refuses_as_often_as_it_is_told(smtp_server: SmtpServer, phase: str, code: int) -> None:
    smtp_server.answer(phase, f"{code} not now")
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)):
        send(smtp_server)
    assert smtp_server.received == []
    send(smtp_server)
    assert len(smtp_server.received) == 1


def test_the_mail_server_hangs_up_after_it_took_a_mail(smtp_server: SmtpServer) -> None:
    smtp_server.answer("DATA", Answer(drop=True))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_server)
    assert len(smtp_server.received) == 1


def test_a_stopped_mail_server_refuses_and_comes_back(smtp_server: SmtpServer) -> None:
    smtp_server.stop()
    with pytest.raises(ConnectionRefusedError):
        send(smtp_server)
    smtp_server.start()
    send(smtp_server)
    assert len(smtp_server.received) == 1


def test_django_s_mail_arrives_at_the_mail_server(smtp_server: SmtpServer) -> None:
    from django.core.mail import send_mail

    send_mail("Hello", "Text", "clinic@clinic.example", ["a@patient.example"])
    assert smtp_server.wait_for(1)[0]["To"] == "a@patient.example"


# ---- the clock


def test_the_clock_moves_and_comes_back(clock_offset: "ClockOffset") -> None:
    from pht_clinic import clock

    before = clock.now()
    clock_offset.advance(3600)
    clock_offset.advance(1800)
    assert 5400 <= (clock.now() - before).total_seconds() < 5460
    clock_offset.set(0)
    assert (clock.now() - before).total_seconds() < 60


# ---- processes


def test_the_clinic_answers_in_processes_of_its_own(live_server_process: "LiveServer") -> None:
    with urllib.request.urlopen(f"{live_server_process.url}/healthz", timeout=10) as answer:  # noqa: S310 - http, ours
        assert answer.status == 200


@pytest.mark.full_trial
def test_worker_and_beat_run_and_can_be_killed(
    celery_worker_process: Child, celery_beat_process: Child, broker: ValkeyServer
) -> None:
    assert celery_beat_process.is_running()
    with broker.client() as client:
        assert client.ping()
    celery_worker_process.kill()
    assert not celery_worker_process.is_running()


# ---- what `make test` leaves to `make trials`


def item(where: str = "tests/injections/test_x.py", *, mark: Any = None, asks: tuple[str, ...] = ()) -> Any:
    """A test as pytest collects it, as far as the choice looks."""
    return SimpleNamespace(path=Path(where), fixturenames=asks, get_closest_marker=lambda name: mark)


ALWAYS, NEVER = item(), item(mark=pytest.mark.full_trial.mark)


@pytest.mark.parametrize("cases", [1, 2, 7, 30])
@pytest.mark.parametrize("one_in", [2, 3, 10])
def test_within_some_days_each_case_has_had_its_turn_once(cases: int, one_in: int) -> None:
    marked = [item(mark=pytest.mark.full_trial(one_in=one_in).mark) for _ in range(cases)]
    days = [[one for one in marked if turns.has(one)] for turns in map(Turns, range(739_000, 739_000 + one_in))]
    assert sorted(id(one) for day in days for one in day) == sorted(map(id, marked))
    assert {len(day) for day in days} <= {cases // one_in, -(-cases // one_in)}


def test_what_make_test_leaves_out_make_trials_has() -> None:
    """Whatever is not in the one, or only a part of it, is in the other."""
    assert Turns(1).has(ALWAYS)
    assert not has_more_in_full(ALWAYS)
    assert not Turns(1).has(NEVER)
    in_part = (item(asks=("share",)), item(asks=("is_full_trial",)), item(mark=pytest.mark.full_trial(one_in=2).mark))
    for one in (NEVER, *in_part, item("tests/trials/test_x.py")):
        assert has_more_in_full(one)


@pytest.mark.parametrize("length", [1, 3, 8, 50])
def test_the_parts_of_a_walk_are_the_walk(length: int) -> None:
    walk = list(range(length))
    parts = [Share(day, is_full=False).of(walk, one_in=8) for day in range(8)]
    assert all(parts)
    assert {step for part in parts for step in part} == set(walk)
    assert all(len(part) >= Share(0, is_full=False).at_least(length, one_in=8) for part in parts)
    assert Share(3, is_full=True).of(walk, one_in=8) == walk
    assert Share(3, is_full=True).at_least(length, one_in=8) == length
    assert Share(3, is_full=False).of([], one_in=8) == []


def test_no_part_of_a_walk_is_left_out_by_the_turns_of_who_walks_it() -> None:
    """A case that comes every second day, of a walk in eight parts, would never see every second part."""
    pairs = [pair for file in (CHECKOUT / "tests").rglob("test_*.py") for pair in turns_and_parts(file)]
    assert len(pairs) > 5
    never = [(name, turn, part) for name, turn, part in pairs if gcd(turn, part) > 1]
    assert never == [], "full_trial(one_in=…) and share.of(…, one_in=…) may have no divisor in common: take 3 beside 8"


def turns_and_parts(file: Path) -> list[tuple[str, int, int]]:
    """Of each test of a file that is marked and asks for `share`: how seldom it comes, and in how many parts a walk of
    the file goes.
    """
    tree = ast.parse(file.read_text())
    parts = {number for call in _calls(tree, "of") for number in _one_in(call)}
    tests = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and "share" in ast.unparse(one.args)]
    turns = [(one.name, number) for one in tests for mark in one.decorator_list for number in _one_in(mark)]
    return [(name, turn, part) for name, turn in turns for part in sorted(parts)]


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield node


def _one_in(call: ast.AST) -> Iterator[int]:
    """The number that a call is given by this name, if it is a number."""
    for word in call.keywords if isinstance(call, ast.Call) else ():
        if word.arg == "one_in" and isinstance(word.value, ast.Constant):
            yield word.value.value


def test_make_trials_asks_for_all_folders() -> None:
    recipe = (CHECKOUT / "Makefile").read_text().partition("\ntrials:")[2].partition("\n\n")[0]
    assert recipe.rstrip().endswith("$(PY) -m pytest --trials=full")
