"""The page of the audit trail: whose entries, whose deeds, of which kind, when; and what a patient is given of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record, viewed
from pht_clinic.people.actors import PATIENT, SYSTEM
from scheduling.audit import words
from scheduling.audit.copy import lines_about
from scheduling.audit.pages import PER_PAGE
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser

WITHOUT_PAGE = {"death", "groupvisit", "possibleduplicate", "unusualuse", "wording"}
"""Of the mechanism's own: what has no page by its number."""


def test_a_patient_is_found_by_name_and_no_name_stands_in_an_address(clinic: Clinic, manager: Browser) -> None:
    """The only one found is led to at once, with the other filters."""
    birch = clinic.patient("Quillfeather")
    record("patient-corrected", by=clinic.reception, now=NOW, patients=[birch.pk], subject=f"patient:{birch.pk}")
    record("patient-corrected", by=clinic.reception, now=NOW, subject="patient:999")
    text = manager.post("audit-patients", data={"text": "quillfether", "kind": "changes"})
    address = manager.last.request["QUERY_STRING"]
    assert address == f"kind=changes&patient={birch.pk}"
    assert "About Robin Quillfeather, born 1 May 1980" in text
    assert text.count("Patient’s details changed") == 1
    assert "999" not in text


def test_of_several_one_is_chosen_and_nobody_is_said_to_be_nobody(clinic: Clinic, manager: Browser) -> None:
    for name in ("Ada", "Ben"):
        clinic.patient("Quillfeather", given_name=name)
    text = manager.post("audit-patients", data={"text": "Quillfeather", "user": "1"}, expect=200)
    assert "2 patients found" in text
    assert "?user=1&amp;patient=" in manager.last.content.decode()
    assert Entry.objects.filter(verb="viewed", subject="audit-patients").get().patient_ids
    assert "Nobody found." in manager.post("audit-patients", data={"text": "Zyx"}, expect=200)
    manager.post("audit-patients", data={"text": ""}, expect=422)


