"""Who was given one batch of a drug, and what was drawn up last today."""

from dataclasses import replace
from datetime import date, timedelta

from injections.models import Injection
from injections.patient.injections import correct_injection, withdraw_injection
from injections.procedure.batch import drawn_up_today, given_of_batch
from injections.procedure.record import record_procedure
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import GIVEN, START

HOUR = timedelta(hours=1)


def given(clinic: Clinic, name: str, hours: int, **changes: object) -> Injection:
    """An injection so many hours after the first, recorded an hour after its start."""
    start = START + hours * HOUR
    appointment = clinic.book(clinic.fit_patient(name), start).appointment
    assert appointment is not None
    times = {"started_at": start, "ended_at": start + timedelta(minutes=20)}
    procedure = replace(GIVEN, **times | changes)  # type: ignore[arg-type]
    return record_procedure(appointment.pk, procedure, by=clinic.radiologist, now=start + HOUR).injection


def test_a_recall_reaches_everybody_who_was_given_something_out_of_it(clinic: Clinic) -> None:
    """Newest first, however it was typed and in part too; not who got nothing, and not what was withdrawn."""
    late = given(clinic, "Birch", 3, batch="ab 12 34")
    early = given(clinic, "Cole", 1, batch="AB1234")
    part = given(clinic, "Dunn", 2, batch=" Ab12 34 ", result="part-given")
    given(clinic, "Eade", 4, batch="AB1234", result="not-given", reason="Feels unwell")
    given(clinic, "Finn", 5, batch="AB12345")
    given(clinic, "Gale", 6, batch="", expires_on=None)
    wrong = given(clinic, "Hall", 7, batch="AB1234")
    withdraw_injection(wrong.pk, reason="Another patient", by=clinic.radiologist, now=wrong.recorded_at)
    for asked in ("AB1234", " aB 1234 "):
        assert list(given_of_batch(asked)) == [late, part, early]
    assert list(given_of_batch(" ")) == [], "no number on the box is no batch"


def test_of_two_that_ended_together_the_one_recorded_last_comes_first(clinic: Clinic) -> None:
    first, second = given(clinic, "Birch", 1), given(clinic, "Cole", 2, started_at=START + HOUR)
    same = {"started_at": first.started_at, "ended_at": first.ended_at}
    third = given(clinic, "Dunn", 3, **same)
    assert list(given_of_batch("T1234")) == [second, third, first]


def test_what_was_drawn_up_last_is_remembered_for_the_day(clinic: Clinic) -> None:
    """The newest with a batch that this radiologist recorded, as it is corrected by now; tomorrow nothing."""
    evening, mine = START + 8 * HOUR, clinic.radiologist.user_id
    assert drawn_up_today(mine, now=evening) is None
    given(clinic, "Birch", 1)
    second = given(clinic, "Cole", 2, batch="B2")
    given(clinic, "Dunn", 3, batch="", expires_on=None)
    assert drawn_up_today(mine, now=evening) == second
    assert drawn_up_today(clinic.second_radiologist.user_id, now=evening) is None
    for now, is_today in ((local("2026-03-10", "23:59"), True), (local("2026-03-11", "00:00"), False)):
        assert (drawn_up_today(mine, now=now) is not None) is is_today
    changes = {"batch": "B3", "expires_on": date(2027, 5, 31)}
    correct_injection(second.pk, reason="Read the wrong box", changes=changes, by=clinic.radiologist, now=evening)
    found = drawn_up_today(mine, now=evening)
    assert found is not None
    assert found.batch == "B3"
