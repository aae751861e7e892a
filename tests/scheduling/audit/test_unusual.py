"""Who does far more than usual is shown and mailed to the managers, once a day; an ordinary month makes none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.audit.repeats import EACH
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import STRANGER
from pht_clinic.people.models import User
from scheduling.audit import unusual
from scheduling.audit.unusual import LookedAtAlready, NotYourOwn
from scheduling.messages import desk as letters
from scheduling.models import Message, Practitioner, UnusualUse
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser, browser

DAYS: Final = 28
HOURS: Final = range(8)
OPENED: Final = (12, 18, 22, 15, 9, 20, 25, 14)
"""By the hour of a working day: how many records somebody at a busy desk opens."""
OF_A_WEEK: Final = 120
"""Patients of one look at the diary of a week."""


def view(user: User, at: datetime, patients: Iterable[int]) -> Entry:
    named = list(patients)
    return Entry(
        at=at, actor_kind="user", user=user, actor_name=user.name, verb="viewed", subject="patient", patient_ids=named
    )


def hour_of(user: User, begins: datetime, opened: int, *, first: int = 0) -> list[Entry]:
    """So many records opened within this hour, one by one, and a look at the diary."""
    step = timedelta(hours=1) / (opened + 1)
    ones = [view(user, begins + step * (number + 1), [1000 + first + number]) for number in range(opened)]
    return [*ones, view(user, begins + timedelta(minutes=30), range(1000, 1000 + OF_A_WEEK))]


@pytest.fixture(autouse=True)
def _whose_diary(clinic: Clinic) -> None:
    """The clinic's injector is its radiologist, whose diary a feed shows."""
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(user=clinic.users["radiologist"])


def fetched(clinic: Clinic, begins: datetime, times: int, *, practitioner: int | None = None) -> list[Entry]:
    """The calendar feed of the clinic's radiologist, fetched so often from then on within the hour: told as the trail
    does, the first five of a minute one by one and the rest of it as one.
    """
    fields = {
        "actor_kind": STRANGER.kind,
        "actor_name": STRANGER.name,
        "verb": "feed-read",
        "subject": f"practitioner:{practitioner or clinic.practitioner.pk}",
    }
    ones = [Entry(at=begins + timedelta(seconds=1 + number), **fields) for number in range(min(times, EACH))]
    rest = [Entry(at=begins + timedelta(minutes=2), detail={"more": times - EACH}, **fields)] if times > EACH else []
    return ones + rest


def by_programs(clinic: Clinic, begins: datetime) -> list[Entry]:
    """An hour of two calendar programs: one that asks every five minutes, one every quarter of an hour."""
    minutes = [*range(0, 60, 5), *range(0, 60, 15)]
    return [row for minute in minutes for row in fetched(clinic, begins + timedelta(minutes=minute), 1)]


def month(clinic: Clinic) -> list[datetime]:
    """What three people see on 28 working days, on the trail; returns the end of each of their hours."""
    people = [clinic.users[name] for name in ("reception", "radiologist", "manager")]
    ends, rows = [], []
    for day in range(DAYS):
        for hour in HOURS:
            begins = NOW - timedelta(days=DAYS - day) + timedelta(hours=hour)
            for number, user in enumerate(people):
                rows += hour_of(user, begins, OPENED[(hour + day + number) % len(OPENED)], first=day)
            rows += by_programs(clinic, begins)
            ends.append(begins + timedelta(hours=1))
    Entry.objects.bulk_create(rows, batch_size=2000)
    return ends


def test_a_replay_of_an_ordinary_month_makes_none_and_300_an_hour_make_one(clinic: Clinic) -> None:
    """Looked at after every hour of it; the one who opens 300 goes on for two hours, and stands out once."""
    ends = month(clinic)
    assert sum(unusual.look(now=end) for end in ends) == 0
    curious = clinic.users["reception"]
    for hour in (0, 1):
        Entry.objects.bulk_create(hour_of(curious, NOW + timedelta(hours=hour), 300))
    assert [unusual.look(now=NOW + timedelta(hours=hour)) for hour in (1, 2)] == [1, 0]
    use = UnusualUse.objects.get()
    assert (use.user, use.what, use.count) == (curious, "opened", 300)
    assert 15 <= use.usual <= 25


