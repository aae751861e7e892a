"""R7: `kill -9` of the web process between the commit and the response.

Four clients at once book, then move, then cancel; one of the processes that serve them dies where it is told
(`launch_dying.py`), and takes with it whatever else it was answering. Nobody who got no answer knows what happened:
nothing stands without its messages, and the same request with the same Idempotency-Key gives the same booking. Before
the commit nothing is left behind. The controls: the key is not claimed, messages are planned after the commit.
50 kills and the controls in `make trials`, 3 kills in `make test`.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduling.models import Appointment, AppointmentChange, Patient
from tests.clinic import Clinic, local
from tests.together import at_once
from tests.trials.invariants import overlaps, unannounced
from tests.trials.patients import crowd, days_on
from tests.trials.staging import Answer, Web, wait_until, web_server

pytestmark = pytest.mark.full_trial(one_in=3)

CLIENTS = 4
WHERE = ("after-commit", "answer", "before-commit")
VERBS = ("book", "move", "cancel")
CUT = (ConnectionError, http.client.HTTPException, TimeoutError)
REPLAYED = "Idempotency-Replayed"


@dataclass
class Ask:
    """One request of one client, and what it was told at the first try."""

    patient: Patient
    path: str
    body: dict[str, Any]
    key: str
    told: Answer | BaseException | None = field(default=None, compare=False)

    @property
    def was_cut(self) -> bool:
        return isinstance(self.told, CUT)


@dataclass
class Stage:
    """A web server that can be told where to die, and who asks it."""

    web: Web
    order: Path
    clinic: Clinic
    token: str

    def send(self, ask: Ask) -> Answer:
        return self.web.post(ask.path, ask.body, token=self.token, key=ask.key)

    def ask_while_one_dies(self, asks: list[Ask], where: str) -> None:
        """Send all of them at once; the first process that comes there dies."""
        self.order.write_text(where)
        answers = at_once(*(lambda ask=ask: self.send(ask) for ask in asks))
        for ask, told in zip(asks, answers, strict=True):
            assert isinstance(told, (Answer, *CUT)), repr(told)
            ask.told = told
        assert not self.order.exists(), "nobody died"

    def ask_again(self, ask: Ask) -> Answer:
        """The same request, until somebody answers: a new process takes a moment."""
        answers: list[Answer] = []

        def is_answered() -> bool:
            try:
                answers.append(self.send(ask))
            except CUT:
                return False
            return answers[-1].status != 503

        wait_until(is_answered, seconds=60, what="an answer to the same request")
        return answers[-1]


@contextmanager
def a_stage(folder: Path, clinic: Clinic, token: str, *, guard: str | None = None) -> Iterator[Stage]:
    order = folder / "die-where"
    environment = {**os.environ, "DIE_WHERE": str(order)}
    with web_server(folder, guard=guard, environment=environment, is_dying=True) as web:
        yield Stage(web, order, clinic, token)


def asks_of(verb: str, clinic: Clinic, patients: list[Patient], day: int) -> list[Ask]:
    """A time each, another time for it, or its end."""
    found = []
    for number, patient in enumerate(patients):
        start = days_on(local("2026-03-10", "09:00"), day) + timedelta(hours=number)
        if verb == "book":
            body = {
                "patient": str(patient.pk),
                "kind": "injection",
                "site": "hamstring-origin",
                "side": "left",
                "start": start.isoformat(),
                "practitioner": str(clinic.practitioner.pk),
            }
            path = "appointments/"
        else:
            later = {"start": (start + timedelta(minutes=10)).isoformat()}
            body = later if verb == "move" else {"reason": "Ill."}
            path = f"appointments/{Appointment.objects.get(patient=patient).pk}/{verb}/"
        found.append(Ask(patient, path, body, f"{verb} {patient.pk}"))
    return found


def done(verb: str, asks: list[Ask]) -> list[int]:
    """The patients for whom this is in the books, once for each time that it is."""
    rows = AppointmentChange.objects.filter(verb=verb, appointment__patient__in=[ask.patient for ask in asks])
    return sorted(rows.values_list("appointment__patient", flat=True))


def check_retry(ask: Ask, again: Answer, *, was_done: bool) -> None:
    """The retry of a request that was cut, or answered, tells of the one booking there is."""
    assert again.status in (200, 201), (again.status, again.body)
    assert again.body["id"] == str(Appointment.objects.get(patient=ask.patient).pk)
    assert (REPLAYED in again.headers) is was_done
    if isinstance(ask.told, Answer):
        assert again.raw == ask.told.raw


def one_kill(stage: Stage, verb: str, where: str, patients: list[Patient], day: int) -> tuple[int, int]:
    """How many were cut, and how many of those stood in the books all the same."""
    asks = asks_of(verb, stage.clinic, patients, day)
    stage.ask_while_one_dies(asks, where)
    assert unannounced() == []
    before = done(verb, asks)
    cut = [ask for ask in asks if ask.was_cut]
    unheard = [ask for ask in cut if ask.patient.pk in before]
    assert cut, "the process that died answered nobody"
    assert unheard or where == "before-commit"
    for ask in asks:
        check_retry(ask, stage.ask_again(ask), was_done=ask.patient.pk in before)
    assert done(verb, asks) == sorted(patient.pk for patient in patients)
    assert unannounced() == []
    return len(cut), len(unheard)


def test_r7_what_was_committed_has_its_messages_and_the_retry_gives_the_same_booking(
    clinic: Clinic, token: Callable[[str], str], tmp_path: Path, is_full_trial: bool
) -> None:
    kills = 50 if is_full_trial else 3
    patients = crowd(clinic, CLIENTS * -(-kills // len(VERBS)))
    cut = unheard = 0
    with a_stage(tmp_path, clinic, token("reception")) as stage:
        for number in range(kills):
            group, verb = divmod(number, len(VERBS))
            where = WHERE[(number + group) % len(WHERE)]
            of_group = patients[CLIENTS * group : CLIENTS * (group + 1)]
            more, unknown = one_kill(stage, VERBS[verb], where, of_group, group)
            cut, unheard = cut + more, unheard + unknown
    print(f"R7: {kills} kills, {cut} requests without an answer, {unheard} of them in the books")
    assert Appointment.objects.count() == len(patients)
    assert overlaps() == []


@pytest.mark.full_trial
def test_r7_control_without_the_key_the_retry_is_refused(
    clinic: Clinic, token: Callable[[str], str], tmp_path: Path
) -> None:
    """Who got no answer asks again, and hears that the time is taken: by themselves."""
    with a_stage(tmp_path, clinic, token("reception"), guard="idempotency") as stage:
        asks = asks_of("book", clinic, crowd(clinic, CLIENTS), 0)
        stage.ask_while_one_dies(asks, "after-commit")
        [ask, *_] = [ask for ask in asks if ask.was_cut and ask.patient.pk in done("book", asks)]
        again = stage.ask_again(ask)
        print(f"R7 control: the retry was told {again.status}")
        assert again.status == 409


@pytest.mark.full_trial
def test_r7_control_messages_planned_after_the_commit_are_lost(
    clinic: Clinic, token: Callable[[str], str], tmp_path: Path
) -> None:
    with a_stage(tmp_path, clinic, token("reception"), guard="messages-inside") as stage:
        stage.ask_while_one_dies(asks_of("book", clinic, crowd(clinic, CLIENTS), 0), "after-commit")
        found = unannounced()
        print(f"R7 control: {found}")
        assert found
