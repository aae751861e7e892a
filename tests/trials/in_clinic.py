"""One clinic of several, in a process with its environment: it opens, and tries what lets one in.

python -m tests.trials.in_clinic open         a line of JSON: what lets into this clinic, and whom it has
python -m tests.trials.in_clinic try          reads such a line; what each is answered with here
python -m tests.trials.in_clinic fingerprint  what stands in its database
"""

from __future__ import annotations

import base64
import json
import os
import sys
from datetime import timedelta
from typing import Any, Final

import django

CANARY: Final = "Canarywood"
NEWS: Final = {"event": "delivered", "email": "nobody@mail.example", "id": 1, "ts_event": 1}


def opened() -> dict[str, Any]:
    """A clinic with a patient, a visit and its messages; by name, requests that it answers."""
    from django.conf import settings
    from django.test import Client

    from pht_clinic import clock
    from pht_clinic.people import tokens
    from scheduling.messages.bounces import opt_out
    from scheduling.patients import link, short_link
    from tests import second_factor
    from tests.clinic import open_clinic

    now = clock.now()
    clinic = open_clinic(now)
    patient = clinic.fit_patient(CANARY)
    start = (now + timedelta(days=14)).replace(hour=11, minute=0, second=0, microsecond=0)
    visit = clinic.book(patient, start).appointment
    assert visit is not None
    clinic.webhook()
    browser = Client()
    browser.force_login(clinic.users["reception"])
    second_factor.given_in(browser)
    session = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    token = tokens.issue(clinic.users["reception"], days=1)
    page, seen = f"/patients/{patient.pk}/", f"/api/v1/patients/{patient.pk}/"
    basic = base64.b64encode(settings.EMAIL_NEWS_SECRET.encode()).decode()
    return {
        "session cookie": {"path": page, "cookies": session},
        "API token": {"path": seen, "bearer": token},
        "patient's link": {"path": f"/p/{link.token_of(visit.pk, visit.link_version)}/"},
        "short address": {"path": f"/k/{short_link.code_of(visit.pk, visit.link_version)}/"},
        "calendar feed": {"path": f"/api/v1/calendar/{clinic.feed_token()}.ics"},
        "link that ends mails": {"path": f"/mails-off/{opt_out.token_of(patient.pk)}/"},
        "token of the measurements": {"path": "/metrics", "bearer": settings.METRICS_TOKEN},
        "news of returned mail": {"path": "/mail-news/", "basic": basic, "body": NEWS},
    }


def tried(ways: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    """By name: the status, and whether the patient's name stands in the answer."""
    from django.test import Client

    found = {}
    for name, way in ways.items():
        browser = Client(raise_request_exception=False)
        browser.cookies.load(way.get("cookies", {}))
        scheme, given = ("Bearer", way["bearer"]) if "bearer" in way else ("Basic", way.get("basic"))
        headers = {"Authorization": f"{scheme} {given}"} if given else {}
        if "body" in way:
            answer = browser.post(way["path"], way["body"], content_type="application/json", headers=headers)
        else:
            answer = browser.get(way["path"], headers=headers)
        found[name] = (answer.status_code, CANARY in answer.content.decode(errors="replace"))
    return found


def main(deed: str) -> object:
    from tests.trials.fingerprint import fingerprint

    if deed == "open":
        return opened()
    return tried(json.load(sys.stdin)) if deed == "try" else fingerprint()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    django.setup()
    print(json.dumps(main(sys.argv[1])))
