"""The page of settings: what is in force, where it came from, since when; noted as the web server starts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as present
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from pht_clinic.audit.models import Entry
from pht_clinic.audit.values import values_of
from pht_clinic.start.listed import SET, TOPICS, in_force, listed
from scheduling.clinic.details import since
from scheduling.clinic.details.settings_pages import DEFAULT, EDITED, GIVEN, ShownSetting
from scheduling.clinic.details.since import note_settings, seen_last
from scheduling.models import SettingSeen
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser, browser
from tests.scheduling.clinic.details.test_details import saved

LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _connections_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start closes its connections; a test's is its transaction."""
    monkeypatch.setattr(since.connections, "close_all", lambda: None)


@pytest.fixture
def manager(clinic: Clinic) -> Browser:
    return browser(clinic.users["manager"])


def lines(manager: Browser) -> dict[str, ShownSetting]:
    manager.get("clinic-settings")
    return {row.setting.name: row for topic in manager.last.context["topics"] for row in topic.rows}


def test_each_says_its_value_its_source_and_since_when(manager: Browser, settings: Any) -> None:
    note_settings(now=NOW)
    settings.READ_OF_ENVIRONMENT = {**present.READ_OF_ENVIRONMENT, "OFFER_HOURS": (6, True)}
    note_settings(now=LATER)
    rows = lines(manager)
    assert (rows["OFFER_HOURS"].value, rows["OFFER_HOURS"].source, rows["OFFER_HOURS"].since) == ("6", GIVEN, LATER)
    assert (rows["PATIENT_LINK_DAYS"].value, rows["PATIENT_LINK_DAYS"].source) == ("180", DEFAULT)
    assert rows["PATIENT_LINK_DAYS"].since == NOW


def test_every_setting_stands_under_what_it_is_about_and_a_list_leads_there(manager: Browser) -> None:
    """Each on the list has a topic that there is, and none is left out of the page."""
    assert f"PHT Clinic {present.VERSION}." in manager.get("clinic-settings")
    html, topics = manager.last.content.decode(), manager.last.context["topics"]
    assert {one.topic for one in listed()} == set(TOPICS)
    shown = [row.setting.name for topic in topics for row in topic.rows]
    assert sorted(shown) == sorted(row.name for row in in_force())
    assert [name in html for topic in topics for name in (f'href="#{topic.name}"', f'id="{topic.name}"')] == [True] * 14
    assert [row.setting.name for row in topics[3].rows if "DUTY" in row.setting.name] == ["DUTY_EMAIL"]


def test_what_was_edited_says_by_whom_and_since_when_it_is_what_it_is(manager: Browser, clinic: Clinic) -> None:
    saved(clinic, name="Hill Clinic")
    saved(clinic, phone="020 7946 0111")
    rows = lines(manager)
    assert (rows["CLINIC_NAME"].value, rows["CLINIC_NAME"].source) == ("Hill Clinic", EDITED)
    assert (rows["CLINIC_NAME"].by, rows["CLINIC_NAME"].since) == ("manager", NOW)
    assert rows["CLINIC_PHONE"].value == "020 7946 0111"
    assert rows["PHONE_REGION"].source != EDITED


def test_nothing_secret_stands_on_it_or_in_what_is_noted(manager: Browser) -> None:
    note_settings(now=NOW)
    said = manager.get("clinic-settings") + manager.html + " ".join(row.value for row in SettingSeen.objects.all())
    assert SET in said
    assert present.CLINIC_NAME in said
    for secret in (present.SECRET_KEY, *present.SECOND_FACTOR_KEYS, present.CELERY_BROKER_URL):
        assert secret not in said


def test_a_start_notes_what_is_another_than_before_and_nothing_else(clinic: Clinic, settings: Any) -> None:
    assert len(note_settings(now=NOW)) > 60
    assert note_settings(now=LATER) == []
    settings.SAFETY_THRESHOLDS = {"rest_hours": "60"}
    assert [(row.name, row.value) for row in note_settings(now=LATER)] == [("SAFETY_REST_HOURS", "60")]
    assert seen_last()["SAFETY_REST_HOURS"].at == LATER
    first, second = Entry.objects.filter(verb="settings-changed").order_by("pk")
    assert first.actor_kind == second.actor_kind == "system"
    values = values_of([first.pk, second.pk])
    assert len(values[first.pk]) > 60
    assert [(field, new) for field, _, new in values[second.pk]] == [("SAFETY_REST_HOURS", "60")]


def test_a_database_that_does_not_answer_stops_no_start(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> dict[str, SettingSeen]:
        raise OperationalError("no")

    monkeypatch.setattr(since, "seen_last", away)
    assert note_settings(now=NOW) == []


def test_before_any_start_was_noted_it_says_so(manager: Browser) -> None:
    assert lines(manager)["OFFER_HOURS"].since is None
    assert "It is not known since when" in manager.get("clinic-settings")


def test_only_managers_see_it_and_its_statements_do_not_grow(clinic: Clinic, manager: Browser) -> None:
    browser(clinic.users["reception"]).get("clinic-settings", expect=403)
    with CaptureQueriesContext(connection) as few:
        manager.get("clinic-settings")
    saved(clinic, name="Hill Clinic")
    saved(clinic, name="Dale Clinic")
    note_settings(now=NOW)
    with CaptureQueriesContext(connection) as many:
        manager.get("clinic-settings")
    assert len(many) <= len(few)
