"""Settings that cannot work stop every start with a sentence that names the setting (MES9, hazard H36)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from pht_clinic.mailboxes import NoMailbox, check_mailbox
from pht_clinic.start import SETTINGS
from scheduling.checks import MAILBOXES
from scheduling.messages.render import Letter
from scheduling.messages.sending.mailer import compose
from tests.pht_clinic.test_settings import PRODUCTION

NO_MAILBOX: Final = (
    "Hip & Hamstring, Ltd <a@clinic.example>",
    "Hip @ Home <a@clinic.example>",
    "a@clinic.example, b@clinic.example",
    "A <a@clinic.example>, B <b@clinic.example>",
    "a@clinic.example; b@clinic.example",
    "a@clinic.example b",
    "Clinic <a@clinic.example> x",
    "a b@clinic.example",
    "Clinic: a@clinic.example;",
    "Clinic <a@clinic..example>",
    "Clinic <a@clinic.example",
    "a@clinic.example>",
    "a@clinic.example\nBcc: b@clinic.example",
    "a@clinic.example\u200b",
    "jörg@clinic.example",
    "a@clinic",
    "a@",
    "@clinic.example",
    "Clinic",
)
MAILBOX: Final = (
    "a@clinic.example",
    "<a@clinic.example>",
    "Clinic <a@clinic.example>",
    "Hip & Hamstring <a@clinic.example>",
    '"Hip & Hamstring, Ltd" <a@clinic.example>',
    '"Hip @ Home" <a@clinic.example>',
    "Dr. No <a.b+c@clinic.example>",
    "Zoë's clinic <a@clinic.example>",
    "a@bücher.example",
)
WRONG: Final = (
    *((name, value) for name in MAILBOXES for value in NO_MAILBOX),
    *(("BANK_HOLIDAYS", value) for value in ("GB-XYZ", "gb-eng", "UK", "GB-", "-ENG", "England", "XX", "GB-ENG-1")),
    *(("WORKING_DAYS", value) for value in ("", "mon-fri", "mon,,tue", "Monday", "mon,mon", "1,2", "mon;tue", ",")),
    *(("EMAIL_PROVIDER", value) for value in ("sendmail", "mailgun,postmark", "Mail Gun")),
    *((name, "x" * 40) for name in ("EMAIL_PROVIDER_KEY", "EMAIL_PROVIDER_URL", "EMAIL_NEWS_KEY")),
    *(("CLINIC_TIME_ZONE", value) for value in ("Europe/Londn", "Europe", "europe/london", "UTC+1", "/etc", "..")),
    *(("CLINIC_PHONE", value) for value in ("-----", "call us", "12", "020 7946 0100 or 020 7946 0101")),
    *(("PHONE_REGION", value) for value in ("UK", "GBR", "EN")),
    *(
        ("PUBLIC_BASE_URL", value)
        for value in ("clinic.example", "https://", "ftp://clinic.example", "https://[clinic")
    ),
    *(
        ("PUBLIC_BASE_URL", f"https://{value}")
        for value in ("clinic.example:port", "a b.example", "u:p@clinic.example")
    ),
    *(("PUBLIC_BASE_URL", f"https://clinic.example{rest}") for rest in ("/booking", "?a=1", "#a", ":99999", ":0")),
    *(("EMERGENCY_NUMBER", value) for value in ("the police", "1", "112\n")),
    *((name, value) for name in ("EMERGENCY_DEPARTMENT", "OUT_OF_HOURS_NUMBER") for value in ("", "x" * 41, "a\nb")),
    *((name, 0) for name in ("EMAIL_TIMEOUT", "OUTBOX_DRAIN_SECONDS", "OUTBOX_LEASE_SECONDS", "PATIENT_LINK_DAYS")),
    *((name, 0) for name in ("OUTBOX_MESSAGE_SECONDS", "BROKER_RESTORE_SECONDS", "MAX_BODY_BYTES", "OFFER_HOURS")),
    *((name, 0) for name in ("API_REQUESTS_A_MINUTE", "API_REQUESTS_A_MINUTE_FROM_ONE_PLACE")),
    *((name, 0) for name in ("RETENTION_MESSAGE_DAYS", "RETENTION_NOTICE_DAYS")),
    ("RETENTION_VIEW_DAYS", 364),
    ("RETENTION_WEBHOOK_DAYS", 6),
    ("RETENTION_PATIENT_YEARS", 7),
    *(("SECOND_FACTOR_EXEMPT", value) for value in (["receptoin"], ["reception", "everybody"])),
    *((name, -1) for name in ("PATIENT_NOTICE_HOURS", "SESSION_IDLE_SECONDS", "TRUSTED_PROXY_COUNT")),
)
RIGHT: Final = (
    *((name, value) for name in MAILBOXES for value in MAILBOX),
    *(("BANK_HOLIDAYS", value) for value in ("", "GB", "GB-ENG", "GB-SCT")),
    *(("WORKING_DAYS", value) for value in ("sun,mon,tue,wed,thu", "Mon, Tue", "sat", "mon,tue,wed,thu,fri,sat,sun")),
    *(("CLINIC_TIME_ZONE", value) for value in ("Europe/London", "Europe/Belfast")),
    ("SECOND_FACTOR_EXEMPT", ["reception"]),
    *(("EMERGENCY_NUMBER", value) for value in ("112", "15 112")),
    *(("CLINIC_PHONE", value) for value in ("020 7946 0100", "+44 20 7946 0100", "020 7946 0100 ext 12")),
    *(("PUBLIC_BASE_URL", f"http{rest}") for rest in ("s://clinic.example", "://localhost:8000", "://[::1]:8000")),
    ("PUBLIC_BASE_URL", "https://bücher.example"),
)
UNREADABLE: Final = (
    {"EMAIL_URL": "consolemail://", "REDIS_URL": "http://127.0.0.1:6379", "EMAIL_TIMEOUT": "ten", "LOG_LEVEL": "LOUD"}
    | {"PATIENT_LINK_DAYS": "1.5", "SINGLE_HANDED": "perhaps", "INSECURE_HTTP": "ture"}
    | {"CLINIC_NETWORKS": "203.0.113.9/24", "WEBHOOK_ALLOWED_NETWORKS": "my own"},
    {"EMAIL_URL": "smtp://clinic:secret@host:port"},
    {"DATABASE_URL": "postgres://app:secret@host:port/db"},
)
"""What is not even read, together."""


def told(name: str, value: object) -> list[str]:
    with override_settings(**{name: value}):
        return [found.msg for found in run_checks(tags=[SETTINGS])]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_mes9_h36_what_cannot_work_is_refused_in_a_sentence_that_names_it(name: str, value: object) -> None:
    [sentence] = told(name, value)
    assert sentence.startswith(f"{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_mes9_what_can_work_is_taken(name: str, value: object) -> None:
    assert told(name, value) == []


@pytest.mark.parametrize("text", MAILBOX)
def test_mes9_from_what_is_taken_a_mail_can_be_written(text: str) -> None:
    check_mailbox(text)
    with override_settings(DEFAULT_FROM_EMAIL=text, DEFAULT_REPLY_TO=text):
        mail = compose(Letter("ann@mail.example", "Subject", "Text", "<p>Text</p>", "<1@clinic.example>"))
    assert mail.sender.endswith(("@clinic.example", "@xn--bcher-kva.example"))
    assert mail.content.isascii()


OF_A_PROVIDER: Final = (
    ({"EMAIL_PROVIDER": "postmark", "EMAIL_NEWS_KEY": "x" * 40}, ["EMAIL_NEWS_KEY"]),
    ({"EMAIL_PROVIDER": "postmark", "EMAIL_NEWS_SECRET": "x" * 40}, ["EMAIL_NEWS_SECRET"]),
    ({"EMAIL_PROVIDER": "postmark", "EMAIL_NEWS_SECRET": "name:short"}, ["EMAIL_NEWS_SECRET"]),
    ({"EMAIL_PROVIDER": "postmark", "EMAIL_NEWS_SECRET": ":" + "x" * 40}, ["EMAIL_NEWS_SECRET"]),
    ({"EMAIL_PROVIDER": "postmark", "EMAIL_PROVIDER_KEY": "k", "EMAIL_PROVIDER_URL": "api.x"}, ["EMAIL_PROVIDER_URL"]),
    ({"EMAIL_PROVIDER": "postmark", "EMAIL_PROVIDER_KEY": "k", "EMAIL_NEWS_SECRET": "name:" + "x" * 16}, []),
    ({"EMAIL_PROVIDER": "mailgun", "EMAIL_NEWS_KEY": "x" * 40}, []),
)


@pytest.mark.parametrize(("given", "named"), OF_A_PROVIDER, ids=str)
def test_a_providers_key_and_secrets_fit_it_and_stand_in_no_sentence(given: dict[str, str], named: list[str]) -> None:
    with override_settings(**given):
        said = [found.msg for found in run_checks(tags=[SETTINGS])]
    assert [sentence.split()[0] for sentence in said] == named
    assert not [sentence for sentence in said if "xxxx" in sentence]


ABROAD: Final = (
    {"CLINIC_TIME_ZONE": "Pacific/Auckland"},
    {"CLINIC_TIME_ZONE": "UTC"},
    {"BANK_HOLIDAYS": "DE-BY"},
    {"BANK_HOLIDAYS": "IE", "CLINIC_TIME_ZONE": "Europe/Dublin"},
    {"BANK_HOLIDAYS": "", "CLINIC_TIME_ZONE": "Europe/Paris"},
)
WORDS: Final = ("EMERGENCY_NUMBER", "EMERGENCY_DEPARTMENT", "OUT_OF_HOURS_NUMBER")


@pytest.mark.parametrize("where", ABROAD, ids=str)
def test_h35_mes13_a_clinic_abroad_names_its_own_emergency_words(where: dict[str, str]) -> None:
    """Each that is missing is named, and why; with all three it starts, whatever they are."""
    with override_settings(**where):
        for number in range(len(WORDS) + 1):
            with override_settings(OWN_EMERGENCY_WORDS=frozenset(WORDS[:number])):
                said = [found.msg for found in run_checks(tags=[SETTINGS])]
            assert [sentence.split()[0] for sentence in said] == list(WORDS[number:])
            assert all("is not set" in sentence for sentence in said)


def test_a_comma_in_a_name_is_explained() -> None:
    with pytest.raises(NoMailbox, match="quotation marks"):
        check_mailbox("Hip & Hamstring, Ltd <a@clinic.example>")


def process(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in (os.environ | PRODUCTION | changes).items() if value}
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("wrong", UNREADABLE)
def test_what_cannot_be_read_is_named_at_once_and_prints_no_password(wrong: dict[str, str]) -> None:
    result = process("django", "check", **wrong)
    assert result.returncode != 0
    told = result.stderr.splitlines()[-len(wrong) :]
    assert {line.removeprefix("django.core.exceptions.ImproperlyConfigured: ").split()[0] for line in told} == set(
        wrong
    )
    assert "secret" not in result.stderr


STARTS: Final = {
    "check --deploy": ("django", "check", "--deploy"),
    "web": ("gunicorn", "--bind", "127.0.0.1:0", "--workers", "1", "pht_clinic.wsgi:application"),
    "worker": ("celery", "--app", "pht_clinic", "worker", "--pool", "solo"),
    "beat": ("celery", "--app", "pht_clinic", "beat"),
}


@pytest.mark.full_trial(one_in=4)
@pytest.mark.parametrize("start", STARTS)
def test_mes9_h36_web_worker_beat_and_check_do_not_start(start: str) -> None:
    """All that is wrong is said at once, a sentence each."""
    wrong = {"BANK_HOLIDAYS": "GB-XYZ", "DUTY_EMAIL": "Duty, desk <duty@clinic.example>"}
    unsafe = {"DEBUG": "true", "REDIS_URL": "redis://broker.example:6379/0", "PUBLIC_BASE_URL": "http://clinic.example"}
    result = process(*STARTS[start], **wrong, **unsafe)
    assert result.returncode != 0
    said = result.stdout + result.stderr
    assert "BANK_HOLIDAYS names no part of GB whose bank holidays are known: 'GB-XYZ'." in said
    assert "DUTY_EMAIL has a name that needs quotation marks" in said
    assert "DEBUG is on: " in said
    assert "REDIS_URL leads off this machine without TLS" in said
    assert "PUBLIC_BASE_URL must start with https://." in said


def test_where_patients_are_real_reception_alone_may_be_exempt_from_the_second_factor() -> None:
    """A demo on plain HTTP may exempt everybody."""
    everybody = ["manager", "radiologist", "reception"]
    assert told("SECOND_FACTOR_EXEMPT", everybody) == []
    with override_settings(INSECURE_HTTP=False):
        [sentence] = told("SECOND_FACTOR_EXEMPT", everybody)
        assert sentence == "SECOND_FACTOR_EXEMPT cannot exempt 'manager', 'radiologist': reception alone."
        assert told("SECOND_FACTOR_EXEMPT", ["reception"]) == []
