"""The pages of webhooks: added with a secret shown once, changed, paused, removed, sent again."""

from __future__ import annotations

import re

import pytest
from django.db.models import Q

from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import deliver, pausing
from tests.clinic import Clinic
from tests.pages_world import Browser

State = WebhookDelivery.State
FORM = {"url": "https://records.example/hook", "used_for": "Record system", "events": ["appointment.moved"]}


def of(endpoint: WebhookEndpoint, status: str) -> WebhookDelivery:
    return WebhookDelivery.objects.get(endpoint=endpoint, status=status)


def test_one_is_added_and_its_secret_is_shown_once(clinic: Clinic, manager: Browser) -> None:
    assert "No other system is told anything yet." in manager.get("webhook-list")
    assert "A visit was cancelled. (appointment.cancelled)" in manager.get("webhook-add")
    said = manager.post("webhook-add", data=FORM, expect=200)
    assert "This secret is shown once." in said
    [secret] = re.findall(r'value="(whsec_[^"]{44})"', manager.html)
    row = WebhookEndpoint.objects.get()
    assert (row.verbs, row.made_by_id) == (["appointment-moved"], clinic.manager.user_id)
    for page in (manager.get("webhook-list"), manager.get("webhook", row.pk), manager.get("webhook-change", row.pk)):
        assert "Record system" in page or "Change the webhook" in page
        assert secret not in manager.html
    assert "Nothing has happened yet that this webhook wants to know." in manager.get("webhook", row.pk)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"url": "http://records.example/"}, "Enter an address that begins with https://"),
        ({"url": ""}, "Enter an address that begins with https://"),
        ({"url": "https://10.0.0.1/"}, "This address is in a private or reserved network."),
        ({"used_for": ""}, "Enter the name of the system."),
        ({"events": []}, "Choose"),
        ({"events": ["patient.sneezed"]}, "patient.sneezed"),
    ],
    ids=["http", "no address", "private", "no use", "no event", "unknown event"],
)
def test_what_is_refused_is_said_at_its_field(manager: Browser, data: dict[str, object], says: str) -> None:
    assert says in manager.post("webhook-add", data={**FORM, **data}, expect=422)
    assert WebhookEndpoint.objects.count() == 0


def test_all_that_is_wrong_is_said_at_once(manager: Browser) -> None:
    said = manager.post("webhook-add", data={"url": "http://records.example/", "used_for": ""}, expect=422)
    for why in ("begins with https://", "Enter the name of the system.", "Choose at least one event."):
        assert why in said


def test_one_is_changed(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    manager.get("webhook-change", row.pk)
    assert 'value="patient.registered"' in manager.html
    assert ">Save</button>" in manager.html
    said = manager.post("webhook-change", row.pk, data={**FORM, "used_for": "Letters", "revision": 1})
    assert "The webhook is saved." in said
    row.refresh_from_db()
    assert (row.used_for, row.verbs) == ("Letters", ["appointment-moved"])
    assert "begins with https://" in manager.post(
        "webhook-change", row.pk, data={**FORM, "url": "x", "revision": 2}, expect=422
    )


def test_a_new_secret_is_shown_once_and_the_old_one_still_counts(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    assert "For 24 hours everything is signed" in manager.post("webhook-secret", row.pk, expect=200)
    assert "whsec_" in manager.html
    assert "the one before it signs as well" in manager.get("webhook", row.pk)


def test_paused_resumed_and_removed(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    assert "On" in manager.get("webhook", row.pk)
    assert "Paused. What happens waits for it" in manager.post("webhook-pause", row.pk)
    assert "This webhook is paused already." in manager.post("webhook-pause", row.pk)
    assert "Resumed." in manager.post("webhook-resume", row.pk)
    assert "The webhook is removed." in manager.post("webhook-remove", row.pk)
    manager.get("webhook", row.pk, expect=404)
    manager.post("webhook-remove", row.pk, expect=404)


def test_one_that_paused_itself_says_why_there_and_on_home_to_managers(
    clinic: Clinic, manager: Browser, reception: Browser
) -> None:
    row = clinic.webhook()
    assert "paused, another system takes nothing" not in manager.get("home")
    pausing.pause_by_itself(row.pk, why=deliver.GONE, still=Q(), now=clinic.now)
    assert "1 webhook paused, another system takes nothing" in manager.get("home")
    assert "paused, another system takes nothing" not in reception.get("home")
    assert deliver.GONE in manager.get("webhook-list")
    assert "Have the other system looked at, then resume it." in manager.get("webhook", row.pk)
    manager.post("webhook-resume", row.pk)
    assert "paused, another system takes nothing" not in manager.get("home")


def test_deliveries_are_shown_by_state_with_what_became_of_them(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    said = manager.get("webhook", row.pk)
    assert "1 attempt, last answer 500" in said
    assert "It was answered with 500." in said
    assert said.count("patient.registered") == 4, "once as wanted, once a line, and once for the button"
    failed = manager.get("webhook", row.pk, state="failed")
    assert "It was answered with 500." in failed
    assert "due" not in failed.split("Deliveries")[1]
    assert "No delivery is in this state." in manager.get("webhook", row.pk, state="sent")
    assert "It was answered with 500." in manager.get("webhook", row.pk, state="no such state")


def test_one_is_sent_again_and_what_is_on_its_way_has_no_button(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    failed, waiting = of(row, State.FAILED), of(row, State.QUEUED)
    manager.get("webhook", row.pk)
    assert f"/deliveries/{failed.pk}/again/" in manager.html
    assert f"/deliveries/{waiting.pk}/again/" not in manager.html
    assert "This delivery is still on its way." in manager.post("webhook-replay", waiting.pk)
    assert "It is sent again now." in manager.post("webhook-replay", failed.pk)
    failed.refresh_from_db()
    assert (failed.status, failed.tries, failed.answered) == (State.QUEUED, 0, None)


def test_what_is_sent_again_to_a_paused_one_goes_when_it_is_resumed(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    failed = of(row, State.FAILED)
    manager.post("webhook-pause", row.pk)
    said = manager.post("webhook-replay", failed.pk)
    assert "It is sent again when the webhook is resumed, if that is within 3 days." in said
    WebhookDelivery.objects.filter(pk=failed.pk).update(status=State.FAILED)
    ask = {"on": f"{clinic.now:%d %m %Y}", "at": f"{clinic.now:%H:%M}"}
    said = manager.post("webhook-replay-since", row.pk, data=ask)
    assert "1 delivery is sent again when the webhook is resumed" in said


def test_everything_since_a_moment_is_sent_again(clinic: Clinic, manager: Browser) -> None:
    row = clinic.webhook()
    assert "is sent to Record system once more" in manager.get("webhook-replay-since", row.pk)
    assert ">Send everything again</button>" in manager.html
    ask = {"on": f"{clinic.now:%d %m %Y}", "at": f"{clinic.now:%H:%M}"}
    assert "1 delivery is sent again now." in manager.post("webhook-replay-since", row.pk, data=ask)
    said = manager.post("webhook-replay-since", row.pk, data=ask, expect=422)
    assert "Nothing has happened since then" in said, "all of it is on its way"
    future = {"on": "1 1 2099", "at": "09:00"}
    assert "Choose a moment that has passed." in manager.post("webhook-replay-since", row.pk, data=future, expect=422)
    assert "Enter the" in manager.post("webhook-replay-since", row.pk, data={}, expect=422)