def shown(manager: Browser, **query: object) -> list[str]:
    """The words of each entry, the newest first."""
    manager.get("audit-list", **query)
    cells = re.findall(r"<tr>\s*<td class=\"nowrap\">.*?</tr>", manager.last.content.decode(), re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<details.*?</details>|<[^>]+>", " ", cell)) for cell in cells]


def test_by_kind(clinic: Clinic, manager: Browser) -> None:
    day = {"from": "2026-03-02", "to": "2026-03-02"}
    viewed(by=clinic.reception, now=NOW, patients=[1], what="patient")
    record("room-changed", by=clinic.manager, now=NOW, subject="room:1")
    record("sign-in-failed", by=clinic.manager, now=NOW)
    assert "Viewed: patient’s page" in " ".join(shown(manager, kind="views", **day))
    changes = " ".join(shown(manager, kind="changes", **day))
    assert "Room changed" in changes
    assert "Viewed" not in changes
    assert "Sign-in failed" not in changes
    [refused] = shown(manager, kind="refusals", **day)
    assert "Sign-in failed" in refused
    manager.get("audit-list", kind="nonsense", expect=422)


def test_both_days_are_the_clinics_and_included(clinic: Clinic, manager: Browser) -> None:
    """In summer its day begins an hour before UTC's."""
    for at in (local("2026-06-30", "23:59"), local("2026-07-01", "00:00"), local("2026-07-01", "23:59")):
        record("room-changed", by=clinic.manager, now=at, subject="room:1")
    assert len(shown(manager, **{"from": "2026-07-01", "to": "2026-07-01"})) == 2
    assert "The last day is before the first." in manager.get(
        "audit-list", **{"from": "2026-07-02", "to": "2026-07-01"}, expect=422
    )


def test_an_entry_leads_to_what_it_is_about_and_says_what_it_changed(world: World, manager: Browser) -> None:
    room = world.clinic.room
    world.manager.patch(f"/rooms/{room.pk}/", {"name": "Ultrasound 9"})
    row = next(row for row in shown(manager) if "Room changed" in row)
    assert "Name: Ultrasound 1 → Ultrasound 9" in row
    assert f'<a href="{reverse("room", args=[room.pk])}">room {room.pk}</a>' in manager.last.content.decode()


def test_every_kind_of_subject_has_a_page_or_is_known_to_have_none() -> None:
    from injections.audit_words import ABOUT as of_policy

    ours = words.ABOUT.keys() - of_policy.keys()
    assert {"appointment", "patient", "call", "drug"} < words.PAGES.keys()
    for noun, route in words.PAGES.items():
        assert noun in words.ABOUT
        assert reverse(route, args=[1])
    assert ours - words.PAGES.keys() >= WITHOUT_PAGE
    assert words.page_of("room:x") == words.page_of("kettle:1") == words.page_of(f"room:{'9' * 19}") == ("", 0)


def test_every_verb_that_says_refused_or_failed_is_a_refusal() -> None:
    """So that whoever looks for refusals misses none. What came of a mail is told of the mail, not of somebody."""
    said = {verb for verb in words.DONE if verb.endswith(("-refused", "-failed", "-locked"))}
    assert said <= words.REFUSALS
    assert words.DONE.keys() >= words.REFUSALS


def test_pages_of_one_instant_follow_each_other_by_number_whatever_is_noted_meanwhile(
    clinic: Clinic, manager: Browser
) -> None:
    for number in range(PER_PAGE + 5):
        record("room-changed", by=clinic.manager, now=NOW, subject=f"room:{number + 900_100}")
    day = {"from": "2026-03-02", "to": "2026-03-02", "kind": "changes"}
    first = shown(manager, **day)
    older = re.search(r'rel="next" href="\?([^"]+)"', manager.last.content.decode())
    assert older is not None
    record("room-changed", by=clinic.manager, now=NOW, subject="room:900999")
    second = manager.client.get(f"/audit/?{older[1].replace('&amp;', '&')}").content.decode()
    numbers = [*re.findall(r"room (\d{6})", " ".join(first)), *re.findall(r">room (\d{6})<", second)]
    assert len(numbers) == len(set(numbers))
    assert "900999" not in numbers
    assert {"900100", "900101", "900102", "900103", "900104"} <= set(numbers)


def test_it_takes_the_same_queries_however_many_entries(world: World, manager: Browser) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            manager.get("audit-list")
        return len(captured)

    world.manager.patch(f"/rooms/{world.clinic.room.pk}/", {"name": "Scan 1"})
    world.book(world.clinic.fit_patient("Ash"), local("2026-03-10"))
    count()
    few = count()
    for number in range(2, 6):
        world.manager.patch(f"/rooms/{world.clinic.room.pk}/", {"name": f"Scan {number}"})
        world.clinic.patient(f"Birch{number}")
    assert count() == few


def told(clinic: Clinic, patient_id: int, **edges: Any) -> list[tuple[str, str, int]]:
    return [(line.who, line.what, line.times) for line in lines_about(patient_id, **edges)]


def test_the_copy_names_roles_and_nobody(clinic: Clinic) -> None:
    """Of one day, role and deed one line; a merged record counts, another patient does not."""
    one, other = clinic.patient("Birch"), clinic.patient("Cole")
    noted = {"now": local("2026-04-01", "10:00"), "patients": [one.pk]}
    for _ in range(3):
        viewed(by=clinic.reception, what="patient", **noted)
    viewed(by=clinic.radiologist, what="patient", now=noted["now"], patients=[one.pk, other.pk])
    viewed(by=PATIENT, what="patient-link", **noted)
    record("patient-link-sent", by=SYSTEM, subject="appointment:1", **noted)
    viewed(by=clinic.reception, what="patient", now=noted["now"], patients=[other.pk])
    found = told(clinic, one.pk, since=local("2026-04-01", "00:00"))
    assert found == [
        ("Automatic", "Patient’s link sent", 1),
        ("By your link", "Viewed: own page, visit", 1),
        ("Radiologist", "Viewed: patient’s page", 1),
        ("Reception", "Viewed: patient’s page", 3),
    ]


def test_the_page_of_the_copy_is_printable_noted_and_for_managers(clinic: Clinic, manager: Browser) -> None:
    birch, cole = clinic.patient("Birch"), clinic.patient("Cole")
    viewed(by=clinic.reception, now=NOW, patients=[birch.pk, cole.pk], what="calendar")
    before = manager.get("audit-copy", birch.pk)
    assert "Make the copy" in before
    text = manager.post("audit-copy", birch.pk, data={"first": "1 3 2026", "last": "31 3 2026"}, expect=200)
    body = manager.last.content.decode()
    table = body[body.index("<table") : body.index("</table>")]
    assert "2 March 2026" in table
    assert "Reception" in table
    for never in (clinic.users["reception"].email, "Cole", f">{cole.pk}</", "@"):
        assert never not in table
    assert "data-print" in body
    assert Entry.objects.filter(verb="audit-copy-made", patient_ids=[birch.pk]).exists()
    assert "not by name" in text
    empty = manager.post("audit-copy", birch.pk, data={"first": "1 1 2020", "last": "2 1 2020"}, expect=200)
    assert "There are no entries for these days." in empty
    wrong = manager.post("audit-copy", birch.pk, data={"first": "2 1 2020", "last": "1 1 2020"}, expect=422)
    assert "The last day is before the first." in wrong
    browser(clinic.users["reception"]).get("audit-copy", birch.pk, expect=403)
    manager.get("audit-copy", 10**9, expect=404)


def test_the_copy_asks_first_who_sits_there(clinic: Clinic, manager: Browser, settings: Any) -> None:
    birch = clinic.patient("Birch")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    session = manager.client.session
    session["account_authentication_methods"] = [
        one | {"at": one["at"] - timedelta(hours=1).total_seconds()}
        for one in session.get("account_authentication_methods", [])
    ]
    session.save()
    manager.get("audit-copy", birch.pk, expect=302)


def older(manager: Browser) -> str:
    """The address of the next page, "" on the last one."""
    found = re.search(r'rel="next" href="\?([^"]*)"', manager.last.content.decode())
    return found[1] if found else ""


def test_the_list_is_by_time_and_of_one_instant_by_the_order_of_notes(clinic: Clinic, manager: Browser) -> None:
    """What was noted later of an earlier day stands where that day does."""
    for at, subject in ((NOW, "room:1"), (NOW, "room:2"), (NOW - timedelta(days=300), "room:3")):
        record("room-changed", by=clinic.manager, now=at, subject=subject)
    rows = [row for row in shown(manager, kind="changes") if "Room changed room" in row]
    assert [re.findall(r"room (\d)", row)[-1] for row in rows] == ["2", "1", "3"]


def test_pages_hold_each_entry_once_whatever_is_noted_meanwhile(clinic: Clinic, manager: Browser) -> None:
    """Two at each instant, so that a page ends between two of one; newer and older ones come while somebody reads."""
    for number in range(2 * PER_PAGE + 1):
        record("room-changed", by=clinic.manager, now=NOW + timedelta(seconds=number // 2), subject=f"room:{number}")
    read = shown(manager, kind="changes", user=clinic.manager.user_id)
    first = dict(re.findall(r"(\w+)=([^&]*)", older(manager).replace("&amp;", "&")))
    record("room-changed", by=clinic.manager, now=NOW + timedelta(days=1), subject="room:9001")
    record("room-changed", by=clinic.manager, now=NOW - timedelta(days=1), subject="room:9002")
    query = first
    while query:
        read += shown(manager, **query)
        query = dict(re.findall(r"(\w+)=([^&]*)", older(manager).replace("&amp;", "&")))
    numbers = [int(found[1]) for row in read if (found := re.search(r"Room changed room (\d+)", row))]
    assert numbers == [*range(2 * PER_PAGE, -1, -1), 9002]


@pytest.mark.parametrize(("apart", "is_said"), [(-50, False), (-70, True), (70, True)])
def test_an_entry_that_says_another_time_than_the_database_had_says_so(
    clinic: Clinic, manager: Browser, settings: Any, apart: int, is_said: bool
) -> None:
    """More than a minute apart, and not where the clock is moved, as in a demo."""
    at = datetime.now(UTC) + timedelta(seconds=apart)
    record("room-changed", by=clinic.manager, now=at, subject="room:987654321")
    for file, said in (("", is_said), (settings.CLOCK_OFFSET_FILE or "/moved", False)):
        settings.CLOCK_OFFSET_FILE = file
        [row] = [row for row in shown(manager) if "room 987654321" in row]
        assert ("stored at another time" in row) is said


@pytest.mark.parametrize(
    "before",
    ["0", "x", "9" * 30, "-1", "20261301T000000.000000-1", "20260101T000000.000000-", "00000101T000000.000000-1"],
)
def test_whatever_stands_in_the_address_is_no_error(clinic: Clinic, manager: Browser, before: str) -> None:
    manager.get("audit-list", before=before)


def test_details_are_said_in_words(clinic: Clinic, manager: Browser) -> None:
    """Codes of choices, verbs, rules and pages, and moments; what somebody typed stays as it is, and so does a name."""
    detail = {
        "route": "account_reauthenticate",
        "question": "recovery-14d",
        "kinds": ["scan-and-injection", "booked"],
        "reason_code": "benefit-outweighs-risk",
        "rules": ["interval"],
        "with": {"start": "2026-07-01T08:00:00+00:00", "batch": "ab-12", "on": "2026-07-01"},
    }
    record("access-refused", by=clinic.reception, now=NOW, detail=detail)
    typed = {
        "start": "2026-07-01T08:00",
        "note": "2026-13-45T10:00Z",
        "first": "0001-01-01T00:00Z",
        "on": "2026-07-01T25:61Z",
    }
    record("access-refused", by=clinic.reception, now=NOW, detail={"route": "audit-list"})
    record("access-refused", by=clinic.reception, now=NOW, detail=typed)
    text = manager.get("audit-list")
    for words_of_it in (
        "Route account reauthenticate",
        "Question 2 weeks",
        "Kinds Scan and injection, booked",
        "Reason code The benefit outweighs the risk",
        "On: 2026-07-01, Batch: ab-12, Start: Wednesday 1 July 2026 at 09:00",
        "Route audit trail",
        *(f"{name.capitalize()} {text}" for name, text in typed.items()),
    ):
        assert words_of_it in text