@pytest.mark.full_trial
def test_control_the_same_month_would_stand_out_by_another_rule(
    clinic: Clinic, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One below what is usual: the replay can ring, and it is the rule that keeps it quiet."""
    ends = month(clinic)
    settings.UNUSUAL_PATIENTS_AN_HOUR, settings.UNUSUAL_TIMES_USUAL = 10, 1
    assert sum(unusual.look(now=end) for end in ends) > 0


def test_a_feed_that_everybody_fetches_stands_out_in_the_same_month(clinic: Clinic) -> None:
    """Two programs ask for it all the time, and ring nothing; somebody finds its address, and it rings once a day."""
    ends = month(clinic)
    assert sum(unusual.look(now=end) for end in ends) == 0
    for hour in (0, 1):
        Entry.objects.bulk_create(fetched(clinic, NOW + timedelta(hours=hour), 300))
    assert [unusual.look(now=NOW + timedelta(hours=hour)) for hour in (1, 2)] == [1, 0]
    use = UnusualUse.objects.get()
    assert (use.user, use.what, use.count, use.usual) == (clinic.users["radiologist"], "feeds", 300, 16)


@pytest.mark.full_trial
def test_control_the_programs_of_that_month_would_stand_out_by_another_rule(clinic: Clinic, settings: Any) -> None:
    """With a fixed number below theirs, on the first day, of which nothing usual is known: the replay counts feeds."""
    ends = month(clinic)
    settings.UNUSUAL_EXPORTS_AN_HOUR = 1
    assert sum(unusual.look(now=end) for end in ends) > 0
    assert {use.what for use in UnusualUse.objects.all()} == {"feeds"}


@pytest.mark.parametrize(
    ("usual", "times", "found"), [(0, 60, 0), (0, 61, 1), (30, 90, 0), (30, 91, 1), (100, 300, 0), (100, 301, 1)]
)
def test_a_feed_may_be_fetched_twelve_times_as_often_as_files_and_three_times_as_usual(
    clinic: Clinic, usual: int, times: int, found: int
) -> None:
    rows = [row for day in range(1, 6) for row in fetched(clinic, NOW - timedelta(days=day), usual)]
    Entry.objects.bulk_create([*rows, *fetched(clinic, NOW, times)])
    assert unusual.look(now=NOW + timedelta(minutes=59)) == found


def test_a_feed_of_nobodys_account_is_nobodys(clinic: Clinic) -> None:
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(user=None)
    Entry.objects.bulk_create([*fetched(clinic, NOW, 300), *fetched(clinic, NOW, 300, practitioner=10**9)])
    assert unusual.look(now=NOW + timedelta(minutes=59)) == 0


def test_a_feed_that_a_program_fetches_is_counted_and_each_time_can_be_looked_at(
    clinic: Clinic, manager: Browser, settings: Any
) -> None:
    settings.UNUSUAL_EXPORTS_AN_HOUR = 0
    address = reverse("api-calendar-feed", args=[clinic.feed_token()])
    assert [Client().get(address).status_code for _ in range(2)] == [200, 200]
    assert unusual.look(now=clock.now()) == 1
    assert "radiologist had their calendar feed fetched: 2 within the hour" in manager.get("audit-unusual")
    queries = re.findall(r'href="/audit/\?([^"]*)"[^>]*>([^<]*)', manager.html)
    assert [words for _, words in queries] == ["What they did and saw that day", "Each time that it was fetched"]
    day = clock.today().isoformat()
    assert queries[1][0] == f"kind=feeds&amp;from={day}&amp;to={day}"
    text = manager.get("audit-list", **{"kind": "feeds", "from": day, "to": day})
    assert text.count("Calendar feed fetched") == 2


@pytest.mark.parametrize(
    ("usual", "opened", "found"), [(0, 60, 0), (0, 61, 1), (30, 90, 0), (30, 91, 1), (100, 300, 0), (100, 301, 1)]
)
def test_it_is_more_than_the_fixed_number_and_three_times_their_own(
    clinic: Clinic, usual: int, opened: int, found: int
) -> None:
    user = clinic.users["reception"]
    rows = [row for day in range(1, 6) for row in _ones(user, NOW - timedelta(days=day), usual)]
    Entry.objects.bulk_create([*rows, *_ones(user, NOW, opened)])
    assert unusual.look(now=NOW + timedelta(minutes=59)) == found


def _ones(user: User, begins: datetime, opened: int) -> list[Entry]:
    return [view(user, begins + timedelta(seconds=1 + number), [number]) for number in range(opened)]


def test_a_record_opened_again_is_the_same_record(clinic: Clinic) -> None:
    user = clinic.users["reception"]
    Entry.objects.bulk_create([view(user, NOW, [number % 50, 7]) for number in range(400)])
    assert unusual.look(now=NOW) == 0


def test_lists_count_by_a_number_of_their_own(clinic: Clinic) -> None:
    """Somebody who searches again and again sees many without opening one."""
    user = clinic.users["reception"]
    Entry.objects.create(**_fields(view(user, NOW, range(300))))
    assert unusual.look(now=NOW) == 0
    Entry.objects.create(**_fields(view(user, NOW, range(290, 340))))
    assert unusual.look(now=NOW) == 1
    assert UnusualUse.objects.get().what == "shown"


def _fields(row: Entry) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in Entry._meta.fields if field.attname != "id"}


def test_files_taken_out_count_too(clinic: Clinic, manager: Browser) -> None:
    for _ in range(6):
        manager.client.post("/audit/export/", {})
    assert unusual.look(now=clock.now()) == 1
    assert UnusualUse.objects.get().what == "exported"


def test_a_day_that_stood_out_is_usual_only_once_a_manager_has_said_so(clinic: Clinic) -> None:
    user = clinic.users["reception"]
    Entry.objects.bulk_create(_ones(user, NOW, 200))
    assert unusual.look(now=NOW + timedelta(minutes=10)) == 1
    tomorrow = NOW + timedelta(days=1)
    Entry.objects.bulk_create(_ones(user, tomorrow, 210))
    assert unusual.look(now=tomorrow + timedelta(minutes=10)) == 1
    for use in UnusualUse.objects.all():
        unusual.close(use.pk, word="They phone everybody this week", by=clinic.manager, now=tomorrow)
    Entry.objects.bulk_create(_ones(user, tomorrow + timedelta(days=1), 220))
    assert unusual.look(now=tomorrow + timedelta(days=1, minutes=10)) == 0


def stands_out(clinic: Clinic, who: str = "reception") -> UnusualUse:
    Entry.objects.bulk_create(_ones(clinic.users[who], NOW, 200))
    assert unusual.look(now=NOW + timedelta(minutes=10)) == 1
    return UnusualUse.objects.get()


def test_the_managers_are_told_by_mail_without_a_patient(clinic: Clinic, make_user: Any) -> None:
    """Not the one whom it is about, be it a manager."""
    other = make_user("manager")
    patient = clinic.patient("Quillfeather")
    Entry.objects.bulk_create(_ones(clinic.users["manager"], NOW, 200))
    Entry.objects.create(**_fields(view(clinic.users["manager"], NOW, [patient.pk])))
    assert unusual.look(now=NOW + timedelta(minutes=10)) == 1
    [row] = Message.objects.filter(kind="account-unusual-use")
    assert row.recipient == other.email
    text = letters.preview(row).text
    assert "has done far more within an hour than they usually do" in " ".join(text.split())
    assert "/audit/unusual/" in text
    assert "Quillfeather" not in f"{text}{row.values}"


def test_managers_see_it_on_home_and_close_it_with_a_word(clinic: Clinic, manager: Browser) -> None:
    use = stands_out(clinic)
    assert "1 case of unusual use" in manager.get("home")
    assert "of unusual use" not in browser(clinic.users["reception"]).get("home")
    text = manager.get("audit-unusual")
    assert "reception opened records, one by one: 200 within the hour before" in text
    assert "Answer “What it was”." in manager.post("audit-unusual-close", use.pk, data={"word": " "}, expect=422)
    assert "It is closed, with your note." in manager.post("audit-unusual-close", use.pk, data={"word": "Phoned all"})
    assert "“Phoned all”" in manager.get("audit-unusual")
    assert "of unusual use" not in manager.get("home")
    verbs = list(Entry.objects.filter(subject=f"unusualuse:{use.pk}").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["unusual-use-found", "unusual-use-closed"]


def test_who_may_close_it(clinic: Clinic, make_user: Any) -> None:
    use = stands_out(clinic, "manager")
    with pytest.raises(Forbidden):
        unusual.close(use.pk, word="Nothing", by=clinic.reception, now=NOW)
    other = make_user("manager")
    with pytest.raises(NotYourOwn):
        unusual.close(use.pk, word="Nothing", by=clinic.manager, now=NOW)
    other.is_active = False
    other.save()
    for word in ("", " ", "x" * 501, "a\u202eb"):
        with pytest.raises(Invalid):
            unusual.close(use.pk, word=word, by=clinic.manager, now=NOW)
    unusual.close(use.pk, word="Nobody else is there to look", by=clinic.manager, now=NOW)
    with pytest.raises(LookedAtAlready):
        unusual.close(use.pk, word="Again", by=clinic.manager, now=NOW)


@pytest.mark.parametrize("breaks", [{"closed_at": NOW, "word": "x"}, {"closed_at": NOW, "closed_by": 1}, {"count": 0}])
def test_the_database_knows_no_half_closed_one(clinic: Clinic, breaks: dict[str, Any]) -> None:
    use = stands_out(clinic)
    with pytest.raises(IntegrityError), transaction.atomic():
        UnusualUse.objects.filter(pk=use.pk).update(**breaks)
