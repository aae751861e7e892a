"""An error is reported by its type and places, and by nothing of anybody: it is read as the server gets it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import sentry_sdk
from django.test import Client

from pht_clinic.audit.request_id import request_id
from pht_clinic.people.models import User
from pht_clinic.watching.reports import start_reports
from tests.documents.markdown import ROOT
from tests.pht_clinic.watching.conftest import Collecting

SAID: Final = "Anstruther-Quill"
"""What a patient said or is called: it stands wherever a request, an exception or a line of the log could hold it."""
KEY: Final = "zzkeyofalinkzz"


@pytest.fixture
def reporting(collecting: Collecting) -> Iterator[Collecting]:
    """This process reports there, and to nobody afterwards."""
    start_reports(f"http://public@127.0.0.1:{collecting.port}/7", environment="booking.clinic.example", version="9.8.7")
    yield collecting
    sentry_sdk.get_client().close(timeout=5)
    sentry_sdk.get_global_scope().set_client(None)


def reports(came: Collecting, number: int = 1) -> list[dict[str, Any]]:
    """What was reported, once so many came; nothing of anybody stands in any of it, its headers included."""
    sentry_sdk.flush(timeout=10)
    bodies = came.wait_for(lambda all_of_them: len(all_of_them) >= number)
    everything = "\n".join([*(body.decode() for body in bodies), *came.headers])
    assert SAID not in everything
    assert KEY not in everything
    assert {path for path, _ in came.came} == {"/api/7/envelope/"}
    return [json.loads(line) for body in bodies for line in body.splitlines() if b'"exception"' in line]


@pytest.mark.django_db
@pytest.mark.urls("tests.scenarios.probe_urls")
def test_a_page_that_fails_is_reported_without_a_word_of_the_request(
    reporting: Collecting, make_user: Callable[..., User], client_of: Callable[..., Client]
) -> None:
    user = make_user("reception", name=SAID, email=f"{SAID}@clinic.example")
    browser = client_of(user, raise_request_exception=False)
    browser.cookies["note"] = SAID
    answer = browser.get(
        f"/probe/fail/bug/?text={SAID}&link=/p/{KEY}/",
        headers={"user-agent": SAID, "referer": f"http://testserver/p/{KEY}/"},
        REMOTE_ADDR="203.0.113.77",
    )
    assert answer.status_code == 500
    found = reports(reporting)
    assert [(one["logger"], one.get("logentry")) for one in found] == [("django.request", {"message": "%s: %s"})]
    [report] = found
    [found] = report["exception"]["values"]
    assert (found["type"], found.get("value")) == ("RuntimeError", None)
    last = found["stacktrace"]["frames"][-1]
    assert (last["function"], last["filename"].endswith("probe_urls.py")) == ("raises", True)
    assert report["tags"] == {"request": answer.headers["X-Request-ID"]}
    assert "a patient's name" not in json.dumps(report)
    assert "203.0.113.77" not in json.dumps(report)
    assert not {"request", "user", "breadcrumbs", "extra", "contexts", "modules", "server_name"} & report.keys()


def test_a_line_is_reported_without_what_was_put_into_it(reporting: Collecting) -> None:
    said, known = SAID, request_id.set("")
    sentry_sdk.set_user({"email": said})
    sentry_sdk.set_tag("patient", said)
    sentry_sdk.set_context("patient", {"name": said})
    sentry_sdk.add_breadcrumb(message=said)
    logger = logging.getLogger("injections.assessment.turns")
    logger.warning("before it: %s", said)
    try:
        raise ValueError(f"Key (email)=({said})")
    except ValueError:
        logger.exception("%s: row %s failed", said, 7, extra={"patient": said}, stack_info=True)
    finally:
        request_id.reset(known)
        sentry_sdk.get_isolation_scope().clear()
        sentry_sdk.get_current_scope().clear()
    [report] = reports(reporting)
    assert report["logentry"] == {"message": "%s: row %s failed"}
    assert (report["environment"], report["release"]) == ("booking.clinic.example", "9.8.7")
    assert report["tags"] == {}
    [frame] = report["exception"]["values"][0]["stacktrace"]["frames"]
    assert frame["function"] == "test_a_line_is_reported_without_what_was_put_into_it"
    assert not {"vars", "context_line", "pre_context"} & frame.keys()


def test_a_line_of_others_says_who_said_it_and_no_more(reporting: Collecting) -> None:
    """Their messages may have been put together before: Django's own on a host that is not ours is one."""
    logging.getLogger("django.security.DisallowedHost").error(f"Invalid HTTP_HOST header: '{SAID}'")  # noqa: G004 - as there
    [report] = reports(reporting)
    assert report["logger"] == "django.security.DisallowedHost"
    assert "logentry" not in report


def test_causes_are_reported_by_their_types(reporting: Collecting) -> None:
    try:
        try:
            raise KeyError(SAID)
        except KeyError as error:
            raise RuntimeError(SAID) from error
    except RuntimeError:
        logging.getLogger("scheduling.tasks").exception("failed")
    [report] = reports(reporting)
    assert [one["type"] for one in report["exception"]["values"]] == ["KeyError", "RuntimeError"]


def test_what_is_no_error_is_not_reported(reporting: Collecting) -> None:
    logging.getLogger("scheduling.tasks").warning("%s", SAID)
    sentry_sdk.flush(timeout=5)
    assert reporting.came == []


# -- The settings ------------------------------------------------------------------------------------------------------


def django(*, code: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        env={**os.environ, **changes},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )


def test_what_is_off_is_not_loaded() -> None:
    loaded = (
        "import sys; print(sorted({name.partition('.')[0] for name in sys.modules} & {'sentry_sdk', 'opentelemetry'}))"
    )
    assert django(code=loaded).stdout == "[]\n"
    on = django(code=loaded, SENTRY_DSN="http://k@127.0.0.1:1/7", TRACES_URL="http://127.0.0.1:1/v1/traces")
    assert on.stdout == "['opentelemetry', 'sentry_sdk']\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENTRY_DSN", "https://sentry.example/7"),
        ("SENTRY_DSN", "https://zzkey@sentry.example/"),
        ("SENTRY_DSN", "zzkey"),
        ("TRACES_URL", "collector.example:4317"),
        ("TRACES_URL", "https://[zzkey"),
    ],
    ids=["no key", "no project", "a word", "no scheme", "no host"],
)
def test_an_address_that_is_none_stops_the_start_and_is_not_shown(name: str, value: str) -> None:
    run = django(**{name: value})
    assert run.returncode != 0
    [sentence] = [line for line in run.stderr.splitlines() if name in line]
    assert "is not an https:// address" in sentence
    assert "zzkey" not in run.stderr
