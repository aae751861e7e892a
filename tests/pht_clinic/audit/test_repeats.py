"""Whoever is refused again and again fills no trail: the first are told one by one, the rest of the minute as one."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from pht_clinic.audit import repeats
from pht_clinic.audit.door import PAGE, Way, way
from pht_clinic.audit.models import Entry, Repeat
from pht_clinic.audit.repeats import EACH, STRANGERS, note_often, sum_up
from pht_clinic.audit.tasks import seal_audit
from pht_clinic.people.actors import STRANGER
from pht_clinic.rows import store
from tests.clinic import NOW, Clinic

pytestmark = pytest.mark.django_db


def a_minute_later() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_repeat SET minute = minute - interval '1 minute'")


def test_the_first_are_told_and_the_rest_is_one(clinic: Clinic) -> None:
    for _ in range(EACH + 37):
        note_often("access-refused", by=clinic.reception, now=NOW, detail={"route": "audit-list"})
    assert Entry.objects.filter(verb="access-refused").count() == EACH
    seal_audit()
    assert Entry.objects.filter(verb="access-refused").count() == EACH, "the minute is not over"
    a_minute_later()
    seal_audit()
    last = Entry.objects.filter(verb="access-refused").latest("pk")
    assert (last.user_id, last.detail["route"], last.detail["more"]) == (clinic.reception.user_id, "audit-list", 37)
    assert not Repeat.objects.exists()
    assert sum_up(now=NOW) == 0


def test_what_was_told_whole_is_not_summed_up(clinic: Clinic) -> None:
    note_often("access-refused", by=clinic.reception, now=NOW)
    a_minute_later()
    assert sum_up(now=NOW) == 0
    assert Entry.objects.filter(verb="access-refused").count() == 1


def from_everywhere(addresses: int, times: int) -> None:
    for number in range(addresses):
        came = way.set(Way(PAGE, f"203.0.{number}.0/24", "program"))
        try:
            for _ in range(times):
                note_often("sign-in-failed", by=STRANGER, now=NOW)
        finally:
            way.reset(came)


def test_strangers_from_everywhere_make_no_more_than_their_share() -> None:
    from_everywhere(STRANGERS + 50, EACH + 3)
    a_minute_later()
    sum_up(now=NOW)
    told = Entry.objects.filter(verb="sign-in-failed", detail={}).count()
    assert told == STRANGERS * EACH
    assert Entry.objects.count() == told + STRANGERS + 1
    crowd = Entry.objects.get(verb="strangers-refused")
    assert crowd.detail["more"] == 50 * (EACH + 3)


def test_staff_are_told_beside_a_crowd_of_strangers(clinic: Clinic) -> None:
    from_everywhere(STRANGERS + 5, 1)
    note_often("access-refused", by=clinic.reception, now=NOW)
    assert Entry.objects.filter(verb="access-refused").count() == 1


def test_control_without_the_count_every_refusal_is_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_count", lambda key, said, row: store(row) is None)
    from_everywhere(STRANGERS + 50, EACH + 3)
    assert Entry.objects.count() == (STRANGERS + 50) * (EACH + 3)


def test_the_minute_is_the_databases(owner_connection: psycopg.Connection, clinic: Clinic) -> None:
    note_often("access-refused", by=clinic.reception, now=NOW)
    [minute] = Repeat.objects.values_list("minute", flat=True)
    found = owner_connection.execute("SELECT now() - %s < interval '2 minutes'", [minute]).fetchone()
    assert found == (True,)
