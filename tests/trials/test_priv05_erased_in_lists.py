"""PRIV5: nothing that reception can look at says who an erased person was: no page, part, list, search, file or answer.

Everybody of a full clinic is erased at once, also those of whom visits stand, so that no list is left out. The controls
are the radiologist, who still reads names in the same lists, and the lists as they would be without the rule.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from injections.patient.keeping.going import empty_now
from scheduling.models import Erasure, Patient
from tests.api_world import World
from tests.clinic import NOW
from tests.scenarios.every_ask import ADMIN, Ask, Everybody
from tests.scenarios.queries_world import NOON, Filled
from tests.trials.test_priv02_views import names_of_patients, said

pytestmark = pytest.mark.django_db
Asks = list[tuple[str, Ask]]
BORN: Final = ("1 May 1980", "1980-05-01")
LISTS: Final = ("calendar-day", "calendar-week", "group-visit", "recall-list")


@pytest.fixture
def everybody(world: World, settings: Any) -> Iterator[Everybody]:
    """Everybody at their browsers, in a clinic where nobody is known any more."""
    settings.METRICS_TOKEN = "known"
    logging.disable(logging.CRITICAL)
    filled = Filled(world.clinic)
    filled.fill()
    world.at(NOON)
    found = Everybody(world, filled)
    erase_all(world)
    yield found
    logging.disable(logging.NOTSET)


def erase_all(world: World) -> None:
    """As an erasure leaves a record, of each one."""
    for patient in Patient.objects.filter(merged_into=None):
        row = Erasure.objects.create(
            record=patient, at=NOW, by=world.clinic.users["manager"], reason_code="asked", reason="By letter"
        )
        records = Patient.objects.records_of(patient.pk)
        empty_now(list(records.values_list("pk", flat=True)), now=NOW)
        records.update(erasure=row)


def told_at(asks: Asks, who: str, *, only: tuple[str, ...] = ()) -> tuple[dict[str, list[str]], Counter[int]]:
    """By what was asked for, what the answers say of who somebody is; and how many answers there were of each kind."""
    names = re.compile("|".join(map(re.escape, names_of_patients())))
    told: dict[str, list[str]] = {}
    answers: Counter[int] = Counter()
    for name, ask in asks:
        if name.startswith(ADMIN) or ask.who != who or (only and name not in only):
            continue
        response = ask.answer()
        text = said(response)
        answers[response.status_code] += 1
        if found := [*names.findall(text), *(one for one in BORN if one in text)]:
            told[name] = sorted(set(found))[:4]
    return told, answers


@pytest.mark.full_trial
def test_priv5_nothing_that_reception_looks_at_says_who_was_erased(everybody: Everybody) -> None:
    told, answers = told_at(list(everybody.asks()), "reception")
    print("PRIV5 answers:", dict(answers))
    assert told == {}
    assert answers[200] > 60
    assert answers[403] > 40, "what is about one of them is shut"
    assert max(answers) < 500


@pytest.mark.full_trial
def test_priv5_control_a_radiologist_reads_names_there_and_without_the_rule_everybody(
    everybody: Everybody, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = list(everybody.asks())
    told, _ = told_at(asks, "radiologist", only=LISTS)
    assert set(told) == set(LISTS)
    monkeypatch.setattr(Patient, "may_be_known", True)
    told, _ = told_at(asks, "reception", only=LISTS)
    assert set(told) == set(LISTS)


def test_priv5_who_registers_them_again_is_told_of_the_record_and_not_who_it_is_of(world: World) -> None:
    """An earlier injection is not forgotten; of a name that sounds alike the stored one is not said."""
    stored = world.clinic.patient("Oldcroft", given_name="Katherine", phone="07700 900811", nhs_number="9990043019")
    erase_all(world)
    typed = {"given_name": "Catherine", "family_name": "Oldcroft", "date_of_birth": "1980-05-01"}
    answer = world.reception.post("/patients/", typed)
    assert answer.status_code == 409
    assert f"Erased patient {stored.pk} may be the same person." in answer.json()["detail"]
    text = answer.content.decode()
    assert not [one for one in ("Katherine", "07700", "9990043019", "Oldcroft") if one in text]
    assert "Katherine" in world.manager.post("/patients/", typed).content.decode(), "control: a manager is told"
